import { sql } from 'kysely'
import { instant } from '../base/clock.ts'
import type { SecretBox } from '../base/secret-box.ts'
import type { EcrAccess, Registry, RegistryCredentials, RegistryStore } from '../scanning/registry-store.ts'
import type { Database } from './database.ts'
import { scopeOf, type ScopeRow } from './scope-row.ts'
import { storable } from './storable.ts'

interface Row extends ScopeRow {
  readonly id: string
  readonly url: string
  readonly sealed_credentials: string | null
  readonly sealed_ecr: string | null
  readonly platforms: readonly string[]
  readonly sealed_webhook_token: string
  readonly poll_interval_seconds: number
  readonly created_at: number | string
  readonly last_polled_at: number | string | null
  readonly last_error: string | null
}

/** Watched registries in PostgreSQL; credentials and webhook tokens are sealed, each for its own registry. */
export function pgRegistryStore(database: Database, box: SecretBox): RegistryStore {
  const read = (row: Row): Registry => ({
    id: row.id,
    scope: scopeOf(row),
    url: row.url,
    credentials:
      row.sealed_credentials === null
        ? null
        : (JSON.parse(box.open(row.sealed_credentials, `registry ${row.id} credentials`)) as RegistryCredentials),
    ecr: row.sealed_ecr === null ? null : (JSON.parse(box.open(row.sealed_ecr, `registry ${row.id} ecr`)) as EcrAccess),
    platforms: row.platforms,
    webhookToken: box.open(row.sealed_webhook_token, `registry ${row.id} webhook`),
    pollIntervalSeconds: row.poll_interval_seconds,
    createdAt: instant(Number(row.created_at)),
    lastPolledAt: row.last_polled_at === null ? null : instant(Number(row.last_polled_at)),
    lastError: row.last_error,
  })

  return {
    async add({ id, scope, credentials, ecr, ...registry }) {
      const sealed = credentials === null ? null : box.seal(JSON.stringify(credentials), `registry ${id} credentials`)
      const sealedEcr = ecr === null ? null : box.seal(JSON.stringify(ecr), `registry ${id} ecr`)
      const rows = await database.transaction([scope.accountId], statements =>
        statements.rows(sql`
          insert into registries (region, account_id, id, url, sealed_credentials, sealed_ecr, platforms,
            sealed_webhook_token, poll_interval_seconds, created_at, last_polled_at, last_error)
          values (${scope.region}, ${scope.accountId}, ${id}, ${storable(registry.url)}, ${sealed}, ${sealedEcr},
            ${registry.platforms.map(storable)}::text[], ${box.seal(registry.webhookToken, `registry ${id} webhook`)}, ${registry.pollIntervalSeconds},
            ${registry.createdAt}, ${registry.lastPolledAt}, ${registry.lastError})
          on conflict (region, account_id, url) do nothing returning id`),
      )
      return rows.length > 0 ? 'added' : 'exists'
    },

    async find(id) {
      // Webhooks and jobs name a registry by id alone.
      const [row] = await database.transaction('all', statements =>
        statements.rows<Row>(sql`select * from registries where id = ${storable(id)}`),
      )
      return row === undefined ? null : read(row)
    },

    async list(scope) {
      const rows = await database.transaction([scope.accountId], statements =>
        statements.rows<Row>(sql`
          select * from registries where region = ${scope.region} and account_id = ${scope.accountId}
          order by created_at, id`),
      )
      return rows.map(read)
    },

    async due(now) {
      const rows = await database.transaction('all', statements =>
        statements.rows<Row>(sql`
          select * from registries
          where last_polled_at is null or last_polled_at + poll_interval_seconds * 1000::bigint <= ${now}::bigint
          order by last_polled_at nulls first, id`),
      )
      return rows.map(read)
    },

    async recordPoll(id, at, error) {
      await database.transaction('all', statements =>
        statements.rows(sql`
          update registries set last_polled_at = ${at}, last_error = ${error === null ? null : storable(error)}
          where id = ${storable(id)}`),
      )
    },

    async remove(scope, id) {
      const rows = await database.transaction([scope.accountId], statements =>
        statements.rows(sql`
          delete from registries
          where region = ${scope.region} and account_id = ${scope.accountId} and id = ${storable(id)} returning id`),
      )
      return rows.length > 0
    },
  }
}
