import { z } from 'zod'

import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { parseDigest } from '../domain/ids.ts'
import type { Digest } from '../domain/ids.ts'
import type { FileTree } from './file-tree.ts'
import type { BlobDescriptor, ImageError, ImageManifest, ImageSource } from './image.ts'
import { digestSchema, parseJsonAs } from './image-blobs.ts'
import { imagesOf } from './image-manifest.ts'
import { DEFAULT_IMAGE_LIMITS, IMAGE_SOURCE_LIMITS } from './limits.ts'
import type { ImageLimits } from './limits.ts'
import { assembleTar } from './tar-split.ts'
import { openTreeBlob, readTreeFile } from './tree-blobs.ts'

const DRIVERS = [
  { name: 'overlay', filesOf: (layer: string) => `overlay/${layer}/diff` },
  { name: 'vfs', filesOf: (layer: string) => `vfs/dir/${layer}` },
] as const
type Driver = (typeof DRIVERS)[number]

const id = z.string().regex(/^[0-9a-f]{64}$/, 'not an id')
const imagesSchema = z.array(
  z.object({ id, names: z.array(z.string().max(1024)).nullish(), layer: id.nullish(), digest: z.string().nullish() }),
)
const layersSchema = z.array(
  z.object({
    id,
    parent: z.union([id, z.literal('')]).nullish(),
    'diff-digest': digestSchema.nullish(),
    'diff-size': z.number().int().nonnegative().nullish(),
  }),
)
type StoredImage = z.infer<typeof imagesSchema>[number]
type StoredLayer = z.infer<typeof layersSchema>[number]

interface Place {
  readonly layer: string
  readonly driver: Driver
}

/**
 * The image store of Podman, Buildah and CRI-O, read where it lies, without its locks: `overlay-images`, `overlay-layers`
 * and the unpacked layers. A layer goes by its diff id: the compressed blob is not kept. `treeAt` opens a folder of the
 * store, relative to its root. (containers/storage: images.go, layers.go, drivers)
 */
