import type { RawBuilder } from 'kysely'
import { Pool, type QueryResult } from 'pg'
import type { Log } from '../base/log.ts'
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
import { listenOnPostgres } from './postgres-listener.ts'
import { prepareSchema } from './migrations/prepare-schema.ts'

/** Oldest server that the statements are tested on. (design: PostgreSQL 15+) */
const OLDEST_VERSION = 150_000

export interface ServedOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  /** Connections of this process. */
  readonly poolSize?: number
  readonly log: Log
}

/** A PostgreSQL server, through a pool of connections. */
export async function openPostgresDatabase({ url, poolSize = 10, log }: ServedOptions): Promise<Database> {
  const pool = new Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 10_000,
    application_name: 'openinspector',
  })
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', error => log.warn('database connection lost', { error: error.message }))
  // One that breaks inside a transaction fails its next statement. Between two statements there is none that could be
  // told, the pool does not listen to what it has lent, and nobody listening would end the process as well.
  pool.on('connect', client => client.on('error', () => undefined))

  const executeSql: Database['executeSql'] = async (text, values) => {
    refuseInsideTransaction()
    return flatten(await pool.query(text, values))
  }
  let role: string | null
  try {
    await checkVersion(executeSql)
    role = await prepareSchema(act => plainTransaction(pool, act))
  } catch (error) {
    await pool.end()
    throw error
  }

  return {
    engine: 'postgres',
    executeSql,
    transaction(access, act) {
      refuseInsideTransaction()
      const opening = `begin; ${prelude(access, role)}`
      return retrying(() => oneTransaction(pool, opening, act))
    },
    listen: (channel, onNotification, onConnect) => listenOnPostgres(url, channel, onNotification, onConnect, log),
    close: () => pool.end(),
  }
}

async function oneTransaction<T>(pool: Pool, opening: string, act: (statements: Statements) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(opening)
    const value = await insideTransaction(() =>
      act({
        async rows<Row>(statement: RawBuilder<Row>) {
          const { text, values } = compile(statement)
          return (await client.query(text, values)).rows as Row[]
        },
      }),
    )
    await client.query('commit')
    return value
  } catch (error) {
    await client.query('rollback').catch((cause: unknown) => {
      broken = new Error('rollback failed', { cause })
    })
    throw error
  } finally {
    // A connection in an unknown state is closed, never handed to another caller.
    client.release(broken)
  }
}

async function plainTransaction<T>(
  pool: Pool,
  act: (execute: (text: string, values?: unknown[]) => Promise<PlainResult>) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const value = await act(async (text, values) => flatten(await client.query(text, values)))
    await client.query('commit')
    client.release()
    return value
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** A text of several statements yields a list of results, one statement a single one. */
function flatten(result: QueryResult | QueryResult[]): PlainResult {
  return { rows: (Array.isArray(result) ? result : [result]).flatMap(part => part.rows as Record<string, unknown>[]) }
}

async function checkVersion(executeSql: Database['executeSql']): Promise<void> {
  const { rows } = await executeSql('show server_version_num')
  const version = Number(rows[0]?.['server_version_num'])
  if (!(version >= OLDEST_VERSION)) {
    throw new Error(`PostgreSQL ${OLDEST_VERSION / 10_000} or later is needed; the server says ${version}`)
  }
}
