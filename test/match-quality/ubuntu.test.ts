import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/base/log.ts'
import { vulnerabilityId } from '../../src/domain/ids.ts'
import { ECOSYSTEMS, ecosystemOf } from '../../src/ecosystems/index.ts'
import { ubuntuFeed } from '../../src/feeds/ubuntu/feed.ts'
import { detectionsOf } from '../../src/findings/detections.ts'
import { analyzeFile, analyzerSet } from '../../src/inventory/analyzer-set.ts'
import { inventoryOfFiles } from '../../src/inventory/inventory-of-files.ts'
import { explainMatch } from '../../src/matching/explain-match.ts'
import { matchInventory } from '../../src/matching/match-inventory.ts'
import { syncFeeds } from '../../src/scanning/sync-feeds.ts'
import { openAdvisoryCatalogue } from '../../src/store/advisory-database/catalogue.ts'
import { openAdvisoryDatabase } from '../../src/store/advisory-database/database.ts'
import { SOME_TIME } from '../support/builders.ts'
import { feedFilesOf } from '../support/feed-files-of.ts'
import { buildTar } from '../support/tar-builder.ts'
import { xzOf } from '../support/xz-of.ts'

const feed = ubuntuFeed(ecosystemOf('deb'))
const INFRA = 'Available with Ubuntu Pro (Infra-only): https://ubuntu.com/pro'

/** What the two archives say of one flaw: OSV as [ecosystem, package, fix, pocket], VEX as [pocket, package, status, words]. */
interface Flaw {
  readonly cve: string
  readonly osv: readonly (readonly [ecosystem: string, name: string, fix: string | null, pocket: string])[]
  readonly vex?: readonly (readonly [pocket: string, name: string, status: string, words?: string])[]
}

interface Host {
  readonly release?: string
  /** `name version source sourceVersion`, and further fields of the status file. */
  readonly packages: readonly (readonly [string, string?])[]
  /** Services of Ubuntu Pro that are enabled; `null` where there is no status file. */
  readonly pro?: readonly string[] | null
  readonly kind?: 'host' | 'image'
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ubuntu-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function archive(texts: Readonly<Record<string, object>>): Buffer {
  return xzOf(buildTar(Object.entries(texts).map(([path, content]) => ({ path, content: JSON.stringify(content) }))))
}

function archivesOf(flaws: readonly Flaw[]): Readonly<Record<string, Buffer>> {
  const osv: Record<string, object> = {}
  const vex: Record<string, object> = {}
  for (const flaw of flaws) {
    const affected = flaw.osv.map(([ecosystem, name, fix, pocket]) => ({
      package: { ecosystem, name, purl: `pkg:deb/ubuntu/${name}@1?arch=source&distro=${pocket}` },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, ...(fix === null ? [] : [{ fixed: fix }])] }],
      ecosystem_specific: { availability: pocket.includes('/') ? INFRA : 'No subscription required' },
    }))
    osv[`osv/cve/UBUNTU-${flaw.cve}.json`] = { id: `UBUNTU-${flaw.cve}`, upstream: [flaw.cve], affected }
    const statements = (flaw.vex ?? []).map(([pocket, name, status, words]) => ({
      vulnerability: { name: flaw.cve },
      products: [{ '@id': `pkg:deb/ubuntu/${name}@1?arch=source&distro=${pocket}` }],
      status,
      action_statement: words,
      status_notes: words,
    }))
    vex[`vex/cve/${flaw.cve}.json`] = { statements }
  }
  return { 'osv/osv-all.tar.xz': archive(osv), 'vex/vex-all.tar.xz': archive(vex) }
}

function sync(flaws: readonly Flaw[]) {
  const database = openAdvisoryDatabase(folder)
  // Each archive is another one than the last.
  const validator = JSON.stringify(flaws)
  const held = feedFilesOf(archivesOf(flaws))
  const files = {
    ...held,
    fetch: async (path: string, options: { readonly validator: string | null; readonly limitBytes: number }) => {
      const fetched = await held.fetch(path, { ...options, validator: null })
      if (!fetched.ok || fetched.value === 'unchanged') return fetched
      return { ...fetched, value: { ...fetched.value, validator } }
    },
  }
  return syncFeeds({ feeds: [{ feed, files }], database, log: silentLog, clock: { now: () => SOME_TIME } })
}

