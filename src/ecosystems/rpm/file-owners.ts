import type { OwnedPaths } from '../ecosystem.ts'
import type { FileOwners } from '../file-owners.ts'
import { berkeleyDbHeaderBlobs } from './berkeley-db.ts'
import type { ReadHeaderBlobs } from './header-blobs.ts'
import { readRpmHeader } from './header.ts'
import { ndbHeaderBlobs } from './ndb.ts'
import { rpmBerkeleyDb, rpmNdb, rpmSqlite } from './package-database.ts'
import { packageOfHeader } from './package-of-header.ts'
import { sqliteHeaderBlobs } from './sqlite.ts'

const READERS: ReadonlyMap<string, ReadHeaderBlobs> = new Map([
  ['Packages', berkeleyDbHeaderBlobs],
  ['Packages.db', ndbHeaderBlobs],
  ['rpmdb.sqlite', sqliteHeaderBlobs],
])

/** The file lists in the headers of the package database, in its three forms. */
export const rpmFileOwners: FileOwners = {
  limitBytes: rpmSqlite.limitBytes,
  wants: path => rpmBerkeleyDb.wants(path) || rpmNdb.wants(path) || rpmSqlite.wants(path),
  owned(file, isAsked) {
    const read = READERS.get(file.path.slice(file.path.lastIndexOf('/') + 1))
    const blobs = read?.(file.bytes, () => {})
    const owned: OwnedPaths[] = []
    if (blobs === undefined || !blobs.ok) return owned
    for (const blob of blobs.value) {
      const header = readRpmHeader(blob, path => isAsked(path.replace(/^\/+/, '')))
      const found = header.ok && header.value.files.length > 0 ? packageOfHeader(header.value) : null
      if (!header.ok || found === null || !found.ok || found.value === null) continue
      owned.push({ owner: found.value.name, paths: header.value.files.map(path => path.replace(/^\/+/, '')) })
    }
    return owned
  },
}
