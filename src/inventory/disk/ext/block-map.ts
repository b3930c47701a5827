import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import { copyOf, viewOf, wideNumber } from '../bytes.ts'
import type { ExtInode } from './inode.ts'
import type { ExtSuperblock } from './superblock.ts'

/** Blocks of a file that lie together on the disk, in file order; what no run covers is a hole. */
export interface BlockRun {
  readonly fileBlock: number
  readonly diskBlock: number
  readonly count: number
}

const DIRECT_BLOCKS = 12
const EXTENT_MAGIC = 0xf30a
const EXTENT_BYTES = 12
/** Five levels reach every block of the largest file. (Linux fs/ext4/ext4_extents.h, EXT4_MAX_EXTENT_DEPTH) */
const MOST_EXTENT_DEPTH = 5
/** Lengths above this mark blocks that are reserved and not yet written: they read as zeros. */
const LONGEST_WRITTEN = 32_768

/**
 * The runs of the file's blocks from `from` to before `end`. Only the parts of the map that cover them are read: each
 * level narrows the range, so a map that leads back into itself ends all the same.
 */
export async function blockRuns(
  device: BlockDevice,
  superblock: ExtSuperblock,
  inode: ExtInode,
  from: number,
  end: number,
): Promise<readonly BlockRun[]> {
  const map: MapReader = { device, superblock, inode, from, end, runs: [] }
  if (inode.hasExtents) await readExtents(map, inode.block, null, from, end)
  else await readBlockNumbers(map)
  return map.runs
}

interface MapReader {
  readonly device: BlockDevice
  readonly superblock: ExtSuperblock
  readonly inode: ExtInode
  readonly from: number
  readonly end: number
  readonly runs: BlockRun[]
}

/** A node of the extent tree: `from` to `end` is what its parent says it may speak about, cut to what is asked. */
async function readExtents(
  map: MapReader,
  node: Uint8Array,
  expectedDepth: number | null,
  from: number,
  end: number,
): Promise<void> {
  const view = viewOf(node)
  const count = view.getUint16(2, true)
  const depth = view.getUint16(6, true)
  const isGood =
    view.getUint16(0, true) === EXTENT_MAGIC &&
    (count + 1) * EXTENT_BYTES <= node.byteLength &&
    (expectedDepth === null ? depth <= MOST_EXTENT_DEPTH : depth === expectedDepth)
  if (!isGood) throw new DiskFault('malformed', `inode ${map.inode.number} has a damaged extent tree`)
  let previous = -1
  for (let entry = 1; entry <= count; entry += 1) {
    const at = entry * EXTENT_BYTES
    const fileBlock = view.getUint32(at, true)
    if (fileBlock <= previous) throw new DiskFault('malformed', `inode ${map.inode.number} has extents out of order`)
    if (fileBlock >= end) return
    previous = fileBlock
    if (depth === 0) {
      addExtent(map, view, at, from, end)
      continue
    }
    const next = entry < count ? view.getUint32(at + EXTENT_BYTES, true) : end
    if (next <= from) continue
    const block = wideNumber(view.getUint16(at + 8, true), view.getUint32(at + 4, true), 'a block of an extent tree')
    const child = await readMapBlock(map, block)
    await readExtents(map, child, depth - 1, Math.max(from, fileBlock), Math.min(end, next))
  }
}

function addExtent(map: MapReader, view: DataView, at: number, from: number, end: number): void {
  const fileBlock = view.getUint32(at, true)
  const length = view.getUint16(at + 4, true)
  if (length > LONGEST_WRITTEN) return
  const start = wideNumber(view.getUint16(at + 6, true), view.getUint32(at + 8, true), 'an extent')
  const first = Math.max(from, fileBlock)
  const count = Math.min(end, fileBlock + length) - first
  if (count > 0) addRun(map, first, start + first - fileBlock, count)
}

/** The map of ext2 and ext3: twelve blocks, then three trees of block numbers, one level deeper each. */
async function readBlockNumbers(map: MapReader): Promise<void> {
  const view = viewOf(map.inode.block)
  for (let block = map.from; block < Math.min(map.end, DIRECT_BLOCKS); block += 1) {
    addRun(map, block, view.getUint32(block * 4, true), 1)
  }
  const perBlock = map.superblock.blockBytes / 4
  let first = DIRECT_BLOCKS
  for (let level = 1; level <= 3; level += 1) {
    await readIndirect(map, view.getUint32((DIRECT_BLOCKS + level - 1) * 4, true), level, first)
    first += perBlock ** level
  }
}

/** A block of numbers that begins to speak at file block `first`. */
async function readIndirect(map: MapReader, block: number, level: number, first: number): Promise<void> {
  const perBlock = map.superblock.blockBytes / 4
  const each = perBlock ** (level - 1)
  if (block === 0 || map.from >= first + each * perBlock || map.end <= first) return
  const view = viewOf(await readMapBlock(map, block))
  const from = Math.max(0, Math.floor((map.from - first) / each))
  const end = Math.min(perBlock, Math.ceil((map.end - first) / each))
  for (let index = from; index < end; index += 1) {
    const number = view.getUint32(index * 4, true)
    if (level > 1) await readIndirect(map, number, level - 1, first + index * each)
    else addRun(map, first + index, number, 1)
  }
}

function addRun(map: MapReader, fileBlock: number, diskBlock: number, count: number): void {
  if (diskBlock === 0) return
  checkBlocks(map, diskBlock, count)
  const last = map.runs.at(-1)
  if (last !== undefined && last.fileBlock + last.count > fileBlock) {
    throw new DiskFault('malformed', `inode ${map.inode.number} has blocks that overlap`)
  }
  const isNext =
    last !== undefined && last.fileBlock === fileBlock - last.count && last.diskBlock === diskBlock - last.count
  if (isNext) map.runs[map.runs.length - 1] = { ...last, count: last.count + count }
  else map.runs.push({ fileBlock, diskBlock, count })
}

async function readMapBlock(map: MapReader, block: number): Promise<Uint8Array> {
  checkBlocks(map, block, 1)
  const { blockBytes } = map.superblock
  // A copy: the walk over it waits for other blocks, and would hold the whole cached one in memory.
  return copyOf(await map.device.read(block * blockBytes, blockBytes))
}

function checkBlocks(map: MapReader, block: number, count: number): void {
  const { blockCount } = map.superblock
  if (block > 0 && block + count <= blockCount) return
  throw new DiskFault('malformed', `inode ${map.inode.number} leads to block ${block} of ${blockCount}`)
}
