import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instant } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { namespace } from '../domain/namespace.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import type { Feed, FeedError, FeedFiles, FeedPart, FeedPatch } from '../feeds/feed.ts'
import { parseOsvRecord } from '../feeds/osv-record.ts'
import { openAdvisoryDatabase } from '../store/advisory-database/database.ts'
import { folderFeedFiles } from '../system/feed-files.ts'
import type { AdvisoryDatabase } from './advisory-database.ts'
import { ensureStarterAdvisories, loadStarterAdvisories, STARTER_FEED } from './starter-advisories.ts'
import { syncFeeds } from './sync-feeds.ts'
import { shrinkRefusal } from './sync-part.ts'

const clock = { now: () => instant(1_000) }
const noFiles: FeedFiles = {
  base: 'nowhere',
  fetch: () => Promise.resolve(err({ is: 'not-found', what: 'x' })),
}
const bundled = folderFeedFiles(join(import.meta.dirname, '../../data/starter-advisories'))

function aPart(part: string, count: number): FeedPart {
  const ecosystem = part === 'npm' ? 'npm' : `${part}:${part === 'Debian' ? '11' : '22.04'}`
  const advisories = Array.from({ length: count }, (_, at) => {
    const affected = [
      { package: { ecosystem, name: `p${at}` }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }] },
    ]
    const parsed = parseOsvRecord({ id: `X-${at}`, affected }, { feed: 'osv', part, ecosystems: ECOSYSTEMS })
    if (!parsed.ok) throw new Error(parsed.error.detail)
    return parsed.value.advisory
  })
  return { part, advisories, recordCount: count, skipped: [], validator: `v${count}`, newestModified: null }
}

function aFeed(
  load: (part: string, validator: string | null) => Result<FeedPart | 'unchanged', FeedError>,
  parts = ['npm'],
): Feed {
  const words = { id: 'osv', title: 'a feed', licence: 'none' }
  return { ...words, parts, load: (_files, part, validator) => Promise.resolve(load(part, validator)) }
}

