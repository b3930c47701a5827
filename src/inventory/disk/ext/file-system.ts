import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import type { DiskEntry, DiskFileSystem, DiskNode } from '../disk-file-system.ts'
import { blockRuns } from './block-map.ts'
import { readDirectoryBlock } from './directory.ts'
import { inlineParts } from './inline-data.ts'
import { BLOCK_AREA_BYTES, readExtInode } from './inode.ts'
import type { ExtInode } from './inode.ts'
import { replayedDevice } from './journal/replayed-device.ts'
import { readExtSuperblock } from './superblock.ts'
import type { ExtSuperblock } from './superblock.ts'

const ROOT_INODE = 2
/** Bytes of a directory that are read before the next are asked for. */
const DIRECTORY_PIECE_BYTES = 256 * 1024
/** The largest directory of names that ext4 can index with three levels is below this; without holes it is read whole. */
const MOST_DIRECTORY_BYTES = 2 ** 31
/**
 * Directories of one file system lie on its disk once, and are listed about once: far more means that they share blocks.
 * Enough for lookups that list again, and an end for hostile images of any size.
 */
const DIRECTORY_BYTES_PER_BYTE = 4
const LEAST_DIRECTORY_BUDGET = 64 << 20
const MOST_DIRECTORY_BUDGET = 64 * 2 ** 30
/** Between the parent's number and the first entry of a directory that lies in its inode. */
const INLINE_PARENT_BYTES = 4

/** An ext2, ext3 or ext4 file system, its journal replayed in memory; checksums outside the journal are not checked. */
export async function openExt(asItLies: BlockDevice): Promise<DiskFileSystem | null> {
  const before = await readExtSuperblock(asItLies)
  if (before === null) return null
  const { device, note, problem } = await replayedDevice(asItLies, before)
  // The journal may hold a newer one.
  const superblock = (await readExtSuperblock(device)) ?? before
  const budget = { bytesLeft: directoryBudget(device.sizeBytes) }
  return {
    type: superblock.type,
    uuid: superblock.uuid,
    label: superblock.label,
    notes: note === null ? [] : [note],
    problem,
    rootNode: ROOT_INODE,
    async list(directory, each) {
      const inode = await readExtInode(device, superblock, directory)
      if (inode.kind !== 'directory') throw new DiskFault('malformed', `inode ${directory} is no directory`)
      refuseEncrypted(inode)
      if (inode.hasInlineData) listInline(inode, superblock.hasFileType, each)
      else await listBlocks(device, superblock, inode, budget, each)
    },
    async open(node) {
      return nodeOf(device, superblock, await readExtInode(device, superblock, node))
    },
  }
}

function directoryBudget(sizeBytes: number): number {
  return Math.min(Math.max(DIRECTORY_BYTES_PER_BYTE * sizeBytes, LEAST_DIRECTORY_BUDGET), MOST_DIRECTORY_BUDGET)
}

function refuseEncrypted(inode: ExtInode): void {
  if (inode.isEncrypted) throw new DiskFault('unsupported', `inode ${inode.number} is encrypted (fscrypt)`)
}

function listInline(inode: ExtInode, hasFileType: boolean, each: (entry: DiskEntry) => void): void {
  const [first, second] = inlineParts(inode)
  readDirectoryBlock(first.subarray(INLINE_PARENT_BYTES), hasFileType, each)
  readDirectoryBlock(second, hasFileType, each)
}

/** A damaged block costs its own entries; the others are handed out before the failure is told. */
async function listBlocks(
  device: BlockDevice,
  superblock: ExtSuperblock,
  inode: ExtInode,
  budget: { bytesLeft: number },
  each: (entry: DiskEntry) => void,
): Promise<void> {
  const { blockBytes, hasFileType } = superblock
  if (inode.sizeBytes > MOST_DIRECTORY_BYTES) {
    throw new DiskFault('limit-exceeded', `directory ${inode.number} has ${inode.sizeBytes} bytes`)
  }
  const blocks = Math.ceil(inode.sizeBytes / blockBytes)
  const blocksAtOnce = Math.max(1, DIRECTORY_PIECE_BYTES / blockBytes)
  let damage: DiskFault | null = null
  for (let from = 0; from < blocks; from += blocksAtOnce) {
    const end = Math.min(blocks, from + blocksAtOnce)
    for (const run of await blockRuns(device, superblock, inode, from, end)) {
      budget.bytesLeft -= run.count * blockBytes
      if (budget.bytesLeft < 0) throw new DiskFault('limit-exceeded', 'directories have more bytes than fit the disk')
      const bytes = await device.read(run.diskBlock * blockBytes, run.count * blockBytes)
      for (let at = 0; at < bytes.byteLength; at += blockBytes) {
        const found = damageIn(() => readDirectoryBlock(bytes.subarray(at, at + blockBytes), hasFileType, each))
        damage ??= found
      }
    }
  }
  if (damage !== null) throw damage
}

function damageIn(read: () => void): DiskFault | null {
  try {
    read()
    return null
  } catch (thrown) {
    if (thrown instanceof DiskFault && thrown.reason === 'malformed') return thrown
    throw thrown
  }
}

function nodeOf(device: BlockDevice, superblock: ExtSuperblock, inode: ExtInode): DiskNode {
  const { kind, sizeBytes, mode } = inode
  return {
    kind,
    sizeBytes,
    mode,
    async read(offset, length) {
      refuseEncrypted(inode)
      const wanted = Math.max(0, Math.min(length, sizeBytes - offset))
      const inMemory = contentInInode(inode)
      if (inMemory !== null) return inMemory.slice(offset, offset + wanted)
      return readBlocks(device, superblock, inode, offset, wanted)
    },
  }
}

/** Inline data, and the target of a short link; `null` where the content lies in blocks. */
function contentInInode(inode: ExtInode): Uint8Array | null {
  if (inode.hasInlineData) {
    const [first, second] = inlineParts(inode)
    const whole = new Uint8Array(first.byteLength + second.byteLength)
    whole.set(first)
    whole.set(second, first.byteLength)
    return whole
  }
  const isShortLink = inode.kind === 'symlink' && inode.sizeBytes < BLOCK_AREA_BYTES && !inode.hasExtents
  return isShortLink ? inode.block.subarray(0, inode.sizeBytes) : null
}

async function readBlocks(
  device: BlockDevice,
  superblock: ExtSuperblock,
  inode: ExtInode,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const { blockBytes } = superblock
  const content = new Uint8Array(length)
  if (length === 0) return content
  const end = offset + length
  const runs = await blockRuns(device, superblock, inode, Math.floor(offset / blockBytes), Math.ceil(end / blockBytes))
  for (const run of runs) {
    const runAt = run.fileBlock * blockBytes
    const from = Math.max(offset, runAt)
    const until = Math.min(end, runAt + run.count * blockBytes)
    content.set(await device.read(run.diskBlock * blockBytes + from - runAt, until - from), from - offset)
  }
  return content
}
