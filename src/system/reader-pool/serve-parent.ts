import { read, writeSync } from 'node:fs'

import type { InventoryProblem } from '../../domain/inventory.ts'
import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import { readVex } from '../../findings/vex/read-vex.ts'
import { analyzerSet } from '../../inventory/analyzer-set.ts'
import { DiskFault, type BlockSource, type DiskFaultReason } from '../../inventory/disk/block-device.ts'
import { readDisk } from '../../inventory/disk/read-disk.ts'
import { fileReaderHere } from '../../inventory/file-reader.ts'
import type { RandomAccess } from '../../inventory/file-tree.ts'
import { guardedEcosystems, type ReadingPlace } from '../../inventory/guarded-analyzers.ts'
import { ImageFault } from '../../inventory/image-fault.ts'
import { readLayerTar } from '../../inventory/read-layer.ts'
import { readSbom } from '../../inventory/sbom/read-sbom.ts'
import { ANSWER, FRAME, frameHeader, FrameReader } from './frames.ts'
import type { LeftOut, ReaderJob } from './jobs.ts'
import { openFileOf, scannedFileOf } from './file-frames.ts'

const STDIN = 0
const STDOUT = 1
/** Of memory that input is read into, piece after piece; a pipe gives some 200 KiB at once. */
const SLAB_BYTES = 512 * 1024
const LEAST_READ_BYTES = 128 * 1024
/** Bytes of a layer that may still be in use after they were handed on: the decompressor takes 2 MiB before it is drained. */
const KEPT_BYTES = 4 << 20
/** Bytes of a layer that wait to be inflated; more are left in the pipe, which holds up the parent. */
const MOST_WAITING_BYTES = 1 << 20
/** Results of files are written together. */
const WRITE_BYTES = 128 * 1024
/** Of one frame from the parent: an executable or archive comes in pieces of no more. */
const MOST_FRAME_BYTES = 2 ** 31

/** Answers the parent on standard output until it closes standard input, which ends the process in whatever it does. */
export async function serveParent(ecosystems: readonly Ecosystem[]): Promise<never> {
  const child = new ReaderChild(ecosystems)
  child.send(FRAME.ready, Buffer.from(JSON.stringify({ revision: child.revision })))
  const frames = new FrameReader({
    limitOf: () => MOST_FRAME_BYTES,
    frame: (type, body) => child.take(type, body),
    streamed: FRAME.data,
    piece: bytes => child.takePiece(bytes),
  })
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  let filled = 0
  for (;;) {
    await child.room()
    if (slab.length - filled < LEAST_READ_BYTES) {
      slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
      filled = 0
    }
    const length = await readInto(slab, filled)
    if (length === 0) process.exit(0)
    frames.push(slab.subarray(filled, filled + length))
    filled += length
  }
}

function readInto(slab: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(STDIN, slab, at, slab.length - at, null, (error, length) => (error === null ? resolve(length) : reject(error)))
  })
}

class ReaderChild {
  readonly revision: string
  readonly #ecosystems: readonly Ecosystem[]
  readonly #files
  readonly #leftOut = new Map<string, InventoryProblem>()
  #isCareful = false
  #input = new InputStream()
  readonly #questions = new Map<number, (answer: Buffer) => void>()
  #lastQuestion = 0
  #outbox: Buffer[] = []
  #outboxBytes = 0
  #isFlushPlanned = false

