import { utf8TextOf } from '../../../base/utf8.ts'
import type { TreeEntry } from '../../file-tree.ts'
import { DiskFault } from '../block-device.ts'
import { viewOf } from '../bytes.ts'
import type { DiskEntry } from '../disk-file-system.ts'

const HEADER_BYTES = 8
/** `file_type` of a directory entry; 0 is unknown. (Linux Documentation/filesystems/ext4/directory.rst) */
const ENTRY_KINDS: readonly (TreeEntry['kind'] | null)[] = [
  null,
  'file',
  'directory',
  'other',
  'other',
  'other',
  'other',
  'symlink',
]
const SLASH = 0x2f
const DOT = 0x2e

/**
 * The entries of one directory block. Blocks of a hash tree's index and checksums at a block's end are written as unused
 * entries for readers like this one, so every directory can be read in a line.
 */
export function readDirectoryBlock(block: Uint8Array, hasFileType: boolean, each: (entry: DiskEntry) => void): void {
  const view = viewOf(block)
  let at = 0
  while (at + HEADER_BYTES <= block.byteLength) {
    const node = view.getUint32(at, true)
    const entryBytes = entryLength(view.getUint16(at + 4, true), block.byteLength)
    const nameBytes = hasFileType ? view.getUint8(at + 6) : view.getUint16(at + 6, true)
    const isGood =
      entryBytes >= HEADER_BYTES &&
      entryBytes % 4 === 0 &&
      at + entryBytes <= block.byteLength &&
      (node === 0 || HEADER_BYTES + nameBytes <= entryBytes)
    if (!isGood) throw new DiskFault('malformed', 'a directory block has an entry that does not fit')
    if (node !== 0) {
      const name = block.subarray(at + HEADER_BYTES, at + HEADER_BYTES + nameBytes)
      if (isRealName(name)) {
        const kind = hasFileType ? (ENTRY_KINDS[view.getUint8(at + 7) & 7] ?? null) : null
        each({ name: utf8TextOf(name), node, kind })
      }
    }
    at += entryBytes
  }
}

/** With blocks of 64 KiB the length of an entry that fills one does not fit into its field. */
function entryLength(stored: number, blockBytes: number): number {
  return blockBytes === 65_536 && (stored === 65_535 || stored === 0) ? blockBytes : stored
}

/** Neither `.` nor `..`, and nothing that no Linux would create. */
function isRealName(name: Uint8Array): boolean {
  if (name.byteLength === 0 || name.byteLength > 255) return false
  if (name[0] === DOT && (name.byteLength === 1 || (name.byteLength === 2 && name[1] === DOT))) return false
  return !name.includes(SLASH) && !name.includes(0)
}
