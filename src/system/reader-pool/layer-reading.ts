import { ImageFault } from '../../inventory/image-fault.ts'
import type { LayerRecord } from '../../inventory/layer-cache.ts'
import type { ImageLimits } from '../../inventory/limits.ts'
import { readCheckedLayer } from '../../inventory/read-layer.ts'
import type { LayerInput } from '../../inventory/readers.ts'
import { layerAnswer } from './answers.ts'
import { parsedAnswer, PIECE_BYTES } from './document-reading.ts'
import { FRAME } from './frames.ts'
import type { ReaderJob } from './jobs.ts'
import type { ReaderChild } from './reader-child.ts'
import type { ReaderRetries } from './reader-retries.ts'

/**
 * Lets a reader read one layer. The digest of the blob is taken here, so that what a reader says of a blob stays with that
 * blob; rejects with an `ImageFault`, a `ReaderFault` or the signal's reason.
 */
export async function readLayerWith(
  child: ReaderChild,
  input: LayerInput,
  limits: ImageLimits,
  { leftOut, isCareful }: ReaderRetries,
  revision: string,
  signal: AbortSignal,
): Promise<LayerRecord> {
  const { blob } = input
  const job: ReaderJob = { is: 'layer', blob: blob.digest, limits, leftOut, isCareful }
  const bytes = await input.open()
  const answered = Promise.withResolvers<Buffer>()
  let isAnswered = false
  let isSent = false
  const listener = {
    frame(type: number, body: Buffer): void {
      if (type !== FRAME.result) return void child.lied(`a message of type ${type} about a layer`)
      isAnswered = true
      answered.resolve(body)
    },
    owes: () => !isAnswered && (isSent || child.hasUnsent),
  }

  async function sendAll(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    await child.send(FRAME.job, Buffer.from(JSON.stringify(job)))
    const sent: Uint8Array[] = []
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; at += PIECE_BYTES) {
        if (isAnswered) break
        if (child.hasEnded) throw child.failed('it has ended')
        await child.send(FRAME.data, piece.subarray(at, at + PIECE_BYTES))
      }
      if (isAnswered) break
      sent.push(piece)
      if (!child.hasUnsent) for (const one of sent.splice(0)) bytes.giveBack?.(one)
    }
    await child.send(FRAME.end)
    isSent = true
  }

  async function readTar(pieces: AsyncIterable<Uint8Array>): Promise<LayerRecord> {
    await sendAll(pieces)
    const answer = parsedAnswer(child, await answered.promise, layerAnswer)
    if (answer.is === 'image-error') throw new ImageFault(answer.error)
    if (answer.is === 'thrown') throw child.failed(answer.message)
    const record = answer.value
    if (record.revision !== revision || record.blob !== blob.digest) {
      throw child.lied('it answered for another layer than it was asked about')
    }
    return record
  }

  return child.during(listener, signal, () => readCheckedLayer(input, bytes, limits, signal, readTar))
}
