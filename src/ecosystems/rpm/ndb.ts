import { err, ok, type Result } from '../../base/result.ts'
import type { OnDatabaseProblem } from './header-blobs.ts'

const HEADER_MAGIC = 0x506d7052 // "RpmP", little-endian like all of the file
const SLOT_MAGIC = 0x746f6c53 // "Slot"
const BLOB_MAGIC = 0x53626c42 // "BlbS"
const SLOT_PAGE_BYTES = 4096
const SLOT_BYTES = 16
const BLOCK_BYTES = 16
const BLOB_HEADER_BYTES = 16
const HEADER_BYTES = 32

/**
 * SUSE's `Packages.db`: pages of slots, each pointing to the header of one package. (rpm lib/backend/ndb/rpmpkg.c;
 * matching-and-feeds §4.1)
 */
export function ndbHeaderBlobs(bytes: Uint8Array, onProblem: OnDatabaseProblem): Result<Iterable<Uint8Array>, string> {
  if (bytes.length < HEADER_BYTES) return err('too short for an NDB file')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== HEADER_MAGIC) return err('does not begin with the magic of an NDB file')
  const formatVersion = view.getUint32(4, true)
  if (formatVersion !== 0) return err(`format ${formatVersion} of NDB is not known`)
  const slotEnd = view.getUint32(12, true) * SLOT_PAGE_BYTES
  if (slotEnd === 0 || slotEnd > bytes.length) return err('the slot pages reach past the end of the file')
  return ok(blobs(bytes, view, slotEnd, onProblem))
}

function* blobs(
  bytes: Uint8Array,
  view: DataView,
  slotEnd: number,
  onProblem: OnDatabaseProblem,
): Generator<Uint8Array> {
  // Blobs do not overlap; a file in which they do would make the same bytes be read again and again.
  let budget = bytes.length
  for (let slot = HEADER_BYTES; slot < slotEnd; slot += SLOT_BYTES) {
    if (view.getUint32(slot, true) !== SLOT_MAGIC) {
      onProblem(`no slot at byte ${slot}; the slots after it are not read`)
      return
    }
    const packageIndex = view.getUint32(slot + 4, true)
    if (packageIndex === 0) continue
    const at = view.getUint32(slot + 8, true) * BLOCK_BYTES
    if (at + BLOB_HEADER_BYTES > bytes.length || view.getUint32(at, true) !== BLOB_MAGIC) {
      onProblem(`package ${packageIndex} has no header at byte ${at}`)
      continue
    }
    const start = at + BLOB_HEADER_BYTES
    const length = view.getUint32(at + 12, true)
    if (view.getUint32(at + 4, true) !== packageIndex || start + length > bytes.length) {
      onProblem(`the header of package ${packageIndex} at byte ${at} is another's or reaches past the end`)
      continue
    }
    budget -= length
    if (budget < 0) {
      onProblem('headers overlap; those of further packages are not read')
      return
    }
    yield bytes.subarray(start, start + length)
  }
}
