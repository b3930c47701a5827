import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { anAdvisory } from '../../../test/support/builders.ts'
import { instant } from '../../base/clock.ts'
import { stableJson } from '../../base/stable-json.ts'
import type { Advisory, AffectedPackage } from '../../domain/advisory.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Vulnerability } from '../../domain/vulnerability.ts'
import { dpkgScheme } from '../../ecosystems/deb/version.ts'
import type { AdvisoryIndex } from '../../matching/advisory-index.ts'
import type { AdvisoryChanges, AdvisoryDatabase, FeedUpdate } from '../../scanning/advisory-database.ts'
import { openAdvisoryDatabase } from './database.ts'

const NOW = instant(Date.parse('2026-11-23T00:00:00Z'))
const folders: string[] = []

function aDatabase(): AdvisoryDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'advisory-changes-'))
  folders.push(folder)
  return openAdvisoryDatabase(folder)
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const NAMESPACES = ['debian:11', 'npm'].map(namespace)
const NAMES = ['curl', 'zlib', 'pad']
const IDS = ['CVE-2026-0001', 'CVE-2026-0002', 'DSA-1', 'GHSA-a', 'NSWG-1']
/** Feeds in the order in which random parts are written: a vendor's own, one that passes on, bundled ones, CVE records. */
const FEEDS = ['debian-tracker', 'osv', 'starter', 'nvd']

function fixedIn(version: string): AffectedPackage['ranges'][number] {
  const fixed = dpkgScheme.parse(version)
  if (!fixed.ok) throw new Error('unreadable')
  return { scheme: 'dpkg', introduced: 'beginning', end: { fixed: fixed.value } }
}

function anAffected(where: AffectedPackage['namespace'], name: string, version: string): AffectedPackage {
  return { namespace: where, name, versions: [], ranges: [fixedIn(version)] }
}

function unimportant(affected: AffectedPackage): AffectedPackage {
  return { ...affected, state: 'unimportant' }
}

function aDebianAdvisory(given: Partial<Advisory> = {}): Advisory {
  const [where = namespace('npm')] = NAMESPACES
  return anAdvisory({ id: 'DSA-1', source: 'DEBIAN_CVE', affected: [anAffected(where, 'curl', '1.0')], ...given })
}

const NOTHING = { advisories: [], recordCount: 1, skipped: [], validator: null, newestModified: null }

function fromFeed(advisory: Advisory, feed: string): Advisory {
  return { ...advisory, feed }
}

function replace(feed: string, advisories: readonly Advisory[]): FeedUpdate {
  const counts = { recordCount: advisories.length, skipped: [], validator: null, newestModified: null }
  return { is: 'replace', feed, content: { part: 'all', advisories, ...counts } }
}

async function changesOf(before: readonly FeedUpdate[], after: readonly FeedUpdate[]) {
  const database = aDatabase()
  const from = await database.apply([replace('keep', []), ...before], NOW)
  await database.apply(after, NOW)
  return database.changesSince(from!)
}

const anyAffected: fc.Arbitrary<AffectedPackage> = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    name: fc.constantFrom(...NAMES),
    version: fc.constantFrom('1.0', '2.0'),
    isUnimportant: fc.boolean(),
  })
  .map(({ namespace: where, name, version, isUnimportant }) =>
    isUnimportant ? unimportant(anAffected(where, name, version)) : anAffected(where, name, version),
  )

const anyAdvisory: fc.Arbitrary<Advisory> = fc
  .record({
    id: fc.constantFrom(...IDS),
    aliases: fc.subarray(IDS, { maxLength: 2 }),
    upstream: fc.subarray(['CVE-2026-0001', 'CVE-2026-0002'], { maxLength: 2 }),
    details: fc.constantFrom(null, 'one', 'two'),
    modified: fc.constantFrom(null, instant(1), instant(2)),
    withdrawn: fc.constantFrom(null, null, null, instant(3)),
    affected: fc.uniqueArray(anyAffected, {
      maxLength: 3,
      selector: entry => `${entry.namespace} ${entry.name}`,
    }),
  })
  .map(given => aDebianAdvisory({ ...given, aliases: given.aliases.filter(alias => alias !== given.id) }))

