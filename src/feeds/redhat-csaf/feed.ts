import { setImmediate as nextTurn } from 'node:timers/promises'
import { instant, type Instant } from '../../base/clock.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Advisory } from '../../domain/advisory.ts'
import type { Feed, FeedError, FeedFiles, FeedPart, FeedPatch } from '../feed.ts'
import { fetchRecords } from '../fetch-records.ts'
import { fetchTogether } from '../fetch-together.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'
import { SkipCounter } from '../skip-counter.ts'
import { TarError, tarTexts } from '../tar-texts.ts'
import { unzstd, UnzstdError } from '../unzstd.ts'
import { readArchiveName, readDatedPaths, readIndex, type DatedPaths } from './changes.ts'
import { advisoriesOfDocument, advisoryIdsOf, documentIdOf, REDHAT_CSAF_FEED } from './parse.ts'
import { entryPool } from './pool.ts'

export const REDHAT_CSAF_UPSTREAM = 'https://security.access.redhat.com'

const FOLDER = 'data/csaf/v2'
/** Several times the largest: the archive of 2026 has some hundred megabytes, a list of changes some. (inferred) */
const LIMITS = {
  archiveBytes: 4 * 1024 ** 3 - 1,
  listBytes: 256 * 1024 * 1024,
  documentBytes: 128 * 1024 * 1024,
  documents: 1_000_000,
  changedBytes: 16 * 1024 ** 3,
} as const

/** Changed documents beyond which the archive is cheaper than fetching each: it holds some hundred megabytes for them all. */
const MOST_CHANGES = 3_000
/** Documents read between two turns of the event loop. */
const BATCH = 8

/** Raise when the same files would now yield other advisories: everything is then read anew. */
const PARSER_REVISION = 1

/**
 * Red Hat's own word: what it knows of each flaw in all of its products (`vex`), and what each update fixed
 * (`advisories`). Flaws without a fix, with the reason, are told by the first alone.
 */
export function redhatCsafFeed(ecosystem: RpmEcosystem): Feed {
  return {
    id: REDHAT_CSAF_FEED,
    title: 'Red Hat CSAF: state of every flaw in every product (VEX), and security advisories',
    licence: 'CC-BY-4.0',
    parts: ['advisories', 'vex'],
    mayLackParts: true,
    load: (files, part, validator) => load(files, part, validator, ecosystem),
    patch: (files, part, validator) => patch(files, part, validator, ecosystem),
  }
}

interface Lists {
  readonly archive: { readonly name: string; readonly day: Instant } | null
  /** `null` where the source has no archive and has to be read from its index. */
  readonly index: readonly string[] | null
  readonly changes: DatedPaths
  readonly deletions: DatedPaths
  readonly validator: string | null
}

const NO_PATHS: DatedPaths = { times: new Map(), newest: null, oldest: null }

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
  ecosystem: RpmEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const skips = new SkipCounter()
  const fetched = await fetchLists(files, part, validator, skips)
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const lists = fetched.value
  const pool = entryPool(ecosystem)
  const byPath = new Map<string, readonly Advisory[]>()
  const read = (path: string, text: string): void => {
    byPath.set(path, advisoriesOfDocument(path, text, pool, skips))
  }
  const { archive, index, changes } = lists
  const newer = [...changes.times]
    .filter(([path, time]) => archive !== null && time >= archive.day && !isDeleted(path, lists))
    .map(([path]) => path)
  if (archive !== null) {
    const replaced = new Set(newer)
    const failed = await readArchive(
      files,
      `${FOLDER}/${part}/${archive.name}`,
      (path, text) => {
        if (!replaced.has(path) && !isDeleted(path, lists)) read(path, text)
      },
      skips,
    )
    if (failed !== null) return err(failed)
  }
  const wanted = archive === null ? (index ?? []).filter(path => !isDeleted(path, lists)) : newer
  const documents = await fetchDocuments(files, part, wanted, read, skips)
  if (!documents.ok) return documents
  return ok({
    part,
    advisories: [...byPath.values()].flat(),
    recordCount: byPath.size,
    skipped: skips.list(),
    validator: lists.validator,
    newestModified: changes.newest,
  })
}

/** What changed since the newest change that was known; the same second counts again, as it may have had others. */
async function patch(
  files: FeedFiles,
  part: string,
  validator: string,
  ecosystem: RpmEcosystem,
): Promise<Result<FeedPatch | 'unchanged' | 'whole', FeedError>> {
  const since = sinceOf(validator)
  if (since === null) return ok('whole')
  const skips = new SkipCounter()
  const fetched = await fetchLists(files, part, validator, skips)
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const lists = fetched.value
  const { changes, deletions } = lists
  const reachesBack = changes.oldest !== null && changes.oldest <= since && (changes.newest ?? 0) >= since
  const changed = [...changes.times]
    .filter(([path, time]) => time >= since && !isDeleted(path, lists))
    .map(([path]) => path)
  if (!reachesBack || changed.length > MOST_CHANGES) return ok('whole')

  const pool = entryPool(ecosystem)
  const advisories: Advisory[] = []
  const gone = new Set<string>()
  const read = (path: string, text: string): void => {
    for (const id of idsOfPath(path)) gone.add(id)
    advisories.push(...advisoriesOfDocument(path, text, pool, skips))
  }
  const documents = await fetchDocuments(files, part, changed, read, skips)
  if (!documents.ok) return documents
  for (const [path, time] of deletions.times) {
    if (time >= since && isDeleted(path, lists)) for (const id of idsOfPath(path)) gone.add(id)
  }
  for (const { id } of advisories) gone.delete(id)
  return ok({
    part,
    advisories,
    goneIds: [...gone],
    recordCount: null,
    skipped: skips.list(),
    validator: lists.validator,
    newestModified: changes.newest,
  })
}

