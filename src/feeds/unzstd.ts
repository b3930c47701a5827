import { once } from 'node:events'
import { createZstdDecompress } from 'node:zlib'
import { ZstdFrameCutter } from '../base/zstd-frames.ts'

/**
 * Bounds on one inflated archive. Red Hat's VEX documents inflate some 45:1 in the sample, to tens of gigabytes as a
 * whole; repeated product lists could do better. (observed, inferred)
 */
export const UNZSTD_LIMITS = {
  totalBytes: 256 * 1024 ** 3,
  ratio: 1_000,
  ratioFromBytes: 256 * 1024 * 1024,
} as const

export type UnzstdLimits = { readonly [limit in keyof typeof UNZSTD_LIMITS]: number }

/** The file is not Zstandard, is damaged or cut, or inflates beyond its limits. */
export class UnzstdError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnzstdError'
  }
}

const PIECE_BYTES = 1024 * 1024

/** Inflates bytes held in memory, piece by piece. Throws `UnzstdError`. */
export async function* unzstd(bytes: Uint8Array, limits: UnzstdLimits = UNZSTD_LIMITS): AsyncGenerator<Uint8Array> {
  const allowedBytes = Math.min(limits.totalBytes, limits.ratioFromBytes + bytes.length * limits.ratio)
  const stream = createZstdDecompress({ chunkSize: PIECE_BYTES })
  const fed = feed(bytes, stream).catch((error: unknown) => {
    stream.destroy(error instanceof Error ? error : new Error('the archive could not be handed on', { cause: error }))
  })
  let total = 0
  try {
    for await (const chunk of stream) {
      // A byte stream without an encoding hands out buffers.
      const piece = chunk as Buffer
      total += piece.length
      if (total > allowedBytes) throw new UnzstdError(`the file inflates to over ${allowedBytes} bytes`)
      yield piece
    }
  } catch (error) {
    if (error instanceof UnzstdError || !isZstdError(error)) throw error
    throw new UnzstdError('the file is not whole Zstandard', { cause: error })
  } finally {
    stream.destroy()
    await fed
  }
}

/** Each write ends where a frame does, or before: what follows a frame in one write is lost. (base/zstd-frames.ts) */
async function feed(bytes: Uint8Array, stream: ReturnType<typeof createZstdDecompress>): Promise<void> {
  const cutter = new ZstdFrameCutter()
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    for (const part of partsOf(cutter, bytes.subarray(at, at + PIECE_BYTES))) {
      if (stream.destroyed) return
      if (!stream.write(part)) await drained(stream)
    }
  }
  if (!cutter.isBetweenFrames || bytes.length === 0) throw new UnzstdError('the file breaks off')
  if (!stream.destroyed) stream.end()
}

function* partsOf(cutter: ZstdFrameCutter, piece: Uint8Array): Generator<Uint8Array> {
  try {
    yield* cutter.cut(piece)
  } catch (error) {
    throw new UnzstdError('the file is not Zstandard', { cause: error })
  }
}

/** Resolves when the stream takes more, or has been given up. */
async function drained(stream: ReturnType<typeof createZstdDecompress>): Promise<void> {
  if (stream.destroyed) return
  const done = new AbortController()
  const { signal } = done
  // Whoever reads the stream is told of its failure; the loser of the two is told to stop waiting.
  const ended = Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]).catch(
    () => undefined,
  )
  await ended
  done.abort()
}

function isZstdError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:Z_|ZSTD_)/.test(String(error.code))
}
