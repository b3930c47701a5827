import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { emptyDatabase } from '../../test/support/memory-database.ts'
import { startPostgres, type PostgresServer } from '../../test/support/postgres.ts'
import type { Database } from './database.ts'
import { openDatabase } from './open-database.ts'
import { keepTheStorePromises } from './stores.suite.ts'

describe('on PostgreSQL', () => {
  let server: PostgresServer
  let database: Database
  beforeAll(async () => {
    server = await startPostgres()
    database = await openDatabase({ url: await server.newDatabase('stores') })
  })
  beforeEach(() => emptyDatabase(database))
  afterAll(async () => {
    await database.close()
    await server.stop()
  })

  keepTheStorePromises(() => database)

  it('fails a transaction whose connection the server ends, and nothing else', async () => {
    const cut = database.transaction('all', async statements => {
      await statements.rows(sql`reset role`)
      const ending = statements.rows(sql`select pg_terminate_backend(pg_backend_pid())`)
      await expect(ending).rejects.toThrow('terminating connection')
      // Time for the connection to break while no statement runs that could be told.
      await pause(100)
      return statements.rows(sql`select 1`)
    })

    await expect(cut).rejects.toThrow('not queryable')
    expect((await database.executeSql('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})
