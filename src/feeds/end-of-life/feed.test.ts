import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { ok } from '../../base/result.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { endOfLifeFeed } from './feed.ts'
import { parseEndOfLife } from './parse.ts'

const feed = endOfLifeFeed(ECOSYSTEMS)
const FILE = 'products/full'

function aRelease(name: string, given: object = {}): object {
  return { name, label: name, isLts: false, isEol: false, eolFrom: '2029-05-31', isMaintained: true, ...given }
}

function aProduct(name: string, ...releases: readonly unknown[]): object {
  return { name, label: `The ${name}`, category: 'os', releases }
}

function documentOf(...products: readonly unknown[]): string {
  return JSON.stringify({ schema_version: '1.2.0', generated_at: '2026-11-23T01:02:03+00:00', result: products })
}

function parsed(...products: readonly unknown[]) {
  const read = parseEndOfLife(documentOf(...products), ECOSYSTEMS)
  if (!read.ok) throw new Error(read.error)
  return read.value
}

describe('parseEndOfLife', () => {
  it('reads the last day of a release, and that of its extended support', () => {
    const releases = aRelease('9', { label: '9 (Upcoming ELS)', eolFrom: '2032-05-31', eoesFrom: '2035-05-31' })

    expect(parsed(aProduct('rhel', releases))).toEqual({
      releaseEnds: [
        {
          namespace: 'rhel:9',
          label: 'The rhel 9 (Upcoming ELS)',
          ends: Date.UTC(2032, 4, 31),
          extendedUntil: Date.UTC(2035, 4, 31),
          page: 'https://endoflife.date/rhel',
        },
      ],
      recordCount: 1,
      skipped: [],
      newestModified: Date.UTC(2026, 10, 23, 1, 2, 3),
    })
  })

  it('tells a release that is over since an unknown day from one that has no end yet', () => {
    const { releaseEnds } = parsed(
      aProduct('fedora', aRelease('9', { isEol: true, eolFrom: null }), aRelease('99', { eolFrom: null })),
    )

    expect(releaseEnds?.map(({ namespace, ends }) => [namespace, ends])).toEqual([
      ['fedora:9', 'day-unknown'],
      ['fedora:99', 'not-planned'],
    ])
  })

  it.each([
    ['almalinux', '9', 'almalinux:9'],
    ['alpine-linux', '3.20', 'alpine:3.20'],
    ['amazon-linux', '2018.03', 'amzn:2018.03'],
    ['azure-linux', '2.0', 'mariner:2'],
    ['azure-linux', '3.0', 'azurelinux:3'],
    ['centos', '7', 'centos:7'],
    ['centos-stream', '9', 'centos:9'],
    ['debian', '12', 'debian:12'],
    ['opensuse', '15.6', 'opensuse-leap:15.6'],
    ['oracle-linux', '8', 'ol:8'],
    ['rocky-linux', '9', 'rocky:9'],
    ['sles', '15.6', 'sles:15.6'],
    ['ubuntu', '22.04', 'ubuntu:22.04'],
  ])('names %s %s as an installation is named: %s', (product, release, expected) => {
    expect(parsed(aProduct(product, aRelease(release))).releaseEnds).toMatchObject([{ namespace: expected }])
  })

  it('skips, counts and names bad releases and those that are matched nowhere, and keeps the others', () => {
    const { releaseEnds, skipped, recordCount } = parsed(
      aProduct('python', aRelease('3.12'), 7),
      aProduct('ubuntu', aRelease('22.04'), aRelease('22.04'), aRelease('24.04', { eolFrom: 'soon' }), 'text'),
      aProduct('centos-stream', aRelease('8')),
      aProduct('debian', aRelease('__proto__'), aRelease('13', { isEol: 'no' })),
      { name: 'sles', releases: {} },
      null,
    )

    expect(releaseEnds).toMatchObject([{ namespace: 'ubuntu:22.04' }])
    expect(recordCount).toBe(7)
    expect(Object.fromEntries(skipped.map(({ reason, examples }) => [reason, examples[0]]))).toEqual({
      'release-said-twice': 'ubuntu 22.04',
      'bad-day': 'ubuntu release 3',
      'not-an-object': 'ubuntu release 4',
      'release-not-matched': 'centos-stream 8',
      'bad-name': 'debian release 1',
      'no-word-on-its-end': 'debian release 2',
      'no-list-of-releases': 'sles',
    })
  })

  it('never throws', () => {
    const product = fc.record({ name: fc.constantFrom('debian', 'ubuntu'), releases: fc.array(fc.jsonValue()) })
    const texts = fc.oneof(
      fc.string(),
      fc.jsonValue().map(value => JSON.stringify(value)),
      fc.array(fc.oneof(product, fc.jsonValue())).map(products => JSON.stringify({ result: products })),
    )
    fc.assert(
      fc.property(texts, text => {
        expect(typeof parseEndOfLife(text, ECOSYSTEMS).ok).toBe('boolean')
      }),
    )
  })
})

describe('endOfLifeFeed', () => {
  it('reads nothing while the document is the same', async () => {
    const files = feedFilesOf({ [FILE]: documentOf(aProduct('debian', aRelease('12'))) })
    const first = await feed.load(files, 'releases', null)
    if (!first.ok || first.value === 'unchanged') throw new Error('not read')

    expect(first.value).toMatchObject({ part: 'releases', advisories: [], recordCount: 1 })
    expect(await feed.load(files, 'releases', first.value.validator)).toEqual(ok('unchanged'))
  })

  it.each([
    ['no file', {}, 'not-found'],
    ['a web page', { [FILE]: '<html>' }, 'malformed'],
    ['another document', { [FILE]: '{"result":{}}' }, 'malformed'],
    ['a document without distributions', { [FILE]: documentOf(aProduct('python', aRelease('3'))) }, 'malformed'],
    ['bytes that are no text', { [FILE]: Buffer.from([0xff, 0xfe]) }, 'malformed'],
  ])('fails with %s', async (_what, files, is) => {
    expect(await feed.load(feedFilesOf(files), 'releases', null)).toMatchObject({ ok: false, error: { is } })
  })
})
