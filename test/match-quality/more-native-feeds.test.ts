import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '../../src/base/clock.ts'
import type { AffectedPackage } from '../../src/domain/advisory.ts'
import { vulnerabilityId } from '../../src/domain/ids.ts'
import type { InstalledPackage } from '../../src/domain/inventory.ts'
import type { AdvisoryIndex } from '../../src/matching/advisory-index.ts'
import { explainMatch } from '../../src/matching/explain-match.ts'
import { openAdvisoryCatalogue } from '../../src/store/advisory-database/catalogue.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { folderFeedFiles } from '../../src/system/feed-files.ts'
import { feedFilesOf } from '../support/feed-files-of.ts'
import { indexWith, loadPart, outcomeOf, packageOf } from '../support/native-feeds.ts'
import type { CheckedPackage } from '../support/native-feeds.ts'
import { testFeeds } from '../support/test-feeds.ts'

const TESTDATA = new URL('../../src/feeds/', import.meta.url)
const sample = (path: string): Buffer => readFileSync(new URL(path, TESTDATA))

type Files = Readonly<Record<string, Uint8Array | string>>

/** What each feed's source holds: the samples of its folder, real but for those whose terms forbid to keep any. */
const SOURCES: Readonly<Record<string, readonly [part: string, files: Files]>> = {
  almalinux: ['8', { '8/errata.json': sample('almalinux/testdata/errata.json') }],
  bottlerocket: ['Bottlerocket', { 'updateinfo.xml.gz': gzipSync(sample('bottlerocket/testdata/updateinfo.xml')) }],
  photon: ['4.0', { 'cve_data_photon4.0.json': sample('photon/testdata/cve_data_photon4.0.json') }],
  retirejs: ['npm', { 'jsrepository-v4.json': sample('retirejs/testdata/jsrepository-v4.json') }],
  rocky: ['8', rockyRepository(sample('rocky/testdata/updateinfo.xml'))],
  'wolfi-secdb': ['Wolfi', { 'security.json': secdbOf('curl', '8.5.0-r0', 'CVE-2099-0001') }],
}

function rockyRepository(xml: Uint8Array): Files {
  const gz = gzipSync(xml)
  const checksum = createHash('sha256').update(gz).digest('hex')
  const index = `<repomd><data type="updateinfo"><checksum type="sha256">${checksum}</checksum>
    <location href="repodata/updateinfo.xml.gz"/></data></repomd>`
  const folder = 'pub/rocky/8/AppStream/x86_64/os/'
  return { [`${folder}repodata/repomd.xml`]: index, [`${folder}repodata/updateinfo.xml.gz`]: gz }
}

function secdbOf(name: string, version: string, id: string): string {
  return JSON.stringify({ packages: [{ pkg: { name, secfixes: { [version]: [id] } } }] })
}

/** What the samples say of packages, checked by hand against the bounds that they name. */
const CHECKED: readonly CheckedPackage[] = [
  ['rpm', 'almalinux:8', 'exiv2-libs', '0.27.3-2.el8', 'CVE-2021-31291', 'affected', 'OSV leaves it out'],
  ['rpm', 'almalinux:8', 'exiv2-libs', '0.27.3-3.el8_4', 'CVE-2021-31291', 'not affected', 'at the fix'],
  ['rpm', 'almalinux:9', 'exiv2-libs', '0.27.3-2.el8', 'CVE-2021-31291', 'not affected', 'another release'],
  ['rpm', 'rocky:8', 'lz4', '1.8.3-2.el8', 'CVE-2021-3520', 'affected', 'below the fix'],
  ['rpm', 'rocky:8', 'lz4', '1.8.3-3.el8_4', 'CVE-2021-3520', 'not affected', 'at the fix'],
  [
    'rpm',
    'rocky:8',
    'kernel',
    '4.18.0-305.3.1.el8_4.cloud',
    'CVE-2021-22543',
    'not affected',
    "the cloud group's build",
  ],
  [
    'rpm',
    'rocky:8',
    'rubygem-bson',
    '4.3.0-2.module+el8.2.0+100+1',
    'CVE-2019-8324',
    'affected',
    'a module without a label',
  ],
  ['rpm', 'rocky:8', 'rubygem-bson', '4.3.0-2.el8', 'CVE-2019-8324', 'not affected', 'no build of a module'],
  ['rpm', 'photon:4', 'curl', '8.12.0-1.ph4', 'CVE-2025-9086', 'affected', 'below the fix'],
  [
    'rpm',
    'photon:4',
    'curl-tools',
    '8.12.0-1.ph4',
    'CVE-2025-9086',
    'affected',
    'by its source',
    { source: { name: 'curl', version: '8.12.0-1.ph4' } },
  ],
  ['rpm', 'photon:4', 'curl', '8.16.0-1.ph4', 'CVE-2025-9086', 'not affected', 'at the fix'],
  ['rpm', 'photon:5', 'curl', '8.12.0-1.ph5', 'CVE-2025-9086', 'not affected', 'another release'],
  [
    'rpm',
    'bottlerocket:1',
    'amazon-ssm-agent',
    '3.3.1802.0-1.1741039400.2f15ebae.br1',
    'CVE-2025-22870',
    'affected',
    'below the fix',
  ],
  [
    'rpm',
    'bottlerocket:1',
    'amazon-ssm-agent',
    '3.3.2746.0-1.1754950980.06e00082.br1',
    'CVE-2025-22870',
    'not affected',
    'at the fix',
  ],
  ['rpm', 'bottlerocket:1', 'kernel-6.1', '1.15.1-0a1b2c3d', 'CVE-2023-5345', 'affected', 'by the whole system'],
  ['rpm', 'bottlerocket:1', 'kernel-6.1', '1.16.1-763f6d4c', 'CVE-2023-5345', 'not affected', 'the fixed system'],
  ['rpm', 'bottlerocket:1', 'kernel-6.1', '0.9-1.1.br1', 'CVE-2023-5345', 'not affected', 'counts by itself'],
  ['rpm', 'bottlerocket:1', 'amazon-ssm-agent', '1.16.1-763f6d4c', 'CVE-2025-22870', 'undetermined', 'cannot be told'],
  [
    'apk',
    'wolfi',
    'libcurl',
    '8.4.0-r0',
    'CVE-2099-0001',
    'affected',
    'by its origin',
    { source: { name: 'curl', version: '8.4.0-r0' } },
  ],
  ['apk', 'wolfi', 'curl', '8.5.0-r0', 'CVE-2099-0001', 'not affected', 'at the fix'],
  ['apk', 'chainguard', 'curl', '8.4.0-r0', 'CVE-2099-0001', 'not affected', "not Wolfi's"],
  ['npm', 'npm', 'lodash', '4.17.20', 'CVE-2021-23337', 'affected', 'below the fix'],
  ['npm', 'npm', 'lodash', '4.17.21', 'CVE-2021-23337', 'not affected', 'the bounds of another flaw'],
  ['npm', 'npm', 'lodash', '4.17.21', 'GHSA-r5fr-rjxr-66jc', 'affected', 'that other flaw'],
  ['npm', 'npm', 'jquery', '1.8.3', 'RETIREJS-jquery-issue-11974', 'affected', 'a flaw without a CVE'],
]

