import { ok } from '../../../base/result.ts'
import type { Extension } from '../extension.ts'
import { hostShape } from './host-shape.ts'

/** GET /openinspector/hosts: the machines that may send inventories, and when each was last heard of. */
export const listHosts: Extension = {
  name: 'ListHosts',
  method: 'GET',
  path: '/openinspector/hosts',
  status: 200,
  async run(_request, { caller, ports }) {
    const hosts = await ports.hosts.list({ accountId: caller.accountId, region: caller.region })
    return ok({ hosts: hosts.map(hostShape) })
  },
}
