import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Advisory } from '../../src/domain/advisory.ts'
import { type VulnerabilityId, vulnerabilityId } from '../../src/domain/ids.ts'
import type { InstalledPackage } from '../../src/domain/inventory.ts'
import type { PurlType } from '../../src/domain/namespace.ts'
import { NO_SIGNALS } from '../../src/domain/signal.ts'
import { ECOSYSTEMS, ecosystemOf } from '../../src/ecosystems/index.ts'
import { osvFeed } from '../../src/feeds/osv/feed.ts'
import { parseOsvRecord } from '../../src/feeds/osv-record.ts'
import type { AdvisoryEntry, AdvisoryIndex } from '../../src/matching/advisory-index.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'
import { subjectOf } from '../../src/matching/subject.ts'
import { folderFeedFiles } from '../../src/system/feed-files.ts'
import { testFeeds } from '../support/test-feeds.ts'

const FEEDS = testFeeds()
const PARTS = ['Bitnami', 'GitHub Actions', 'Hex', 'NuGet', 'Packagist', 'Pub', 'SwiftURL', 'crates.io']

type Outcome = 'affected' | 'not affected' | 'undetermined'

/** What the real records say of real packages, checked by hand against the bounds that each advisory names. */
const CHECKED: readonly (readonly [PurlType, string, string, string, Outcome])[] = [
  ['nuget', 'Google.Protobuf', '3.14.0', 'CVE-2021-22570', 'affected'],
  ['nuget', 'google.protobuf', '3.15.0-rc1', 'CVE-2021-22570', 'affected'],
  ['nuget', 'Google.Protobuf', '3.15.0', 'CVE-2021-22570', 'not affected'],
  ['nuget', 'BouncyCastle', '1.8.3.1', 'CVE-2020-15522', 'affected'],
  ['nuget', 'BouncyCastle', '1.8.7', 'CVE-2020-15522', 'not affected'],
  ['nuget', 'AjaxNetProfessional', '21.12.8.1', 'CVE-2023-49289', 'affected'],
  ['nuget', 'AjaxNetProfessional', '21.12.22.1', 'CVE-2023-49289', 'not affected'],
  ['nuget', 'Microsoft.NETCore.App.Runtime.linux-arm', '9.0.5', 'CVE-2025-30399', 'affected'],
  ['nuget', 'Microsoft.NETCore.App.Runtime.linux-arm', '8.0.5', 'CVE-2025-30399', 'not affected'],
  ['cargo', 'smallvec', '1.6.0', 'CVE-2021-25900', 'affected'],
  ['cargo', 'smallvec', '1.6.1', 'CVE-2021-25900', 'not affected'],
  ['cargo', 'regex', '1.5.4', 'CVE-2022-24713', 'affected'],
  ['cargo', 'regex', '1.5.5', 'CVE-2022-24713', 'not affected'],
  ['cargo', 'time', '0.1.43', 'CVE-2020-26235', 'affected'],
  // GitHub's copy ends at 0.2; RustSec, the home database, knows that 0.2.0 is not affected.
  ['cargo', 'time', '0.2.0', 'CVE-2020-26235', 'not affected'],
  ['cargo', 'regex', 'git+https://github.com/rust-lang/regex#0123', 'CVE-2022-24713', 'undetermined'],
  // Unmaintained, which is no vulnerability.
  ['cargo', 'atty', '0.2.14', 'RUSTSEC-2024-0375', 'not affected'],
  ['composer', 'guzzlehttp/psr7', '1.8.3', 'CVE-2022-24775', 'affected'],
  ['composer', 'guzzlehttp/psr7', '1.8.4', 'CVE-2022-24775', 'not affected'],
  ['composer', 'guzzlehttp/psr7', 'v2.1.0', 'CVE-2022-24775', 'affected'],
  ['composer', 'Twig/Twig', 'v1.44.6', 'CVE-2022-39261', 'affected'],
  ['composer', 'twig/twig', 'v1.44.7', 'CVE-2022-39261', 'not affected'],
  ['composer', 'twig/twig', '3.x-dev', 'CVE-2022-39261', 'undetermined'],
  // Any commit of 3.x is past the fix in 1.20.0.
  ['composer', 'twig/twig', '3.x-dev', 'CVE-2015-7809', 'not affected'],
  ['composer', 'twig/twig', 'dev-main', 'CVE-2015-7809', 'undetermined'],
  ['composer', 'drupal/webform', '5.27.0', 'DRUPAL-CONTRIB-2021-026', 'affected'],
  ['composer', 'drupal/webform', '5.28.0', 'DRUPAL-CONTRIB-2021-026', 'not affected'],
  ['hex', 'pleroma', '2.5.2', 'CVE-2023-5588', 'affected'],
  ['hex', 'pleroma', '2.5.3', 'CVE-2023-5588', 'not affected'],
  ['hex', 'mtproto_proxy', '0.7.2', 'CVE-2023-45312', 'affected'],
  ['hex', 'mtproto_proxy', '0.8.0', 'CVE-2023-45312', 'not affected'],
  ['hex', 'acme/pleroma', '2.5.2', 'CVE-2023-5588', 'not affected'],
  ['pub', 'archive', '3.3.2', 'CVE-2023-39137', 'affected'],
  ['pub', 'archive', '3.3.8-dev', 'CVE-2023-39137', 'affected'],
  ['pub', 'archive', '3.3.8', 'CVE-2023-39137', 'not affected'],
  ['swift', 'github.com/Apple/swift-nio', '2.41.0', 'CVE-2022-3215', 'affected'],
  ['swift', 'github.com/apple/swift-nio', '2.42.0', 'CVE-2022-3215', 'not affected'],
  ['swift', 'github.com/grpc/grpc-swift', '1.1.0', 'CVE-2021-36153', 'affected'],
  ['swift', 'github.com/grpc/grpc-swift', 'revision:0123', 'CVE-2021-36153', 'undetermined'],
  ['swift', 'github.com/apple/swift-nio-http2', '1.28.0', 'CVE-2023-44487', 'not affected'],
  ['githubactions', 'actions/runner', 'v2.296.1', 'CVE-2022-39321', 'affected'],
  ['githubactions', 'Actions/Runner', 'v2.283.3', 'CVE-2022-39321', 'affected'],
  ['githubactions', 'actions/runner', 'v2.296.2', 'CVE-2022-39321', 'not affected'],
  ['githubactions', 'actions/runner', 'v2', 'CVE-2022-39321', 'undetermined'],
  ['githubactions', 'actions/runner', 'v3', 'CVE-2022-39321', 'not affected'],
  ['bitnami', 'redis', '7.4.1-0', 'CVE-2024-46981', 'affected'],
  ['bitnami', 'redis', '7.4.2-1', 'CVE-2024-46981', 'not affected'],
  // The third build of 7.0.15 is no pre-release of it.
  ['bitnami', 'redis', '7.0.15-3', 'CVE-2023-41056', 'not affected'],
  // The last affected version, in its second build.
  ['bitnami', 'argo-cd', '2.6.0-2', 'CVE-2023-25163', 'affected'],
  ['bitnami', 'argo-cd', '2.6.1-0', 'CVE-2023-25163', 'not affected'],
  // Built from source: what Bitnami says of upstream versions.
  ['generic', 'nodejs/node', '20.12.0', 'CVE-2024-27983', 'affected'],
  ['generic', 'nodejs/node', '20.12.1', 'CVE-2024-27983', 'not affected'],
  ['generic', 'python', '3.11.4', 'CVE-2023-40217', 'affected'],
  ['generic', 'python', '3.11.5', 'CVE-2023-40217', 'not affected'],
  ['generic', 'postgresql', '15.7', 'CVE-2024-7348', 'affected'],
  ['generic', 'postgresql', '15.20', 'CVE-2024-7348', 'not affected'],
  ['generic', 'apache/httpd', '2.4.59', 'CVE-2024-38475', 'affected'],
  ['generic', 'nginx/nginx', '1.25.3', 'CVE-2023-44487', 'not affected'],
  ['generic', 'oracle/openjdk', '17.0.11+9-LTS', 'CVE-2024-21147', 'affected'],
  ['generic', 'oracle/openjdk', '17.0.12', 'CVE-2024-21147', 'not affected'],
  ['generic', 'amazon/amazon-corretto', '1.8.0_412', 'CVE-2024-21147', 'affected'],
  ['generic', 'amazon/amazon-corretto', '1.8.0_422', 'CVE-2024-21147', 'not affected'],
  ['generic', 'oracle/graalvm', '17.0.11', 'CVE-2024-21147', 'not affected'],
  ['generic', 'wordpress/core/wordpress', '6.4.2', 'CVE-2024-31210', 'affected'],
  ['generic', 'wordpress/plugin/wordpress', '6.4.2', 'CVE-2024-31210', 'not affected'],
]

