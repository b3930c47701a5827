import type { DatabaseSync } from 'node:sqlite'
import type { Namespace } from '../../domain/namespace.ts'
import { nativeFeedOf } from '../../feeds/native-feeds.ts'
import type { Covering } from '../../matching/advisory-index.ts'
import { STARTER_FEED } from '../../scanning/starter-advisories.ts'

/** What holds for all names of a namespace in one version. */
export interface NamespaceFacts {
  /** The vendor's own feed where it speaks about the namespace: the others are then not asked. */
  decidingFeed(namespace: Namespace): string | null
  covering(namespace: Namespace): Covering
}

export function namespaceFacts(database: DatabaseSync): NamespaceFacts {
  const anyRow = database.prepare('SELECT 1 FROM match_entry WHERE namespace = ? LIMIT 1')
  const fedRow = (comparison: '=' | '<>') =>
    database.prepare(
      `SELECT 1 FROM match_entry JOIN advisory ON advisory.id = match_entry.advisory
       WHERE match_entry.namespace = ? AND advisory.feed ${comparison} ? LIMIT 1`,
    )
  const byFeed = fedRow('=')
  const byOtherFeed = fedRow('<>')
  return {
    decidingFeed(namespace) {
      const native = nativeFeedOf(namespace)
      return native !== null && byFeed.get(namespace, native) !== undefined ? native : null
    },
    covering(namespace) {
      if (byOtherFeed.get(namespace, STARTER_FEED) !== undefined) return 'fully'
      return anyRow.get(namespace) === undefined ? 'not-at-all' : 'by-starter-only'
    },
  }
}
