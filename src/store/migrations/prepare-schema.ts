import { createHash } from 'node:crypto'
import type { PlainResult } from '../database.ts'
import { MIGRATIONS, type Migration } from './index.ts'

export type Execute = (text: string, values?: unknown[]) => Promise<PlainResult>

/** Key of the advisory lock under which one process at a time changes the schema: `oiMIGR` as bytes. */
const LOCK_KEY = '0x6f694d494752'

/** Role without rights of its own, worn by every transaction of a superuser, whom row-level security would not bind. */
const APPLICATION_ROLE = 'openinspector_app'

/**
 * Brings the schema up to date in one transaction, and says which role transactions must wear: `null` when the
 * connected user is bound by row-level security as it is.
 */
export async function prepareSchema(
  transaction: <T>(act: (execute: Execute) => Promise<T>) => Promise<T>,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<string | null> {
  return transaction(async execute => {
    await execute(`select pg_advisory_xact_lock(${BigInt(LOCK_KEY)})`)
    await execute(`
      create schema if not exists openinspector;
      create table if not exists openinspector.migrations (
        name text primary key, sha256 text not null, applied_at timestamptz not null default now()
      )`)
    await execute('set local search_path = openinspector, pg_catalog')
    await applyMissing(execute, migrations)
    return (await isAboveRowSecurity(execute)) ? wearRole(execute) : null
  })
}

async function applyMissing(execute: Execute, migrations: readonly Migration[]): Promise<void> {
  const { rows } = await execute('select name, sha256 from migrations')
  const applied = new Map(rows.map(row => [String(row['name']), String(row['sha256'])]))
  const known = new Map(migrations.map(migration => [migration.name, migration]))
  for (const [name, hash] of applied) {
    const migration = known.get(name)
    if (migration === undefined) {
      throw new Error(`the database was migrated by a newer version (${name}); start that version or a later one`)
    }
    if (hashOf(migration) !== hash) {
      throw new Error(`the migration ${name} differs from the one that was applied to this database; never edit one`)
    }
  }
  for (const migration of migrations) {
    if (applied.has(migration.name)) continue
    await execute(migration.sql)
    await execute('insert into migrations (name, sha256) values ($1, $2)', [migration.name, hashOf(migration)])
  }
}

function hashOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex')
}

async function isAboveRowSecurity(execute: Execute): Promise<boolean> {
  const { rows } = await execute('select rolsuper or rolbypassrls as above from pg_roles where rolname = current_user')
  return rows[0]?.['above'] === true
}

async function wearRole(execute: Execute): Promise<string> {
  const { rows } = await execute('select 1 as one from pg_roles where rolname = $1', [APPLICATION_ROLE])
  // Roles belong to the whole server: another database of it may have made this one.
  if (rows.length === 0) await execute(`create role ${APPLICATION_ROLE} nologin`)
  await execute(`
    grant usage on schema openinspector to ${APPLICATION_ROLE};
    grant select, insert, update, delete on all tables in schema openinspector to ${APPLICATION_ROLE};
    revoke all on openinspector.migrations from ${APPLICATION_ROLE};
    grant usage on all sequences in schema openinspector to ${APPLICATION_ROLE}`)
  return APPLICATION_ROLE
}
