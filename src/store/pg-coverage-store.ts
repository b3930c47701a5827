import { sql } from 'kysely'
import { ok } from '../base/result.ts'
import type { CoverageStore } from '../coverage/coverage-store.ts'
import { coverageCondition } from './coverage-conditions.ts'
import type { Database } from './database.ts'
import { readToken, writeToken } from './page-token.ts'
import { knownResource, type ResourceDocuments } from './resource-row.ts'
import { storable } from './storable.ts'

const ORDER = 'coverage'

/** Coverage in PostgreSQL: resources that are not retired, by account and resource id. */
export function pgCoverageStore(database: Database): CoverageStore {
  return {
    async search({ region, accountIds, filter, limit, after }) {
      const start =
        after === null
          ? ok(null)
          : readToken(
              after,
              ORDER,
              key => key === null,
              id => id === storable(id),
            )
      if (!start.ok) return start
      if (limit < 1 || accountIds.length === 0) return ok({ coverage: [], next: null })

      const rows = await database.transaction(accountIds, statements =>
        statements.rows<ResourceDocuments & { account_id: string; resource_id: string }>(sql`
          select r.account_id, r.resource_id, r.document, r.coverage from resources r
          where r.region = ${region} and r.account_id = any(${[...accountIds]}::text[]) and not r.retired
            ${start.value === null ? sql`` : sql`and (r.account_id, r.resource_id) > (${start.value.accountId}, ${start.value.id})`}
            and ${coverageCondition(filter)}
          order by r.account_id, r.resource_id limit ${limit + 1}`),
      )
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return ok({
        coverage: rows.slice(0, limit).map(row => knownResource(row).coverage),
        next:
          last === undefined
            ? null
            : writeToken(ORDER, { key: null, accountId: last.account_id, id: last.resource_id }),
      })
    },
  }
}
