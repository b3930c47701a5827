import { z } from 'zod'

import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import { artifactKindOf } from './artifact-kind.ts'
import type { BlobDescriptor, ImageError, ImageManifest } from './image.ts'
import { digestOf, digestSchema, parseJsonAs } from './image-blobs.ts'
import type { ImageLimits } from './limits.ts'

/** Every media type that a registry may answer a manifest request with. (OCI distribution spec; Docker schema 2) */
export const MANIFEST_MEDIA_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]
const CONFIG_MEDIA_TYPES = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
])

const descriptor = z.object({
  mediaType: z.string().max(255).default(''),
  digest: digestSchema,
  size: z.number().int().nonnegative(),
  urls: z.array(z.string().max(2048)).max(16).nullish(),
})
const manifestSchema = z.object({
  schemaVersion: z.number(),
  mediaType: z.string().max(255).nullish(),
  artifactType: z.string().max(255).nullish(),
  config: descriptor.nullish(),
  layers: z.array(descriptor).nullish(),
  manifests: z
    .array(
      descriptor.extend({
        platform: z.object({ os: z.string().nullish(), architecture: z.string().nullish() }).nullish(),
        annotations: z.record(z.string(), z.string()).nullish(),
      }),
    )
    .nullish(),
})

const DOCKER_SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+json'

type AnyManifest = z.infer<typeof manifestSchema>

/** Fetches a manifest's bytes by digest; at most `limits.manifestBytes` of them. */
export type FetchManifest = (digest: Digest) => Promise<Result<Uint8Array, ImageError>>

/**
 * The images behind a manifest: itself, or those that an index lists, at any depth. Left out: attestations, artifacts that
 * are no images, and platforms that the source does not hold (mirrors copy some). Fails when no image is left.
 */
export async function imagesOf(
  bytes: Uint8Array,
  fetch: FetchManifest,
  limits: ImageLimits,
  what: string,
): Promise<Result<readonly ImageManifest[], ImageError>> {
  const found = new Map<Digest, ImageManifest>()
  const seen = new Set<string>()
  let leftOut: ImageError | null = null

  async function visit(
    bytes: Uint8Array,
    indexDigest: Digest | null,
    depth: number,
    what: string,
  ): Promise<ImageError | null> {
    const digest = digestSchema.parse(digestOf(bytes))
    if (seen.has(digest)) return null
    seen.add(digest)
    const parsed = parseManifest(bytes, what)
    if (!parsed.ok) return parsed.error
    const manifest = parsed.value
    if (manifest.manifests === null || manifest.manifests === undefined) {
      const image = imageManifest(manifest, digest, indexDigest, what)
      if (image.ok) found.set(digest, image.value)
      else if (isNoImage(image.error) && depth > 0) leftOut = image.error
      else return image.error
      return null
    }
    if (depth >= limits.indexDepth) {
      return {
        is: 'limit-exceeded',
        what,
        limit: 'indexDepth',
        detail: `more than ${limits.indexDepth} nested indexes`,
      }
    }
    for (const child of manifest.manifests) {
      if (isAttestation(child) || seen.has(child.digest)) continue
      if (seen.size >= limits.manifestsPerIndex) {
        const detail = `more than ${limits.manifestsPerIndex} manifests`
        return { is: 'limit-exceeded', what, limit: 'manifestsPerIndex', detail }
      }
      const fetched = await fetch(child.digest)
      if (!fetched.ok) {
        if (fetched.error.is !== 'not-found') return fetched.error
        leftOut = fetched.error
        continue
      }
      const childWhat = `manifest ${child.digest}`
      const actual = digestOf(fetched.value)
      if (actual !== child.digest) return { is: 'wrong-digest', what: childWhat, expected: child.digest, actual }
      const failed = await visit(fetched.value, digest, depth + 1, childWhat)
      if (failed !== null) return failed
    }
    return null
  }

  const failed = await visit(bytes, null, 0, what)
  if (failed !== null) return err(failed)
  if (found.size > 0) return ok([...found.values()])
  return err(leftOut ?? { is: 'unsupported-media-type', what, mediaType: 'an index that lists no image' })
}

