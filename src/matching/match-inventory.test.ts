import { describe, expect, it } from 'vitest'
import type { AffectedRange, UnreadableRange, VendorState } from '../domain/advisory.ts'
import { vulnerabilityId } from '../domain/ids.ts'
import type { InstalledPackage, Inventory } from '../domain/inventory.ts'
import type { MatchReport } from '../domain/match.ts'
import { namespace } from '../domain/namespace.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import type { VersionScheme } from '../domain/version.ts'
import { ecosystemOf } from '../ecosystems/index.ts'
import type { AdvisoryEntry, AdvisoryIndex } from './advisory-index.ts'
import { matchInventory } from './match-inventory.ts'

const dpkg = ecosystemOf('deb').scheme
const semver = ecosystemOf('npm').scheme

function range(scheme: VersionScheme, from: string | null, fixed: string | null): AffectedRange {
  const read = (text: string): AffectedRange['introduced'] => {
    const parsed = scheme.parse(text)
    if (!parsed.ok) throw new Error(text)
    return parsed.value
  }
  const end = fixed === null ? null : read(fixed)
  return {
    scheme: scheme.id,
    introduced: from === null ? 'beginning' : read(from),
    end: end === null || end === 'beginning' ? 'no-fix-known' : { fixed: end },
  }
}

function anEntry(
  advisoryId: string,
  ids: readonly string[],
  where: string,
  name: string,
  ranges: readonly (AffectedRange | UnreadableRange)[],
  state?: VendorState,
): AdvisoryEntry {
  const affected = { namespace: namespace(where), name, ranges, versions: [], ...(state && { state }) }
  return { advisoryId, feed: 'osv', vulnerabilityIds: ids.map(vulnerabilityId), affected }
}

function anIndex(entries: readonly AdvisoryEntry[]): AdvisoryIndex & { lookups: number } {
  return {
    version: 'v1',
    lookups: 0,
    covers: wanted => (entries.some(entry => entry.affected.namespace === wanted) ? 'fully' : 'not-at-all'),
    entriesFor(wanted, name) {
      this.lookups++
      return entries.filter(({ affected }) => affected.namespace === wanted && affected.name === name)
    },
    vulnerability: () => null,
    signalsOf: () => NO_SIGNALS,
    close() {},
  }
}

function aPackage(overrides: Partial<InstalledPackage>): InstalledPackage {
  return {
    type: 'deb',
    namespace: namespace('debian:11'),
    name: 'curl',
    version: '1.0-1',
    arch: 'amd64',
    source: null,
    manager: 'OS',
    filePath: 'var/lib/dpkg/status',
    layer: null,
    ownedBy: null,
    ...overrides,
  }
}

const anNpmPackage = (overrides: Partial<InstalledPackage>): InstalledPackage =>
  aPackage({ type: 'npm', namespace: namespace('npm'), arch: null, manager: 'NODEPKG', filePath: 'x', ...overrides })

function match(
  packages: readonly InstalledPackage[],
  entries: readonly AdvisoryEntry[],
  kind: 'image' | 'host' = 'image',
): MatchReport {
  const inventory: Inventory = { distro: null, packages, problems: [] }
  return matchInventory(inventory, anIndex(entries), { resourceKind: kind })
}

const ids = (report: MatchReport): string[] =>
  report.matches.map(found => `${found.package.name} ${found.vulnerabilityId}`)

