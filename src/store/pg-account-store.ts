import { sql } from 'kysely'
import { SCAN_TYPES, type EnablementStatus, type ScanTypeStatuses } from '../accounts/account.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import { parseAccountId, type AccountId, type Scope } from '../domain/ids.ts'
import type { Database, Statements } from './database.ts'
import { scopeOf, type ScopeRow } from './scope-row.ts'

/** Accounts and their scan types in PostgreSQL. */
export function pgAccountStore(database: Database): AccountStore {
  return {
    async addAccount(accountId, now) {
      await database.transaction('all', statements =>
        statements.rows(sql`
          insert into accounts (account_id, created_at) values (${accountId}, ${now}) on conflict do nothing`),
      )
    },

    async accountExists(accountId) {
      const rows = await database.transaction('all', statements =>
        statements.rows(sql`select 1 as one from accounts where account_id = ${accountId}`),
      )
      return rows.length > 0
    },

    async listAccounts() {
      const rows = await database.transaction('all', statements =>
        statements.rows<{ account_id: string }>(sql`select account_id from accounts order by account_id`),
      )
      return rows.map(row => accountIdOf(row.account_id))
    },

    statusesOf: scope => database.transaction([scope.accountId], statements => readStatuses(statements, scope)),

    changeStatuses: (scope, decide, now) =>
      database.transaction([scope.accountId], async statements => {
        // Every type has a row before the lock is taken, so that two first decisions cannot pass each other.
        await statements.rows(sql`
          insert into account_scan_types (region, account_id, scan_type, status, updated_at)
          select ${scope.region}, ${scope.accountId}, scan_type, 'DISABLED', ${now}::bigint
          from unnest(${[...SCAN_TYPES]}::text[]) as missing(scan_type)
          on conflict do nothing`)
        await statements.rows(sql`
          select 1 as one from account_scan_types
          where region = ${scope.region} and account_id = ${scope.accountId} order by scan_type for update`)
        const current = await readStatuses(statements, scope)
        const changed = decide(current)
        for (const [type, status] of Object.entries(changed)) {
          await statements.rows(sql`
            update account_scan_types set status = ${status}, updated_at = ${now}
            where region = ${scope.region} and account_id = ${scope.accountId} and scan_type = ${type}
              and status <> ${status}`)
        }
        return { ...current, ...changed }
      }),

    async scopesWith(type, status) {
      const rows = await database.transaction('all', statements =>
        statements.rows<ScopeRow>(sql`
          select region, account_id from account_scan_types
          where scan_type = ${type} and status = ${status} order by region, account_id`),
      )
      return rows.map(scopeOf)
    },
  }
}

async function readStatuses(statements: Statements, scope: Scope): Promise<ScanTypeStatuses> {
  // `status` holds what `changeStatuses` was given, and nothing else.
  const rows = await statements.rows<{ scan_type: string; status: EnablementStatus }>(sql`
    select scan_type, status from account_scan_types
    where region = ${scope.region} and account_id = ${scope.accountId}`)
  const stored = new Map(rows.map(row => [row.scan_type, row.status]))
  return {
    EC2: stored.get('EC2') ?? 'DISABLED',
    ECR: stored.get('ECR') ?? 'DISABLED',
    LAMBDA: stored.get('LAMBDA') ?? 'DISABLED',
    LAMBDA_CODE: stored.get('LAMBDA_CODE') ?? 'DISABLED',
    CODE_REPOSITORY: stored.get('CODE_REPOSITORY') ?? 'DISABLED',
  }
}

/** Only parsed ids are ever stored. */
export function accountIdOf(text: string): AccountId {
  const accountId = parseAccountId(text)
  if (accountId === null) throw new Error(`a stored row names no account: ${JSON.stringify(text)}`)
  return accountId
}
