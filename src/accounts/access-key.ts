import type { Instant } from '../base/clock.ts'
import type { AccountId } from '../domain/ids.ts'
import type { KeyRole } from './key-role.ts'

/** A long-term credential of the API: SigV4 needs the secret itself, so it is stored encrypted, not hashed. */
export interface AccessKey {
  /** `OIAK` and 16 characters of base32, after AWS's own shape. */
  readonly id: string
  readonly secret: string
  readonly accountId: AccountId
  readonly description: string | null
  readonly role: KeyRole
  readonly status: 'ACTIVE' | 'INACTIVE'
  readonly createdAt: Instant
}

export interface AccessKeyStore {
  find(accessKeyId: string): Promise<AccessKey | null>
  add(key: AccessKey): Promise<void>
  /** Without the secrets. */
  list(accountId: AccountId): Promise<readonly Omit<AccessKey, 'secret'>[]>
  /** `false` when there is no such key in the account. */
  remove(accountId: AccountId, accessKeyId: string): Promise<boolean>
  count(): Promise<number>
}
