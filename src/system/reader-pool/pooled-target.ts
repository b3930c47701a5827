import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { ScannedFile } from '../../ecosystems/ecosystem.ts'
import type { BlockSource } from '../../inventory/disk/block-device.ts'
import type { ReadDisk } from '../../inventory/disk/disk-inventory.ts'
import type { RandomAccess } from '../../inventory/file-tree.ts'
import { ImageFault } from '../../inventory/image-fault.ts'
import type { LayerRecord } from '../../inventory/layer-cache.ts'
import type { ImageLimits } from '../../inventory/limits.ts'
import type { LayerInput, ReadDiskOptions, Readers, TargetReader } from '../../inventory/readers.ts'
import type { SbomInventory } from '../../inventory/sbom/read-sbom.ts'
import type { ContentOutcome } from '../../inventory/watched-file.ts'
import { sbomSchema } from './answers.ts'
import { readDiskWith } from './disk-reading.ts'
import { readDocument } from './document-reading.ts'
import { FilesReading } from './files-reading.ts'
import { readLayerWith } from './layer-reading.ts'
import { type ReaderChild, ReaderFault } from './reader-child.ts'
import type { ChildPool } from './child-pool.ts'
import { problemAfter, ReaderRetries } from './reader-retries.ts'

/** One target, read by processes that read nothing else. */
export class PooledTarget implements TargetReader {
  readonly #pool: ChildPool
  readonly #here: TargetReader
  readonly #idle: ReaderChild[] = []
  readonly #busy = new Set<ReaderChild>()
  #files: FilesReading | null = null
  #isClosed = false

  constructor(pool: ChildPool, here: Readers) {
    this.#pool = pool
    this.#here = here.begin()
  }

  async readLayer(input: LayerInput, limits: ImageLimits, signal: AbortSignal): Promise<LayerRecord> {
    const what = `layer ${input.blob.digest}`
    const retries = new ReaderRetries(this.#pool.limits.restartsPerLayer)
    const read = (child: ReaderChild): Promise<LayerRecord> =>
      readLayerWith(child, input, limits, retries, this.#pool.revision, signal)
    for (;;) {
      try {
        return await this.#with(read, () => this.#here.readLayer(input, limits, signal))
      } catch (thrown) {
        if (!isFault(thrown)) throw thrown
        if (!retries.mayTryAgain(thrown))
          throw new ImageFault({ is: 'malformed', what, detail: gaveUp(retries, thrown) })
      }
    }
  }

  readFile(file: ScannedFile): Promise<readonly ContentOutcome[]> {
    return this.#filesReading().readFile(file)
  }

  readContent(access: RandomAccess, path: string): Promise<readonly ContentOutcome[]> {
    return this.#filesReading().readContent(access, path)
  }

  async readDisk(source: BlockSource, options: ReadDiskOptions): Promise<Result<ReadDisk, string>> {
    const retries = new ReaderRetries(this.#pool.limits.restartsPerLayer)
    const read = (child: ReaderChild) => readDiskWith(child, source, retries, options)
    for (;;) {
      try {
        return await this.#with(read, () => this.#here.readDisk(source, options))
      } catch (thrown) {
        if (!isFault(thrown)) throw thrown
        if (!retries.mayTryAgain(thrown)) return err(gaveUp(retries, thrown))
      }
    }
  }

  async readSbom(bytes: Uint8Array, path: string): Promise<Result<SbomInventory, InventoryProblem>> {
    try {
      return await this.#with(
        async child => {
          const read = await readDocument(child, { is: 'sbom', path }, bytes, sbomSchema)
          if (!read.ok) return read
          const { refs, ...rest } = read.value
          return ok({ ...rest, refs: new Map(rest.inventory.packages.map((pkg, at) => [pkg, refs[at] ?? []])) })
        },
        () => this.#here.readSbom(bytes, path),
      )
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown
      return err(problemAfter(thrown, path, 'sbom'))
    }
  }

  close(): void {
    this.#isClosed = true
    this.#files?.close()
    for (const child of [...this.#idle.splice(0), ...this.#busy]) this.#pool.retire(child)
    // Ready for the next target, if one follows soon.
    this.#pool.warmUp()
  }

  #filesReading(): FilesReading {
    this.#files ??= new FilesReading(this.#pool, this.#here)
    return this.#files
  }

  /** Runs one piece of work on a reader of this target, kept for the next piece unless it failed or is wanted elsewhere. */
  async #with<T>(work: (child: ReaderChild) => Promise<T>, here: () => Promise<T>): Promise<T> {
    const child = this.#idle.pop() ?? (await this.#pool.take())
    if (child === null) return here()
    this.#busy.add(child)
    try {
      const done = await work(child)
      this.#busy.delete(child)
      if (this.#isClosed || this.#pool.isWanted) this.#pool.retire(child)
      else this.#idle.push(child)
      return done
    } catch (thrown) {
      this.#busy.delete(child)
      this.#pool.retire(child)
      throw thrown
    }
  }
}

/** Whether a reader has ended by itself; one that we have closed is no reason to try again. */
function isFault(thrown: unknown): thrown is ReaderFault {
  return thrown instanceof ReaderFault && thrown.end !== 'closed'
}

function gaveUp({ ends }: ReaderRetries, { message, at }: ReaderFault): string {
  const where = at === null ? '' : `, over ${at.path} with ${at.analyzer}`
  return `its reader has ended ${ends} times, last: ${message}${where}`
}
