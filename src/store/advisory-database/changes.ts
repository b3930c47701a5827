import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { instant } from '../../base/clock.ts'
import { vulnerabilityId, type VulnerabilityId } from '../../domain/ids.ts'
import { namespace, type Namespace } from '../../domain/namespace.ts'
import type { AdvisoryChanges, AdvisorySubject } from '../../scanning/advisory-database.ts'
import { namespaceFacts } from './namespace-facts.ts'
import { rejectionReader } from './rejections.ts'
import { movedEnds } from './release-ends.ts'
import type { Touched } from './touched.ts'

/** Steps that a version remembers, and names and vulnerabilities in all of them together. */
const STEPS_KEPT = 50
const KEYS_KEPT = 200_000

/** Comparisons between two turns of the event loop. */
const BATCH = 200

/**
 * How the file came to be, one step for each version before it. Carried from version to version with the copy, and no
 * part of the content: a file without these tables is as good, and only cannot tell what changed.
 */
export const STEP_TABLES = `
  CREATE TABLE IF NOT EXISTS step (
    id INTEGER PRIMARY KEY,
    from_version TEXT NOT NULL,
    -- 1 when too much changed to be listed
    is_everything INTEGER NOT NULL,
    key_count INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS step_subject (
    step INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (step, namespace, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS step_namespace (
    step INTEGER NOT NULL, namespace TEXT NOT NULL, PRIMARY KEY (step, namespace)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS step_vulnerability (
    step INTEGER NOT NULL, vulnerability TEXT NOT NULL, PRIMARY KEY (step, vulnerability)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS step_release_end (
    step INTEGER NOT NULL, namespace TEXT NOT NULL, earliest INTEGER NOT NULL, PRIMARY KEY (step, namespace)
  ) WITHOUT ROWID;
`

/** Compares what was touched in both versions, and notes in the new one what says something else. */
export async function recordStep(
  database: DatabaseSync,
  before: { readonly version: string; readonly database: DatabaseSync },
  touched: Touched,
): Promise<void> {
  database.exec(STEP_TABLES)
  const changes = await differences(before.database, database, touched)
  const keyCount = changes.subjects.length + changes.namespaces.length + changes.vulnerabilities.length
  const step = database
    .prepare('INSERT INTO step (from_version, is_everything, key_count) VALUES (?, ?, ?)')
    .run(before.version, touched.isTooMuch ? 1 : 0, keyCount).lastInsertRowid
  const subjectRow = database.prepare('INSERT INTO step_subject (step, namespace, name) VALUES (?, ?, ?)')
  for (const subject of changes.subjects) subjectRow.run(step, subject.namespace, subject.name)
  const namespaceRow = database.prepare('INSERT INTO step_namespace (step, namespace) VALUES (?, ?)')
  for (const where of changes.namespaces) namespaceRow.run(step, where)
  const vulnerabilityRow = database.prepare('INSERT INTO step_vulnerability (step, vulnerability) VALUES (?, ?)')
  for (const id of changes.vulnerabilities) vulnerabilityRow.run(step, id)
  const endRow = database.prepare('INSERT INTO step_release_end (step, namespace, earliest) VALUES (?, ?, ?)')
  for (const { namespace: where, earliest } of changes.releaseEnds ?? []) endRow.run(step, where, earliest)
  forgetOldSteps(database)
}

