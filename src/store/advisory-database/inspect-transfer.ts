import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { namespace } from '../../domain/namespace.ts'
import type { VersionScheme } from '../../domain/version.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { STEP_TABLES } from './changes.ts'
import { AffectedDecoder, decodeRecord } from './encoding.ts'
import { TABLES } from './layout.ts'
import type { StoredGeneration } from './pointer.ts'
import { signalReader } from './signals.ts'
import { partsWithHash } from './transfer-format.ts'
import { vulnerabilityId } from '../../domain/ids.ts'

/** What ANALYZE makes; SQLite reads it itself and passes over what it does not understand. */
const STATISTICS = /^sqlite_stat[14]$/

/**
 * Looks at a database file that somebody else made, before anything else reads it: it is opened read-only, no schema of
 * its own is run, and it must hold our tables and nothing beside them, whole, with the parts that were announced and
 * with rows that can be read. The error is a sentence for a person.
 */
export function inspectDatabase(
  path: string,
  generations: readonly StoredGeneration[],
  schemes: readonly VersionScheme[],
): Result<void, string> {
  const url = pathToFileURL(path)
  url.searchParams.set('immutable', '1')
  const database = new DatabaseSync(url, { readOnly: true, defensive: true, enableForeignKeyConstraints: false })
  try {
    // Before anything is prepared that could call what a schema names. (sqlite.org/security.html §1.2)
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384')
    const fault =
      foreignSchema(database) ?? brokenPages(database) ?? otherParts(database, generations) ?? badRow(database, schemes)
    return fault === null ? ok(undefined) : err(fault)
  } catch (error) {
    // SQLite's own words for a file that is none, or whose pages lead nowhere.
    return err(`its database cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    database.close()
  }
}

interface SchemaEntry {
  readonly key: string
  readonly name: string
  readonly isOptional: boolean
}

/** What a database of this layout may hold, as SQLite itself writes it down. */
function expectedSchema(): ReadonlyMap<string, SchemaEntry> {
  const model = new DatabaseSync(':memory:')
  try {
    model.exec(TABLES)
    const needed = new Set(schemaOf(model).map(({ key }) => key))
    // A database that has never had a predecessor has no steps.
    model.exec(STEP_TABLES)
    return new Map(
      schemaOf(model).map(({ key, name }) => [key, { key, name, isOptional: !needed.has(key) } satisfies SchemaEntry]),
    )
  } finally {
    model.close()
  }
}

function schemaOf(database: DatabaseSync): { readonly key: string; readonly name: string }[] {
  return database
    .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema')
    .all()
    .map(({ type, name, tbl_name: table, sql }) => ({
      key: JSON.stringify([type, name, table, withoutComments(sql)]),
      name: `${String(type)} ${String(name)}`,
    }))
}

/** Reworded comments make no other table. SQLite ends such a comment where this does. */
function withoutComments(sql: unknown): string | null {
  return typeof sql === 'string'
    ? sql
        .replaceAll(/--[^\n]*/g, '')
        .replaceAll(/\s+/g, ' ')
        .trim()
    : null
}

function foreignSchema(database: DatabaseSync): string | null {
  const expected = expectedSchema()
  const found = schemaOf(database)
  const foreign = found.find(({ key, name }) => !expected.has(key) && !isStatistics(name))
  if (foreign !== undefined) return `its database has a ${foreign.name.slice(0, 100)} that does not belong there`
  const keys = new Set(found.map(({ key }) => key))
  const missing = [...expected.values()].find(({ key, isOptional }) => !isOptional && !keys.has(key))
  return missing === undefined ? null : `its database lacks the ${missing.name}`
}

function isStatistics(name: string): boolean {
  const [type, table = ''] = name.split(' ')
  return type === 'table' && STATISTICS.test(table)
}

function brokenPages(database: DatabaseSync): string | null {
  const said = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
  if (said !== 'ok') return `its database is damaged: ${String(said).slice(0, 200)}`
  const dangling = database.prepare('PRAGMA foreign_key_check').get()
  return dangling === undefined ? null : `its database is damaged: a ${String(dangling['table'])} leads nowhere`
}

function otherParts(database: DatabaseSync, generations: readonly StoredGeneration[]): string | null {
  const said = partsWithHash(generations)
    .map(part => JSON.stringify([part.feed, part.part, part.hash]))
    .sort()
  const held = database
    .prepare('SELECT feed, part, hash FROM part')
    .all()
    .map(row => JSON.stringify([row['feed'], row['part'], row['hash']]))
    .sort()
  const differs = held.find((part, at) => part !== said[at]) ?? said[held.length]
  if (differs !== undefined) return `its header and its database name different parts: ${differs.slice(0, 200)}`
  const stranger = database
    .prepare(
      'SELECT advisory_id FROM advisory JOIN part ON part.id = advisory.part WHERE part.feed <> advisory.feed LIMIT 1',
    )
    .get()
  return stranger === undefined
    ? null
    : `advisory ${String(stranger['advisory_id']).slice(0, 100)} is of another feed than its part`
}

/** Every row as its reader reads it: one that only fails when a package meets it would fail all scans of that package. */
function badRow(database: DatabaseSync, schemes: readonly VersionScheme[]): string | null {
  const decoder = new AffectedDecoder(schemes)
  const signalsOf = signalReader(database)
  const checks: readonly [what: string, statement: StatementSync, read: (row: Row) => unknown][] = [
    [
      'a range',
      database.prepare('SELECT namespace AS id, name, affected FROM match_entry'),
      row => decoder.decode(namespace(textOf(row, 'id')), textOf(row, 'name'), textOf(row, 'affected')),
    ],
    ['a record', database.prepare('SELECT advisory AS id, json FROM record'), row => recordOf(textOf(row, 'json'))],
    [
      'an advisory',
      database.prepare('SELECT advisory_id AS id, about FROM advisory'),
      row => listOfTexts(JSON.parse(textOf(row, 'about'))),
    ],
    [
      'a signal',
      database.prepare('SELECT DISTINCT vulnerability AS id FROM signal'),
      row => signalsOf(vulnerabilityId(textOf(row, 'id'))),
    ],
  ]
  for (const [what, statement, read] of checks) {
    for (const row of statement.iterate()) {
      try {
        read(row)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        return `it holds ${what} that cannot be read (${String(row['id']).slice(0, 100)}: ${why.slice(0, 200)})`
      }
    }
  }
  return null
}

type Row = Readonly<Record<string, unknown>>

function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new Error(`${column} is no text`)
  return value
}

/** The lists that every reader walks. */
function recordOf(json: string): void {
  const { id, aliases, upstream, severities, references } = decodeRecord(json)
  if (typeof id !== 'string' || !Array.isArray(severities)) throw new Error('a member is of another kind')
  for (const list of [aliases, upstream, references]) listOfTexts(list)
}

function listOfTexts(value: unknown): void {
  if (!Array.isArray(value) || !value.every(each => typeof each === 'string')) throw new Error('is no list of texts')
}
