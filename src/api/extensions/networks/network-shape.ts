import { formatInstant } from '../../../base/clock.ts'
import type { NetworkWatch } from '../../../scanning/network-watch-store.ts'
import type { JsonObject } from '../../protocol/json-body.ts'

/** A watched network as the API shows it, without the external id of its role. */
export function networkShape({
  scope,
  access,
  createdAt,
  lastEvaluatedAt,
  lastError,
  events,
}: NetworkWatch): JsonObject {
  return {
    accountId: scope.accountId,
    region: scope.region,
    roleArn: access.roleArn,
    createdAt: formatInstant(createdAt),
    lastEvaluatedAt: lastEvaluatedAt === null ? null : formatInstant(lastEvaluatedAt),
    lastError,
    events: {
      taken: events.taken,
      ignored: events.ignored,
      lastAt: events.lastAt === null ? null : formatInstant(events.lastAt),
    },
  }
}
