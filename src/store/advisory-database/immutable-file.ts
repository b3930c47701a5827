import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/** Opens the file of one version. It never changes once it has its name: SQLite needs no locks and looks for no journal. */
export function openImmutable(path: string): DatabaseSync {
  const url = pathToFileURL(path)
  url.searchParams.set('immutable', '1')
  return new DatabaseSync(url, { readOnly: true })
}
