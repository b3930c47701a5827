import { DiskFault } from '../../block-device.ts'
import { viewOf } from '../../bytes.ts'
import { inodeOffset } from '../superblock.ts'
import type { XfsGeometry } from '../superblock.ts'
import type { BufferChange, InodeChange, InodeChunkChange } from './change.ts'
import { LOG_BLOCK_BYTES } from './ring.ts'
import type { LogItem } from './transactions.ts'

/** Blocks of 512 bytes that the kernel handles as one; by this it names what is cancelled. */
export interface BufferPlace {
  readonly block: number
  readonly blockCount: number
}

type Unplaced<T> = Omit<T, 'lsn' | 'order'>

/** What an item of a transaction says, as far as it matters for reading files. */
export type ReadItem =
  | { readonly is: 'buffer'; readonly place: BufferPlace; readonly change: Unplaced<BufferChange> }
  | { readonly is: 'cancelled'; readonly place: BufferPlace }
  | { readonly is: 'inode'; readonly place: BufferPlace; readonly change: Unplaced<InodeChange> }
  | { readonly is: 'inode chunk'; readonly place: BufferPlace; readonly change: Unplaced<InodeChunkChange> }
  /** Content of these files is about to be moved; a later transaction says that it is done. */
  | { readonly is: 'intent'; readonly id: bigint; readonly inodes: readonly number[] }
  | { readonly is: 'intent done'; readonly id: bigint }

/** `XFS_LI_*` */
const TYPE = { inode: 0x123b, buffer: 0x123c, inodesMade: 0x123f, map: 0x1244, mapDone: 0x1245, exchange: 0x1248, exchangeDone: 0x1249 } // prettier-ignore
/**
 * What says nothing about where files lie and what they hold: space to free, who owns blocks and how many do, attributes,
 * quotas, and lists of inodes without a name.
 */
const OF_NO_CONCERN: ReadonlySet<number> = new Set([
  0x1236, 0x1237, // extents to free, and freed
  0x1238, // list of inodes without a name
  0x123d, 0x123e, // quotas
  0x1240, 0x1241, 0x1242, 0x1243, // owners of blocks, counts of references
  0x1246, 0x1247, // attributes
  0x124a, 0x124b, 0x124c, 0x124d, 0x124e, 0x124f, // the same of the realtime device
]) // prettier-ignore

/** The item as what it is; `null` for what changes nothing that is read. Throws for what is not known or cannot be. */
export function readLogItem(item: LogItem, geometry: XfsGeometry, deviceBytes: number): ReadItem | null {
  const [format] = item
  if (format === undefined || format.byteLength < 4) throw malformed('an item is empty')
  const type = viewOf(format).getUint16(0, true)
  switch (type) {
    case TYPE.buffer:
      return readBuffer(item, format, deviceBytes)
    case TYPE.inode:
      return readInode(item, format, geometry, deviceBytes)
    case TYPE.inodesMade:
      return readInodesMade(format, geometry)
    case TYPE.map:
      return readMap(format)
    case TYPE.exchange:
      return readExchange(format)
    case TYPE.mapDone:
    case TYPE.exchangeDone:
      if (format.byteLength < 16) throw malformed('the end of an intent is cut off')
      return { is: 'intent done', id: viewOf(format).getBigUint64(8, true) }
    default:
      if (OF_NO_CONCERN.has(type)) return null
      throw new DiskFault('unsupported', `it has items of the unknown type 0x${type.toString(16)}`)
  }
}

/** Offsets in `xfs_buf_log_format`; what follows is a bitmap of the pieces that changed. */
const BUFFER = { flags: 4, blockCount: 6, block: 8, words: 16, bitmap: 20 }
const BUFFER_FLAG = { unlinkedOnly: 1, cancelled: 2, quotas: 4 | 8 | 16 }
const PIECE_BYTES = 128
/** The largest block of a directory. */
const MOST_BUFFER_BLOCKS = 128
/** Upper bits of the flags: kinds of blocks that are not looked into when files are read. (`XFS_BLFT_*`) */
const KIND_SHIFT = 11
const KINDS_UNREAD: ReadonlySet<number> = new Set([
  1, 2, 3, // quotas
  5, 6, 7, // headers of allocation groups
  12, 13, 14, 15, // indexes of directories
  16, 17, // attributes
  19, 20, // realtime
]) // prettier-ignore
const KIND_TREE = 4
const TREES_OF_EXTENTS: ReadonlySet<number> = new Set([0x424d4150, 0x424d4133]) // 'BMAP', 'BMA3'

