import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Extension } from '../extension.ts'
import { hostShape } from './host-shape.ts'

/** GET /openinspector/hosts/{id}: one machine, with what it said about its running programs. */
export const getHost: Extension = {
  name: 'GetHost',
  method: 'GET',
  path: '/openinspector/hosts/{id}',
  status: 200,
  async run({ id }, { caller, ports }) {
    const scope = { accountId: caller.accountId, region: caller.region }
    const host = await ports.hosts.find(id)
    const isOwn = host !== null && host.scope.accountId === scope.accountId && host.scope.region === scope.region
    if (!isOwn) return err(apiError('resource-not-found', { what: `The host ${id}` }))
    return ok({ ...hostShape(host), runtime: await ports.hosts.runtimeOf(scope, id) })
  },
}