function idsOfPath(path: string): readonly string[] {
  const id = documentIdOf(path)
  return id === null ? [] : advisoryIdsOf(id)
}

/** Whether a document was deleted, and has not come back since. */
function isDeleted(path: string, { changes, deletions }: Lists): boolean {
  const deleted = deletions.times.get(path)
  return deleted !== undefined && deleted >= (changes.times.get(path) ?? -Infinity)
}

async function fetchLists(
  files: FeedFiles,
  part: string,
  validator: string | null,
  skips: SkipCounter,
): Promise<Result<Lists | 'unchanged', FeedError>> {
  const folder = `${FOLDER}/${part}`
  const [archivePath, changesPath] = [`${folder}/archive_latest.txt`, `${folder}/changes.csv`]
  const [deletionsPath, indexPath] = [`${folder}/deletions.csv`, `${folder}/index.txt`]
  const limitBytes = LIMITS.listBytes
  const fetched = await fetchTogether(
    files,
    [
      { path: changesPath, limitBytes, need: 'required' },
      { path: archivePath, limitBytes: 4_096, need: 'optional' },
      { path: deletionsPath, limitBytes, need: 'optional' },
    ],
    { revision: PARSER_REVISION, validator: validator?.slice(validator.indexOf('\n') + 1) ?? null },
  )
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const { contents, validator: ofLists } = fetched.value
  const bytesOf = (path: string): Uint8Array | null => contents.get(path) ?? null
  const onBad = (line: string): void => skips.add('line-unreadable', line)
  const changes = readDatedPaths(bytesOf(changesPath) ?? new Uint8Array(), onBad)
  const deleted = bytesOf(deletionsPath)
  const named = bytesOf(archivePath)
  const archive = named === null ? null : readArchiveName(named)
  if (named !== null && archive === null) {
    const detail = 'it does not name an archive of the form csaf_<part>_<day>.tar.zst'
    return err({ is: 'malformed', what: `${files.base}/${archivePath}`, detail })
  }
  let index: readonly string[] | null = null
  if (archive === null) {
    const listed = await files.fetch(indexPath, { validator: null, limitBytes })
    if (!listed.ok) return listed
    index = listed.value === 'unchanged' ? [] : readIndex(listed.value.bytes, onBad)
  }
  return ok({
    archive,
    index,
    changes,
    deletions: deleted === null ? NO_PATHS : readDatedPaths(deleted, onBad),
    // Before what tells whether the lists are as they were stands how far they had been followed.
    validator: ofLists === null || changes.newest === null ? null : `until ${changes.newest}\n${ofLists}`,
  })
}

/** The newest change that was followed; `null` for what another revision of the parser read. */
function sinceOf(validator: string): Instant | null {
  const [, time] = new RegExp(`^until ([0-9]{1,15})\\nr${PARSER_REVISION} `).exec(validator) ?? []
  return time === undefined ? null : instant(Number(time))
}

/** Reads the archive one document at a time; the failure when it cannot be had or believed. */
async function readArchive(
  files: FeedFiles,
  path: string,
  read: (path: string, text: string) => void,
  skips: SkipCounter,
): Promise<FeedError | null> {
  const fetched = await files.fetch(path, { validator: null, limitBytes: LIMITS.archiveBytes })
  if (!fetched.ok) return fetched.error
  const what = `${files.base}/${path}`
  if (fetched.value === 'unchanged') return { is: 'malformed', what, detail: 'unchanged, although nothing was held' }
  const limits = { entries: LIMITS.documents, entryBytes: LIMITS.documentBytes }
  let count = 0
  try {
    for await (const { name, content } of tarTexts(unzstd(fetched.value.bytes), isDocument, limits)) {
      if ('problem' in content) skips.add(content.problem, name)
      else read(name.replace(/^\.\//, ''), content.text)
      if (++count % BATCH === 0) await nextTurn()
    }
  } catch (error) {
    if (!(error instanceof TarError || error instanceof UnzstdError)) throw error
    return { is: 'malformed', what, detail: error.message }
  }
  return count === 0 ? { is: 'malformed', what, detail: 'the archive holds no documents' } : null
}

function isDocument(name: string): boolean {
  return documentIdOf(name.replace(/^\.\//, '')) !== null
}

async function fetchDocuments(
  files: FeedFiles,
  part: string,
  paths: readonly string[],
  read: (path: string, text: string) => void,
  skips: SkipCounter,
): Promise<Result<null, FeedError>> {
  const limits = { recordBytes: LIMITS.documentBytes, totalBytes: LIMITS.changedBytes }
  const full = paths.map(path => `${FOLDER}/${part}/${path}`)
  return fetchRecords(files, full, limits, (content, at) => {
    const path = paths[at] ?? ''
    if ('problem' in content) skips.add(content.problem, path)
    else read(path, content.text)
  })
}
