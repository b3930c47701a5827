import { afterAll, beforeAll, describe } from 'vitest'
import { startPostgres, type PostgresServer } from '../../test/support/postgres.ts'
import type { Database } from '../store/database.ts'
import { openDatabase } from '../store/open-database.ts'
import { keepsTheJobQueuePromises } from './job-queue.suite.ts'

describe('pg-boss on PostgreSQL', () => {
  let server: PostgresServer
  let database: Database
  beforeAll(async () => {
    server = await startPostgres()
    database = await openDatabase({ url: await server.newDatabase('jobs') })
  })
  afterAll(async () => {
    await database.close()
    await server.stop()
  })

  keepsTheJobQueuePromises(() => database)
})
