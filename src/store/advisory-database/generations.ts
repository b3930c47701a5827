import { instant } from '../../base/clock.ts'
import type { Instant } from '../../base/clock.ts'
import type { FeedPart } from '../../feeds/feed.ts'
import { signalCountOf } from '../../scanning/advisory-database.ts'
import type { FeedUpdate } from '../../scanning/advisory-database.ts'
import type { PatchedPart } from './patch.ts'
import type { StoredGeneration } from './pointer.ts'

/** What a part is found by. */
export interface PartName {
  readonly feed: string
  readonly part: string
}

export function keyOf({ feed, part }: PartName): string {
  return `${feed}/${part}`
}

/** The part that an update is about. */
export function nameOf(update: FeedUpdate): PartName {
  return 'content' in update ? { feed: update.feed, part: update.content.part } : update
}

/** The state of a part that was never fetched with success. */
export function neverFetched({ feed, part }: PartName): StoredGeneration {
  const nothing = {
    recordCount: 0,
    advisoryCount: 0,
    signalCount: 0,
    skipped: [],
    validator: null,
    newestModified: null,
  }
  return { feed, part, hash: null, ...nothing, syncedAt: null, lastError: null }
}

/** The state of a part whose whole was loaded. */
export function replacedGeneration(
  { feed, content }: Extract<FeedUpdate, { is: 'replace' }>,
  hash: string,
  now: Instant,
): StoredGeneration {
  const { part, recordCount, skipped, validator, newestModified } = content
  const advisoryCount = content.advisories.length
  const signalCount = signalCountOf(content)
  return {
    feed,
    part,
    hash,
    recordCount,
    advisoryCount,
    signalCount,
    skipped,
    validator,
    newestModified,
    syncedAt: now,
    lastError: null,
  }
}

/** The state of a part after a patch. */
export function patchedGeneration(
  known: StoredGeneration,
  { content }: Extract<FeedUpdate, { is: 'patch' }>,
  { hash, advisoryCount, signalCount }: PatchedPart,
  now: Instant,
): StoredGeneration {
  const newest = Math.max(known.newestModified ?? -Infinity, content.newestModified ?? -Infinity)
  return {
    ...known,
    hash,
    advisoryCount,
    signalCount,
    recordCount: content.recordCount ?? Math.max(0, known.recordCount + advisoryCount - known.advisoryCount),
    skipped: addedUp(known.skipped, content.skipped),
    validator: content.validator,
    newestModified: newest === -Infinity ? null : instant(newest),
    syncedAt: now,
    lastError: null,
  }
}

const EXAMPLES_KEPT = 5

/** Both lists as one, most frequent first. */
function addedUp(held: FeedPart['skipped'], more: FeedPart['skipped']): FeedPart['skipped'] {
  const sums = new Map(held.map(one => [one.reason, one]))
  for (const { reason, count, examples } of more) {
    const known = sums.get(reason) ?? { count: 0, examples: [] }
    const shown = [...new Set([...known.examples, ...examples])].slice(0, EXAMPLES_KEPT)
    sums.set(reason, { reason, count: known.count + count, examples: shown })
  }
  return [...sums.values()].sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
}
