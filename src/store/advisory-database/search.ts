import type { DatabaseSync } from 'node:sqlite'
import { vulnerabilityId } from '../../domain/ids.ts'
import { namespace } from '../../domain/namespace.ts'
import type { CatalogueFound } from '../../matching/advisory-catalogue.ts'

/**
 * Names, vulnerabilities and advisories with the text anywhere in them, in whatever case (of ASCII): exact first, then
 * those that begin with it. Reads every name once: some 100 ms for 340,000 entries.
 */
export function searchCatalogue(database: DatabaseSync, text: string, limit: number): CatalogueFound {
  const pattern = `%${text.replaceAll(/[\\%_]/g, mark => `\\${mark}`)}%`
  const found = (columns: string, table: string, key: string, group: string) => {
    const from = `FROM ${table} WHERE ${key} LIKE ?1 ESCAPE '\\' GROUP BY ${group}`
    const rows = database
      .prepare(
        `SELECT ${columns} ${from}
         ORDER BY lower(${key}) <> lower(?2), instr(lower(${key}), lower(?2)) <> 1, ${group} LIMIT ?3`,
      )
      .all(pattern, text, limit)
    // A short answer is whole; only a long one has to be counted.
    const total =
      rows.length < limit
        ? rows.length
        : database.prepare(`SELECT count(*) AS total FROM (SELECT 1 ${from})`).get(pattern)?.['total']
    return { rows, total: Number(total) }
  }
  const names = found('namespace, name, count(*) AS entries', 'match_entry', 'name', 'name, namespace')
  const vulnerabilities = found('vulnerability, count(*) AS advisories', 'about', 'vulnerability', 'vulnerability')
  const advisories = found(
    'advisory_id, advisory.feed AS feed, part.part AS part',
    'advisory JOIN part ON part.id = advisory.part',
    'advisory_id',
    'advisory_id, advisory.feed, part.part',
  )
  return {
    names: {
      total: names.total,
      items: names.rows.map(row => ({
        namespace: namespace(String(row['namespace'])),
        name: String(row['name']),
        entryCount: Number(row['entries']),
      })),
    },
    vulnerabilities: {
      total: vulnerabilities.total,
      items: vulnerabilities.rows.map(row => ({
        id: vulnerabilityId(String(row['vulnerability'])),
        advisoryCount: Number(row['advisories']),
      })),
    },
    advisories: {
      total: advisories.total,
      items: advisories.rows.map(row => ({
        id: String(row['advisory_id']),
        feed: String(row['feed']),
        part: String(row['part']),
      })),
    },
  }
}