function readBuffer(item: LogItem, format: Uint8Array, deviceBytes: number): ReadItem | null {
  const view = viewOf(format)
  if (format.byteLength < BUFFER.bitmap) throw malformed('the item of a buffer is cut off')
  const [flags, blockCount] = [view.getUint16(BUFFER.flags, true), view.getUint16(BUFFER.blockCount, true)]
  const place = placeOf(view.getBigInt64(BUFFER.block, true), blockCount, deviceBytes)
  if (flags & BUFFER_FLAG.cancelled) return { is: 'cancelled', place }
  // Only the list of inodes without a name changes in these, or quotas.
  if (flags & (BUFFER_FLAG.unlinkedOnly | BUFFER_FLAG.quotas)) return null
  const kind = flags >>> KIND_SHIFT
  if (KINDS_UNREAD.has(kind)) return null
  const [offset, length] = [place.block * LOG_BLOCK_BYTES, blockCount * LOG_BLOCK_BYTES]
  const patches = patchesOf(item, view, length)
  const [first] = patches
  const isOtherTree = kind === KIND_TREE && first?.at === 0 && !TREES_OF_EXTENTS.has(viewOf(first.bytes).getUint32(0))
  if (isOtherTree) return null
  return { is: 'buffer', place, change: { is: 'buffer', offset, length, patches } }
}

/** Each run of bits is one region, or several where memory was cut. */
function patchesOf(item: LogItem, view: DataView, length: number): BufferChange['patches'] {
  const words = view.getUint32(BUFFER.words, true)
  if (BUFFER.bitmap + words * 4 > view.byteLength) throw malformed(`the bitmap of a buffer has ${words} words`)
  const has = (piece: number): boolean =>
    piece < words * 32 && ((view.getUint32(BUFFER.bitmap + (piece >>> 5) * 4, true) >>> (piece & 31)) & 1) === 1
  const patches: { at: number; bytes: Uint8Array }[] = []
  let region = 1
  for (let piece = 0; piece < words * 32;) {
    if (!has(piece)) {
      piece += 1
      continue
    }
    let pieces = 1
    while (has(piece + pieces)) pieces += 1
    const bytes = item[region]
    if (bytes === undefined) throw malformed('a buffer has fewer regions than its bitmap')
    region += 1
    pieces = Math.min(pieces, Math.floor(bytes.byteLength / PIECE_BYTES))
    const [at, size] = [piece * PIECE_BYTES, pieces * PIECE_BYTES]
    if (pieces === 0 || at + size > length) throw malformed('a buffer has a region that does not fit')
    patches.push({ at, bytes: Uint8Array.from(bytes.subarray(0, size)) })
    piece += pieces
  }
  if (region !== item.length) throw malformed('a buffer has more regions than its bitmap')
  return patches
}

/** Offsets in `xfs_inode_log_format`, which 32-bit machines write without four bytes of padding. */
const INODE = { regions: 2, fields: 4, dataBytes: 10, number: 16, block: 40, blockCount: 48, offset: 52, bytes: 56 }
const INODE_FIELD = { data: 0x2, extents: 0x4, root: 0x8 }
const FORK_FIELDS = INODE_FIELD.data | INODE_FIELD.extents | INODE_FIELD.root
const CORE_BYTES = { version4: 96, version5: 176 }

function readInode(item: LogItem, format: Uint8Array, geometry: XfsGeometry, deviceBytes: number): ReadItem {
  const shift = format.byteLength === INODE.bytes - 4 ? 4 : 0
  const view = viewOf(format)
  if (format.byteLength < INODE.bytes - shift) throw malformed('the item of an inode is cut off')
  const number = Number(view.getBigUint64(INODE.number - shift, true))
  const blockCount = view.getInt32(INODE.blockCount - shift, true)
  const place = placeOf(view.getBigInt64(INODE.block - shift, true), blockCount, deviceBytes)
  const inBuffer = view.getInt32(INODE.offset - shift, true)
  const offset = place.block * LOG_BLOCK_BYTES + inBuffer
  const length = geometry.inodeBytes
  const isWithin = inBuffer >= 0 && inBuffer + length <= blockCount * LOG_BLOCK_BYTES
  if (!isWithin || offset !== inodeOffset(geometry, number)) throw malformed(`inode ${number} does not lie there`)

  const [, core, third] = item
  const coreBytes = geometry.hasChecksums ? CORE_BYTES.version5 : CORE_BYTES.version4
  if (core === undefined || core.byteLength < coreBytes) throw malformed(`inode ${number} is cut off`)
  const fields = view.getUint32(INODE.fields, true) & FORK_FIELDS
  let fork: InodeChange['fork'] = null
  if (fields !== 0) {
    if ((fields & (fields - 1)) !== 0 || third === undefined) throw malformed(`inode ${number} has several contents`)
    // Regions are filled up to whole words.
    const bytes = Math.min(third.byteLength, view.getUint16(INODE.dataBytes, true))
    fork = {
      is: fields === INODE_FIELD.root ? 'root of a tree' : 'as it lies',
      bytes: Uint8Array.from(third.subarray(0, bytes)),
    }
  }
  const change = {
    is: 'inode',
    offset,
    length,
    number,
    core: Uint8Array.from(core.subarray(0, coreBytes)),
    fork,
  } as const
  return { is: 'inode', place, change }
}

