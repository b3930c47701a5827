import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aJobKind } from '../../test/support/job-kind.ts'
import { runUntilKilled } from '../../test/support/killed-process.ts'
import { startPostgres, type PostgresServer } from '../../test/support/postgres.ts'
import { silentLog } from '../base/log.ts'
import { openDatabase } from '../store/open-database.ts'
import { pgBossQueue } from './pg-boss-queue.ts'

describe('a killed worker on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  it('has its job taken over by another process when its heartbeat stays out, once', async () => {
    const url = await server.newDatabase('workers')
    expect(await runUntilKilled('work-forever.ts', [url, 'enqueue'], 1)).toEqual(['working'])

    const database = await openDatabase({ url })
    const queue = await pgBossQueue(database, { log: silentLog })
    const seen: number[] = []
    await queue.work(aJobKind, async ({ n }) => {
      seen.push(n)
    })
    await expect.poll(() => queue.pending(), { timeout: 40_000 }).toBe(0)
    await queue.stop(1_000)
    await database.close()

    expect(seen).toEqual([1])
  })
})
