import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { instant } from '../../base/clock.ts'
import type { Advisory } from '../../domain/advisory.ts'
import { vulnerabilityId, type VulnerabilityId } from '../../domain/ids.ts'
import { namespace } from '../../domain/namespace.ts'
import { NO_SIGNALS, type EpssTable, type Signal } from '../../domain/signal.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { parseOsvRecord } from '../../feeds/osv-record.ts'
import type { FeedUpdate } from '../../scanning/advisory-database.ts'
import { openAdvisoryDatabase } from './database.ts'

const NOW = instant(Date.UTC(2026, 10, 23))
const NPM = namespace('npm')
const ADDED = instant(Date.UTC(2021, 11, 10))
const [ONE, TWO] = [vulnerabilityId('CVE-2024-0001'), vulnerabilityId('CVE-2024-0002')]
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function aDatabase() {
  const folder = mkdtempSync(join(tmpdir(), 'advisory-signals-'))
  folders.push(folder)
  return openAdvisoryDatabase(folder)
}

interface Content {
  readonly advisories?: readonly Advisory[]
  readonly signals?: readonly Signal[]
  readonly epss?: EpssTable
}

function replace(feed: string, content: Content): FeedUpdate {
  const counts = { recordCount: 1, skipped: [], validator: 'v1', newestModified: null }
  return { is: 'replace', feed, content: { part: 'all', advisories: [], ...counts, ...content } }
}

function scores(day: number, ...values: readonly [id: string, score: number][]): EpssTable {
  return {
    date: instant(Date.UTC(2026, 7, day)),
    ids: values.map(([id]) => vulnerabilityId(id)),
    scores: Uint32Array.from(values, ([, score]) => score),
    percentiles: Uint32Array.from(values, ([, score]) => score),
  }
}

const listed: Signal = {
  is: 'known-exploited',
  vulnerabilityId: ONE,
  entry: { dateAdded: ADDED, dateDue: null, action: 'Patch.', isUsedByRansomware: true },
}

