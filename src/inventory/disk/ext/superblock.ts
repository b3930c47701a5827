import { utf8TextOf } from '../../../base/utf8.ts'
import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import { formatUuid, untilNul, viewOf, wideNumber } from '../bytes.ts'

/** What the readers of ext2, ext3 and ext4 need of a superblock. (Linux Documentation/filesystems/ext4/super.rst) */
export interface ExtSuperblock {
  readonly type: 'ext2' | 'ext3' | 'ext4'
  readonly uuid: string
  readonly label: string
  readonly blockBytes: number
  readonly blockCount: number
  /** Block number of the first block group: 1 where blocks have 1024 bytes, else 0. */
  readonly firstDataBlock: number
  readonly blocksPerGroup: number
  readonly inodeCount: number
  readonly inodesPerGroup: number
  readonly inodeBytes: number
  readonly descriptorBytes: number
  /** Whether directory entries say what they lead to. */
  readonly hasFileType: boolean
  /** In use when its last change was written: the newest changes may be in the journal alone. */
  readonly needsRecovery: boolean
  /** Inode of the journal; 0 when it is on another device. */
  readonly journalInode: number
  /** Groups of descriptor blocks from which on each lies in its own group; infinite without `meta_bg`. */
  readonly firstMetaGroup: number
  hasSuperblock(group: number): boolean
}

const SUPERBLOCK_AT = 1024
const SUPERBLOCK_BYTES = 1024
const MAGIC = 0xef53

const COMPAT_HAS_JOURNAL = 0x4
const COMPAT_SPARSE_SUPER2 = 0x200
const INCOMPAT_FILETYPE = 0x2
const INCOMPAT_RECOVER = 0x4
const INCOMPAT_JOURNAL_DEV = 0x8
const INCOMPAT_META_BG = 0x10
const INCOMPAT_64BIT = 0x80
/** extents, 64bit, mmp, flex_bg, ea_inode, csum_seed, largedir, inline_data, encrypt, casefold: what ext3 has none of. */
const INCOMPAT_EXT4 = 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x1_0000 | 0x2_0000
const INCOMPAT_READ = INCOMPAT_FILETYPE | INCOMPAT_RECOVER | INCOMPAT_META_BG | INCOMPAT_EXT4
/** Features of a file system that a reader must know, and that this one does not. (Linux fs/ext4/ext4.h) */
const INCOMPAT_NAMES = new Map([
  [0x1, 'compression'],
  [INCOMPAT_JOURNAL_DEV, 'journal_dev (an external journal, no file system)'],
  [0x1000, 'dirdata'],
])
const RO_COMPAT_SPARSE_SUPER = 0x1
/** huge_file, gdt_csum, dir_nlink, extra_isize, quota, bigalloc, metadata_csum, …: all that ext3 has none of. */
const RO_COMPAT_EXT4 = ~0x7

/** `null` where the device holds no ext file system. */
export async function readExtSuperblock(device: BlockDevice): Promise<ExtSuperblock | null> {
  if (device.sizeBytes < SUPERBLOCK_AT + SUPERBLOCK_BYTES) return null
  const bytes = await device.read(SUPERBLOCK_AT, SUPERBLOCK_BYTES)
  const view = viewOf(bytes)
  if (view.getUint16(0x38, true) !== MAGIC) return null
  const incompat = view.getUint32(0x60, true)
  refuseUnknown(incompat)
  const compat = view.getUint32(0x5c, true)
  const isDynamic = view.getUint32(0x4c, true) >= 1
  const is64Bit = (incompat & INCOMPAT_64BIT) !== 0
  const inodesPerGroup = view.getUint32(0x28, true)
  const superblock: ExtSuperblock = {
    type: typeOf(compat, incompat, view.getUint32(0x64, true)),
    uuid: formatUuid(bytes.subarray(0x68, 0x78)),
    label: utf8TextOf(untilNul(bytes.subarray(0x78, 0x88))),
    blockBytes: 1024 * 2 ** Math.min(view.getUint32(0x18, true), 31),
    blockCount: wideNumber(is64Bit ? view.getUint32(0x150, true) : 0, view.getUint32(0x4, true), 'the block count'),
    firstDataBlock: view.getUint32(0x14, true),
    blocksPerGroup: view.getUint32(0x20, true),
    inodeCount: view.getUint32(0, true),
    inodesPerGroup,
    inodeBytes: isDynamic ? view.getUint16(0x58, true) : 128,
    descriptorBytes: is64Bit ? view.getUint16(0xfe, true) : 32,
    hasFileType: (incompat & INCOMPAT_FILETYPE) !== 0,
    needsRecovery: (incompat & INCOMPAT_RECOVER) !== 0,
    journalInode: view.getUint32(0xe0, true),
    firstMetaGroup: (incompat & INCOMPAT_META_BG) === 0 ? Infinity : view.getUint32(0x104, true),
    hasSuperblock: superblockRule(
      (compat & COMPAT_SPARSE_SUPER2) === 0 ? null : [view.getUint32(0x24c, true), view.getUint32(0x250, true)],
      (view.getUint32(0x64, true) & RO_COMPAT_SPARSE_SUPER) !== 0,
    ),
  }
  checkGeometry(superblock)
  return superblock
}

