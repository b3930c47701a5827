import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '../../src/base/clock.ts'
import type { InstalledPackage } from '../../src/domain/inventory.ts'
import type { MatchReport } from '../../src/domain/match.ts'
import { ANALYZERS, ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import { osvFeed } from '../../src/feeds/osv/feed.ts'
import { inventoryOfFiles } from '../../src/inventory/inventory-of-files.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { folderFeedFiles } from '../../src/system/feed-files.ts'
import { testFeeds } from '../support/test-feeds.ts'

const FEEDS = testFeeds()
const ecosystemFile = (path: string): string =>
  readFileSync(join(import.meta.dirname, '../../src/ecosystems', path), 'utf8')

const pom = (...dependencies: readonly string[]): string => {
  const entries = dependencies.map(text => {
    const [groupId, artifactId, version] = text.split(':')
    return `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`
  })
  return `<project><dependencies>${entries.join('')}</dependencies></project>`
}
const gemfileLock = (...gems: readonly string[]): string => `GEM\n  specs:\n${gems.map(gem => `    ${gem}\n`).join('')}`

/** What a resource holds: lockfiles as the tools wrote them, and some lines by hand for their neighbours. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['python/uv.lock', ecosystemFile('pypi/testdata/uv.lock')],
  ['python-builds/requirements.txt', 'torch==1.12.0+cu113\n'],
  ['python-patched/requirements.txt', 'torch==1.12.0+sp1\n'],
  ['python-last/requirements.txt', 'torch==2.6.0+cpu\n'],
  ['python-fixed/requirements.txt', 'requests==2.31.0\njinja2==2.11.3\ntorch==1.13.1+cpu\n'],
  ['go/go.mod', ecosystemFile('golang/testdata/go.mod')],
  [
    'go-unplaced/go.mod',
    'module a.example/a\ngo 1.22\nrequire github.com/rancher/rancher v0.0.0-20240101000000-0123456789ab\n',
  ],
  [
    'java/pom.xml',
    pom(
      'org.apache.logging.log4j:log4j-core:2.14.1',
      'org.yaml:snakeyaml:1.30',
      'commons-fileupload:commons-fileupload:1.4',
    ),
  ],
  [
    'java-fixed/pom.xml',
    pom(
      'org.apache.logging.log4j:log4j-api:2.14.1',
      'org.apache.logging.log4j:log4j-core:2.12.2',
      'org.yaml:snakeyaml:1.32',
      'commons-fileupload:commons-fileupload:1.5',
    ),
  ],
  ['ruby/Gemfile.lock', gemfileLock('nokogiri (1.10.3)', 'rack (2.2.3)', 'rexml (3.3.8)')],
  ['ruby-fixed/Gemfile.lock', gemfileLock('nokogiri (1.13.10-x86_64-linux)', 'rack (2.2.3.1)', 'rexml (3.3.9)')],
])

/** Checked by hand against the advisory named in the last column. */
const MATCHES = [
  ['python/uv.lock', 'requests', 'CVE-2023-32681', '2.31.0', 'PYSEC-2023-74'],
  ['python/uv.lock', 'jinja2', 'CVE-2020-28493', '2.11.3', 'PYSEC-2021-66'],
  ['python-builds/requirements.txt', 'torch', 'CVE-2022-45907', '1.13.1', 'PYSEC-2022-43015'],
  ['python-last/requirements.txt', 'torch', 'CVE-2025-2998', null, 'PYSEC-2025-192'],
  ['go/go.mod', 'gopkg.in/yaml.v2', 'CVE-2022-3064', '2.2.4', 'GO-2022-0956'],
  ['go/go.mod', 'github.com/gin-gonic/gin', 'CVE-2023-29401', '1.9.1', 'GO-2023-1737'],
  ['go/go.mod', 'golang.org/x/net', 'CVE-2021-31525', '0.0.0-20210428140749-89ef3d95e781', 'GO-2022-0236'],
  ['java/pom.xml', 'org.apache.logging.log4j:log4j-core', 'CVE-2021-44228', '2.15.0', 'GHSA-jfh8-c2jp-5v3q'],
  ['java/pom.xml', 'org.yaml:snakeyaml', 'CVE-2022-1471', '2.0', 'GHSA-mjmj-j48q-9wg2'],
  ['java/pom.xml', 'commons-fileupload:commons-fileupload', 'CVE-2023-24998', '1.5', 'GHSA-hfrx-6qgj-fp6c'],
  ['ruby/Gemfile.lock', 'nokogiri', 'CVE-2019-5477', '1.10.4', 'RUBYSEC-nokogiri-CVE-2019-5477'],
  ['ruby/Gemfile.lock', 'rack', 'CVE-2022-30122', '2.2.3.1', 'RUBYSEC-rack-CVE-2022-30122'],
  ['ruby/Gemfile.lock', 'rexml', 'CVE-2024-49761', '3.3.9', 'RUBYSEC-rexml-CVE-2024-49761'],
] as const

const NO_MATCHES = [
  ['python-fixed/requirements.txt', 'requests', 'CVE-2023-32681', 'at its fix'],
  ['python-fixed/requirements.txt', 'jinja2', 'CVE-2020-28493', 'at its fix'],
  ['python-fixed/requirements.txt', 'torch', 'CVE-2022-45907', 'a build of the fix for one hardware'],
  ['python-patched/requirements.txt', 'torch', 'CVE-2022-45907', 'a rebuild that may hold the fix'],
  ['go/go.mod', 'gopkg.in/yaml.v2', 'CVE-2021-4235', 'the replacement is at its fix'],
  ['go/go.mod', 'golang.org/x/net', 'CVE-2018-17846', 'a pseudo-version after the fix'],
  ['go/go.mod', 'github.com/gin-gonic/gin', 'CVE-2020-28483', 'after the fix'],
  ['go-unplaced/go.mod', 'github.com/rancher/rancher', 'CVE-2025-54468', 'nobody placed its versions'],
  ['java-fixed/pom.xml', 'org.apache.logging.log4j:log4j-api', 'CVE-2021-44228', 'a neighbour of the artifact'],
  ['java-fixed/pom.xml', 'org.apache.logging.log4j:log4j-core', 'CVE-2021-44228', 'fixed in its own line'],
  ['java-fixed/pom.xml', 'org.yaml:snakeyaml', 'CVE-2022-38752', 'at its fix'],
  ['java-fixed/pom.xml', 'commons-fileupload:commons-fileupload', 'CVE-2023-24998', 'at its fix'],
  ['ruby-fixed/Gemfile.lock', 'nokogiri', 'CVE-2022-23476', 'at its fix, for one platform'],
  ['ruby-fixed/Gemfile.lock', 'rack', 'CVE-2022-30122', 'a fourth number'],
  ['ruby-fixed/Gemfile.lock', 'rexml', 'CVE-2024-49761', 'at its fix'],
] as const

describe.skipIf(FEEDS === null)('real lockfiles against real advisories (set OPENINSPECTOR_TEST_FEEDS)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'match-quality-'))
  const inventory = inventoryOf(FILES)
  let report: MatchReport

  beforeAll(async () => {
    const feed = osvFeed(ECOSYSTEMS)
    const files = folderFeedFiles(join(FEEDS ?? '', 'osv'))
    const database = openAdvisoryDatabase(folder)
    for (const part of ['Go', 'Maven', 'PyPI', 'RubyGems']) {
      const loaded = await feed.load(files, part, null)
      if (!loaded.ok || loaded.value === 'unchanged') throw new Error(`${part} was not read`)
      await database.apply([{ is: 'replace', feed: 'osv', content: loaded.value }], instant(Date.UTC(2026, 10, 23)))
    }
    const index = database.open()
    if (index === null) throw new Error('no database')
    report = matchInventory(inventory, index, { resourceKind: 'image' })
    index.close()
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(MATCHES)('%s: %s has %s, fixed in %s (%s)', (filePath, name, cve, fixedVersion, advisoryId) => {
    const match = report.matches.find(
      found => found.package.filePath === filePath && found.package.name === name && found.vulnerabilityId === cve,
    )

    expect(match).toMatchObject({ fixedVersion })
    expect(match?.evidence.map(evidence => evidence.advisoryId)).toContain(advisoryId)
  })

  it.each(NO_MATCHES)('%s: %s has not %s (%s)', (filePath, name, cve) => {
    const isIt = (pkg: InstalledPackage): boolean => pkg.filePath === filePath && pkg.name === name
    const own = report.matches.filter(found => isIt(found.package)).map(found => found.vulnerabilityId)

    expect(inventory.packages.filter(isIt)).toHaveLength(1)
    expect(own).not.toContain(cve)
  })

  it.each([
    ['python-patched/requirements.txt', 'locally-changed-build'],
    ['python-last/requirements.txt', 'unreadable-version'],
    ['go-unplaced/go.mod', 'unreadable-version'],
  ])('%s is in doubt, which is told: %s', (filePath, reason) => {
    const doubts = report.undetermined.filter(doubt => doubt.package.filePath === filePath)

    expect(doubts.map(doubt => doubt.reason)).toContain(reason)
  })
})

function inventoryOf(files: ReadonlyMap<string, string>) {
  const visible = [...files].map(([path, content]) => {
    const analyzer = ANALYZERS.find(one => one.wants(path))
    const analysis = analyzer?.analyze({ path, bytes: new TextEncoder().encode(content) })
    if (!analysis?.ok) throw new Error(`nobody reads ${path}`)
    return { path, analysis: analysis.value, layerOf: () => null }
  })
  return inventoryOfFiles(visible, ECOSYSTEMS, [])
}
