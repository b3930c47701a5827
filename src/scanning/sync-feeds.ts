import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Feed, FeedFiles } from '../feeds/feed.ts'
import type { AdvisoryDatabase, FeedUpdate } from './advisory-database.ts'
import { countsOf, notSynced, onlyReport, reportWithout, syncPart } from './sync-part.ts'
import type { PartReport } from './sync-part.ts'

export type { PartReport } from './sync-part.ts'

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

/**
 * Advisories that are gathered before a new version is written. Large parts are written one by one, so that memory holds
 * one and a crash costs one; the many small ones of a mirror share a version.
 */
const ADVISORIES_PER_VERSION = 10_000

/** After this many parts in a row that cannot be reached, the others of the feed are not waited for. */
const UNREACHABLE_LIMIT = 2

const REACHED: ReadonlySet<PartReport['outcome']> = new Set(['replaced', 'patched', 'unchanged'])

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
    isReached: reports.some(({ outcome }) => REACHED.has(outcome)),
  }
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
    pendingAdvisories += advisoriesIn(updates)
    if (pendingAdvisories < ADVISORIES_PER_VERSION) continue
    await flush()
    pendingAdvisories = 0
  }
  await flush()
  // What a patch makes of the counts of its part, only the database can tell.
  const generations = sync.database.generations().filter(generation => generation.feed === feed.id)
  return reports.map(report => {
    const now = generations.find(({ part }) => part === report.part)
    return report.outcome === 'patched' && now !== undefined ? onlyReport({ ...report, ...countsOf(now) }) : report
  })
}

function advisoriesIn(updates: readonly FeedUpdate[]): number {
  return updates.reduce((sum, update) => sum + ('content' in update ? update.content.advisories.length : 0), 0)
}
