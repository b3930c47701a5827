import type { Clock, Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feeds/feed.ts'
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
  readonly outcome: 'replaced' | 'unchanged' | 'failed' | 'cancelled'
  readonly recordCount: number
  readonly advisoryCount: number
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

/** Brings the advisory database up to date, part by part: a part that fails keeps what it has, and says so. */
export async function syncFeeds(sync: SyncFeeds): Promise<SyncReport> {
  const { database, clock } = sync
  const before = database.currentVersion()
  const reports: PartReport[] = []
  let version = before
  for (const { feed, files } of sync.feeds) {
    for (const part of feed.parts) {
      if (sync.signal?.aborted === true) {
        reports.push(reportWithout(feed.id, part, 'cancelled', null))
        continue
      }
      sync.progress?.(feed.id, part)
      // One part at a time, each applied before the next is fetched: memory holds one part, a crash costs one part.
      const { updates, report } = await syncPart(sync, feed, files, part)
      version = await database.apply(updates, clock.now())
      reports.push(report)
    }
  }
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
}

async function syncPart(sync: SyncFeeds, feed: Feed, files: FeedFiles, part: string): Promise<PartSync> {
  const known = sync.database.generations().find(one => one.feed === feed.id && one.part === part)
  const loaded = await feed.load(files, part, known?.validator ?? null)
  if (!loaded.ok) return failed(sync.log, feed.id, part, describeFeedError(loaded.error))
  if (loaded.value === 'unchanged') {
    const report: PartReport = { ...(known ?? nothing(feed.id, part)), outcome: 'unchanged', error: null }
    return { updates: [{ is: 'unchanged', feed: feed.id, part }], report: onlyReport(report) }
  }
  const content = loaded.value
  const refusal = sync.acceptShrunken === true ? null : shrinkRefusal(known, content)
  if (refusal !== null) return failed(sync.log, feed.id, part, refusal)
  const { recordCount, skipped, newestModified } = content
  const advisoryCount = content.advisories.length
  sync.log.info('advisories synced', { feed: feed.id, part, recordCount, advisoryCount, skipped })
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
      skipped,
      newestModified,
      error: null,
    },
  }
}

/** Why `content` may not replace `known`; `null` when it may. Pure. */
export function shrinkRefusal(
  known: Pick<FeedGeneration, 'recordCount' | 'advisoryCount'> | undefined,
  content: Pick<FeedPart, 'recordCount' | 'advisories'>,
): string | null {
  if (content.advisories.length === 0) {
    return `the source holds ${content.recordCount} records and none that can be matched`
  }
  if (known === undefined) return null
  const counts = [
    { what: 'records', from: known.recordCount, to: content.recordCount },
    { what: 'advisories', from: known.advisoryCount, to: content.advisories.length },
  ]
  for (const { what, from, to } of counts) {
    if (to < from * (1 - SHRINK_LIMIT)) return `the source shrank from ${from} to ${to} ${what}; the old ones are kept`
  }
  return null
}

function failed(log: Log, feed: string, part: string, error: string): PartSync {
  log.warn('advisory part not synced', { feed, part, error })
  return { updates: [{ is: 'failed', feed, part, error }], report: reportWithout(feed, part, 'failed', error) }
}

function reportWithout(feed: string, part: string, outcome: PartReport['outcome'], error: string | null): PartReport {
  return { ...nothing(feed, part), outcome, error }
}

function nothing(feed: string, part: string) {
  return { feed, part, recordCount: 0, advisoryCount: 0, skipped: [], newestModified: null }
}

function onlyReport(report: PartReport): PartReport {
  const { feed, part, outcome, recordCount, advisoryCount, skipped, newestModified, error } = report
  return { feed, part, outcome, recordCount, advisoryCount, skipped, newestModified, error }
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
