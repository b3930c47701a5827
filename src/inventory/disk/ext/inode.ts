import type { TreeEntry } from '../../file-tree.ts'
import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import { copyOf, viewOf, wideNumber } from '../bytes.ts'
import type { ExtSuperblock } from './superblock.ts'

/** An inode, copied off the disk. (Linux Documentation/filesystems/ext4/inodes.rst) */
export interface ExtInode {
  readonly number: number
  readonly kind: TreeEntry['kind']
  readonly sizeBytes: number
  /** Permission bits. */
  readonly mode: number
  readonly hasExtents: boolean
  readonly hasInlineData: boolean
  readonly isEncrypted: boolean
  /** 60 bytes: block numbers, the root of an extent tree, a short link's target, or the beginning of inline data. */
  readonly block: Uint8Array
  /** What follows the fixed fields: attributes kept in the inode. */
  readonly attributes: Uint8Array
}

/** Bytes of `i_block`. */
export const BLOCK_AREA_BYTES = 60
const FLAG_ENCRYPT = 0x800
const FLAG_EXTENTS = 0x8_0000
const FLAG_INLINE_DATA = 0x1000_0000
const MODE_KINDS = new Map<number, TreeEntry['kind']>([
  [0x4, 'directory'],
  [0x8, 'file'],
  [0xa, 'symlink'],
  // fifo, character device, block device, socket
  [0x1, 'other'],
  [0x2, 'other'],
  [0x6, 'other'],
  [0xc, 'other'],
])

export async function readExtInode(device: BlockDevice, superblock: ExtSuperblock, number: number): Promise<ExtInode> {
  const { inodeBytes, inodesPerGroup, inodeCount } = superblock
  if (!(number >= 1 && number <= inodeCount)) throw new DiskFault('malformed', `there is no inode ${number}`)
  const group = Math.floor((number - 1) / inodesPerGroup)
  const table = await inodeTableOf(device, superblock, group)
  const at = table * superblock.blockBytes + ((number - 1) % inodesPerGroup) * inodeBytes
  const bytes = copyOf(await device.read(at, inodeBytes))
  const view = viewOf(bytes)
  const kind = MODE_KINDS.get(view.getUint16(0, true) >> 12)
  if (kind === undefined) throw new DiskFault('malformed', `inode ${number} is not in use`)
  const flags = view.getUint32(0x20, true)
  // Elsewhere the upper half is a field of its own, or garbage of old versions.
  const sizeHigh = kind === 'file' || kind === 'directory' ? view.getUint32(0x6c, true) : 0
  const extraBytes = inodeBytes > 128 ? view.getUint16(0x80, true) : 0
  return {
    number,
    kind,
    mode: view.getUint16(0, true) & 0o7777,
    sizeBytes: wideNumber(sizeHigh, view.getUint32(0x4, true), `the size of inode ${number}`),
    hasExtents: (flags & FLAG_EXTENTS) !== 0,
    hasInlineData: (flags & FLAG_INLINE_DATA) !== 0,
    isEncrypted: (flags & FLAG_ENCRYPT) !== 0,
    block: bytes.subarray(0x28, 0x28 + BLOCK_AREA_BYTES),
    attributes: bytes.subarray(Math.min(128 + extraBytes, inodeBytes)),
  }
}

async function inodeTableOf(device: BlockDevice, superblock: ExtSuperblock, group: number): Promise<number> {
  const { blockBytes, descriptorBytes, blockCount } = superblock
  const perBlock = blockBytes / descriptorBytes
  const block = descriptorBlock(superblock, Math.floor(group / perBlock), perBlock)
  const view = viewOf(await device.read(block * blockBytes + (group % perBlock) * descriptorBytes, descriptorBytes))
  const high = descriptorBytes >= 64 ? view.getUint32(0x28, true) : 0
  const table = wideNumber(high, view.getUint32(0x8, true), `the inode table of group ${group}`)
  if (table > 0 && table < blockCount) return table
  throw new DiskFault('malformed', `group ${group} has its inode table at block ${table} of ${blockCount}`)
}

/** Where the `nth` block of group descriptors lies. (Linux fs/ext4/super.c, descriptor_loc) */
function descriptorBlock(superblock: ExtSuperblock, nth: number, perBlock: number): number {
  const { blockBytes, firstDataBlock, blocksPerGroup, firstMetaGroup } = superblock
  // The superblock is in block 1 only where blocks have 1024 bytes; with bigalloc the first data block is 0 even then.
  const superblockAt = blockBytes === 1024 ? 1 : 0
  if (nth < firstMetaGroup) return superblockAt + 1 + nth
  const group = perBlock * nth
  const isAfterBootBlock = nth === 0 && blockBytes === 1024 && firstDataBlock === 0
  const before = (superblock.hasSuperblock(group) ? 1 : 0) + (isAfterBootBlock ? 1 : 0)
  return firstDataBlock + group * blocksPerGroup + before
}