  constructor(ecosystems: readonly Ecosystem[]) {
    this.#ecosystems = guardedEcosystems(ecosystems, {
      leftOut: ({ path, analyzer }) => this.#leftOut.get(`${analyzer} ${path}`) ?? null,
      reading: place => this.#tell(place),
    })
    this.revision = analyzerSet(ecosystems).revision
    this.#files = fileReaderHere(this.#ecosystems)
  }

  send(type: number, body: Buffer): void {
    this.#outbox.push(frameHeader(type, body.length), body)
    this.#outboxBytes += body.length
    if (this.#outboxBytes >= WRITE_BYTES) this.#flush()
    else if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true
      setImmediate(() => this.#flush())
    }
  }

  take(type: number, body: Buffer): void {
    switch (type) {
      case FRAME.job:
        return this.#begin(JSON.parse(body.toString('utf8')) as ReaderJob)
      case FRAME.end:
        return this.#input.end()
      case FRAME.file: {
        const { id, file } = scannedFileOf(body)
        return void this.#answer(id, () => this.#files.readFile(file))
      }
      case FRAME.open: {
        const { id, file, head } = openFileOf(body)
        return void this.#answer(id, () => this.#files.readContent(this.#access(id, file, head), file.path))
      }
      case FRAME.answer: {
        const id = body.readUInt32LE(0)
        this.#questions.get(id)?.(body.subarray(4))
        this.#questions.delete(id)
        return
      }
      default:
        throw new Error(`a message of type ${type}`)
    }
  }

  takePiece(bytes: Buffer<ArrayBuffer>): void {
    this.#input.push(bytes)
  }

  /** Resolves when more input may be taken. */
  room(): Promise<void> {
    return this.#input.room()
  }

  #begin(job: ReaderJob): void {
    if ('leftOut' in job) this.#guard(job)
    const input = new InputStream()
    this.#input = input
    switch (job.is) {
      case 'files':
        return
      case 'layer': {
        const analyzers = analyzerSet(this.#ecosystems)
        const layer = { digest: job.blob }
        return void this.#answer(0, () => readLayerTar(input.pieces(), layer, analyzers, job.limits))
      }
      case 'disk':
        return void this.#answer(0, () =>
          readDisk(this.#blocks(job), this.#ecosystems, {
            progress: line => this.send(FRAME.progress, Buffer.from(JSON.stringify(line))),
          }),
        )
      case 'sbom':
        return void this.#answer(0, async () => {
          const found = readSbom(await input.whole(), job.path)
          if (!found.ok) return found
          const { refs, ...rest } = found.value
          return { ok: true, value: { ...rest, refs: rest.inventory.packages.map(pkg => refs.get(pkg) ?? []) } }
        })
      case 'vex':
        return void this.#answer(0, async () => readVex(await input.whole(), job.path))
    }
  }

  #guard({ leftOut, isCareful }: { readonly leftOut: readonly LeftOut[]; readonly isCareful: boolean }): void {
    this.#leftOut.clear()
    for (const { analyzer, problem } of leftOut) this.#leftOut.set(`${analyzer} ${problem.path}`, problem)
    this.#isCareful = isCareful
  }

  /** Written at once: what comes next may be the end. */
  #tell(place: ReadingPlace | null): void {
    if (!this.#isCareful) return
    this.send(FRAME.reading, Buffer.from(JSON.stringify(place)))
    this.#flush()
  }

  async #answer(id: number, work: () => Promise<unknown>): Promise<void> {
    let answer: unknown
    try {
      answer = { is: 'found', value: await work() }
    } catch (thrown) {
      answer =
        thrown instanceof ImageFault
          ? { is: 'image-error', error: thrown.error }
          : { is: 'thrown', message: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'not an error' }
    }
    if (id === 0) this.#input.discard()
    const number = Buffer.allocUnsafe(4)
    number.writeUInt32LE(id)
    this.send(FRAME.result, Buffer.concat([number, Buffer.from(JSON.stringify(answer))]))
  }

  async #ask(question: object): Promise<Buffer | null> {
    this.#lastQuestion += 1
    const id = this.#lastQuestion
    const answered = new Promise<Buffer>(resolve => this.#questions.set(id, resolve))
    this.send(FRAME.ask, Buffer.from(JSON.stringify({ id, ...question })))
    const answer = await answered
    const how = answer.readUInt8(0)
    if (how === ANSWER.bytes) return answer.subarray(1)
    if (how === ANSWER.nothing) return null
    const { reason, detail } = JSON.parse(answer.toString('utf8', 1)) as { reason: DiskFaultReason; detail: string }
    throw new DiskFault(reason, detail)
  }

  /** Only what `readContent` uses of an open file. */
  #access(of: number, file: { sizeBytes: number; mode: number | null }, head: Buffer): RandomAccess {
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      if (offset + length <= head.length) return head.subarray(offset, offset + length)
      return (await this.#ask({ of, offset, length })) ?? new Uint8Array(0)
    }
    return {
      sizeBytes: file.sizeBytes,
      ...(file.mode === null ? {} : { mode: file.mode }),
      read,
      async *stream(offset, length) {
        yield await read(offset, length)
      },
      async close() {},
    }
  }

  #blocks({ sizeBytes, blockBytes, blocksTotal }: ReaderJob & { readonly is: 'disk' }): BlockSource {
    return {
      sizeBytes,
      blockBytes,
      blocksTotal,
      readBlock: index => this.#ask({ block: index }),
      async close() {},
    }
  }

  #flush(): void {
    this.#isFlushPlanned = false
    if (this.#outbox.length === 0) return
    const bytes = Buffer.concat(this.#outbox)
    this.#outbox = []
    this.#outboxBytes = 0
    // Waits for a parent that is slow to read: there is nothing else to do.
    for (let at = 0; at < bytes.length;) at += writeSync(STDOUT, bytes, at)
  }
}

