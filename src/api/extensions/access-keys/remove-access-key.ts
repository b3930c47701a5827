import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Extension } from '../extension.ts'

/** DELETE /openinspector/access-keys/{id}: the last administrator's key of an account stays, or nobody could ever make another. */
export const removeAccessKey: Extension = {
  name: 'RemoveAccessKey',
  method: 'DELETE',
  path: '/openinspector/access-keys/{id}',
  status: 200,
  async run({ id }, { caller, ports }) {
    const keys = await ports.accessKeys.list(caller.accountId)
    const active = keys.filter(({ status, role }) => status === 'ACTIVE' && role === 'administrator')
    if (active.length === 1 && active[0]?.id === id) {
      const members = { resourceId: id, resourceType: 'access-key' }
      return err(apiError('last-access-key', { resourceId: id }, { members }))
    }

    const isRemoved = await ports.accessKeys.remove(caller.accountId, id)

    return isRemoved ? ok({}) : err(apiError('resource-not-found', { what: `The access key ${id}` }))
  },
}
