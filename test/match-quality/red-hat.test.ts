import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { vulnerabilityId } from '../../src/domain/ids.ts'
import type { InstalledPackage, Inventory } from '../../src/domain/inventory.ts'
import { namespace } from '../../src/domain/namespace.ts'
import { NO_SIGNALS } from '../../src/domain/signal.ts'
import { analysisOf } from '../../src/ecosystems/analyzer.suite.ts'
import { osRelease } from '../../src/ecosystems/deb/os-release.ts'
import { EMPTY_ANALYSIS, type FileAnalysis } from '../../src/ecosystems/ecosystem.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import { rpm } from '../../src/ecosystems/rpm/ecosystem.ts'
import { redHatContentManifest } from '../../src/ecosystems/rpm/red-hat-repositories.ts'
import { advisoriesOfDocument } from '../../src/feeds/redhat-csaf/parse.ts'
import { entryPool } from '../../src/feeds/redhat-csaf/pool.ts'
import { SkipCounter } from '../../src/feeds/skip-counter.ts'
import { inventoryOfFiles, type VisibleFile } from '../../src/inventory/inventory-of-files.ts'
import type { AdvisoryEntry, AdvisoryIndex } from '../../src/matching/advisory-index.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'

const DOCUMENTS = new URL('../../src/feeds/redhat-csaf/testdata/', import.meta.url)

function indexOfDocuments(): AdvisoryIndex {
  const pool = entryPool(rpm)
  const entries = new Map<string, AdvisoryEntry[]>()
  for (const file of readdirSync(DOCUMENTS).filter(name => name.endsWith('.json'))) {
    const year = /[0-9]{4}/.exec(file)?.[0] ?? ''
    const text = readFileSync(new URL(file, DOCUMENTS), 'utf8')
    for (const advisory of advisoriesOfDocument(`${year}/${file}`, text, pool, new SkipCounter())) {
      for (const affected of advisory.affected) {
        const key = `${affected.namespace} ${affected.name}`
        const vulnerabilityIds = advisory.upstream.map(vulnerabilityId)
        const entry = { advisoryId: advisory.id, feed: advisory.feed, vulnerabilityIds, affected }
        entries.set(key, [...(entries.get(key) ?? []), entry])
      }
    }
  }
  return {
    version: 'documents',
    covers: () => 'fully',
    entriesFor: (where, name) => entries.get(`${where} ${name}`) ?? [],
    vulnerability: () => null,
    signalsOf: () => NO_SIGNALS,
    close() {},
  }
}

type Given = Partial<Pick<InstalledPackage, 'channels' | 'module' | 'source' | 'arch' | 'vendor'>>

function aPackage(where: string, nevra: string, given: Given = {}): InstalledPackage {
  const [name = '', version = ''] = nevra.split(' ')
  return {
    type: 'rpm',
    namespace: namespace(where),
    name,
    version,
    arch: 'x86_64',
    source: null,
    manager: 'OS',
    filePath: 'var/lib/rpm/rpmdb.sqlite',
    layer: null,
    ownedBy: null,
    ...given,
  }
}

type Row = readonly [where: string, nevra: string, given: Given, id: string, outcome: string, because: string]

const EUS_8_6: Given = { channels: ['eus:8.6'] }
const PYTHON_3_9 = { name: 'python3.9', version: '3.9.18-1.el9_3.1' }

