import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Extension } from '../extension.ts'

/** DELETE /openinspector/registries/{id}: stops watching; what was found stays until its retention ends. */
export const removeRegistry: Extension = {
  name: 'RemoveRegistry',
  method: 'DELETE',
  path: '/openinspector/registries/{id}',
  status: 200,
  async run({ id }, { caller, ports }) {
    const isRemoved = await ports.registries.remove({ accountId: caller.accountId, region: caller.region }, id)
    return isRemoved ? ok({}) : err(apiError('resource-not-found', { what: `The registry ${id}` }))
  },
}
