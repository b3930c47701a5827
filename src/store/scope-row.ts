import { sql } from 'kysely'
import { parseAccountId, parseRegion, type Scope } from '../domain/ids.ts'

export interface ScopeRow {
  readonly region: string
  readonly account_id: string
}

/** The scope of a row; only parsed ids are ever stored. */
export function scopeOf(row: ScopeRow): Scope {
  const accountId = parseAccountId(row.account_id)
  const region = parseRegion(row.region)
  if (accountId === null || region === null) {
    throw new Error(`a stored row belongs to no scope: ${JSON.stringify([row.region, row.account_id])}`)
  }
  return { accountId, region }
}

/** The condition on rows that belong to the scope, of the table that is called so in its statement. */
export function inScope(scope: Scope, table: 'f' | null = null) {
  const prefix = sql.raw(table === null ? '' : `${table}.`)
  return sql<boolean>`${prefix}region = ${scope.region} and ${prefix}account_id = ${scope.accountId}`
}