/** Checked by hand against the documents: `outcome` is the fix that is offered, `no fix`, a state, `fine` or `in doubt`. */
const CHECKED: readonly Row[] = [
  // A main stream: CVE-2023-28484 was fixed in libxml2 2.9.7-16.el8_8.1 and 2.9.13-3.el9_2.1.
  ['rhel:8', 'libxml2 2.9.7-16.el8', {}, 'CVE-2023-28484', '2.9.7-16.el8_8.1', 'below the fix'],
  ['rhel:8', 'libxml2 2.9.7-16.el8_8.1', {}, 'CVE-2023-28484', 'fine', 'at the fix'],
  ['rhel:9', 'libxml2 2.9.13-3.el9_1', {}, 'CVE-2023-28484', '2.9.13-3.el9_2.1', 'built for 9.1'],
  ['rhel:9', 'libxml2 2.9.13-6.el9_4', {}, 'CVE-2023-28484', 'fine', 'built long after'],
  ['rhel:9', 'python3-libxml2 2.9.13-3.el9', {}, 'CVE-2023-28484', '2.9.13-3.el9_2.1', 'another package of the source'],
  ['rhel:7', 'libxml2 2.9.1-6.el7_9.6', {}, 'CVE-2023-28484', 'end-of-life', 'out of support scope'],
  // The same flaw in 8.6 EUS was fixed in 2.9.7-13.el8_6.4.
  ['rhel:8', 'libxml2 2.9.7-13.el8_6.3', EUS_8_6, 'CVE-2023-28484', '2.9.7-13.el8_6.4', 'the fix of its own stream'],
  ['rhel:8', 'libxml2 2.9.7-13.el8_6.4', EUS_8_6, 'CVE-2023-28484', 'fine', 'fixed in its stream'],
  ['rhel:8', 'libxml2 2.9.7-13.el8_6.4', {}, 'CVE-2023-28484', '2.9.7-16.el8_8.1', 'the stream is not taken'],
  ['rhel:8', 'libxml2 2.9.7-13.el8_6.4', { channels: ['eus:8.8'] }, 'CVE-2023-28484', '2.9.7-16.el8_8.1', 'another'],
  // A flaw of the main stream for which 8.6 EUS has nothing of its own still shows.
  ['rhel:8', 'libssh 0.9.6-10.el8_6', EUS_8_6, 'CVE-2026-0968', 'deferred', 'only the main stream speaks'],
  ['rhel:9', 'libssh 0.10.4-13.el9', {}, 'CVE-2026-0968', 'no fix', 'affected'],
  ['rhel:9', 'libssh-config 0.10.4-13.el9', { arch: 'noarch' }, 'CVE-2026-0968', 'no fix', 'a package for any machine'],
  ['rhel:7', 'libssh2 1.8.0-4.el7_9.1', {}, 'CVE-2026-0968', 'fine', 'the vendor says so'],
  // Modules: redis:6 of RHEL 8 was fixed in 6.2.17-1.module+el8.10.0, the plain package of RHEL 9 in 6.2.17-1.el9_5.
  ['rhel:8', 'redis 6.2.7-1.module+el8.7.0+15197+cc495aeb', { module: 'redis:6' }, 'CVE-2022-24834', '6.2.17-1.module+el8.10.0+22680+748527fd', 'the same stream'],
  ['rhel:8', 'redis 5.0.3-5.module+el8.4.0+12927+b9845322', { module: 'redis:5' }, 'CVE-2022-24834', 'fine', 'another stream'],
  ['rhel:8', 'redis 6.2.7-1.el8', {}, 'CVE-2022-24834', 'fine', 'no module at all'],
  ['rhel:9', 'redis 6.2.7-1.el9', {}, 'CVE-2022-24834', '6.2.17-1.el9_5', 'outside modules'],
  ['rhel:9', 'redis 7.2.4-1.module+el9.4.0+1+2', { module: 'redis:7' }, 'CVE-2022-24834', 'fine', 'a module, the fix is of none'],
  // Newer documents name sources only.
  ['rhel:9', 'python3-libs 3.9.18-1.el9_3.1', { source: PYTHON_3_9 }, 'CVE-2024-6923', '3.9.18-3.el9_4.5', 'built from it'],
  ['rhel:9', 'python3-libs 3.9.18-3.el9_4.5', { source: { name: 'python3.9', version: '3.9.18-3.el9_4.5' } }, 'CVE-2024-6923', 'fine', 'built from the fix'],
  ['rhel:9', 'python3-libs 3.9.16-1.el9_2.8', { source: { name: 'python3.9', version: '3.9.16-1.el9_2.8' }, channels: ['eus:9.2'] }, 'CVE-2024-6923', 'fine', 'fixed in 9.2 EUS'],
  ['rhel:9', 'python3-libs 3.9.16-1.el9_2.8', { source: { name: 'python3.9', version: '3.9.16-1.el9_2.8' } }, 'CVE-2024-6923', '3.9.18-3.el9_4.5', 'not held at 9.2'],
  ['rhel:9', 'python3-libs 3.9.18-3.el9_4.5', { source: { name: 'python3.9', version: '3.9.18-3.el9_4.5' }, channels: ['eus:9.4'] }, 'CVE-2024-6923', 'fine', 'the main stream fixed it in 9.4'],
  ['rhel:10', 'python3-libs 3.12.9-1.el10', { source: { name: 'python3.12', version: '3.12.9-1.el10' } }, 'CVE-2024-6923', 'no fix', 'by its source'],
  ['rhel:8', 'compat-libtiff3 3.9.4-13.el8', {}, 'CVE-2023-6228', 'will-not-fix', 'decided'],
  ['rhel:8', 'libtiff 4.0.9-31.el8', {}, 'CVE-2023-6228', '4.0.9-32.el8_10', 'a fix counts before what older minors say'],
  // An advisory of several streams, where no document of the flaw says more.
  ['rhel:9', 'sudo 1.9.5p2-9.el9', {}, 'CVE-2023-28486', '1.9.5p2-10.el9_3', 'by RHSA-2024:0811'],
  ['rhel:9', 'sudo 1.9.5p2-7.el9_0.4', { channels: ['eus:9.0'] }, 'CVE-2023-28486', 'fine', 'fixed in 9.0 EUS'],
  // What was fixed for subscribers of extended life support alone.
  ['rhel:6', 'bind 32:9.8.2-0.68.rc1.el6_10.8', { channels: ['els:6'] }, 'CVE-2025-40778', '32:9.8.2-0.68.rc1.el6_10.17', 'a subscriber'],
  ['rhel:6', 'bind 32:9.8.2-0.68.rc1.el6_10.8', {}, 'CVE-2025-40778', 'fixed-for-subscribers', 'not a subscriber'],
  // A bug fix advisory of a layered product.
  ['rhel:9', 'libreswan 4.6-3.el9_0.2', { channels: ['openshift:4.16'] }, 'CVE-2024-3652', '4.6-3.el9_0.3', 'taken from it'],
  ['rhel:9', 'libreswan 4.6-3.el9_0.2', {}, 'CVE-2024-3652', 'fine', 'not taken from it'],
  // Others than RHEL.
  ['centos:9', 'libxml2 2.9.13-3.el9', {}, 'CVE-2023-28484', 'fine', 'CentOS Stream is not RHEL'],
  ['almalinux:9', 'libxml2 2.9.13-3.el9', {}, 'CVE-2023-28484', 'fine', 'nor is AlmaLinux'],
  ['rhel:9', 'redis 6.2.7-1.el9.remi', { vendor: 'Remi Collet' }, 'CVE-2022-24834', 'in doubt', 'built by somebody else'],
] // prettier-ignore

