import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { FRAME, FrameError, frameHeader, FrameReader } from './frames.ts'

function readerOf(seen: [number, string][], limit = 1_000) {
  return new FrameReader({
    limitOf: type => (type === FRAME.ready ? 0 : limit),
    frame: (type, body) => void seen.push([type, body.toString('latin1')]),
    streamed: FRAME.data,
    piece: bytes => {
      const last = seen.at(-1)
      if (last?.[0] === FRAME.data) last[1] += bytes.toString('latin1')
      else seen.push([FRAME.data, bytes.toString('latin1')])
    },
  })
}

describe('FrameReader', () => {
  it('takes the same messages from a stream, wherever that is cut', () => {
    const message = fc.tuple(fc.constantFrom<number>(FRAME.result, FRAME.ask, FRAME.data), fc.string({ maxLength: 40 }))
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 20 })),
        (sent, cuts) => {
          const bytes = Buffer.concat(
            sent.flatMap(([type, text]) => [
              frameHeader(type, Buffer.byteLength(text, 'latin1')),
              Buffer.from(text, 'latin1'),
            ]),
          )
          const whole: [number, string][] = []
          const cut: [number, string][] = []
          readerOf(whole).push(bytes)
          const reader = readerOf(cut)
          for (let at = 0; at < bytes.length;) {
            const length: number = cuts.next().value ?? 1
            reader.push(Buffer.from(bytes.subarray(at, at + length)))
            at += length
          }

          expect(cut).toEqual(whole)
        },
      ),
    )
  })

  it.each([
    ['is longer than one of its kind may be', FRAME.result, 1_001],
    ['may not come', FRAME.ready, 1],
  ])('refuses a message that %s at its header', (_what, type, bytes) => {
    expect(() => readerOf([]).push(frameHeader(type, bytes))).toThrow(FrameError)
  })
})
