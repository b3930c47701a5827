import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { err, ok } from '../../base/result.ts'
import type { FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { nvdFeed } from './feed.ts'
import { gunzip } from '../gunzip.ts'

const FILE = 'nvdcve-2.0-2022.json.gz'
const META = 'nvdcve-2.0-2022.meta'
const feed = nvdFeed(2026)

function aRecord(id: string): object {
  const lastModified = '2022-10-20T12:00:00.000'
  return { cve: { id, lastModified, vulnStatus: 'Analyzed', descriptions: [{ lang: 'en', value: 'Größe.' }] } }
}

function aYear(...elements: unknown[]): string {
  return JSON.stringify({ format: 'NVD_CVE', vulnerabilities: elements })
}

function metaOf(text: string | Buffer): string {
  const sha256 = createHash('sha256').update(text).digest('hex').toUpperCase()
  return `lastModifiedDate:2025-05-28T16:15:26.723\r\nsize:1\r\nsha256:${sha256}\r\n`
}

/** Files by name; a file's validator is its text's length. */
function someFiles(content: Readonly<Record<string, string | Uint8Array | FeedError>>) {
  const asked: string[] = []
  const files: FeedFiles = {
    base: '/mirror',
    fetch(path, { validator }) {
      asked.push(`${path} ${validator}`)
      const found = content[path]
      if (found === undefined) return Promise.resolve(err({ is: 'not-found', what: path }))
      if (typeof found === 'object' && 'is' in found) return Promise.resolve(err(found))
      const bytes = Buffer.from(found)
      const own = `v${bytes.length}`
      return Promise.resolve(ok(own === validator ? 'unchanged' : { bytes, validator: own }))
    },
  }
  return { files, asked }
}

async function loaded(files: FeedFiles, validator: string | null = null): Promise<FeedPart> {
  const part = await feed.load(files, '2022', validator)
  if (!part.ok || part.value === 'unchanged') throw new Error(JSON.stringify(part))
  return part.value
}

describe('nvdFeed', () => {
  it('has a part for each year from the first file of upstream to the year that it is told', () => {
    expect(nvdFeed(2005).parts).toEqual(['2002', '2003', '2004', '2005'])
    expect(nvdFeed(1990).parts).toEqual([])
  })

  it('asks only for the small .meta while the year is the same', async () => {
    const text = aYear(aRecord('CVE-2022-0001'))
    const { files, asked } = someFiles({ [FILE]: gzipSync(text), [META]: metaOf(text) })

    const first = await loaded(files)
    const second = await feed.load(files, '2022', first.validator)

    expect(first).toMatchObject({
      part: '2022',
      recordCount: 1,
      skipped: [],
      newestModified: Date.UTC(2022, 9, 20, 12),
    })
    expect(second).toEqual(ok('unchanged'))
    expect(asked).toEqual([`${META} null`, `${FILE} null`, `${META} null`])
  })

  it('goes by the file itself where there is no .meta', async () => {
    const { files } = someFiles({ [FILE]: gzipSync(aYear(aRecord('CVE-2022-0001'))) })

    const first = await loaded(files)

    expect(await feed.load(files, '2022', first.validator)).toEqual(ok('unchanged'))
    expect((await loaded(files, 'r0 of an older reader')).recordCount).toBe(1)
  })

  it('skips, counts and names bad records, and keeps the others', async () => {
    const text = Buffer.from(
      aYear(
        aRecord('CVE-2022-0001'),
        { cve: { id: 'CVE-2022-0002' } },
        'text',
        aRecord('CVE-2022-0001'),
        { cve: { id: 'CVE-2022-0003', x: '#' } },
        aRecord('CVE-2022-0004'),
      ),
    )
    text[text.indexOf('#')] = 0xff
    const { files } = someFiles({ [FILE]: gzipSync(text), [META]: metaOf(text) })

    const part = await loaded(files)

    expect(part.recordCount).toBe(6)
    expect(part.advisories.map(({ id, details }) => `${id} ${details}`)).toEqual([
      'CVE-2022-0001 Größe.',
      'CVE-2022-0004 Größe.',
    ])
    expect(part.skipped).toEqual([
      { reason: 'duplicate-id', count: 1, examples: ['CVE-2022-0001'] },
      { reason: 'missing-field', count: 1, examples: ['CVE-2022-0002'] },
      { reason: 'not-an-object', count: 1, examples: ['record 3'] },
      { reason: 'not-utf8', count: 1, examples: ['CVE-2022-0003'] },
    ])
  })

  const good = aYear(aRecord('CVE-2022-0001'))
  const down: FeedError = { is: 'unreachable', what: META, detail: 'no route' }

  it.each([
    ['a year that the source does not have', {}, 'not-found'],
    ['a .meta without a file', { [META]: metaOf(good) }, 'not-found'],
    ['a source that is down', { [META]: down, [FILE]: gzipSync(good) }, 'unreachable'],
    ['a .meta that is a web page', { [META]: '<html>', [FILE]: gzipSync(good) }, 'malformed'],
    ['a file that is not the one of its .meta', { [META]: metaOf('other'), [FILE]: gzipSync(good) }, 'malformed'],
    ['a file that is not gzip', { [FILE]: good }, 'malformed'],
    ['a file that is cut', { [FILE]: gzipSync(good).subarray(0, -12) }, 'malformed'],
    ['JSON that is cut', { [FILE]: gzipSync(good.slice(0, -3)) }, 'malformed'],
    ['the retired format 1.1', { [FILE]: gzipSync('{"CVE_Items":[]}') }, 'malformed'],
    ['an empty file', { [FILE]: '' }, 'malformed'],
  ])('fails with %s', async (_what, content, is) => {
    expect(await feed.load(someFiles(content).files, '2022', null)).toMatchObject({ ok: false, error: { is } })
  })
})

describe('gunzip', () => {
  it('stops at its limits', async () => {
    const bomb = gzipSync(Buffer.alloc(8_000_000))
    const inflate = async (limits: object): Promise<number> => {
      let total = 0
      const all = { totalBytes: 10_000_000, ratio: 200, ratioFromBytes: 1_000_000, ...limits }
      for await (const piece of gunzip(bomb, all)) total += piece.length
      return total
    }

    await expect(inflate({})).rejects.toThrow('inflates to over')
    await expect(inflate({ ratio: 2_000, totalBytes: 7_999_999 })).rejects.toThrow('over 7999999 bytes')
    expect(await inflate({ ratio: 2_000 })).toBe(8_000_000)
  })
})
