import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { aScope } from '../../test/support/builders.ts'
import type { Database } from './database.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { prepareSchema, type Execute } from './migrations/prepare-schema.ts'

/** What `Database` promises, on whatever engine. */
export function keepsTheDatabasePromises(database: () => Database): void {
  const { accountId } = aScope()
  const add = sql`insert into accounts (account_id, created_at) values (${accountId}, 1)`
  const count = () =>
    database().transaction('all', statements => statements.rows(sql`select count(*)::integer as count from accounts`))

  it('keeps all of a transaction or nothing', async () => {
    const failing = database().transaction('all', async statements => {
      await statements.rows(add)
      throw new Error('half-way')
    })

    await expect(failing).rejects.toThrow('half-way')
    expect(await count()).toEqual([{ count: 0 }])
  })

  it('runs a transaction again after a serialization failure, and gives up on any other error', async () => {
    let runs = 0
    await database().transaction('all', async statements => {
      await statements.rows(add)
      runs++
      if (runs < 3) await statements.rows(sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`)
    })
    const other = (): Promise<void> =>
      database().transaction('all', async statements => {
        runs++
        await statements.rows(sql`select * from nowhere`)
      })

    await expect(other()).rejects.toThrow('nowhere')
    expect(runs).toBe(4)
    expect(await count()).toEqual([{ count: 1 }])
  })

  it('refuses a transaction inside a transaction instead of waiting for itself', async () => {
    // One after the other: a promise that fails while another is awaited counts as one that nobody handles.
    await expect(database().transaction('all', () => count())).rejects.toThrow('a transaction is already open here')
    await expect(database().transaction('all', () => database().executeSql('select 1'))).rejects.toThrow(
      'a transaction is already open here',
    )
  })

  it('binds values, whatever is in them', async () => {
    const hostile = `'; drop table accounts; --`

    const rows = await database().transaction('all', statements =>
      statements.rows(sql`select ${hostile}::text as text, ${[hostile, 'b']}::text[] as list`),
    )

    expect(rows).toEqual([{ text: hostile, list: [hostile, 'b'] }])
  })

  it('leaves no trace of one caller to the next', async () => {
    await database().transaction([accountId], statements => statements.rows(sql`select 1`))

    const { rows } = await database().executeSql(
      `select coalesce(current_setting('openinspector.accounts', true), '') as accounts, current_user = session_user as plain`,
    )

    expect(rows).toEqual([{ accounts: '', plain: true }])
  })

  it('goes on after a failed block of statements', async () => {
    await expect(database().executeSql('begin; select * from nowhere; commit')).rejects.toThrow('nowhere')

    expect((await database().executeSql('select 1 as one; select 2 as two')).rows).toEqual([{ one: 1 }, { two: 2 }])
  })

  it('hears notifications', async () => {
    let hear: (payload: string) => void = () => undefined
    const heard = new Promise<string>(resolve => {
      hear = resolve
    })
    const listening = await database().listen('suite', hear, () => undefined)

    await database().executeSql(`notify suite, 'hello'`)

    expect(await heard).toBe('hello')
    await listening.close()
  })

  describe('migrations', () => {
    const inside = <T>(act: (execute: Execute) => Promise<T>): Promise<T> =>
      database().transaction('all', async statements =>
        act(async (text, values = []) => {
          // Reads what is there as the role that owns it; nothing is written.
          await statements.rows(sql`reset role`)
          const bound = values.map(value => sql`${value}`)
          const parts = text.split(/\$\d/)
          return { rows: [...(await statements.rows<Record<string, unknown>>(sql.join(weave(parts, bound), sql``)))] }
        }),
      )
    const weave = (parts: readonly string[], values: readonly ReturnType<typeof sql>[]) =>
      parts.flatMap((part, index) => (index < values.length ? [sql.raw(part), values[index]!] : [sql.raw(part)]))
    const [first] = MIGRATIONS

    it('refuse a database of a newer version', async () => {
      await expect(prepareSchema(withoutBlocks(inside), [])).rejects.toThrow('was migrated by a newer version')
    })

    it('refuse a migration that was edited after it was applied', async () => {
      const edited = { name: first!.name, sql: `${first!.sql} ` }

      await expect(prepareSchema(withoutBlocks(inside), [edited])).rejects.toThrow(
        `the migration ${first!.name} differs`,
      )
    })
  })
}

/** Leaves out the statements that come several in a text: a transaction of ours takes one at a time. */
function withoutBlocks(
  transaction: <T>(act: (execute: Execute) => Promise<T>) => Promise<T>,
): <T>(act: (execute: Execute) => Promise<T>) => Promise<T> {
  return act =>
    transaction(execute =>
      act(async (text, values) => (text.trim().split(';').length > 1 ? { rows: [] } : execute(text, values))),
    )
}
