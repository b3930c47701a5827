import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { ok } from '../../base/result.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import { kevFeed } from './feed.ts'
import { parseKev } from './parse.ts'

const feed = kevFeed()
const FILE = 'known_exploited_vulnerabilities.json'

function anEntry(changes: object = {}): object {
  return {
    cveID: 'CVE-2021-44228',
    dateAdded: '2021-12-10',
    dueDate: '2021-12-24',
    requiredAction: 'Do something.',
    knownRansomwareCampaignUse: 'Known',
    ...changes,
  }
}

function parsed(...vulnerabilities: unknown[]) {
  const catalog = parseKev(JSON.stringify({ dateReleased: '2026-08-07T16:45:47.0648Z', vulnerabilities }))
  if (!catalog.ok) throw new Error(catalog.error)
  return catalog.value
}

describe('parseKev', () => {
  it('reads when an entry was added, what is due by when, and whether ransomware uses it', () => {
    expect(parsed(anEntry())).toEqual({
      signals: [
        {
          is: 'known-exploited',
          vulnerabilityId: 'CVE-2021-44228',
          entry: {
            dateAdded: Date.UTC(2021, 11, 10),
            dateDue: Date.UTC(2021, 11, 24),
            action: 'Do something.',
            isUsedByRansomware: true,
          },
        },
      ],
      recordCount: 1,
      skipped: [],
      newestModified: Date.UTC(2026, 7, 7, 16, 45, 47, 64),
    })
  })

  it('takes an entry without a due day, an action or a word on ransomware', () => {
    const { signals } = parsed(anEntry({ dueDate: '', requiredAction: 7, knownRansomwareCampaignUse: 'Unknown' }))

    expect(signals).toMatchObject([{ entry: { dateDue: null, action: null, isUsedByRansomware: false } }])
  })

  it('skips, counts and names bad entries, and keeps the others', () => {
    const { signals, skipped } = parsed(
      anEntry({ cveID: 'CVE-2026-0001', dateAdded: 'soon' }),
      anEntry({ cveID: 'CVE-2026-0002', dateAdded: '2026-13-45' }),
      anEntry({ cveID: '__proto__' }),
      'text',
      anEntry(),
      anEntry(),
    )

    expect(signals?.map(signal => signal.vulnerabilityId)).toEqual(['CVE-2021-44228'])
    expect(skipped).toEqual([
      { reason: 'no-date', count: 2, examples: ['CVE-2026-0001', 'CVE-2026-0002'] },
      { reason: 'bad-id', count: 1, examples: ['__proto__'] },
      { reason: 'duplicate-id', count: 1, examples: ['CVE-2021-44228'] },
      { reason: 'not-an-object', count: 1, examples: ['entry 4'] },
    ])
  })

  it('never throws', () => {
    const catalog = fc.oneof(fc.jsonValue(), fc.record({ vulnerabilities: fc.array(fc.jsonValue()) }))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          catalog.map(value => JSON.stringify(value)),
        ),
        text => {
          expect(typeof parseKev(text).ok).toBe('boolean')
        },
      ),
    )
  })
})

describe('kevFeed', () => {
  it('reads nothing while the catalog is the same', async () => {
    const files = feedFilesOf({ [FILE]: JSON.stringify({ vulnerabilities: [anEntry()] }) })
    const first = await feed.load(files, 'catalog', null)
    if (!first.ok || first.value === 'unchanged') throw new Error('not read')

    expect(first.value).toMatchObject({ part: 'catalog', advisories: [], recordCount: 1 })
    expect(await feed.load(files, 'catalog', first.value.validator)).toEqual(ok('unchanged'))
  })

  it.each([
    ['no file', {}, 'not-found'],
    ['a web page', { [FILE]: '<html>' }, 'malformed'],
    ['another document', { [FILE]: '{"vulnerabilities":{}}' }, 'malformed'],
    ['bytes that are no text', { [FILE]: Buffer.from([0xff, 0xfe]) }, 'malformed'],
  ])('fails with %s', async (_what, files, is) => {
    expect(await feed.load(feedFilesOf(files), 'catalog', null)).toMatchObject({ ok: false, error: { is } })
  })
})

const FEEDS = process.env['OPENINSPECTOR_TEST_FEEDS'] ?? join(import.meta.dirname, '../../../../shared/feeds')
const isHere = existsSync(join(FEEDS, 'kev'))

describe.skipIf(!isHere && process.env['CI'] !== 'true')('a real catalog (set OPENINSPECTOR_TEST_FEEDS)', () => {
  it('1,662 entries, none left out, 338 used by ransomware', async () => {
    const part = await feed.load(folderFeedFiles(join(FEEDS, 'kev')), 'catalog', null)
    if (!part.ok || part.value === 'unchanged') throw new Error('not read')

    const { signals = [], recordCount, skipped } = part.value
    const ransomware = signals.filter(signal => signal.is === 'known-exploited' && signal.entry.isUsedByRansomware)
    expect({ recordCount, skipped, entries: signals.length, ransomware: ransomware.length }).toEqual({
      recordCount: 1_662,
      skipped: [],
      entries: 1_662,
      ransomware: 338,
    })
  })
})
