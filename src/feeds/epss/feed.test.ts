import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { ok } from '../../base/result.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import type { FeedPart } from '../feed.ts'
import { epssFeed } from './feed.ts'
import { EpssError, EpssReader } from './parse.ts'

const feed = epssFeed()
const FILE = 'epss_scores-current.csv.gz'
const HEAD = '#model_version:v2025.03.14,score_date:2026-08-16T00:00:00+0000\ncve,epss,percentile\n'

async function loaded(text: string): Promise<FeedPart> {
  const part = await feed.load(feedFilesOf({ [FILE]: gzipSync(text) }), 'scores', null)
  if (!part.ok || part.value === 'unchanged') throw new Error(JSON.stringify(part))
  return part.value
}

describe('epssFeed', () => {
  it('reads scores in units, in the order of their ids, with the day of the model', async () => {
    const part = await loaded(`${HEAD}CVE-2021-44228,0.99999,1.00000\nCVE-1999-0001,0.03351,0.87650\n`)

    expect(part.epss).toEqual({
      date: Date.UTC(2026, 7, 16),
      ids: ['CVE-1999-0001', 'CVE-2021-44228'],
      scores: Uint32Array.of(3_351, 99_999),
      percentiles: Uint32Array.of(87_650, 100_000),
    })
    expect(part).toMatchObject({ advisories: [], recordCount: 2, skipped: [], newestModified: Date.UTC(2026, 7, 16) })
  })

  it('reads lines that end as on Windows, and a file without an end of line', async () => {
    const part = await loaded(`${HEAD}CVE-1999-0001,0.1,0.2\nCVE-1999-0002,1e-05,0`.replaceAll('\n', '\r\n'))

    expect(part.epss?.scores).toEqual(Uint32Array.of(10_000, 1))
    expect(part.skipped).toEqual([])
  })

  it('skips, counts and names bad lines, and keeps the others', async () => {
    const lines = ['CVE-1999-0001,0.5,0.5', 'CVE-1999-0001,0.6,0.6', 'CVE-1999-0002,1.5,0.5', 'CVE-1999-0003,-0.1,0']
    const part = await loaded(`${HEAD}${[...lines, '__proto__,0.1,0.1', '', 'CVE-1999-0004,0.1'].join('\n')}\n`)

    expect(part.epss?.ids).toEqual(['CVE-1999-0001'])
    expect(part.epss?.scores).toEqual(Uint32Array.of(50_000))
    expect(part.skipped).toEqual([
      { reason: 'not-a-score', count: 3, examples: ['__proto__,0.1,0.1', '', 'CVE-1999-0004,0.1'] },
      { reason: 'not-a-share', count: 2, examples: ['CVE-1999-0002', 'CVE-1999-0003'] },
      { reason: 'duplicate-id', count: 1, examples: ['CVE-1999-0001'] },
    ])
  })

  it('reads nothing while the file is the same', async () => {
    const files = feedFilesOf({ [FILE]: gzipSync(HEAD) })
    const first = await feed.load(files, 'scores', null)
    if (!first.ok || first.value === 'unchanged') throw new Error('not read')

    expect(await feed.load(files, 'scores', first.value.validator)).toEqual(ok('unchanged'))
    expect(await feed.load(files, 'scores', 'r0 v1')).not.toEqual(ok('unchanged'))
  })

  it.each([
    ['no file', {}, 'not-found'],
    ['a file that is not gzip', { [FILE]: HEAD }, 'malformed'],
    ['a file that is cut', { [FILE]: gzipSync(HEAD.repeat(2)).subarray(0, -12) }, 'malformed'],
    ['an empty file', { [FILE]: gzipSync('') }, 'malformed'],
    ['a file without a day', { [FILE]: gzipSync('cve,epss,percentile\nCVE-1999-0001,0.1,0.1\n') }, 'malformed'],
    ['a file with other columns', { [FILE]: gzipSync(HEAD.replace('epss,per', 'per,epss,')) }, 'malformed'],
    ['a line without an end', { [FILE]: gzipSync(HEAD + 'x'.repeat(3_000_000)) }, 'malformed'],
    ['a bomb', { [FILE]: gzipSync(Buffer.alloc(40_000_000, '\n')) }, 'malformed'],
  ])('fails with %s', async (_what, files, is) => {
    expect(await feed.load(feedFilesOf(files), 'scores', null)).toMatchObject({ ok: false, error: { is } })
  })
})

/** Whether the lines are refused as such, or give shares of one; anything else is thrown. */
function refusesOrReads(lines: readonly string[]): boolean {
  const reader = new EpssReader()
  try {
    for (const line of lines) reader.read(line)
    return reader.part().epss.scores.every(score => score <= 100_000)
  } catch (error) {
    if (error instanceof EpssError) return true
    throw error
  }
}

describe('EpssReader', () => {
  it('refuses or reads any lines', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom(...HEAD.split('\n'), 'CVE-2026-0001,0.1,0.1'))
    fc.assert(
      fc.property(fc.array(line), lines => {
        expect(refusesOrReads(lines)).toBe(true)
      }),
    )
  })
})

const FEEDS = process.env['OPENINSPECTOR_TEST_FEEDS'] ?? join(import.meta.dirname, '../../../../shared/feeds')
const isHere = existsSync(join(FEEDS, 'epss'))

describe.skipIf(!isHere && process.env['CI'] !== 'true')('a real day (set OPENINSPECTOR_TEST_FEEDS)', () => {
  it('360,142 scores, none left out', async () => {
    const part = await feed.load(folderFeedFiles(join(FEEDS, 'epss')), 'scores', null)
    if (!part.ok || part.value === 'unchanged') throw new Error('not read')

    const { recordCount, skipped, epss } = part.value
    expect({ recordCount, skipped, scores: epss?.ids.length }).toEqual({
      recordCount: 360_142,
      skipped: [],
      scores: 360_142,
    })
  })
})