describe('operating system packages', () => {
  const entries = [
    anEntry('DSA-1-1', ['CVE-2024-0001', 'CVE-2024-0002'], 'debian:11', 'openssl', [
      range(dpkg, null, '1.1.1n-0+deb11u5'),
    ]),
  ]

  it('are held against their source, one match for each vulnerability, with evidence', () => {
    const binary = aPackage({
      name: 'libssl1.1',
      version: '9:9',
      source: { name: 'openssl', version: '1.1.1n-0+deb11u4' },
    })

    const report = match([binary], entries)

    expect(ids(report)).toEqual(['libssl1.1 CVE-2024-0001', 'libssl1.1 CVE-2024-0002'])
    expect(report.matches[0]).toMatchObject({
      fixedVersion: '1.1.1n-0+deb11u5',
      evidence: [
        {
          advisoryId: 'DSA-1-1',
          feed: 'osv',
          namespace: 'debian:11',
          comparedName: 'openssl',
          comparedVersion: '1.1.1n-0+deb11u4',
          range: '< 1.1.1n-0+deb11u5 (dpkg)',
          fixedVersion: '1.1.1n-0+deb11u5',
        },
      ],
    })
    expect(report).toMatchObject({ undetermined: [], notExposed: [], advisoryVersion: 'v1' })
  })

  it('of another release, or fixed, do not match', () => {
    const elsewhere = aPackage({ name: 'openssl', version: '1.0', namespace: namespace('debian:12') })
    const fixed = aPackage({ name: 'openssl', version: '1.1.1n-0+deb11u5' })

    expect(match([elsewhere, fixed], entries)).toMatchObject({ matches: [], undetermined: [] })
  })

  it('of an unknown distribution, or with an unreadable version, are undetermined', () => {
    const unknown = aPackage({ name: 'openssl', namespace: null })
    const unreadable = aPackage({ name: 'openssl', version: '1.0-' })

    expect(match([unknown, unreadable], entries).undetermined).toEqual([
      { package: unknown, advisoryId: null, reason: 'unknown-distribution' },
      { package: unreadable, advisoryId: 'DSA-1-1', reason: 'unreadable-version' },
    ])
  })

  it('of the Pro channel of Ubuntu are undetermined where the base feed says affected', () => {
    const feed = [
      anEntry('UBUNTU-CVE-1', ['CVE-2024-0001'], 'ubuntu:18.04', 'x', [range(dpkg, null, '1.0-1ubuntu1.2')]),
    ]
    const pro = (version: string): InstalledPackage =>
      aPackage({ namespace: namespace('ubuntu:18.04'), name: 'x', version })

    expect(match([pro('1.0-1ubuntu1.1+esm1')], feed)).toMatchObject({
      matches: [],
      undetermined: [{ advisoryId: 'UBUNTU-CVE-1', reason: 'ubuntu-esm-build' }],
    })
    expect(match([pro('1.0-1ubuntu1.3+esm1')], feed)).toMatchObject({ matches: [], undetermined: [] })
  })

  it('name the highest fix, because the lower one was incomplete', () => {
    const both = [
      anEntry('DLA-2-1', ['CVE-2024-0001'], 'debian:11', 'curl', [range(dpkg, null, '1.0-10')]),
      anEntry('DSA-1-1', ['CVE-2024-0001'], 'debian:11', 'curl', [range(dpkg, null, '1.0-9')]),
    ]

    expect(match([aPackage({ version: '1.0-1' })], both).matches).toMatchObject([{ fixedVersion: '1.0-10' }])
    expect(match([aPackage({ version: '1.0-9' })], both).matches).toMatchObject([
      { evidence: [{ advisoryId: 'DLA-2-1' }] },
    ])
  })
})

describe('kernel packages that cannot run', () => {
  const header = aPackage({ name: 'linux-libc-dev', source: { name: 'linux', version: '5.10.1-1' } })
  const entries = [anEntry('DSA-1-1', ['CVE-2024-0001'], 'debian:11', 'linux', [range(dpkg, null, null)])]

  it('are left out of images, with a reason', () => {
    expect(match([header], entries)).toMatchObject({
      matches: [],
      notExposed: [{ package: header, reason: 'kernel-files-in-image' }],
    })
  })

  it('are matched on hosts', () => {
    expect(ids(match([header], entries, 'host'))).toEqual(['linux-libc-dev CVE-2024-0001'])
  })
})

describe('language packages', () => {
  const semverEntry = (id: string, from: string | null, fixed: string | null): AdvisoryEntry =>
    anEntry(id, ['CVE-2024-0001'], 'npm', 'curl', [range(semver, from, fixed)])
  const osEntry = anEntry('DSA-1-1', ['CVE-2024-0009'], 'debian:11', 'other', [range(dpkg, null, null)])

  it('owned by an operating system package are matched as that package', () => {
    const owned = anNpmPackage({ version: '1.0.0', ownedBy: 'node-curl' })
    const owner = aPackage({ name: 'node-curl' })

    expect(match([owner, owned], [semverEntry('GHSA-a', null, '2.0.0'), osEntry])).toMatchObject({
      matches: [],
      undetermined: [],
    })
  })

  it('are matched after all when nobody can judge the owner', () => {
    const owned = anNpmPackage({ version: '1.0.0', ownedBy: 'node-curl' })
    const feed = [semverEntry('GHSA-a', null, '2.0.0')]

    expect(ids(match([owned], [...feed, osEntry]))).toEqual(['curl CVE-2024-0001'])
    expect(ids(match([aPackage({ name: 'node-curl' }), owned], feed))).toEqual(['curl CVE-2024-0001'])
    expect(ids(match([aPackage({ name: 'node-curl', namespace: null }), owned], [...feed, osEntry]))).toHaveLength(1)
  })

  it('follow the reviewed source where sources differ', () => {
    const feed = [semverEntry('GHSA-a', null, '1.0.0'), semverEntry('NSWG-ECO-1', null, '2.0.0')]

    expect(match([anNpmPackage({ version: '1.5.0' })], feed)).toMatchObject({ matches: [], undetermined: [] })
    expect(match([anNpmPackage({ version: '0.5.0' })], feed).matches).toMatchObject([
      { fixedVersion: '1.0.0', evidence: [{ advisoryId: 'GHSA-a' }, { advisoryId: 'NSWG-ECO-1' }] },
    ])
  })

  it('take the fix of another source when the reviewed one knows none', () => {
    const feed = [semverEntry('GHSA-a', null, null), semverEntry('NSWG-ECO-1', null, '2.0.0')]

    expect(match([anNpmPackage({ version: '1.0.0' })], feed).matches).toMatchObject([{ fixedVersion: '2.0.0' }])
  })

  it('are affected when the reviewed source cannot tell and another says so', () => {
    const unreadable: UnreadableRange = {
      unreadable: { is: 'unreadable-version', scheme: 'semver', text: 'x', reason: 'y' },
    }
    const doubtful = anEntry('GHSA-a', ['CVE-2024-0001'], 'npm', 'curl', [unreadable])

    expect(
      ids(match([anNpmPackage({ version: '1.0.0' })], [doubtful, semverEntry('NSWG-ECO-1', null, '2.0.0')])),
    ).toHaveLength(1)
    expect(
      match([anNpmPackage({ version: '3.0.0' })], [doubtful, semverEntry('NSWG-ECO-1', null, '2.0.0')]),
    ).toMatchObject({
      matches: [],
      undetermined: [{ advisoryId: 'GHSA-a', reason: 'unreadable-version' }],
    })
  })
})

