import { randomUUID } from 'node:crypto'
import { constants, existsSync, mkdirSync } from 'node:fs'
import { copyFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Instant } from '../../base/clock.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import type { VersionScheme } from '../../domain/version.ts'
import type { AdvisoryIndex } from '../../matching/advisory-index.ts'
import type { AdvisoryDatabase, FeedUpdate } from '../../scanning/advisory-database.ts'
import { partHash, removePart, resolveOpenAdvisories, versionName, writePart } from './builder.ts'
import { readChanges, recordStep } from './changes.ts'
import { keyOf, nameOf, neverFetched, patchedGeneration, replacedGeneration } from './generations.ts'
import type { PartName } from './generations.ts'
import { heldAdvisories } from './held-part.ts'
import { openImmutable } from './immutable-file.ts'
import { TABLES } from './layout.ts'
import { withWriteLock } from './lock.ts'
import { partAfterPatch, writePatch } from './patch.ts'
import type { PatchedPart } from './patch.ts'
import { readPointer, syncPath, UNFINISHED, versionFile, writePointer } from './pointer.ts'
import type { Pointer, StoredGeneration } from './pointer.ts'
import { openVersion } from './reader.ts'
import { Touched, TOUCHED_LIMIT } from './touched.ts'

export interface AdvisoryDatabaseOptions {
  /** The version orders that ranges are read with; those of all ecosystems when left out. */
  readonly schemes?: readonly VersionScheme[]
  /** How long a writer waits for another, in milliseconds. */
  readonly lockWaitMs?: number
}

const SCHEMES = ECOSYSTEMS.map(ecosystem => ecosystem.scheme)

const LOCK_WAIT_MS = 10 * 60_000

/** The advisory database of a directory, which is made when it is missing. Any number of processes may share it. */
export function openAdvisoryDatabase(directory: string, options: AdvisoryDatabaseOptions = {}): AdvisoryDatabase {
  mkdirSync(directory, { recursive: true })
  return {
    currentVersion: () => usable(directory, readPointer(directory)).version,
    generations: () => usable(directory, readPointer(directory)).generations.map(withoutHash),
    open: () => openCurrent(directory, options),
    heldAbout: (feed, part, isWanted) =>
      readingCurrent(directory, path => {
        const database = openImmutable(path)
        try {
          return heldAdvisories(database, { feed, part }, isWanted, options.schemes ?? SCHEMES)
        } finally {
          database.close()
        }
      }) ?? [],
    apply: (updates, now) =>
      withWriteLock(directory, options.lockWaitMs ?? LOCK_WAIT_MS, () => apply(directory, updates, now)),
    changesSince: version =>
      readingCurrent(directory, (path, current) => {
        const database = openImmutable(path)
        try {
          return readChanges(database, version, current)
        } finally {
          database.close()
        }
      }) ?? 'everything',
  }
}

/** A pointer whose file someone removed stands for nothing: the next sync fetches all parts again. */
function usable(directory: string, pointer: Pointer): Pointer {
  if (pointer.version === null || existsSync(join(directory, versionFile(pointer.version)))) return pointer
  return { version: null, generations: [] }
}

function withoutHash({ hash: _hash, ...generation }: StoredGeneration): Omit<StoredGeneration, 'hash'> {
  return generation
}

const OPEN_ATTEMPTS = 5

function openCurrent(directory: string, options: AdvisoryDatabaseOptions): AdvisoryIndex | null {
  return readingCurrent(directory, (path, version) => openVersion(path, version, options.schemes ?? SCHEMES))
}

/** A version may be replaced, and its file removed, between reading the pointer and opening it: then look again. */
export function readingCurrent<T>(directory: string, read: (path: string, version: string) => T): T | null {
  for (let attempt = 1; ; attempt++) {
    const { version } = usable(directory, readPointer(directory))
    if (version === null) return null
    try {
      return read(join(directory, versionFile(version)), version)
    } catch (error) {
      const isReplaced = usable(directory, readPointer(directory)).version !== version
      if (isReplaced && attempt < OPEN_ATTEMPTS) continue
      throw new Error(`cannot open the advisory database ${versionFile(version)} in ${directory}`, { cause: error })
    }
  }
}

type Update<Kind> = Extract<FeedUpdate, { is: Kind }>

/** What the next version says otherwise, each part once. */
interface Changes {
  readonly replaced: { readonly update: Update<'replace'>; readonly hash: string }[]
  readonly patched: { readonly update: Update<'patch'>; readonly hash: string }[]
  readonly removed: PartName[]
}