/** Offsets in `xfs_icreate_log`, the only item that is big-endian. */
const MADE = { group: 4, block: 8, count: 12, inodeBytes: 16, blockCount: 20, generation: 24, bytes: 28 }
const MOST_CHUNK_BYTES = 64 * 2048

function readInodesMade(format: Uint8Array, geometry: XfsGeometry): ReadItem {
  if (format.byteLength < MADE.bytes) throw malformed('the making of inodes is cut off')
  const view = viewOf(format)
  const [group, block] = [view.getUint32(MADE.group), view.getUint32(MADE.block)]
  const length = view.getUint32(MADE.blockCount) * geometry.blockBytes
  const isSound =
    geometry.hasChecksums &&
    group < geometry.agCount &&
    view.getUint32(MADE.inodeBytes) === geometry.inodeBytes &&
    length > 0 &&
    length <= MOST_CHUNK_BYTES &&
    view.getUint32(MADE.count) * geometry.inodeBytes === length
  if (!isSound) throw malformed(`inodes are made in group ${group}, block ${block}, that cannot be`)
  const firstBlock = group * 2 ** geometry.agBlockBits + block
  const firstInode = firstBlock * 2 ** geometry.inodesPerBlockBits
  const offset = inodeOffset(geometry, firstInode)
  inodeOffset(geometry, firstInode + length / geometry.inodeBytes - 1)
  const place = { block: offset / LOG_BLOCK_BYTES, blockCount: length / LOG_BLOCK_BYTES }
  const generation = view.getUint32(MADE.generation)
  return { is: 'inode chunk', place, change: { is: 'inode chunk', offset, length, firstInode, generation } }
}

const MAP_BYTES = 32
const OF_ATTRIBUTES = 2 ** 31

/** Extents that are about to be put in or taken out of files. (`xfs_bui_log_format`) */
function readMap(format: Uint8Array): ReadItem {
  const view = viewOf(format)
  if (format.byteLength < 16) throw malformed('an intent is cut off')
  const count = view.getUint32(4, true)
  if (16 + count * MAP_BYTES > format.byteLength) throw malformed(`an intent has ${count} extents`)
  const inodes: number[] = []
  for (let at = 16; at < 16 + count * MAP_BYTES; at += MAP_BYTES) {
    if (view.getUint32(at + 28, true) < OF_ATTRIBUTES) inodes.push(Number(view.getBigUint64(at, true)))
  }
  return { is: 'intent', id: view.getBigUint64(8, true), inodes }
}

/** Two files that are about to exchange content. (`xfs_xmi_log_format`) */
function readExchange(format: Uint8Array): ReadItem {
  if (format.byteLength < 32) throw malformed('an exchange is cut off')
  const view = viewOf(format)
  const inodes = [16, 24].map(at => Number(view.getBigUint64(at, true)))
  return { is: 'intent', id: view.getBigUint64(8, true), inodes }
}

function placeOf(block: bigint, blockCount: number, deviceBytes: number): BufferPlace {
  const isWithin = block >= 0n && (block + BigInt(blockCount)) * BigInt(LOG_BLOCK_BYTES) <= BigInt(deviceBytes)
  if (!isWithin || blockCount <= 0 || blockCount > MOST_BUFFER_BLOCKS) {
    throw malformed(`it changes ${blockCount} blocks of 512 bytes at ${block}`)
  }
  return { block: Number(block), blockCount }
}

function malformed(what: string): DiskFault {
  return new DiskFault('malformed', what)
}
