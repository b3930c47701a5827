import { z } from 'zod'
import { KEY_ROLES } from '../../../accounts/key-role.ts'
import { newAccessKey } from '../../../accounts/new-access-key.ts'
import { formatInstant } from '../../../base/clock.ts'
import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import { parseBody } from '../extension.ts'
import type { Extension } from '../extension.ts'

/** Keys that one account may hold: enough to rotate every pipeline, few enough to read. */
const KEYS_PER_ACCOUNT = 50

const input = z.strictObject({
  description: z.string().min(1).max(256).nullish(),
  role: z.enum(KEY_ROLES).nullish(),
})

/** POST /openinspector/access-keys: a new key of the caller's account. The answer is the only one with its secret. */
export const createAccessKey: Extension = {
  name: 'CreateAccessKey',
  method: 'POST',
  path: '/openinspector/access-keys',
  status: 201,
  async run({ body }, { caller, ports, clock, randomBytes }) {
    const parsed = parseBody(input, body)
    if (!parsed.ok) return parsed
    if ((await ports.accessKeys.list(caller.accountId)).length >= KEYS_PER_ACCOUNT) {
      const filling = { limit: String(KEYS_PER_ACCOUNT), what: 'access keys' }
      return err(apiError('too-many', filling, { members: { resourceId: caller.accountId } }))
    }

    const { description, role } = parsed.value
    const of = { accountId: caller.accountId, description: description ?? null, role: role ?? 'administrator' } as const
    const key = newAccessKey(of, clock.now(), randomBytes)
    await ports.accessKeys.add(key)

    return ok({
      accessKeyId: key.id,
      secretAccessKey: key.secret,
      accountId: key.accountId,
      description: key.description,
      role: key.role,
      createdAt: formatInstant(key.createdAt),
    })
  },
}
