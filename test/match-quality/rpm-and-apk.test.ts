import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Advisory } from '../../src/domain/advisory.ts'
import { vulnerabilityId } from '../../src/domain/ids.ts'
import type { Distro, InstalledPackage } from '../../src/domain/inventory.ts'
import type { MatchReport } from '../../src/domain/match.ts'
import type { PurlType } from '../../src/domain/namespace.ts'
import { NO_SIGNALS } from '../../src/domain/signal.ts'
import { ECOSYSTEMS, ecosystemOf } from '../../src/ecosystems/index.ts'
import { osvFeed } from '../../src/feeds/osv/feed.ts'
import type { AdvisoryEntry, AdvisoryIndex } from '../../src/matching/advisory-index.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'
import { folderFeedFiles } from '../../src/system/feed-files.ts'
import { testFeeds } from '../support/test-feeds.ts'

const FEEDS = testFeeds()
const TESTDATA = new URL('../../src/ecosystems/', import.meta.url)

async function indexOf(part: string): Promise<AdvisoryIndex> {
  const loaded = await osvFeed(ECOSYSTEMS).load(folderFeedFiles(join(FEEDS ?? '', 'osv')), part, null)
  if (!loaded.ok || loaded.value === 'unchanged') throw new Error(`${part} was not read`)
  const entries = new Map<string, AdvisoryEntry[]>()
  for (const advisory of loaded.value.advisories) {
    for (const affected of advisory.affected) {
      const key = `${affected.namespace} ${affected.name}`
      const entry = { advisoryId: advisory.id, feed: 'osv', vulnerabilityIds: vulnerabilitiesOf(advisory), affected }
      entries.set(key, [...(entries.get(key) ?? []), entry])
    }
  }
  return {
    version: part,
    covers: () => 'fully',
    entriesFor: (where, name) => entries.get(`${where} ${name}`) ?? [],
    vulnerability: () => null,
    signalsOf: () => NO_SIGNALS,
    close() {},
  }
}

function vulnerabilitiesOf({ id, upstream }: Advisory): AdvisoryEntry['vulnerabilityIds'] {
  return (upstream.length === 0 ? [id] : upstream).map(vulnerabilityId)
}

function aDistro(id: string, versionId: string): Distro {
  return { id, versionId, codename: null, prettyName: null }
}

function aPackage(type: PurlType, distro: Distro, name: string, version: string, origin = name): InstalledPackage {
  return {
    type,
    namespace: ecosystemOf(type).namespaceOf(distro),
    name,
    version,
    arch: 'x86_64',
    source: origin === name ? null : { name: origin, version },
    manager: 'OS',
    filePath: 'x',
    layer: null,
    ownedBy: null,
  }
}

function match(index: AdvisoryIndex, packages: readonly InstalledPackage[], kind: 'image' | 'host'): MatchReport {
  return matchInventory({ distro: null, packages, problems: [] }, index, { resourceKind: kind })
}

/**
 * How many vulnerabilities each package has: rpm 4.18 itself (`rpm.vercmp`) was asked about every bound of every notice
 * that names it, outside modules.
 */
const ALMALINUX_9_2: readonly (readonly [name: string, vulnerabilities: number])[] = [
  ['NetworkManager', 3],
  ['aardvark-dns', 2],
  ['acl', 2],
  ['avahi-libs', 9],
  ['bash', 0],
  ['bind-libs', 24],
  ['bind-utils', 24],
  ['binutils', 2],
  ['buildah', 54],
  ['bzip2-libs', 1],
  ['c-ares', 6],
  ['conmon', 0],
  ['coreutils', 1],
  ['cups-libs', 10],
  ['curl', 16],
  ['dbus', 1],
  ['dnsmasq', 8],
  ['e2fsprogs', 0],
  ['expat', 9],
  ['file', 1],
  ['firefox', 453],
  ['ghostscript', 15],
  ['git-core', 18],
  ['glib2', 17],
  ['glibc', 22],
  ['gmp', 1],
  ['gnupg2', 1],
  ['gnutls', 18],
  ['grep', 0],
  ['grub2-common', 15],
  ['gzip', 0],
  ['harfbuzz', 1],
  ['iproute', 0],
  ['kernel-headers', 768],
  ['kernel-core', 788],
  ['less', 3],
  ['libtiff', 26],
  ['libwebp', 1],
  ['libxml2', 16],
  ['lua-libs', 0],
  ['ncurses-libs', 1],
  ['nss', 2],
  ['openssh-server', 20],
  ['openssl-libs', 49],
  ['pam', 5],
  ['xz-libs', 0],
]

