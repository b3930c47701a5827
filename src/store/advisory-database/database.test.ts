import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { instant } from '../../base/clock.ts'
import type { Advisory, VendorState } from '../../domain/advisory.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import { namespace } from '../../domain/namespace.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import type { FeedPart } from '../../feeds/feed.ts'
import { parseOsvRecord } from '../../feeds/osv-record.ts'
import type { FeedUpdate } from '../../scanning/advisory-database.ts'
import { openAdvisoryDatabase } from './database.ts'

const NOW = instant(Date.parse('2026-11-23T00:00:00Z'))
const NPM = namespace('npm')
const folders: string[] = []

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'advisory-database-'))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function anAdvisory(id: string, fixed: string, overrides: object = {}): Advisory {
  const record = {
    id,
    affected: [
      {
        package: { ecosystem: 'npm', name: 'pad' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
    ...overrides,
  }
  const parsed = parseOsvRecord(record, { feed: 'osv', part: 'npm', ecosystems: ECOSYSTEMS })
  if (!parsed.ok) throw new Error(parsed.error.detail)
  return parsed.value.advisory
}

function aPart(advisories: readonly Advisory[], overrides: Partial<FeedPart> = {}): FeedPart {
  const counts = { recordCount: advisories.length, skipped: [], validator: 'v1', newestModified: null }
  return { part: 'npm', advisories, ...counts, ...overrides }
}

function replace(advisories: readonly Advisory[], overrides: Partial<FeedPart> = {}, feed = 'osv'): FeedUpdate {
  return { is: 'replace', feed, content: aPart(advisories, overrides) }
}

async function aDatabase(...advisories: Advisory[]) {
  const folder = aFolder()
  const database = openAdvisoryDatabase(folder)
  await database.apply([replace(advisories)], NOW)
  return { folder, database, index: database.open()! }
}

describe('the advisory database', () => {
  it('has no version before the first success', async () => {
    const database = openAdvisoryDatabase(aFolder())

    await database.apply([{ is: 'failed', feed: 'osv', part: 'npm', error: 'down' }], NOW)

    expect(database.currentVersion()).toBeNull()
    expect(database.open()).toBeNull()
    expect(database.generations()).toMatchObject([{ part: 'npm', lastError: 'down', syncedAt: null }])
  })

  it('gives back ranges as they were parsed, also those that cannot be read', async () => {
    const advisory = anAdvisory('GHSA-a', '1.2.3', {
      affected: [
        {
          package: { ecosystem: 'npm', name: 'pad' },
          ranges: [
            {
              type: 'SEMVER',
              events: [{ introduced: '0' }, { fixed: '1.2.3' }, { introduced: '2.0.0' }, { last_affected: '2.1.0' }],
            },
            { type: 'SEMVER', events: [{ introduced: '3.0.0' }] },
            { type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '??' }] },
          ],
          versions: ['9.9.9'],
        },
      ],
    })
    const { index } = await aDatabase(advisory)

    const [entry] = index.entriesFor(NPM, 'pad')

    expect(entry).toEqual({
      advisoryId: 'GHSA-a',
      feed: 'osv',
      vulnerabilityIds: ['GHSA-a'],
      affected: advisory.affected[0],
    })
    expect(index.covers(NPM)).toBe('fully')
    expect(index.covers(namespace('debian:12'))).toBe('not-at-all')
    index.close()
  })

  it('names a version by its content, whatever the order and whenever it was modified', async () => {
    const [a, b] = [anAdvisory('GHSA-a', '1.0.0'), anAdvisory('GHSA-b', '2.0.0')]
    const one = await aDatabase(a, b)
    const other = await aDatabase({ ...b, modified: NOW }, a)

    expect(one.database.currentVersion()).toBe(other.database.currentVersion())
    expect(await other.database.apply([replace([anAdvisory('GHSA-a', '1.0.1'), b])], NOW)).not.toBe(one.index.version)
  })

  it('reaches the same content in steps as at once', async () => {
    const [a, b, c] = [anAdvisory('GHSA-a', '1.0.0'), anAdvisory('GHSA-b', '2.0.0'), anAdvisory('GHSA-b', '3.0.0')]
    const steps = await aDatabase(a, b)
    await steps.database.apply([replace([c])], NOW)
    const atOnce = await aDatabase(c)

    expect(steps.database.currentVersion()).toBe(atOnce.database.currentVersion())
    expect(steps.database.open()!.entriesFor(NPM, 'pad')).toEqual(atOnce.index.entriesFor(NPM, 'pad'))
  })

  it('keeps withdrawn advisories out of matching', async () => {
    const { index } = await aDatabase(anAdvisory('GHSA-a', '1.0.0', { withdrawn: '2026-01-01T00:00:00Z' }))

    expect(index.entriesFor(NPM, 'pad')).toEqual([])
    expect(index.vulnerability(vulnerabilityId('GHSA-a'))).toBeNull()
  })

  it('keeps a part that failed, with the reason, until it succeeds', async () => {
    const { database, index } = await aDatabase(anAdvisory('GHSA-a', '1.0.0'))

    const version = await database.apply([{ is: 'failed', feed: 'osv', part: 'npm', error: 'shrank' }], NOW)

    expect(version).toBe(index.version)
    expect(database.generations()).toMatchObject([{ lastError: 'shrank', validator: 'v1', advisoryCount: 1 }])
    await database.apply([{ is: 'unchanged', feed: 'osv', part: 'npm' }], NOW)
    expect(database.generations()[0]?.lastError).toBeNull()
  })

  it('leaves a reader its version after a swap, and removes the old file', async () => {
    const { folder, database, index } = await aDatabase(anAdvisory('GHSA-a', '1.0.0'))

    await database.apply([replace([anAdvisory('GHSA-b', '2.0.0')])], NOW)

    expect(index.entriesFor(NPM, 'pad')[0]?.advisoryId).toBe('GHSA-a')
    expect(database.open()!.entriesFor(NPM, 'pad')[0]?.advisoryId).toBe('GHSA-b')
    expect(readdirSync(folder).filter(name => name.startsWith('advisories-'))).toHaveLength(1)
  })

  it('removes a part and what it said', async () => {
    const { database } = await aDatabase(anAdvisory('GHSA-a', '1.0.0'))
    await database.apply([replace([anAdvisory('GHSA-b', '2.0.0')], {}, 'starter')], NOW)

    await database.apply([{ is: 'remove', feed: 'starter', part: 'npm' }], NOW)

    expect(
      database
        .open()!
        .entriesFor(NPM, 'pad')
        .map(entry => entry.advisoryId),
    ).toEqual(['GHSA-a'])
    expect(database.generations()).toHaveLength(1)
  })

  it('says which file is damaged', async () => {
    const { folder, database } = await aDatabase(anAdvisory('GHSA-a', '1.0.0'))
    writeFileSync(join(folder, 'current.json'), '{"layout":1')

    expect(() => database.open()).toThrow(/current\.json is damaged/)
  })

  it('treats another layout, or a file that was removed, as nothing fetched yet', async () => {
    const { folder, database, index } = await aDatabase(anAdvisory('GHSA-a', '1.0.0'))
    const pointer = readFileSync(join(folder, 'current.json'), 'utf8')

    writeFileSync(join(folder, 'current.json'), pointer.replace(/"layout": \d+/, '"layout": 99'))
    expect(database.generations()).toEqual([])
    writeFileSync(join(folder, 'current.json'), pointer)
    rmSync(join(folder, `advisories-${index.version}.sqlite`))
    expect(database.open()).toBeNull()
  })

  it('lets writers wait for each other without losing an update', async () => {
    const folder = aFolder()
    const parts = ['a', 'b', 'c', 'd']

    await Promise.all(
      parts.map(part =>
        openAdvisoryDatabase(folder).apply([replace([anAdvisory(`GHSA-${part}`, '1.0.0')], { part })], NOW),
      ),
    )

    const database = openAdvisoryDatabase(folder)
    expect(database.generations().map(generation => generation.part)).toEqual(parts)
    expect(database.open()!.entriesFor(NPM, 'pad')).toHaveLength(4)
  })
})

describe('vulnerabilities', () => {
  it('follow aliases of other records to the CVE', async () => {
    const { index } = await aDatabase(
      anAdvisory('NSWG-ECO-1', '1.0.0', { aliases: ['GHSA-a'] }),
      anAdvisory('GHSA-a', '1.0.0', { aliases: ['CVE-2026-0001'] }),
    )

    expect(index.entriesFor(NPM, 'pad').map(entry => entry.vulnerabilityIds)).toEqual([
      ['CVE-2026-0001'],
      ['CVE-2026-0001'],
    ])
    expect(index.vulnerability(vulnerabilityId('CVE-2026-0001'))?.relatedVulnerabilities).toEqual([
      'GHSA-a',
      'NSWG-ECO-1',
    ])
  })

  it('refuse a merge that would join two CVEs', async () => {
    const { index } = await aDatabase(
      anAdvisory('NSWG-ECO-1', '1.0.0', { aliases: ['GHSA-a', 'GHSA-b'] }),
      anAdvisory('GHSA-a', '1.0.0', { aliases: ['CVE-2026-0001'] }),
      anAdvisory('GHSA-b', '1.0.0', { aliases: ['CVE-2026-0002'] }),
    )

    expect(index.entriesFor(NPM, 'pad').map(entry => entry.vulnerabilityIds)).toEqual([
      ['CVE-2026-0001'],
      ['CVE-2026-0002'],
      ['GHSA-a'],
    ])
  })

  it('fan out from an advisory that lists several', async () => {
    const { index } = await aDatabase(anAdvisory('DSA-1-1', '1.0.0', { upstream: ['CVE-2026-0002', 'CVE-2026-0001'] }))

    expect(index.entriesFor(NPM, 'pad')[0]?.vulnerabilityIds).toEqual(['CVE-2026-0001', 'CVE-2026-0002'])
  })

  it('gather every score with its source, the vendor first, and skip vectors that cannot be read', async () => {
    const v31 = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
    const v30 = 'CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H'
    const { index } = await aDatabase(
      anAdvisory('UBUNTU-CVE-2026-0001', '1.0.0', {
        severity: [
          { type: 'CVSS_V3', score: v30 },
          { type: 'Ubuntu', score: 'medium' },
        ],
      }),
      anAdvisory('GHSA-a', '1.0.0', {
        aliases: ['CVE-2026-0001'],
        details: 'What GitHub says.',
        severity: [
          { type: 'CVSS_V3', score: 'CVSS:3.1/broken' },
          { type: 'CVSS_V3', score: v31 },
        ],
      }),
    )

    expect(index.vulnerability(vulnerabilityId('CVE-2026-0001'))).toMatchObject({
      source: 'GITHUB',
      description: 'What GitHub says.',
      vendorSeverity: 'medium',
      cvss: [
        { version: '3.0', baseScore: 7.8, vector: v30, source: 'UBUNTU_CVE' },
        { version: '3.1', baseScore: 9.8, vector: v31, source: 'GITHUB' },
      ],
    })
  })
})

describe('a writer that is killed', () => {
  it('leaves the old or the new version, whole', { timeout: 60_000 }, async () => {
    const folder = aFolder()
    const child = join(import.meta.dirname, '../../../test/support/killed-advisory-writer.ts')
    const rounds = 6
    const seen = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      const writer = spawn(process.execPath, [child, folder, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
      const died = new Promise(resolve => writer.once('exit', resolve))
      const applied = () => new Promise(resolve => writer.stdout.once('data', resolve))
      await applied()
      const startedAt = performance.now()
      await applied()
      // Somewhere in the next two rounds of writing, however slow the machine is.
      await pause(Math.random() * 2 * (performance.now() - startedAt))
      writer.kill('SIGKILL')
      await died

      const database = openAdvisoryDatabase(folder)
      const index = database.open()
      if (index === null) throw new Error('a version was applied, and there is none')
      seen.add(index.version)
      const fixes = index.entriesFor(NPM, 'pad').map(({ affected: { ranges } }) => JSON.stringify(ranges))
      expect(fixes).toHaveLength(2_000)
      expect(new Set(fixes).size).toBe(1)
      index.close()
    }
    expect(seen.size).toBe(rounds)
    await openAdvisoryDatabase(folder).apply([], NOW)
    expect(readdirSync(folder).filter(name => name.startsWith('unfinished-'))).toEqual([])
  })
})

describe('feeds that speak about one distribution', () => {
  const BULLSEYE = namespace('debian:11')
  const BUSTER = namespace('debian:10')

  function aDebianAdvisory(id: string, where: readonly string[], state?: VendorState): Advisory {
    const affected = where.map(release => ({
      package: { ecosystem: `Debian:${release}`, name: 'curl' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
    }))
    const parsed = parseOsvRecord({ id, affected }, { feed: 'osv', part: 'Debian', ecosystems: ECOSYSTEMS })
    if (!parsed.ok) throw new Error(parsed.error.detail)
    const { advisory } = parsed.value
    if (state === undefined) return advisory
    return { ...advisory, affected: advisory.affected.map(entry => Object.assign(entry, { state })) }
  }

  const fromOsv = replace([aDebianAdvisory('DEBIAN-CVE-2024-0001', ['10', '11'])], { part: 'Debian' })
  const fromTracker = replace(
    [aDebianAdvisory('DEBIAN-CVE-2024-0002', ['11'], 'will-not-fix')],
    { part: 'tracker' },
    'debian-tracker',
  )

  it.each([
    ['whichever came first', [fromOsv, fromTracker]],
    ['whichever came last', [fromTracker, fromOsv]],
  ])("hears the vendor's own alone where it speaks, %s", async (_what, updates) => {
    const database = openAdvisoryDatabase(aFolder())
    for (const update of updates) await database.apply([update], NOW)
    const index = database.open()!

    expect(index.entriesFor(BULLSEYE, 'curl')).toMatchObject([
      { advisoryId: 'DEBIAN-CVE-2024-0002', feed: 'debian-tracker', affected: { state: 'will-not-fix' } },
    ])
    expect(index.entriesFor(BULLSEYE, 'zlib')).toEqual([])
    expect(index.entriesFor(BUSTER, 'curl').map(entry => entry.feed)).toEqual(['osv'])
    index.close()
  })

  it('hears the others again once the own feed is taken out', async () => {
    const database = openAdvisoryDatabase(aFolder())
    await database.apply([fromOsv, fromTracker], NOW)
    await database.apply([{ is: 'remove', feed: 'debian-tracker', part: 'tracker' }], NOW)
    const index = database.open()!

    expect(index.entriesFor(BULLSEYE, 'curl').map(entry => entry.feed)).toEqual(['osv'])
    index.close()
  })
})
