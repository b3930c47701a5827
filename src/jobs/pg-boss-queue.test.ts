import { afterAll, beforeAll, describe } from 'vitest'
import { aMemoryDatabase } from '../../test/support/memory-database.ts'
import { keepsTheJobQueuePromises } from './job-queue.suite.ts'

describe('pg-boss on PGlite', () => {
  let database: Awaited<ReturnType<typeof aMemoryDatabase>>
  beforeAll(async () => {
    database = await aMemoryDatabase()
  })
  afterAll(() => database.close())

  keepsTheJobQueuePromises(() => database)
})
