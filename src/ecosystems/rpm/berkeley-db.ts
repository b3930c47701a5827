import { err, ok, type Result } from '../../base/result.ts'
import type { OnDatabaseProblem } from './header-blobs.ts'

const HASH_MAGIC = 0x061561
/** Page types. (Berkeley DB dbinc/db_page.h) */
const HASH_UNSORTED = 2
const OVERFLOW = 7
const HASH = 13
/** Item types on a hash page. */
const KEY_DATA = 1
const OFF_PAGE = 3
const PAGE_HEADER_BYTES = 26
const SMALLEST_PAGE = 512
const LARGEST_PAGE = 65_536

interface Database {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly isLittleEndian: boolean
  readonly pageBytes: number
  /** Overflow pages that a chain has used; no two chains share one. */
  readonly used: Uint8Array
  /** Bytes that values may still claim: all together they are no more than the file. */
  budget: number
}

/**
 * `Packages` of rpm before 4.16: a Berkeley DB hash of instance number to package header. Every page is looked at, as
 * hash pages need no directory to be found. (Berkeley DB dbinc/db_page.h; matching-and-feeds §4.1)
 */
export function berkeleyDbHeaderBlobs(
  bytes: Uint8Array,
  onProblem: OnDatabaseProblem,
): Result<Iterable<Uint8Array>, string> {
  if (bytes.length < SMALLEST_PAGE) return err('too short for a Berkeley DB file')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isLittleEndian = view.getUint32(12, true) === HASH_MAGIC
  if (!isLittleEndian && view.getUint32(12, false) !== HASH_MAGIC) return err('not a hash of Berkeley DB')
  if (view.getUint8(24) !== 0) return err('the database is encrypted')
  const pageBytes = view.getUint32(20, isLittleEndian)
  if (pageBytes < SMALLEST_PAGE || pageBytes > LARGEST_PAGE || (pageBytes & (pageBytes - 1)) !== 0) {
    return err(`pages of ${pageBytes} bytes`)
  }
  const pageCount = Math.floor(bytes.length / pageBytes)
  const lastPage = view.getUint32(32, isLittleEndian)
  if (lastPage >= pageCount) onProblem(`the file ends after ${pageCount} of ${lastPage + 1} pages`)
  return ok(
    blobs({ bytes, view, isLittleEndian, pageBytes, used: new Uint8Array(pageCount), budget: bytes.length }, onProblem),
  )
}

function* blobs(database: Database, onProblem: OnDatabaseProblem): Generator<Uint8Array> {
  const { view, isLittleEndian, pageBytes, used } = database
  for (let page = 1; page < used.length; page++) {
    const start = page * pageBytes
    const type = view.getUint8(start + 25)
    if (type !== HASH && type !== HASH_UNSORTED) continue
    const items = view.getUint16(start + 20, isLittleEndian)
    if (items % 2 !== 0 || PAGE_HEADER_BYTES + items * 2 > pageBytes) {
      onProblem(`page ${page} has ${items} items`)
      continue
    }
    // Items come in pairs of key and value, and grow from the end of the page downwards.
    for (let item = 0; item < items; item += 2) {
      const key = itemOf(database, start, item)
      const value = itemOf(database, start, item + 1)
      if (key === null || value === null) {
        onProblem(`item ${item} of page ${page} leads out of the page`)
        continue
      }
      // Instance 0 holds the number of the last instance, not a package. (rpm lib/backend/db3.c)
      if (key.length === 5 && key[0] === KEY_DATA && key.subarray(1).every(byte => byte === 0)) continue
      const blob = valueOf(database, value)
      if (typeof blob === 'string') onProblem(`the value of item ${item} of page ${page}: ${blob}`)
      else yield blob
    }
  }
}

/** The bytes of an item, its type first: from its offset to that of the item before it. */
function itemOf({ bytes, view, isLittleEndian, pageBytes }: Database, start: number, item: number): Uint8Array | null {
  const offsetOf = (at: number): number => view.getUint16(start + PAGE_HEADER_BYTES + at * 2, isLittleEndian)
  const from = offsetOf(item)
  const to = item === 0 ? pageBytes : offsetOf(item - 1)
  return from < PAGE_HEADER_BYTES || from >= to || to > pageBytes ? null : bytes.subarray(start + from, start + to)
}

/** The value itself, or what it is instead. */
function valueOf(database: Database, item: Uint8Array): Uint8Array | string {
  const type = item[0] ?? 0
  if (type === KEY_DATA) {
    database.budget -= item.length
    return database.budget < 0 ? 'items overlap' : item.subarray(1)
  }
  if (type !== OFF_PAGE || item.length < 12) return `items of type ${type} hold no header`
  const view = new DataView(item.buffer, item.byteOffset, item.byteLength)
  return overflowOf(database, view.getUint32(4, database.isLittleEndian), view.getUint32(8, database.isLittleEndian))
}

function overflowOf(database: Database, firstPage: number, length: number): Uint8Array | string {
  const { bytes, view, isLittleEndian, pageBytes, used } = database
  if (length > database.budget) return `${length} bytes are more than the file has left for it`
  database.budget -= length
  const value = new Uint8Array(length)
  let filled = 0
  for (let page = firstPage; filled < length;) {
    if (page === 0 || page >= used.length || used[page] !== 0) return `its pages end or turn after ${filled} bytes`
    used[page] = 1
    const start = page * pageBytes
    const here = view.getUint16(start + 22, isLittleEndian)
    if (view.getUint8(start + 25) !== OVERFLOW || here === 0 || PAGE_HEADER_BYTES + here > pageBytes) {
      return `page ${page} is no page of a value`
    }
    const piece = bytes.subarray(start + PAGE_HEADER_BYTES, start + PAGE_HEADER_BYTES + here)
    if (filled + piece.length > length) return `more than its ${length} bytes`
    value.set(piece, filled)
    filled += piece.length
    page = view.getUint32(start + 16, isLittleEndian)
  }
  return value
}
