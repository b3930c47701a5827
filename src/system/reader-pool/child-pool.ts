import { availableParallelism } from 'node:os'

import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import { analyzerSet } from '../../inventory/analyzer-set.ts'
import { DEFAULT_READER_LIMITS, type ReaderLimits } from '../../inventory/limits.ts'
import { ReaderChild, ReaderFault, StartFailure } from './reader-child.ts'

export interface ReaderPoolOptions {
  readonly ecosystems: readonly Ecosystem[]
  /** Module whose `ECOSYSTEMS` they are, for the processes to load. */
  readonly analyzers: URL
  /** Told once when no process can be started, so that what is scanned is parsed here. */
  onUnprotected(reason: string): void
  readonly limits?: Partial<ReaderLimits>
  /** Added to the niceness of this process. */
  readonly niceness?: number
  /** Whether targets follow one another, so that a reader is started for the next when one has ended. */
  readonly isLasting?: boolean
  /** Milliseconds that such a reader waits; starting one takes 0.1 s. */
  readonly idleMs?: number
}

const IDLE_MS = 10_000
/** After readers could not be started; each try may take a while. */
const PAUSE_AFTER_FAILURE_MS = 60_000

/** Hands out readers that have seen nothing yet, no more at once than may be. */
export class ChildPool {
  /** Layers of one image that are worth reading at once. */
  readonly atOnce: number
  readonly #size: number
  readonly limits: ReaderLimits
  readonly ecosystems: readonly Ecosystem[]
  readonly revision: string
  readonly #options: ReaderPoolOptions
  readonly #waiting: (() => void)[] = []
  readonly #out = new Set<ReaderChild>()
  #taken = 0
  readonly #closed = new AbortController()
  #spare: { readonly child: Promise<ReaderChild>; readonly expires: NodeJS.Timeout } | null = null
  #isClosed = false
  #hasWarned = false
  #pausedUntil = 0

  constructor(options: ReaderPoolOptions) {
    this.#options = options
    this.ecosystems = options.ecosystems
    this.limits = { ...DEFAULT_READER_LIMITS, ...options.limits }
    this.atOnce = Math.max(1, Math.min(availableParallelism(), this.limits.processes))
    // A reader may wait for a slow registry, and must not keep others from working meanwhile.
    this.#size = Math.max(1, Math.min(2 * this.atOnce, this.limits.processes))
    this.revision = analyzerSet(options.ecosystems).revision
  }

  /** A reader of one's own, to be given back; `null` where none can be started. */
  async take(): Promise<ReaderChild | null> {
    if (this.#taken >= this.#size) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#taken += 1
    try {
      if (this.#isClosed) throw new ReaderFault('closed', 'it was closed', null)
      if (performance.now() < this.#pausedUntil) return this.#none()
      const child = await (this.#takeSpare() ?? this.#start())
      if (this.#isClosed) child.kill()
      child.ref()
      this.#out.add(child)
      return child
    } catch (thrown) {
      if (!(thrown instanceof StartFailure)) {
        this.#leave()
        throw thrown
      }
      this.#pausedUntil = performance.now() + PAUSE_AFTER_FAILURE_MS
      if (!this.#hasWarned) this.#options.onUnprotected(thrown.message)
      this.#hasWarned = true
      return this.#none()
    }
  }

  /** Ends a reader: it has seen something of a target. */
  retire(child: ReaderChild): void {
    if (!this.#out.delete(child)) return
    child.kill()
    this.#leave()
  }

  /** Whether somebody waits for a reader, so that nobody should keep one who needs none. */
  get isWanted(): boolean {
    return this.#waiting.length > 0
  }

  targetEnded(): void {
    if (this.#options.isLasting === true) this.warmUp()
  }

  warmUp(): void {
    if (this.#spare !== null || this.#isClosed || this.#out.size >= this.#size) return
    const child = this.#start()
    const expires = setTimeout(() => this.#dropSpare(), this.#options.idleMs ?? IDLE_MS).unref()
    this.#spare = { child, expires }
    // Whoever takes it hears of its failure.
    child.then(started => started.unref()).catch(() => undefined)
  }

  close(): void {
    this.#isClosed = true
    // Also those that have only begun to start: whoever ends must not wait for them.
    this.#closed.abort()
    this.#dropSpare()
    for (const child of this.#out) this.retire(child)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #start(): Promise<ReaderChild> {
    const { analyzers, niceness = 0 } = this.#options
    const { limits, revision } = this
    const launch = { analyzers, limits, revision, niceness, heapBytes: limits.heapBytes }
    return ReaderChild.start(launch, this.#closed.signal)
  }

  #takeSpare(): Promise<ReaderChild> | null {
    const spare = this.#spare
    if (spare === null) return null
    this.#spare = null
    clearTimeout(spare.expires)
    return spare.child.then(child => (child.hasEnded ? this.#start() : child))
  }

  #dropSpare(): void {
    const spare = this.#spare
    this.#spare = null
    if (spare === null) return
    clearTimeout(spare.expires)
    spare.child.then(child => child.kill()).catch(() => undefined)
  }

  #none(): null {
    this.#leave()
    return null
  }

  /** The place goes straight to the next in line. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken -= 1
    else next()
  }
}
