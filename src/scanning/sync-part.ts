import type { Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { err, type Result } from '../base/result.ts'
import type { Feed, FeedError, FeedFiles, FeedPart, FeedPatch } from '../feeds/feed.ts'
import { signalCountOf } from './advisory-database.ts'
import type { AdvisoryDatabase, FeedGeneration, FeedUpdate } from './advisory-database.ts'
import { withGoneNamespaces } from './keep-gone.ts'
import { STARTER_FEED } from './starter-advisories.ts'

/** What one part of a feed is synced with. */
export interface SyncPart {
  readonly database: Pick<AdvisoryDatabase, 'generations' | 'heldAbout'>
  readonly log: Log
  /** Takes parts that shrank by more than the limit: a person has looked. */
  readonly acceptShrunken?: boolean
}

export interface PartReport {
  readonly feed: string
  readonly part: string
  /**
   * `patched`: only what changed was fetched; the counts are those of the whole part. `absent`: the source does not have
   * this part and need not; the database never had it either.
   */
  readonly outcome: 'replaced' | 'patched' | 'unchanged' | 'absent' | 'failed' | 'cancelled'
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

/** What a sync of one part came to. */
export interface PartSync {
  readonly updates: readonly FeedUpdate[]
  readonly report: PartReport
  readonly isUnreachable: boolean
}

/** Fetches one part, or what changed in it; nothing is written yet. */
export async function syncPart(sync: SyncPart, feed: Feed, files: FeedFiles, part: string): Promise<PartSync> {
  const known = sync.database.generations().find(one => one.feed === feed.id && one.part === part)
  const patched = await patchPart(sync, feed, files, known)
  if (patched !== 'whole') return patched
  const loaded = await guarded(sync.log, feed, files, part, () => feed.load(files, part, known?.validator ?? null))
  if (!loaded.ok) {
    const { error } = loaded
    // What was there once and is there no more is a fault of the source.
    if (error.is === 'not-found' && feed.mayLackParts === true && (known?.syncedAt ?? null) === null) {
      const report = reportWithout(feed.id, part, 'absent', null)
      return { updates: [{ is: 'remove', feed: feed.id, part }], report, isUnreachable: false }
    }
    return failed(sync.log, feed.id, part, describeFeedError(error), error.is === 'unreachable')
  }
  if (loaded.value === 'unchanged') return unchanged(known ?? nothing(feed.id, part))
  const content = withGoneNamespaces(loaded.value, feed, sync.database)
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

/** What changed in a part that is held, where the source tells that; `whole` where only the whole part can be fetched. */
async function patchPart(
  sync: SyncPart,
  feed: Feed,
  files: FeedFiles,
  known: FeedGeneration | undefined,
): Promise<PartSync | 'whole'> {
  const since = known?.validator ?? null
  if (feed.patch === undefined || known === undefined || since === null) return 'whole'
  const { part } = known
  const ask = feed.patch
  const asked = await guarded(sync.log, feed, files, part, () => ask(files, part, since))
  if (!asked.ok) {
    const { error } = asked
    if (error.is === 'unreachable') return failed(sync.log, feed.id, part, describeFeedError(error), true)
    sync.log.warn('advisory changes not read', { feed: feed.id, part, error: describeFeedError(error) })
    return 'whole'
  }
  if (asked.value === 'whole') return 'whole'
  if (asked.value === 'unchanged') return unchanged(known)
  const content = asked.value
  if (sync.acceptShrunken !== true && isTooMuchGone(known, content)) {
    sync.log.warn('advisory changes refused', { feed: feed.id, part, gone: content.goneIds.length })
    return 'whole'
  }
  const changed = content.advisories.length
  const gone = content.goneIds.length
  if (changed > 0 || gone > 0) {
    sync.log.info('advisories patched', { feed: feed.id, part, changed, gone, skipped: content.skipped })
  }
  const isSame = changed === 0 && gone === 0 && (content.signals?.length ?? 0) === 0
  return {
    // What changed nothing is written all the same: its validator says how far the source has been followed.
    updates: [{ is: 'patch', feed: feed.id, since, content }],
    report: onlyReport({ ...known, outcome: isSame ? 'unchanged' : 'patched', error: null }),
    isUnreachable: false,
  }
}

/** A feed that breaks its promises costs its own part, never the other feeds. */
async function guarded<T>(
  log: Log,
  feed: Feed,
  files: FeedFiles,
  part: string,
  read: () => Promise<Result<T, FeedError>>,
): Promise<Result<T, FeedError>> {
  try {
    return await read()
  } catch (error) {
    log.error('advisory part not read', { feed: feed.id, part, error })
    const detail = `unexpected: ${error instanceof Error ? error.message : 'an error of no kind'}`
    return err({ is: 'malformed', what: `${part} of ${files.base}`, detail })
  }
}

/** Whether a list of changes takes out more than a whole part may lose; then the whole decides. Pure. */
function isTooMuchGone(known: Pick<FeedGeneration, 'advisoryCount'>, patch: Pick<FeedPatch, 'goneIds'>): boolean {
  return patch.goneIds.length > known.advisoryCount * SHRINK_LIMIT
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

function unchanged(known: Omit<PartReport, 'outcome' | 'error'>): PartSync {
  const { feed, part } = known
  const report = onlyReport({ ...known, outcome: 'unchanged', error: null })
  return { updates: [{ is: 'unchanged', feed, part }], report, isUnreachable: false }
}

function failed(log: Log, feed: string, part: string, error: string, isUnreachable = false): PartSync {
  log.warn('advisory part not synced', { feed, part, error })
  return notSynced(feed, part, error, isUnreachable)
}

/** A part that keeps what it has. */
export function notSynced(feed: string, part: string, error: string, isUnreachable: boolean): PartSync {
  const report = reportWithout(feed, part, 'failed', error)
  return { updates: [{ is: 'failed', feed, part, error }], report, isUnreachable }
}

/** The report on a part of which nothing is known. */
export function reportWithout(
  feed: string,
  part: string,
  outcome: PartReport['outcome'],
  error: string | null,
): PartReport {
  return { ...nothing(feed, part), outcome, error }
}

function nothing(feed: string, part: string) {
  return { feed, part, recordCount: 0, advisoryCount: 0, signalCount: 0, skipped: [], newestModified: null }
}

/** A report without the fields of what it was made from. */
export function onlyReport(report: PartReport): PartReport {
  const { feed, part, outcome, error } = report
  return { feed, part, outcome, ...countsOf(report), error }
}

/** What a report says of the content of its part. */
export function countsOf({
  recordCount,
  advisoryCount,
  signalCount,
  skipped,
  newestModified,
}: Omit<PartReport, 'feed' | 'part' | 'outcome' | 'error'>) {
  return { recordCount, advisoryCount, signalCount, skipped, newestModified }
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