describe('syncFeeds', () => {
  let folder: string
  let database: AdvisoryDatabase

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sync-feeds-'))
    database = openAdvisoryDatabase(folder)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function sync(feed: Feed, options: object = {}) {
    return syncFeeds({ feeds: [{ feed, files: noFiles }], database, log: silentLog, clock, ...options })
  }

  it('says that nothing was reached, and keeps what it has', async () => {
    await sync(aFeed(part => ok(aPart(part, 10))))

    const report = await sync(aFeed(() => err({ is: 'unreachable', what: 'http://m', detail: 'no route' })))

    expect(report).toMatchObject({ isReached: false, isChanged: false })
    expect(report.parts[0]?.error).toBe('cannot fetch http://m: no route')
    expect(database.open()!.entriesFor(namespace('npm'), 'p0')).toHaveLength(1)
    expect(database.generations()[0]).toMatchObject({ advisoryCount: 10, lastError: 'cannot fetch http://m: no route' })
  })

  it('hands back the validator, and keeps parts that are unchanged', async () => {
    const asked: (string | null)[] = []
    const feed = aFeed((part, validator) => {
      asked.push(validator)
      return validator === null ? ok(aPart(part, 10)) : ok('unchanged')
    })

    await sync(feed)
    const second = await sync(feed)

    expect(asked).toEqual([null, 'v10'])
    expect(second).toMatchObject({
      isChanged: false,
      isReached: true,
      parts: [{ outcome: 'unchanged', advisoryCount: 10 }],
    })
  })

  describe('of a source that lists its changes', () => {
    const patchOf = (content: Partial<FeedPatch>): FeedPatch => ({
      part: 'npm',
      advisories: [],
      goneIds: [],
      recordCount: null,
      skipped: [],
      validator: 'followed',
      newestModified: null,
      ...content,
    })

    async function follow(...answers: readonly Awaited<ReturnType<NonNullable<Feed['patch']>>>[]) {
      const loads: (string | null)[] = []
      const whole = aFeed((part, validator) => {
        loads.push(validator)
        return validator === null ? ok(aPart(part, 20)) : ok(aPart(part, 30))
      })
      await sync(whole)
      const reports = []
      const asked: string[] = []
      for (const answer of answers) {
        const patch: Feed['patch'] = (_files, _part, validator) => {
          asked.push(validator)
          return Promise.resolve(answer)
        }
        const [report] = (await sync({ ...whole, patch })).parts
        reports.push(report)
      }
      return { reports, asked, loads: loads.slice(1) }
    }

    it('fetches what changed, and counts the whole', async () => {
      const [changed, ...others] = aPart('npm', 22).advisories.toReversed()
      const advisories = [changed!, others[0]!]

      const { reports, asked, loads } = await follow(
        ok(patchOf({ advisories, goneIds: ['X-0'] })),
        ok(patchOf({ validator: 'further' })),
        ok('unchanged'),
      )

      expect(loads).toEqual([])
      expect(asked).toEqual(['v20', 'followed', 'further'])
      expect(reports.map(report => [report?.outcome, report?.advisoryCount])).toEqual([
        ['patched', 21],
        ['unchanged', 21],
        ['unchanged', 21],
      ])
      expect(database.open()!.entriesFor(namespace('npm'), 'p21')).toHaveLength(1)
      expect(database.open()!.entriesFor(namespace('npm'), 'p0')).toEqual([])
    })

    it.each<[string, Awaited<ReturnType<NonNullable<Feed['patch']>>>]>([
      ['does not reach back so far', ok('whole')],
      ['takes out more than a tenth', ok(patchOf({ goneIds: ['X-0', 'X-1', 'X-2'] }))],
      ['cannot be read', err({ is: 'malformed', what: 'list', detail: 'not one' })],
    ])('loads the whole when the list %s', async (_what, answer) => {
      const { reports, loads } = await follow(answer)

      expect(loads).toEqual(['v20'])
      expect(reports[0]).toMatchObject({ outcome: 'replaced', advisoryCount: 30 })
    })

    it('keeps what it has when the list cannot be reached', async () => {
      const { reports, loads } = await follow(err({ is: 'unreachable', what: 'list', detail: 'no route' }))

      expect(loads).toEqual([])
      expect(reports[0]).toMatchObject({ outcome: 'failed', error: 'cannot fetch list: no route' })
      expect(database.generations()[0]).toMatchObject({ advisoryCount: 20, validator: 'v20' })
    })
  })

  it('refuses a part that shrank, until a person accepts it', async () => {
    await sync(aFeed(part => ok(aPart(part, 100))))
    const shrunken = aFeed(part => ok(aPart(part, 89)))

    const refused = await sync(shrunken)
    expect(refused.parts[0]).toMatchObject({ outcome: 'failed', error: expect.stringContaining('from 100 to 89') })
    expect(database.generations()[0]?.advisoryCount).toBe(100)
    expect((await sync(shrunken, { acceptShrunken: true })).parts[0]?.outcome).toBe('replaced')
  })

  it('does not let one part cost another', async () => {
    const feed = aFeed(
      part => (part === 'Debian' ? err({ is: 'malformed', what: 'all.zip', detail: 'cut' }) : ok(aPart(part, 5))),
      ['Debian', 'npm'],
    )

    const report = await sync(feed)

    expect(report.parts.map(part => part.outcome)).toEqual(['failed', 'replaced'])
    expect(report.isReached).toBe(true)
  })

  it('stops between parts when it is told to', async () => {
    const stop = new AbortController()
    const feed = aFeed(
      part => {
        stop.abort()
        return ok(aPart(part, 5))
      },
      ['Debian', 'npm'],
    )

    expect((await sync(feed, { signal: stop.signal })).parts.map(part => part.outcome)).toEqual([
      'replaced',
      'cancelled',
    ])
  })

  it('tells parts that a source need not have, and fails those that it had', async () => {
    let isThere = true
    const notFound = { is: 'not-found', what: 'a file' } as const
    const parts = aFeed(part => (part === 'npm' && isThere ? ok(aPart(part, 5)) : err(notFound)), ['Debian', 'npm'])
    const feed: Feed = { ...parts, mayLackParts: true }

    expect((await sync(feed)).parts.map(part => part.outcome)).toEqual(['absent', 'replaced'])
    expect(database.generations().map(generation => generation.part)).toEqual(['npm'])

    isThere = false
    expect((await sync(feed)).parts).toMatchObject([
      { outcome: 'absent', error: null },
      { outcome: 'failed', error: 'there is no a file' },
    ])
    expect(database.generations()).toMatchObject([{ part: 'npm', advisoryCount: 5, lastError: 'there is no a file' }])
  })

  it('waits for a source that is down only twice, and says so for each part', async () => {
    const asked: string[] = []
    const parts = ['2020', '2021', '2022', '2023']
    const feed = aFeed(part => {
      asked.push(part)
      return err({ is: 'unreachable', what: part, detail: 'timed out' })
    }, parts)

    const report = await sync(feed)

    expect(asked).toEqual(['2020', '2021'])
    expect(report.parts.map(part => part.outcome)).toEqual(['failed', 'failed', 'failed', 'failed'])
    expect(report.parts[3]?.error).toBe('not tried, because nowhere could not be reached')
    expect(database.generations().map(generation => generation.part)).toEqual(parts)
  })

  it.each([
    ['is down', () => err<FeedError>({ is: 'unreachable', what: 'http://m', detail: 'no route' })],
    [
      'throws',
      () => {
        throw new Error('a mistake')
      },
    ],
  ])('syncs the other feeds, before and after, when one %s', async (_how, load) => {
    const broken: Feed = { ...aFeed(load), id: 'broken' }
    const feeds = [
      { ...aFeed(part => ok(aPart(part, 5))), id: 'a' },
      broken,
      { ...aFeed(part => ok(aPart(part, 5))), id: 'z' },
    ]

    const report = await syncFeeds({
      feeds: feeds.map(feed => ({ feed, files: noFiles })),
      database,
      log: silentLog,
      clock,
    })

    expect(report.parts.map(part => `${part.feed} ${part.outcome}`)).toEqual([
      'a replaced',
      'broken failed',
      'z replaced',
    ])
    expect(database.open()!.entriesFor(namespace('npm'), 'p0')).toHaveLength(2)
  })

  it('lets the bundled advisories of an ecosystem give way to its real source only', async () => {
    const starter = { database, files: bundled, ecosystems: ECOSYSTEMS, clock, log: silentLog }
    expect(await ensureStarterAdvisories(starter)).toBe(true)
    expect(await ensureStarterAdvisories(starter)).toBe(false)
    const lodash = () => database.open()!.entriesFor(namespace('npm'), 'lodash').length
    expect(lodash()).toBeGreaterThan(0)

    await sync(aFeed(part => ok(aPart(part, 5))))

    expect(lodash()).toBe(0)
    expect(database.generations().map(({ feed, part }) => `${feed}/${part}`)).toEqual([
      'osv/npm',
      ...['Debian', 'Go', 'Maven', 'PyPI', 'Ubuntu'].map(part => `${STARTER_FEED}/${part}`),
    ])
  })
})

