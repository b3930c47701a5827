import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runUntilKilled } from '../../test/support/killed-process.ts'
import { openDatabase } from './open-database.ts'

describe('a killed process with the embedded database', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'openinspector-crash-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it('loses nothing that was acknowledged, and leaves no lock behind', async () => {
    const acknowledged = [
      ...(await runUntilKilled('commit-forever.ts', [directory], 3)),
      ...(await runUntilKilled('commit-forever.ts', [directory], 20)),
    ]

    const database = await openDatabase({ directory })
    const rows = await database.transaction('all', statements =>
      statements.rows<{ batch: string; count: number }>(sql`
        select split_part(vulnerability_id, '-', 2) || ' ' || split_part(vulnerability_id, '-', 3) as batch,
          count(*)::integer as count from findings group by 1`),
    )
    const second = openDatabase({ directory })
    await expect(second).rejects.toThrow(`the data directory ${directory} is in use by process ${process.pid}`)
    await database.close()

    // One batch more than printed may have been committed before the process could say so; none is there in part.
    const stored = new Map(rows.map(row => [row.batch, row.count]))
    expect(acknowledged.length).toBeGreaterThanOrEqual(23)
    expect(acknowledged.filter(batch => stored.get(batch) !== 50)).toEqual([])
    expect([...stored.values()].filter(count => count !== 50)).toEqual([])
  })

  it('starts anew when it was killed while making its files', async () => {
    const half = join(directory, 'half')
    await mkdir(join(half, 'pgdata'), { recursive: true })
    await writeFile(join(half, 'pgdata', 'PG_VERSION'), '18')

    const database = await openDatabase({ directory: half })
    const { rows } = await database.executeSql('select count(*)::integer as count from openinspector.findings')
    await database.close()

    expect(rows).toEqual([{ count: 0 }])
  })
})
