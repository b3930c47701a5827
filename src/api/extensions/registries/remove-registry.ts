import { err, ok } from '../../../base/result.ts'
import { apiError } from '../../protocol/errors.ts'
import type { Extension } from '../extension.ts'

/** DELETE /openinspector/registries/{id}: stops watching; its images leave coverage and their findings close. */
export const removeRegistry: Extension = {
  name: 'RemoveRegistry',
  method: 'DELETE',
  path: '/openinspector/registries/{id}',
  status: 200,
  async run({ id }, { caller, ports }) {
    const scope = { accountId: caller.accountId, region: caller.region }
    const registry = (await ports.registries.list(scope)).find(known => known.id === id)
    if (registry === undefined) return err(apiError('resource-not-found', { what: `The registry ${id}` }))
    // First the work, which waits a moment: a crash between the two leaves no images behind that nobody takes out.
    await ports.work.registryRemoved(scope, registry.url)
    const isRemoved = await ports.registries.remove(scope, id)
    return isRemoved ? ok({}) : err(apiError('resource-not-found', { what: `The registry ${id}` }))
  },
}
