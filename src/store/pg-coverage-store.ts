import { sql } from 'kysely'
import { instant } from '../base/clock.ts'
import { ok } from '../base/result.ts'
import type { CoverageQuery } from '../coverage/coverage-query.ts'
import type { CoverageStore } from '../coverage/coverage-store.ts'
import type { Coverage } from '../domain/coverage.ts'
import { coverageCondition } from './coverage-conditions.ts'
import type { Database } from './database.ts'
import { readToken, writeToken, type Position } from './page-token.ts'
import { knownResource, type ResourceDocuments } from './resource-row.ts'
import { storable } from './storable.ts'

const ORDER = 'coverage'

/** In the order of the pages: a resource may have one row of each. */
const SCAN_TYPES = ['NETWORK', 'PACKAGE'] as const

/** Coverage in PostgreSQL: resources that are not retired, by account, resource id and scan type. */
export function pgCoverageStore(database: Database): CoverageStore {
  return {
    async search({ region, accountIds, filter, limit, after }) {
      const start =
        after === null
          ? ok(null)
          : readToken(
              after,
              ORDER,
              (key): key is string => SCAN_TYPES.some(type => type === key),
              id => id === storable(id),
            )
      if (!start.ok) return start
      if (limit < 1 || accountIds.length === 0) return ok({ coverage: [], next: null })

      const page = { region, accountIds, filter, limit: limit + 1, after: start.value }
      const rows = await database.transaction(accountIds, statements =>
        // Each part stops at the page's length by itself: one index walk each.
        statements.rows<Row>(sql`
          select * from (${packageRows(page)}) as package union all select * from (${networkRows(page)}) as network
          order by account_id, resource_id, scan_type limit ${limit + 1}`),
      )
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return ok({
        coverage: rows.slice(0, limit).map(coverageOf),
        next:
          last === undefined
            ? null
            : writeToken(ORDER, { key: last.scan_type, accountId: last.account_id, id: last.resource_id }),
      })
    },
  }
}

interface Row extends ResourceDocuments {
  readonly account_id: string
  readonly resource_id: string
  readonly scan_type: string
  readonly image_pulled_at: number | string | null
}

function coverageOf(row: Row): Coverage {
  const { coverage } = knownResource(row)
  return row.image_pulled_at === null ? coverage : { ...coverage, imagePulledAt: instant(Number(row.image_pulled_at)) }
}

interface Page extends Omit<CoverageQuery, 'after'> {
  readonly after: Position | null
}

function packageRows(page: Page) {
  return sql`
    select r.account_id, r.resource_id, 'PACKAGE' as scan_type, r.document, r.coverage, r.image_pulled_at
    from resources r
    where ${isOnPage(page, 'PACKAGE')} and ${coverageCondition(page.filter, 'PACKAGE')}
    order by r.account_id, r.resource_id limit ${page.limit}`
}

function networkRows(page: Page) {
  return sql`
    select r.account_id, r.resource_id, 'NETWORK' as scan_type, r.document, n.coverage, null::bigint as image_pulled_at
    from resources r join instance_networks n
      on n.region = r.region and n.account_id = r.account_id and n.resource_id = r.resource_id
    where ${isOnPage(page, 'NETWORK')} and ${coverageCondition(page.filter, 'NETWORK')}
    order by r.account_id, r.resource_id limit ${page.limit}`
}

function isOnPage({ region, accountIds, after }: Page, type: (typeof SCAN_TYPES)[number]) {
  // Of the resource that ended the last page, the types that come after its row's.
  const beyond = after !== null && type > String(after.key) ? sql`>=` : sql`>`
  return sql`r.region = ${region} and r.account_id = any(${[...accountIds]}::text[]) and not r.retired
    ${after === null ? sql`` : sql`and (r.account_id, r.resource_id) ${beyond} (${after.accountId}, ${after.id})`}`
}
