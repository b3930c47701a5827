import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import { viewOf } from '../bytes.ts'
import { hasChecksum, u64 } from './bytes.ts'
import { xfsExtents } from './extents.ts'
import type { XfsInode } from './inode.ts'
import type { XfsGeometry } from './superblock.ts'

/** `XFS_SYMLINK_MAXLEN` */
const MOST_BYTES = 1024
const MAGIC = 0x58534c4d // 'XSLM'
const HEADER_BYTES = 56
const [BYTES_AT, CRC_AT, OWNER_AT] = [8, 12, 32]

/** What a link says: within its inode, or in blocks that have a header of their own in version 5. (`xfs_dsymlink_hdr`) */
export async function readXfsSymlink(device: BlockDevice, geometry: XfsGeometry, inode: XfsInode): Promise<Uint8Array> {
  const { sizeBytes, fork, number } = inode
  const what = `the link in inode ${number}`
  if (sizeBytes > MOST_BYTES) throw new DiskFault('malformed', `${what} has ${sizeBytes} bytes`)
  if (inode.format === 'local') {
    if (sizeBytes > fork.byteLength) throw new DiskFault('malformed', `${what} ends after ${fork.byteLength} bytes`)
    return fork.subarray(0, sizeBytes)
  }
  const target = new Uint8Array(sizeBytes)
  let filled = 0
  const until = Math.ceil(MOST_BYTES / (geometry.blockBytes - HEADER_BYTES))
  for await (const { offset, blockCount, isUnwritten } of xfsExtents(device, geometry, inode, { from: 0, until })) {
    if (isUnwritten) break
    const length = Math.min(blockCount, until) * geometry.blockBytes
    const part = contentOf(await device.read(offset, length), geometry, inode, what).subarray(0, sizeBytes - filled)
    target.set(part, filled)
    filled += part.byteLength
    if (filled === sizeBytes) return target
  }
  throw new DiskFault('malformed', `${what} ends after ${filled} of its ${sizeBytes} bytes`)
}

/** One extent is one buffer with one header, however many blocks it has. */
function contentOf(buffer: Uint8Array, geometry: XfsGeometry, inode: XfsInode, what: string): Uint8Array {
  if (!geometry.hasChecksums) return buffer
  const view = viewOf(buffer)
  const length = view.getUint32(BYTES_AT)
  if (view.getUint32(0) !== MAGIC || HEADER_BYTES + length > buffer.byteLength) {
    throw new DiskFault('malformed', `${what} has no header`)
  }
  if (!hasChecksum(buffer, CRC_AT)) throw new DiskFault('malformed', `the checksum of ${what} is wrong`)
  if (u64(view, OWNER_AT) !== inode.number) throw new DiskFault('malformed', `${what} belongs to another`)
  return buffer.subarray(HEADER_BYTES, HEADER_BYTES + length)
}
