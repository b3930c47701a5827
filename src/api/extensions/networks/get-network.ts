import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Extension } from '../extension.ts'
import { networkShape } from './network-shape.ts'

/** GET /openinspector/network: how the network of this Region is described, and what came of it. */
export const getNetwork: Extension = {
  name: 'GetNetwork',
  method: 'GET',
  path: '/openinspector/network',
  status: 200,
  async run(_request, { caller, ports }) {
    const watch = await ports.networkWatches.find({ accountId: caller.accountId, region: caller.region })
    return watch === null ? err(apiError('resource-not-found', { what: 'A watched network' })) : ok(networkShape(watch))
  },
}
