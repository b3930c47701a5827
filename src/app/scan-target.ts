import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import type { VexArtefact } from '../findings/vex/vex-artefact.ts'
import type { VexDocument } from '../findings/vex/vex-statement.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import { describeImageError } from '../inventory/describe-image-error.ts'
import { readImageConfig } from '../inventory/image-blobs.ts'
import type { ImageManifest, ImageSource, Referrer } from '../inventory/image.ts'
import { parseImageReference } from '../inventory/image-reference.ts'
import { DEFAULT_IMAGE_LIMITS } from '../inventory/limits.ts'
import { matchesPlatform, platformInWords } from '../inventory/platform.ts'
import { readImage } from '../inventory/read-image.ts'
import type { Readers } from '../inventory/readers.ts'
import { readRoot } from '../inventory/read-root.ts'
import type { LayerCache } from '../inventory/layer-cache.ts'
import { mayBeSbom, SBOM_HEAD_BYTES } from '../inventory/sbom/may-be-sbom.ts'
import { assessInventory, type Assessment } from '../scanning/assess-inventory.ts'
import { excuseByVex, type SuppressedDetection } from '../scanning/excuse-by-vex.ts'
import type { AdvisoryIndex } from '../matching/advisory-index.ts'
import { systemClock } from '../system/clock.ts'
import { fileLayerCache } from '../system/file-layer-cache.ts'
import { nodeFileTree } from '../system/file-tree.ts'
import { runningKernelOf } from '../system/this-host.ts'
import type { DiskInventory, ReadDisk } from '../inventory/disk/disk-inventory.ts'
import { openImage, parseImageTarget, type ImageTarget, type RegistryAccess } from './image-targets.ts'

/** What `openinspector scan` is pointed at. */
export type Target =
  | ImageTarget
  | { readonly is: 'directory'; readonly path: string }
  /** A raw image of a disk, or a block device. */
  | { readonly is: 'disk'; readonly path: string }
  | { readonly is: 'ebs-snapshot'; readonly snapshot: string }
  /** `null` is standard input. */
  | { readonly is: 'sbom'; readonly path: string | null }
  | { readonly is: 'host' }

/** `host`, `sbom:FILE` or `-`, `disk:FILE`, `ebs:snap-…`, a target of image-targets.ts, `dir:PATH`, a path that exists, else an image reference. */
export function parseTarget(text: string): Result<Target, string> {
  if (text === 'host') return ok({ is: 'host' })
  if (text === '-') return ok({ is: 'sbom', path: null })
  if (text.startsWith('sbom:') && text.length > 5) {
    return ok({ is: 'sbom', path: text === 'sbom:-' ? null : text.slice(5) })
  }
  if (text.startsWith('disk:') && text.length > 5) return ok({ is: 'disk', path: text.slice(5) })
  if (text.startsWith('ebs:')) return ebsSnapshot(text.slice(4))
  const image = parseImageTarget(text)
  if (image !== null) return image
  if (text.startsWith('dir:') && text.length > 4) return directory(text.slice(4))
  if (/^[./~]/.test(text) || existsSync(text)) return directoryOrSbom(text)
  const reference = parseImageReference(text)
  return reference.ok ? ok({ is: 'registry', reference: reference.value }) : err(describeImageError(reference.error))
}

function ebsSnapshot(snapshot: string): Result<Target, string> {
  return /^snap-[0-9a-f]{8}(?:[0-9a-f]{9})?$/.test(snapshot)
    ? ok({ is: 'ebs-snapshot', snapshot })
    : err(`${snapshot || 'Nothing'} is not the id of an EBS snapshot, e.g. snap-0123456789abcdef0.`)
}

function directoryOrSbom(path: string): Result<Target, string> {
  return existsSync(path) && isSbomFile(path) ? ok({ is: 'sbom', path }) : directory(path)
}

/** By its first bytes, not by its name; a pipe is taken for one, because it can be nothing else that is scanned. */
function isSbomFile(path: string): boolean {
  const stat = statSync(path)
  if (stat.isDirectory()) return false
  if (!stat.isFile()) return stat.isFIFO()
  const file = openSync(path, 'r')
  try {
    const head = new Uint8Array(SBOM_HEAD_BYTES)
    return mayBeSbom(head.subarray(0, readSync(file, head)))
  } finally {
    closeSync(file)
  }
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
  /** What is attached to the image in its registry; `null` where nobody could be asked. */
  readonly referrers: readonly Referrer[] | null
  /** Where on a disk it lies, and how the disk was read; absent for anything else. */
  readonly disk?: { readonly tree: DiskInventory; readonly read: ReadDisk }
  /** How kernels were judged. */
  readonly resourceKind: 'image' | 'host'
  readonly inventory: Inventory
  /** Without what VEX documents suppress. */
  readonly assessment: Assessment
  readonly suppressed: readonly SuppressedDetection[]
}

