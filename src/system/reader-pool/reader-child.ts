import { readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { once } from 'node:events'

import { z } from 'zod'

import type { ReadingPlace } from '../../inventory/guarded-analyzers.ts'
import type { ReaderLimits } from '../../inventory/limits.ts'
import { FRAME, frameHeader, FrameReader } from './frames.ts'
import { type Launch, launchReader, type ReaderProcess } from './launch.ts'

export type ReaderEnd = 'crashed' | 'timeout' | 'out-of-memory' | 'lied' | 'closed'

/** Says how a reader ended without an answer. */
export class ReaderFault extends Error {
  readonly end: ReaderEnd
  /** What it had told to be reading. */
  readonly at: ReadingPlace | null

  constructor(end: ReaderEnd, detail: string, at: ReadingPlace | null) {
    super(detail)
    this.name = 'ReaderFault'
    this.end = end
    this.at = at
  }
}

/** Why no reader could be started; what was to be read is read in this process. */
export class StartFailure extends Error {}

/** What a job wants to hear. */
export interface ReaderListener {
  frame(type: number, body: Buffer): void
  /** Whether the reader has all it needs to go on, so that its silence counts. */
  owes(): boolean
}

export interface ReaderChildOptions extends Launch {
  readonly limits: ReaderLimits
  /** Added to the niceness of this process. */
  readonly niceness: number
  /** What analyzers the parent knows; a reader that has others is not used. */
  readonly revision: string
}

const ready = z.object({ revision: z.string() })
const place = z.object({ path: z.string(), analyzer: z.string() }).nullable()

/** Of standard error, for telling how a reader ended. */
const MOST_ERROR_CHARACTERS = 16_384
/** Bytes on their way to a reader, above which a sender waits. */
const MOST_UNSENT_BYTES = 1 << 20
const MOST_LAST_WORDS = 300
const LOOKS_PER_TIMEOUT = 20
const LONGEST_LOOK_MS = 1_000
const PAGE_BYTES = 4096

/** A running reader, seen from its parent. */
export class ReaderChild {
  readonly #process: ReaderProcess
  readonly #limits: ReaderLimits
  readonly #ended: Promise<ReaderFault>
  #listener: ReaderListener | null = null
  #fault: ReaderFault | null = null
  #at: ReadingPlace | null = null
  #errorText = ''
  #heardAt = performance.now()
  #look: NodeJS.Timeout | null = null

  /** Resolves when it is ready to read; rejects with a `StartFailure`. */
  static async start(options: ReaderChildOptions, signal: AbortSignal): Promise<ReaderChild> {
    signal.throwIfAborted()
    const child = new ReaderChild(launchReader(options), options)
    let tooSlow: NodeJS.Timeout | null = null
    const kill = (): void => child.kill()
    signal.addEventListener('abort', kill)
    try {
      const revision = await new Promise<string>((resolve, reject) => {
        tooSlow = setTimeout(() => reject(new Error('it took too long')), options.limits.startTimeoutMs)
        child.#listener = {
          frame: (type, body) => {
            const parsed = type === FRAME.ready ? ready.safeParse(JSON.parse(body.toString('utf8'))) : null
            if (parsed?.success === true) resolve(parsed.data.revision)
            else reject(new Error('it says something else than that it is ready'))
          },
          owes: () => false,
        }
        void child.#ended.then(fault => reject(fault))
      })
      if (revision !== options.revision) {
        throw new Error('it has other analyzers: the program was changed while it runs')
      }
      return child
    } catch (cause) {
      child.kill()
      throw new StartFailure(cause instanceof Error ? cause.message : String(cause), { cause })
    } finally {
      if (tooSlow !== null) clearTimeout(tooSlow)
      signal.removeEventListener('abort', kill)
      child.#listener = null
    }
  }

  private constructor(process: ReaderProcess, { limits, niceness }: ReaderChildOptions) {
    this.#process = process
    this.#limits = limits
    this.#ended = this.#watchEnd()
    const frames = new FrameReader({
      limitOf: type => (type === FRAME.result ? limits.answerBytes : type >= FRAME.ready ? limits.messageBytes : 0),
      frame: (type, body) => this.#take(type, body),
    })
    process.stdout.on('data', (chunk: Buffer<ArrayBuffer>) => {
      this.#heardAt = performance.now()
      if (this.#fault !== null) return
      try {
        frames.push(chunk)
      } catch (thrown) {
        this.#end('lied', thrown instanceof Error ? thrown.message : String(thrown))
      }
    })
    process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-MOST_ERROR_CHARACTERS)
    })
    // A reader that has ended says so by its end.
    for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', () => undefined)
    if (niceness > 0 && process.pid !== undefined) setPriority(process.pid, niceness)
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get hasEnded(): boolean {
    return this.#fault !== null
  }

  /** Runs a job until `work` is done; rejects with a `ReaderFault` when the reader ends before. */
  async during<T>(listener: ReaderListener, signal: AbortSignal | null, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    this.#listener = listener
    this.#at = null
    this.#startLooking()
    const kill = (): void => this.kill()
    signal?.addEventListener('abort', kill, { once: true })
    try {
      return await Promise.race([work(), this.#ended.then(fault => Promise.reject(fault))])
    } catch (thrown) {
      signal?.throwIfAborted()
      throw thrown
    } finally {
      signal?.removeEventListener('abort', kill)
      this.#stopLooking()
      this.#listener = null
    }
  }

  /** Sends a message of one or several parts; resolves when more may be sent. */
  async send(type: number, ...parts: readonly Uint8Array[]): Promise<void> {
    if (this.#fault !== null) return
    const { stdin } = this.#process
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0)
    stdin.cork()
    stdin.write(frameHeader(type, length))
    for (const part of parts) stdin.write(part, this.#sent)
    stdin.uncork()
    if (stdin.writableLength > MOST_UNSENT_BYTES) await Promise.race([once(stdin, 'drain'), this.#ended])
  }

  /** Whether some of what was sent has not been taken. */
  get hasUnsent(): boolean {
    return this.#process.stdin.writableLength > 0
  }

  /** What is wrong with what it said: it is not heard again. */
  lied(detail: string): ReaderFault {
    return this.#end('lied', detail)
  }

  /** It has answered that it failed. */
  failed(detail: string): ReaderFault {
    return this.#end('crashed', detail)
  }

  kill(): void {
    this.#end('closed', 'it was closed')
  }

  /** Whether the process lives on has no bearing on whether this one may end. */
  unref(): void {
    this.#process.unref()
    for (const stream of [this.#process.stdin, this.#process.stdout, this.#process.stderr]) refOf(stream)?.unref()
  }

  ref(): void {
    this.#process.ref()
    for (const stream of [this.#process.stdin, this.#process.stdout, this.#process.stderr]) refOf(stream)?.ref()
  }

  readonly #sent = (): void => {
    this.#heardAt = performance.now()
  }

  #take(type: number, body: Buffer): void {
    if (this.#fault !== null) return
    if (type === FRAME.reading) {
      const parsed = place.safeParse(JSON.parse(body.toString('utf8')))
      if (parsed.success) this.#at = parsed.data
      else this.#end('lied', 'it tells a place that is none')
    } else if (this.#listener === null) this.#end('lied', 'it speaks without having been asked')
    else this.#listener.frame(type, body)
  }

  #end(end: ReaderEnd, detail: string): ReaderFault {
    this.#fault ??= new ReaderFault(end, detail, this.#at)
    this.#process.kill('SIGKILL')
    return this.#fault
  }

  #watchEnd(): Promise<ReaderFault> {
    return new Promise(resolve => {
      const ended = (detail: string): void => {
        const isFull = /heap out of memory|Allocation failed|Array buffer allocation failed/.test(this.#errorText)
        this.#fault ??= new ReaderFault(
          isFull ? 'out-of-memory' : 'crashed',
          `${detail} ${this.#lastWords()}`.trim(),
          this.#at,
        )
        this.#stopLooking()
        resolve(this.#fault)
      }
      this.#process.once('error', error => ended(error.message))
      // `close` comes when its pipes are read to the end: what it said last counts.
      this.#process.once('close', (code, signal) => ended(`it ended with ${signal ?? `code ${String(code)}`}`))
    })
  }

  /** The line of an uncaught error in what it wrote to standard error. */
  #lastWords(): string {
    return /^\w*Error: .*$/m.exec(this.#errorText)?.[0].slice(0, MOST_LAST_WORDS) ?? ''
  }

  #startLooking(): void {
    this.#heardAt = performance.now()
    const { fileTimeoutMs, memoryBytes } = this.#limits
    const look = (): void => {
      if (this.#listener?.owes() !== true) this.#heardAt = performance.now()
      if (performance.now() - this.#heardAt > fileTimeoutMs) {
        this.#end('timeout', `it was silent for ${fileTimeoutMs} ms`)
      } else if (residentBytes(this.pid) > memoryBytes) {
        this.#end('out-of-memory', `it took more than ${memoryBytes} bytes`)
      }
    }
    this.#look = setInterval(look, Math.min(LONGEST_LOOK_MS, fileTimeoutMs / LOOKS_PER_TIMEOUT)).unref()
  }

  #stopLooking(): void {
    if (this.#look !== null) clearInterval(this.#look)
    this.#look = null
  }
}

/** The pipes of a child are sockets, which can be let go of. */
function refOf(stream: object): { ref(): void; unref(): void } | null {
  return 'unref' in stream && 'ref' in stream ? (stream as { ref(): void; unref(): void }) : null
}

/** What a process has in memory; 0 where the system does not say. (proc(5), statm) */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1] ?? 0) * PAGE_BYTES
  } catch {
    return 0
  }
}
