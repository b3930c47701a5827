import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Extension } from '../extension.ts'

/** POST /openinspector/network/evaluate: asks AWS again now, e.g. after a change. */
export const evaluateNetwork: Extension = {
  name: 'EvaluateNetwork',
  method: 'POST',
  path: '/openinspector/network/evaluate',
  status: 200,
  async run(_request, { caller, ports }) {
    const scope = { accountId: caller.accountId, region: caller.region }
    if ((await ports.networkWatches.find(scope)) === null) {
      return err(apiError('resource-not-found', { what: 'A watched network' }))
    }
    await ports.work.describeNetwork(scope)
    return ok({})
  },
}
