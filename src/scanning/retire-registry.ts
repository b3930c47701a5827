import type { ResourceId, Scope } from '../domain/ids.ts'
import type { RegistryStore } from './registry-store.ts'
import { registryHost } from './refresh-repository.ts'
import { retireImage, type RetireParts } from './retire-image.ts'

/** Resources read per page; bounds memory, not the work. */
const PAGE_SIZE = 200

/**
 * Takes the images of a registry that is no longer watched out of coverage. Returns how many; 0 when the registry is
 * watched again, under whatever id or scheme. Safe to repeat and to cut short.
 */
export async function retireRegistry(
  parts: RetireParts & { readonly registries: Pick<RegistryStore, 'list'> },
  scope: Scope,
  url: string,
  signal: AbortSignal,
): Promise<number> {
  const host = registryHost({ url })
  let retired = 0
  let after: ResourceId | undefined
  for (;;) {
    // Asked for every page: whoever adds the registry again while we work wants what is left.
    const watched = await parts.registries.list(scope)
    if (watched.some(registry => registryHost(registry) === host)) return retired
    const page = await parts.store.list(scope, {
      type: 'AWS_ECR_CONTAINER_IMAGE',
      registry: host,
      limit: PAGE_SIZE,
      ...(after === undefined ? {} : { after }),
    })
    for (const { resource } of page) {
      signal.throwIfAborted()
      await retireImage(parts, resource, 'unwatched')
      retired += 1
    }
    after = page.at(-1)?.resource.id
    if (after === undefined || page.length < PAGE_SIZE) return retired
  }
}
