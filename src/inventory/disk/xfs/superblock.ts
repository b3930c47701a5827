import { utf8TextOf } from '../../../base/utf8.ts'
import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import { formatUuid, untilNul, viewOf } from '../bytes.ts'
import { hasChecksum, u64 } from './bytes.ts'

/** What the superblock says about where things lie, checked for consistency. (XFS Algorithms & Data Structures, ch. 13) */
export interface XfsGeometry {
  /** Version 5: metadata carry checksums, their own place and owner. */
  readonly hasChecksums: boolean
  readonly blockBytes: number
  readonly inodeBytes: number
  readonly directoryBlockBytes: number
  readonly agCount: number
  readonly agBlocks: number
  /** Bits of a block number that count blocks within an allocation group. */
  readonly agBlockBits: number
  /** Bits of an inode number that count inodes within a block. */
  readonly inodesPerBlockBits: number
  readonly totalBlocks: number
  readonly rootInode: number
  /** Whether directory entries say what they name. */
  readonly hasFileTypes: boolean
  /** `null` for a journal on another device. */
  readonly log: { readonly offset: number; readonly sizeBytes: number } | null
  /** Features of a log in use that we do not know, as bits. (`sb_features_log_incompat`) */
  readonly logFeatures: number
  readonly uuid: string
  /** The uuid that metadata carry; another one than `uuid` after `xfs_admin -U`. */
  readonly metadataUuid: string
  readonly label: string
  readonly notes: readonly string[]
}

const MAGIC = 0x58465342 // 'XFSB'
const SUPERBLOCK_BYTES = 512
const CRC_AT = 224

const VERSION_4 = { shared: 0x0200, directoriesV2: 0x2000, moreBits: 0x8000, fileTypes: 0x0200 }
/** Lazy counters, attr2, 32-bit project ids, file types. */
const KNOWN_FEATURES_2 = 0x0002 | 0x0008 | 0x0080 | 0x0200

/** `sb_features_incompat`. (linux/fs/xfs/libxfs/xfs_format.h) */
const FEATURE = {
  fileTypes: 0x01,
  sparseInodes: 0x02,
  metadataUuid: 0x04,
  bigTimes: 0x08,
  needsRepair: 0x10,
  manyExtents: 0x20,
  exchangeRange: 0x40,
  parentPointers: 0x80,
  metadataDirectory: 0x100,
}
const READABLE = Object.values(FEATURE).reduce((all, bit) => all | bit, 0)
/** Changes of attributes as a whole, which is no matter here. */
const KNOWN_LOG_FEATURES = 0x1
const NAME_OF_UNREADABLE: ReadonlyMap<number, string> = new Map([
  [0x200, 'zoned'],
  [0x400, 'zone_gaps'],
])

/** The superblock of an XFS file system; `null` for another kind. Throws a `DiskFault` for one that cannot be read. */
export async function readXfsSuperblock(device: BlockDevice): Promise<XfsGeometry | null> {
  if (device.sizeBytes < SUPERBLOCK_BYTES) return null
  const bytes = await device.read(0, SUPERBLOCK_BYTES)
  const view = viewOf(bytes)
  if (view.getUint32(0) !== MAGIC) return null

  const notes: string[] = []
  const features = featuresOf(view)
  const sectorBytes = view.getUint16(102)
  check(isPowerOfTwo(sectorBytes, 512, 32768), `a sector size of ${sectorBytes}`)
  if (features.hasChecksums) {
    if (!hasChecksum(await device.read(0, sectorBytes), CRC_AT)) notes.push('the checksum of the superblock is wrong')
    if (features.needsRepair) notes.push('the file system is marked for xfs_repair')
  }
  const geometry = geometryOf(bytes, features)
  const sizeBytes = geometry.totalBlocks * geometry.blockBytes
  if (sizeBytes > device.sizeBytes) {
    notes.push(`the file system has ${sizeBytes} bytes, of which the device ends after ${device.sizeBytes}`)
  }
  return { ...geometry, notes }
}

interface Features {
  readonly hasChecksums: boolean
  readonly hasFileTypes: boolean
  readonly needsRepair: boolean
  readonly hasMetadataUuid: boolean
}

function featuresOf(view: DataView): Features {
  const version = view.getUint16(100)
  switch (version & 0xf) {
    case 4:
      return version4Features(view, version)
    case 5:
      return version5Features(view)
    default:
      throw new DiskFault('unsupported', `XFS version ${version & 0xf}; versions 4 and 5 are read`)
  }
}

function version4Features(view: DataView, version: number): Features {
  if (!(version & VERSION_4.directoriesV2)) throw new DiskFault('unsupported', 'XFS feature: directories of version 1')
  if (version & VERSION_4.shared) throw new DiskFault('unsupported', 'XFS feature: shared read-only')
  const more = version & VERSION_4.moreBits ? view.getUint32(200) : 0
  const unknown = more & ~KNOWN_FEATURES_2
  if (unknown !== 0) throw new DiskFault('unsupported', `XFS features2 ${hexadecimal(unknown)}`)
  const hasFileTypes = (more & VERSION_4.fileTypes) !== 0
  return { hasChecksums: false, hasFileTypes, needsRepair: false, hasMetadataUuid: false }
}

