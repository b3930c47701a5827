import { beforeAll, describe, expect, it } from 'vitest'
import { affectedIn, ecosystemSample, scanLockFiles } from '../support/lock-files.ts'
import type { LockFile, ScannedLockFiles } from '../support/lock-files.ts'
import { testFeeds } from '../support/test-feeds.ts'

const FEEDS = testFeeds()
const PARTS = ['Go', 'Hex', 'Maven', 'NuGet', 'PyPI', 'npm']

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
    content: ecosystemSample(`npm/testdata/${name}`),
    affected: OF_THE_NPM_PROJECT,
  })),
  {
    path: 'python/pylock.toml',
    content: ecosystemSample('pypi/testdata/pylock.toml'),
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
    content: ecosystemSample('golang/testdata/modules.txt'),
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
  let scanned: ScannedLockFiles

  beforeAll(async () => {
    scanned = await scanLockFiles(FEEDS ?? '', PARTS, LOCK_FILES)
  }, 120_000)

  it.each(LOCK_FILES.map(file => [file.path, file] as const))('%s', (path, { affected }) => {
    const packages = scanned.inventory.packages.filter(pkg => pkg.filePath === path)

    expect(packages.length).toBeGreaterThan(1)
    expect(affectedIn(path, scanned)).toEqual(affected)
  })

  it('cannot judge code of an archive, and says so', () => {
    const archives = scanned.inventory.packages.filter(pkg => pkg.name === 'from-archive')

    expect(archives).toHaveLength(6)
    expect(scanned.report.matches.some(match => match.package.name === 'from-archive')).toBe(false)
  })
})
