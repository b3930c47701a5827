import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { anAdvisory } from '../../../test/support/builders.ts'
import { instant } from '../../base/clock.ts'
import type { Advisory } from '../../domain/advisory.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { Package } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import type { PurlType } from '../../domain/namespace.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import type { AdvisoryCatalogue } from '../../matching/advisory-catalogue.ts'
import { explainMatch } from '../../matching/explain-match.ts'
import { openAdvisoryCatalogue } from './catalogue.ts'
import { openAdvisoryDatabase } from './database.ts'

const NOW = instant(Date.UTC(2026, 10, 23))
const CVE = vulnerabilityId('CVE-2024-0001')
const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
})

interface Said {
  readonly where?: string
  readonly name?: string
  readonly type?: PurlType
  readonly fixed?: string | null
  readonly versions?: readonly string[]
  readonly channel?: string
  readonly state?: 'unimportant'
  readonly unreadable?: boolean
  readonly isUnreviewed?: true
  readonly operatingSystems?: readonly string[]
}

function anAdvisoryThatSays(id: string, said: Said | null, overrides: Partial<Advisory> = {}): Advisory {
  return anAdvisory({ id, affected: said === null ? [] : [affectedOf(said)], ...overrides })
}

function affectedOf({
  where = 'npm',
  name = 'pad',
  type = 'npm',
  fixed = '2.0.0',
  ...said
}: Said): Advisory['affected'][number] {
  const { scheme } = ecosystemOf(type)
  const end = fixed === null ? null : scheme.parse(fixed)
  if (end !== null && !end.ok) throw new Error(end.error.reason)
  const range = {
    scheme: scheme.id,
    introduced: 'beginning',
    end: end === null ? 'no-fix-known' : { fixed: end.value },
  } as const
  const unreadable = {
    unreadable: { is: 'unreadable-version', scheme: scheme.id, text: '??', reason: 'no version' },
  } as const
  return {
    namespace: namespace(where),
    name,
    ranges: said.unreadable ? [unreadable] : [range],
    versions: said.versions ?? [],
    ...(said.state && { state: said.state }),
    ...(said.channel && { channel: said.channel }),
    ...(said.isUnreviewed && { isUnreviewed: said.isUnreviewed }),
    ...(said.operatingSystems && { operatingSystems: said.operatingSystems }),
  }
}

