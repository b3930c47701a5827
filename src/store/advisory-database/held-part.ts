import type { DatabaseSync } from 'node:sqlite'
import type { Advisory, AffectedPackage } from '../../domain/advisory.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Namespace } from '../../domain/namespace.ts'
import type { VersionScheme } from '../../domain/version.ts'
import { AffectedDecoder, decodeRecord } from './encoding.ts'

/** The advisories of a part that speak about the wanted namespaces, each with what it says about those alone. */
export function heldAdvisories(
  database: DatabaseSync,
  { feed, part }: { readonly feed: string; readonly part: string },
  isWanted: (where: Namespace) => boolean,
  schemes: readonly VersionScheme[],
): readonly Advisory[] {
  const wanted = namespacesOf(database, feed, part).filter(isWanted)
  const decoder = new AffectedDecoder(schemes)
  const rows = database.prepare(
    `SELECT match_entry.advisory, match_entry.name, match_entry.affected
     FROM match_entry JOIN advisory ON advisory.id = match_entry.advisory JOIN part ON part.id = advisory.part
     WHERE part.feed = ? AND part.part = ? AND match_entry.namespace = ?`,
  )
  const entries = new Map<number, AffectedPackage[]>()
  for (const where of wanted) {
    for (const row of rows.iterate(feed, part, where)) {
      const affected = decoder.decode(where, String(row['name']), String(row['affected']))
      const known = entries.get(Number(row['advisory']))
      if (known === undefined) entries.set(Number(row['advisory']), [affected])
      else known.push(affected)
    }
  }
  const recordOf = database.prepare('SELECT json FROM record WHERE advisory = ?')
  const held: Advisory[] = []
  for (const [id, affected] of entries) {
    held.push({ ...decodeRecord(String(recordOf.get(id)?.['json'])), feed, affected })
  }
  return held
}

/** Steps from one namespace to the next, because the table is sorted by them and has millions of rows. */
function namespacesOf(database: DatabaseSync, feed: string, part: string): readonly Namespace[] {
  const next = database.prepare('SELECT min(namespace) AS namespace FROM match_entry WHERE namespace > ?')
  const isOfPart = database.prepare(
    `SELECT 1 FROM match_entry JOIN advisory ON advisory.id = match_entry.advisory JOIN part ON part.id = advisory.part
     WHERE match_entry.namespace = ? AND part.feed = ? AND part.part = ? LIMIT 1`,
  )
  const found: Namespace[] = []
  for (let last = ''; ;) {
    const where = next.get(last)?.['namespace']
    if (typeof where !== 'string') return found
    if (isOfPart.get(where, feed, part) !== undefined) found.push(namespace(where))
    last = where
  }
}
