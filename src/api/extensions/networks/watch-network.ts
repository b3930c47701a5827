import { z } from 'zod'
import { err, ok } from '../../../base/result.ts'
import { invalidMembers } from '../../protocol/errors.ts'
import { externalIdShape, roleArnShape } from '../assumed-role-shapes.ts'
import { parseBody, type Extension } from '../extension.ts'
import { eventTokenHash, hookPath } from '../hooks/network-hook.ts'
import { NO_EVENTS } from '../../../scanning/network-watch-store.ts'
import { networkShape } from './network-shape.ts'

const input = z.strictObject({
  roleArn: roleArnShape.nullish(),
  externalId: externalIdShape.nullish(),
  newEventToken: z.boolean().optional(),
})

/**
 * POST /openinspector/network: evaluates the network of the caller's account in this Region, now and twice a day. The first
 * answer, and one that makes a new token, is the only one that ever holds the token of its notices.
 */
export const watchNetwork: Extension = {
  name: 'WatchNetwork',
  method: 'POST',
  path: '/openinspector/network',
  status: 201,
  async run({ body }, { caller, ports, clock, mayUseServerIdentity, publicUrl, randomBytes }) {
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
    const isTokenKept = parsed.value.newEventToken !== true && known !== null && known.eventTokenHash !== null
    const eventToken = isTokenKept ? null : randomBytes(32).toString('base64url')
    const past = known ?? {
      scope,
      createdAt: clock.now(),
      lastEvaluatedAt: null,
      lastError: null,
      eventTokenHash: null,
      events: NO_EVENTS,
    }
    const watch = { ...past, access, ...(eventToken === null ? {} : { eventTokenHash: eventTokenHash(eventToken) }) }
    await ports.networkWatches.put(watch)
    await ports.work.describeNetwork(scope)
    return ok({
      ...networkShape(watch),
      eventUrl: `${publicUrl}${hookPath(scope)}`,
      ...(eventToken === null ? {} : { eventToken }),
    })
  },
}