describe('the whole report', () => {
  it('asks once for each name and version, however many places hold it', () => {
    const index = anIndex([anEntry('GHSA-a', ['CVE-2024-0001'], 'npm', 'curl', [range(semver, null, null)])])
    const packages = Array.from({ length: 50 }, (_, at) => anNpmPackage({ version: '1.0.0', filePath: `p${at}` }))

    const report = matchInventory({ distro: null, packages, problems: [] }, index, { resourceKind: 'image' })

    expect(report.matches.map(found => found.package.filePath)).toEqual(packages.map(pkg => pkg.filePath))
    expect(index.lookups).toBe(1)
  })
})

describe('what the vendor says about an unfixed flaw', () => {
  const curl = aPackage({ name: 'curl', version: '1.0-1' })
  const open = [range(dpkg, null, null)]

  it.each(['will-not-fix', 'deferred', 'end-of-life'] as const)('%s is a match without a fix, and evidence', state => {
    const report = match([curl], [anEntry('DEBIAN-CVE-1', ['CVE-2024-0001'], 'debian:11', 'curl', open, state)])

    expect(report.matches).toMatchObject([{ fixedVersion: null, evidence: [{ state }] }])
  })

  it('unimportant is counted and not shown', () => {
    const entry = anEntry('DEBIAN-CVE-1', ['CVE-2024-0001'], 'debian:11', 'curl', open, 'unimportant')

    expect(match([curl], [entry])).toMatchObject({
      matches: [],
      notExposed: [{ package: curl, reason: 'vendor-unimportant', vulnerabilityId: 'CVE-2024-0001' }],
    })
  })

  it('unimportant hides nothing that another entry takes seriously', () => {
    const entries = [
      anEntry('DEBIAN-CVE-1', ['CVE-2024-0001'], 'debian:11', 'curl', open, 'unimportant'),
      anEntry('DSA-1', ['CVE-2024-0001'], 'debian:11', 'curl', [range(dpkg, null, '2.0-1')]),
    ]

    expect(match([curl], entries)).toMatchObject({ matches: [{ fixedVersion: '2.0-1' }], notExposed: [] })
  })

  it('says nothing about a version that is not affected', () => {
    const entry = anEntry(
      'DEBIAN-CVE-1',
      ['CVE-2024-0001'],
      'debian:11',
      'curl',
      [range(dpkg, null, '0.9')],
      'deferred',
    )

    expect(match([curl], [entry])).toMatchObject({ matches: [], undetermined: [], notExposed: [] })
  })
})

describe('channels beside the distribution', () => {
  it('meet only builds of their own line', () => {
    const rpm = ecosystemOf('rpm').scheme
    const entry = anEntry('ALAS2KERNEL-5.15-1', ['CVE-2024-0001'], 'amzn:2', 'kernel', [range(rpm, null, '5.15.43-20')])
    const ofChannel = { ...entry, affected: { ...entry.affected, channel: 'kernel-5.15' } }
    const kernel = (version: string) =>
      aPackage({ type: 'rpm', namespace: namespace('amzn:2'), name: 'kernel', version, filePath: version })

    const report = match([kernel('4.14.1-1'), kernel('5.15.1-1'), kernel('5.15.43-20')], [ofChannel], 'host')

    expect(report.matches.map(({ package: { version } }) => version)).toEqual(['5.15.1-1'])
    expect(report.undetermined).toEqual([])
  })

  it('are for nobody where the ecosystem knows of none', () => {
    const entry = anEntry('X-1', ['CVE-2024-0001'], 'debian:11', 'curl', [range(dpkg, null, '2.0-1')])
    const ofChannel = { ...entry, affected: { ...entry.affected, channel: 'backports' } }

    expect(match([aPackage({ name: 'curl', version: '1.0-1' })], [ofChannel])).toMatchObject({ matches: [] })
  })
})
