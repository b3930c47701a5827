import { formatInstant, type Instant } from '../../../base/clock.ts'
import type { Host } from '../../../scanning/host-store.ts'

/** A host as lists show it, without anything of its token. */
export function hostShape(host: Host) {
  return {
    hostId: host.id,
    name: host.name,
    resourceId: host.resourceId,
    hostName: host.identity?.hostName ?? null,
    /** What the machine says; `resourceId` is what it was added as. */
    instanceId: host.identity?.instanceId ?? null,
    agentVersion: host.identity?.agentVersion ?? null,
    createdAt: formatInstant(host.createdAt),
    lastSeenAt: timeOf(host.lastSeenAt),
    hasInventory: host.inventoryHash !== null,
  }
}

function timeOf(time: Instant | null): string | null {
  return time === null ? null : formatInstant(time)
}
