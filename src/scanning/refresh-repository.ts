import type { Clock } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { err, ok, type Result } from '../base/result.ts'
import { isAtRest, type Coverage } from '../domain/coverage.ts'
import type { Digest, ResourceId } from '../domain/ids.ts'
import type { ContainerImageDetails, Resource } from '../domain/resource.ts'
import { reconcile } from '../findings/reconcile.ts'
import type { ImageError } from '../inventory/image.ts'
import type { ImageRegistry } from './image-registry.ts'
import { imageResourceId } from './image-resource.ts'
import { readRepository, type FoundImage } from './read-repository.ts'
import type { Registry } from './registry-store.ts'
import { archiveImage, retireImage } from './retire-image.ts'
import type { KnownResource, ScanStore } from './scan-store.ts'

export interface RefreshParts {
  readonly store: ScanStore
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

export interface Refreshed {
  /** Images that want their first scan: new ones, and those whose request for one was lost with a process. */
  readonly discovered: readonly ResourceId[]
  readonly retagged: number
  readonly retired: number
}

/**
 * Brings coverage in line with one repository: new images enter as PENDING_INITIAL_SCAN, moved tags are rewritten, images
 * whose manifest is gone are retired. An image that only lost its tags stays: it can still be pulled by digest.
 * A tag or manifest that cannot be read costs only itself: what it stands for keeps its place and its tags, and the
 * refresh ends with its error after everything else was brought up to date.
 */
export async function refreshRepository(
  parts: RefreshParts,
  client: ImageRegistry,
  registry: Registry,
  repository: string,
  pushedDigests: readonly Digest[],
): Promise<Result<Refreshed, RefreshFailure>> {
  const host = registryHost(registry)
  const known = await knownImages(parts.store, registry, host, repository)
  const isImage = (digest: Digest): boolean => (known.get(digest)?.coverage.lastScannedAt ?? null) !== null
  const content = await readRepository(client, repository, pushedDigests, parts.clock, isImage)
  if (!content.ok) return err({ error: content.error, discovered: [] })

  const { images, indexes, failure } = content.value
  const discovered: ResourceId[] = []
  let retagged = 0
  let retired = 0
  for (const [digest, image] of images) {
    const existing = known.get(digest)
    if (image.isArchived) {
      const resource = existing?.resource ?? newResource(parts, registry, { host, repository, digest, image })
      if (existing?.coverage.reason !== 'IMAGE_ARCHIVED') await archiveImage(parts, resource)
      continue
    }
    if (existing === undefined || existing.coverage.reason === 'IMAGE_ARCHIVED') {
      discovered.push(await discover(parts, newResource(parts, registry, { host, repository, digest, image })))
      continue
    }
    if (failure === null && (await retag(parts, existing, image))) retagged += 1
    if (wantsScan(existing, pushedDigests.includes(digest))) discovered.push(existing.resource.id)
  }
  for (const [digest, existing] of known) {
    if (images.has(digest)) continue
    if (indexes.has(digest)) {
      await retireImage(parts, existing.resource, 'index')
      retired += 1
      continue
    }
    const exists = await client.exists(repository, digest)
    if (!exists.ok) return err({ error: exists.error, discovered })
    if (!exists.value) {
      await retireImage(parts, existing.resource, 'gone')
      retired += 1
    } else if (failure === null && (await retag(parts, existing, { tags: [], pushedAt: null }))) {
      retagged += 1
    }
  }
  await notePulls(parts.store, registry, host, repository, images)
  return failure === null ? ok({ discovered, retagged, retired }) : err({ error: failure, discovered })
}

async function notePulls(
  store: ScanStore,
  { scope }: Registry,
  host: string,
  repository: string,
  images: ReadonlyMap<Digest, FoundImage>,
): Promise<void> {
  const pulls = [...images].flatMap(([digest, { pulledAt }]) =>
    pulledAt === null ? [] : [{ id: imageResourceId(scope, host, repository, digest), pulledAt }],
  )
  if (pulls.length > 0) await store.notePulls(scope, pulls)
}

/** The first error of a refresh, and what it found nevertheless. */
export interface RefreshFailure {
  readonly error: ImageError
  readonly discovered: readonly ResourceId[]
}

/** The first scan, and one that failed when its image is pushed once more: that may have mended it. */
function wantsScan({ coverage }: KnownResource, isPushed: boolean): boolean {
  if (coverage.reason === 'PENDING_INITIAL_SCAN') return true
  return isPushed && (coverage.reason === 'INTERNAL_ERROR' || coverage.reason === 'ACCESS_DENIED')
}

/** `host[:port]` of a watched registry. */
export function registryHost(registry: Pick<Registry, 'url'>): string {
  return new URL(registry.url).host
}

/** Resources read per page; bounds memory, not the answer. */
const PAGE_SIZE = 500

async function knownImages(
  store: ScanStore,
  registry: Registry,
  host: string,
  repository: string,
): Promise<ReadonlyMap<Digest, KnownResource>> {
  const known = new Map<Digest, KnownResource>()
  let after: ResourceId | undefined
  for (;;) {
    const page = await store.list(registry.scope, {
      type: 'AWS_ECR_CONTAINER_IMAGE',
      registry: host,
      repository,
      limit: PAGE_SIZE,
      ...(after === undefined ? {} : { after }),
    })
    for (const entry of page) {
      const { details } = entry.resource
      if (details.type === 'AWS_ECR_CONTAINER_IMAGE') known.set(details.imageHash, entry)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_SIZE) return known
    after = last.resource.id
  }
}

function newResource(
  parts: RefreshParts,
  registry: Registry,
  found: {
    readonly host: string
    readonly repository: string
    readonly digest: Digest
    readonly image: FoundImage
  },
): Resource {
  const { host, repository, digest, image } = found
  const details: ContainerImageDetails = {
    type: 'AWS_ECR_CONTAINER_IMAGE',
    repositoryName: repository,
    registry: host,
    imageHash: digest,
    imageTags: image.tags,
    // The distribution API does not tell when an image was pushed: this is when we first saw it.
    pushedAt: image.pushedAt ?? parts.clock.now(),
    author: null,
    architecture: null,
    platform: null,
  }
  return { scope: registry.scope, id: imageResourceId(registry.scope, host, repository, digest), details, tags: {} }
}

/** Enters coverage, or enters it again: what had left it, or was at rest, is scanned as if it were new. */
async function discover(parts: RefreshParts, resource: Resource): Promise<ResourceId> {
  const { details } = resource
  const image = details.type === 'AWS_ECR_CONTAINER_IMAGE' ? details : null
  await parts.store.commit(resource, (_findings, current) => ({
    coverage:
      current === null || image === null || isAtRest(current.coverage)
        ? pending(resource)
        : upToDate(current, { tags: image.imageTags, pushedAt: null }),
    inventory: 'keep',
    matchedWith: 'keep',
    changes: [],
    retire: false,
  }))
  return resource.id
}

function pending(resource: Resource): Coverage {
  return {
    resource,
    scanType: 'PACKAGE',
    reason: 'PENDING_INITIAL_SCAN',
    detail: null,
    problems: [],
    lastScannedAt: null,
  }
}

type Naming = Pick<FoundImage, 'tags' | 'pushedAt'>

function upToDate(known: KnownResource, { tags, pushedAt }: Naming): Coverage {
  const { details } = known.resource
  if (details.type !== 'AWS_ECR_CONTAINER_IMAGE') return known.coverage
  const now = { ...details, imageTags: tags, pushedAt: pushedAt ?? details.pushedAt }
  return { ...known.coverage, resource: { ...known.resource, details: now } }
}

/** Rewrites the tags and push time of an image and of its open findings; `false` when they are as they were. */
async function retag(parts: RefreshParts, known: KnownResource, image: Naming): Promise<boolean> {
  const { details } = known.resource
  if (details.type !== 'AWS_ECR_CONTAINER_IMAGE') return false
  const isSamePush = image.pushedAt === null || image.pushedAt === details.pushedAt
  if (isSamePush && sameList(details.imageTags, image.tags)) return false
  await parts.store.commit(known.resource, (findings, current) => {
    const coverage = upToDate(current ?? known, image)
    return {
      coverage,
      inventory: 'keep',
      matchedWith: 'keep',
      changes: reconcile(
        findings,
        { resource: coverage.resource, detections: [], absence: 'remediated', provesGone: () => false },
        parts.clock.now(),
        parts.sha256,
      ),
      retire: false,
    }
  })
  return true
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}