function parseManifest(bytes: Uint8Array, what: string): Result<AnyManifest, ImageError> {
  const parsed = parseJsonAs(manifestSchema, bytes, what)
  if (!parsed.ok) return parsed
  const { schemaVersion, mediaType, layers, config, manifests } = parsed.value
  if (schemaVersion === 1) return err({ is: 'unsupported-media-type', what, mediaType: DOCKER_SCHEMA_1 })
  // One text that is an index to one reader and an image to another hides what it runs. (CVE-2021-41190)
  const isIndex = manifests !== null && manifests !== undefined
  const isImage = (layers !== null && layers !== undefined) || (config !== null && config !== undefined)
  if (isIndex && isImage) return err({ is: 'malformed', what, detail: 'both an index and an image' })
  if (isIndex !== /\.index\.|\.list\./.test(mediaType ?? '') && (mediaType ?? '') !== '') {
    if (isIndex || MANIFEST_MEDIA_TYPES.includes(mediaType ?? '')) {
      return err({ is: 'malformed', what, detail: `its content contradicts its media type ${String(mediaType)}` })
    }
  }
  return parsed
}

function imageManifest(
  manifest: AnyManifest,
  digest: Digest,
  indexDigest: Digest | null,
  what: string,
): Result<ImageManifest, ImageError> {
  const { config, layers } = manifest
  if (config === null || config === undefined || layers === null || layers === undefined) {
    return err({ is: 'malformed', what, detail: 'neither an index nor an image: no config or no layers' })
  }
  const isImage = CONFIG_MEDIA_TYPES.has(config.mediaType) && (layers.length === 0 || layers.some(isLayer))
  if (!isImage) {
    const artifact = artifactKindOf({
      artifactType: manifest.artifactType ?? null,
      configMediaType: config.mediaType,
      layerMediaTypes: layers.map(layer => layer.mediaType),
    })
    if (artifact !== null) return err({ is: 'artifact', what, ...artifact })
    const [first] = CONFIG_MEDIA_TYPES.has(config.mediaType) ? layers : []
    return err({ is: 'unsupported-media-type', what, mediaType: first?.mediaType ?? config.mediaType })
  }
  return ok({
    digest,
    indexDigest,
    mediaType: manifest.mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
    config: blobOf(config),
    layers: layers.map(blobOf),
  })
}

function blobOf({ digest, mediaType, size, urls }: z.infer<typeof descriptor>): BlobDescriptor {
  const hasUrls = urls !== null && urls !== undefined && urls.length > 0
  return { digest, mediaType, sizeBytes: size, ...(hasUrls ? { urls } : {}) }
}

/** A layer of files, by its media type; what cosign and BuildKit store as "layers" of an image is none. */
function isLayer({ mediaType }: { readonly mediaType: string }): boolean {
  return isTarMediaType(mediaType)
}

/** Docker `…image.rootfs.diff.tar.gzip`, OCI `…image.layer.v1.tar+zstd`, and their kin. (OCI image spec, media-types.md) */
export function isTarMediaType(mediaType: string): boolean {
  return /[./]tar(?:[.+][a-z0-9]+)?$/.test(mediaType) && !mediaType.endsWith('+encrypted')
}

/** Layers that may not be passed on: registries need not hold them. (OCI image spec, layer.md, deprecated since 1.1) */
export function isForeignLayer({ mediaType }: Pick<BlobDescriptor, 'mediaType'>): boolean {
  return /\.(?:foreign|nondistributable)\./.test(mediaType)
}

/** Whether something that is no image stands there: never a reason to doubt its neighbours in an index. */
export function isNoImage(error: ImageError): boolean {
  return error.is === 'unsupported-media-type' || error.is === 'artifact'
}

/** BuildKit stores provenance and SBOMs as manifests for no platform. (BuildKit docs, attestation storage) */
function isAttestation(child: NonNullable<AnyManifest['manifests']>[number]): boolean {
  const { platform, annotations } = child
  if (annotations !== null && annotations !== undefined && Object.hasOwn(annotations, 'vnd.docker.reference.type')) {
    return true
  }
  return platform?.os === 'unknown' && platform.architecture === 'unknown'
}