function inventoryOf({ release = '22.04', packages, pro = null }: Host) {
  const set = analyzerSet(ECOSYSTEMS)
  const stanzas = packages.map(([words, more]) => {
    const [name, version, source = name, sourceVersion = version] = words.split(' ')
    const fields = [`Package: ${name}`, 'Status: install ok installed', `Version: ${version}`, 'Architecture: amd64']
    return [...fields, `Source: ${source} (${sourceVersion})`, ...(more === undefined ? [] : [more])].join('\n')
  })
  const services = pro?.map(name => ({ name, status: 'enabled', available: 'yes' })) ?? []
  const files: Readonly<Record<string, string>> = {
    'etc/os-release': `ID=ubuntu\nVERSION_ID="${release}"\n`,
    'var/lib/dpkg/status': `${stanzas.join('\n\n')}\n`,
    ...(pro === null
      ? {}
      : { 'var/lib/ubuntu-advantage/status.json': JSON.stringify({ attached: pro.length > 0, services }) }),
  }
  const visible = Object.entries(files).flatMap(([path, text]) =>
    set.wanting(path).map(analyzer => ({
      path,
      analysis: analyzeFile(set, analyzer, path, Buffer.from(text)),
      layerOf: () => null,
    })),
  )
  return inventoryOfFiles(visible, ECOSYSTEMS, [])
}

function match(host: Host) {
  const index = openAdvisoryDatabase(folder).open()
  if (index === null) throw new Error('nothing was synced')
  try {
    return matchInventory(inventoryOf(host), index, { resourceKind: host.kind ?? 'host' })
  } finally {
    index.close()
  }
}

async function judged(flaw: Omit<Flaw, 'cve'>, host: Host): Promise<string[]> {
  await sync([{ cve: 'CVE-2026-0001', ...flaw }])
  const { matches, undetermined } = match(host)
  return [
    ...matches.map(({ package: pkg, fixedVersion, evidence }) => {
      const states = evidence.flatMap(({ state }) => state ?? [])
      return [pkg.name, 'affected', fixedVersion ?? 'no fix', ...new Set(states)].join(' ')
    }),
    ...undetermined.map(({ package: pkg, reason }) => `${pkg.name} ${reason}`),
  ].sort()
}

const JAMMY = 'Ubuntu:22.04:LTS'
const IGNORED = 'the problem is understood, but the Ubuntu Security Team decided to not fix it.'

describe('a package of the archive', () => {
  const host: Host = { packages: [['sssd 2.6.3-1ubuntu3']] }

  it.each([
    ['needed', 'affected', 'needs fixing', ['sssd affected no fix']],
    ['ignored is not reported as one that will be fixed', 'affected', IGNORED, ['sssd affected no fix will-not-fix']],
    ['no longer supported', 'affected', 'is no longer supported', ['sssd affected no fix end-of-life']],
    ['deferred', 'under_investigation', 'remediation is deferred', ['sssd affected no fix deferred']],
    ['needs-triage is no finding', 'under_investigation', 'assessment is pending', ['sssd under-investigation']],
    ['not affected', 'not_affected', undefined, []],
  ])('that OSV lists without a fix: %s', async (_what, status, words, expected) => {
    const flaw = { osv: [[JAMMY, 'sssd', null, 'jammy']], vex: [['jammy', 'sssd', status, words ?? '']] } as const

    expect(await judged(flaw, host)).toEqual(expected)
  })

  it('that is fixed', async () => {
    const flaw = { osv: [[JAMMY, 'sssd', '2.6.3-1ubuntu3.6', 'jammy']] } as const

    expect(await judged(flaw, host)).toEqual(['sssd affected 2.6.3-1ubuntu3.6'])
    expect(await judged(flaw, { packages: [['sssd 2.6.3-1ubuntu3.6']] })).toEqual([])
  })
})

