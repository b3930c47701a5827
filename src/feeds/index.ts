import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import type { Feed } from './feed.ts'
import { nvdFeed } from './nvd/feed.ts'
import { osvFeed } from './osv/feed.ts'

/** Every advisory source of this version, one line each: first what findings are made of, then what scores them. */
export function feedsFor(ecosystems: readonly Ecosystem[], currentYear: number): readonly Feed[] {
  return [osvFeed(ecosystems), nvdFeed(currentYear)]
}
