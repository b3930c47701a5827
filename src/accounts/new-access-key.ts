import type { Instant } from '../base/clock.ts'
import type { AccountId } from '../domain/ids.ts'
import type { AccessKey } from './access-key.ts'
import type { KeyRole } from './key-role.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const ID_CHARACTERS = 16
const SECRET_BYTES = 30

/**
 * Makes an access key from random bytes: an id of 80 bits and a secret of 240 bits in 40 characters, as long as
 * Amazon's own, without characters that a shell or a URL would change.
 */
export function newAccessKey(
  of: { readonly accountId: AccountId; readonly description: string | null; readonly role: KeyRole },
  now: Instant,
  randomBytes: (length: number) => Buffer,
): AccessKey {
  const id = [...randomBytes(ID_CHARACTERS)].map(byte => BASE32[byte % BASE32.length]).join('')
  return {
    id: `OIAK${id}`,
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
    accountId: of.accountId,
    description: of.description,
    role: of.role,
    status: 'ACTIVE',
    createdAt: now,
  }
}
