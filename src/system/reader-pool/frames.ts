/** What a message is; the first byte of its frame. To a reader up to 9, from one from 10 on. */
export const FRAME = {
  /** JSON: what is to be read. (jobs.ts) */
  job: 1,
  /** Bytes of a layer or document, in the order of the stream. */
  data: 2,
  /** No more `data`. */
  end: 3,
  /** A file and its bytes. (file-frames.ts) */
  file: 4,
  /** An answer to `ask`: number, how it went (`ANSWER`), bytes. */
  answer: 5,
  /** A file that is open in the parent, with its head. (file-frames.ts) */
  open: 6,
  /** JSON: the reader has started, with the revision of its analyzers. */
  ready: 10,
  /** JSON: a piece of an open file, or a block of a disk, is wanted. */
  ask: 11,
  /** A number and JSON: what was found. */
  result: 12,
  /** JSON: the file and the analyzer that reads it from now on, or null. */
  reading: 13,
  /** JSON: a line for people. */
  progress: 14,
} as const

/** How a question was answered: not at all (JSON of a fault follows), with bytes, or with a block that was never written. */
export const ANSWER = { fault: 0, bytes: 1, nothing: 2 } as const

/** Type and length. */
const HEADER_BYTES = 5

export function frameHeader(type: number, bodyBytes: number): Buffer<ArrayBuffer> {
  const header = Buffer.allocUnsafe(HEADER_BYTES)
  header.writeUInt8(type, 0)
  header.writeUInt32LE(bodyBytes, 1)
  return header
}

export interface FrameReaderOptions {
  /** Most bytes that a body of this type may have; 0 for a type that may not come. */
  limitOf(type: number): number
  frame(type: number, body: Buffer<ArrayBuffer>): void
  /** The type whose bodies are handed on in pieces, as they come. */
  readonly streamed?: number
  piece?(bytes: Buffer<ArrayBuffer>): void
}

/** What a frame reader throws: whoever sent this is not to be believed. */
export class FrameError extends Error {}

/** Takes a stream apart into frames. Nothing is kept of a body that is longer than it may be. */
export class FrameReader {
  readonly #options: FrameReaderOptions
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerFilled = 0
  #type = 0
  #left = 0
  #pieces: Buffer<ArrayBuffer>[] = []

  constructor(options: FrameReaderOptions) {
    this.#options = options
  }

  push(chunk: Buffer<ArrayBuffer>): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#headerFilled < HEADER_BYTES) {
        const used = chunk.copy(this.#header, this.#headerFilled, at, at + HEADER_BYTES - this.#headerFilled)
        this.#headerFilled += used
        at += used
        if (this.#headerFilled === HEADER_BYTES) this.#begin()
        continue
      }
      const used = Math.min(this.#left, chunk.length - at)
      const piece = chunk.subarray(at, at + used)
      if (this.#type === this.#options.streamed) this.#options.piece?.(piece)
      else this.#pieces.push(piece)
      this.#left -= used
      at += used
      if (this.#left === 0) this.#end()
    }
  }

  #begin(): void {
    this.#type = this.#header.readUInt8(0)
    this.#left = this.#header.readUInt32LE(1)
    const limit = this.#options.limitOf(this.#type)
    if (this.#left > limit) {
      throw new FrameError(`a message of type ${this.#type} has ${this.#left} bytes, where ${limit} may come`)
    }
    if (this.#left === 0) this.#end()
  }

  #end(): void {
    this.#headerFilled = 0
    if (this.#type === this.#options.streamed) return
    const [first] = this.#pieces
    const body = this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#options.frame(this.#type, body)
  }
}
