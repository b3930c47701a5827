import type { Advisory } from '../domain/advisory.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { Feed, FeedPart } from '../feeds/feed.ts'
import type { AdvisoryDatabase } from './advisory-database.ts'

/**
 * A freshly loaded part with what was held about namespaces that it speaks of no more, where the feed drops releases when
 * their support ends: who runs one is as vulnerable as the day before. (matching-and-feeds §1.1, §6)
 */
export function withGoneNamespaces(
  content: FeedPart,
  feed: Feed,
  database: Pick<AdvisoryDatabase, 'heldAbout'>,
): FeedPart {
  const { keepsGone } = feed
  if (keepsGone === undefined) return content
  const spokenOf = new Set<Namespace>()
  for (const { affected } of content.advisories) for (const { namespace } of affected) spokenOf.add(namespace)
  const isGone = (namespace: Namespace): boolean => keepsGone(namespace) && !spokenOf.has(namespace)
  return keepHeld(content, database.heldAbout(feed.id, content.part, isGone))
}

/** `held` are advisories of the part's last generation, with the entries alone that are to be kept. Pure. */
export function keepHeld(content: FeedPart, held: readonly Advisory[]): FeedPart {
  if (held.length === 0) return content
  const kept = new Map(held.map(advisory => [advisory.id, advisory]))
  const advisories = content.advisories.map(advisory => {
    const old = kept.get(advisory.id)
    if (old === undefined) return advisory
    kept.delete(advisory.id)
    return { ...advisory, affected: [...advisory.affected, ...old.affected] }
  })
  // Records that are here no more for any release: they count, so that the part does not seem to shrink.
  return { ...content, advisories: [...advisories, ...kept.values()], recordCount: content.recordCount + kept.size }
}