const anyUpdates: fc.Arbitrary<readonly FeedUpdate[]> = fc
  .array(fc.uniqueArray(anyAdvisory, { maxLength: 4, selector: advisory => advisory.id }), {
    minLength: FEEDS.length,
    maxLength: FEEDS.length,
  })
  .map(parts =>
    FEEDS.map((feed, at): FeedUpdate => {
      const advisories = (parts[at] ?? []).map(advisory => fromFeed(advisory, feed))
      return advisories.length === 0 ? { is: 'remove', feed, part: 'all' } : replace(feed, advisories)
    }),
  )

/** The same question to both versions, for every question that there is in this small world. */
function bruteForce(before: AdvisoryIndex, after: AdvisoryIndex) {
  const subjects: string[] = []
  const covered: string[] = []
  for (const where of NAMESPACES) {
    if (before.covers(where) !== after.covers(where)) covered.push(where)
    for (const name of NAMES) {
      if (stableJson(sorted(before, where, name)) !== stableJson(sorted(after, where, name))) {
        subjects.push(`${where} ${name}`)
      }
    }
  }
  // Others are in no finding before, or in none afterwards.
  const inFindings = namedBy(before).filter(id => namedBy(after).includes(id))
  const vulnerabilities = inFindings.filter(id =>
    [[], ...IDS.map(matched => [matched]), IDS].some(
      matched => substance(before, id, matched) !== substance(after, id, matched),
    ),
  )
  return { subjects, covered, vulnerabilities }
}

function namedBy(index: AdvisoryIndex): readonly string[] {
  const entries = NAMESPACES.flatMap(where => NAMES.flatMap(name => index.entriesFor(where, name)))
  return [...new Set(entries.flatMap(entry => entry.vulnerabilityIds))]
}

function sorted(index: AdvisoryIndex, where: (typeof NAMESPACES)[number], name: string) {
  return index.entriesFor(where, name).map(stableJson).sort()
}

function substance(index: AdvisoryIndex, id: string, matched: readonly string[]): string {
  const known: Partial<Vulnerability> | null = index.vulnerability(vulnerabilityId(id), matched)
  return stableJson(known === null ? null : { ...known, vendorUpdatedAt: null })
}

function listed(changes: AdvisoryChanges, index: AdvisoryIndex) {
  expect(changes.to).toBe(index.version)
  return {
    subjects: changes.subjects.map(subject => `${subject.namespace} ${subject.name}`),
    namespaces: changes.namespaces.map(String),
    vulnerabilities: changes.vulnerabilities.map(String),
  }
}

