import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Extension } from '../extension.ts'

/** DELETE /openinspector/network: asks AWS no more. What is known stays, and coverage says that it is not kept up. */
export const unwatchNetwork: Extension = {
  name: 'UnwatchNetwork',
  method: 'DELETE',
  path: '/openinspector/network',
  status: 200,
  async run(_request, { caller, ports }) {
    const scope = { accountId: caller.accountId, region: caller.region }
    const isRemoved = await ports.networkWatches.remove(scope)
    if (!isRemoved) return err(apiError('resource-not-found', { what: 'A watched network' }))
    await ports.work.evaluateNetwork(scope)
    return ok({})
  },
}
