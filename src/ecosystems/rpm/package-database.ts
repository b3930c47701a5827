import { err, ok, type Result } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import {
  type Analyzer,
  EMPTY_ANALYSIS,
  type FileAnalysis,
  type FoundPackage,
  type OwnedPaths,
  type ScannedFile,
} from '../ecosystem.ts'
import { mayHoldLanguagePackage, spellingsOfOwnedPath } from '../language-paths.ts'
import { ProblemList } from '../problem.ts'
import { berkeleyDbHeaderBlobs } from './berkeley-db.ts'
import type { ReadHeaderBlobs } from './header-blobs.ts'
import { readRpmHeader } from './header.ts'
import { ndbHeaderBlobs } from './ndb.ts'
import { packageOfHeader } from './package-of-header.ts'
import { releaseOfPackage } from './release-packages.ts'
import { sqliteHeaderBlobs } from './sqlite.ts'
import { walHeaderBlobs } from './sqlite-wal.ts'

/** Headers hold changelogs and file lists: desktops of Fedora reach 200 MiB. */
const LIMIT_BYTES = 512 * 1024 * 1024
const LIMIT_PACKAGES = 100_000
/** Files of language packages in all headers; the largest language stacks in distributions own some ten thousand. */
const LIMIT_OWNED_PATHS = 500_000

/** Where distributions keep the database: of old, since Fedora 36 and SUSE 15, and in ostree. (matching-and-feeds §4.1) */
const DIRECTORIES = ['var/lib/rpm/', 'usr/lib/sysimage/rpm/', 'usr/share/rpm/']

/** `Packages`: Berkeley DB, before rpm 4.16. */
export const rpmBerkeleyDb: Analyzer = database('rpm/berkeley-db', 'Packages', berkeleyDbHeaderBlobs)

/** `Packages.db`: NDB, in SUSE. */
export const rpmNdb: Analyzer = database('rpm/ndb', 'Packages.db', ndbHeaderBlobs)

/** `rpmdb.sqlite`: since rpm 4.16. */
export const rpmSqlite: Analyzer = database('rpm/sqlite', 'rpmdb.sqlite', sqliteHeaderBlobs)

/**
 * `rpmdb.sqlite-wal`: what was written since SQLite last folded its log into the database. An analyzer sees one file, so
 * packages that the log adds are found and those that it removes are not: it is always told as a problem.
 */
export const rpmSqliteWal: Analyzer = {
  ...database('rpm/sqlite-wal', 'rpmdb.sqlite-wal', walHeaderBlobs),
  // A log that was folded is left behind empty.
  analyze: file => (file.bytes.length === 0 ? ok(EMPTY_ANALYSIS) : readDatabase(file, walHeaderBlobs)),
}

function database(id: string, fileName: string, read: ReadHeaderBlobs): Analyzer {
  const paths = new Set(DIRECTORIES.map(directory => directory + fileName))
  return {
    id,
    revision: 3,
    limitBytes: LIMIT_BYTES,
    wants: path => paths.has(path),
    analyze: file => readDatabase(file, read),
  }
}

function readDatabase(file: ScannedFile, read: ReadHeaderBlobs): Result<FileAnalysis, InventoryProblem> {
  const problems = new ProblemList(file.path)
  const malformed = (detail: string, reason = 'malformed-package-database'): void => problems.add(reason, detail)
  const blobs = read(file.bytes, malformed)
  if (!blobs.ok) return err({ path: file.path, reason: 'malformed-package-database', detail: blobs.error })
  const packages: FoundPackage[] = []
  const owned: OwnedPaths[] = []
  let pathCount = 0
  let packageRelease: FileAnalysis['packageRelease']
  for (const blob of blobs.value) {
    if (packages.length === LIMIT_PACKAGES) {
      problems.add('limit-exceeded', `more than ${LIMIT_PACKAGES} packages; further ones are not read`)
      break
    }
    const header = readRpmHeader(blob, path => mayHoldLanguagePackage(path))
    const found = header.ok ? packageOfHeader(header.value) : header
    if (!found.ok) {
      malformed(found.error)
      continue
    }
    if (found.value === null || !header.ok) continue
    packages.push(found.value)
    packageRelease ??= releaseOfPackage(found.value)
    const paths = header.value.files.flatMap(path => spellingsOfOwnedPath(path.replace(/^\/+/, '')))
    pathCount += paths.length
    if (paths.length > 0 && pathCount <= LIMIT_OWNED_PATHS) owned.push({ owner: found.value.name, paths })
  }
  if (pathCount > LIMIT_OWNED_PATHS) {
    problems.add('limit-exceeded', `more than ${LIMIT_OWNED_PATHS} language files; some count as not owned`)
  }
  return ok({
    packages,
    distro: null,
    owned: owned.length === 0 ? null : owned,
    problems: problems.all(),
    ...(packageRelease === undefined ? {} : { packageRelease }),
  })
}
