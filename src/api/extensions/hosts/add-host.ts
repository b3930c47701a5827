import { z } from 'zod'
import { err, ok } from '../../../base/result.ts'
import { resourceId } from '../../../domain/ids.ts'
import { hostResourceId } from '../../../scanning/host-reports.ts'
import type { Host } from '../../../scanning/host-store.ts'
import { INSTANCE_ID } from '../../agent/report-schema.ts'
import { formatAgentToken, hashOf } from '../../agent/agent-token.ts'
import { apiError } from '../../protocol/errors.ts'
import { parseBody } from '../extension.ts'
import type { Extension } from '../extension.ts'
import { hostShape } from './host-shape.ts'

/** Hosts that one account may have in one Region. Chosen by us: twice what one embedded database was measured with. */
const HOSTS_PER_SCOPE = 50_000

const input = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(
      /^[\p{L}\p{N}][\p{L}\p{N} ._:@/+-]*$/u,
      'must be letters, digits, blanks and . _ : @ / + -, not a sign first',
    ),
  instanceId: z.string().regex(INSTANCE_ID, 'must be the id of an EC2 instance, i-…').nullish(),
})

/** POST /openinspector/hosts: lets one machine send its inventories. The answer is the only one that ever holds the token. */
export const addHost: Extension = {
  name: 'AddHost',
  method: 'POST',
  path: '/openinspector/hosts',
  status: 201,
  async run({ body }, { caller, ports, clock, randomBytes }) {
    const parsed = parseBody(input, body)
    if (!parsed.ok) return parsed
    const scope = { accountId: caller.accountId, region: caller.region }
    const id = `host-${randomBytes(8).toString('hex')}`
    const secret = randomBytes(32).toString('base64url')
    const { name, instanceId } = parsed.value
    const host: Host = {
      id,
      scope,
      name,
      resourceId: instanceId ? resourceId(instanceId) : hostResourceId(id, hashOf),
      tokenHash: hashOf(secret),
      createdAt: clock.now(),
      machineKey: null,
      identity: null,
      lastSeenAt: null,
      sequence: 0,
      inventoryHash: null,
      runtimeHash: null,
    }
    if ((await ports.hosts.list(scope)).length >= HOSTS_PER_SCOPE) {
      const filling = { limit: String(HOSTS_PER_SCOPE), what: 'hosts in this Region' }
      return err(apiError('too-many', filling, { members: { resourceId: host.name } }))
    }
    if ((await ports.hosts.add(host)) === 'exists') {
      const members = { resourceId: host.resourceId, resourceType: 'host' }
      return err(apiError('host-exists', { resourceId: host.resourceId }, { members }))
    }
    return ok({ ...hostShape(host), token: formatAgentToken(id, secret) })
  },
}
