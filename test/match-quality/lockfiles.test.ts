import { beforeAll, describe, expect, it } from 'vitest'
import { affectedIn, ecosystemSample, scanLockFiles } from '../support/lock-files.ts'
import type { LockFile, ScannedLockFiles } from '../support/lock-files.ts'
import { testFeeds } from '../support/test-feeds.ts'

const FEEDS = testFeeds()
const PARTS = ['Go', 'Hex', 'Maven', 'NuGet', 'Packagist', 'Pub', 'PyPI', 'RubyGems', 'SwiftURL', 'crates.io', 'npm']

const npmLock = JSON.stringify({
  name: 'app',
  lockfileVersion: 3,
  packages: {
    '': { name: 'app', version: '1.0.0' },
    ...Object.fromEntries(
      ['jquery@3.4.1', 'bootstrap@4.3.1', 'moment@2.29.1', 'marked@4.0.9', 'ws@7.5.9', 'minimatch@3.0.1'].map(text => {
        const [name, version] = text.split('@')
        return [`node_modules/${name}`, { version, resolved: `https://registry.example/${name}` }]
      }),
    ),
    'node_modules/jsdom/node_modules/ws': { version: '8.17.1' },
  },
})
const pom = (...dependencies: readonly string[]): string => {
  const entries = dependencies.map(text => {
    const [groupId, artifactId, version] = text.split(':')
    return `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`
  })
  return `<project><dependencies>${entries.join('')}</dependencies></project>`
}

/** Each name was looked up in the records themselves: every record that names it, and its bounds. */
const LOCK_FILES: readonly LockFile[] = [
  {
    path: 'rust/Cargo.lock',
    content: ecosystemSample('cargo/testdata/Cargo.lock'),
    affected: { 'regex 1.5.4': ['CVE-2022-24713'], 'smallvec 1.6.0': ['CVE-2021-25900'] },
  },
  {
    path: 'php/composer.lock',
    content: ecosystemSample('composer/testdata/composer.lock'),
    affected: {
      'guzzlehttp/psr7 1.8.3': [
        'CVE-2022-24775',
        'CVE-2023-29197',
        'CVE-2026-48998',
        'CVE-2026-49214',
        'CVE-2026-55766',
      ],
      // Two of phpunit's four are about 4.8 to 5.6, one about 12.5 and 13.1.
      'phpunit/phpunit 9.6.13': ['CVE-2026-24765'],
      'symfony/http-kernel v4.4.49': ['CVE-2022-24894'],
    },
  },
  {
    path: 'ruby/Gemfile.lock',
    content: ecosystemSample('gem/testdata/Gemfile.lock'),
    affected: {
      'activesupport 7.0.3.1': [
        'CVE-2023-22796',
        'CVE-2023-28120',
        'CVE-2023-38037',
        'CVE-2026-33169',
        'CVE-2026-33170',
        'CVE-2026-33176',
      ],
      'concurrent-ruby 1.1.10': ['CVE-2026-54904', 'CVE-2026-54905', 'CVE-2026-54906'],
    },
  },
  {
    path: 'elixir/mix.lock',
    content: ecosystemSample('hex/testdata/mix.lock'),
    affected: { 'mtproto_proxy 0.7.2': ['CVE-2023-45312'] },
  },
  { path: 'phoenix/mix.lock', content: ecosystemSample('hex/testdata/phoenix-2015.lock'), affected: {} },
  {
    path: 'dart/pubspec.lock',
    content: ecosystemSample('pub/testdata/pubspec.lock'),
    affected: { 'archive 3.3.2': ['CVE-2023-39137'] },
  },
  {
    path: 'swift/Package.resolved',
    content: ecosystemSample('swift/testdata/version-1.resolved'),
    // Three windows: up to 2.29.1, 2.39.0 alone, and 2.41.0 alone; written `Apple/swift-nio` there.
    affected: { 'github.com/Apple/swift-nio 2.41.0': ['CVE-2022-3215'] },
  },
  { path: 'net/Library.deps.json', content: ecosystemSample('nuget/testdata/TestLibrary.deps.json'), affected: {} },
  {
    path: 'net-locked/packages.lock.json',
    content: JSON.stringify({
      version: 1,
      dependencies: {
        'net8.0': {
          'Google.Protobuf': { type: 'Direct', resolved: '3.14.0' },
          BouncyCastle: { type: 'Transitive', resolved: '1.8.7' },
        },
      },
    }),
    affected: {
      // At the fix of CVE-2020-15522; three others have no end.
      'BouncyCastle 1.8.7': ['CVE-2024-29857', 'CVE-2024-30171', 'CVE-2024-30172'],
      'Google.Protobuf 3.14.0': ['CVE-2021-22570'],
    },
  },
  {
    path: 'node/package-lock.json',
    content: npmLock,
    affected: {
      'jquery 3.4.1': ['CVE-2020-11022', 'CVE-2020-11023'],
      'marked 4.0.9': ['CVE-2022-21680', 'CVE-2022-21681'],
      'minimatch 3.0.1': ['NSWG-ECO-118'],
      'moment 2.29.1': ['CVE-2022-24785', 'CVE-2022-31129'],
      'ws 7.5.9': ['CVE-2024-37890'],
    },
  },
  {
    path: 'java/pom.xml',
    content: pom('org.yaml:snakeyaml:2.0', 'commons-fileupload:commons-fileupload:1.4'),
    affected: { 'commons-fileupload:commons-fileupload 1.4': ['CVE-2023-24998'] },
  },
]

describe.skipIf(FEEDS === null)('lock files of ten ecosystems against the real records', () => {
  let scanned: ScannedLockFiles

  beforeAll(async () => {
    scanned = await scanLockFiles(FEEDS ?? '', PARTS, LOCK_FILES)
  }, 120_000)

  it.each(LOCK_FILES.map(file => [file.path, file] as const))('%s', (path, { affected }) => {
    const packages = scanned.inventory.packages.filter(pkg => pkg.filePath === path)

    expect(packages.length).toBeGreaterThan(1)
    expect(affectedIn(path, scanned)).toEqual(affected)
  })
})