/** About npm's `pad`, with the given aliases. */
function anAdvisory(id: string, aliases: readonly string[] = []): Advisory {
  const affected = [
    {
      package: { ecosystem: 'npm', name: 'pad' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
    },
  ]
  const parsed = parseOsvRecord({ id, aliases, affected }, { feed: 'osv', part: 'npm', ecosystems: ECOSYSTEMS })
  if (!parsed.ok) throw new Error(parsed.error.detail)
  return parsed.value.advisory
}

function cveRecord(id: string, feed: string, isRejected: boolean): Advisory {
  return { ...anAdvisory(id), feed, source: 'CVE', affected: [], withdrawn: isRejected ? NOW : null }
}

describe('signals in the advisory database', () => {
  it('are nothing where no source was fetched', async () => {
    const database = aDatabase()
    await database.apply([replace('osv', { advisories: [anAdvisory(ONE)] })], NOW)
    const index = database.open()!

    expect(index.signalsOf(ONE)).toEqual(NO_SIGNALS)
    expect(index.vulnerability(ONE)).toMatchObject(NO_SIGNALS)
    index.close()
  })

  it('come back as they were said, also with the vulnerability', async () => {
    const database = aDatabase()
    await database.apply(
      [
        replace('osv', { advisories: [anAdvisory(ONE)] }),
        replace('kev', { signals: [listed] }),
        replace('vulnrichment', {
          signals: [
            { is: 'disputed', vulnerabilityId: ONE },
            { is: 'exploitation', vulnerabilityId: TWO, level: 'poc' },
            { is: 'unsupported', vulnerabilityId: TWO },
          ],
        }),
        replace('epss', { epss: scores(16, [ONE, 3_351]) }),
      ],
      NOW,
    )
    const index = database.open()!

    const said = {
      epss: { score: 0.03351, percentile: 0.03351, date: Date.UTC(2026, 7, 16) },
      kev: listed.entry,
      exploit: { isAvailable: true, lastKnownAt: ADDED },
      publishedExploits: [],
      isDisputed: true,
      isUnsupported: false,
    }
    expect(index.signalsOf(ONE)).toEqual(said)
    expect(index.vulnerability(ONE)).toMatchObject(said)
    // A proof of concept is an exploit; when it was published, nobody says.
    expect(index.signalsOf(TWO)).toEqual({
      epss: null,
      kev: null,
      exploit: { isAvailable: true, lastKnownAt: null },
      publishedExploits: [],
      isDisputed: false,
      isUnsupported: true,
    })
    expect(database.generations().map(({ feed, signalCount }) => [feed, signalCount])).toEqual([
      ['epss', 1],
      ['kev', 1],
      ['osv', 0],
      ['vulnrichment', 3],
    ])
    index.close()
  })

  it('take the newest day of all catalogs for the last that is known of an exploit', async () => {
    const published = (catalog: 'exploit-db' | 'metasploit', id: VulnerabilityId, year: number | null): Signal => {
      const reportedAt = year === null ? null : instant(Date.UTC(year, 0, 1))
      return {
        is: 'exploit-published',
        vulnerabilityId: id,
        exploit: { catalog, name: `${catalog} 1`, reportedAt, count: 2 },
      }
    }
    const database = aDatabase()
    await database.apply(
      [
        replace('kev', { signals: [listed] }),
        replace('metasploit', { signals: [published('metasploit', ONE, 2025), published('metasploit', TWO, null)] }),
        replace('exploit-db', { signals: [published('exploit-db', ONE, 2022)] }),
      ],
      NOW,
    )
    const index = database.open()!

    expect(index.signalsOf(ONE)).toMatchObject({
      exploit: { isAvailable: true, lastKnownAt: Date.UTC(2025, 0, 1) },
      publishedExploits: [
        { catalog: 'exploit-db', name: 'exploit-db 1', reportedAt: Date.UTC(2022, 0, 1), count: 2 },
        { catalog: 'metasploit', name: 'metasploit 1', reportedAt: Date.UTC(2025, 0, 1), count: 2 },
      ],
    })
    // That there is one does not depend on its day.
    expect(index.signalsOf(TWO)).toMatchObject({ exploit: { isAvailable: true, lastKnownAt: null }, kev: null })
    index.close()
  })

  it('say that no exploit is known only when the catalog is there and could list it', async () => {
    const database = aDatabase()
    await database.apply([replace('epss', { epss: scores(16, [TWO, 1]) })], NOW)
    const before = database.open()!
    await database.apply([replace('kev', { signals: [listed] })], NOW)
    const after = database.open()!

    expect(before.signalsOf(TWO).exploit).toBeNull()
    expect(after.signalsOf(TWO).exploit).toEqual({ isAvailable: false, lastKnownAt: null })
    expect(after.signalsOf(vulnerabilityId('GHSA-aaaa-bbbb-cccc')).exploit).toBeNull()
    before.close()
    after.close()
  })

  it('are replaced and removed with their part, and name another version', async () => {
    const database = aDatabase()
    const parts = [replace('kev', { signals: [listed] }), replace('epss', { epss: scores(16, [ONE, 1], [TWO, 2]) })]
    const first = await database.apply(parts, NOW)
    const again = await database.apply(parts, NOW)
    const second = await database.apply([replace('epss', { epss: scores(17, [TWO, 3]) })], NOW)
    const moved = database.open()!
    await database.apply([{ is: 'remove', feed: 'epss', part: 'all' }], NOW)
    const removed = database.open()!

    expect(again).toBe(first)
    expect(second).not.toBe(first)
    expect(moved.signalsOf(ONE).epss).toBeNull()
    expect(moved.signalsOf(TWO).epss).toMatchObject({ score: 0.00003, date: Date.UTC(2026, 7, 17) })
    expect(removed.signalsOf(TWO).epss).toBeNull()
    expect(removed.signalsOf(ONE).kev).toEqual(listed.entry)
    moved.close()
    removed.close()
  })

  it('are equal content in whatever order they were said', async () => {
    const other: Signal = { is: 'disputed', vulnerabilityId: TWO }
    const [a, b] = [aDatabase(), aDatabase()]

    expect(await a.apply([replace('kev', { signals: [listed, other] })], NOW)).toBe(
      await b.apply([replace('kev', { signals: [other, listed] })], NOW),
    )
  })
})

describe('a rejected CVE', () => {
  async function matching(...records: FeedUpdate[]) {
    const database = aDatabase()
    await database.apply(records, NOW)
    const index = database.open()!
    const found = index.entriesFor(NPM, 'pad').map(entry => [entry.advisoryId, entry.vulnerabilityIds.join()])
    return { found, index }
  }

  it('matches nothing any more', async () => {
    const { found } = await matching(
      replace('osv', { advisories: [anAdvisory(ONE), anAdvisory(TWO)] }),
      replace('vulnrichment', { advisories: [cveRecord(ONE, 'vulnrichment', true)] }),
    )

    expect(found).toEqual([[TWO, TWO]])
  })

  it.each([
    ['rejects what a stale copy still has', true, false, []],
    ['stands by what a stale copy rejects', false, true, [[ONE, ONE]]],
  ])('is what the CVE List says, which %s', async (_what, isRejected, isRejectedInCopy, expected) => {
    const { found } = await matching(
      replace('osv', { advisories: [anAdvisory(ONE)] }),
      replace('cve-list', { advisories: [cveRecord(ONE, 'cve-list', isRejected)] }),
      replace('vulnrichment', { advisories: [cveRecord(ONE, 'vulnrichment', isRejectedInCopy)] }),
    )

    expect(found).toEqual(expected)
  })

  it('leaves an advisory its own name, when it has one', async () => {
    const { found, index } = await matching(
      replace('osv', { advisories: [anAdvisory('GHSA-aaaa-bbbb-cccc', [ONE])] }),
      replace('nvd', { advisories: [cveRecord(ONE, 'nvd', true)] }),
    )

    expect(found).toEqual([['GHSA-aaaa-bbbb-cccc', 'GHSA-aaaa-bbbb-cccc']])
    expect(index.vulnerability(vulnerabilityId('GHSA-aaaa-bbbb-cccc'))).not.toBeNull()
  })

  it('leaves the other CVEs of a notice', async () => {
    const notice = { ...anAdvisory('DSA-1-1'), upstream: [ONE, TWO] }
    const { found } = await matching(
      replace('osv', { advisories: [notice] }),
      replace('nvd', { advisories: [cveRecord(ONE, 'nvd', true)] }),
    )

    expect(found).toEqual([['DSA-1-1', TWO]])
  })

  it('still counts where a copy of its record says otherwise, or another source withdraws its own', async () => {
    const { found } = await matching(
      replace('osv', { advisories: [anAdvisory(ONE), anAdvisory(TWO)] }),
      replace('nvd', { advisories: [cveRecord(ONE, 'nvd', true)] }),
      replace('vulnrichment', { advisories: [cveRecord(ONE, 'vulnrichment', false)] }),
      replace('other', { advisories: [cveRecord(TWO, 'other', true)] }),
    )

    expect(found).toEqual([
      [ONE, ONE],
      [TWO, TWO],
    ])
  })
})
