import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { ok } from '../../base/result.ts'
import { metasploitFeed } from './feed.ts'
import { parseMetasploit } from './parse.ts'

const feed = metasploitFeed()
const FILE = 'db/modules_metadata_base.json'
const real = readFileSync(new URL('testdata/modules_metadata_base.json', import.meta.url))

function aModule(changes: object = {}): object {
  return {
    fullname: 'exploit/multi/http/a',
    type: 'exploit',
    references: ['CVE-2021-44228'],
    disclosure_date: '2021-12-09',
    mod_time: '2025-05-21 08:32:40 +0000',
    ...changes,
  }
}

function parsed(modules: Readonly<Record<string, unknown>> | Uint8Array) {
  const read = parseMetasploit(modules instanceof Uint8Array ? modules : Buffer.from(JSON.stringify(modules)))
  if (!read.ok) throw new Error(read.error)
  return read.value
}

describe('parseMetasploit', () => {
  it('has the module of each CVE that was changed last', () => {
    const { signals, ...rest } = parsed(real)

    expect(signals).toEqual([
      {
        is: 'exploit-published',
        vulnerabilityId: 'CVE-2007-4387',
        exploit: {
          catalog: 'metasploit',
          name: 'auxiliary/admin/2wire/xslt_password_reset',
          reportedAt: Date.UTC(2025, 4, 21, 8, 32, 40),
          count: 1,
        },
      },
      expect.objectContaining({ vulnerabilityId: 'CVE-2014-6041' }),
      expect.objectContaining({ vulnerabilityId: 'CVE-2005-2611' }),
    ])
    expect(rest).toEqual({ recordCount: 4, skipped: [], newestModified: Date.UTC(2026, 2, 11, 21, 31, 8) })
  })

  it('takes modules that attack, not what comes after a break-in', () => {
    const types = ['exploit', 'auxiliary', 'post', 'payload', 'evasion']
    const modules = Object.fromEntries(types.map(type => [type, aModule({ type, fullname: `${type}/a` })]))

    // Equally new: the first by name.
    expect(parsed(modules).signals).toMatchObject([{ exploit: { name: 'auxiliary/a', count: 2 } }])
  })

  it.each([
    ['2025-05-21 08:32:40 +0200', '2021-12-09', Date.UTC(2025, 4, 21, 6, 32, 40)],
    [null, '2021-12-09', Date.UTC(2021, 11, 9)],
    ['2025-99-99 08:32:40 +0000', '2021-12-09', Date.UTC(2021, 11, 9)],
    [7, null, null],
  ])('a module that was changed %s and its flaw disclosed %s is of %s', (mod_time, disclosure_date, reportedAt) => {
    const { signals, skipped } = parsed({ a: aModule({ mod_time, disclosure_date }) })

    expect(signals).toMatchObject([{ exploit: { reportedAt, count: 1 } }])
    expect(skipped.map(({ reason }) => reason)).toEqual(reportedAt === null ? ['date-unreadable'] : [])
  })

  it('skips, counts and names bad modules, and keeps the others', () => {
    const { signals, skipped } = parsed({
      a: aModule({ references: 'CVE-2021-0001' }),
      b: 'text',
      c: aModule({ references: ['CVE-2021-1', 7, null, '__proto__', 'CVE-2021-0002'] }),
      d: aModule({ references: Array.from({ length: 3_000 }, () => 'CVE-2021-0003') }),
    })

    expect(signals?.map(({ vulnerabilityId }) => vulnerabilityId)).toEqual(['CVE-2021-0002'])
    expect(skipped).toEqual([
      { reason: 'limit-exceeded', count: 1, examples: ['d'] },
      { reason: 'missing-field', count: 1, examples: ['a'] },
      { reason: 'not-an-object', count: 1, examples: ['b'] },
    ])
  })

  it('never throws', () => {
    const modules = fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.record({ references: fc.jsonValue() })))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          modules.map(value => JSON.stringify(value)),
        ),
        text => {
          expect(typeof parseMetasploit(Buffer.from(text)).ok).toBe('boolean')
        },
      ),
    )
  })
})

describe('metasploitFeed', () => {
  it('reads nothing while the file is the same', async () => {
    const files = feedFilesOf({ [FILE]: real })
    const first = await feed.load(files, 'modules', null)
    if (!first.ok || first.value === 'unchanged') throw new Error('not read')

    expect(first.value).toMatchObject({ part: 'modules', advisories: [], recordCount: 4 })
    expect(await feed.load(files, 'modules', first.value.validator)).toEqual(ok('unchanged'))
  })

  it.each([
    ['no file', {}, 'not-found'],
    ['an empty object', { [FILE]: '{}' }, 'malformed'],
    ['a web page', { [FILE]: '<html>' }, 'malformed'],
    ['a file that is cut', { [FILE]: real.subarray(0, 700) }, 'malformed'],
  ])('fails with %s', async (_what, files, is) => {
    expect(await feed.load(feedFilesOf(files), 'modules', null)).toMatchObject({ ok: false, error: { is } })
  })
})
