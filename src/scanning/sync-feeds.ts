import type { Clock, Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { err, type Result } from '../base/result.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feeds/feed.ts'
import { signalCountOf } from './advisory-database.ts'
import type { AdvisoryDatabase, FeedGeneration, FeedUpdate } from './advisory-database.ts'
import { STARTER_FEED } from './starter-advisories.ts'

export interface SyncFeeds {
  readonly feeds: readonly { readonly feed: Feed; readonly files: FeedFiles }[]
  readonly database: AdvisoryDatabase
  readonly log: Log
  readonly clock: Clock
  /** Called before each part is fetched; calls are cheap and may be dropped. */
  readonly progress?: (feed: string, part: string) => void
  /** Looked at between parts; what was fetched before is then still applied. */
  readonly signal?: AbortSignal
  /** Takes parts that shrank by more than the limit: a person has looked. */
  readonly acceptShrunken?: boolean
}

export interface SyncReport {
  /** Content name of the current version after the sync, `null` when there has never been one. */
  readonly version: string | null
  readonly isChanged: boolean
  readonly parts: readonly PartReport[]
  /** Whether at least one part was fetched or found unchanged. */
  readonly isReached: boolean
}

export interface PartReport {
  readonly feed: string
  readonly part: string
  /** `absent`: the source does not have this part and need not; the database never had it either. */
  readonly outcome: 'replaced' | 'unchanged' | 'absent' | 'failed' | 'cancelled'
  readonly recordCount: number
  readonly advisoryCount: number
  readonly signalCount: number
  readonly skipped: FeedPart['skipped']
  readonly newestModified: Instant | null
  /** Why the part kept its last good generation, one sentence; `null` unless `failed`. */
  readonly error: string | null
}

/**
 * Largest loss that one sync may bring, as a share of a part's records or advisories; OSV.dev guards its own imports
 * with the same. (matching-and-feeds §5.3, 7)
 */
const SHRINK_LIMIT = 0.1

/**
 * Advisories that are gathered before a new version is written. Large parts are written one by one, so that memory holds
 * one and a crash costs one; the many small ones of a mirror share a version.
 */
const ADVISORIES_PER_VERSION = 10_000

/** After this many parts in a row that cannot be reached, the others of the feed are not waited for. */
const UNREACHABLE_LIMIT = 2

/** Brings the advisory database up to date, part by part: a part that fails keeps what it has, and says so. */
export async function syncFeeds(sync: SyncFeeds): Promise<SyncReport> {
  const { database } = sync
  const before = database.currentVersion()
  const reports: PartReport[] = []
  for (const { feed, files } of sync.feeds) {
    const parts = await syncFeed(sync, feed, files)
    for (const report of parts) reports.push(report)
    if (parts.length > 0 && parts.every(({ outcome }) => outcome === 'absent')) {
      sync.log.warn('feed is absent from the source', { feed: feed.id, source: files.base })
    }
  }
  const version = database.currentVersion()
  return {
    version,
    isChanged: version !== before,
    parts: reports,
    isReached: reports.some(({ outcome }) => outcome === 'replaced' || outcome === 'unchanged'),
  }
}

interface PartSync {
  readonly updates: readonly FeedUpdate[]
  readonly report: PartReport
  readonly isUnreachable: boolean
}

async function syncFeed(sync: SyncFeeds, feed: Feed, files: FeedFiles): Promise<readonly PartReport[]> {
  const reports: PartReport[] = []
  const pending: FeedUpdate[] = []
  const flush = async (): Promise<void> => {
    if (pending.length > 0) await sync.database.apply(pending.splice(0), sync.clock.now())
  }
  let pendingAdvisories = 0
  let unreachableInARow = 0
  for (const part of feed.parts) {
    if (sync.signal?.aborted === true) {
      reports.push(reportWithout(feed.id, part, 'cancelled', null))
      continue
    }
    sync.progress?.(feed.id, part)
    const { updates, report, isUnreachable } =
      unreachableInARow < UNREACHABLE_LIMIT
        ? await syncPart(sync, feed, files, part)
        : notSynced(feed.id, part, `not tried, because ${files.base} could not be reached`, true)
    unreachableInARow = isUnreachable ? unreachableInARow + 1 : 0
    if (isUnreachable && unreachableInARow === UNREACHABLE_LIMIT) {
      sync.log.warn('feed given up', { feed: feed.id, source: files.base, after: part })
    }
    pending.push(...updates)
    reports.push(report)
    if (report.outcome === 'replaced') pendingAdvisories += report.advisoryCount
    if (pendingAdvisories < ADVISORIES_PER_VERSION) continue
    await flush()
    pendingAdvisories = 0
  }
  await flush()
  return reports
}

async function syncPart(sync: SyncFeeds, feed: Feed, files: FeedFiles, part: string): Promise<PartSync> {
  const known = sync.database.generations().find(one => one.feed === feed.id && one.part === part)
  const loaded = await loadPart(sync.log, feed, files, part, known?.validator ?? null)
  if (!loaded.ok) {
    const { error } = loaded
    // What was there once and is there no more is a fault of the source.
    if (error.is === 'not-found' && feed.mayLackParts === true && (known?.syncedAt ?? null) === null) {
      const report = reportWithout(feed.id, part, 'absent', null)
      return { updates: [{ is: 'remove', feed: feed.id, part }], report, isUnreachable: false }
    }
    return failed(sync.log, feed.id, part, describeFeedError(error), error.is === 'unreachable')
  }
  if (loaded.value === 'unchanged') {
    const report: PartReport = { ...(known ?? nothing(feed.id, part)), outcome: 'unchanged', error: null }
    return { updates: [{ is: 'unchanged', feed: feed.id, part }], report: onlyReport(report), isUnreachable: false }
  }
  const content = loaded.value
  const refusal = sync.acceptShrunken === true ? null : shrinkRefusal(known, content)
  if (refusal !== null) return failed(sync.log, feed.id, part, refusal)
  const { recordCount, skipped, newestModified } = content
  const advisoryCount = content.advisories.length
  const signalCount = signalCountOf(content)
  sync.log.info('advisories synced', { feed: feed.id, part, recordCount, advisoryCount, signalCount, skipped })
  return {
    updates: [
      { is: 'replace', feed: feed.id, content },
      // What the real source says about an ecosystem ends what the bundled handful said.
      { is: 'remove', feed: STARTER_FEED, part },
    ],
    report: {
      feed: feed.id,
      part,
      outcome: 'replaced',
      recordCount,
      advisoryCount,
      signalCount,
      skipped,
      newestModified,
      error: null,
    },
    isUnreachable: false,
  }
}

/** A feed that breaks its promises costs its own part, never the other feeds. */
async function loadPart(
  log: Log,
  feed: Feed,
  files: FeedFiles,
  part: string,
  validator: string | null,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  try {
    return await feed.load(files, part, validator)
  } catch (error) {
    log.error('advisory part not read', { feed: feed.id, part, error })
    const detail = `unexpected: ${error instanceof Error ? error.message : 'an error of no kind'}`
    return err({ is: 'malformed', what: `${part} of ${files.base}`, detail })
  }
}

/** Why `content` may not replace `known`; `null` when it may. Pure. */
export function shrinkRefusal(
  known: Pick<FeedGeneration, 'recordCount' | 'advisoryCount' | 'signalCount'> | undefined,
  content: Pick<FeedPart, 'recordCount' | 'advisories' | 'signals' | 'epss'>,
): string | null {
  if (content.advisories.length === 0 && signalCountOf(content) === 0) {
    return `the source holds ${content.recordCount} records and none that can be matched`
  }
  if (known === undefined) return null
  const counts = [
    { what: 'records', from: known.recordCount, to: content.recordCount },
    { what: 'advisories', from: known.advisoryCount, to: content.advisories.length },
    { what: 'facts about flaws', from: known.signalCount, to: signalCountOf(content) },
  ]
  for (const { what, from, to } of counts) {
    if (to < from * (1 - SHRINK_LIMIT)) return `the source shrank from ${from} to ${to} ${what}; the old ones are kept`
  }
  return null
}

function failed(log: Log, feed: string, part: string, error: string, isUnreachable = false): PartSync {
  log.warn('advisory part not synced', { feed, part, error })
  return notSynced(feed, part, error, isUnreachable)
}

function notSynced(feed: string, part: string, error: string, isUnreachable: boolean): PartSync {
  const report = reportWithout(feed, part, 'failed', error)
  return { updates: [{ is: 'failed', feed, part, error }], report, isUnreachable }
}

function reportWithout(feed: string, part: string, outcome: PartReport['outcome'], error: string | null): PartReport {
  return { ...nothing(feed, part), outcome, error }
}

function nothing(feed: string, part: string) {
  return { feed, part, recordCount: 0, advisoryCount: 0, signalCount: 0, skipped: [], newestModified: null }
}

function onlyReport(report: PartReport): PartReport {
  const { feed, part, outcome, recordCount, advisoryCount, signalCount, skipped, newestModified, error } = report
  return { feed, part, outcome, recordCount, advisoryCount, signalCount, skipped, newestModified, error }
}

/** One sentence with what and where. */
function describeFeedError(error: FeedError): string {
  switch (error.is) {
    case 'unreachable':
      return `cannot fetch ${error.what}: ${error.detail}`
    case 'not-found':
      return `there is no ${error.what}`
    case 'malformed':
      return `cannot read ${error.what}: ${error.detail}`
    case 'too-large':
      return `${error.what} is larger than ${error.limitBytes} bytes`
  }
}
