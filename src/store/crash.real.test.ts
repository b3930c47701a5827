import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runUntilKilled } from '../../test/support/killed-process.ts'
import { startPostgres, type PostgresServer } from '../../test/support/postgres.ts'
import { openDatabase } from './open-database.ts'

describe('a killed process with PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  it('loses nothing that was acknowledged', async () => {
    const url = await server.newDatabase('crash')
    const acknowledged = await runUntilKilled('commit-forever.ts', [url], 20)

    const database = await openDatabase({ url })
    const rows = await database.transaction('all', statements =>
      statements.rows<{ count: number }>(sql`
        select count(*)::integer as count from findings group by split_part(vulnerability_id, '-', 3)`),
    )
    await database.close()

    expect(rows.length).toBeGreaterThanOrEqual(acknowledged.length)
    expect(rows.filter(row => row.count !== 50)).toEqual([])
  })

  it('is bound by row-level security also as an ordinary owner of the tables', async () => {
    const url = await server.newDatabase('owned')
    const admin = await openDatabase({ url: await server.newDatabase('any') })
    await admin.executeSql(`create role plain_owner login password 'x'`)
    await admin.executeSql('alter database owned owner to plain_owner')
    await admin.close()
    const own = new URL(url)
    own.username = 'plain_owner'
    own.password = 'x'

    const database = await openDatabase({ url: own.href })
    const user = await database.transaction([], statements =>
      statements.rows(sql`select current_user::text as name, row_security_active('findings') as bound`),
    )
    await database.close()

    expect(user).toEqual([{ name: 'plain_owner', bound: true }])
  })
})
