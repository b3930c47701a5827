import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { startPostgres, type PostgresServer } from '../../test/support/postgres.ts'
import { openDatabase } from './open-database.ts'
import { survivesKillsOfTheRematch, type Kill } from './rematch-crash.suite.ts'

describe('a re-match with PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  survivesKillsOfTheRematch(
    () => server.newDatabase('rematches'),
    url => openDatabase({ url }),
    Array.from({ length: 15 }, (_, at): Kill => [1 + (at % 5), (at * 7) % 40]),
  )
})

/** Here and not among the quick tests: the embedded database takes a second or two for each start. */
describe('a re-match with the embedded database', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'openinspector-rematch-crash-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  survivesKillsOfTheRematch(
    () => Promise.resolve(directory),
    place => openDatabase({ directory: place }),
    [
      [1, 0],
      [1, 12],
      [4, 25],
      [2, 40],
      [6, 5],
    ],
  )
})