export function containersStorageSource(
  treeAt: (path: string) => FileTree,
  options: { readonly limits?: Partial<ImageLimits> } = {},
): ImageSource {
  const limits = { ...DEFAULT_IMAGE_LIMITS, ...options.limits }
  const root = treeAt('.')
  const configs = new Map<Digest, string>()
  const layers = new Map<Digest, Place>()

  async function manifests(selector: string | null): Promise<Result<readonly ImageManifest[], ImageError>> {
    const found = await findDriver()
    if (!found.ok) return found
    const { driver, images } = found.value
    const image = chooseImage(images, selector)
    if (!image.ok) return image
    const chain = await chainOf(driver, image.value)
    if (!chain.ok) return chain
    const folder = `${driver.name}-images/${image.value.id}`
    const what = `the manifest of image ${image.value.id}`
    const bytes = await readTreeFile(root, `${folder}/manifest`, limits.manifestBytes, 'manifestBytes', what)
    if (!bytes.ok) return bytes
    const read = await imagesOf(bytes.value, async () => err({ is: 'not-found', what }), limits, what)
    if (!read.ok) return read
    const [manifest] = read.value
    if (manifest === undefined || manifest.layers.length !== chain.value.length) {
      const detail = `${manifest?.layers.length ?? 0} layers, but ${chain.value.length} are stored`
      return err({ is: 'malformed', what, detail })
    }
    configs.set(manifest.config.digest, `${folder}/${fileNameOf(manifest.config.digest)}`)
    return ok([{ ...manifest, layers: chain.value }])
  }

  async function findDriver(): Promise<Result<{ driver: Driver; images: readonly StoredImage[] }, ImageError>> {
    for (const driver of DRIVERS) {
      const what = `${driver.name}-images/images.json of the image store`
      const path = `${driver.name}-images/images.json`
      const bytes = await readTreeFile(root, path, IMAGE_SOURCE_LIMITS.storeListBytes, 'listBytes', what)
      if (!bytes.ok && bytes.error.is === 'not-found') continue
      if (!bytes.ok) return bytes
      const images = parseJsonAs(imagesSchema, bytes.value, what)
      return images.ok ? ok({ driver, images: images.value }) : images
    }
    const known = DRIVERS.map(({ name }) => name).join(' or ')
    return err({ is: 'not-found', what: `an image store of the driver ${known}` })
  }

  /** The layers of an image from the lowest up, as descriptors of their uncompressed form. */
  async function chainOf(driver: Driver, image: StoredImage): Promise<Result<readonly BlobDescriptor[], ImageError>> {
    const what = `${driver.name}-layers/layers.json of the image store`
    const bytes = await readTreeFile(
      root,
      `${driver.name}-layers/layers.json`,
      IMAGE_SOURCE_LIMITS.storeListBytes,
      'listBytes',
      what,
    )
    if (!bytes.ok) return bytes
    const parsed = parseJsonAs(layersSchema, bytes.value, what)
    if (!parsed.ok) return parsed
    const stored = new Map<string, StoredLayer>(parsed.value.map(layer => [layer.id, layer]))
    const chain: BlobDescriptor[] = []
    let next = image.layer ?? ''
    while (next !== '') {
      const layer = stored.get(next)
      const digest = layer?.['diff-digest']
      const sizeBytes = layer?.['diff-size']
      if (chain.length >= limits.layersPerImage) {
        return err({ is: 'limit-exceeded', what, limit: 'layersPerImage', detail: `more than ${chain.length} layers` })
      }
      if (layer === undefined || digest === null || digest === undefined || typeof sizeBytes !== 'number') {
        return err({ is: 'malformed', what, detail: `it does not tell what layer ${next} was unpacked from` })
      }
      layers.set(digest, { layer: layer.id, driver })
      chain.unshift({ digest, sizeBytes, mediaType: 'application/vnd.oci.image.layer.v1.tar' })
      next = layer.parent ?? ''
    }
    return ok(chain)
  }

  return {
    manifests,
    async openBlob(blob) {
      const what = `blob ${blob.digest}`
      const config = configs.get(blob.digest)
      if (config !== undefined) return openTreeBlob(root, config, what)
      const place = layers.get(blob.digest)
      if (place === undefined) return err({ is: 'not-found', what })
      const { layer, driver } = place
      const record = await openTreeBlob(root, `${driver.name}-layers/${layer}.tar-split.gz`, what)
      return record.ok ? ok(assembleTar(record.value, treeAt(driver.filesOf(layer)), limits, what)) : record
    },
    async close() {},
  }
}

/** By name, id or digest; short names as Podman writes them (`localhost/app:1`, `docker.io/library/debian:12`). */
function chooseImage(images: readonly StoredImage[], selector: string | null): Result<StoredImage, ImageError> {
  const what = 'the image store'
  const named = (name: string): readonly StoredImage[] => images.filter(({ names }) => names?.includes(name) === true)
  const wanted =
    selector === null
      ? images
      : candidatesOf(selector)
          .map(named)
          .find(found => found.length > 0)
  const byId = images.filter(image => image.id === selector || image.digest === selector)
  const [image, ...others] = wanted ?? byId
  if (image === undefined) return err({ is: 'not-found', what: `image ${selector ?? ''} in the image store` })
  if (others.length === 0) return ok(image)
  const names = images.flatMap(known => known.names ?? [known.id]).slice(0, 10)
  return err({ is: 'malformed', what, detail: `it holds ${images.length} images; name one of: ${names.join(', ')}` })
}

function candidatesOf(name: string): readonly string[] {
  const tagged = /:[^/]*$/.test(name) || parseDigest(name) !== null ? name : `${name}:latest`
  return [tagged, `localhost/${tagged}`, `docker.io/${tagged}`, `docker.io/library/${tagged}`]
}

/** Keys that are no plain words are stored under their base64. (containers/storage, images.go, makeBigDataBaseName) */
function fileNameOf(key: string): string {
  return `=${Buffer.from(key, 'utf8').toString('base64')}`
}