describe.skipIf(FEEDS === null)('AlmaLinux (set OPENINSPECTOR_TEST_FEEDS)', () => {
  const on = (release: string) => (name: string, version: string, module?: string) => {
    const pkg = aPackage('rpm', aDistro('almalinux', release), name, version)
    return module === undefined ? pkg : { ...pkg, module }
  }
  const on9 = on('9.2')
  const on8 = on('8.10')
  let index: AdvisoryIndex
  beforeAll(async () => {
    index = await indexOf('AlmaLinux')
  }, 60_000)
  const found = (pkg: InstalledPackage, kind: 'image' | 'host' = 'host'): readonly string[] =>
    match(index, [pkg], kind).matches.map(({ vulnerabilityId: id }) => id)

  it('9.2 has the vulnerabilities that rpm itself puts below their fixes', () => {
    const lines = readFileSync(new URL('rpm/testdata/almalinux-9.2-packages.txt', TESTDATA), 'utf8').trim().split('\n')
    const packages = lines.map(line => line.split(' ')).map(([name = '', version = '']) => on9(name, version))

    const { matches, undetermined } = match(index, packages, 'host')

    const counts = packages.map(({ name }) => [name, matches.filter(one => one.package.name === name).length])
    expect(counts).toEqual(ALMALINUX_9_2)
    expect(undetermined).toEqual([])
  })

  it.each([
    ['below the fix 1.17.1-5.el9_2.1', on9('c-ares', '1.17.1-5.el9'), 'CVE-2023-32067', true],
    ['at the fix', on9('c-ares', '1.17.1-5.el9_2.1'), 'CVE-2023-32067', false],
    ['at the fix of 9.0', on9('xz-libs', '5.2.5-8.el9_0'), 'CVE-2022-1271', false],
    ['below the fix, with its epoch', on9('openssl-libs', '1:3.0.7-6.el9_2'), 'CVE-2023-2650', true],
    ['without its epoch below every fix', on9('openssl-libs', '3.0.7-100.el9'), 'CVE-2023-2650', true],
    ['of another release', on('10.0')('c-ares', '1.17.1-5.el9'), 'CVE-2023-32067', false],
    [
      'of a stream below its fix',
      on8('nodejs', '1:18.9.1-1.module_el8.7.0+3280+1+1', 'nodejs:18'),
      'CVE-2022-43548',
      true,
    ],
    [
      'of a stream above its fix',
      on8('nodejs', '1:18.20.2-1.module_el8.9.0+3775+1+1', 'nodejs:18'),
      'CVE-2022-43548',
      false,
    ],
    [
      'of another stream above, told by its version',
      on8('nodejs', '1:20.16.0-1.module_el8.10.0+1+1'),
      'CVE-2022-43548',
      false,
    ],
  ])('%s', (_what, pkg, cve, isFound) => {
    expect(found(pkg).includes(cve)).toBe(isFound)
  })

  it('meets modular notices of the own stream alone', () => {
    const report = match(index, [on8('postgresql', '12.9-1.module_el8.5.0+2606+1+1', 'postgresql:12')], 'host')
    const fixes = new Set(report.matches.map(({ fixedVersion }) => fixedVersion?.split('.')[0]))

    expect([...fixes]).toEqual(['12'])
    expect(report.undetermined).toEqual([])
  })

  it('takes no fix of a module for one of the plain package', () => {
    const plain = match(index, [on9('nodejs', '1:16.20.2-8.el9_4')], 'host').matches

    expect(plain.filter(({ fixedVersion }) => fixedVersion?.includes('.module'))).toEqual([])
  })

  it('says that an EPEL build cannot be judged', () => {
    const report = match(index, [{ ...on9('c-ares', '1.17.1-5.el9'), vendor: 'Fedora Project' }], 'host')

    expect(report.matches).toEqual([])
    expect(report.undetermined[0]?.reason).toBe('third-party-package')
  })

  it('leaves out headers of a kernel in an image, not on a host', () => {
    const headers = on9('kernel-headers', '5.14.0-284.11.1.el9_2')

    expect(found(headers, 'image')).toEqual([])
    expect(found(headers, 'host').length).toBeGreaterThan(0)
  })
})

describe.skipIf(FEEDS === null)('Alpine (set OPENINSPECTOR_TEST_FEEDS)', () => {
  let index: AdvisoryIndex
  beforeAll(async () => {
    index = await indexOf('Alpine')
  }, 60_000)

  it.each([
    ['below the fix, by its origin', '3.20.0', 'libssl3', '3.1.1-r1', 'openssl', 'CVE-2023-2975', true],
    ['at the fix', '3.20.0', 'libssl3', '3.1.1-r2', 'openssl', 'CVE-2023-2975', false],
    ['far above the fix', '3.20.0', 'libcrypto3', '3.3.0-r10', 'openssl', 'CVE-2023-2975', false],
    ['of an origin with another name', '3.20.0', 'libssl3', '3.1.1-r1', 'libssl3', 'CVE-2023-2975', false],
    ['a release candidate before the fix', '3.18.4', 'libcurl', '7.83.0_rc1-r0', 'curl', 'CVE-2022-27774', true],
    ['of a branch that does not name the flaw', '3.18.4', 'libcurl', '8.1.0-r0', 'curl', 'CVE-2023-38545', false],
    ['of a later branch that does', '3.20.0', 'libcurl', '8.1.0-r0', 'curl', 'CVE-2023-38545', true],
    ['of edge, where OSV has nothing', '3.25_alpha20260801', 'libssl3', '1.0-r0', 'openssl', 'CVE-2023-2975', false],
  ])('%s', (_what, release, name, version, origin, cve, isFound) => {
    const pkg = aPackage('apk', aDistro('alpine', release), name, version, origin)

    const found = match(index, [pkg], 'image').matches.map(({ vulnerabilityId: id }) => id)

    expect(found.includes(vulnerabilityId(cve))).toBe(isFound)
  })
})
