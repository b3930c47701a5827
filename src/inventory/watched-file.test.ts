import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { zipOf } from '../../test/support/zip-of.ts'
import { ok } from '../base/result.ts'
import {
  type ByteRange,
  type ContentAnalyzer,
  type ContentRequest,
  HEAD_BYTES,
} from '../ecosystems/content-analyzer.ts'
import { EMPTY_ANALYSIS } from '../ecosystems/ecosystem.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { ARCHIVE_LIMITS } from '../ecosystems/maven/archive-limits.ts'
import type { RandomAccess } from './file-tree.ts'
import { CONTENT_LIMITS } from './limits.ts'
import { readContent } from './read-content.ts'
import { type ContentOutcome, WatchedFile } from './watched-file.ts'

const PATH = 'usr/bin/program'

function inMemory(bytes: Uint8Array): RandomAccess {
  return {
    sizeBytes: bytes.length,
    mode: 0o755,
    read: async (offset, length) => bytes.slice(offset, offset + length),
    async *stream() {},
    async close() {},
  }
}

/** What the analyzers say when the file comes in pieces of this size. */
function streamed(
  bytes: Uint8Array,
  pieceBytes: number,
  analyzers: readonly ContentAnalyzer[],
): readonly ContentOutcome[] {
  const file = new WatchedFile({ path: PATH, sizeBytes: bytes.length, mode: 0o755 }, analyzers)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (file.push(bytes.slice(at, at + pieceBytes)) === 'stop') break
  }
  return file.finish()
}

/** An analyzer that puts each answer that it gets into the list. */
function asking(
  requests: readonly ContentRequest[],
  answers: (string | null)[],
  limits: Partial<ContentAnalyzer> = {},
): ContentAnalyzer {
  return {
    id: 'golang/asking', revision: 1, limitBytes: 100_000, limitHeldBytes: 1000, limitInflatedBytes: 1000,
    wants: () => true, isCandidate: () => true, recognizes: () => true,
    *read() {
      for (const request of requests) {
        const answer = yield request
        if (request.is !== 'hold') answers.push(answer === null ? null : Buffer.from(answer).toString('latin1'))
      }
      return ok(EMPTY_ANALYSIS)
    },
    ...limits,
  } // prettier-ignore
}

const LONG = Buffer.from(Array.from({ length: 20_000 }, (_, at) => 32 + (at % 90)))
const text = (offset: number, length: number): string => LONG.toString('latin1', offset, offset + length)

/** The rules of the contract: behind the stream there are only the head and what is held. */
function expectedAnswers(held: ByteRange, reads: readonly ByteRange[]): readonly (string | null)[] {
  let position = HEAD_BYTES
  const isKept = (from: number, to: number): boolean =>
    to <= HEAD_BYTES || (from >= held.offset && to <= Math.min(held.offset + held.length, LONG.length))
  return reads.map(({ offset, length }) => {
    const end = Math.min(offset + length, LONG.length)
    if (offset >= end) return null
    if (offset < position && !isKept(offset, Math.min(end, position))) return null
    position = Math.max(position, end)
    return text(offset, end - offset)
  })
}