/** The bytes of a layer or document, between whoever reads the pipe and whoever reads the layer. */
class InputStream {
  #waiting: Buffer<ArrayBuffer>[] = []
  readonly #passed: { readonly slab: ArrayBuffer; bytes: number }[] = []
  #passedBytes = 0
  #waitingBytes = 0
  #isEnded = false
  #isTakenWhole = false
  #isDiscarded = false
  #wakeReader: (() => void) | null = null
  #wakeWriter: (() => void) | null = null

  push(bytes: Buffer<ArrayBuffer>): void {
    if (this.#isDiscarded) return
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#wakeReader?.()
  }

  end(): void {
    this.#isEnded = true
    this.#wakeReader?.()
  }

  /** What still comes is for nobody: its reader has ended. */
  discard(): void {
    this.#isDiscarded = true
    this.#waiting = []
    this.#waitingBytes = 0
    this.#wakeWriter?.()
  }

  async room(): Promise<void> {
    while (this.#waitingBytes > MOST_WAITING_BYTES && !this.#isTakenWhole) {
      await new Promise<void>(resolve => {
        this.#wakeWriter = resolve
      })
    }
  }

  async *pieces(): AsyncGenerator<Buffer<ArrayBuffer>> {
    for (;;) {
      const piece = this.#waiting.shift()
      if (piece !== undefined) {
        this.#waitingBytes -= piece.length
        this.#wakeWriter?.()
        yield piece
        this.#release(piece)
      } else if (this.#isEnded) return
      else {
        await new Promise<void>(resolve => {
          this.#wakeReader = resolve
        })
      }
    }
  }

  /** Gives the memory of what has been inflated back at once: left to the collector, sixty megabytes of it lie about. */
  #release({ buffer, length }: Buffer<ArrayBuffer>): void {
    const last = this.#passed.at(-1)
    if (last?.slab === buffer) last.bytes += length
    else this.#passed.push({ slab: buffer, bytes: length })
    this.#passedBytes += length
    for (let [oldest] = this.#passed; oldest !== undefined; [oldest] = this.#passed) {
      if (this.#passedBytes - oldest.bytes < KEPT_BYTES) return
      this.#passedBytes -= oldest.bytes
      this.#passed.shift()
      oldest.slab.transfer(0)
    }
  }

  async whole(): Promise<Buffer> {
    this.#isTakenWhole = true
    const pieces: Buffer[] = []
    for await (const piece of this.pieces()) pieces.push(piece)
    return Buffer.concat(pieces)
  }
}
