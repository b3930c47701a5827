import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { anAdvisory } from '../../../test/support/builders.ts'
import { instant } from '../../base/clock.ts'
import type { Advisory } from '../../domain/advisory.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import { namespace } from '../../domain/namespace.ts'
import type { Signal } from '../../domain/signal.ts'
import { semverScheme } from '../../ecosystems/semver.ts'
import type { FeedPart, FeedPatch } from '../../feeds/feed.ts'
import type { FeedUpdate } from '../../scanning/advisory-database.ts'
import { openAdvisoryDatabase } from './database.ts'

const NOW = instant(1_000)
const NPM = namespace('npm')
const folders: string[] = []

function aDatabase() {
  const folder = mkdtempSync(join(tmpdir(), 'advisory-patch-'))
  folders.push(folder)
  return openAdvisoryDatabase(folder)
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function anAdvisoryOfPad(id: string, fixedText: string, overrides: Partial<Advisory> = {}): Advisory {
  const fixed = semverScheme.parse(fixedText)
  if (!fixed.ok) throw new Error(`cannot read ${fixedText}`)
  const range = { scheme: 'semver', introduced: 'beginning', end: { fixed: fixed.value } } as const
  const affected = [{ namespace: NPM, name: 'pad', versions: [], ranges: [range] }]
  return anAdvisory({ id, source: 'GITHUB', affected, ...overrides })
}

function disputed(id: string): Signal {
  return { is: 'disputed', vulnerabilityId: vulnerabilityId(id) }
}

function whole(advisories: readonly Advisory[], overrides: Partial<FeedPart> = {}): FeedUpdate {
  const counts = { recordCount: advisories.length, skipped: [], validator: 'v1', newestModified: null }
  return { is: 'replace', feed: 'osv', content: { part: 'npm', advisories, ...counts, ...overrides } }
}

function patch(content: Partial<FeedPatch>, since = 'v1'): FeedUpdate {
  const nothing = { advisories: [], goneIds: [], recordCount: null, skipped: [], validator: 'v2', newestModified: null }
  return { is: 'patch', feed: 'osv', since, content: { part: 'npm', ...nothing, ...content } }
}

/** Everything that a version says. */
function said(database: ReturnType<typeof aDatabase>, ids: readonly string[]) {
  const index = database.open()
  if (index === null) throw new Error('there is no version')
  try {
    return {
      version: index.version,
      entries: index.entriesFor(NPM, 'pad'),
      vulnerabilities: ids.map(id => index.vulnerability(vulnerabilityId(id))),
      signals: ids.map(id => index.signalsOf(vulnerabilityId(id))),
    }
  } finally {
    index.close()
  }
}

describe('a patch', () => {
  it('says the same as the whole that it leads to, by name and by content', async () => {
    const ids = ['CVE-2026-0001', 'CVE-2026-0002', 'GHSA-a', 'GHSA-b', 'GHSA-c']
    const state = fc.record({
      advisories: fc.dictionary(
        fc.constantFrom(...ids),
        fc.record({
          fix: fc.constantFrom('1.0.0', '2.0.0'),
          aliases: fc.subarray(ids, { maxLength: 2 }),
          isWithdrawn: fc.boolean(),
        }),
        { noNullPrototype: true },
      ),
      disputed: fc.subarray(ids),
    })
    const contentOf = (given: typeof state extends fc.Arbitrary<infer T> ? T : never) => ({
      advisories: Object.entries(given.advisories).map(([id, { fix, aliases, isWithdrawn }]) =>
        anAdvisoryOfPad(id, fix, {
          aliases: aliases.filter(alias => alias !== id),
          withdrawn: isWithdrawn ? NOW : null,
        }),
      ),
      signals: given.disputed.map(disputed),
    })
    await fc.assert(
      fc.asyncProperty(state, state, async (first, second) => {
        const [from, to] = [contentOf(first), contentOf(second)]
        const patched = aDatabase()
        await patched.apply([whole(from.advisories, { signals: from.signals })], NOW)
        const gone = from.advisories.map(({ id }) => id).filter(id => !to.advisories.some(other => other.id === id))
        // Flaws that are not named keep their signals: every one is named here.
        await patched.apply(
          [
            patch({
              advisories: to.advisories,
              goneIds: [...gone, ...ids.filter(id => !(id in second.advisories))],
              signals: to.signals,
            }),
          ],
          NOW,
        )
        const atOnce = aDatabase()
        await atOnce.apply([whole(to.advisories, { signals: to.signals })], NOW)

        expect(said(patched, ids)).toEqual(said(atOnce, ids))
        expect(patched.generations()[0]).toMatchObject({
          advisoryCount: to.advisories.length,
          signalCount: to.signals.length,
        })
      }),
      { numRuns: 25 },
    )
  })

  it('writes what it names and nothing else, and tells what changed', async () => {
    const database = aDatabase()
    const [a, b, c] = [
      anAdvisoryOfPad('GHSA-a', '1.0.0'),
      anAdvisoryOfPad('GHSA-b', '1.0.0'),
      anAdvisoryOfPad('GHSA-c', '1.0.0'),
    ]
    const signals = [disputed('GHSA-a'), disputed('GHSA-b')]
    const before = await database.apply([whole([a, b, c], { signals })], NOW)

    const changed = anAdvisoryOfPad('GHSA-b', '2.0.0', { affected: [{ ...b.affected[0]!, name: 'other' }] })
    await database.apply([patch({ advisories: [a, changed], goneIds: ['GHSA-c', 'GHSA-unheard-of'] })], NOW)

    expect(database.changesSince(before ?? '')).toMatchObject({
      subjects: [
        { namespace: NPM, name: 'other' },
        { namespace: NPM, name: 'pad' },
      ],
      namespaces: [],
      // The first of them only lost its signal.
      vulnerabilities: ['GHSA-a', 'GHSA-b', 'GHSA-c'],
    })
    expect(said(database, []).entries.map(entry => entry.advisoryId)).toEqual(['GHSA-a'])
  })

  it('counts on from what the part had, and keeps how it was followed', async () => {
    const database = aDatabase()
    const skipped = [{ reason: 'not-json', count: 2, examples: ['x'] }]
    await database.apply(
      [whole([anAdvisoryOfPad('GHSA-a', '1.0.0')], { recordCount: 3, skipped, newestModified: NOW })],
      NOW,
    )

    const more = [
      { reason: 'not-json', count: 1, examples: ['y'] },
      { reason: 'informational', count: 5, examples: ['z'] },
    ]
    await database.apply([patch({ advisories: [anAdvisoryOfPad('GHSA-b', '1.0.0')], skipped: more })], instant(2_000))

    expect(database.generations()[0]).toMatchObject({
      recordCount: 4,
      advisoryCount: 2,
      validator: 'v2',
      newestModified: NOW,
      syncedAt: 2_000,
      skipped: [
        { reason: 'informational', count: 5, examples: ['z'] },
        { reason: 'not-json', count: 3, examples: ['x', 'y'] },
      ],
    })
  })

  it('that changes nothing keeps the version, and remembers its validator', async () => {
    const database = aDatabase()
    const a = anAdvisoryOfPad('GHSA-a', '1.0.0')
    const version = await database.apply([whole([a])], NOW)

    expect(await database.apply([patch({ advisories: [{ ...a, modified: NOW }] })], NOW)).toBe(version)
    expect(database.generations()[0]?.validator).toBe('v2')
  })

  it.each([
    ['a part that another process has brought elsewhere', patch({ goneIds: ['GHSA-a'] }, 'v0')],
    ['a part that is not there', { ...patch({ goneIds: ['GHSA-a'] }), feed: 'another' }],
  ])('of %s is left alone', async (_what, update) => {
    const database = aDatabase()
    const version = await database.apply([whole([anAdvisoryOfPad('GHSA-a', '1.0.0')])], NOW)
    const before = database.generations()

    expect(await database.apply([update], NOW)).toBe(version)
    expect(database.generations()).toEqual(before)
  })

  it('leaves EPSS scores, and parts that another update names, to whole loads', async () => {
    const database = aDatabase()
    const epss = {
      date: NOW,
      ids: [vulnerabilityId('CVE-2026-0001')],
      scores: new Uint32Array([1]),
      percentiles: new Uint32Array([1]),
    }
    await database.apply([whole([], { epss })], NOW)

    await expect(database.apply([patch({})], NOW)).rejects.toThrow('EPSS')
    await expect(database.apply([patch({}), whole([])], NOW)).rejects.toThrow('another update')
  })
})
