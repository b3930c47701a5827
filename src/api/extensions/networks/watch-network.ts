import { z } from 'zod'
import { err, ok } from '../../../base/result.ts'
import { invalidMembers } from '../../protocol/errors.ts'
import { externalIdShape, roleArnShape } from '../assumed-role-shapes.ts'
import { parseBody, type Extension } from '../extension.ts'
import { networkShape } from './network-shape.ts'

const input = z.strictObject({ roleArn: roleArnShape.nullish(), externalId: externalIdShape.nullish() })

/** POST /openinspector/network: evaluates the network of the caller's account in this Region, now and twice a day. */
export const watchNetwork: Extension = {
  name: 'WatchNetwork',
  method: 'POST',
  path: '/openinspector/network',
  status: 201,
  async run({ body }, { caller, ports, clock, mayUseServerIdentity }) {
    const parsed = parseBody(input, body)
    if (!parsed.ok) return parsed
    const access = { roleArn: parsed.value.roleArn ?? null, externalId: parsed.value.externalId ?? null }
    if (access.externalId !== null && access.roleArn === null) {
      return err(invalidMembers([{ name: 'externalId', message: 'goes with a roleArn' }]))
    }
    if (access.roleArn === null && !mayUseServerIdentity) {
      const message = "must be given: this account may not use the server's own AWS credentials"
      return err(invalidMembers([{ name: 'roleArn', message }]))
    }
    const scope = { accountId: caller.accountId, region: caller.region }
    if (access.roleArn !== null && access.roleArn.split(':', 5)[4] !== scope.accountId) {
      return err(invalidMembers([{ name: 'roleArn', message: 'must be a role of your own account' }]))
    }
    const known = await ports.networkWatches.find(scope)
    const watch = { scope, createdAt: clock.now(), lastEvaluatedAt: null, lastError: null, ...known, access }
    await ports.networkWatches.put(watch)
    await ports.work.describeNetwork(scope)
    return ok(networkShape(watch))
  },
}
