import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { judgeFeed } from '../../../test/support/judging-feed.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { oracleOvalFeed } from './feed.ts'

const feed = oracleOvalFeed(ecosystemOf('rpm'))
const packed = readFileSync(new URL('testdata/elsa.xml.bz2', import.meta.url))
const files = feedFilesOf({
  'com.oracle.elsa-ol7.xml.bz2': packed,
  'com.oracle.elsa-ol8.xml.bz2': packed,
})

const affected = (part: string, ...purls: readonly string[]) => judgeFeed(feed, files, part, purls)

function rsyslog(version: string, arch: string): string {
  return `pkg:rpm/ol/rsyslog@${version}?arch=${arch}&distro=ol-7.9`
}

describe('notices of Oracle Linux', () => {
  it('name their CVEs, their word and their packages, of the release of the part alone', async () => {
    const loaded = await feed.load(files, '7', null)

    expect(loaded).toMatchObject({
      ok: true,
      value: {
        recordCount: 3,
        skipped: [],
        advisories: [
          {
            id: 'ELSA-2022-4803',
            source: 'ORACLE_CVE',
            sourceUrl: 'https://linux.oracle.com/errata/ELSA-2022-4803.html',
            upstream: ['CVE-2022-24903'],
            summary: 'rsyslog security update (IMPORTANT)',
            severities: [{ system: 'word', word: 'important' }],
            published: Date.parse('2022-05-31'),
          },
        ],
      },
    })
  })

  it('that fix other builds on other architectures are held against those', async () => {
    const between = '8.24.0-57.0.1.el7_9.3'
    const { affected: found } = await affected('7', rsyslog(between, 'x86_64'), rsyslog(between, 'aarch64'))

    expect(found).toEqual(['rsyslog 8.24.0-57.0.1.el7_9.3 aarch64: CVE-2022-24903'])
  })

  it('count for packages below the fix, also for those of 32 bits on a system of 64', async () => {
    const old = '8.24.0-57.el7_9.2'
    const { affected: found } = await affected('7', rsyslog(old, 'x86_64'), rsyslog(old, 'i686'))

    expect(found).toEqual([
      'rsyslog 8.24.0-57.el7_9.2 i686: CVE-2022-24903',
      'rsyslog 8.24.0-57.el7_9.2 x86_64: CVE-2022-24903',
    ])
  })

  it('of Ksplice builds say nothing about others', async () => {
    const { affected: found } = await affected(
      '8',
      'pkg:rpm/ol/openssl-libs@1.1.1g-12.el8_3?arch=x86_64&epoch=1&distro=ol-8.3',
      'pkg:rpm/ol/openssl-libs@1.1.1g-12.ksplice1.el8_3?arch=x86_64&epoch=2&distro=ol-8.3',
      'pkg:rpm/ol/openssl-libs@1.1.1g-15.ksplice1.el8_3?arch=x86_64&epoch=2&distro=ol-8.3',
    )

    expect(found).toEqual([
      'openssl-libs 2:1.1.1g-12.ksplice1.el8_3 x86_64: CVE-2021-3449',
      'openssl-libs 2:1.1.1g-12.ksplice1.el8_3 x86_64: CVE-2021-3450',
    ])
  })

  it('of a module say nothing about its other streams, or on other architectures', async () => {
    const hivex = (module: string, arch: string) =>
      `pkg:rpm/ol/hivex@1.3.18-20.module%2Bel8.3.0%2B7860%2Ba7792d29?arch=${arch}&rpmmod=${module}:8030020&distro=ol-8.7`
    const { affected: found, undetermined } = await affected(
      '8',
      hivex('virt:kvm_utils', 'aarch64'),
      hivex('virt:ol', 'aarch64'),
      hivex('virt:kvm_utils', 'x86_64'),
    )

    expect(found).toEqual([
      'hivex 1.3.18-20.module+el8.3.0+7860+a7792d29 aarch64: CVE-2022-4144',
      'hivex 1.3.18-20.module+el8.3.0+7860+a7792d29 aarch64: CVE-2023-0664',
    ])
    expect(undetermined).toEqual([])
  })

  it('stand in the file of all releases where a mirror has only that', async () => {
    const all = feedFilesOf({ 'com.oracle.elsa-all.xml.bz2': packed })
    const loaded = await feed.load(all, '8', null)

    expect(loaded.ok && loaded.value !== 'unchanged' && loaded.value.advisories.map(({ id }) => id)).toEqual([
      'ELSA-2021-9151',
      'ELSA-2023-12342',
    ])
  })

  it('are not read again while the file is as it was', async () => {
    const first = await feed.load(files, '8', null)
    const validator = first.ok && first.value !== 'unchanged' ? first.value.validator : null

    expect(validator).not.toBeNull()
    expect(await feed.load(files, '8', validator)).toEqual({ ok: true, value: 'unchanged' })
  })

  it('that are there no more are an error, not a smaller file', async () => {
    const validator = 'r1 ["com.oracle.elsa-ol8.xml.bz2","v1"]'
    const loaded = await feed.load(feedFilesOf({ 'com.oracle.elsa-all.xml.bz2': packed }), '8', validator)

    expect(loaded).toMatchObject({ ok: false, error: { is: 'not-found' } })
  })

  it('in a damaged file are an error that names it', async () => {
    const cut = feedFilesOf({ 'com.oracle.elsa-ol8.xml.bz2': packed.subarray(0, 900) })

    expect(await feed.load(cut, '8', null)).toMatchObject({
      ok: false,
      error: { is: 'malformed', what: 'http://m/com.oracle.elsa-ol8.xml.bz2' },
    })
  })
})