async function apply(directory: string, updates: readonly FeedUpdate[], now: Instant): Promise<string | null> {
  const before = usable(directory, readPointer(directory))
  const generations = new Map(before.generations.map(generation => [keyOf(generation), generation]))
  const changes: Changes = { replaced: [], patched: [], removed: [] }
  for (const update of updates) {
    const key = keyOf(nameOf(update))
    const known = generations.get(key)
    switch (update.is) {
      case 'replace': {
        const hash = await partHash(update.content.advisories, update.content)
        if (hash !== known?.hash) changes.replaced.push({ update, hash })
        generations.set(key, replacedGeneration(update, hash, now))
        break
      }
      case 'patch': {
        if (updates.filter(other => keyOf(nameOf(other)) === key).length > 1) {
          throw new Error(`the part ${key} is patched and named by another update as well`)
        }
        if (before.version === null || !known?.hash || known.validator !== update.since) break
        const after = await partOf(directory, before.version, update)
        if (after.hash !== known.hash) changes.patched.push({ update, hash: after.hash })
        generations.set(key, patchedGeneration(known, update, after, now))
        break
      }
      case 'unchanged':
        if (known !== undefined) generations.set(key, { ...known, syncedAt: now, lastError: null })
        break
      case 'failed':
        generations.set(key, { ...(known ?? neverFetched(update)), lastError: update.error })
        break
      case 'remove':
        if (known?.hash) changes.removed.push(update)
        generations.delete(key)
        break
    }
  }

  const sorted = [...generations.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const parts = sorted.flatMap(generation =>
    generation.hash === null ? [] : [{ ...generation, hash: generation.hash }],
  )
  const version = parts.length === 0 ? null : versionName(parts)
  if (version !== null && version !== before.version) await build(directory, before.version, version, changes)
  await writePointer(directory, { version, generations: sorted })
  await removeOthers(directory, version)
  return version
}

async function partOf(directory: string, version: string, { feed, content }: Update<'patch'>): Promise<PatchedPart> {
  const database = openImmutable(join(directory, versionFile(version)))
  try {
    return await partAfterPatch(database, feed, content)
  } finally {
    database.close()
  }
}

/** Writes the new version beside the old, starting from a copy of it, and gives it its name when it is safe on disk. */
async function build(
  directory: string,
  from: string | null,
  to: string,
  { replaced, patched, removed }: Changes,
): Promise<void> {
  const unfinished = join(directory, `${UNFINISHED}${randomUUID()}.sqlite`)
  try {
    if (from !== null) await copyFile(join(directory, versionFile(from)), unfinished, constants.COPYFILE_FICLONE)
    const database = new DatabaseSync(unfinished)
    try {
      // No journal: a crash loses only the unfinished file, and what is finished is flushed below.
      database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768')
      if (from === null) database.exec(TABLES)
      database.exec('BEGIN')
      const touched = new Touched(from === null ? 0 : TOUCHED_LIMIT)
      for (const part of removed) removePart(database, part.feed, part.part, touched)
      for (const { update, hash } of replaced) {
        await writePart(database, { feed: update.feed, part: update.content.part, hash }, update.content, touched)
      }
      for (const { update, hash } of patched) await writePatch(database, update.feed, update.content, hash, touched)
      await resolveOpenAdvisories(database, touched)
      if (from !== null) await recordStepFrom(directory, from, database, touched)
      database.exec('COMMIT')
      // Some changed rows leave the statistics as good as they were; they came with the copy.
      if (replaced.length > 0 || removed.length > 0) database.exec('ANALYZE')
    } finally {
      database.close()
    }
    await syncPath(unfinished)
    await rename(unfinished, join(directory, versionFile(to)))
    await syncPath(directory)
  } finally {
    await rm(unfinished, { force: true })
  }
}

async function recordStepFrom(
  directory: string,
  version: string,
  database: DatabaseSync,
  touched: Touched,
): Promise<void> {
  const before = openImmutable(join(directory, versionFile(version)))
  try {
    await recordStep(database, { version, database: before }, touched)
  } finally {
    before.close()
  }
}

/** Removes versions that are no longer current, and what a crash left. Readers that have a file open keep it. */
export async function removeOthers(directory: string, version: string | null): Promise<void> {
  for (const name of await readdir(directory)) {
    const isCurrent = version !== null && name === versionFile(version)
    const isOld = !isCurrent && /^advisories-[0-9a-f]{24}\.sqlite$/.test(name)
    if (isOld || name.startsWith(UNFINISHED)) await rm(join(directory, name), { force: true })
  }
}