export interface ScanTargetOptions extends RegistryAccess {
  readonly readers: Readers
  readonly index: AdvisoryIndex
  readonly cache: LayerCache
  /** Packaging systems as this installation understands them. (app/known-ecosystems.ts) */
  readonly ecosystems: readonly Ecosystem[]
  /** The directory where this machine remembers what it has read. */
  readonly home: string
  /** Root directory of the host, for the target `host`. */
  readonly hostRoot: string
  /** What others say of the target; later statements win over earlier ones. */
  readonly vex: readonly VexDocument[]
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
    case 'disk': {
      const { readDiskFile } = await import('./disk-target.ts')
      const read = await readDiskFile(target.path, options)
      return read.ok ? ok(thingsOfDisk(read.value, options)) : read
    }
    case 'ebs-snapshot': {
      const { readEbsSnapshot } = await import('./ebs-target.ts')
      const read = await readEbsSnapshot(target.snapshot, join(options.home, 'snapshots'), options)
      return read.ok ? ok(thingsOfDisk(read.value, options)) : read
    }
    case 'sbom':
      return scanSbom(target.path, options)
    case 'registry':
    case 'oci-layout':
    case 'image-archive':
    case 'containers-storage':
    case 'containerd':
      return scanImages(target, options)
  }
}

async function scanRoot(path: string, kind: 'image' | 'host', options: ScanTargetOptions): Promise<ScannedThing> {
  options.progress(`Reading ${path} …`)
  const reader = options.readers.begin()
  const found = await readRoot(nodeFileTree(path), {
    ecosystems: options.ecosystems,
    reader,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }).finally(() => reader.close())
  const runningKernel = kind === 'host' ? runningKernelOf(path) : undefined
  const inventory = runningKernel === undefined ? found : { ...found, runningKernel }
  return {
    platform: null,
    digest: null,
    referrers: null,
    resourceKind: kind,
    inventory,
    ...assessed(inventory, kind, {}, options),
  }
}

/** A disk is a machine's: its kernels count, although nobody knows which of them runs. */
export function thingsOfDisk(
  read: ReadDisk,
  options: Pick<ScanTargetOptions, 'index' | 'vex'>,
): readonly ScannedThing[] {
  return read.trees.map(tree => ({
    platform: null,
    digest: null,
    referrers: null,
    disk: { tree, read },
    resourceKind: 'host',
    inventory: tree.inventory,
    ...assessed(tree.inventory, 'host', {}, options),
  }))
}

async function scanSbom(
  path: string | null,
  options: ScanTargetOptions,
): Promise<Result<readonly ScannedThing[], string>> {
  const { readSbomTarget } = await import('./sbom-target.ts')
  const read = await readSbomTarget(path, options.readers)
  if (!read.ok) return read
  const { inventory, resourceKind, subjectPurl } = read.value
  const judged = assessed(inventory, resourceKind, { purl: subjectPurl }, options)
  return ok([{ platform: null, digest: null, referrers: null, resourceKind, inventory, ...judged }])
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
      const scanned = await scanOne(source, manifest, target, options)
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
  target: ImageTarget,
  options: ScanTargetOptions,
): Promise<Result<ScannedThing | 'other-platform', string>> {
  if (options.platform !== null) {
    const config = await readImageConfig(source, manifest.config, DEFAULT_IMAGE_LIMITS.configBytes)
    if (!config.ok) return err(describeImageError(config.error))
    if (!matchesPlatform(platformInWords(config.value), options.platform)) return ok('other-platform')
  }
  const read = await readImage(source, manifest, {
    ecosystems: options.ecosystems,
    readers: options.readers,
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
    referrers: await referrersOf(source, manifest),
    resourceKind: 'image',
    inventory,
    ...assessed(inventory, 'image', imageArtefact(target, manifest, config.architecture), options),
  })
}

function assessed(
  inventory: Inventory,
  kind: 'image' | 'host',
  known: Partial<VexArtefact>,
  { index, vex }: Pick<ScanTargetOptions, 'index' | 'vex'>,
): Pick<ScannedThing, 'assessment' | 'suppressed'> {
  const assessment = assessInventory(inventory, index, kind, systemClock.now())
  const nothing = { digests: [], repository: null, tag: null, arch: null, purl: null }
  return excuseByVex(assessment, vex, { ...nothing, distro: inventory.distro, ...known }, index)
}

/** What a statement may call an image by. Archives and layouts hold no name that anybody vouches for. */
function imageArtefact(
  target: ImageTarget,
  { digest, indexDigest }: ImageManifest,
  arch: string | null,
): Partial<VexArtefact> {
  const digests = indexDigest === null ? [digest] : [digest, indexDigest]
  if (target.is !== 'registry') return { digests, arch }
  const { host, repository, tag } = target.reference
  const shown = host === 'registry-1.docker.io' ? 'docker.io' : host
  return { digests, arch, repository: `${shown}/${repository}`, tag }
}

/** Of the image and of the index that lists it. What is attached changes no finding, so failing to learn it fails nothing. */
async function referrersOf(source: ImageSource, manifest: ImageManifest): Promise<readonly Referrer[] | null> {
  if (source.referrers === undefined) return null
  const found = new Map<Digest, Referrer>()
  for (const digest of [manifest.digest, manifest.indexDigest]) {
    const listed = digest === null ? null : await source.referrers(digest)
    if (listed?.ok === false) return null
    for (const referrer of listed?.value ?? []) found.set(referrer.digest, referrer)
  }
  return [...found.values()]
}

/** Layers that this machine has read before. */
export function layerCacheOf(home: string): LayerCache {
  return fileLayerCache(join(home, 'layers'))
}
