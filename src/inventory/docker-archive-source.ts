import { createHash } from 'node:crypto'

import { z } from 'zod'

import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { parseDigest } from '../domain/ids.ts'
import type { Digest } from '../domain/ids.ts'
import type { FileTree, RandomAccess } from './file-tree.ts'
import type { BlobDescriptor, ImageError, ImageManifest, ImageSource } from './image.ts'
import { digestOf, digestSchema, parseJsonAs } from './image-blobs.ts'
import { DEFAULT_IMAGE_LIMITS } from './limits.ts'
import type { ImageLimits } from './limits.ts'
import { ociLayoutSource } from './oci-layout-source.ts'
import { tarTree } from './tar-tree.ts'
import { openTreeBlob, readTreeFile } from './tree-blobs.ts'

const archiveSchema = z.array(
  z.object({
    Config: z.string().min(1).max(1024),
    RepoTags: z.array(z.string().max(1024)).nullish(),
    Layers: z.array(z.string().min(1).max(1024)).max(DEFAULT_IMAGE_LIMITS.layersPerImage),
  }),
)
const diffIdsSchema = z.object({ rootfs: z.object({ diff_ids: z.array(digestSchema) }) })

type ArchivedImage = z.infer<typeof archiveSchema>[number]

const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json'
const DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar'

/** A tar archive of images: an OCI layout where it holds one (as `docker save` does since version 25), else Docker's own form. */
export async function imageArchiveSource(
  file: RandomAccess,
  options: { readonly limits?: Partial<ImageLimits> } = {},
): Promise<Result<ImageSource, ImageError>> {
  const head = Buffer.from(await file.read(0, 4)).toString('hex')
  if (isCompressed(head)) {
    const mediaType = 'a compressed archive; unpack it first, e.g. with gunzip or zstd -d'
    return err({ is: 'unsupported-media-type', what: 'the image archive', mediaType })
  }
  const tree = await tarTree(file, 'the image archive', { ...DEFAULT_IMAGE_LIMITS, ...options.limits })
  if (!tree.ok) return tree
  const layout = await tree.value.open('index.json')
  return ok(layout.ok ? ociLayoutSource(tree.value, options) : dockerArchiveSource(tree.value, options))
}

/**
 * Docker's archive form: `manifest.json` beside configurations and layers. It has no manifest digest, so an image goes by
 * the digest of its configuration, which is the id that `docker images` shows.
 */
function dockerArchiveSource(tree: FileTree, options: { readonly limits?: Partial<ImageLimits> } = {}): ImageSource {
  const limits = { ...DEFAULT_IMAGE_LIMITS, ...options.limits }
  const paths = new Map<Digest, string>()

  async function manifests(selector: string | null): Promise<Result<readonly ImageManifest[], ImageError>> {
    const what = 'manifest.json of the image archive'
    const bytes = await readTreeFile(tree, 'manifest.json', limits.manifestBytes, 'manifestBytes', what)
    if (!bytes.ok) return bytes
    const images = parseJsonAs(archiveSchema, bytes.value, what)
    if (!images.ok) return images
    if (selector === null && images.value.length > 1) {
      const names = images.value.flatMap(image => image.RepoTags ?? [image.Config]).slice(0, 10)
      return err({
        is: 'malformed',
        what,
        detail: `it holds ${images.value.length} images; name one of: ${names.join(', ')}`,
      })
    }
    const named = selector === null ? [] : images.value.filter(image => isTagged(image, selector))
    for (const image of named.length > 0 ? named : images.value) {
      const read = await imageOf(image)
      if (!read.ok) return read
      if (selector === null || isTagged(image, selector) || read.value.digest === selector) {
        return ok([read.value])
      }
    }
    return err({
      is: 'not-found',
      what: selector === null ? 'an image in the archive' : `image ${selector} in the archive`,
    })
  }

  async function imageOf(image: ArchivedImage): Promise<Result<ImageManifest, ImageError>> {
    const what = `image configuration ${image.Config}`
    const bytes = await readTreeFile(tree, image.Config, limits.configBytes, 'configBytes', what)
    if (!bytes.ok) return bytes
    const config = parseJsonAs(diffIdsSchema, bytes.value, what)
    if (!config.ok) return config
    const diffIds = config.value.rootfs.diff_ids
    if (diffIds.length !== image.Layers.length) {
      return err({ is: 'malformed', what, detail: `${image.Layers.length} layers, but ${diffIds.length} diff ids` })
    }
    const digest = digestSchema.parse(digestOf(bytes.value))
    paths.set(digest, image.Config)
    const layers: BlobDescriptor[] = []
    for (const [at, path] of image.Layers.entries()) {
      const layer = await layerOf(path, diffIds[at] ?? digest)
      if (!layer.ok) return layer
      paths.set(layer.value.digest, path)
      layers.push(layer.value)
    }
    const descriptor = { digest, mediaType: DOCKER_CONFIG, sizeBytes: bytes.value.byteLength }
    return ok({
      digest,
      indexDigest: null,
      mediaType: 'application/vnd.docker.image.archive',
      config: descriptor,
      layers,
    })
  }

  /** A plain tar goes by its diff id; a compressed one by the digest in its path or, failing that, of its bytes. */
  async function layerOf(path: string, diffId: Digest): Promise<Result<BlobDescriptor, ImageError>> {
    const what = `layer ${path} of the image archive`
    const opened = await tree.open(path)
    if (!opened.ok) return err({ is: 'not-found', what })
    const { sizeBytes } = opened.value
    const head = Buffer.from(await opened.value.read(0, 4)).toString('hex')
    await opened.value.close()
    if (!isCompressed(head)) return ok({ digest: diffId, mediaType: DOCKER_LAYER, sizeBytes })
    const named = parseDigest(`sha256:${/^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1] ?? ''}`)
    if (named !== null) return ok({ digest: named, mediaType: DOCKER_LAYER, sizeBytes })
    const blob = await openTreeBlob(tree, path, what)
    if (!blob.ok) return blob
    const hash = createHash('sha256')
    for await (const piece of blob.value) hash.update(piece)
    return ok({ digest: digestSchema.parse(`sha256:${hash.digest('hex')}`), mediaType: DOCKER_LAYER, sizeBytes })
  }

  return {
    manifests,
    async openBlob(blob) {
      const path = paths.get(blob.digest)
      const what = `blob ${blob.digest}`
      return path === undefined ? err({ is: 'not-found', what }) : openTreeBlob(tree, path, what)
    },
    async close() {},
  }
}

/** `app:1` is `docker.io/library/app:1` to some writers: either names the other. */
function isTagged({ RepoTags }: ArchivedImage, name: string): boolean {
  const short = (tag: string): string => tag.replace(/^docker\.io\/(?:library\/)?/, '')
  return RepoTags?.some(tag => short(tag) === short(name)) === true
}

/** By the first four bytes in hexadecimal: gzip or Zstandard. */
function isCompressed(head: string): boolean {
  return head.startsWith('1f8b') || head === '28b52ffd'
}