describe('what Red Hat says of real packages', () => {
  let index: AdvisoryIndex

  beforeAll(() => {
    index = indexOfDocuments()
  })

  it.each(CHECKED)('%s %s %j has %s: %s (%s)', (where, nevra, given, id, outcome) => {
    const inventory = { distro: null, packages: [aPackage(where, nevra, given)], problems: [] }

    const report = matchInventory(inventory, index, { resourceKind: 'host' })

    const match = report.matches.find(found => found.vulnerabilityId === id)
    const state = match?.evidence.map(each => each.state).find(each => each !== undefined)
    const doubt = report.undetermined.length > 0 ? 'in doubt' : 'fine'
    expect(match === undefined ? doubt : (state ?? match.fixedVersion ?? 'no fix')).toBe(outcome)
  })

  it('says by which name a package was met', () => {
    const pkg = aPackage('rhel:9', 'python3-libs 3.9.18-1.el9_3.1', { source: PYTHON_3_9 })

    const report = matchInventory({ distro: null, packages: [pkg], problems: [] }, index, { resourceKind: 'image' })

    expect(report.matches.find(({ vulnerabilityId: id }) => id === 'CVE-2024-6923')?.evidence).toMatchObject([
      { advisoryId: 'REDHAT-CVE-2024-6923', comparedName: 'python3.9.src', comparedVersion: '3.9.18-1.el9_3.1' },
    ])
  })

  it('gives one piece of evidence for each advisory: the nearest', () => {
    const given: Given = { channels: ['eus:8.6'] }
    const packages = [aPackage('rhel:8', 'libxml2 2.9.7-13.el8_6.3', given)]

    const report = matchInventory({ distro: null, packages, problems: [] }, index, { resourceKind: 'image' })

    expect(report.matches).toMatchObject([
      { fixedVersion: '2.9.7-13.el8_6.4', evidence: [{ comparedName: 'libxml2', fixedVersion: '2.9.7-13.el8_6.4' }] },
    ])
  })

  it('goes by the repositories that an image names', () => {
    const manifest = JSON.stringify({ content_sets: ['rhel-8-for-x86_64-baseos-eus-rpms__8_DOT_6'] })
    const found = { type: 'rpm', name: 'libxml2', version: '2.9.7-13.el8_6.4', arch: 'x86_64', source: null } as const
    const database = { ...EMPTY_ANALYSIS, packages: [{ ...found, manager: 'OS' as const }] }
    const files = [
      aFile('etc/os-release', analysisOf(osRelease, 'ID="rhel"\nVERSION_ID="8.6"\n', 'etc/os-release')),
      aFile('var/lib/rpm/rpmdb.sqlite', database),
    ]
    const manifests = aFile('root/buildinfo/content_manifests/ubi8.json', analysisOf(redHatContentManifest, manifest))
    const held = inventoryOfFiles([...files, manifests], ECOSYSTEMS, [])
    const notHeld = inventoryOfFiles(files, ECOSYSTEMS, [])

    const idsOf = (inventory: Inventory): readonly string[] =>
      matchInventory(inventory, index, { resourceKind: 'image' }).matches.map(match => match.vulnerabilityId)

    expect(held.packages).toMatchObject([{ namespace: 'rhel:8', channels: ['eus:8.6'] }])
    expect(idsOf(held)).toEqual([])
    expect(idsOf(notHeld)).toEqual(['CVE-2023-28484'])
  })
})

function aFile(path: string, analysis: FileAnalysis): VisibleFile {
  return { path, analysis, layerOf: () => null }
}
