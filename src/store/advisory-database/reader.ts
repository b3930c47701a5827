import type { DatabaseSync } from 'node:sqlite'
import type { VulnerabilityId } from '../../domain/ids.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { Namespace } from '../../domain/namespace.ts'
import type { ReleaseEnd } from '../../domain/release-end.ts'
import type { VersionScheme } from '../../domain/version.ts'
import type { Vulnerability } from '../../domain/vulnerability.ts'
import type { AdvisoryEntry, AdvisoryIndex, Covering } from '../../matching/advisory-index.ts'
import { AffectedDecoder, decodeRecord } from './encoding.ts'
import { gatherVulnerability } from './gather.ts'
import { openImmutable } from './immutable-file.ts'
import { namespaceFacts } from './namespace-facts.ts'
import { readReleaseEnds } from './release-ends.ts'
import { rejectionReader } from './rejections.ts'
import { signalReader } from './signals.ts'

/** Answers kept in memory, by key; a fleet's packages are mostly the same few thousand. */
const ENTRIES_KEPT = 20_000
const VULNERABILITIES_KEPT = 5_000

/** Opens one version's file. Throws when there is no such file or it is not a database. */
export function openVersion(path: string, version: string, schemes: readonly VersionScheme[]): AdvisoryIndex {
  const database = openImmutable(path)
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
  const namedRows = database.prepare(
    `SELECT record.json, advisory.about
     FROM advisory JOIN record ON record.advisory = advisory.id
     WHERE advisory.advisory_id = ? AND advisory.about <> '[]'`,
  )
  const facts = namespaceFacts(database)
  const standing = rejectionReader(database)
  const signalsOf = signalReader(database)
  const covered = new Map<Namespace, Covering>()
  const deciding = new Map<Namespace, string | null>()
  const entries = new Map<string, readonly AdvisoryEntry[]>()
  const vulnerabilities = new Map<string, Vulnerability | null>()

  function readEntries(namespace: Namespace, name: string): readonly AdvisoryEntry[] {
    const feed = remembered(deciding, namespace, ENTRIES_KEPT, () => facts.decidingFeed(namespace))
    return entryRows
      .all(namespace, name)
      .filter(row => feed === null || row['feed'] === feed)
      .map(row => ({
        advisoryId: String(row['advisory_id']),
        feed: String(row['feed']),
        vulnerabilityIds: standing(String(row['advisory_id']), idsOf(row['about'])),
        affected: decoder.decode(namespace, name, String(row['affected'])),
      }))
      .filter(entry => entry.vulnerabilityIds.length > 0)
  }

  function readVulnerability(id: VulnerabilityId, matchedIds: readonly string[]): Vulnerability | null {
    const about = recordRows.all(id)
    // An advisory whose only CVE was rejected goes by its own id.
    const records = (about.length > 0 ? about : namedRows.all(id)).map(row => ({
      record: decodeRecord(String(row['json'])),
      aboutCount: idsOf(row['about']).length,
    }))
    const gathered = gatherVulnerability(id, records, matchedIds)
    return gathered === null ? null : { ...gathered, ...signalsOf(id) }
  }

  let ends: ReadonlyMap<Namespace, ReleaseEnd> | undefined
  let isOpen = true
  return {
    version,
    covers: namespace => remembered(covered, namespace, ENTRIES_KEPT, () => facts.covering(namespace)),
    entriesFor: (namespace, name) =>
      remembered(entries, `${namespace}\n${name}`, ENTRIES_KEPT, () => readEntries(namespace, name)),
    vulnerability: (id, matchedIds = []) =>
      remembered(vulnerabilities, [id, ...matchedIds].join('\n'), VULNERABILITIES_KEPT, () =>
        readVulnerability(id, matchedIds),
      ),
    signalsOf,
    releaseEnds: () => (ends ??= readReleaseEnds(database)),
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
