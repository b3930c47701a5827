import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aJobKind } from '../../test/support/job-kind.ts'
import { runUntilKilled } from '../../test/support/killed-process.ts'
import { silentLog } from '../base/log.ts'
import { openDatabase } from '../store/open-database.ts'
import { pgBossQueue } from './pg-boss-queue.ts'

describe('a killed process with the embedded database', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'openinspector-jobs-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it('has its running job run again by the next one, once, although it has no retries of its own', async () => {
    expect(await runUntilKilled('work-forever.ts', [directory, 'enqueue'], 1)).toEqual(['working'])

    const database = await openDatabase({ directory })
    const queue = await pgBossQueue(database, { log: silentLog })
    const seen: number[] = []
    await queue.work(aJobKind, async ({ n }) => {
      seen.push(n)
    })
    await expect.poll(() => queue.pending(), { timeout: 20_000 }).toBe(0)
    await queue.stop(1_000)
    await database.close()

    expect(seen).toEqual([1])
  })
})
