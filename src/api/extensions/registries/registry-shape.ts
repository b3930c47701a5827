import { formatInstant } from '../../../base/clock.ts'
import type { Registry } from '../../../scanning/registry-store.ts'

/** A registry as lists show it: neither the webhook's token nor the password. */
export function registryShape(registry: Registry) {
  return {
    registryId: registry.id,
    url: registry.url,
    username: registry.credentials?.username ?? null,
    pollIntervalSeconds: registry.pollIntervalSeconds,
    createdAt: formatInstant(registry.createdAt),
    lastPolledAt: registry.lastPolledAt === null ? null : formatInstant(registry.lastPolledAt),
    lastError: registry.lastError,
  }
}