function refuseUnknown(incompat: number): void {
  const unknown = incompat & ~INCOMPAT_READ
  if (unknown === 0) return
  const names: string[] = []
  for (let bit = 0; bit < 32; bit += 1) {
    const flag = 2 ** bit
    if ((unknown & flag) !== 0) names.push(INCOMPAT_NAMES.get(flag) ?? `feature 0x${flag.toString(16)}`)
  }
  throw new DiskFault('unsupported', `the ext file system has features that are not read: ${names.join(', ')}`)
}

function typeOf(compat: number, incompat: number, roCompat: number): ExtSuperblock['type'] {
  if ((incompat & INCOMPAT_EXT4) !== 0 || (roCompat & RO_COMPAT_EXT4) !== 0) return 'ext4'
  return (compat & COMPAT_HAS_JOURNAL) === 0 ? 'ext2' : 'ext3'
}

/** Which groups begin with a copy of the superblock. (Linux fs/ext4/balloc.c, ext4_bg_has_super) */
function superblockRule(backups: readonly number[] | null, isSparse: boolean): (group: number) => boolean {
  return group => {
    if (group === 0) return true
    if (backups !== null) return backups.includes(group)
    if (group <= 1 || !isSparse) return true
    return [3, 5, 7].some(base => isPowerOf(base, group))
  }
}

function isPowerOf(base: number, number: number): boolean {
  let power = base
  while (power < number) power *= base
  return power === number
}

/** What every later step divides by, multiplies with, or trusts to fit. */
function checkGeometry(superblock: ExtSuperblock): void {
  const { blockBytes, blocksPerGroup, inodesPerGroup, inodeBytes, descriptorBytes, blockCount, inodeCount } = superblock
  // Linux: 1 KiB to 64 KiB, whatever the machine's page size.
  check(blockBytes <= 65_536, `blocks of ${blockBytes} bytes`)
  check(blocksPerGroup > 0, 'groups without blocks')
  check(inodesPerGroup > 0 && inodeCount > 0, 'groups without inodes')
  check(inodeBytes >= 128 && inodeBytes <= blockBytes && isPowerOf(2, inodeBytes), `inodes of ${inodeBytes} bytes`)
  const hasGoodDescriptors = descriptorBytes >= 32 && descriptorBytes <= 1024 && isPowerOf(2, descriptorBytes)
  check(hasGoodDescriptors, `group descriptors of ${descriptorBytes} bytes`)
  check(blockCount > superblock.firstDataBlock, `${blockCount} blocks`)
  const groups = Math.ceil((blockCount - superblock.firstDataBlock) / blocksPerGroup)
  check(groups * inodesPerGroup >= inodeCount, `${inodeCount} inodes in ${groups} groups of ${inodesPerGroup}`)
}

function check(isGood: boolean, what: string): void {
  if (!isGood) throw new DiskFault('malformed', `the ext superblock claims ${what}`)
}
