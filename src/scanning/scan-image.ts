import type { Clock } from '../base/clock.ts'
import { assertNever } from '../base/assert-never.ts'
import { err, type Result } from '../base/result.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { isAtRest, type Coverage, type ScanStatusReason } from '../domain/coverage.ts'
import type { ResourceId, Scope } from '../domain/ids.ts'
import type { ContainerImageDetails, Resource } from '../domain/resource.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import { describeImageError } from '../inventory/describe-image-error.ts'
import type { ImageError, ImageInventory, ImageManifest, ImageSource } from '../inventory/image.ts'
import { readImageConfig } from '../inventory/image-blobs.ts'
import type { LayerCache } from '../inventory/layer-cache.ts'
import { DEFAULT_IMAGE_LIMITS } from '../inventory/limits.ts'
import { matchesPlatform, platformInWords } from '../inventory/platform.ts'
import { readImage } from '../inventory/read-image.ts'
import type { Readers } from '../inventory/readers.ts'
import { assessInventory, changesFrom, coverageFrom } from './assess-inventory.ts'
import type { CurrentAdvisories } from './current-advisories.ts'
import type { ImageRegistry } from './image-registry.ts'
import { platformOf } from './platform.ts'
import { retireImage, staysAtRest } from './retire-image.ts'
import type { KnownResource, ScanOutcome, ScanStore } from './scan-store.ts'

