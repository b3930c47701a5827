import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
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
})
