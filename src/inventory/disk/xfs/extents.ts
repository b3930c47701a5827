import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import { viewOf } from '../bytes.ts'
import { hasChecksum, u64 } from './bytes.ts'
import type { XfsInode } from './inode.ts'
import { blockOffset } from './superblock.ts'
import type { XfsGeometry } from './superblock.ts'

/** Blocks of a file that lie in a row on the device. */
export interface XfsExtent {
  /** Number of the first block within the file. */
  readonly fileBlock: number
  readonly blockCount: number
  /** Where it begins on the device, in bytes. */
  readonly offset: number
  /** Reserved and never written: reads as zeros. */
  readonly isUnwritten: boolean
}

const RECORD_BYTES = 16
/** Levels of a tree of extents at most; `XFS_BM_MAXLEVELS` stays below. Each level has its number, so no tree has a loop. */
const MOST_LEVELS = 16
const [MAGIC, MAGIC_V5] = [0x424d4150, 0x424d4133] // 'BMAP', 'BMA3'
const [HEADER_BYTES, HEADER_BYTES_V5] = [24, 72]
const [OWNER_AT, CRC_AT] = [56, 64]

/** Blocks of a file, `from` included and `until` not. */
interface BlockRange {
  readonly from: number
  readonly until: number
}

/**
 * The extents that hold blocks of `wanted`, in the file's order; holes are left out. Only the parts of the tree that
 * lead there are read. Each record lies within the range of the key above it, so that a block of the tree can only
 * stand in one place and the work is bounded by the device, whatever the tree claims.
 */
export async function* xfsExtents(
  device: BlockDevice,
  geometry: XfsGeometry,
  inode: XfsInode,
  wanted: BlockRange,
): AsyncGenerator<XfsExtent> {
  const view = viewOf(inode.fork)
  const everything = { from: 0, until: Number.MAX_SAFE_INTEGER }
  if (inode.format === 'extents') {
    if (inode.extentCount * RECORD_BYTES > view.byteLength) {
      throw new DiskFault('malformed', `inode ${inode.number} has ${inode.extentCount} extents and no room for them`)
    }
    yield* extentsOf(view, inode.extentCount, geometry, inode, everything, wanted)
  } else if (inode.format === 'btree') {
    const [level, count] = [view.getUint16(0), view.getUint16(2)]
    const room = Math.floor((view.byteLength - 4) / RECORD_BYTES)
    if (level === 0 || level > MOST_LEVELS || count > room) {
      throw new DiskFault('malformed', `the root of the extents of inode ${inode.number} has ${count} children`)
    }
    const children = childrenOf(view, 4, count, room, inode, everything, wanted)
    yield* extentsBelow(device, geometry, inode, children, level - 1, wanted)
  }
}

interface Child {
  readonly block: number
  /** What its records may speak of. */
  readonly within: BlockRange
}

async function* extentsBelow(
  device: BlockDevice,
  geometry: XfsGeometry,
  inode: XfsInode,
  children: readonly Child[],
  level: number,
  wanted: BlockRange,
): AsyncGenerator<XfsExtent> {
  for (const { block, within } of children) {
    const bytes = await device.read(blockOffset(geometry, block), geometry.blockBytes)
    const view = viewOf(bytes)
    const where = `block ${block} of the extents of inode ${inode.number}`
    const headerBytes = geometry.hasChecksums ? HEADER_BYTES_V5 : HEADER_BYTES
    const [count, room] = [view.getUint16(6), Math.floor((geometry.blockBytes - headerBytes) / RECORD_BYTES)]
    if (view.getUint32(0) !== (geometry.hasChecksums ? MAGIC_V5 : MAGIC) || view.getUint16(4) !== level) {
      throw new DiskFault('malformed', `${where} is none of level ${level}`)
    }
    if (count === 0 || count > room) throw new DiskFault('malformed', `${where} has ${count} records`)
    if (geometry.hasChecksums) {
      if (!hasChecksum(bytes, CRC_AT)) throw new DiskFault('malformed', `the checksum of ${where} is wrong`)
      if (u64(view, OWNER_AT) !== inode.number) throw new DiskFault('malformed', `${where} belongs to another inode`)
    }
    if (level === 0) {
      const records = new DataView(view.buffer, view.byteOffset + headerBytes, room * RECORD_BYTES)
      yield* extentsOf(records, count, geometry, inode, within, wanted)
    } else {
      const below = childrenOf(view, headerBytes, count, room, inode, within, wanted)
      yield* extentsBelow(device, geometry, inode, below, level - 1, wanted)
    }
  }
}

/** The children that may hold what is wanted. Keys come first, then as much room for blocks as there is for keys. */
function childrenOf(
  view: DataView,
  at: number,
  count: number,
  room: number,
  inode: XfsInode,
  within: BlockRange,
  wanted: BlockRange,
): readonly Child[] {
  const children: Child[] = []
  let last = -1
  for (let index = 0; index < count; index += 1) {
    const from = u64(view, at + index * 8)
    const until = index + 1 < count ? u64(view, at + (index + 1) * 8) : within.until
    if (from <= last || from < within.from || from >= until || until > within.until) {
      throw new DiskFault('malformed', `the extents of inode ${inode.number} are out of order at block ${from}`)
    }
    last = from
    if (from >= wanted.until || until <= wanted.from) continue
    children.push({ block: u64(view, at + (room + index) * 8), within: { from, until } })
  }
  return children
}

function* extentsOf(
  view: DataView,
  count: number,
  geometry: XfsGeometry,
  inode: XfsInode,
  within: BlockRange,
  wanted: BlockRange,
): Generator<XfsExtent> {
  let free = within.from
  for (let at = 0; at < count * RECORD_BYTES; at += RECORD_BYTES) {
    const [high, low, thirdWord, lastWord] = [0, 4, 8, 12].map(word => view.getUint32(at + word)) as [
      number,
      number,
      number,
      number,
    ]
    // 1 bit unwritten, 54 bits block of the file, 52 bits block of the file system, 21 bits count. (`xfs_bmbt_rec`)
    const fileBlock = (high & 0x7fffffff) * 2 ** 23 + (low >>> 9)
    const block = (low & 0x1ff) * 2 ** 43 + thirdWord * 2 ** 11 + (lastWord >>> 21)
    const blockCount = lastWord & 0x1fffff
    if (fileBlock < free || blockCount === 0 || fileBlock + blockCount > within.until) {
      throw new DiskFault('malformed', `the extents of inode ${inode.number} are out of order at block ${fileBlock}`)
    }
    free = fileBlock + blockCount
    if (fileBlock >= wanted.until) return
    if (free <= wanted.from) continue
    yield { fileBlock, blockCount, offset: blockOffset(geometry, block, blockCount), isUnwritten: high >>> 31 === 1 }
  }
}
