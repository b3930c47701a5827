import type { TreeEntry } from '../../file-tree.ts'
import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import { viewOf } from '../bytes.ts'
import { hasChecksum, u64 } from './bytes.ts'
import { inodeOffset, uuidAt } from './superblock.ts'
import type { XfsGeometry } from './superblock.ts'

export interface XfsInode {
  readonly number: number
  readonly kind: TreeEntry['kind']
  readonly sizeBytes: number
  /** Permission bits. */
  readonly mode: number
  /** Where its content is: in the inode itself, in a list of extents there, or in a tree of extents whose root is there. */
  readonly format: 'local' | 'extents' | 'btree' | 'none'
  readonly extentCount: number
  /** The inode's data fork: content, extents or the root of the tree, by `format`. */
  readonly fork: Uint8Array
  /** Its content lies on the realtime device, which is another than this one. */
  readonly isRealtime: boolean
}

const MAGIC = 0x494e // 'IN'
const [HEADER_BYTES, HEADER_BYTES_V3] = [100, 176]
const CRC_AT = 100
const FLAG_REALTIME = 0x1
const FLAG_MANY_EXTENTS = 0x10n

const KINDS: ReadonlyMap<number, TreeEntry['kind']> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
])
const FORMATS = ['none', 'local', 'extents', 'btree'] as const

/** Reads one inode. (XFS Algorithms & Data Structures, ch. 18; linux/fs/xfs/libxfs/xfs_format.h `struct xfs_dinode`) */
export async function readXfsInode(device: BlockDevice, geometry: XfsGeometry, number: number): Promise<XfsInode> {
  // Kept for as long as the inode is, so not as a view of a cached block of the device.
  const bytes = Uint8Array.from(await device.read(inodeOffset(geometry, number), geometry.inodeBytes))
  const view = viewOf(bytes)
  const version = view.getUint8(4)
  if (view.getUint16(0) !== MAGIC || version < 1 || version > 3 || (version === 3) !== geometry.hasChecksums) {
    throw new DiskFault('malformed', `there is no inode ${number}`)
  }
  if (version === 3) checkItself(view, bytes, geometry, number)
  const mode = view.getUint16(2)
  if (mode === 0) throw new DiskFault('malformed', `inode ${number} is not in use`)
  const kind = KINDS.get(mode & 0o170000) ?? 'other'
  const format = FORMATS[view.getUint8(5)]
  if (format === undefined) throw new DiskFault('unsupported', `inode ${number} has the XFS format ${view.getUint8(5)}`)
  const sizeBytes = u64(view, 56)
  if (sizeBytes > Number.MAX_SAFE_INTEGER) throw new DiskFault('malformed', `inode ${number} has ${sizeBytes} bytes`)
  const headerBytes = version === 3 ? HEADER_BYTES_V3 : HEADER_BYTES
  const attributesAt = view.getUint8(82) * 8
  if (attributesAt > geometry.inodeBytes - headerBytes) {
    throw new DiskFault('malformed', `inode ${number} has its attributes outside itself`)
  }
  const hasManyExtents = version === 3 && (view.getBigUint64(120) & FLAG_MANY_EXTENTS) !== 0n
  return {
    number,
    kind,
    sizeBytes,
    mode: mode & 0o7777,
    format,
    extentCount: hasManyExtents ? u64(view, 24) : view.getUint32(76),
    fork: bytes.subarray(headerBytes, attributesAt === 0 ? geometry.inodeBytes : headerBytes + attributesAt),
    isRealtime: kind === 'file' && (view.getUint16(90) & FLAG_REALTIME) !== 0,
  }
}

/** Inodes of version 5 say who they are. One that is torn or misplaced could say anything, so it is not read. */
function checkItself(view: DataView, bytes: Uint8Array, geometry: XfsGeometry, number: number): void {
  if (!hasChecksum(bytes, CRC_AT)) throw new DiskFault('malformed', `the checksum of inode ${number} is wrong`)
  if (u64(view, 152) !== number || uuidAt(bytes, 160) !== geometry.metadataUuid) {
    throw new DiskFault('malformed', `inode ${number} belongs to another place or file system`)
  }
}
