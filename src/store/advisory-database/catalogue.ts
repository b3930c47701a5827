import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { VulnerabilityId } from '../../domain/ids.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Namespace } from '../../domain/namespace.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import type {
  AdvisoryCatalogue,
  CatalogueEntry,
  CatalogueName,
  CatalogueRecord,
} from '../../matching/advisory-catalogue.ts'
import { earlierVersions } from './changes.ts'
import { readingCurrent } from './database.ts'
import { AffectedDecoder, decodeRecord } from './encoding.ts'
import { openImmutable } from './immutable-file.ts'
import { namespaceFacts } from './namespace-facts.ts'
import { openVersion } from './reader.ts'
import { rejectionReader } from './rejections.ts'
import { searchCatalogue } from './search.ts'

const SCHEMES = ECOSYSTEMS.map(ecosystem => ecosystem.scheme)

/** Opens the current version of a directory for people's questions; `null` before the first. */
export function openAdvisoryCatalogue(directory: string): AdvisoryCatalogue | null {
  return readingCurrent(directory, (path, version) => {
    const index = openVersion(path, version, SCHEMES)
    try {
      const database = openImmutable(path)
      try {
        return catalogueOver(database, index)
      } catch (error) {
        database.close()
        throw error
      }
    } catch (error) {
      index.close()
      throw error
    }
  })
}

type Row = Record<string, SQLOutputValue>

const RECORD_COLUMNS = `advisory.id AS row, advisory.advisory_id, advisory.feed, advisory.about, record.json, part.part, part.hash`
const RECORD_TABLES = `advisory JOIN record ON record.advisory = advisory.id JOIN part ON part.id = advisory.part`
const ORDER = 'ORDER BY advisory.advisory_id, advisory.feed, part.part'
/** Rows that a vulnerability (as `?1`) leads to. An advisory whose only CVE was rejected goes by its own id. */
const ABOUT = `advisory.id IN (
  SELECT advisory FROM about WHERE vulnerability = ?1
  UNION SELECT id FROM advisory WHERE advisory_id = ?1 AND about <> '[]')`

