import { formatInstant } from '../../../base/clock.ts'
import { ok } from '../../../base/result.ts'
import type { Extension } from '../extension.ts'

/** GET /openinspector/access-keys: the keys of the caller's account, without their secrets. */
export const listAccessKeys: Extension = {
  name: 'ListAccessKeys',
  method: 'GET',
  path: '/openinspector/access-keys',
  status: 200,
  async run(_request, { caller, ports }) {
    const keys = await ports.accessKeys.list(caller.accountId)
    return ok({
      accessKeys: keys.map(({ id, accountId, description, role, status, createdAt }) => ({
        accessKeyId: id,
        accountId,
        description,
        role,
        status,
        createdAt: formatInstant(createdAt),
      })),
    })
  },
}
