import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import type { RawBuilder } from 'kysely'
import { compile } from './compile.ts'
import {
  insideTransaction,
  prelude,
  refuseInsideTransaction,
  retrying,
  type Database,
  type PlainResult,
  type Statements,
} from './database.ts'
import { lockDirectory, type DirectoryLock } from './directory-lock.ts'
import { prepareSchema } from './migrations/prepare-schema.ts'

/**
 * Server settings of the embedded database.
 * `shared_buffers`: the default of 128 MB alone would pass the idle target; the operating system caches the files anyway.
 * `wal_sync_method`: PGlite's file system ignores fsync; with `open_datasync` and fsync on, each commit is written to the
 * log through O_SYNC. Data files are still not synced at checkpoints: a killed process loses nothing that was
 * acknowledged, a power cut right after a checkpoint may (decisions 0009).
 * `wal_buffers`: a scan of 500 findings writes about 2 MB of log; written in one go it commits 1.6 times as fast.
 * `work_mem`: there is one connection, and sorts of a filtered page should stay in memory.
 */
const SETTINGS = [
  'shared_buffers=32MB',
  'fsync=on',
  'wal_sync_method=open_datasync',
  'wal_buffers=8MB',
  'max_wal_size=256MB',
  'min_wal_size=32MB',
  'work_mem=16MB',
  'maintenance_work_mem=32MB',
  'max_connections=5',
  'effective_cache_size=512MB',
  'random_page_cost=1.1',
]

/** Pause in milliseconds between two looks for tables to vacuum: the embedded server has no autovacuum workers. */
const MAINTENANCE_INTERVAL_MS = 60_000

export interface EmbeddedOptions {
  /** Made when missing; used by one process at a time. */
  readonly directory: string
}

/** PostgreSQL inside this process, its files in `directory/pgdata`. */
export async function openPgliteDatabase({ directory }: EmbeddedOptions): Promise<Database> {
  const lock = lockDirectory(directory)
  let server: PGlite | null = null
  try {
    const files = join(directory, 'pgdata')
    const complete = join(directory, 'pgdata.complete')
    // Without the mark, an earlier first start was interrupted before anything could be stored.
    if (!existsSync(complete)) rmSync(files, { recursive: true, force: true })
    mkdirSync(files, { recursive: true, mode: 0o700 })
    server = new PGlite({ dataDir: files, startParams: startParams() })
    await server.waitReady
    if (!existsSync(complete)) writeFileSync(complete, '')
    return await overPglite(server, lock)
  } catch (error) {
    await server?.close().catch(() => undefined)
    lock.release()
    throw error
  }
}

/** A database in memory, from a dump of another when one is given; for tests. */
export async function openMemoryDatabase(dump: Blob | null): Promise<Database & { dump(): Promise<Blob> }> {
  const server = new PGlite({ startParams: startParams(), ...(dump === null ? {} : { loadDataDir: dump }) })
  await server.waitReady
  const database = await overPglite(server, { release() {} })
  return { ...database, dump: () => server.dumpDataDir('none') }
}

/**
 * PostgreSQL's WebAssembly is 9 MB, and V8 optimizes its hot functions on every core at once, each in memory that is
 * never given back: one compiler thread without inlining leaves the idle process 50 MB smaller, at the same speed.
 * (measured on Node 24.21: 317 and 256 MB; commits of 500 findings 87 and 84 ms)
 */
function compileFrugally(): void {
  setFlagsFromString('--wasm-num-compilation-tasks=1')
  setFlagsFromString('--no-wasm-inlining')
}

function startParams(): string[] {
  compileFrugally()

  return [...PGlite.defaultStartParams.filter(param => param !== '-F'), ...SETTINGS.flatMap(setting => ['-c', setting])]
}

async function overPglite(server: PGlite, lock: DirectoryLock): Promise<Database> {
  const exclusively = oneAtATime()
  const role = await prepareSchema(act =>
    server.transaction(transaction => act((text, values) => execute(transaction, text, values))),
  )
  const maintenance = setInterval(() => {
    // Bloat costs speed only, and the next round tries again.
    exclusively(() => vacuumWhatNeedsIt(server)).catch(() => undefined)
  }, MAINTENANCE_INTERVAL_MS).unref()

  return {
    engine: 'pglite',
    executeSql(text, values) {
      refuseInsideTransaction()
      return exclusively(async () => {
        try {
          return await execute(server, text, values)
        } catch (error) {
          // A block of statements that failed half-way must not leave its transaction to the next caller.
          await server.exec('rollback').catch(() => undefined)
          throw error
        }
      })
    },
    transaction(access, act) {
      refuseInsideTransaction()
      const opening = prelude(access, role)
      return retrying(() => exclusively(() => server.transaction(transaction => inside(transaction, opening, act))))
    },
    async listen(channel, onNotification, onConnect) {
      const stop = await exclusively(() => server.listen(channel, onNotification))
      onConnect()
      return { close: () => exclusively(() => stop()) }
    },
    async close() {
      clearInterval(maintenance)
      await exclusively(() => server.close())
      lock.release()
    },
  }
}

type Connection = Pick<Transaction, 'query' | 'exec'>

async function inside<T>(
  connection: Connection,
  opening: string,
  act: (statements: Statements) => Promise<T>,
): Promise<T> {
  await connection.exec(opening)
  return insideTransaction(() =>
    act({
      async rows<Row>(statement: RawBuilder<Row>) {
        const { text, values } = compile(statement)
        return (await connection.query<Row>(text, values)).rows
      },
    }),
  )
}

async function execute(connection: Connection, text: string, values?: unknown[]): Promise<PlainResult> {
  if (values !== undefined && values.length > 0) {
    return { rows: (await connection.query<Record<string, unknown>>(text, values)).rows }
  }
  return { rows: (await connection.exec(text)).flatMap(result => result.rows) }
}

/** One connection serves everybody: each piece of work starts when the one before it has ended, in order of arrival. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}

/** Tables that autovacuum would visit (a tenth of the rows dead or changed since the last look), one at a time. */
async function vacuumWhatNeedsIt(server: PGlite): Promise<void> {
  const { rows } = await server.query<{ name: string }>(`
    select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
    where n_dead_tup > 500 + n_live_tup / 10 or n_mod_since_analyze > 500 + n_live_tup / 10`)
  for (const { name } of rows) await server.exec(`vacuum (analyze) ${name}`)
}