function catalogueOver(database: DatabaseSync, index: AdvisoryCatalogue['index']): AdvisoryCatalogue {
  const decoder = new AffectedDecoder(SCHEMES)
  const facts = namespaceFacts(database)
  const standing = rejectionReader(database)
  const prepare = (sql: string) => database.prepare(sql)

  const entryColumns = `match_entry.namespace, match_entry.name, match_entry.affected, ${RECORD_COLUMNS}`
  const entryTables = `match_entry JOIN ${RECORD_TABLES.replace('advisory JOIN', 'advisory ON advisory.id = match_entry.advisory JOIN')}`
  const entryRows = prepare(
    `SELECT ${entryColumns} FROM ${entryTables}
     WHERE match_entry.namespace = ?2 AND match_entry.name = ?3 AND ${ABOUT} ${ORDER}`,
  )
  const entriesAboutRows = prepare(
    `SELECT ${entryColumns} FROM ${entryTables} WHERE ${ABOUT}
     ORDER BY match_entry.namespace, match_entry.name, advisory.advisory_id LIMIT ?2`,
  )
  const entriesAboutCount = prepare(
    `SELECT count(*) AS total FROM match_entry JOIN advisory ON advisory.id = match_entry.advisory WHERE ${ABOUT}`,
  )
  const aboutRows = prepare(`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES} WHERE ${ABOUT} ${ORDER} LIMIT ?2`)
  const aboutCount = prepare(`SELECT count(*) AS total FROM advisory WHERE ${ABOUT}`)
  const namedRows = prepare(`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES} WHERE advisory.advisory_id = ?1 ${ORDER}`)
  // A withdrawn advisory is about nothing, so that only its text tells; quotes keep one id from being found in another.
  const withdrawnRows = prepare(
    `SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES}
     WHERE advisory.about = '[]' AND instr(record.json, ?1) > 0 ${ORDER} LIMIT ?2`,
  )
  const aliasRows = prepare(
    'SELECT advisory.advisory_id, advisory.about FROM alias JOIN advisory ON advisory.id = alias.advisory WHERE alias.alias = ?',
  )
  const nextNamespace = prepare('SELECT min(namespace) AS namespace FROM match_entry WHERE namespace > ?')
  const nameCount = prepare('SELECT count(*) AS total FROM match_entry WHERE namespace = ? AND name = ?')
  const deciding = new Map<Namespace, string | null>()

  function recordOf(row: Row): CatalogueRecord {
    const about = idsOf(row['about'])
    const id = String(row['advisory_id'])
    return {
      advisory: { ...decodeRecord(String(row['json'])), feed: String(row['feed']) },
      part: String(row['part']),
      contentVersion: String(row['hash']).slice(0, CONTENT_NAME_LENGTH),
      about,
      standing: standing(id, about),
    }
  }

  function entryOf(row: Row): CatalogueEntry {
    const record = recordOf(row)
    const where = namespace(String(row['namespace']))
    const { id, feed } = record.advisory
    let decides = deciding.get(where)
    if (decides === undefined) deciding.set(where, (decides = facts.decidingFeed(where)))
    const affected = decoder.decode(where, String(row['name']), String(row['affected']))
    return {
      record,
      entry: { advisoryId: id, feed, vulnerabilityIds: record.standing, affected },
      silencedBy: decides === null || decides === feed ? null : decides,
    }
  }

  let namespaces: readonly Namespace[] | null = null
  function allNamespaces(): readonly Namespace[] {
    const found: Namespace[] = []
    // The index leads from each namespace to the next: no scan.
    for (let last = ''; ;) {
      const next = nextNamespace.get(last)?.['namespace']
      if (typeof next !== 'string') return found
      found.push(namespace(next))
      last = next
    }
  }

  let isOpen = true
  return {
    version: index.version,
    index,
    earlierVersions: earlierVersions(database),
    entriesAbout: (where, name, id) => entryRows.all(id, where, name).map(entryOf),
    namespacesWith(name) {
      namespaces ??= allNamespaces()
      return namespaces.flatMap((where): CatalogueName[] => {
        const entryCount = Number(nameCount.get(where, name)?.['total'])
        return entryCount === 0 ? [] : [{ namespace: where, name, entryCount }]
      })
    },
    recordsAbout(id, limit) {
      const records = aboutRows.all(id, limit).map(recordOf)
      const known = new Set(records.map(({ advisory }) => `${advisory.feed} ${advisory.id}`))
      const withdrawn = withdrawnRows
        .all(JSON.stringify(id), limit)
        .map(recordOf)
        .filter(({ advisory }) => !known.has(`${advisory.feed} ${advisory.id}`) && namesFlaw(advisory, id))
      const total = Number(aboutCount.get(id)?.['total']) + withdrawn.length
      return { items: [...records, ...withdrawn].slice(0, limit), total }
    },
    recordsNamed: advisoryId => namedRows.all(advisoryId).map(recordOf),
    entriesOf: (id, limit) => ({
      items: entriesAboutRows.all(id, limit).map(entryOf),
      total: Number(entriesAboutCount.get(id)?.['total']),
    }),
    vulnerabilitiesNamed(id) {
      const own = aboutRows.all(id, 1)
      if (own.some(row => idsOf(row['about']).some(about => about === id))) return [vulnerabilityId(id)]
      const rows = [...namedRows.all(id), ...aliasRows.all(id)]
      return [...new Set(rows.flatMap(row => standing(String(row['advisory_id']), idsOf(row['about']))))].sort()
    },
    search: (text, limit) => searchCatalogue(database, text, limit),
    close() {
      if (!isOpen) return
      isOpen = false
      database.close()
      index.close()
    },
  }
}

/** Characters of the hash that are shown as a part's content version. */
const CONTENT_NAME_LENGTH = 12

function namesFlaw({ id, aliases, upstream }: CatalogueRecord['advisory'], wanted: string): boolean {
  return id === wanted || aliases.includes(wanted) || upstream.includes(wanted)
}

function idsOf(json: unknown): readonly VulnerabilityId[] {
  // Written by the builder of the same layout revision.
  return (JSON.parse(String(json)) as string[]).map(vulnerabilityId)
}
