import { sql } from 'kysely'
import { instant } from '../base/clock.ts'
import type { FindingChange } from '../domain/finding.ts'
import type { Outbox } from '../scanning/outbox.ts'
import type { Database } from './database.ts'
import { rememberedFinding } from './finding-row.ts'

interface Row {
  readonly seq: number | string
  readonly change: FindingChange['is']
  readonly at: number | string
  readonly document: string
}

/** The outbox in PostgreSQL; what an event says is in the history row of the same number. */
export function pgOutbox(database: Database): Outbox {
  return {
    async take(limit, leaseSeconds) {
      const rows = await database.transaction('all', statements =>
        statements.rows<Row>(sql`
          with next as (
            select region, account_id, seq from outbox o
            where (taken_until is null or taken_until < now())
              and not exists (
                select from outbox earlier
                where earlier.region = o.region and earlier.account_id = o.account_id
                  and earlier.finding_id = o.finding_id and earlier.seq < o.seq and earlier.taken_until >= now())
            order by seq limit ${limit} for update skip locked
          ),
          taken as (
            update outbox o set taken_until = now() + ${leaseSeconds} * interval '1 second' from next
            where o.region = next.region and o.account_id = next.account_id and o.seq = next.seq
            returning o.region, o.account_id, o.finding_id, o.seq
          )
          select h.seq, h.change, h.at, h.document
          from taken join finding_history h using (region, account_id, finding_id, seq) order by h.seq`),
      )
      return rows.map(({ seq, at, change, document }) => ({
        seq: Number(seq),
        at: instant(Number(at)),
        change: { is: change, finding: rememberedFinding(document) },
      }))
    },

    async markDelivered(seqs) {
      if (seqs.length === 0) return
      await database.transaction('all', statements =>
        statements.rows(sql`delete from outbox where seq = any(${seqs.map(String)}::bigint[])`),
      )
    },

    async trim({ keepDays, keepAtMost }) {
      const [row] = await database.transaction('all', statements =>
        statements.rows<{ count: number }>(sql`
          with dropped as (
            delete from outbox where created_at < now() - ${keepDays} * interval '1 day'
              or seq <= (select seq from outbox order by seq desc offset ${keepAtMost} limit 1)
            returning 1)
          select count(*)::integer as count from dropped`),
      )
      return row?.count ?? 0
    },
  }
}
