import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { aMemoryDatabase, emptyDatabase } from '../../test/support/memory-database.ts'
import type { Database } from './database.ts'
import { keepTheStorePromises } from './stores.suite.ts'

describe('on PGlite', () => {
  let database: Database
  beforeAll(async () => {
    database = await aMemoryDatabase()
  })
  beforeEach(() => emptyDatabase(database))
  afterAll(() => database.close())

  keepTheStorePromises(() => database)
})
