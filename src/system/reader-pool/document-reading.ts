import type { z } from 'zod'

import { type Answer, parseAnswer } from './answers.ts'
import { FRAME } from './frames.ts'
import type { ReaderJob } from './jobs.ts'
import type { ReaderChild } from './reader-child.ts'

/** Pieces of what is sent: large enough to be few, small enough to be taken while the next is made. */
export const PIECE_BYTES = 1 << 20

/** Lets a reader read one document; rejects with a `ReaderFault`. */
export async function readDocument<T>(
  child: ReaderChild,
  job: ReaderJob & { readonly is: 'sbom' | 'vex' },
  bytes: Uint8Array,
  schema: z.ZodType<Answer<T>>,
): Promise<T> {
  const answered = Promise.withResolvers<Buffer>()
  const listener = {
    frame(type: number, body: Buffer): void {
      if (type === FRAME.result) answered.resolve(body)
      else void child.lied(`a message of type ${type} about a document`)
    },
    owes: () => true,
  }
  return child.during(listener, null, async () => {
    await child.send(FRAME.job, Buffer.from(JSON.stringify(job)))
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      await child.send(FRAME.data, bytes.subarray(at, at + PIECE_BYTES))
    }
    await child.send(FRAME.end)
    const answer = parsedAnswer(child, await answered.promise, schema)
    if (answer.is === 'found') return answer.value
    throw child.failed(answer.is === 'thrown' ? answer.message : answer.error.is)
  })
}

/** The checked content of a result; a reader whose answer has another form is not heard again. */
export function parsedAnswer<T>(child: ReaderChild, body: Buffer, schema: z.ZodType<Answer<T>>): Answer<T> {
  const answer = parseAnswer(body, schema)
  if (answer === null) throw child.lied('it answered in another form than it should')
  return answer
}
