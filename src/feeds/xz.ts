import { ReadableStream } from 'node:stream/web'
import type { ReadableStreamDefaultReader } from 'node:stream/web'
import { setImmediate as nextTurn } from 'node:timers/promises'
import xz from 'xz-decompress'

// A CommonJS bundle: Node finds no names in it.
const { XzReadableStream } = xz

/** What unpacking one file may cost at most. */
export interface XzLimits {
  readonly totalBytes: number
  /** Unpacked to packed bytes, above `ratioFromBytes`. */
  readonly ratio: number
  readonly ratioFromBytes: number
}

/** The file is not xz, is damaged or cut, or unpacks beyond its limits. */
export class XzError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'XzError'
  }
}

/** Packed bytes that are handed to the unpacker at a time: it copies them into its own memory. */
const INPUT_BYTES = 1024 * 1024

/** Pieces are of 64 KiB. */
const PIECES_PER_TURN = 32

/** `\xfd7zXZ\0`, and the `YZ` that the last stream of a whole file ends with. (The .xz File Format 1.1.0, sections 2.1.1, 2.1.2) */
const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] as const
const FOOTER_MAGIC = [0x59, 0x5a] as const

/** Unpacks bytes held in memory, piece by piece; holds one piece and the unpacker's window (at most 64 MiB). */
export async function* unxz(bytes: Uint8Array, limits: XzLimits): AsyncGenerator<Uint8Array> {
  if (!MAGIC.every((byte, at) => bytes[at] === byte)) throw new XzError('the file is not xz')
  // The unpacker ends without a word where a file is cut between two blocks.
  if (!FOOTER_MAGIC.every((byte, at) => bytes[bytes.length - FOOTER_MAGIC.length + at] === byte)) {
    throw new XzError('the file is cut off')
  }
  const allowedBytes = Math.min(limits.totalBytes, limits.ratioFromBytes + bytes.length * limits.ratio)
  const reader = new XzReadableStream(inPieces(bytes)).getReader()
  let total = 0
  try {
    for (let count = 1; ; count++) {
      // The unpacker never waits for anything: without this a server would answer nobody meanwhile.
      if (count % PIECES_PER_TURN === 0) await nextTurn()
      const { done, value } = await read(reader)
      if (done) return
      total += value.length
      if (total > allowedBytes) throw new XzError(`the file unpacks to over ${allowedBytes} bytes`)
      yield value
    }
  } finally {
    // Frees the unpacker's memory, also when the caller has seen enough; what failed already cannot be cancelled.
    await reader.cancel().catch(() => undefined)
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

async function read(reader: Reader): Promise<{ done: false; value: Uint8Array } | { done: true; value: undefined }> {
  try {
    const { done, value } = await reader.read()
    return done ? { done: true, value: undefined } : { done: false, value }
  } catch (error) {
    // Its only words for what went wrong: 4 and 6 stand for a file that is sound but asks for what it does not do.
    const isBeyondIt = error instanceof Error && /error code [46]$/.test(error.message)
    const message = isBeyondIt
      ? 'the file is packed in a way that is not read (a window over 64 MiB, filters, SHA-256 checks)'
      : 'the file is not whole xz'
    throw new XzError(message, { cause: error })
  }
}

function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) controller.close()
      else controller.enqueue(bytes.subarray(at, (at += INPUT_BYTES)))
    },
  })
}
