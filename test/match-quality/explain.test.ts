import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explainPackage, packageOfPurl, vulnerabilityNamed, type OpenCatalogue } from '../../src/app/explain.ts'
import { instant } from '../../src/base/clock.ts'
import type { Http } from '../../src/base/http.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import { feedsFor } from '../../src/feeds/index.ts'
import { openAdvisoryCatalogue } from '../../src/store/advisory-database/catalogue.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { feedFilesFor } from '../../src/system/feed-files.ts'
import { testFeeds } from '../support/test-feeds.ts'

const FEEDS = testFeeds()

const WANTED: Readonly<Record<string, readonly string[]>> = {
  'debian-tracker': ['tracker'],
  nvd: ['2021', '2023'],
  osv: ['Debian', 'Maven', 'npm'],
}

const noHttp: Http = {
  send() {
    throw new Error('these feeds are files')
  },
}

describe.skipIf(FEEDS === null)('explanations from real advisories (set OPENINSPECTOR_TEST_FEEDS)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'explain-'))
  let open: OpenCatalogue

  beforeAll(async () => {
    const database = openAdvisoryDatabase(folder)
    for (const feed of feedsFor(ECOSYSTEMS, 2026)) {
      const files = feedFilesFor(feed.id, FEEDS, noHttp)
      if (!files.ok) throw new Error(files.error)
      for (const part of feed.parts.filter(name => WANTED[feed.id]?.includes(name))) {
        const loaded = await feed.load(files.value, part, null)
        if (!loaded.ok || loaded.value === 'unchanged') throw new Error(`${feed.id} ${part} was not read`)
        await database.apply([{ is: 'replace', feed: feed.id, content: loaded.value }], instant(Date.UTC(2026, 10, 23)))
      }
    }
    const catalogue = openAdvisoryCatalogue(folder)
    if (catalogue === null) throw new Error('no database')
    open = { catalogue, database, generations: database.generations() }
  }, 60_000)
  afterAll(() => {
    open.catalogue.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function explained(purl: string, asked: string) {
    const pkg = packageOfPurl(purl)
    if (!pkg.ok) throw new Error(pkg.error)
    const id = vulnerabilityNamed(asked, open.catalogue)
    if (!id.ok) throw new Error(id.error)
    return explainPackage(pkg.value, id.value, asked, open)
  }

  it('log4j-core: two sources, one comparison that decides, and the score of NVD', () => {
    const answer = explained('pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1', 'GHSA-jfh8-c2jp-5v3q')

    expect(answer).toMatchObject({ vulnerabilityId: 'CVE-2021-44228', outcome: 'affected', fixedVersion: '2.15.0' })
    expect(answer.counted[0]).toMatchObject({ advisoryId: 'GHSA-jfh8-c2jp-5v3q', role: 'decides' })
    expect(answer.counted[0]?.ranges[0]).toEqual({
      range: '>= 2.13.0 and < 2.15.0 (maven)',
      outcome: 'affected',
      comparisons: ['2.14.1 > 2.13.0 (introduced)', '2.14.1 < 2.15.0 (fixed)'],
    })
    expect(answer.severity).toMatchObject({
      severity: 'CRITICAL',
      rule: 'cvss-3',
      chosen: { baseScore: 10, source: 'NVD' },
    })
  })

  it('log4j-core at the fix of its own line, and the artifact beside it', () => {
    const fixed = explained('pkg:maven/org.apache.logging.log4j/log4j-core@2.12.2', 'CVE-2021-44228')
    const beside = explained('pkg:maven/org.apache.logging.log4j/log4j-api@2.14.1', 'CVE-2021-44228')

    expect(fixed.outcome).toBe('not-affected')
    expect(fixed.counted[0]?.ranges.flatMap(({ comparisons }) => comparisons)).toContain('2.12.2 = 2.12.2 (fixed)')
    expect(beside.outcome).toBe('not-named')
    expect(beside.unrelated.items).toContainEqual(
      expect.objectContaining({ advisoryId: 'GHSA-jfh8-c2jp-5v3q', is: 'other-packages' }),
    )
  })

  it.each([
    ['1.1.1n-0+deb11u3', 'affected', '1.1.1n-0+deb11u4'],
    ['1.1.1n-0+deb11u4', 'not-affected', null],
  ])('openssl %s of Debian 11: %s by the tracker, which silences OSV', (version, outcome, fixedVersion) => {
    const purl = `pkg:deb/debian/libssl1.1@${encodeURIComponent(version)}?distro=debian-bullseye&upstream=openssl`
    const answer = explained(purl, 'CVE-2023-0286')

    expect(answer).toMatchObject({
      outcome,
      fixedVersion,
      subject: { namespace: 'debian:11', name: 'openssl', version },
    })
    expect(answer.counted.map(({ advisoryId, feed }) => [advisoryId, feed])).toEqual([
      ['DEBIAN-CVE-2023-0286', 'debian-tracker'],
    ])
    expect(answer.rejected).toContainEqual(
      expect.objectContaining({ advisoryId: 'DSA-5343-1', rejectedBy: 'vendor-feed' }),
    )
    expect(answer.feeds.map(({ feed }) => feed).sort()).toEqual(['debian-tracker', 'osv'])
  })

  it('lodash: affected below the fix, and not at all of the namespaces beside npm', () => {
    const answer = explained('pkg:npm/lodash@4.17.20', 'CVE-2021-23337')

    expect(answer.outcome).toBe('affected')
    expect(answer.counted.map(({ ranges }) => ranges[0]?.range)).toContain('< 4.17.21 (semver)')
    expect(answer.counted.every(({ feed, part }) => feed === 'osv' && part === 'npm')).toBe(true)
  })
})
