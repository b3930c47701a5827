import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import type { Feed } from '../../src/feeds/feed.ts'
import { feedsFor } from '../../src/feeds/index.ts'
import { targetsOfMirror } from './feed-mirror.ts'
import { mirrorsOfDistributions } from './mirrors-of-distributions.ts'
import { mirrorsOfFlaws } from './mirrors-of-flaws.ts'
import { readerTargets } from './reader-targets.ts'
import type { FuzzTarget } from './target.ts'

/** The year that parts of the mirrors are of. */
const YEAR = 2026

/** Every feed with every kind of file that it reads, and the readers that they share. */
export function feedTargets(): readonly FuzzTarget[] {
  const feeds = new Map(feedsFor(ECOSYSTEMS, YEAR).map(feed => [feed.id, feed]))
  const feedOf = (id: string): Feed => {
    const feed = feeds.get(id)
    if (feed === undefined) throw new Error(`there is no feed ${id}`)
    return feed
  }
  const mirrors = [...mirrorsOfDistributions(feedOf), ...mirrorsOfFlaws(feedOf)]
  const without = [...feeds.keys()].filter(id => mirrors.every(({ feed }) => feed.id !== id))
  if (without.length > 0) throw new Error(`these feeds are read without a mirror here: ${without.join(', ')}`)
  return [...mirrors.flatMap(targetsOfMirror), ...readerTargets()]
}
