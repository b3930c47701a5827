import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '../../src/base/clock.ts'
import type { Inventory } from '../../src/domain/inventory.ts'
import type { MatchReport } from '../../src/domain/match.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import { osvFeed } from '../../src/feeds/osv/feed.ts'
import { analyzeFile, analyzerSet } from '../../src/inventory/analyzer-set.ts'
import { inventoryOfFiles } from '../../src/inventory/inventory-of-files.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { folderFeedFiles } from '../../src/system/feed-files.ts'
import { testFeeds } from '../support/test-feeds.ts'

const FEEDS = testFeeds()
const PARTS = ['Go', 'Hex', 'Maven', 'NuGet', 'PyPI', 'npm']

const sample = (path: string): string => readFileSync(join(import.meta.dirname, '../../src/ecosystems', path), 'utf8')

interface LockFile {
  readonly path: string
  readonly content: string
  /** Packages that are affected, each with all its vulnerabilities; every other package of the file has none. */
  readonly affected: Readonly<Record<string, readonly string[]>>
}

/**
 * Of the same project, whoever locked it; 4.17.15 lies under an alias. Each bound was looked up in the records, of which
 * three name two CVEs each and so go by their own id.
 */
const OF_LODASH = [
  'CVE-2020-28500',
  'CVE-2021-23337',
  'GHSA-f23m-r3pf-42rh',
  'GHSA-r5fr-rjxr-66jc',
  'GHSA-xxjr-mmjv-4gpg',
]
const OF_THE_NPM_PROJECT = {
  // Those of 4.17.20, and two that 4.17.19 fixed.
  'lodash 4.17.15': [...OF_LODASH, 'CVE-2020-8203', 'NSWG-ECO-516'].sort(),
  'lodash 4.17.20': OF_LODASH,
  'minimist 1.2.5': ['CVE-2021-44906'],
}
const OF_JINJA = ['CVE-2020-28493', 'CVE-2024-22195', 'CVE-2024-34064', 'CVE-2024-56326', 'CVE-2025-27516']

const LOCK_FILES: readonly LockFile[] = [
  ...[
    ['yarn-1/yarn.lock', 'yarn-1.lock'],
    ['yarn-4/yarn.lock', 'yarn-4.lock'],
    ['pnpm-5/pnpm-lock.yaml', 'pnpm-5.yaml'],
    ['pnpm-9/pnpm-lock.yaml', 'pnpm-9.yaml'],
    ['bun/bun.lock', 'bun.lock'],
    ['pnp/.pnp.cjs', 'pnp-4.cjs'],
  ].map(([path = '', name = '']) => ({
    path,
    content: sample(`npm/testdata/${name}`),
    affected: OF_THE_NPM_PROJECT,
  })),
  {
    path: 'python/pylock.toml',
    content: sample('pypi/testdata/pylock.toml'),
    affected: {
      'idna 3.6': ['CVE-2024-3651', 'CVE-2026-45409'],
      'jinja2 2.11.2': OF_JINJA,
      'requests 2.30.0': ['CVE-2023-32681', 'CVE-2024-35195', 'CVE-2024-47081', 'CVE-2026-25645'],
    },
  },
  {
    path: 'compatible/requirements.txt',
    content: 'jinja2 ~= 2.11.2\nidna~=3.15\n',
    affected: { 'jinja2 2.11.2': OF_JINJA },
  },
  {
    path: 'go/vendor/modules.txt',
    content: sample('golang/testdata/modules.txt'),
    affected: { 'gopkg.in/yaml.v2 v2.2.2': ['CVE-2019-11254', 'CVE-2021-4235', 'CVE-2022-3064'] },
  },
  {
    path: 'erlang/rebar.lock',
    content:
      '[{<<"mtproto_proxy">>,{pkg,<<"mtproto_proxy">>,<<"0.7.2">>},0},\n {<<"ranch">>,{pkg,<<"ranch">>,<<"1.7.0">>},1}].',
    affected: { 'mtproto_proxy 0.7.2': ['CVE-2023-45312'] },
  },
  {
    path: 'erlang-fixed/rebar.lock',
    content:
      '[{<<"mtproto_proxy">>,{pkg,<<"mtproto_proxy">>,<<"0.8.0">>},0},\n {<<"ranch">>,{pkg,<<"ranch">>,<<"1.7.0">>},1}].',
    affected: {},
  },
  {
    path: 'scala/build.sbt.lock',
    content: JSON.stringify({
      lockVersion: 1,
      dependencies: [
        { org: 'com.typesafe.akka', name: 'akka-http-core_2.13', version: '10.5.2', configurations: ['compile'] },
        { org: 'com.typesafe.akka', name: 'akka-http-core_2.13', version: '10.5.3', configurations: ['compile'] },
      ],
    }),
    affected: { 'com.typesafe.akka:akka-http-core_2.13 10.5.2': ['CVE-2023-44487'] },
  },
  {
    path: 'net/App.csproj',
    content:
      '<Project><ItemGroup><PackageReference Include="google.protobuf" Version="3.14.0"/><PackageReference Include="BouncyCastle" Version="[1.8.7]"/></ItemGroup></Project>',
    affected: {
      'BouncyCastle 1.8.7': ['CVE-2024-29857', 'CVE-2024-30171', 'CVE-2024-30172'],
      'google.protobuf 3.14.0': ['CVE-2021-22570'],
    },
  },
]

describe.skipIf(FEEDS === null)('lock files of further tools against the real records', () => {
  let directory: string
  let report: MatchReport
  let inventory: Inventory

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'match-quality-'))
    const database = openAdvisoryDatabase(directory)
    const files = folderFeedFiles(join(FEEDS ?? '', 'osv'))
    for (const part of PARTS) {
      const loaded = await osvFeed(ECOSYSTEMS).load(files, part, null)
      if (!loaded.ok || loaded.value === 'unchanged') throw new Error(`${part} was not read`)
      await database.apply([{ is: 'replace', feed: 'osv', content: loaded.value }], instant(0))
    }
    const set = analyzerSet(ECOSYSTEMS)
    const visible = LOCK_FILES.flatMap(({ path, content }) =>
      set.wanting(path).map(analyzer => ({
        path,
        analysis: analyzeFile(set, analyzer, path, new TextEncoder().encode(content)),
        layerOf: () => null,
      })),
    )
    inventory = inventoryOfFiles(visible, ECOSYSTEMS, [])
    const index = database.open()
    if (index === null) throw new Error('nothing was stored')
    report = matchInventory(inventory, index, { resourceKind: 'image' })
    index.close()
  }, 120_000)
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it.each(LOCK_FILES.map(file => [file.path, file] as const))('%s', (path, { affected }) => {
    const packages = inventory.packages.filter(pkg => pkg.filePath === path)
    const found = new Map<string, string[]>()
    for (const match of report.matches.filter(one => one.package.filePath === path)) {
      const key = `${match.package.name} ${match.package.version}`
      found.set(key, [...(found.get(key) ?? []), match.vulnerabilityId].sort())
    }

    expect(packages.length).toBeGreaterThan(1)
    expect(Object.fromEntries(found)).toEqual(affected)
  })

  it('cannot judge code of an archive, and says so', () => {
    const archives = inventory.packages.filter(pkg => pkg.name === 'from-archive')

    expect(archives).toHaveLength(6)
    expect(report.matches.some(match => match.package.name === 'from-archive')).toBe(false)
  })
})