describe('a file that streams by', () => {
  const analyzers = ECOSYSTEMS.flatMap(ecosystem => ecosystem.contentAnalyzers ?? [])
  const folder = new URL('../ecosystems/golang/testdata/', import.meta.url)

  it.each(['linux-amd64', 'windows-amd64', 'darwin-arm64', 'go117'])(
    'says the same as one that can be read anywhere: %s',
    async name => {
      const bytes = gunzipSync(readFileSync(new URL(`program-${name}.gz`, folder)))
      const whole = await readContent(inMemory(bytes), PATH, analyzers)

      for (const pieceBytes of [bytes.length, 1 << 20, 65_537, 8192, 511]) {
        expect(streamed(bytes, pieceBytes, analyzers)).toEqual(whole)
      }
      expect(whole.flatMap(({ analysis }) => analysis.packages).length).toBeGreaterThan(0)
    },
  )

  it('gives what lies ahead or was held, and nothing else', () => {
    const range = fc.record({ offset: fc.nat(21_000), length: fc.integer({ min: 1, max: 9000 }) })
    fc.assert(
      fc.property(range, fc.array(range, { maxLength: 6 }), fc.integer({ min: 1, max: 9000 }), (held, reads, piece) => {
        const answers: (string | null)[] = []
        const requests = reads.map(one => ({ is: 'read', range: one }) as const)

        streamed(LONG, piece, [
          asking([{ is: 'hold', ranges: [held] }, ...requests], answers, { limitHeldBytes: 100_000 }),
        ])

        expect(answers).toEqual(expectedAnswers(held, reads))
      }),
      { numRuns: 500 },
    )
  })

  it('holds no more than the analyzer may, and inflates no more', () => {
    const answers: (string | null)[] = []
    const bomb = Buffer.from('789cedc13101000000c2a0f54fed6d07a00000000000000000000000000000000000000000', 'hex')

    streamed(LONG, 1000, [
      asking(
        [
          { is: 'hold', ranges: [{ offset: 9000, length: 5000 }] },
          { is: 'read', range: { offset: 15_000, length: 1 } },
          { is: 'read', range: { offset: 9000, length: 1000 } },
          { is: 'read', range: { offset: 9000, length: 1001 } },
          { is: 'inflate', bytes: bomb, form: 'zlib', limitBytes: 1e9 },
        ],
        answers,
      ),
    ])

    expect(answers).toEqual([text(15_000, 1), text(9000, 1000), null, null])
  })

  it('is held in no more parts than heldRanges, and gives no more bytes than readBytesPerFile', async () => {
    const { heldRanges, readBytesPerFile } = CONTENT_LIMITS
    const parts = Array.from({ length: heldRanges + 1 }, (_, at) => ({ offset: 9000 + at * 100, length: 10 }))
    const last = parts.at(-1) ?? { offset: 0, length: 0 }
    const answers: (string | null)[] = []
    const behind = { is: 'read', range: { offset: 19_000, length: 1 } } as const
    const held = parts.slice(-2).map(range => ({ is: 'read', range }) as const)

    streamed(LONG, 1000, [asking([{ is: 'hold', ranges: parts }, behind, ...held], answers)])

    expect(answers).toEqual([text(19_000, 1), text(last.offset - 100, 10), null])

    const sizeBytes = readBytesPerFile / 4
    const whole = { is: 'read', range: { offset: 0, length: sizeBytes } } as const
    const asked: (string | null)[] = []
    const large = { ...inMemory(LONG), sizeBytes, read: async () => LONG.subarray(0, 1) }
    await readContent(large, PATH, [asking([whole, whole, whole, whole, whole], asked, { limitBytes: sizeBytes })])

    expect(asked).toEqual([...Array.from({ length: 4 }, () => text(0, 1)), null])
  })

  it('that is a Java archive of more than its fileBytes is a problem, and not opened', async () => {
    const archive = zipOf([{ name: 'META-INF/maven/a/b/pom.properties', content: 'groupId=a\n' }])
    const large = { ...inMemory(archive), sizeBytes: ARCHIVE_LIMITS.fileBytes + 1 }

    const outcomes = await readContent(
      large,
      'app/a.jar',
      analyzers.filter(({ id }) => id === 'maven/java-archive'),
    )

    expect(outcomes.map(({ analysis }) => analysis.problems[0]?.reason)).toEqual(['limit-exceeded'])
  })

  it('is a problem when the analyzer breaks, asks without end, or may not read so much', () => {
    const broken = asking([], [], {
      read: () => {
        throw new Error('no')
      },
    })
    const endless = asking(
      Array.from({ length: 200_001 }, () => ({ is: 'hold', ranges: [] }) as const),
      [],
    )
    const small = asking([], [], { limitBytes: 10 })

    const reasons = streamed(LONG, 1000, [broken, endless, small]).map(({ analysis }) => analysis.problems[0]?.reason)

    expect(new Set(reasons)).toEqual(new Set(['analyzer-failed', 'limit-exceeded']))
    expect(reasons).toHaveLength(3)
  })
})
