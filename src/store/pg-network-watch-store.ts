import { sql } from 'kysely'
import { instant } from '../base/clock.ts'
import type { SecretBox } from '../base/secret-box.ts'
import type { Scope } from '../domain/ids.ts'
import type { NetworkWatch, NetworkWatchAccess, NetworkWatchStore } from '../scanning/network-watch-store.ts'
import type { Database } from './database.ts'
import { scopeOf, type ScopeRow } from './scope-row.ts'
import { storable } from './storable.ts'

interface Row extends ScopeRow {
  readonly sealed_access: string
  readonly created_at: number | string
  readonly last_evaluated_at: number | string | null
  readonly last_error: string | null
  readonly event_token_hash: string | null
  readonly events_taken: number | string
  readonly events_ignored: number | string
  readonly last_event_at: number | string | null
}

/** Watched networks in PostgreSQL; the role and its external id are sealed for their own account and Region. */
export function pgNetworkWatchStore(database: Database, box: SecretBox): NetworkWatchStore {
  const read = (row: Row): NetworkWatch => {
    const scope = scopeOf(row)
    return {
      scope,
      access: JSON.parse(box.open(row.sealed_access, purposeOf(scope))) as NetworkWatchAccess,
      createdAt: instant(Number(row.created_at)),
      lastEvaluatedAt: row.last_evaluated_at === null ? null : instant(Number(row.last_evaluated_at)),
      lastError: row.last_error,
      eventTokenHash: row.event_token_hash,
      events: {
        taken: Number(row.events_taken),
        ignored: Number(row.events_ignored),
        lastAt: row.last_event_at === null ? null : instant(Number(row.last_event_at)),
      },
    }
  }

  return {
    async put({ scope, access, createdAt, lastEvaluatedAt, lastError, eventTokenHash }) {
      const sealed = box.seal(JSON.stringify(access), purposeOf(scope))
      await database.transaction([scope.accountId], statements =>
        statements.rows(sql`
          insert into network_watches (region, account_id, sealed_access, created_at, last_evaluated_at, last_error,
            event_token_hash)
          values (${scope.region}, ${scope.accountId}, ${sealed}, ${createdAt}, ${lastEvaluatedAt},
            ${lastError === null ? null : storable(lastError)}, ${eventTokenHash})
          on conflict (region, account_id) do update set sealed_access = excluded.sealed_access,
            event_token_hash = excluded.event_token_hash`),
      )
    },

    async find(scope) {
      const [row] = await database.transaction([scope.accountId], statements =>
        statements.rows<Row>(sql`
          select * from network_watches where region = ${scope.region} and account_id = ${scope.accountId}`),
      )
      return row === undefined ? null : read(row)
    },

    async due(until) {
      const rows = await database.transaction('all', statements =>
        statements.rows<Row>(sql`
          select * from network_watches where last_evaluated_at is null or last_evaluated_at <= ${until}::bigint
          order by last_evaluated_at nulls first, region, account_id`),
      )
      return rows.map(read)
    },

    async recordEvaluation(scope, at, error) {
      await database.transaction([scope.accountId], statements =>
        statements.rows(sql`
          update network_watches set last_evaluated_at = ${at}, last_error = ${error === null ? null : storable(error)}
          where region = ${scope.region} and account_id = ${scope.accountId}`),
      )
    },

    async noteEvent(scope, at, isTaken) {
      const counter = isTaken ? sql`events_taken = events_taken + 1` : sql`events_ignored = events_ignored + 1`
      await database.transaction([scope.accountId], statements =>
        statements.rows(sql`
          update network_watches set ${counter}, last_event_at = ${at}
          where region = ${scope.region} and account_id = ${scope.accountId}`),
      )
    },

    async remove(scope) {
      const rows = await database.transaction([scope.accountId], statements =>
        statements.rows(sql`
          delete from network_watches where region = ${scope.region} and account_id = ${scope.accountId}
          returning region`),
      )
      return rows.length > 0
    },
  }
}

function purposeOf({ accountId, region }: Scope): string {
  return `network ${accountId} ${region}`
}
