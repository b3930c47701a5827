import { ok, type Result } from '../base/result.ts'
import type { ResourceId } from '../domain/ids.ts'
import type { ImageError } from '../inventory/image.ts'
import type { ImageRegistry } from './image-registry.ts'
import { refreshRepository, registryHost, type RefreshParts } from './refresh-repository.ts'
import type { Registry } from './registry-store.ts'

export interface Polled {
  readonly repositories: number
  readonly discovered: readonly ResourceId[]
  readonly retired: number
  /** Repositories that could not be read, with the first error; the others were brought up to date. */
  readonly failed: readonly { readonly repository: string; readonly error: ImageError }[]
}

/**
 * Looks at every repository of a registry, those that it lists and those that we know, and hands each repository's new
 * images to `onDiscovered` as they are found, so that the first scan does not wait for the last repository.
 */
export async function pollRegistry(
  parts: RefreshParts,
  client: ImageRegistry,
  registry: Registry,
  onDiscovered: (images: readonly ResourceId[]) => Promise<void>,
  signal: AbortSignal,
): Promise<Result<Polled, ImageError>> {
  const listed = await client.repositories()
  if (!listed.ok) return listed

  const known = await parts.store.repositories(registry.scope, registryHost(registry))
  const repositories = [...new Set([...listed.value, ...known])].sort()
  const discovered: ResourceId[] = []
  const failed: { repository: string; error: ImageError }[] = []
  let retired = 0
  for (const repository of repositories) {
    signal.throwIfAborted()
    const refreshed = await refreshRepository(parts, client, registry, repository, [])
    const found = refreshed.ok ? refreshed.value.discovered : refreshed.error.discovered
    await onDiscovered(found)
    discovered.push(...found)
    if (refreshed.ok) retired += refreshed.value.retired
    else failed.push({ repository, error: refreshed.error.error })
  }
  return ok({ repositories: repositories.length, discovered, retired, failed })
}
