import { sql } from 'kysely'
import { vulnerabilityId } from '../domain/ids.ts'
import type { SignalStore } from '../scanning/signal-store.ts'
import type { Database } from './database.ts'
import { storableKey } from './storable.ts'

/** Signals of findings in PostgreSQL: columns beside the document, which keeps what was known when it was written. */
export function pgSignalStore(database: Database): SignalStore {
  return {
    openVulnerabilities: (after, limit) =>
      database.transaction('all', async statements => {
        // One step of the index for each vulnerability, however many findings it has.
        const rows = await statements.rows<{ id: string }>(sql`
          with recursive walk (id, place) as (
            (select vulnerability_id, 1 from findings
              where status <> 'CLOSED' ${after === null ? sql`` : sql`and vulnerability_id > ${storableKey(after)}`}
              order by vulnerability_id limit 1)
            union all
            select next.vulnerability_id, walk.place + 1 from walk
            cross join lateral (
              select f.vulnerability_id from findings f
              where f.status <> 'CLOSED' and f.vulnerability_id > walk.id
              order by f.vulnerability_id limit 1
            ) next
            where walk.place < ${limit}
          )
          select id from walk order by place`)
        return rows.map(row => vulnerabilityId(row.id))
      }),

    refresh: signals =>
      database.transaction('all', async statements => {
        const rows = signals.map(signal => ({
          vulnerability_id: storableKey(signal.vulnerabilityId),
          epss_score: signal.epssScore,
          is_unexploited: signal.isKnownUnexploited,
        }))
        const [row] = await statements.rows<{ count: number }>(sql`
          with now as materialized (
            select * from json_to_recordset(${JSON.stringify(rows)}::json)
              as record (vulnerability_id text, epss_score double precision, is_unexploited boolean)
          ),
          changed as (
            update findings f set
              epss_score = now.epss_score,
              exploit_available = case when now.is_unexploited then coalesce(f.exploit_available, 'NO')
                else f.exploit_available end
            from now
            where f.vulnerability_id = now.vulnerability_id and f.status <> 'CLOSED'
              and (f.epss_score is distinct from now.epss_score or (now.is_unexploited and f.exploit_available is null))
            returning 1
          )
          select count(*)::integer as count from changed`)
        return row?.count ?? 0
      }),
  }
}