async function differences(
  before: DatabaseSync,
  after: DatabaseSync,
  touched: Touched,
): Promise<Omit<AdvisoryChanges, 'to'>> {
  const sides = [before, after].map(sideOf)
  const differs = (ask: (side: Side) => string | null): boolean => {
    const [old, now] = sides.map(ask)
    return old !== now
  }
  let compared = 0
  const pause = async (): Promise<void> => {
    if (++compared % BATCH === 0) await nextTurn()
  }

  const vulnerabilities = new Set<VulnerabilityId>()
  const candidates = new Map<string, AdvisorySubject>()
  for (const subject of touched.subjects) candidates.set(keyOf(subject), subject)
  for (const id of changedSignals(before, after, touched)) vulnerabilities.add(id)
  for (const [id, isMoreSaid] of touched.vulnerabilities) {
    await pause()
    if (isMoreSaid || differs(side => side.recordsOf(id))) vulnerabilities.add(id)
    // What shares a rejected CVE goes by another name, or is about nothing any more.
    if (!sides.some(side => side.isRejected(id))) continue
    for (const side of sides) {
      for (const subject of side.subjectsAbout(id)) candidates.set(keyOf(subject), subject)
      for (const own of side.advisoriesAbout(id)) if (differs(one => one.recordsOf(own))) vulnerabilities.add(own)
    }
  }

  const sameNamespaces = new Map<Namespace, boolean>()
  const subjects: AdvisorySubject[] = []
  for (const subject of candidates.values()) {
    await pause()
    const where = subject.namespace
    let isSame = sameNamespaces.get(where)
    if (isSame === undefined) {
      isSame = !differs(side => side.facts.decidingFeed(where)) && !differs(side => side.facts.covering(where))
      sameNamespaces.set(where, isSame)
    }
    if (isSame && differs(side => side.entriesOf(subject))) subjects.push(subject)
  }
  const namespaces = [...sameNamespaces].flatMap(([where, isSame]) => (isSame ? [] : [where]))
  const releaseEnds = touched.hasSignals ? movedEnds(before, after) : []
  return { subjects, namespaces, vulnerabilities: [...vulnerabilities], releaseEnds }
}

function keyOf(subject: AdvisorySubject): string {
  return `${subject.namespace}\n${subject.name}`
}

/** What one of the two versions says, as texts that are equal when it says the same. */
type Side = ReturnType<typeof sideOf>

function sideOf(database: DatabaseSync) {
  const facts = namespaceFacts(database)
  const standing = rejectionReader(database)
  const entryRows = database.prepare(
    `SELECT advisory.advisory_id, advisory.feed, advisory.about, match_entry.affected
     FROM match_entry JOIN advisory ON advisory.id = match_entry.advisory
     WHERE match_entry.namespace = ?1 AND match_entry.name = ?2 AND (?3 IS NULL OR advisory.feed = ?3)
     ORDER BY 1, 2, 3, 4`,
  )
  const recordRows = (condition: string) =>
    database.prepare(
      `SELECT record.json, advisory.about FROM advisory JOIN record ON record.advisory = advisory.id ${condition}`,
    )
  const aboutRows = recordRows('JOIN about ON about.advisory = advisory.id WHERE about.vulnerability = ?')
  const namedRows = recordRows(`WHERE advisory.advisory_id = ? AND advisory.about <> '[]'`)
  const signalRows = database.prepare('SELECT kind, json FROM signal WHERE vulnerability = ? ORDER BY 1, 2')
  const subjectRows = database.prepare(
    `SELECT DISTINCT match_entry.namespace, match_entry.name
     FROM about JOIN match_entry ON match_entry.advisory = about.advisory WHERE about.vulnerability = ?`,
  )
  const idRows = database.prepare(
    `SELECT DISTINCT advisory.advisory_id AS id
     FROM about JOIN advisory ON advisory.id = about.advisory WHERE about.vulnerability = ?`,
  )
  return {
    facts,

    /** Everything that matching reads about a name. */
    entriesOf(subject: AdvisorySubject): string {
      const feed = facts.decidingFeed(subject.namespace)
      const entries = entryRows.all(subject.namespace, subject.name, feed).map(row => {
        const id = String(row['advisory_id'])
        return [id, row['feed'], standing(id, idsOf(row['about'])), row['affected']]
      })
      return JSON.stringify(entries.filter(([, , about]) => Array.isArray(about) && about.length > 0))
    },

    /** Everything that is gathered about a vulnerability, without the dates of modification and EPSS. */
    recordsOf(id: VulnerabilityId): string {
      const about = aboutRows.all(id)
      const records = (about.length > 0 ? about : namedRows.all(id)).map(row => {
        const json = String(row['json'])
        // `modified` stands last, behind a comma: see `storedRecordText`.
        return `${idsOf(row['about']).length} ${json.slice(0, json.lastIndexOf(','))}`
      })
      const signals = signalRows.all(id).map(row => JSON.stringify([row['kind'], row['json']]))
      return [...records.sort(), ...signals].join('\n')
    },

    isRejected: (id: VulnerabilityId): boolean => standing(id, [id]).length === 0,

    subjectsAbout: (id: VulnerabilityId): readonly AdvisorySubject[] =>
      subjectRows.all(id).map(row => ({ namespace: namespace(String(row['namespace'])), name: String(row['name']) })),

    advisoriesAbout: (id: VulnerabilityId): readonly VulnerabilityId[] =>
      idRows.all(id).map(row => vulnerabilityId(String(row['id']))),
  }
}

