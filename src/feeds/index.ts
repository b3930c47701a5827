import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import type { Feed } from './feed.ts'
import { osvFeed } from './osv/feed.ts'

/** Every advisory source of this version, one line each, sorted by id. */
export function feedsFor(ecosystems: readonly Ecosystem[]): readonly Feed[] {
  return [osvFeed(ecosystems)]
}
