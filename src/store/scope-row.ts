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
