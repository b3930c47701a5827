import type { Ecr } from '../aws/ecr.ts'
import type { Http } from '../base/http.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { AccountId } from '../domain/ids.ts'
import type { ImageError, ImageManifest, ImageSource } from '../inventory/image.ts'
import { isNoImage } from '../inventory/image-manifest.ts'
import type { RegistryAddress } from '../inventory/registry-client.ts'
import { listRepositories, listTags } from '../inventory/registry-listing.ts'
import { manifestExists, registrySource, resolveTag } from '../inventory/registry-source.ts'
import type { ImageRegistry } from '../scanning/image-registry.ts'
import type { EcrAccess, Registry } from '../scanning/registry-store.ts'
import type { EcrClients } from './ecr-clients.ts'

/** What a digest stands for never changes, so each is asked once; this many are remembered. */
const REMEMBERED_DIGESTS = 10_000

/** Remembers across polls what a manifest or index digest holds, so that a quiet registry costs one HEAD per tag. */
export type DigestMemory = Map<string, Result<readonly ImageManifest[], ImageError>>

export interface RegistryClientParts {
  readonly http: Http
  readonly memory: DigestMemory
  readonly ecrClients: EcrClients
  readonly idleTimeoutMs: number
  readonly trustedHosts: readonly string[]
  readonly fetchForeignLayers: boolean
  /** Accounts whose registries may be read with the server's own AWS credentials. */
  readonly awsIdentityAccounts: readonly AccountId[]
}

/** A watched registry, spoken to over the distribution API; one of ECR is listed, and its login is had, from AWS. */
export function registryClient(parts: RegistryClientParts, registry: Registry): ImageRegistry {
  const { http, memory, idleTimeoutMs, trustedHosts, fetchForeignLayers } = parts
  const common = {
    url: registry.url,
    // Whoever added the registry wrote the scheme.
    allowHttp: true,
    idleTimeoutMs,
    trustedHosts,
  }

  const aws = registry.ecr === null ? null : ecrOf(parts, registry, registry.ecr)

  async function address(): Promise<Result<RegistryAddress, ImageError>> {
    if (aws === null) return ok({ ...common, credentials: registry.credentials })
    const own = await (await aws).address()
    return own.ok ? ok({ ...common, ...own.value }) : own
  }

  async function ask<T>(
    question: (address: RegistryAddress) => Promise<Result<T, ImageError>>,
  ): Promise<Result<T, ImageError>> {
    const where = await address()
    return where.ok ? question(where.value) : where
  }

  const source = (repository: string): ImageSource =>
    sourceAt(async () => {
      const where = await address()
      return where.ok ? ok(registrySource(http, { ...where.value, repository, fetchForeignLayers })) : where
    })

  return {
    platforms: registry.platforms,
    ...(aws === null ? {} : { listing: async repository => (await aws).images(repository) }),
    async repositories() {
      return aws === null ? ask(where => listRepositories(http, where)) : (await aws).repositories()
    },
    async tags(repository) {
      // A repository that lost its last tag, or was deleted, answers 404: it holds none.
      const tags = await ask(where => listTags(http, where, repository))
      return !tags.ok && tags.error.is === 'not-found' ? ok([]) : tags
    },
    async digestOf(repository, tag) {
      const digest = await ask(where => resolveTag(http, where, repository, tag))
      return !digest.ok && digest.error.is === 'not-found' ? ok(null) : digest
    },
    async imagesOf(repository, digest) {
      const key = `${registry.id}/${repository}@${digest}`
      const remembered = memory.get(key)
      if (remembered !== undefined) return remembered
      const images = await source(repository).manifests(digest)
      // A chart stays a chart; every other failure may have been the registry's.
      if (images.ok || isNoImage(images.error)) remember(memory, key, images)
      return images
    },
    exists: (repository, digest) => ask(where => manifestExists(http, where, repository, digest)),
    source,
  }
}

/** Asked again although the API did: the setting may have changed since the registry was added. */
function ecrOf(
  { ecrClients, awsIdentityAccounts }: RegistryClientParts,
  { url, scope }: Registry,
  access: EcrAccess,
): Promise<Pick<Ecr, 'address' | 'images' | 'repositories'>> {
  if (access.roleArn !== null || awsIdentityAccounts.includes(scope.accountId)) {
    return ecrClients.of(new URL(url).host, access)
  }
  const detail = `Account ${scope.accountId} may not use this server's own AWS credentials; add the registry with a role`
  const refusal = err({ is: 'access-denied', what: url, detail } as const)
  const refuse = () => Promise.resolve(refusal)
  return Promise.resolve({ address: refuse, images: refuse, repositories: refuse })
}

/** A source that asks where it is when it is first needed, and each time anew: a login may have ended meanwhile. */
function sourceAt(open: () => Promise<Result<ImageSource, ImageError>>): ImageSource {
  async function use<T>(read: (source: ImageSource) => Promise<Result<T, ImageError>>): Promise<Result<T, ImageError>> {
    const source = await open()
    return source.ok ? read(source.value) : source
  }
  return {
    manifests: selector => use(source => source.manifests(selector)),
    openBlob: blob => use(source => source.openBlob(blob)),
    async close() {},
  }
}

function remember(memory: DigestMemory, key: string, images: Result<readonly ImageManifest[], ImageError>): void {
  const [oldest] = memory.keys()
  if (memory.size >= REMEMBERED_DIGESTS && oldest !== undefined) memory.delete(oldest)
  memory.set(key, images)
}
