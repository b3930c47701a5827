import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { zipOf } from '../../../test/support/zip-of.ts'
import { ok } from '../../base/result.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import { vulnrichmentFeed } from './feed.ts'
import { parseCveJson } from './parse.ts'

const feed = vulnrichmentFeed()
const CISA = '134c704f-9b21-4f2e-91b3-4a467353bcc0'
const HIGH = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
const LOWER = 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:H'

interface Given {
  readonly metadata?: object
  readonly cna?: object
  readonly adp?: unknown
}

function aRecord({ metadata = {}, cna = {}, adp = [] }: Given = {}): string {
  return JSON.stringify({
    dataType: 'CVE_RECORD',
    cveMetadata: { cveId: 'CVE-2024-0001', state: 'PUBLISHED', dateUpdated: '2024-08-06T09:20:18', ...metadata },
    containers: {
      cna: {
        providerMetadata: { orgId: 'b1', shortName: 'somebody' },
        descriptions: [
          { lang: 'fr', value: 'Faux.' },
          { lang: 'en-US', value: 'Invented.' },
        ],
        ...cna,
      },
      adp,
    },
  })
}

function cisa(metrics: readonly object[], orgId = CISA): object {
  return { providerMetadata: { orgId, shortName: 'CISA-ADP' }, metrics }
}

function ssvc(...levels: string[]): object {
  return { other: { type: 'ssvc', content: { options: levels.map(Exploitation => ({ Exploitation })) } } }
}

function parsed(given?: Given) {
  const record = parseCveJson(aRecord(given))
  if (!record.ok) throw new Error(record.error.detail)
  return record.value
}

describe('parseCveJson', () => {
  it('reads the record as an advisory about no package, in English, at a time that is GMT', () => {
    expect(parsed().advisory).toEqual({
      id: 'CVE-2024-0001',
      feed: 'vulnrichment',
      source: 'CVE',
      sourceUrl: 'https://www.cve.org/CVERecord?id=CVE-2024-0001',
      aliases: [],
      upstream: [],
      summary: null,
      details: 'Invented.',
      severities: [],
      references: [],
      published: null,
      modified: Date.UTC(2024, 7, 6, 9, 20, 18),
      withdrawn: null,
      affected: [],
    })
  })

  it('keeps each score with who gave it, once', () => {
    const { advisory, droppedScores } = parsed({
      cna: { metrics: [{ cvssV3_1: { vectorString: HIGH } }, { cvssV3_1: { vectorString: HIGH } }] },
      adp: [cisa([{ cvssV3_1: { vectorString: LOWER } }, { cvssV3_1: { vectorString: 'CVSS:9' } }, { cvssV2_0: 3 }])],
    })

    expect(advisory.severities).toEqual([
      { system: 'CVSS_V3', vector: HIGH, source: 'somebody' },
      { system: 'CVSS_V3', vector: LOWER, source: 'CISA-ADP' },
    ])
    expect(droppedScores).toEqual(['score-unreadable', 'score-unreadable'])
  })

  it.each([
    [['none'], null],
    [['None'], null],
    [['poc'], 'poc'],
    [['PoC'], 'poc'],
    [['Active'], 'active'],
    [['poc', 'active', 'none'], 'active'],
  ])('takes the strongest of CISA’s decisions: %j is %s', (levels, level) => {
    const { signals } = parsed({ adp: [cisa([ssvc(...levels)])] })

    expect(signals).toEqual(level === null ? [] : [{ is: 'exploitation', vulnerabilityId: 'CVE-2024-0001', level }])
  })

  it('does not take decisions of others for CISA’s', () => {
    expect(parsed({ adp: [cisa([ssvc('active')], 'somebody else')] }).signals).toEqual([])
  })

  it('reads the tags of the numbering authority', () => {
    const { signals } = parsed({ cna: { tags: ['disputed', 'x_open-source', 'unsupported-when-assigned', 7] } })

    expect(signals.map(signal => signal.is)).toEqual(['disputed', 'unsupported'])
  })

  it('keeps a rejected record, withdrawn and without a word on exploitation', () => {
    const { advisory, signals } = parsed({
      metadata: { state: 'REJECTED', dateRejected: '2024-09-01T00:00:00Z' },
      adp: [cisa([ssvc('active'), { cvssV3_1: { vectorString: HIGH } }])],
    })

    expect(advisory).toMatchObject({ withdrawn: Date.UTC(2024, 8, 1), severities: [] })
    expect(signals).toEqual([])
  })

  it.each([
    ['not JSON', '{', 'not-json'],
    ['a list', '[]', 'not-an-object'],
    ['without containers', '{"cveMetadata":{}}', 'missing-field'],
    ['another id', aRecord({ metadata: { cveId: 'GHSA-1' } }), 'bad-id'],
    ['a reserved id', aRecord({ metadata: { state: 'RESERVED' } }), 'wrong-type'],
    ['without a time', aRecord({ metadata: { dateUpdated: null } }), 'time-unreadable'],
    ['publishers that are no list', aRecord({ adp: {} }), 'wrong-type'],
    ['too many publishers', aRecord({ adp: Array.from({ length: 201 }, () => ({})) }), 'limit-exceeded'],
  ])('refuses what is %s', (_what, text, reason) => {
    expect(parseCveJson(text)).toMatchObject({ ok: false, error: { reason } })
  })

  it('never throws', () => {
    const given = fc.record({ metadata: fc.object(), cna: fc.object(), adp: fc.array(fc.jsonValue()) })
    fc.assert(
      fc.property(fc.oneof(fc.string(), given.map(aRecord)), text => {
        expect(typeof parseCveJson(text).ok).toBe('boolean')
      }),
    )
  })
})

