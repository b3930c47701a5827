import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import type { Digest } from '../domain/ids.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { analyzerSet } from './analyzer-set.ts'
import type { AnalyzerSet } from './analyzer-set.ts'
import type { BlobDescriptor, ImageError, ImageInventory, ImageManifest, ImageProgress, ImageSource } from './image.ts'
import type { Pieces } from './file-tree.ts'
import { readImageConfig } from './image-blobs.ts'
import { ImageFault, imageErrorOf } from './image-fault.ts'
import { isForeignLayer, isTarMediaType } from './image-manifest.ts'
import { inventoryOfFiles } from './inventory-of-files.ts'
import type { LayerCache, LayerRecord } from './layer-cache.ts'
import { DEFAULT_IMAGE_LIMITS } from './limits.ts'
import type { ImageLimits } from './limits.ts'
import { mergeLayers } from './merge-layers.ts'
import type { Readers, TargetReader } from './readers.ts'
import { readersHere } from './readers-here.ts'

export interface ReadImageOptions {
  readonly ecosystems: readonly Ecosystem[]
  readonly cache: LayerCache
  /** Where layers are read; in this process when left out, which is for what is trusted and for tests. */
  readonly readers?: Readers
  readonly limits?: Partial<ImageLimits>
  readonly progress?: ImageProgress
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * What an image holds. Layers that the cache knows are not opened; the others are read as streams and never stored.
 * One unreadable file is a problem in the inventory; an unreadable layer is an error, since it could hold anything.
 */
export async function readImage(
  source: ImageSource,
  manifest: ImageManifest,
  options: ReadImageOptions,
): Promise<Result<ImageInventory, ImageError>> {
  const limits = { ...DEFAULT_IMAGE_LIMITS, ...options.limits }
  const analyzers = analyzerSet(options.ecosystems)
  const what = `image ${manifest.digest}`
  if (manifest.layers.length > limits.layersPerImage) {
    const detail = `${manifest.layers.length} layers`
    return err({ is: 'limit-exceeded', what, limit: 'layersPerImage', detail })
  }
  const config = await readImageConfig(source, manifest.config, limits.configBytes)
  if (!config.ok) return config
  const { diffIds } = config.value
  if (diffIds.length !== manifest.layers.length) {
    const detail = `${manifest.layers.length} layers, but ${diffIds.length} diff ids in the configuration`
    return err({ is: 'malformed', what, detail })
  }
  const readers = options.readers ?? readersHere(options.ecosystems)
  const reader = readers.begin()
  const records = await readLayers(source, manifest.layers, analyzers, limits, options, {
    reader,
    atOnce: readers.atOnce,
  }).finally(() => reader.close())
  if (!records.ok) return records
  const layers = manifest.layers.flatMap(({ digest }, at) => {
    const record = records.value.get(digest)
    return record === undefined ? [] : [{ record, ref: { diffId: diffIds[at] ?? digest, digest } }]
  })
  const merged = mergeLayers(layers, analyzers)
  const inventory = inventoryOfFiles(merged.files, options.ecosystems, merged.problems)
  return ok({ manifest, config: config.value, inventory })
}

/** Every distinct layer once, from the cache or the source; the first failure stops the others. */
async function readLayers(
  source: ImageSource,
  blobs: readonly BlobDescriptor[],
  analyzers: AnalyzerSet,
  limits: ImageLimits,
  options: ReadImageOptions,
  { reader, atOnce }: { readonly reader: TargetReader; readonly atOnce: number },
): Promise<Result<ReadonlyMap<Digest, LayerRecord>, ImageError>> {
  // The largest first: a large one that starts last would be read alone while the other workers idle.
  const distinct = [...new Map(blobs.map(blob => [blob.digest, blob])).values()]
  const waiting = distinct.sort((a, b) => b.sizeBytes - a.sizeBytes)
  const total = waiting.length
  const records = new Map<Digest, LayerRecord>()
  const stop = new AbortController()
  let failure: ImageError | null = null

  async function work(): Promise<void> {
    for (let blob = waiting.shift(); blob !== undefined && failure === null; blob = waiting.shift()) {
      options.signal?.throwIfAborted()
      const cached = await options.cache.get(blob.digest, analyzers.revision)
      const record = cached ?? (await readOneLayer(source, blob, reader, limits, options.signal, stop.signal))
      if ('is' in record) {
        failure ??= record
        stop.abort(new ImageFault(record))
        return
      }
      if (cached === null) await options.cache.put(record)
      records.set(blob.digest, record)
      options.progress?.layer(records.size, total, cached !== null)
    }
  }

  const workers = Math.max(1, Math.min(atOnce, total))
  const outcomes = await Promise.allSettled(
    Array.from({ length: workers }, async () => {
      try {
        await work()
      } catch (thrown) {
        stop.abort(thrown)
        throw thrown
      }
    }),
  )
  options.signal?.throwIfAborted()
  if (failure !== null) return err(failure)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return ok(records)
}

async function readOneLayer(
  source: ImageSource,
  blob: BlobDescriptor,
  reader: TargetReader,
  limits: ImageLimits,
  callerSignal: AbortSignal | undefined,
  stopSignal: AbortSignal,
): Promise<LayerRecord | ImageError> {
  const what = `layer ${blob.digest}`
  if (!isTarMediaType(blob.mediaType)) return { is: 'unsupported-media-type', what, mediaType: blob.mediaType }
  const tooSlow = new AbortController()
  const detail = `not read within ${limits.layerTimeoutMs} ms`
  const timer = setTimeout(() => {
    tooSlow.abort(new ImageFault({ is: 'limit-exceeded', what, limit: 'layerTimeoutMs', detail }))
  }, limits.layerTimeoutMs)
  const signal = AbortSignal.any([tooSlow.signal, stopSignal, ...(callerSignal === undefined ? [] : [callerSignal])])
  try {
    return await reader.readLayer({ blob, open: () => openLayer(source, blob) }, limits, signal)
  } catch (thrown) {
    callerSignal?.throwIfAborted()
    return imageErrorOf(thrown, what)
  } finally {
    clearTimeout(timer)
  }
}

async function openLayer(source: ImageSource, blob: BlobDescriptor): Promise<Pieces> {
  const opened = await source.openBlob(blob)
  if (opened.ok) return opened.value
  // A foreign layer lives at a URL that its manifest names; fetching what a manifest tells us to is not for us to do.
  const isMissingForeign = opened.error.is === 'not-found' && isForeignLayer(blob)
  throw new ImageFault(
    isMissingForeign ? { is: 'foreign-layer', what: `layer ${blob.digest}`, urls: blob.urls ?? [] } : opened.error,
  )
}