/** No bulk data is public for these two; the records have the exact shape of OSV. */
const SMALL = [
  {
    id: 'RSEC-2026-1',
    modified: '2026-01-01T00:00:00Z',
    affected: [
      {
        package: { ecosystem: 'CRAN', name: 'aPackage' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.1-10' }] }],
        versions: ['1.1-4'],
      },
    ],
  },
  {
    id: 'GHSA-2222-3333-4444',
    aliases: ['CVE-2026-2'],
    modified: '2026-01-01T00:00:00Z',
    affected: [
      {
        package: { ecosystem: 'ConanCenter', name: 'alibrary' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '1.1.0' }, { fixed: '1.1.1w' }] }],
      },
    ],
  },
]

const CHECKED_SMALL: typeof CHECKED = [
  ['cran', 'aPackage', '1.1-4', 'RSEC-2026-1', 'affected'],
  ['cran', 'aPackage', '1.1.9', 'RSEC-2026-1', 'affected'],
  ['cran', 'aPackage', '1.1-10', 'RSEC-2026-1', 'not affected'],
  ['cran', 'aPackage', 'github:1.0', 'RSEC-2026-1', 'undetermined'],
  ['conan', 'alibrary', '1.1.1t', 'CVE-2026-2', 'affected'],
  ['conan', 'ALibrary', '1.1.1', 'CVE-2026-2', 'affected'],
  ['conan', 'alibrary', '1.1.1w', 'CVE-2026-2', 'not affected'],
  ['conan', 'alibrary', 'cci.20260101', 'CVE-2026-2', 'undetermined'],
]