describe('vulnrichmentFeed', () => {
  const zip = zipOf([
    { name: '2024/0xxx/CVE-2024-0001.json', content: aRecord({ adp: [cisa([ssvc('poc')])] }) },
    { name: 'again/CVE-2024-0001.json', content: aRecord() },
    { name: '2024/bad.json', content: '{}' },
    { name: 'README.md', content: '' },
  ])

  it.each(['vulnrichment.zip', 'vulnrichment-subset.zip'])('reads %s of a mirror', async name => {
    const files = feedFilesOf({ [name]: zip })
    const first = await feed.load(files, 'records', null)
    if (!first.ok || first.value === 'unchanged') throw new Error('not read')

    expect(first.value.advisories.map(advisory => advisory.id)).toEqual(['CVE-2024-0001'])
    expect(first.value.signals?.length).toBe(1)
    expect(first.value.recordCount).toBe(3)
    expect(first.value.skipped).toEqual([
      { reason: 'duplicate-id', count: 1, examples: ['again/CVE-2024-0001.json'] },
      { reason: 'missing-field', count: 1, examples: ['2024/bad.json'] },
    ])
    expect(await feed.load(files, 'records', first.value.validator)).toEqual(ok('unchanged'))
  })

  it.each([
    ['nothing', {}, 'not-found'],
    ['no archive', { 'vulnrichment.zip': '<html>' }, 'malformed'],
  ])('fails with %s', async (_what, files, is) => {
    expect(await feed.load(feedFilesOf(files), 'records', null)).toMatchObject({ ok: false, error: { is } })
  })
})

const FEEDS = process.env['OPENINSPECTOR_TEST_FEEDS'] ?? join(import.meta.dirname, '../../../../shared/feeds')
const isHere = existsSync(join(FEEDS, 'vulnrichment'))

describe.skipIf(!isHere && process.env['CI'] !== 'true')('real records (set OPENINSPECTOR_TEST_FEEDS)', () => {
  it('3,771, none left out', async () => {
    const part = await feed.load(folderFeedFiles(join(FEEDS, 'vulnrichment')), 'records', null)
    if (!part.ok || part.value === 'unchanged') throw new Error('not read')

    const { recordCount, skipped, advisories, signals = [] } = part.value
    const kinds = Map.groupBy(signals, signal => (signal.is === 'exploitation' ? signal.level : signal.is))
    expect({
      recordCount,
      skipped,
      rejected: advisories.filter(advisory => advisory.withdrawn !== null).length,
      ...Object.fromEntries([...kinds].map(([kind, of]) => [kind, of.length])),
    }).toEqual({
      recordCount: 3_771,
      skipped: [],
      rejected: 4,
      poc: 561,
      active: 210,
      disputed: 29,
      unsupported: 13,
    })
  })
})
