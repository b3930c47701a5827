import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Extension } from '../extension.ts'

/**
 * DELETE /openinspector/network: asks AWS no more. As when scanning is turned off, network findings close and the network
 * leaves coverage; package findings keep their base score.
 */
export const unwatchNetwork: Extension = {
  name: 'UnwatchNetwork',
  method: 'DELETE',
  path: '/openinspector/network',
  status: 200,
  async run(_request, { caller, ports }) {
    const scope = { accountId: caller.accountId, region: caller.region }
    const isRemoved = await ports.networkWatches.remove(scope)
    if (!isRemoved) return err(apiError('resource-not-found', { what: 'A watched network' }))
    await ports.work.networkUnwatched()
    return ok({})
  },
}
