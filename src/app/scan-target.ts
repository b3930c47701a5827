import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { describeImageError } from '../inventory/describe-image-error.ts'
import { readImageConfig } from '../inventory/image-blobs.ts'
import type { ImageConfig, ImageManifest, ImageSource } from '../inventory/image.ts'
import { parseImageReference } from '../inventory/image-reference.ts'
import { DEFAULT_IMAGE_LIMITS } from '../inventory/limits.ts'
import { readImage } from '../inventory/read-image.ts'
import { readRoot } from '../inventory/read-root.ts'
import type { LayerCache } from '../inventory/layer-cache.ts'
import { assessInventory, type Assessment } from '../scanning/assess-inventory.ts'
import type { AdvisoryIndex } from '../matching/advisory-index.ts'
import { systemClock } from '../system/clock.ts'
import { fileLayerCache } from '../system/file-layer-cache.ts'
import { nodeFileTree } from '../system/file-tree.ts'
import { runningKernelOf } from '../system/this-host.ts'
import { openImage, type ImageTarget, type RegistryAccess } from './image-targets.ts'

/** What `openinspector scan` is pointed at. */
export type Target = ImageTarget | { readonly is: 'directory'; readonly path: string } | { readonly is: 'host' }

/** `host`, `oci:PATH[:TAG]`, `docker-archive:FILE`, `dir:PATH`, a path that exists, else an image reference. */
export function parseTarget(text: string): Result<Target, string> {
  if (text === 'host') return ok({ is: 'host' })
  const [, kind, rest] = /^(oci|docker-archive|dir):(.+)$/.exec(text) ?? []
  if (kind === 'oci' && rest !== undefined) return ok(ociTarget(rest))
  if (kind === 'docker-archive' && rest !== undefined) return ok({ is: 'image-archive', path: rest })
  if (kind === 'dir' && rest !== undefined) return directory(rest)
  if (/^[./~]/.test(text) || existsSync(text)) return directory(text)
  const reference = parseImageReference(text)
  return reference.ok ? ok({ is: 'registry', reference: reference.value }) : err(describeImageError(reference.error))
}

/** The tag is what follows the last colon, unless the whole text is a path that exists. */
function ociTarget(text: string): Target {
  const colon = text.lastIndexOf(':')
  if (colon <= 0 || existsSync(text) || text.indexOf('/', colon) !== -1)
    return { is: 'oci-layout', path: text, tag: null }
  return { is: 'oci-layout', path: text.slice(0, colon), tag: text.slice(colon + 1) }
}

function directory(path: string): Result<Target, string> {
  if (!existsSync(path)) return err(`There is no directory ${path}.`)
  return statSync(path).isDirectory()
    ? ok({ is: 'directory', path })
    : err(`${path} is a file. Is it an image archive? Then write docker-archive:${path}`)
}

/** One thing that was scanned: the target itself, or one platform of it. */
export interface ScannedThing {
  /** `linux/amd64` for an image, `null` for a directory or host. */
  readonly platform: string | null
  readonly digest: Digest | null
  readonly inventory: Inventory
  readonly assessment: Assessment
}

export interface ScanTargetOptions extends RegistryAccess {
  readonly index: AdvisoryIndex
  readonly cache: LayerCache
  /** Root directory of the host, for the target `host`. */
  readonly hostRoot: string
  /** `os/architecture`; `null` scans every platform of an index. */
  readonly platform: string | null
  readonly progress: (line: string) => void
  readonly signal?: AbortSignal
}

/** Reads the target and holds it against the advisories; the error is one sentence with what and where. */
export async function scanTarget(
  target: Target,
  options: ScanTargetOptions,
): Promise<Result<readonly ScannedThing[], string>> {
  switch (target.is) {
    case 'host':
      return ok([await scanRoot(options.hostRoot, 'host', options)])
    case 'directory':
      return ok([await scanRoot(target.path, 'image', options)])
    case 'registry':
    case 'oci-layout':
    case 'image-archive':
      return scanImages(target, options)
  }
}

async function scanRoot(path: string, kind: 'image' | 'host', options: ScanTargetOptions): Promise<ScannedThing> {
  options.progress(`Reading ${path} …`)
  const found = await readRoot(nodeFileTree(path), {
    ecosystems: ECOSYSTEMS,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const runningKernel = kind === 'host' ? runningKernelOf(path) : undefined
  const inventory = runningKernel === undefined ? found : { ...found, runningKernel }
  return {
    platform: null,
    digest: null,
    inventory,
    assessment: assessInventory(inventory, options.index, kind, systemClock.now()),
  }
}

async function scanImages(
  target: ImageTarget,
  options: ScanTargetOptions,
): Promise<Result<readonly ScannedThing[], string>> {
  const opened = await openImage(target, options)
  if (!opened.ok) return opened
  const { source, selector } = opened.value
  try {
    const manifests = await source.manifests(selector)
    if (!manifests.ok) return err(describeImageError(manifests.error))
    if (manifests.value.length === 0) return err('There is no container image behind this reference.')
    const things: ScannedThing[] = []
    for (const manifest of manifests.value) {
      const scanned = await scanOne(source, manifest, options)
      if (!scanned.ok) return scanned
      if (scanned.value !== 'other-platform') things.push(scanned.value)
    }
    return things.length > 0 ? ok(things) : err(`The image has no platform ${options.platform ?? ''}.`)
  } finally {
    await opened.value.close()
  }
}

async function scanOne(
  source: ImageSource,
  manifest: ImageManifest,
  options: ScanTargetOptions,
): Promise<Result<ScannedThing | 'other-platform', string>> {
  if (options.platform !== null) {
    const config = await readImageConfig(source, manifest.config, DEFAULT_IMAGE_LIMITS.configBytes)
    if (!config.ok) return err(describeImageError(config.error))
    if (!matchesPlatform(platformInWords(config.value), options.platform)) return ok('other-platform')
  }
  const read = await readImage(source, manifest, {
    ecosystems: ECOSYSTEMS,
    cache: options.cache,
    progress: {
      layer: (done, total, fromCache) => options.progress(`Layer ${done} of ${total}${fromCache ? ' (known)' : ''} …`),
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  if (!read.ok) return err(describeImageError(read.error))
  const { config, inventory } = read.value
  return ok({
    platform: platformInWords(config),
    digest: manifest.digest,
    inventory,
    assessment: assessInventory(inventory, options.index, 'image', systemClock.now()),
  })
}

function platformInWords(config: ImageConfig): string {
  return `${config.os}/${config.architecture}${config.variant === null ? '' : `/${config.variant}`}`
}

/** `linux/arm64` asks for any variant, `linux/arm64/v8` for that one. */
function matchesPlatform(platform: string, wanted: string): boolean {
  return platform === wanted || platform.startsWith(`${wanted}/`)
}

/** Layers that this machine has read before. */
export function layerCacheOf(home: string): LayerCache {
  return fileLayerCache(join(home, 'layers'))
}
