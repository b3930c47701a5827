import { sql } from 'kysely'
import { vulnerabilityId } from '../domain/ids.ts'
import type { SignalStore } from '../scanning/signal-store.ts'
import type { Database, Statements } from './database.ts'
import { storableKey } from './storable.ts'

/** Findings that one transaction changes: others wait for it on an embedded database. */
const BATCH = 200

/** Signals of findings in PostgreSQL: columns beside the document, which keeps what was known when it was written. */
export function pgSignalStore(database: Database): SignalStore {
  return {
    openVulnerabilities: (after, limit) =>
      database.transaction('all', async statements => {
        // One step of the index for each vulnerability, however many findings it has.
        const rows = await statements.rows<{ id: string }>(sql`
          with recursive walk (id, place) as (
            (select vulnerability_id, 1 from finding_scores
              where is_open and vulnerability_id is not null
                ${after === null ? sql`` : sql`and vulnerability_id > ${storableKey(after)}`}
              order by vulnerability_id limit 1)
            union all
            select next.vulnerability_id, walk.place + 1 from walk
            cross join lateral (
              select s.vulnerability_id from finding_scores s
              where s.is_open and s.vulnerability_id > walk.id
              order by s.vulnerability_id limit 1
            ) next
            where walk.place < ${limit}
          )
          select id from walk order by place`)
        return rows.map(row => vulnerabilityId(row.id))
      }),

    async refresh(signals) {
      const rows = JSON.stringify(
        signals.map(signal => ({
          vulnerability_id: storableKey(signal.vulnerabilityId),
          epss_score: signal.epssScore,
          is_unexploited: signal.isKnownUnexploited,
        })),
      )
      let total = 0
      for (;;) {
        const changed = await database.transaction('all', statements => refreshSome(statements, rows))
        total += changed
        if (changed < BATCH) return total
      }
    },
  }
}

/**
 * Each way to be out of date is a walk of `finding_scores_open_by_vulnerability` that never meets what is up to date already,
 * so that the batches of a vulnerability with many findings cost the same.
 */
async function refreshSome(statements: Statements, rows: string): Promise<number> {
  const outdated = [
    sql`s.epss_score < now.epss_score`,
    sql`s.epss_score > now.epss_score`,
    sql`s.epss_score is null and now.epss_score is not null`,
    sql`s.epss_score is not null and now.epss_score is null`,
    sql`s.exploit_available is null and now.is_unexploited`,
  ].map(
    condition => sql`(
      select s.region, s.account_id, s.finding_id from finding_scores s
      where s.vulnerability_id = now.vulnerability_id and s.is_open and ${condition}
      limit ${BATCH})`,
  )
  const [row] = await statements.rows<{ count: number }>(sql`
    with now as materialized (
      select * from json_to_recordset(${rows}::json)
        as record (vulnerability_id text, epss_score double precision, is_unexploited boolean)
    ),
    due as materialized (
      select outdated.*, now.epss_score, now.is_unexploited
      from now cross join lateral (${sql.join(outdated, sql` union `)}) outdated
      limit ${BATCH}
    ),
    changed as (
      update finding_scores s set
        epss_score = due.epss_score,
        exploit_available = case when due.is_unexploited then coalesce(s.exploit_available, 'NO')
          else s.exploit_available end
      from due
      where s.region = due.region and s.account_id = due.account_id and s.finding_id = due.finding_id
        and s.is_open
      returning 1
    )
    select count(*)::integer as count from changed`)
  return row?.count ?? 0
}
