import { utf8TextOf } from '../../../base/utf8.ts'
import type { TreeEntry } from '../../file-tree.ts'
import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import { viewOf } from '../bytes.ts'
import type { DiskEntry } from '../disk-file-system.ts'
import { hasChecksum, u64 } from './bytes.ts'
import { xfsExtents } from './extents.ts'
import type { XfsInode } from './inode.ts'
import type { XfsGeometry } from './superblock.ts'

/** Beyond this byte of a directory lies its index, which says nothing that its data do not. (`XFS_DIR2_LEAF_OFFSET`) */
const DATA_END_BYTES = 2 ** 35
const ENTRY_ALIGNMENT = 8
const FREE_TAG = 0xffff
/** Magic numbers of blocks: with their own index at the end (a directory of one block), and without. */
const MAGIC = { block: 0x58443242, data: 0x58443244, blockV5: 0x58444233, dataV5: 0x58444433 }
const [HEADER_BYTES, HEADER_BYTES_V5] = [16, 64]
const [CRC_AT, OWNER_AT] = [4, 40]

/** `XFS_DIR3_FT_*`; 0 says nothing. */
const KINDS: readonly (TreeEntry['kind'] | null)[] = [null, 'file', 'directory', 'other', 'other', 'other', 'other', 'symlink', 'other'] // prettier-ignore

/**
 * Hands every entry of a directory to `each`. What is wrong with a block does not hide the others: it is thrown when all
 * have been read. A block with a wrong checksum is still read, for its entries are checked one by one. `spend` is told of
 * each block before it is read, and may throw: all blocks of a directory may be the same one, so the disk is no bound.
 */
export async function listXfsDirectory(
  device: BlockDevice,
  geometry: XfsGeometry,
  directory: XfsInode,
  each: (entry: DiskEntry) => void,
  spend: (bytes: number) => void,
): Promise<void> {
  if (directory.kind !== 'directory') throw new DiskFault('malformed', `inode ${directory.number} is no directory`)
  if (directory.format === 'local') return listShort(geometry, directory, each)

  let [first, damaged]: [DiskFault | null, number] = [null, 0]
  for await (const { fileBlock, bytes } of dataBlocks(device, geometry, directory, spend)) {
    const fault = bytes instanceof DiskFault ? bytes : listBlock(geometry, directory, fileBlock, bytes, each)
    if (fault === null) continue
    first ??= fault
    damaged += 1
  }
  if (first === null) return
  if (damaged === 1) throw first
  throw new DiskFault(first.reason, `${first.message}, and ${damaged - 1} more of its blocks are damaged`)
}

interface DataBlock {
  readonly fileBlock: number
  /** One block of the directory, of several of the file system's maybe; or why it cannot be had. */
  readonly bytes: Uint8Array | DiskFault
}

async function* dataBlocks(
  device: BlockDevice,
  geometry: XfsGeometry,
  directory: XfsInode,
  spend: (bytes: number) => void,
): AsyncGenerator<DataBlock> {
  const { blockBytes, directoryBlockBytes } = geometry
  const blocksPerBlock = directoryBlockBytes / blockBytes
  const wanted = { from: 0, until: DATA_END_BYTES / blockBytes }
  let pieces: Uint8Array[] = []
  let next = 0
  function missing(): DataBlock {
    const bytes = new DiskFault('malformed', `block ${next} of directory ${directory.number} is missing`)
    return { fileBlock: next, bytes }
  }
  for await (const { fileBlock, blockCount, offset, isUnwritten } of xfsExtents(device, geometry, directory, wanted)) {
    const until = Math.min(fileBlock + blockCount, wanted.until)
    for (let block = fileBlock; block < until; block += 1) {
      if (pieces.length > 0 && block !== next) {
        yield missing()
        pieces = []
      }
      if (pieces.length === 0 && block % blocksPerBlock !== 0) continue
      spend(blockBytes)
      const piece = isUnwritten
        ? new Uint8Array(blockBytes)
        : await readOrFault(device, offset + (block - fileBlock) * blockBytes, blockBytes)
      if (piece instanceof DiskFault) {
        yield { fileBlock: block, bytes: piece }
        pieces = []
        continue
      }
      pieces.push(piece)
      next = block + 1
      if (pieces.length < blocksPerBlock) continue
      yield { fileBlock: next - blocksPerBlock, bytes: pieces.length === 1 ? piece : Buffer.concat(pieces) }
      pieces = []
    }
  }
  if (pieces.length > 0) yield missing()
}

async function readOrFault(device: BlockDevice, offset: number, length: number): Promise<Uint8Array | DiskFault> {
  try {
    return await device.read(offset, length)
  } catch (thrown) {
    if (thrown instanceof DiskFault) return thrown
    throw thrown
  }
}