const CASES = CHECKED.map(([type, where, name, version, id, expected, why, more]) => ({
  pkg: aBuild(type, where, name, version, more),
  id,
  expected,
  why,
  what: `${where} ${name} ${version}`,
}))

function aBuild(...[type, where, name, version, more]: Parameters<typeof packageOf>): InstalledPackage {
  return packageOf(type, where, name, version, { arch: 'x86_64', ...more })
}

describe('feeds of smaller vendors', () => {
  let index: AdvisoryIndex

  beforeAll(async () => {
    const parts = Object.entries(SOURCES).map(async ([feed, [part, files]]) => ({
      feed,
      content: await loadPart(feed, feedFilesOf(files), part),
    }))
    index = await indexWith(await Promise.all(parts))
  })
  afterAll(() => index.close())

  it.each(CASES)('$what: $id $expected ($why)', ({ pkg, id, expected }) => {
    expect(outcomeOf(pkg, id, index)).toBe(expected)
  })
})

const FEEDS = testFeeds()

describe.skipIf(FEEDS === null)('beside the OSV records of a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
  const osv = (part: string) => loadPart('osv', folderFeedFiles(join(FEEDS ?? '', 'osv')), part)

  function fixesOf({ name, ranges }: AffectedPackage): readonly string[] {
    return ranges.map(range =>
      'end' in range && range.end !== 'no-fix-known' && 'fixed' in range.end ? `${name} ${range.end.fixed.text}` : name,
    )
  }

  it("AlmaLinux's own notices have every fix that its records have, and more", async () => {
    const records = await osv('AlmaLinux')
    const old = await loadPart(
      'almalinux',
      feedFilesOf({ '8/errata.json': sample('almalinux/testdata/errata.json') }),
      '8',
    )
    const full = { '8/errata.full.json': sample('almalinux/testdata/errata.full.json') }
    const notices = [...old.advisories, ...(await loadPart('almalinux', feedFilesOf(full), '8')).advisories]
    const agreeing: string[] = []
    const others: string[] = []
    for (const { id, affected } of notices) {
      const known = new Set(affected.flatMap(fixesOf))
      const record = records.advisories.find(one => one.id === id)
      for (const fix of record?.affected.flatMap(fixesOf) ?? []) (known.has(fix) ? agreeing : others).push(fix)
    }

    expect(agreeing).toHaveLength(9)
    // Packages that the excerpts leave out, and a build for another architecture than they have.
    expect(others.filter(fix => !/^(?:asio-devel|libsndfile-devel) /.test(fix))).toEqual([
      'Judy-devel 1.0.5-18.module_el8.6.0+3072+3c630e87',
    ])
  }, 60_000)

  it("lodash 4.17.21 has no flaw that it fixed, though records of retire.js lend it another's bounds", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lodash-'))
    const database = openAdvisoryDatabase(folder)
    const mirror = folderFeedFiles(join(FEEDS ?? '', 'retirejs'))
    await database.apply(
      [
        { is: 'replace', feed: 'osv', content: await osv('npm') },
        { is: 'replace', feed: 'retirejs', content: await loadPart('retirejs', mirror, 'npm') },
      ],
      instant(0),
    )
    const catalogue = openAdvisoryCatalogue(folder)
    if (catalogue === null) throw new Error('the database has no version')
    const outcomes = ['4.17.20', '4.17.21'].map(version => {
      const pkg = aBuild('npm', 'npm', 'lodash', version)
      return explainMatch(pkg, vulnerabilityId('CVE-2021-23337'), catalogue).outcome
    })
    catalogue.close()
    rmSync(folder, { recursive: true })

    expect(outcomes).toEqual(['affected', 'not-affected'])
  }, 60_000)
})
