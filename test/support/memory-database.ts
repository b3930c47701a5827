import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Database } from '../../src/store/database.ts'
import { MIGRATIONS } from '../../src/store/migrations/index.ts'
import { openMemoryDatabase } from '../../src/store/pglite-database.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * An empty embedded database with the current schema, in memory. The first one of a schema is dumped beside the
 * dependencies, so that later ones open without the seconds that making a PostgreSQL cluster takes.
 */
export async function aMemoryDatabase(): Promise<Database> {
  const path = dumpPath()
  if (existsSync(path)) return openMemoryDatabase(new Blob([gunzipSync(readFileSync(path))]))
  const first = await openMemoryDatabase(null)
  const dump = await (await first.dump()).arrayBuffer()
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, gzipSync(new Uint8Array(dump), { level: 1 }))
  renameSync(draft, path)
  return first
}

function dumpPath(): string {
  const version = readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json'), 'utf8')
  const name = createHash('sha256').update(version).update(JSON.stringify(MIGRATIONS)).digest('hex').slice(0, 16)
  const folder = join(root, 'node_modules', '.cache', 'openinspector')
  mkdirSync(folder, { recursive: true })
  return join(folder, `pglite-${name}.tar.gz`)
}

/** Empties every table of ours: tests of one file share a database. */
export async function emptyDatabase(database: Database): Promise<void> {
  const { rows } = await database.executeSql(
    `select string_agg(format('openinspector.%I', tablename), ', ') as tables from pg_tables
     where schemaname = 'openinspector' and tablename <> 'migrations'`,
  )
  await database.executeSql(`truncate ${String(rows[0]?.['tables'])}`)
}
