import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Advisory } from '../../domain/advisory.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import { namespace } from '../../domain/namespace.ts'
import type { ReleaseEnd } from '../../domain/release-end.ts'
import type { EpssTable } from '../../domain/signal.ts'
import { encodeAffected, encodeRecord, storedRecordText } from './encoding.ts'
import { LAYOUT_REVISION } from './layout.ts'
import { releaseEndLines, removeReleaseEnds, writeReleaseEnds } from './release-ends.ts'
import type { Touched } from './touched.ts'
import { hashSignals, removeSignals, signalLines, writeSignals, type PartSignals } from './signals.ts'
import { componentVulnerability, ownVulnerabilities } from './vulnerability-ids.ts'

/** Rows written between two turns of the event loop, so that a server goes on answering. */
const BATCH = 500

/** What a part says beside its advisories. */
export interface PartFacts extends PartSignals {
  readonly releaseEnds?: readonly ReleaseEnd[]
}

/** An advisory as it is to be stored, with the hash of its normalised content. */
export interface Row {
  readonly advisory: Advisory
  readonly record: string
  readonly affected: readonly string[]
  readonly hash: string
}

export function rowOf(advisory: Advisory): Row {
  const record = encodeRecord(advisory)
  const affected = advisory.affected.map(encodeAffected)
  const hash = createHash('sha256').update(record)
  advisory.affected.forEach((entry, at) => hash.update(`\n${entry.namespace}\n${entry.name}\n${affected[at]}`))
  return { advisory, record, affected, hash: hash.digest('base64url').slice(0, 27) }
}

/**
 * Content hash of one part: equal advisories give an equal hash, in whatever order and with whatever `modified`.
 * Also what tells, without opening a file, that a fetched part says nothing new.
 */
export async function partHash(advisories: readonly Advisory[], said: PartFacts = {}): Promise<string> {
  const lines: string[] = []
  for (const [at, advisory] of advisories.entries()) {
    if (at % BATCH === BATCH - 1) await nextTurn()
    lines.push(advisoryLine(advisory.id, rowOf(advisory).hash))
  }
  const facts = [...signalLines(said.signals ?? []), ...releaseEndLines(said.releaseEnds ?? [])]
  return hashOfLines(lines, facts, said.epss)
}

/** What stands for one advisory in the hash of its part. */
export function advisoryLine(id: string, hash: string): string {
  return `${id} ${hash}`
}

/** The hash of a part that says these things, from the lines that stand for each of them, in whatever order. */
export function hashOfLines(advisories: readonly string[], signals: readonly string[], epss?: EpssTable): string {
  const hash = createHash('sha256')
  for (const line of advisories.toSorted()) hash.update(`${line}\n`)
  hashSignals(signals, epss, hash)
  return hash.digest('hex')
}

/** Content name of a version: from its layout and its parts. */
export function versionName(parts: readonly { readonly feed: string; readonly part: string; readonly hash: string }[]) {
  const lines = parts.map(part => `${part.feed}/${part.part} ${part.hash}`).sort()
  const hash = createHash('sha256').update(`layout ${LAYOUT_REVISION}\n${lines.join('\n')}`)
  return hash.digest('hex').slice(0, 24)
}

/** The row id of a part, which is made when it is not there yet, and bears this hash from now on. */
export function partRow(
  database: DatabaseSync,
  { feed, part, hash }: { readonly feed: string; readonly part: string; readonly hash: string },
): number {
  const id = database
    .prepare(
      `INSERT INTO part (feed, part, hash) VALUES (?, ?, ?)
       ON CONFLICT (feed, part) DO UPDATE SET hash = excluded.hash RETURNING id`,
    )
    .get(feed, part, hash)?.['id']
  if (typeof id !== 'number') throw new Error('the advisory database did not return the id of a part')
  return id
}

/** Makes the part hold these advisories; rows whose content did not change are left alone, the others noted. */
export async function writePart(
  database: DatabaseSync,
  content: { readonly feed: string; readonly part: string; readonly hash: string },
  { advisories, ...said }: PartFacts & { readonly advisories: readonly Advisory[] },
  touched: Touched,
): Promise<void> {
  const part = partRow(database, content)
  const gone = new Map<string, { readonly id: number; readonly hash: string }>()
  for (const row of database.prepare('SELECT id, advisory_id, hash FROM advisory WHERE part = ?').iterate(part)) {
    gone.set(String(row['advisory_id']), { id: Number(row['id']), hash: String(row['hash']) })
  }
  const remove = advisoryRemover(database, touched)
  const insert = advisoryInserter(database, part, content.feed, touched)
  for (const [at, advisory] of advisories.entries()) {
    if (at % BATCH === BATCH - 1) await nextTurn()
    const row = rowOf(advisory)
    const known = gone.get(advisory.id)
    gone.delete(advisory.id)
    if (known?.hash === row.hash) continue
    if (known !== undefined) remove(known.id)
    insert(row)
  }
  for (const { id } of gone.values()) remove(id)
  touched.hasSignals = true
  await writeSignals(database, part, said)
  writeReleaseEnds(database, part, said.releaseEnds ?? [])
}

