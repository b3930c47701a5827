import type { Http } from '../base/http.ts'
import { ok, type Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import type { ImageError, ImageManifest } from '../inventory/image.ts'
import { isNoImage } from '../inventory/image-manifest.ts'
import type { RegistryAddress } from '../inventory/registry-client.ts'
import { listRepositories, listTags } from '../inventory/registry-listing.ts'
import { manifestExists, registrySource, resolveTag } from '../inventory/registry-source.ts'
import type { ImageRegistry } from '../scanning/image-registry.ts'
import type { Registry } from '../scanning/registry-store.ts'

/** What a digest stands for never changes, so each is asked once; this many are remembered. */
const REMEMBERED_DIGESTS = 10_000

/** Remembers across polls what a manifest or index digest holds, so that a quiet registry costs one HEAD per tag. */
export type DigestMemory = Map<string, Result<readonly ImageManifest[], ImageError>>

/** A watched registry, spoken to over the distribution API. */
export function registryClient(
  http: Http,
  registry: Registry,
  memory: DigestMemory,
  idleTimeoutMs: number,
): ImageRegistry {
  const address: RegistryAddress = {
    url: registry.url,
    credentials: registry.credentials,
    // Whoever added the registry wrote the scheme.
    allowHttp: true,
    idleTimeoutMs,
  }
  return {
    repositories: () => listRepositories(http, address),
    async tags(repository) {
      // A repository that lost its last tag, or was deleted, answers 404: it holds none.
      const tags = await listTags(http, address, repository)
      return !tags.ok && tags.error.is === 'not-found' ? ok([]) : tags
    },
    async digestOf(repository, tag) {
      const digest = await resolveTag(http, address, repository, tag)
      return !digest.ok && digest.error.is === 'not-found' ? ok(null) : digest
    },
    async imagesOf(repository, digest) {
      const key = `${registry.id}/${repository}@${digest}`
      const remembered = memory.get(key)
      if (remembered !== undefined) return remembered
      const images = await manifestsOf(http, address, repository, digest)
      // A chart stays a chart; every other failure may have been the registry's.
      if (images.ok || isNoImage(images.error)) remember(memory, key, images)
      return images
    },
    exists: (repository, digest) => manifestExists(http, address, repository, digest),
    source: repository => registrySource(http, { ...address, repository }),
  }
}

async function manifestsOf(
  http: Http,
  address: RegistryAddress,
  repository: string,
  digest: Digest,
): Promise<Result<readonly ImageManifest[], ImageError>> {
  const source = registrySource(http, { ...address, repository })
  try {
    return await source.manifests(digest)
  } finally {
    await source.close()
  }
}

function remember(memory: DigestMemory, key: string, images: Result<readonly ImageManifest[], ImageError>): void {
  const [oldest] = memory.keys()
  if (memory.size >= REMEMBERED_DIGESTS && oldest !== undefined) memory.delete(oldest)
  memory.set(key, images)
}
