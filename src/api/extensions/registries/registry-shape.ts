import { formatInstant } from '../../../base/clock.ts'
import type { Registry } from '../../../scanning/registry-store.ts'

/** A registry as lists show it: none of the secrets (the webhook's token, the password, the external id). */
export function registryShape(registry: Registry) {
  return {
    registryId: registry.id,
    url: registry.url,
    kind: registry.ecr === null ? 'distribution' : 'ecr',
    username: registry.credentials?.username ?? null,
    roleArn: registry.ecr?.roleArn ?? null,
    platforms: registry.platforms,
    pollIntervalSeconds: registry.pollIntervalSeconds,
    createdAt: formatInstant(registry.createdAt),
    lastPolledAt: registry.lastPolledAt === null ? null : formatInstant(registry.lastPolledAt),
    lastError: registry.lastError,
  }
}
