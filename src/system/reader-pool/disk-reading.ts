import type { Result } from '../../base/result.ts'
import { ok } from '../../base/result.ts'
import { DiskFault, type BlockSource } from '../../inventory/disk/block-device.ts'
import type { ReadDisk } from '../../inventory/disk/disk-inventory.ts'
import type { ReadDiskOptions } from '../../inventory/readers.ts'
import { diskAnswer, questionSchema } from './answers.ts'
import { parsedAnswer } from './document-reading.ts'
import { ANSWER, FRAME } from './frames.ts'
import type { ReaderJob } from './jobs.ts'
import type { ReaderChild } from './reader-child.ts'
import type { ReaderRetries } from './reader-retries.ts'

/** Blocks that a reader may ask for at once; an honest one asks for sixteen. */
const MOST_OPEN_QUESTIONS = 64
const MOST_LINE_CHARACTERS = 500

/** Lets a reader read a disk whose blocks it asks for; rejects with a `ReaderFault` or what the source threw. */
export async function readDiskWith(
  child: ReaderChild,
  source: BlockSource,
  { leftOut, isCareful }: ReaderRetries,
  { progress, signal }: ReadDiskOptions,
): Promise<Result<ReadDisk, string>> {
  const { sizeBytes, blockBytes, blocksTotal } = source
  const job: ReaderJob = { is: 'disk', sizeBytes, blockBytes, blocksTotal, leftOut, isCareful }
  const answered = Promise.withResolvers<Buffer>()
  const blocksRead = new Set<number>()
  let open = 0

  async function answerWith(id: number, block: number): Promise<void> {
    const head = Buffer.alloc(5)
    head.writeUInt32LE(id, 0)
    open += 1
    try {
      const bytes = await source.readBlock(block)
      if (bytes !== null) blocksRead.add(block)
      head.writeUInt8(bytes === null ? ANSWER.nothing : ANSWER.bytes, 4)
      await child.send(FRAME.answer, head, bytes ?? new Uint8Array(0))
    } catch (thrown) {
      if (!(thrown instanceof DiskFault)) throw thrown
      head.writeUInt8(ANSWER.fault, 4)
      const { reason, message } = thrown
      await child.send(FRAME.answer, head, Buffer.from(JSON.stringify({ reason, detail: message })))
    } finally {
      open -= 1
    }
  }

  const listener = {
    frame(type: number, body: Buffer): void {
      if (type === FRAME.result) return answered.resolve(body)
      const said: unknown = JSON.parse(body.toString('utf8'))
      if (type === FRAME.progress && typeof said === 'string') return progress(said.slice(0, MOST_LINE_CHARACTERS))
      const question = type === FRAME.ask ? questionSchema.safeParse(said) : null
      if (question?.success !== true || !('block' in question.data) || open >= MOST_OPEN_QUESTIONS) {
        return void child.lied('a question that cannot be answered')
      }
      const { id, block } = question.data
      if (block * blockBytes >= sizeBytes)
        return void child.lied(`it asks for block ${block}, which is outside the disk`)
      answerWith(id, block).catch(answered.reject)
    },
    owes: () => open === 0,
  }
  return child.during(listener, signal ?? null, async () => {
    await child.send(FRAME.job, Buffer.from(JSON.stringify(job)))
    const answer = parsedAnswer(child, await answered.promise, diskAnswer)
    if (answer.is !== 'found') {
      throw child.failed(answer.is === 'thrown' ? answer.message : answer.error.is)
    }
    if (!answer.value.ok) return answer.value
    const usage = { blockBytes, blocksRead: blocksRead.size, blocksTotal }
    return ok({ ...answer.value.value, usage, blocksRead: [...blocksRead].sort((a, b) => a - b) })
  })
}
