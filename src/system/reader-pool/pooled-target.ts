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
import { sbomAnswer } from './answers.ts'
import { readDiskWith } from './disk-reading.ts'
import { readDocument } from './document-reading.ts'
import { FilesReading } from './files-reading.ts'
import { readLayerWith } from './layer-reading.ts'
import { type ReaderChild, ReaderFault } from './reader-child.ts'
import type { ChildPool } from './child-pool.ts'
import { problemAfter, ReaderRetries } from './reader-retries.ts'

/** Compressed bytes of a layer that take about as long to read as another reader takes to start. */
const WORTH_A_START_BYTES = 8 << 20

/** One target, read by processes that read nothing else. */
export class PooledTarget implements TargetReader {
  readonly #pool: ChildPool
  readonly #here: TargetReader
  readonly #idle: ReaderChild[] = []
  /** Readers that this target has, or is about to have. */
  #own = 0
  readonly #waiting: ((child: ReaderChild | null) => void)[] = []
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
        const mayStart = input.blob.sizeBytes >= WORTH_A_START_BYTES
        return await this.#with(read, () => this.#here.readLayer(input, limits, signal), mayStart)
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
          const read = await readDocument(child, { is: 'sbom', path }, bytes, sbomAnswer)
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
    this.#pool.targetEnded()
  }

  #filesReading(): FilesReading {
    this.#files ??= new FilesReading(this.#pool, this.#here)
    return this.#files
  }

  /** Runs one piece of work on a reader of this target, kept for the next piece unless it failed or is wanted elsewhere. */
  async #with<T>(work: (child: ReaderChild) => Promise<T>, here: () => Promise<T>, mayStart = true): Promise<T> {
    const child = await this.#acquire(mayStart)
    if (child === null) return here()
    this.#busy.add(child)
    try {
      const done = await work(child)
      this.#busy.delete(child)
      this.#giveBack(child)
      return done
    } catch (thrown) {
      this.#busy.delete(child)
      this.#lose(child)
      throw thrown
    }
  }

  /** `null` where no reader can be started. One that must not be started is waited for, while there is one to wait for. */
  async #acquire(mayStart: boolean): Promise<ReaderChild | null> {
    for (;;) {
      const idle = this.#idle.pop()
      if (idle !== undefined) return idle
      if (mayStart || this.#own === 0) break
      const given = await new Promise<ReaderChild | null>(resolve => this.#waiting.push(resolve))
      if (given !== null) return given
    }
    this.#own += 1
    const started = await this.#pool.take().catch((thrown: unknown) => {
      this.#lose(null)
      throw thrown
    })
    if (started === null) this.#lose(null)
    return started
  }

  #giveBack(child: ReaderChild): void {
    const next = this.#isClosed ? undefined : this.#waiting.shift()
    if (next !== undefined) next(child)
    else if (this.#isClosed || this.#pool.isWanted) this.#lose(child)
    else this.#idle.push(child)
  }

  #lose(child: ReaderChild | null): void {
    this.#own -= 1
    if (child !== null) this.#pool.retire(child)
    // Whoever waits looks anew: there may be none left to wait for.
    for (const wake of this.#waiting.splice(0)) wake(null)
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