describe('changesSince', () => {
  it('is what a comparison of everything finds, over one step or several', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyUpdates, { minLength: 2, maxLength: 3 }), async steps => {
        const database = aDatabase()
        await database.apply([replace('keep', [aDebianAdvisory({ id: 'NSWG-9', affected: [] })]), ...steps[0]!], NOW)
        const before = database.open()!
        for (const step of steps.slice(1)) await database.apply(step, NOW)
        const after = database.open()!

        const changes = database.changesSince(before.version)

        if (changes === 'everything') throw new Error('all of these steps are known')
        const found = listed(changes, after)
        const wanted = bruteForce(before, after)
        const namespaceOf = (subject: string): string => subject.split(' ')[0]!
        expect(found.subjects).toEqual(
          expect.arrayContaining(wanted.subjects.filter(subject => !found.namespaces.includes(namespaceOf(subject)))),
        )
        expect(found.namespaces).toEqual(expect.arrayContaining(wanted.covered))
        expect(found.vulnerabilities).toEqual(expect.arrayContaining(wanted.vulnerabilities))
        // Several steps may lead back to where they began; one step lists nothing that is the same.
        const really = steps.length === 2 ? found.subjects : []
        expect(wanted.subjects).toEqual(expect.arrayContaining(really))
        before.close()
        after.close()
      }),
      { numRuns: 60 },
    )
  })

  it('finds nothing in moved dates', async () => {
    const changes = await changesOf(
      [replace('osv', [aDebianAdvisory({ modified: instant(1) }), aDebianAdvisory({ id: 'DSA-2' })])],
      [replace('osv', [aDebianAdvisory({ modified: instant(2) }), aDebianAdvisory({ id: 'DSA-2', details: 'new' })])],
    )

    expect(changes).toMatchObject({ subjects: [], namespaces: [], vulnerabilities: ['DSA-2'] })
  })

  it('names the namespace when its vendor begins to speak', async () => {
    const changes = await changesOf(
      [replace('osv', [aDebianAdvisory(), aDebianAdvisory({ id: 'DSA-2' })])],
      [replace('debian-tracker', [aDebianAdvisory({ id: 'CVE-2026-0001', feed: 'debian-tracker' })])],
    )

    expect(changes).toMatchObject({ subjects: [], namespaces: ['debian:11'], vulnerabilities: ['CVE-2026-0001'] })
  })

  it('names what shared a CVE that was rejected', async () => {
    const rejected = aDebianAdvisory({ id: 'CVE-2026-0001', source: 'NVD', affected: [], withdrawn: NOW })
    const changes = await changesOf(
      [replace('osv', [aDebianAdvisory({ aliases: ['CVE-2026-0001'] })])],
      [replace('nvd', [rejected])],
    )

    expect(changes).toMatchObject({ subjects: [{ namespace: 'debian:11', name: 'curl' }] })
  })

  it('names a vulnerability that is exploited now, and none of which only EPSS moved', async () => {
    const day = (date: number, score: number): FeedUpdate => ({
      is: 'replace',
      feed: 'epss',
      content: {
        part: 'scores',
        ...NOTHING,
        epss: {
          date: instant(date),
          ids: [vulnerabilityId('CVE-2026-0002')],
          scores: new Uint32Array([score]),
          percentiles: new Uint32Array([score]),
        },
      },
    })
    const entry = { dateAdded: NOW, dateDue: null, action: null, isUsedByRansomware: false }
    const kev: FeedUpdate = {
      is: 'replace',
      feed: 'kev',
      content: {
        part: 'catalog',
        ...NOTHING,
        signals: [{ is: 'known-exploited', vulnerabilityId: vulnerabilityId('CVE-2026-0001'), entry }],
      },
    }
    const changes = await changesOf([replace('osv', [aDebianAdvisory()]), day(1, 10)], [day(2, 20), kev])

    expect(changes).toMatchObject({ subjects: [], namespaces: [], vulnerabilities: ['CVE-2026-0001'] })
  })

  it('is empty for the current version, and everything for one that it does not know', async () => {
    const database = aDatabase()
    const version = await database.apply([replace('osv', [aDebianAdvisory()])], NOW)

    expect(database.changesSince(version!)).toEqual({
      to: version,
      subjects: [],
      namespaces: [],
      vulnerabilities: [],
    })
    expect(database.changesSince('0'.repeat(24))).toBe('everything')
    expect(aDatabase().changesSince(version!)).toBe('everything')
  })

  it('knows the last fifty versions', { timeout: 60_000 }, async () => {
    const database = aDatabase()
    const versions: string[] = []
    for (let at = 0; at < 53; at++) {
      versions.push((await database.apply([replace('osv', [aDebianAdvisory({ details: String(at) })])], NOW))!)
    }

    expect(database.changesSince(versions[1]!)).toBe('everything')
    expect(database.changesSince(versions[2]!)).toMatchObject({ vulnerabilities: ['DSA-1'] })
  })
})