function version5Features(view: DataView): Features {
  const incompatible = view.getUint32(216)
  const unknown = incompatible & ~READABLE
  if (unknown !== 0) {
    const names = Array.from({ length: 32 }, (_, bit) => 2 ** bit)
      .filter(bit => unknown & bit)
      .map(bit => NAME_OF_UNREADABLE.get(bit) ?? hexadecimal(bit))
    throw new DiskFault('unsupported', `XFS incompatible feature ${names.join(', ')}`)
  }
  return {
    hasChecksums: true,
    hasFileTypes: (incompatible & FEATURE.fileTypes) !== 0,
    needsRepair: (incompatible & FEATURE.needsRepair) !== 0,
    hasMetadataUuid: (incompatible & FEATURE.metadataUuid) !== 0,
  }
}

function geometryOf(bytes: Uint8Array, features: Features): Omit<XfsGeometry, 'notes'> {
  const view = viewOf(bytes)
  const blockBytes = view.getUint32(4)
  const inodeBytes = view.getUint16(104)
  const directoryBlockBytes = blockBytes * 2 ** view.getUint8(192)
  const [totalBlocks, agBlocks, agCount] = [u64(view, 8), view.getUint32(84), view.getUint32(88)]
  const [agBlockBits, inodesPerBlockBits] = [view.getUint8(124), view.getUint8(123)]
  check(isPowerOfTwo(blockBytes, 512, 65536), `a block size of ${blockBytes}`)
  check(isPowerOfTwo(inodeBytes, 256, 2048) && inodeBytes <= blockBytes, `an inode size of ${inodeBytes}`)
  check(directoryBlockBytes <= 65536, `a directory block size of ${directoryBlockBytes}`)
  check(2 ** inodesPerBlockBits * inodeBytes === blockBytes, `${2 ** inodesPerBlockBits} inodes per block`)
  check(agBlocks > 0 && Math.ceil(Math.log2(agBlocks)) === agBlockBits, `${agBlocks} blocks per group`)
  check(
    totalBlocks > agBlocks * (agCount - 1) && totalBlocks <= agBlocks * agCount,
    `${totalBlocks} blocks in ${agCount} groups`,
  )
  check(totalBlocks * blockBytes <= Number.MAX_SAFE_INTEGER, `${totalBlocks} blocks`)
  check(view.getUint8(126) === 0, 'the mark of an mkfs.xfs that did not end')
  const uuid = uuidAt(bytes, 32)
  const base = {
    hasChecksums: features.hasChecksums,
    hasFileTypes: features.hasFileTypes,
    blockBytes,
    inodeBytes,
    directoryBlockBytes,
    agCount,
    agBlocks,
    agBlockBits,
    inodesPerBlockBits,
    totalBlocks,
    rootInode: u64(view, 56),
    uuid,
    metadataUuid: features.hasMetadataUuid ? uuidAt(bytes, 248) : uuid,
    label: utf8TextOf(untilNul(bytes.subarray(108, 120))),
    logFeatures: features.hasChecksums ? (view.getUint32(220) & ~KNOWN_LOG_FEATURES) >>> 0 : 0,
  }
  const logStart = u64(view, 48)
  if (logStart === 0) return { ...base, log: null }
  return { ...base, log: { offset: blockOffset(base, logStart), sizeBytes: view.getUint32(96) * blockBytes } }
}

/** Byte offset of `count` blocks by the number that the file system gives the first. They lie in one allocation group. */
export function blockOffset(
  {
    agBlockBits,
    agBlocks,
    totalBlocks,
    blockBytes,
  }: Pick<XfsGeometry, 'agBlockBits' | 'agBlocks' | 'totalBlocks' | 'blockBytes'>,
  block: number,
  count = 1,
): number {
  const group = Math.floor(block / 2 ** agBlockBits)
  const inGroup = block - group * 2 ** agBlockBits
  const linear = group * agBlocks + inGroup
  if (inGroup + count > agBlocks || linear + count > totalBlocks) {
    throw new DiskFault('malformed', `blocks ${block} to ${block + count - 1} lie outside the file system`)
  }
  return linear * blockBytes
}

/** Byte offset of an inode by its number. */
export function inodeOffset(geometry: XfsGeometry, inode: number): number {
  const inBlock = inode % 2 ** geometry.inodesPerBlockBits
  const block = Math.floor(inode / 2 ** geometry.inodesPerBlockBits)
  return blockOffset(geometry, block) + inBlock * geometry.inodeBytes
}

export function uuidAt(bytes: Uint8Array, offset: number): string {
  return formatUuid(bytes.subarray(offset, offset + 16))
}

function check(isTrue: boolean, what: string): void {
  if (!isTrue) throw new DiskFault('malformed', `the XFS superblock tells of ${what}`)
}

function isPowerOfTwo(value: number, least: number, most: number): boolean {
  return value >= least && value <= most && (value & (value - 1)) === 0
}

function hexadecimal(bits: number): string {
  return `0x${(bits >>> 0).toString(16)}`
}
