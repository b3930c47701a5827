import { createHash } from 'node:crypto'

import type { Digest } from '../domain/ids.ts'
import { parseDigest } from '../domain/ids.ts'
import type { AnalyzerSet } from './analyzer-set.ts'
import { decompress } from './decompress.ts'
import type { BlobDescriptor } from './image.ts'
import { ImageFault } from './image-fault.ts'
import type { LayerRecord } from './layer-cache.ts'
import { LayerCollector } from './layer-collector.ts'
import type { ImageLimits } from './limits.ts'
import { TarReader } from '../base/tar-reader.ts'
import { tarFault, tarLimitsOf } from './tar-fault.ts'

export interface LayerInput {
  readonly blob: BlobDescriptor
  /** As the image configuration claims; checked. */
  readonly diffId: Digest
  readonly bytes: AsyncIterable<Uint8Array>
}

/**
 * Reads one layer in one pass: size and digest of the blob, inflating, digest of the tar, entries, analyzers. Throws an
 * `ImageFault`; a record is only returned when both digests hold, so that nothing wrong is ever cached.
 */
export async function readLayer(
  input: LayerInput,
  analyzers: AnalyzerSet,
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<LayerRecord> {
  const what = `layer ${input.blob.digest}`
  const collector = new LayerCollector(analyzers, limits, what)
  const tar = new TarReader(collector, tarLimitsOf(limits), tarFault(what))
  const blob = checkedBlob(input.bytes, input.blob, limits, signal)
  const diffHash = createHash('sha256')
  async function readPieces(): Promise<void> {
    for await (const chunk of decompress(blob.pieces, limits, what)) {
      diffHash.update(chunk)
      tar.push(chunk)
    }
    tar.end()
  }
  try {
    await readPieces()
    await blob.drain()
  } catch (thrown) {
    // A blob that is not what was asked for is the cause, and the unreadable archive its effect: say the cause.
    if (thrown instanceof ImageFault && thrown.error.is === 'malformed') await blob.drain()
    throw thrown
  } finally {
    await blob.close()
  }
  const diffId = `sha256:${diffHash.digest('hex')}`
  if (diffId !== input.diffId) {
    throw new ImageFault({
      is: 'wrong-digest',
      what: `the content of ${what}`,
      expected: input.diffId,
      actual: diffId,
    })
  }
  return collector.record(input.diffId, analyzers.revision)
}

/** The blob's pieces, hashed as they pass. `drain` reads what is left and fails when size or digest are wrong. */
function checkedBlob(
  bytes: AsyncIterable<Uint8Array>,
  descriptor: BlobDescriptor,
  limits: ImageLimits,
  signal: AbortSignal,
) {
  const what = `layer ${descriptor.digest}`
  if (descriptor.sizeBytes > limits.compressedLayerBytes) {
    const detail = `${descriptor.sizeBytes} bytes`
    throw new ImageFault({ is: 'limit-exceeded', what, limit: 'compressedLayerBytes', detail })
  }
  const hash = createHash('sha256')
  const iterator = bytes[Symbol.asyncIterator]()
  let sizeBytes = 0
  let verified = false

  async function next(): Promise<Uint8Array | null> {
    signal.throwIfAborted()
    const piece = await iterator.next()
    signal.throwIfAborted()
    if (piece.done === true) {
      verify()
      return null
    }
    sizeBytes += piece.value.byteLength
    if (sizeBytes > descriptor.sizeBytes) {
      throw wrong(what, `${descriptor.sizeBytes} bytes`, 'more')
    }
    hash.update(piece.value)
    return piece.value
  }

  function verify(): void {
    if (verified) return
    verified = true
    if (sizeBytes < descriptor.sizeBytes) throw wrong(what, `${descriptor.sizeBytes} bytes`, `${sizeBytes} bytes`)
    const actual = parseDigest(`sha256:${hash.digest('hex')}`)
    if (actual !== descriptor.digest) throw wrong(what, descriptor.digest, String(actual))
  }

  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let piece = await next(); piece !== null; piece = await next()) yield piece
  }

  async function drain(): Promise<void> {
    let piece = verified ? null : await next()
    while (piece !== null) piece = await next()
  }

  async function close(): Promise<void> {
    await iterator.return?.()
  }

  return { pieces: pieces(), drain, close }
}

function wrong(what: string, expected: string, actual: string): ImageFault {
  return new ImageFault({ is: 'wrong-digest', what, expected, actual })
}