function idsOf(json: unknown): readonly VulnerabilityId[] {
  // Written by the builder of the same layout revision.
  return (JSON.parse(String(json)) as string[]).map(vulnerabilityId)
}

function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`).get(name) !== undefined
}

/**
 * Vulnerabilities with other signals than before. Signals are replaced by the part, so that only a comparison tells;
 * EPSS scores are left out, because they all move every day and no match or event follows from them.
 */
function changedSignals(before: DatabaseSync, after: DatabaseSync, touched: Touched): readonly VulnerabilityId[] {
  if (touched.isTooMuch || !touched.hasSignals) return []
  const read = (database: DatabaseSync): ReadonlyMap<string, string> => {
    const known = new Map<string, string>()
    for (const row of database.prepare('SELECT vulnerability, kind, json FROM signal ORDER BY 1, 2, 3').iterate()) {
      const id = String(row['vulnerability'])
      known.set(id, `${known.get(id) ?? ''}${JSON.stringify([row['kind'], row['json']])}`)
    }
    return known
  }
  const [old, now] = [read(before), read(after)]
  return [...new Set([...old.keys(), ...now.keys()])].filter(id => old.get(id) !== now.get(id)).map(vulnerabilityId)
}

function forgetOldSteps(database: DatabaseSync): void {
  const steps = database.prepare('SELECT id, key_count FROM step ORDER BY id DESC').all()
  let keys = 0
  const last = steps.findIndex((row, at) => (keys += Number(row['key_count'])) > KEYS_KEPT && at > 0)
  const kept = Math.min(last < 0 ? steps.length : last, STEPS_KEPT)
  const oldest = steps[kept - 1]?.['id']
  if (typeof oldest !== 'number') return
  for (const table of ['step_subject', 'step_namespace', 'step_vulnerability', 'step_release_end']) {
    database.prepare(`DELETE FROM ${table} WHERE step < ?`).run(oldest)
  }
  database.prepare('DELETE FROM step WHERE id < ?').run(oldest)
}

/** What changed between `from` and the version `to` that `database` holds. */
export function readChanges(database: DatabaseSync, from: string, to: string): AdvisoryChanges | 'everything' {
  if (from === to) return { to, subjects: [], namespaces: [], vulnerabilities: [] }
  if (!hasTable(database, 'step')) return 'everything'
  // Content comes back sometimes, and its name with it: what changed since the last time is enough.
  const first = database.prepare('SELECT max(id) AS id FROM step WHERE from_version = ?').get(from)?.['id']
  if (typeof first !== 'number') return 'everything'
  const isEverything = database.prepare('SELECT 1 FROM step WHERE id >= ? AND is_everything = 1').get(first)
  if (isEverything !== undefined) return 'everything'
  const rows = (sql: string) => database.prepare(sql).all(first)
  const releaseEnds = rows(
    'SELECT namespace, min(earliest) AS earliest FROM step_release_end WHERE step >= ? GROUP BY 1 ORDER BY 1',
  ).map(row => ({ namespace: namespace(String(row['namespace'])), earliest: instant(Number(row['earliest'])) }))
  return {
    to,
    subjects: rows('SELECT DISTINCT namespace, name FROM step_subject WHERE step >= ? ORDER BY 1, 2').map(row => ({
      namespace: namespace(String(row['namespace'])),
      name: String(row['name']),
    })),
    namespaces: rows('SELECT DISTINCT namespace FROM step_namespace WHERE step >= ? ORDER BY 1').map(row =>
      namespace(String(row['namespace'])),
    ),
    vulnerabilities: rows('SELECT DISTINCT vulnerability FROM step_vulnerability WHERE step >= ? ORDER BY 1').map(row =>
      vulnerabilityId(String(row['vulnerability'])),
    ),
    ...(releaseEnds.length > 0 ? { releaseEnds } : {}),
  }
}

/** Versions that `readChanges` can start from, newest first. */
export function earlierVersions(database: DatabaseSync): readonly string[] {
  if (!hasTable(database, 'step')) return []
  const rows = database
    .prepare('SELECT from_version, max(id) AS id FROM step GROUP BY from_version ORDER BY id DESC')
    .all()
  return rows.map(row => String(row['from_version']))
}
