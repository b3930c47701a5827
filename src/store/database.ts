import { AsyncLocalStorage } from 'node:async_hooks'
import type { RawBuilder } from 'kysely'
import type { AccountId } from '../domain/ids.ts'

/**
 * Whose rows a transaction may see and write. The database enforces it by row-level security, beside the conditions of
 * every query: `all` is for work that belongs to no caller (workers, sign-in, migrations).
 */
export type Access = 'all' | readonly AccountId[]

/** Runs statements inside one transaction. */
export interface Statements {
  rows<Row>(statement: RawBuilder<Row>): Promise<readonly Row[]>
}

export interface PlainResult {
  readonly rows: Record<string, unknown>[]
}

/** One PostgreSQL, embedded or served. Made by `openDatabase`; schema and roles are in place when it is handed out. */
export interface Database {
  readonly engine: 'pglite' | 'postgres'
  /**
   * All or nothing. A serialization failure or deadlock runs `act` again, a few times; `act` must do nothing but talk to
   * the database. Opening a transaction inside one throws: it would wait for itself.
   */
  transaction<T>(access: Access, act: (statements: Statements) => Promise<T>): Promise<T>
  /** Plain text outside row-level security, for the job queue: several statements only without values. */
  executeSql(text: string, values?: unknown[]): Promise<PlainResult>
  /** Hears `NOTIFY channel`; `onConnect` is called after each (re)connection, when notifications may have been missed. */
  listen(channel: string, onNotification: (payload: string) => void, onConnect: () => void): Promise<Listening>
  close(): Promise<void>
}

export interface Listening {
  close(): Promise<void>
}

const running = new AsyncLocalStorage<{ open: boolean }>()

/** Refuses work that would wait for the transaction it is part of. */
export function refuseInsideTransaction(): void {
  if (running.getStore()?.open === true) {
    throw new Error('a transaction is already open here: use its statements instead of opening another')
  }
}

/** Marks everything that `act` starts as inside a transaction until it settles. */
export async function insideTransaction<T>(act: () => Promise<T>): Promise<T> {
  const mark = { open: true }
  return running.run(mark, async () => {
    try {
      return await act()
    } finally {
      mark.open = false
    }
  })
}

/** Times that a transaction is run again after a failure that the next run may not meet. */
const RETRIES = 5

/** Runs `attempt` again after a serialization failure (40001) or a deadlock (40P01), with growing, uneven pauses. */
export async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      const code = sqlState(error)
      if ((code !== '40001' && code !== '40P01') || tries >= RETRIES) throw error
      const pauseMs = 5 * 2 ** tries * (0.5 + Math.random())
      await new Promise(resolve => {
        setTimeout(resolve, pauseMs)
      })
    }
  }
}

/** The five characters by which PostgreSQL names an error, `null` for any other error. */
export function sqlState(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/**
 * What every transaction starts with: names resolve in our schema, and row-level security knows the caller. As the text
 * is not a bound parameter, each id is checked again.
 */
export function prelude(access: Access, role: string | null): string {
  const accounts = access === 'all' ? '*' : access.map(checkedAccount).join(',')
  const setRole = role === null ? '' : `set local role ${role};`
  return `set local search_path = openinspector, pg_catalog; set local openinspector.accounts = '${accounts}';${setRole}`
}

function checkedAccount(accountId: AccountId): string {
  if (!/^[0-9]{12}$/.test(accountId)) throw new Error('not an account id')
  return accountId
}
