import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aCveRecord, fromCisa, ssvc } from '../../../test/support/cve-records.ts'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { zipOf } from '../../../test/support/zip-of.ts'
import { ok } from '../../base/result.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import { vulnrichmentFeed } from './feed.ts'

const feed = vulnrichmentFeed()

describe('vulnrichmentFeed', () => {
  const zip = zipOf([
    { name: '2024/0xxx/CVE-2024-0001.json', content: aCveRecord({ adp: [fromCisa([ssvc('poc')])] }) },
    { name: 'again/CVE-2024-0001.json', content: aCveRecord() },
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