describe('shrinkRefusal', () => {
  it.each([
    [100, 90, true],
    [100, 89, false],
    [0, 1, true],
    [10, 0, false],
  ])('from %i to %i: accepted is %s', (from, to, isAccepted) => {
    const refusal = shrinkRefusal({ recordCount: from, advisoryCount: from, signalCount: 0 }, aPart('npm', to))

    expect(refusal === null).toBe(isAccepted)
  })

  it('sees records that all became unreadable', () => {
    expect(shrinkRefusal(undefined, { recordCount: 5, advisories: [] })).not.toBeNull()
    expect(
      shrinkRefusal({ recordCount: 5, advisoryCount: 5, signalCount: 0 }, { ...aPart('npm', 3), recordCount: 5 }),
    ).not.toBeNull()
  })
})

describe('the starter advisories', () => {
  it('are all read by the real parser, and dated', async () => {
    const { asOf, parts, unsupported } = await loadStarterAdvisories(bundled, ECOSYSTEMS)

    expect(new Date(asOf).toISOString()).toBe('2026-11-23T00:00:00.000Z')
    expect(parts.map(part => part.part)).toEqual(['Debian', 'Go', 'Maven', 'PyPI', 'Ubuntu', 'npm'])
    for (const part of parts) {
      expect(part.newestModified).toBe(asOf)
      // Releases older than the ecosystems know are the only entries that may be left out.
      expect(part.skipped.map(skip => skip.reason).filter(reason => reason !== 'unsupported-ecosystem')).toEqual([])
      expect(part.advisories.length).toBeGreaterThan(5)
      const poor = part.advisories.filter(
        ({ summary, references, affected }) =>
          !/^.{15,100}$/.test(summary ?? '') ||
          references.length === 0 ||
          affected.some(entry => entry.ranges.some(range => 'unreadable' in range)),
      )
      expect(poor.map(advisory => advisory.id)).toEqual([])
    }
    expect(unsupported).toEqual([])
  })
})
