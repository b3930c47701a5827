import { err, ok, type Result } from '../../base/result.ts'
import type { OnDatabaseProblem } from './header-blobs.ts'
import { SqliteReader, sqlitePages } from './sqlite-pages.ts'

/** `rpmdb.sqlite` of rpm 4.16 and later: table `Packages` of number and header. (rpm lib/backend/sqlite.c) */
export function sqliteHeaderBlobs(
  bytes: Uint8Array,
  onProblem: OnDatabaseProblem,
): Result<Iterable<Uint8Array>, string> {
  const pages = sqlitePages(bytes)
  if (!pages.ok) return pages
  const reader = new SqliteReader(pages.value, onProblem)
  const root = reader.rootOf('Packages')
  if (root === null) return err('there is no table Packages')
  return ok(blobs(reader, root, onProblem))
}

function* blobs(reader: SqliteReader, root: number, onProblem: OnDatabaseProblem): Generator<Uint8Array> {
  for (const [, blob] of reader.rows(root)) {
    if (blob instanceof Uint8Array) yield blob
    else onProblem('a row of Packages without header')
  }
}