/** A database of these advisories, each feed one part; `then` replaces what a feed says in a second version. */
async function aCatalogue(advisories: readonly Advisory[], then: readonly Advisory[] = []): Promise<AdvisoryCatalogue> {
  const folder = mkdtempSync(join(tmpdir(), 'catalogue-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const database = openAdvisoryDatabase(folder)
  for (const version of [advisories, then]) {
    const feeds = [...new Set(version.map(({ feed }) => feed))]
    const updates = feeds.map(feed => {
      const own = version.filter(advisory => advisory.feed === feed)
      const counts = { recordCount: own.length, skipped: [], validator: null, newestModified: null }
      return { is: 'replace', feed, content: { part: 'all', advisories: own, ...counts } } as const
    })
    if (updates.length > 0) await database.apply(updates, NOW)
  }
  const catalogue = openAdvisoryCatalogue(folder)
  if (catalogue === null) throw new Error('no version')
  closers.push(() => catalogue.close())
  return catalogue
}

function aPackage(version: string, given: Partial<Package> = {}): Package {
  return { type: 'npm', namespace: namespace('npm'), name: 'pad', version, arch: null, source: null, ...given }
}

const debian = (version: string): Package =>
  aPackage(version, {
    type: 'deb',
    namespace: namespace('debian:11'),
    name: 'libpad1',
    source: { name: 'pad', version },
  })

describe('explainMatch', () => {
  it.each([
    ['1.0.0', 'affected', 'in < 2.0.0 (semver)', '2.0.0', '1.0.0 < 2.0.0 (fixed)'],
    ['2.0.0', 'not-affected', 'outside its range', null, '2.0.0 = 2.0.0 (fixed)'],
    ['3.0.0', 'not-affected', 'outside its range', null, '3.0.0 > 2.0.0 (fixed)'],
  ])('%s is %s, and every comparison is told', async (version, outcome, because, fixedVersion, comparison) => {
    const catalogue = await aCatalogue([anAdvisoryThatSays('GHSA-a', {}, { aliases: [CVE] })])

    const explained = explainMatch(aPackage(version), CVE, catalogue)

    expect(explained).toMatchObject({ outcome, fixedVersion, rejected: [] })
    expect(explained.counted).toMatchObject([
      {
        advisoryId: 'GHSA-a',
        feed: 'osv',
        part: 'all',
        role: 'decides',
        because,
        idsBecause: 'named among its aliases',
      },
    ])
    expect(explained.counted[0]?.ranges[0]?.comparisons).toEqual([comparison])
    expect(explained.counted[0]?.contentVersion).toMatch(/^[0-9a-f]{12}$/)
  })

  it('says of a version or a range that cannot be read why nothing can be told', async () => {
    const catalogue = await aCatalogue([anAdvisoryThatSays('GHSA-a', { unreadable: true }, { aliases: [CVE] })])

    const byRange = explainMatch(aPackage('1.0.0'), CVE, catalogue)
    const byVersion = explainMatch(aPackage('latest'), CVE, catalogue)

    expect(byRange).toMatchObject({ outcome: 'undetermined', subject: { unreadable: null } })
    expect(byRange.counted[0]?.ranges[0]).toMatchObject({
      outcome: 'undetermined',
      comparisons: [expect.stringContaining('"??"')],
    })
    expect(byVersion).toMatchObject({ outcome: 'undetermined', subject: { unreadable: expect.any(String) } })
  })

  it("lets the vendor's own feed silence the others, and says so", async () => {
    const said = { where: 'debian:11', type: 'deb', fixed: '2.0-1' } as const
    const catalogue = await aCatalogue([
      anAdvisoryThatSays('DSA-1', said, { upstream: [CVE] }),
      anAdvisoryThatSays(`DEBIAN-${CVE}`, { ...said, fixed: '3.0-1' }, { feed: 'debian-tracker' }),
    ])

    const explained = explainMatch(debian('2.5-1'), CVE, catalogue)

    expect(explained).toMatchObject({
      outcome: 'affected',
      fixedVersion: '3.0-1',
      subject: { name: 'pad', version: '2.5-1' },
    })
    expect(explained.counted).toMatchObject([{ advisoryId: `DEBIAN-${CVE}`, idsBecause: 'its own id restates it' }])
    expect(explained.rejected).toMatchObject([
      { advisoryId: 'DSA-1', rejectedBy: 'vendor-feed', verdict: 'not-affected' },
    ])
    expect(explained.rejected[0]?.rejectedBecause).toContain('debian-tracker')
  })

  it('lets a better source decide, and keeps one that agrees with it as evidence', async () => {
    const catalogue = await aCatalogue([
      anAdvisoryThatSays('GHSA-a', { fixed: '2.0.0' }, { aliases: [CVE] }),
      anAdvisoryThatSays('NSWG-1', { fixed: '9.0.0' }, { aliases: [CVE] }),
    ])

    expect(explainMatch(aPackage('1.0.0'), CVE, catalogue)).toMatchObject({
      outcome: 'affected',
      counted: [
        { advisoryId: 'GHSA-a', role: 'decides' },
        { advisoryId: 'NSWG-1', role: 'agrees' },
      ],
    })
    expect(explainMatch(aPackage('3.0.0'), CVE, catalogue)).toMatchObject({
      outcome: 'not-affected',
      counted: [{ advisoryId: 'GHSA-a' }],
      rejected: [{ advisoryId: 'NSWG-1', rejectedBy: 'lower-rank', verdict: 'affected' }],
    })
  })

  it('lets an advisory about one flaw decide before a better source that mixes it with others', async () => {
    const catalogue = await aCatalogue([
      anAdvisoryThatSays('GHSA-a', { fixed: '9.0.0' }, { aliases: [CVE, 'CVE-2024-0002'] }),
      anAdvisoryThatSays('NSWG-1', { fixed: '2.0.0' }, { aliases: [CVE] }),
    ])

    expect(explainMatch(aPackage('3.0.0'), CVE, catalogue)).toMatchObject({
      outcome: 'not-affected',
      counted: [{ advisoryId: 'NSWG-1' }],
      rejected: [
        {
          advisoryId: 'GHSA-a',
          rejectedBy: 'lower-rank',
          rejectedBecause: expect.stringContaining('it names 2 vulnerabilities as one') as unknown,
        },
      ],
    })
  })

  it('lets a source that names other systems decide over one that names none', async () => {
    const catalogue = await aCatalogue([
      anAdvisoryThatSays('GHSA-a', { operatingSystems: ['windows'] }, { aliases: [CVE] }),
      anAdvisoryThatSays('NSWG-1', {}, { aliases: [CVE] }),
    ])

    expect(explainMatch(aPackage('0.0.1'), CVE, catalogue)).toMatchObject({
      outcome: 'not-affected',
      counted: [{ advisoryId: 'GHSA-a', because: 'it is about windows, not about Linux', otherSystems: ['windows'] }],
      rejected: [{ advisoryId: 'NSWG-1', rejectedBy: 'lower-rank', verdict: 'affected' }],
    })
  })

  it('leaves out what is about another line of builds, withdrawn, or rejected', async () => {
    const catalogue = await aCatalogue([
      anAdvisoryThatSays('GHSA-c', { channel: 'backports' }, { aliases: [CVE] }),
      anAdvisoryThatSays('GHSA-w', {}, { aliases: [CVE], withdrawn: NOW }),
      anAdvisoryThatSays('GHSA-r', {}, { aliases: ['CVE-2024-0002'] }),
      anAdvisoryThatSays('CVE-2024-0002', null, { feed: 'nvd', withdrawn: NOW }),
    ])

    const explained = explainMatch(aPackage('1.0.0'), CVE, catalogue)
    const rejected = explainMatch(aPackage('1.0.0'), vulnerabilityId('CVE-2024-0002'), catalogue)

    expect(explained).toMatchObject({ outcome: 'not-named', counted: [], rejected: [{ rejectedBy: 'other-line' }] })
    expect(explained.unrelated.items).toMatchObject([{ advisoryId: 'GHSA-w', is: 'withdrawn' }])
    expect(rejected).toMatchObject({
      outcome: 'not-named',
      rejected: [{ advisoryId: 'GHSA-r', rejectedBy: 'rejected-vulnerability' }],
    })
    expect(catalogue.vulnerabilitiesNamed('GHSA-r')).toEqual(['GHSA-r'])
  })

  it('rejects what goes by another id, as of a finding whose advisory has been given a CVE since', async () => {
    const catalogue = await aCatalogue([anAdvisoryThatSays('GHSA-o', {}, { aliases: [CVE] })])

    const explained = explainMatch(aPackage('1.0.0'), vulnerabilityId('GHSA-o'), catalogue)

    expect(explained).toMatchObject({ outcome: 'not-named', counted: [] })
    expect(explained.rejected).toMatchObject([
      {
        advisoryId: 'GHSA-o',
        rejectedBy: 'other-id',
        rejectedBecause: `it goes by another id: the advisory is about ${CVE}`,
        verdict: 'affected',
      },
    ])
  })

  it('names the same name elsewhere, and records that name no package', async () => {
    const catalogue = await aCatalogue([
      anAdvisoryThatSays('PYSEC-1', { where: 'pypi', type: 'pypi', fixed: '2.0' }, { aliases: [CVE] }),
      anAdvisoryThatSays('GHSA-x', { where: 'npm', name: 'other' }, { aliases: [CVE] }),
      anAdvisoryThatSays(CVE, null, { feed: 'nvd' }),
    ])

    const explained = explainMatch(aPackage('1.0.0'), CVE, catalogue)

    expect(explained).toMatchObject({ outcome: 'not-named', counted: [], rejected: [] })
    expect(explained.otherNamespaces).toEqual([{ namespace: 'pypi', name: 'pad', entryCount: 1, aboutCount: 1 }])
    expect(explained.unrelated.items).toMatchObject([
      { advisoryId: CVE, is: 'no-packages' },
      { advisoryId: 'GHSA-x', is: 'other-packages', names: ['npm other'] },
      { advisoryId: 'PYSEC-1', is: 'other-packages', names: ['pypi pad'] },
    ])
  })

  it('tells what is not worth a finding from what nobody knows', async () => {
    const unimportant = { where: 'debian:11', type: 'deb', fixed: null, state: 'unimportant' } as const
    const catalogue = await aCatalogue([anAdvisoryThatSays(`DEBIAN-${CVE}`, unimportant, { feed: 'debian-tracker' })])

    expect(explainMatch(debian('1.0-1'), CVE, catalogue).outcome).toBe('unimportant')
    expect(explainMatch(aPackage('1.0.0'), CVE, catalogue).outcome).toBe('not-covered')
    expect(explainMatch({ ...debian('1.0-1'), namespace: null }, CVE, catalogue).outcome).toBe('undetermined')
  })
})

describe('a build of another channel', () => {
  it('is undetermined where it would count as affected, and the channel is named', async () => {
    const said = { where: 'ubuntu:18.04', type: 'deb', fixed: '2.0-1' } as const
    const catalogue = await aCatalogue([anAdvisoryThatSays('USN-1', said, { upstream: [CVE] })])
    const pkg = { ...debian('1.0-1+esm1'), namespace: namespace('ubuntu:18.04') }

    const explained = explainMatch(pkg, CVE, catalogue)

    expect(explained).toMatchObject({ outcome: 'undetermined', fixedVersion: null, counted: [{ verdict: 'affected' }] })
    expect(explained.because).toContain('ubuntu-esm-build')
  })
})

describe('the catalogue', () => {
  it('finds names and ids anywhere, exact ones first, and tells how many there are', async () => {
    const names = ['left-pad', 'pad', 'pad-start', 'p%d']
    const catalogue = await aCatalogue(
      names.map((name, at) => anAdvisoryThatSays(`GHSA-${at}`, { name }, { aliases: [CVE] })),
    )

    const found = catalogue.search('PAD', 2)

    expect(found.names.items.map(({ name }) => name)).toEqual(['pad', 'pad-start'])
    expect(found.names.total).toBe(3)
    expect(catalogue.search('p%', 10).names.items.map(({ name }) => name)).toEqual(['p%d'])
    expect(catalogue.search('cve-2024', 10).vulnerabilities.items).toEqual([{ id: CVE, advisoryCount: 4 }])
    expect(catalogue.search('nothing', 10)).toMatchObject({ names: { total: 0 }, advisories: { total: 0 } })
  })

  it('leads from an alias to its vulnerability, also over another record', async () => {
    const catalogue = await aCatalogue([
      anAdvisoryThatSays('GHSA-a', {}, { aliases: [CVE, 'SNYK-1'] }),
      anAdvisoryThatSays('NSWG-1', {}, { aliases: ['GHSA-a'] }),
    ])

    expect(catalogue.vulnerabilitiesNamed('CVE-2024-9999')).toEqual([])
    for (const id of [CVE, 'GHSA-a', 'SNYK-1', 'NSWG-1']) expect(catalogue.vulnerabilitiesNamed(id)).toEqual([CVE])
    expect(explainMatch(aPackage('1.0.0'), CVE, catalogue).counted[1]?.idsBecause).toContain('shares an alias')
  })

  it('knows the versions that it was made from', async () => {
    const first = await aCatalogue([anAdvisoryThatSays('GHSA-a', {})])
    const second = await aCatalogue(
      [anAdvisoryThatSays('GHSA-a', {})],
      [anAdvisoryThatSays('GHSA-a', {}), anAdvisoryThatSays('GHSA-b', {})],
    )

    expect(first.earlierVersions).toEqual([])
    expect(second.earlierVersions).toEqual([first.version])
  })
})
