import { ok } from '../../../base/result.ts'
import type { Extension } from '../extension.ts'
import { registryShape } from './registry-shape.ts'

/** GET /openinspector/registries: what the account watches in this Region. */
export const listRegistries: Extension = {
  name: 'ListRegistries',
  method: 'GET',
  path: '/openinspector/registries',
  status: 200,
  async run(_request, { caller, ports }) {
    const registries = await ports.registries.list({ accountId: caller.accountId, region: caller.region })
    return ok({ registries: registries.map(registryShape) })
  },
}
