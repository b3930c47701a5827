import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { VulnerabilityId } from '../../domain/ids.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { Namespace } from '../../domain/namespace.ts'
import type { VersionScheme } from '../../domain/version.ts'
import type { Vulnerability } from '../../domain/vulnerability.ts'
import { nativeFeedOf } from '../../feeds/native-feeds.ts'
import type { AdvisoryEntry, AdvisoryIndex, Covering } from '../../matching/advisory-index.ts'
import { STARTER_FEED } from '../../scanning/starter-advisories.ts'
import { AffectedDecoder, decodeRecord } from './encoding.ts'
import { gatherVulnerability } from './gather.ts'

/** Answers kept in memory, by key; a fleet's packages are mostly the same few thousand. */
const ENTRIES_KEPT = 20_000
const VULNERABILITIES_KEPT = 5_000

/** Opens one version's file. Throws when there is no such file or it is not a database. */
export function openVersion(path: string, version: string, schemes: readonly VersionScheme[]): AdvisoryIndex {
  // The file never changes once it has its name: SQLite needs no locks and looks for no journal.
  const url = pathToFileURL(path)
  url.searchParams.set('immutable', '1')
  const database = new DatabaseSync(url, { readOnly: true })
  try {
    database.exec('PRAGMA cache_size = -8192')
    return indexOver(database, version, schemes)
  } catch (error) {
    database.close()
    throw error
  }
}

function indexOver(database: DatabaseSync, version: string, schemes: readonly VersionScheme[]): AdvisoryIndex {
  const decoder = new AffectedDecoder(schemes)
  const entryRows = database.prepare(
    `SELECT advisory.advisory_id, advisory.feed, advisory.about, match_entry.affected
     FROM match_entry JOIN advisory ON advisory.id = match_entry.advisory
     WHERE match_entry.namespace = ? AND match_entry.name = ?
     ORDER BY advisory.advisory_id, advisory.feed`,
  )
  const recordRows = database.prepare(
    `SELECT record.json, advisory.about
     FROM about JOIN advisory ON advisory.id = about.advisory JOIN record ON record.advisory = about.advisory
     WHERE about.vulnerability = ?`,
  )
  const starterRow = database.prepare('SELECT 1 FROM match_entry WHERE namespace = ? LIMIT 1')
  const feedRow = database.prepare(
    `SELECT 1 FROM match_entry JOIN advisory ON advisory.id = match_entry.advisory
     WHERE match_entry.namespace = ? AND advisory.feed <> ? LIMIT 1`,
  )
  const nativeRow = database.prepare(
    `SELECT 1 FROM match_entry JOIN advisory ON advisory.id = match_entry.advisory
     WHERE match_entry.namespace = ? AND advisory.feed = ? LIMIT 1`,
  )
  const covered = new Map<Namespace, Covering>()
  const deciding = new Map<Namespace, string | null>()
  const entries = new Map<string, readonly AdvisoryEntry[]>()
  const vulnerabilities = new Map<string, Vulnerability | null>()

  /** The vendor's own feed where it speaks about the namespace: the others are then not asked. */
  function decidingFeed(namespace: Namespace): string | null {
    return remembered(deciding, namespace, ENTRIES_KEPT, () => {
      const native = nativeFeedOf(namespace)
      return native !== null && nativeRow.get(namespace, native) !== undefined ? native : null
    })
  }

  function readCovering(namespace: Namespace): Covering {
    if (feedRow.get(namespace, STARTER_FEED) !== undefined) return 'fully'
    return starterRow.get(namespace) === undefined ? 'not-at-all' : 'by-starter-only'
  }

  function readEntries(namespace: Namespace, name: string): readonly AdvisoryEntry[] {
    const feed = decidingFeed(namespace)
    return entryRows
      .all(namespace, name)
      .filter(row => feed === null || row['feed'] === feed)
      .map(row => ({
        advisoryId: String(row['advisory_id']),
        feed: String(row['feed']),
        vulnerabilityIds: idsOf(row['about']),
        affected: decoder.decode(namespace, name, String(row['affected'])),
      }))
  }

  function readVulnerability(id: VulnerabilityId, matchedIds: readonly string[]): Vulnerability | null {
    const records = recordRows.all(id).map(row => ({
      record: decodeRecord(String(row['json'])),
      aboutCount: idsOf(row['about']).length,
    }))
    return gatherVulnerability(id, records, matchedIds)
  }

  let isOpen = true
  return {
    version,
    covers: namespace => remembered(covered, namespace, ENTRIES_KEPT, () => readCovering(namespace)),
    entriesFor: (namespace, name) =>
      remembered(entries, `${namespace}\n${name}`, ENTRIES_KEPT, () => readEntries(namespace, name)),
    vulnerability: (id, matchedIds = []) =>
      remembered(vulnerabilities, [id, ...matchedIds].join('\n'), VULNERABILITIES_KEPT, () =>
        readVulnerability(id, matchedIds),
      ),
    close() {
      if (isOpen) database.close()
      isOpen = false
    },
  }
}

function idsOf(json: unknown): readonly VulnerabilityId[] {
  // Written by the builder of the same layout revision.
  return (JSON.parse(String(json)) as string[]).map(vulnerabilityId)
}

function remembered<Key, Value>(known: Map<Key, Value>, key: Key, limit: number, read: () => Value): Value {
  const found = known.get(key)
  if (found !== undefined) return found
  const value = read()
  if (known.size >= limit) known.clear()
  known.set(key, value)
  return value
}
