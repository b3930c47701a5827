import { DiskFault } from '../block-device.ts'
import { viewOf } from '../bytes.ts'
import { BLOCK_AREA_BYTES } from './inode.ts'
import type { ExtInode } from './inode.ts'

const ATTRIBUTES_MAGIC = 0xea02_0000
/** Prefix `system.`; with the name `data` it holds what does not fit where block numbers would be. */
const SYSTEM_PREFIX = 7
const ENTRY_BYTES = 16

/** The two parts of small content that is kept in the inode itself. (Linux Documentation/filesystems/ext4/inlinedata.rst) */
export function inlineParts(inode: ExtInode): readonly [Uint8Array, Uint8Array] {
  const first = inode.block.subarray(0, Math.min(BLOCK_AREA_BYTES, inode.sizeBytes))
  const rest = inode.sizeBytes - first.byteLength
  if (rest === 0) return [first, new Uint8Array(0)]
  const value = dataAttribute(inode)
  if (value === null || value.byteLength < rest) {
    const has = first.byteLength + (value?.byteLength ?? 0)
    throw new DiskFault(
      'malformed',
      `inode ${inode.number} holds ${has} of its ${inode.sizeBytes} bytes of inline data`,
    )
  }
  return [first, value.subarray(0, rest)]
}

function dataAttribute(inode: ExtInode): Uint8Array | null {
  const { attributes } = inode
  if (attributes.byteLength < 4 + ENTRY_BYTES) return null
  const view = viewOf(attributes)
  if (view.getUint32(0, true) !== ATTRIBUTES_MAGIC) return null
  // Every entry has at least 16 bytes, so the loop ends with the inode.
  for (let at = 4; at + ENTRY_BYTES <= attributes.byteLength;) {
    if (view.getUint32(at, true) === 0) return null
    const nameBytes = view.getUint8(at)
    const isData =
      view.getUint8(at + 1) === SYSTEM_PREFIX &&
      nameBytes === 4 &&
      at + ENTRY_BYTES + 4 <= attributes.byteLength &&
      // "data"
      view.getUint32(at + ENTRY_BYTES, false) === 0x6461_7461
    if (isData) {
      // Offsets count from the first entry.
      const from = 4 + view.getUint16(at + 2, true)
      return attributes.subarray(from, from + view.getUint32(at + 8, true))
    }
    at += (ENTRY_BYTES + nameBytes + 3) & ~3
  }
  return null
}