/** A directory within its inode: count, inode of the parent, entries. (`xfs_dir2_sf_hdr`) */
function listShort(geometry: XfsGeometry, directory: XfsInode, each: (entry: DiskEntry) => void): void {
  const { fork } = directory
  const view = viewOf(fork.subarray(0, Math.min(fork.byteLength, directory.sizeBytes)))
  const what = `directory ${directory.number}`
  if (view.byteLength < 6) throw new DiskFault('malformed', `${what} ends within its header`)
  const [count, longCount] = [view.getUint8(0), view.getUint8(1)]
  const numberBytes = longCount > 0 ? 8 : 4
  const typeBytes = geometry.hasFileTypes ? 1 : 0
  let at = 2 + numberBytes
  for (let index = 0; index < count; index += 1) {
    if (at + 3 > view.byteLength) throw new DiskFault('malformed', `${what} ends after ${index} of its entries`)
    const nameBytes = view.getUint8(at)
    const nameAt = at + 3
    const typeAt = nameAt + nameBytes
    const numberAt = typeAt + typeBytes
    at = numberAt + numberBytes
    if (at > view.byteLength) throw new DiskFault('malformed', `${what} ends after ${index} of its entries`)
    const name = nameOf(fork.subarray(nameAt, typeAt))
    if (name === null) throw new DiskFault('malformed', `${what} has an entry that cannot be a name`)
    each({
      name,
      node: numberBytes === 8 ? u64(view, numberAt) : view.getUint32(numberAt),
      kind: typeBytes === 0 ? null : (KINDS[view.getUint8(typeAt)] ?? null),
    })
  }
}

/** The entries of one block; what is wrong with it. Errors of `each` are the caller's and pass. */
function listBlock(
  geometry: XfsGeometry,
  directory: XfsInode,
  fileBlock: number,
  bytes: Uint8Array,
  each: (entry: DiskEntry) => void,
): DiskFault | null {
  const view = viewOf(bytes)
  const magic = view.getUint32(0)
  const where = `block ${fileBlock} of directory ${directory.number}`
  const { hasChecksums } = geometry
  const isWhole = magic === (hasChecksums ? MAGIC.blockV5 : MAGIC.block)
  if (!isWhole && magic !== (hasChecksums ? MAGIC.dataV5 : MAGIC.data)) {
    return new DiskFault('malformed', `${where} holds no entries`)
  }
  let wrong: DiskFault | null = null
  if (hasChecksums) {
    if (u64(view, OWNER_AT) !== directory.number) return new DiskFault('malformed', `${where} belongs to another`)
    if (!hasChecksum(bytes, CRC_AT)) wrong = new DiskFault('malformed', `the checksum of ${where} is wrong`)
  }
  const end = isWhole ? bytes.byteLength - 8 - view.getUint32(bytes.byteLength - 8) * 8 : bytes.byteLength
  let at = hasChecksums ? HEADER_BYTES_V5 : HEADER_BYTES
  if (end < at) return new DiskFault('malformed', `${where} has an index larger than itself`)
  const typeBytes = geometry.hasFileTypes ? 1 : 0
  while (at < end) {
    if (at + ENTRY_ALIGNMENT > end) return damageAt(where, at)
    if (view.getUint16(at) === FREE_TAG) {
      const freeBytes = view.getUint16(at + 2)
      if (freeBytes === 0 || freeBytes % ENTRY_ALIGNMENT !== 0 || at + freeBytes > end) return damageAt(where, at)
      at += freeBytes
      continue
    }
    // inode (8), length of the name (1), name, type where there is one, place of the entry (2), padding
    if (at + 9 > end) return damageAt(where, at)
    const nameAt = at + 9
    const typeAt = nameAt + view.getUint8(at + 8)
    const next = at + Math.ceil((typeAt + typeBytes + 2 - at) / ENTRY_ALIGNMENT) * ENTRY_ALIGNMENT
    if (next > end || view.getUint16(next - 2) !== at) return damageAt(where, at)
    const name = nameOf(bytes.subarray(nameAt, typeAt))
    if (name === null) return damageAt(where, at)
    const kind = typeBytes === 0 ? null : (KINDS[view.getUint8(typeAt)] ?? null)
    if (name !== '.' && name !== '..') each({ name, node: u64(view, at), kind })
    at = next
  }
  return wrong
}

function damageAt(where: string, at: number): DiskFault {
  return new DiskFault('malformed', `${where} is damaged at byte ${at}`)
}

/** `null` for what no program can name: nothing, or something with a slash or a zero in it. */
function nameOf(bytes: Uint8Array): string | null {
  if (bytes.byteLength === 0 || bytes.includes(0x2f) || bytes.includes(0)) return null
  return utf8TextOf(bytes)
}