describe('a flaw that only Ubuntu Pro fixes', () => {
  const flaw = { osv: [['Ubuntu:Pro:16.04:LTS', 'wayland', '1.12.0-1ubuntu1+esm1', 'esm-infra/xenial']] } as const
  const host = (version: string, pro: Host['pro'] = null): Host => ({
    release: '16.04',
    packages: [[`libwayland-bin ${version} wayland`]],
    pro,
  })

  it.each([
    ['is reported on a host that is not attached, as a fix for subscribers', '1.12.0-1ubuntu1', null],
    ['is reported where the status file says so too', '1.12.0-1ubuntu1', []],
    ['is reported where another half of extended support is enabled', '1.12.0-1ubuntu1', ['esm-apps', 'livepatch']],
  ])('%s', async (_what, version, pro) => {
    expect(await judged(flaw, host(version, pro))).toEqual(['libwayland-bin affected no fix fixed-for-subscribers'])
  })

  it('has a fix on a host that is attached', async () => {
    expect(await judged(flaw, host('1.12.0-1ubuntu1', ['esm-infra']))).toEqual([
      'libwayland-bin affected 1.12.0-1ubuntu1+esm1',
    ])
  })

  it.each([[null], [['esm-infra']]])('is not reported where the fix is installed, attached or not', async pro => {
    expect(await judged(flaw, host('1.12.0-1ubuntu1+esm1', pro))).toEqual([])
    expect(await judged(flaw, host('1.12.0-1ubuntu1+esm2', pro))).toEqual([])
  })

  it("cannot be told of the archive's own later build, which sorts above the fix", async () => {
    expect(await judged(flaw, host('1.12.0-1ubuntu1.1'))).toEqual(['libwayland-bin unreadable-version'])
  })

  it('tells what to do', async () => {
    await sync([{ cve: 'CVE-2026-0001', ...flaw }])
    const [found] = detectionsOf(match(host('1.12.0-1ubuntu1')).matches, () => null)

    expect(found).toMatchObject({ fixAvailable: 'NO' })
    expect(found?.vulnerablePackages[0]).toMatchObject({
      fixedInVersion: null,
      remediation: 'pro attach && pro fix CVE-2026-0001',
      evidence: [{ range: '< 1.12.0-1ubuntu1+esm1 (dpkg)', state: 'fixed-for-subscribers', channel: 'esm-infra' }],
    })
  })
})

describe('an explanation', () => {
  it('says whose the fix is', async () => {
    const osv = [['Ubuntu:Pro:22.04:LTS', 'zabbix', '1-1ubuntu1+esm1', 'esm-apps/jammy']] as const
    await sync([{ cve: 'CVE-2026-0001', osv }])
    const [zabbix] = inventoryOf({ packages: [['zabbix 1-1']] }).packages
    const catalogue = openAdvisoryCatalogue(folder)
    if (catalogue === null || zabbix === undefined) throw new Error('nothing was synced')

    const { outcome, fixedVersion, counted } = explainMatch(zabbix, vulnerabilityId('CVE-2026-0001'), catalogue)
    catalogue.close()

    expect({ outcome, fixedVersion }).toEqual({ outcome: 'affected', fixedVersion: null })
    expect(counted[0]).toMatchObject({ channel: 'esm-apps', state: 'fixed-for-subscribers' })
    expect(counted[0]?.because).toContain('< 1-1ubuntu1+esm1 (dpkg); the fix is for subscribers of esm-apps')
  })
})

describe('builds of extended support', () => {
  const host = (version: string, pro: Host['pro'] = null): Host => ({ packages: [[`zabbix ${version}`]], pro })

  it('"needed" in the archive does not override a fix that is installed', async () => {
    const flaw = {
      osv: [
        [JAMMY, 'zabbix', null, 'jammy'],
        ['Ubuntu:Pro:22.04:LTS', 'zabbix', '1-1ubuntu1+esm1', 'esm-apps/jammy'],
      ],
    } as const

    expect(await judged(flaw, host('1-1ubuntu1+esm1'))).toEqual([])
    expect(await judged(flaw, host('1-1ubuntu0.9+esm1'))).toEqual(['zabbix affected 1-1ubuntu1+esm1'])
  })

  it("are not held against the archive's fixes", async () => {
    const flaw = { osv: [[JAMMY, 'zabbix', '1-1ubuntu1.1', 'jammy']] } as const

    expect(await judged(flaw, host('1-1ubuntu1+esm1'))).toEqual(['zabbix ubuntu-esm-build'])
  })

  it('are affected where their channel has no fix', async () => {
    const flaw = { osv: [['Ubuntu:Pro:22.04:LTS', 'zabbix', null, 'esm-apps/jammy']] } as const

    expect(await judged(flaw, host('1-1ubuntu1+esm1'))).toEqual(['zabbix affected no fix'])
  })

  it('do not turn a kernel without marks into an unfixed one', async () => {
    const flaw = { osv: [['Ubuntu:Pro:22.04:LTS', 'linux', '5.15.0-206.257', 'esm-infra/jammy']] } as const
    const kernel = (version: string): Host => ({
      packages: [[`linux-image-5.15.0-206-generic ${version} linux-signed`]],
    })

    expect(await judged(flaw, kernel('5.15.0-206.257'))).toEqual([])
    expect(await judged(flaw, kernel('5.15.0-100.1'))).toEqual([
      'linux-image-5.15.0-206-generic affected no fix fixed-for-subscribers',
    ])
  })
})

