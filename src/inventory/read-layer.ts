import { createHash } from 'node:crypto'

import { parseDigest } from '../domain/ids.ts'
import type { AnalyzerSet } from './analyzer-set.ts'
import { decompress } from './decompress.ts'
import type { BlobDescriptor } from './image.ts'
import { ImageFault } from './image-fault.ts'
import type { LayerRecord } from './layer-cache.ts'
import { LayerCollector } from './layer-collector.ts'
import type { ImageLimits } from './limits.ts'
import type { LayerInput } from './readers.ts'
import { TarReader } from '../base/tar-reader.ts'
import { tarFault, tarLimitsOf } from './tar-fault.ts'

/**
 * Reads one layer in one pass: size and digest of the blob here, everything else by `readTar`. Throws an `ImageFault`; a
 * record is only returned when the digest holds, so that nothing wrong is ever cached.
 */
export async function readCheckedLayer(
  input: Pick<LayerInput, 'blob'>,
  bytes: AsyncIterable<Uint8Array>,
  limits: ImageLimits,
  signal: AbortSignal,
  readTar: (pieces: AsyncIterable<Uint8Array>) => Promise<LayerRecord>,
): Promise<LayerRecord> {
  const blob = checkedBlob(bytes, input.blob, limits, signal)
  try {
    const record = await readTar(blob.pieces)
    await blob.drain()
    return record
  } catch (thrown) {
    // A blob that is not what was asked for is the cause, and the unreadable archive its effect: say the cause.
    if (thrown instanceof ImageFault && thrown.error.is === 'malformed') await blob.drain()
    throw thrown
  } finally {
    await blob.close()
  }
}

/** Inflates a layer and reads its tar: entries, analyzers. Throws an `ImageFault`. */
export async function readLayerTar(
  pieces: AsyncIterable<Uint8Array>,
  { digest }: Pick<BlobDescriptor, 'digest'>,
  analyzers: AnalyzerSet,
  limits: ImageLimits,
): Promise<LayerRecord> {
  const what = `layer ${digest}`
  const collector = new LayerCollector(analyzers, limits, what)
  const tar = new TarReader(collector, tarLimitsOf(limits), tarFault(what))
  for await (const chunk of decompress(pieces, limits, what)) tar.push(chunk)
  tar.end()
  return collector.record(digest, analyzers.revision)
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
  let fault: ImageFault | null = null

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
      throw refused(`${descriptor.sizeBytes} bytes`, 'more')
    }
    hash.update(piece.value)
    return piece.value
  }

  function refused(expected: string, actual: string): ImageFault {
    fault = new ImageFault({ is: 'wrong-digest', what, expected, actual })
    return fault
  }

  function verify(): void {
    if (verified) return
    verified = true
    if (sizeBytes < descriptor.sizeBytes) throw refused(`${descriptor.sizeBytes} bytes`, `${sizeBytes} bytes`)
    const actual = parseDigest(`sha256:${hash.digest('hex')}`)
    if (actual !== descriptor.digest) throw refused(descriptor.digest, String(actual))
  }

  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let piece = await next(); piece !== null; piece = await next()) yield piece
  }

  async function drain(): Promise<void> {
    if (fault !== null) throw fault
    let piece = verified ? null : await next()
    while (piece !== null) piece = await next()
  }

  async function close(): Promise<void> {
    await iterator.return?.()
  }

  return { pieces: pieces(), drain, close }
}
