import { sql } from 'kysely'
import type { AccessKey, AccessKeyStore } from '../accounts/access-key.ts'
import type { KeyRole } from '../accounts/key-role.ts'
import { instant } from '../base/clock.ts'
import type { SecretBox } from '../base/secret-box.ts'
import type { Database } from './database.ts'
import { accountIdOf } from './pg-account-store.ts'
import { storable } from './storable.ts'

interface Row {
  readonly id: string
  readonly account_id: string
  readonly sealed_secret: string
  readonly description: string | null
  readonly role: KeyRole
  readonly status: 'ACTIVE' | 'INACTIVE'
  readonly created_at: number | string
}

/** Access keys in PostgreSQL; their secrets are sealed, each for its own key id. */
export function pgAccessKeyStore(database: Database, box: SecretBox): AccessKeyStore {
  return {
    async find(accessKeyId) {
      // Asked before the caller is known: nobody's account can narrow this.
      const [row] = await database.transaction('all', statements =>
        statements.rows<Row>(sql`select * from access_keys where id = ${storable(accessKeyId)}`),
      )
      return row === undefined ? null : { ...keyOf(row), secret: box.open(row.sealed_secret, contextOf(row.id)) }
    },

    async add(key) {
      await database.transaction([key.accountId], statements =>
        statements.rows(sql`
          insert into access_keys (account_id, id, sealed_secret, description, role, status, created_at)
          values (${key.accountId}, ${key.id}, ${box.seal(key.secret, contextOf(key.id))},
            ${key.description === null ? null : storable(key.description)}, ${key.role}, ${key.status}, ${key.createdAt})`),
      )
    },

    async list(accountId) {
      const rows = await database.transaction([accountId], statements =>
        statements.rows<Row>(sql`select * from access_keys where account_id = ${accountId} order by created_at, id`),
      )
      return rows.map(keyOf)
    },

    async remove(accountId, accessKeyId) {
      const rows = await database.transaction([accountId], statements =>
        statements.rows(sql`
          delete from access_keys where account_id = ${accountId} and id = ${storable(accessKeyId)} returning id`),
      )
      return rows.length > 0
    },

    async count() {
      const [row] = await database.transaction('all', statements =>
        statements.rows<{ count: number }>(sql`select count(*)::integer as count from access_keys`),
      )
      return row?.count ?? 0
    },
  }
}

function contextOf(accessKeyId: string): string {
  return `access-key ${accessKeyId}`
}

function keyOf(row: Row): Omit<AccessKey, 'secret'> {
  return {
    id: row.id,
    accountId: accountIdOf(row.account_id),
    description: row.description,
    role: row.role,
    status: row.status,
    createdAt: instant(Number(row.created_at)),
  }
}