describe('FIPS builds', () => {
  const flaw = {
    osv: [
      [JAMMY, 'openssl', '3.0.2-0ubuntu1.15', 'jammy'],
      ['Ubuntu:Pro:FIPS-updates:22.04:LTS', 'openssl', '3.0.2-0ubuntu1.12+Fips2', 'fips-updates/jammy'],
      ['Ubuntu:Pro:FIPS-preview:22.04:LTS', 'openssl', null, 'fips-preview/jammy'],
    ],
  } as const
  const host = (version: string, pro: Host['pro'] = null): Host => ({ packages: [[`openssl ${version}`]], pro })

  it('are judged by the tier that is enabled', async () => {
    expect(await judged(flaw, host('3.0.2-0ubuntu1.12+Fips1', ['fips-updates']))).toEqual([
      'openssl affected 3.0.2-0ubuntu1.12+Fips2',
    ])
    expect(await judged(flaw, host('3.0.2-0ubuntu1.12+Fips2', ['fips-updates']))).toEqual([])
  })

  it('are undetermined where no tier is known, or it says nothing', async () => {
    const unknown = await judged(flaw, host('3.0.2-0ubuntu1.12+Fips1'))

    expect(new Set(unknown)).toEqual(new Set(['openssl ubuntu-fips-build']))
    expect(await judged(flaw, host('3.0.2-0ubuntu1.12+Fips1', ['fips']))).toEqual(['openssl ubuntu-fips-build'])
  })

  it('say nothing about a build of the archive, whatever is enabled', async () => {
    expect(await judged(flaw, host('3.0.2-0ubuntu1.10', ['fips-updates']))).toEqual([
      'openssl affected 3.0.2-0ubuntu1.15',
    ])
    expect(await judged(flaw, host('3.0.2-0ubuntu1.15', ['fips-updates']))).toEqual([])
  })
})

describe('builds of other repositories', () => {
  const flaw = { osv: [[JAMMY, 'nginx', '1.26-1ubuntu1', 'jammy']] } as const

  it.each([
    ['nginx 1.24.0-1~jammy', 'Maintainer: NGINX Packaging <nginx-packaging@f5.com>', 'third-party-package'],
    ['nginx 1.24.0-0ppa1~ubuntu22.04.1', undefined, 'third-party-package'],
    ['nginx 1.24.0-1', 'Origin: Somebody', 'third-party-package'],
    ['nginx 1.24.0-1', 'Origin: Ubuntu', 'affected 1.26-1ubuntu1'],
    ['nginx 1.24.0-1', 'Maintainer: Debian Nginx Maintainers <pkg-nginx@x.debian.org>', 'affected 1.26-1ubuntu1'],
  ])('%s, %s: %s', async (pkg, field, expected) => {
    expect(await judged(flaw, { packages: [field === undefined ? [pkg] : [pkg, field]] })).toEqual([
      `nginx ${expected}`,
    ])
  })
})

describe('releases dropped from the feed after their end', () => {
  const old: Flaw = { cve: 'CVE-2025-0001', osv: [['Ubuntu:25.04', 'curl', null, 'plucky']] }
  const both: Flaw = {
    cve: 'CVE-2025-0002',
    osv: [
      ['Ubuntu:25.04', 'curl', '9-1', 'plucky'],
      [JAMMY, 'curl', '7-1', 'jammy'],
    ],
  }
  const host: Host = { release: '25.04', packages: [['curl 8-1']] }

  it('stay, and do not make the part shrink', async () => {
    await sync([old, both])
    const before = match(host).matches.map(({ vulnerabilityId }) => vulnerabilityId)
    const report = await sync([{ ...both, osv: both.osv.slice(1) }])

    expect(before).toEqual(['CVE-2025-0001', 'CVE-2025-0002'])
    expect(report.parts[0]).toMatchObject({ outcome: 'replaced', recordCount: 2, advisoryCount: 2, error: null })
    expect(match(host).matches.map(({ vulnerabilityId }) => vulnerabilityId)).toEqual(before)
    // And once more, from what was kept.
    await sync([{ ...both, osv: [[JAMMY, 'curl', '7-2', 'jammy']] }])
    expect(match(host).matches.map(({ vulnerabilityId }) => vulnerabilityId)).toEqual(before)
  })

  it('end for a release that is spoken of when the record does not name it any more', async () => {
    await sync([old, both])
    await sync([{ ...old, osv: [[JAMMY, 'curl', null, 'jammy']] }, both])

    expect(match(host).matches.map(({ vulnerabilityId }) => vulnerabilityId)).toEqual(['CVE-2025-0002'])
  })
})
