import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { aMemoryDatabase, emptyDatabase } from '../../test/support/memory-database.ts'
import type { Database } from './database.ts'
import { STORE_SUITES } from './stores.suite.ts'

describe('on PGlite', () => {
  let database: Database
  beforeAll(async () => {
    database = await aMemoryDatabase()
  })
  beforeEach(() => emptyDatabase(database))
  afterAll(() => database.close())

  for (const [name, suite] of STORE_SUITES) describe(name, () => suite(() => database))
})
