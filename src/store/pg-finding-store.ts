import { sql, type RawBuilder } from 'kysely'
import { ok } from '../base/result.ts'
import type { FindingQuery } from '../findings/finding-query.ts'
import type { FindingStore } from '../findings/finding-store.ts'
import { all, ALWAYS, type Condition } from './conditions.ts'
import type { Database, Statements } from './database.ts'
import { findingCondition } from './finding-conditions.ts'
import { DEFAULT_SORT, isKeyOf, SORT_COLUMNS, type SortColumn } from './finding-order.ts'
import { DOCUMENT, findingOf, FINDINGS, type FindingDocument } from './finding-row.ts'
import { readToken, writeToken, type Position } from './page-token.ts'

const LOWEST_ID = '0'.repeat(32)
const HIGHEST_ID = 'f'.repeat(32)

interface Row extends FindingDocument {
  readonly account_id: string
  readonly finding_id: string
  readonly key: string | number | null
}

/**
 * Findings in PostgreSQL. The order is (sort key, account, ARN); findings without the key come last, whichever the
 * direction. A page is at most two index walks: one where the key is present, one where it is missing.
 */
export function pgFindingStore(database: Database): FindingStore {
  return {
    async search(query) {
      const sort = query.sort ?? DEFAULT_SORT
      const column = SORT_COLUMNS[sort.field]
      const order = `${sort.field} ${sort.order}`
      const after = query.after === null ? ok(null) : readToken(query.after, order, isKeyOf(column), isFindingId)
      if (!after.ok) return after
      if (query.limit < 1 || query.accountIds.length === 0) return ok({ findings: [], next: null })

      // One row more than asked tells whether there is another page.
      const rows = await database.transaction(query.accountIds, statements =>
        readRows(statements, { query, column, isDescending: sort.order === 'DESC' }, after.value, query.limit + 1),
      )
      const page = rows.slice(0, query.limit)
      const last = rows.length > query.limit ? page.at(-1) : undefined
      return ok({
        findings: page.map(row => findingOf(row)),
        next: last === undefined ? null : writeToken(order, positionOf(last, column)),
      })
    },
  }
}

interface Walk {
  readonly query: FindingQuery
  readonly column: SortColumn | null
  readonly isDescending: boolean
}

async function readRows(
  statements: Statements,
  walk: Walk,
  after: Position | null,
  limit: number,
): Promise<readonly Row[]> {
  const { column } = walk
  if (column === null) return statements.rows(walkAccounts(walk, { is: 'everything' }, after, limit))
  const keysAreOver = after !== null && after.key === null
  const present = keysAreOver ? [] : await statements.rows(walkAccounts(walk, { is: 'present', column }, after, limit))
  if (!column.isNullable || present.length === limit) return present
  const missing = await statements.rows(
    walkAccounts(walk, { is: 'missing', column }, keysAreOver ? after : null, limit - present.length),
  )
  return [...present, ...missing]
}

type Part =
  | { readonly is: 'everything' }
  | { readonly is: 'present'; readonly column: SortColumn }
  | { readonly is: 'missing'; readonly column: SortColumn }

/** One index walk for each account, merged: the rows of a part in the order of the sort. */
function walkAccounts(
  { query, isDescending }: Walk,
  part: Part,
  after: Position | null,
  limit: number,
): RawBuilder<Row> {
  const accounts = [...new Set(query.accountIds)].sort()
  const direction = isDescending ? sql`desc` : sql`asc`
  const key = part.is === 'present' ? part.column.column : null
  const id = idOf(part)
  return sql<Row>`
    select page.*
    from unnest(${accounts}::text[], ${startIds(accounts, after)}::uuid[]) as asked(account_id, start_id)
    cross join lateral (
      select ${DOCUMENT}, f.account_id, f.finding_id, ${key ?? sql`null::text`} as key from ${FINDINGS}
      where f.region = ${query.region} and f.account_id = asked.account_id
        and ${belongsTo(part)} and ${isBeyond(part, after, isDescending)} and ${findingCondition(query.filter)}
      order by ${key === null ? sql`` : sql`${key} ${direction},`} ${id} ${direction}
      limit ${limit}
    ) page
    order by ${key === null ? sql`` : sql`page.key ${direction},`} page.account_id ${direction}, page.finding_id ${direction}
    limit ${limit}`
}

/** Of the table whose index is walked. */
function idOf(part: Part) {
  return sql.raw(part.is === 'everything' ? 'f.finding_id' : `${part.column.table}.finding_id`)
}

/**
 * The id after which each account goes on under the sort key of the last page's end. Accounts are in rising order on
 * rising pages and falling on falling ones, so that either way the ones below the last page's account have had (rising)
 * or will give (falling) their findings of that key, as if they had stopped at the highest id, and the ones above as if
 * at the lowest.
 */
function startIds(accounts: readonly string[], after: Position | null): readonly string[] {
  return accounts.map(accountId => {
    if (after === null) return LOWEST_ID
    if (accountId === after.accountId) return after.id
    return accountId < after.accountId ? HIGHEST_ID : LOWEST_ID
  })
}

function belongsTo(part: Part): Condition {
  switch (part.is) {
    case 'everything':
      return ALWAYS
    case 'present':
      return sql<boolean>`${part.column.column} is not null`
    case 'missing':
      return all([sql<boolean>`${part.column.column} is null`, part.column.missing ?? ALWAYS])
  }
}

function isBeyond(part: Part, after: Position | null, isDescending: boolean): Condition {
  if (after === null) return ALWAYS
  const beyond = isDescending ? sql`<` : sql`>`
  if (part.is !== 'present') return sql<boolean>`${idOf(part)} ${beyond} asked.start_id`
  const { column, type } = part.column
  return sql<boolean>`(${column}, ${idOf(part)}) ${beyond} (${String(after.key)}::text::${sql.raw(type)}, asked.start_id)`
}

function positionOf(row: Row, column: SortColumn | null): Position {
  const key = row.key === null || column === null ? null : column.type === 'text' ? String(row.key) : Number(row.key)
  return { key, accountId: row.account_id, id: row.finding_id.replaceAll('-', '') }
}

function isFindingId(id: string): boolean {
  return /^[0-9a-f]{32}$/.test(id)
}