describe('small records', () => {
  const advisories = SMALL.flatMap(record => {
    const part = record.affected[0]?.package.ecosystem ?? ''
    const parsed = parseOsvRecord(record, { feed: 'osv', part, ecosystems: ECOSYSTEMS })
    return parsed.ok ? [parsed.value.advisory] : []
  })

  it.each(CHECKED_SMALL)('%s %s %s and %s: %s', (type, name, version, id, expected) => {
    expect(outcomeOf(type, name, version, id, indexOf(advisories))).toBe(expected)
  })
})

describe.skipIf(FEEDS === null)('real records (set OPENINSPECTOR_TEST_FEEDS)', () => {
  let index: AdvisoryIndex

  beforeAll(async () => {
    const advisories: Advisory[] = []
    for (const part of PARTS) {
      const loaded = await osvFeed(ECOSYSTEMS).load(folderFeedFiles(join(FEEDS ?? '', 'osv')), part, null)
      if (!loaded.ok || loaded.value === 'unchanged') throw new Error(`${part} was not read`)
      for (const advisory of loaded.value.advisories) advisories.push(advisory)
    }
    index = indexOf(advisories)
  })

  it.each(CHECKED)('%s %s %s and %s: %s', (type, name, version, id, expected) => {
    expect(outcomeOf(type, name, version, id, index)).toBe(expected)
  })
})

function outcomeOf(type: PurlType, name: string, version: string, id: string, index: AdvisoryIndex): Outcome {
  const namespace = ecosystemOf(type).namespaceOf(null, name)
  const rest = { arch: null, source: null, manager: 'OTHER', filePath: 'x', layer: null, ownedBy: null } as const
  const pkg: InstalledPackage = { type, namespace, name, version, ...rest }
  const report = matchInventory({ distro: null, packages: [pkg], problems: [] }, index, { resourceKind: 'image' })
  if (report.matches.some(match => match.vulnerabilityId === id)) return 'affected'
  const entries = namespace === null ? [] : index.entriesFor(namespace, subjectOf(pkg).name)
  const about = entries.filter(entry => entry.vulnerabilityIds.some(one => one === id)).map(entry => entry.advisoryId)
  return report.undetermined.some(({ advisoryId }) => about.some(one => one === advisoryId))
    ? 'undetermined'
    : 'not affected'
}

/** By name; a vulnerability is a CVE where the record names one. */
function indexOf(advisories: readonly Advisory[]): AdvisoryIndex {
  const byName = new Map<string, AdvisoryEntry[]>()
  for (const advisory of advisories) {
    if (advisory.withdrawn !== null) continue
    const cves = advisory.aliases.filter(alias => alias.startsWith('CVE-'))
    const vulnerabilityIds: VulnerabilityId[] = (cves.length > 0 ? cves : [advisory.id]).map(vulnerabilityId)
    for (const affected of advisory.affected) {
      const key = `${affected.namespace}\n${affected.name}`
      const entry = { advisoryId: advisory.id, feed: advisory.feed, vulnerabilityIds, affected }
      byName.set(key, [...(byName.get(key) ?? []), entry])
    }
  }
  return {
    version: 'test',
    covers: () => 'fully',
    entriesFor: (namespace, name) => byName.get(`${namespace}\n${name}`) ?? [],
    vulnerability: () => null,
    signalsOf: () => NO_SIGNALS,
    close() {},
  }
}
