import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Extension } from '../extension.ts'

/** DELETE /openinspector/hosts/{id}: its token is void at once; the machine leaves coverage and its findings close. */
export const removeHost: Extension = {
  name: 'RemoveHost',
  method: 'DELETE',
  path: '/openinspector/hosts/{id}',
  status: 200,
  async run({ id }, { caller, ports }) {
    const scope = { accountId: caller.accountId, region: caller.region }
    const host = await ports.hosts.find(id)
    const isOwn = host !== null && host.scope.accountId === scope.accountId && host.scope.region === scope.region
    if (!isOwn) return err(apiError('resource-not-found', { what: `The host ${id}` }))
    await ports.hostReports.remove(host)
    return ok({})
  },
}