export function removePart(database: DatabaseSync, feed: string, part: string, touched: Touched): void {
  const id = database.prepare('SELECT id FROM part WHERE feed = ? AND part = ?').get(feed, part)?.['id']
  if (typeof id !== 'number') return
  const remove = advisoryRemover(database, touched)
  for (const row of database.prepare('SELECT id FROM advisory WHERE part = ?').all(id)) remove(Number(row['id']))
  touched.hasSignals = true
  removeSignals(database, id)
  removeReleaseEnds(database, id)
  database.prepare('DELETE FROM part WHERE id = ?').run(id)
}

export function advisoryRemover(database: DatabaseSync, touched: Touched): (id: number) => void {
  const note = advisoryNoter(database, touched)
  const statements = ['match_entry', 'about', 'alias', 'record'].map(table =>
    database.prepare(`DELETE FROM ${table} WHERE advisory = ?`),
  )
  const last = database.prepare('DELETE FROM advisory WHERE id = ?')
  return id => {
    note(id)
    for (const statement of statements) statement.run(id)
    last.run(id)
  }
}

/** Notes what an advisory that is in the database speaks about. */
function advisoryNoter(database: DatabaseSync, touched: Touched): (id: number) => void {
  const own = database.prepare('SELECT advisory_id FROM advisory WHERE id = ?')
  const subjects = database.prepare('SELECT namespace, name FROM match_entry WHERE advisory = ?')
  const vulnerabilities = database.prepare('SELECT vulnerability FROM about WHERE advisory = ?')
  return id => {
    if (touched.isTooMuch) return
    touched.addRecord(String(own.get(id)?.['advisory_id']))
    for (const row of subjects.iterate(id)) touched.addSubject(namespace(String(row['namespace'])), String(row['name']))
    for (const row of vulnerabilities.iterate(id)) {
      touched.addVulnerability(vulnerabilityId(String(row['vulnerability'])))
    }
  }
}

export function advisoryInserter(
  database: DatabaseSync,
  part: number,
  feed: string,
  touched: Touched,
): (row: Row) => void {
  const advisoryRow = database.prepare(
    'INSERT INTO advisory (part, advisory_id, feed, hash, about, is_open) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const recordRow = database.prepare('INSERT INTO record (advisory, json) VALUES (?, ?)')
  const entryRow = database.prepare('INSERT INTO match_entry (namespace, name, advisory, affected) VALUES (?, ?, ?, ?)')
  const aboutRow = database.prepare('INSERT INTO about (vulnerability, advisory) VALUES (?, ?)')
  const aliasRow = database.prepare('INSERT OR IGNORE INTO alias (alias, advisory) VALUES (?, ?)')
  return ({ advisory, record, affected, hash }) => {
    const isWithdrawn = advisory.withdrawn !== null
    const about = isWithdrawn ? { ids: [], isOpen: false } : ownVulnerabilities(advisory)
    const inserted = advisoryRow.run(
      part,
      advisory.id,
      feed,
      hash,
      JSON.stringify(about.ids),
      about.isOpen ? 1 : 0,
    ).lastInsertRowid
    recordRow.run(inserted, storedRecordText(record, advisory))
    if (isWithdrawn) {
      touched.addRecord(advisory.id)
      return
    }
    for (const id of about.ids) {
      aboutRow.run(id, inserted)
      touched.addVulnerability(id, true)
    }
    for (const alias of advisory.aliases) aliasRow.run(alias, inserted)
    advisory.affected.forEach((entry, at) => {
      entryRow.run(entry.namespace, entry.name, inserted, affected[at] ?? '')
      touched.addSubject(entry.namespace, entry.name)
    })
  }
}

/** Settles what advisories without a CVE of their own are about; any part may hold the alias that leads to it. */
export async function resolveOpenAdvisories(database: DatabaseSync, touched: Touched): Promise<void> {
  const note = advisoryNoter(database, touched)
  const borne = database.prepare(
    'SELECT alias FROM alias WHERE advisory IN (SELECT id FROM advisory WHERE advisory_id = ?)',
  )
  const bearing = database.prepare(
    `SELECT advisory_id AS id FROM alias JOIN advisory ON advisory.id = alias.advisory WHERE alias.alias = ?1
     UNION SELECT other.alias FROM alias JOIN alias AS other USING (advisory) WHERE alias.alias = ?1`,
  )
  const neighboursOf = (id: string): string[] => [
    ...borne.all(id).map(row => String(row['alias'])),
    ...bearing.all(id).map(row => String(row['id'])),
  ]
  const aliasesOf = database.prepare('SELECT alias FROM alias WHERE advisory = ? ORDER BY alias')
  const setAbout = database.prepare('UPDATE advisory SET about = ? WHERE id = ?')
  const clearAbout = database.prepare('DELETE FROM about WHERE advisory = ?')
  const addAbout = database.prepare('INSERT INTO about (vulnerability, advisory) VALUES (?, ?)')
  const open = database.prepare('SELECT id, advisory_id, about FROM advisory WHERE is_open = 1').all()
  for (const [at, row] of open.entries()) {
    if (at % BATCH === BATCH - 1) await nextTurn()
    const id = Number(row['id'])
    const ids = [String(row['advisory_id']), ...aliasesOf.all(id).map(alias => String(alias['alias']))]
    const vulnerability = componentVulnerability(ids, neighboursOf)
    const about = JSON.stringify([vulnerability])
    if (about === row['about']) continue
    note(id)
    touched.addVulnerability(vulnerability)
    setAbout.run(about, id)
    clearAbout.run(id)
    addAbout.run(vulnerability, id)
  }
}