export interface ScanImageParts {
  readonly store: ScanStore
  readonly advisories: CurrentAdvisories
  readonly ecosystems: readonly Ecosystem[]
  readonly cache: LayerCache
  readonly readers: Readers
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/** How one attempt ended; `again` says that another may succeed. */
export type ScanEnd =
  | { readonly is: 'scanned'; readonly changes: number }
  | { readonly is: 'gone' }
  | { readonly is: 'refused'; readonly reason: ScanStatusReason; readonly detail: string; readonly again: boolean }

/**
 * Reads an image that is already in coverage and stores what it means. Safe to repeat: the image is named by digest and
 * the findings by identity. A failure is written into coverage and closes nothing.
 */
export async function scanImage(
  parts: ScanImageParts,
  registry: ImageRegistry,
  scope: Scope,
  id: ResourceId,
  signal: AbortSignal,
): Promise<ScanEnd> {
  const known = await parts.store.find(scope, id)
  if (known === null || known.resource.details.type !== 'AWS_ECR_CONTAINER_IMAGE') return { is: 'gone' }
  if (known.coverage.reason === 'IMAGE_ARCHIVED') return { is: 'gone' }

  const read = await readByDigest(parts, registry, known.resource.details, signal)
  if (!read.ok) {
    if (read.error.is === 'other-platform') return leaveOut(parts, registry, known.resource, read.error)
    if (read.error.is === 'not-found' && (await isGone(registry, known.resource.details))) {
      await retireImage(parts, known.resource, 'gone')
      return { is: 'gone' }
    }
    return recordFailure(parts, known.resource, read.error)
  }

  const index = parts.advisories.index()
  if (index === null) {
    const detail =
      'There are no advisories yet. Run `openinspector advisories sync`, or wait for the first sync to end.'
    await parts.store.commit(known.resource, (_findings, now) =>
      failed(now?.resource ?? known.resource, now, 'PENDING_INITIAL_SCAN', detail),
    )
    return { is: 'refused', reason: 'PENDING_INITIAL_SCAN', detail, again: true }
  }
  const { inventory } = read.value
  const assessment = assessInventory(inventory, index, 'image', parts.clock.now())
  let changeCount = 0
  await parts.store.commit(known.resource, (findings, current, buried) => {
    if (current !== null && isAtRest(current.coverage)) return staysAtRest(current)
    const resource = describe(current?.resource ?? known.resource, read.value)
    const now = parts.clock.now()
    const changes = changesFrom(assessment, inventory, resource, findings, now, parts.sha256, buried)
    changeCount = changes.length
    return {
      coverage: coverageFrom(assessment, inventory, resource, now),
      inventory,
      matchedWith: { advisoryVersion: assessment.restsOn },
      changes,
      retire: false,
    }
  })
  return { is: 'scanned', changes: changeCount }
}

/** The registry is watched for other platforms than this image's. */
interface OtherPlatform {
  readonly is: 'other-platform'
  readonly platform: string
}

async function readByDigest(
  parts: ScanImageParts,
  registry: ImageRegistry,
  image: ContainerImageDetails,
  signal: AbortSignal,
): Promise<Result<ImageInventory, ImageError | OtherPlatform>> {
  const source = registry.source(image.repositoryName)
  try {
    const manifests = await source.manifests(image.imageHash)
    if (!manifests.ok) return manifests
    const manifest = manifests.value.find(({ digest }) => digest === image.imageHash)
    if (manifest === undefined) {
      const mediaType = 'an index of images, which are covered one by one'
      return err({ is: 'unsupported-media-type', what: image.imageHash, mediaType })
    }
    const other = await otherPlatform(source, manifest, registry.platforms ?? [])
    if (other !== null) return err(other)
    return await readImage(source, manifest, {
      ecosystems: parts.ecosystems,
      readers: parts.readers,
      cache: parts.cache,
      signal,
    })
  } finally {
    await source.close()
  }
}

/** An image that was not asked for is not downloaded. */
async function otherPlatform(
  source: ImageSource,
  manifest: ImageManifest,
  wanted: readonly string[],
): Promise<ImageError | OtherPlatform | null> {
  if (wanted.length === 0) return null
  const config = await readImageConfig(source, manifest.config, DEFAULT_IMAGE_LIMITS.configBytes)
  if (!config.ok) return config.error
  const platform = platformInWords(config.value)
  return wanted.some(one => matchesPlatform(platform, one)) ? null : { is: 'other-platform', platform }
}

/** A missing blob is a broken image; only a missing manifest means that the image is gone. */
async function isGone(registry: ImageRegistry, image: ContainerImageDetails): Promise<boolean> {
  const exists = await registry.exists(image.repositoryName, image.imageHash)
  return exists.ok && !exists.value
}

async function recordFailure(parts: ScanImageParts, resource: Resource, error: ImageError): Promise<ScanEnd> {
  return refuse(parts, resource, { ...meaningOf(error), detail: describeImageError(error) })
}

function leaveOut(
  parts: ScanImageParts,
  registry: ImageRegistry,
  resource: Resource,
  { platform }: OtherPlatform,
): Promise<ScanEnd> {
  const wanted = (registry.platforms ?? []).join(', ')
  const detail = `Its platform ${platform} is not among those that are scanned in this registry: ${wanted}.`
  return refuse(parts, resource, { reason: 'UNSUPPORTED_OS', again: false, detail })
}

async function refuse(
  parts: ScanImageParts,
  resource: Resource,
  { reason, again, detail }: { readonly reason: ScanStatusReason; readonly again: boolean; readonly detail: string },
): Promise<ScanEnd> {
  await parts.store.commit(resource, (_findings, known) => failed(known?.resource ?? resource, known, reason, detail))
  return { is: 'refused', reason, detail, again }
}

/** A failed attempt changes the coverage and nothing else: what was known stays known. */
function failed(
  resource: Resource,
  known: KnownResource | null,
  reason: ScanStatusReason,
  detail: string,
): ScanOutcome {
  if (known !== null && isAtRest(known.coverage)) return staysAtRest(known)
  const coverage: Coverage = {
    resource,
    scanType: 'PACKAGE',
    reason,
    detail,
    problems: known?.coverage.problems ?? [],
    lastScannedAt: known?.coverage.lastScannedAt ?? null,
  }
  return { coverage, inventory: 'keep', matchedWith: 'keep', changes: [], retire: false }
}

/** The coverage reason for each failure, and whether trying again can help. (reasons: inspector-behaviour §7.1) */
function meaningOf(error: ImageError): { readonly reason: ScanStatusReason; readonly again: boolean } {
  switch (error.is) {
    case 'access-denied':
      // A person may grant it at any time.
      return { reason: 'ACCESS_DENIED', again: true }
    case 'unsupported-media-type':
    case 'artifact':
    case 'foreign-layer':
      return { reason: 'UNSUPPORTED_MEDIA_TYPE', again: false }
    case 'limit-exceeded':
      return { reason: 'IMAGE_SIZE_EXCEEDED', again: false }
    case 'malformed':
    case 'wrong-digest':
      return { reason: 'INTERNAL_ERROR', again: false }
    case 'unreachable':
    case 'not-found':
      return { reason: 'INTERNAL_ERROR', again: true }
    default:
      return assertNever(error)
  }
}

function describe(resource: Resource, image: ImageInventory): Resource {
  if (resource.details.type !== 'AWS_ECR_CONTAINER_IMAGE') return resource
  return {
    ...resource,
    details: {
      ...resource.details,
      architecture: image.config.architecture,
      author: image.config.author,
      platform: platformOf(image.inventory.distro),
    },
  }
}
