import { err, ok, type Result } from '../../base/result.ts'
import type { OnDatabaseProblem } from './header-blobs.ts'
import { type SqlitePages, SqliteReader } from './sqlite-pages.ts'

/** The two magic numbers differ in the byte order of the checksums. (SQLite, "Database File Format", 4.1) */
const MAGICS: ReadonlySet<number> = new Set([0x377f0682, 0x377f0683])
const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const LEAF_TABLE = 0x0d

/**
 * Headers that a write-ahead log adds: a transaction writes every page of a new row to the log. Rows that spill to pages
 * of the database itself were there before, and are left to its reader. What the log removes cannot be seen.
 */
export function walHeaderBlobs(bytes: Uint8Array, onProblem: OnDatabaseProblem): Result<Iterable<Uint8Array>, string> {
  if (bytes.length < HEADER_BYTES) return err('too short for a write-ahead log')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!MAGICS.has(view.getUint32(0))) return err('not a write-ahead log of SQLite')
  const pageBytes = view.getUint32(8)
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) {
    return err(`pages of ${pageBytes} bytes`)
  }
  const pages = committedPages(bytes, view, pageBytes)
  if (pages.size > 0) {
    const detail = `${pages.size} pages are not folded into the database yet; packages that they remove are still listed`
    onProblem(detail, 'uncheckpointed-wal')
  }
  return ok(blobs(pages, pageBytes))
}

/** The newest copy of each page, from the frames up to the last commit; frames of an older round have other salts. (4.2) */
function committedPages(bytes: Uint8Array, view: DataView, pageBytes: number): ReadonlyMap<number, Uint8Array> {
  const committed = new Map<number, Uint8Array>()
  const open = new Map<number, Uint8Array>()
  const frameBytes = FRAME_HEADER_BYTES + pageBytes
  for (let at = HEADER_BYTES; at + frameBytes <= bytes.length; at += frameBytes) {
    const isOfThisRound =
      view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20)
    if (!isOfThisRound) break
    open.set(view.getUint32(at), bytes.subarray(at + FRAME_HEADER_BYTES, at + frameBytes))
    if (view.getUint32(at + 4) === 0) continue
    for (const [number, page] of open) committed.set(number, page)
    open.clear()
  }
  return committed
}

function* blobs(log: ReadonlyMap<number, Uint8Array>, pageBytes: number): Generator<Uint8Array> {
  const pages: SqlitePages = {
    pageBytes,
    usableBytes: pageBytes,
    pageCount: log.size,
    page: number => log.get(number) ?? null,
  }
  const reader = new SqliteReader(pages, () => {})
  for (const [number, page] of log) {
    if (number === 1 || page[0] !== LEAF_TABLE) continue
    for (const row of reader.rowsOfLeaf(number, page)) {
      // The rows of Packages are (rowid, header); those of its indexes have three columns.
      const [key, blob] = row
      if (row.length === 2 && key === null && blob instanceof Uint8Array) yield blob
    }
  }
}
