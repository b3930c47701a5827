import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testFeeds } from '../../../test/support/test-feeds.ts'
import { err, ok } from '../../base/result.ts'
import type { Advisory } from '../../domain/advisory.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import type { FeedFiles, FeedPart } from '../feed.ts'
import { debianTrackerFeed } from './feed.ts'
import { parseNoticeList } from './notice-list.ts'

const feed = debianTrackerFeed(ecosystemOf('deb'))
const sample = (name: string): string => readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8')

function filesOf(contents: Readonly<Record<string, string>>): FeedFiles {
  return {
    base: 'memory',
    fetch(path, { validator }) {
      const content = contents[path]
      if (content === undefined) return Promise.resolve(err({ is: 'not-found', what: path }))
      if (validator === content) return Promise.resolve(ok('unchanged'))
      return Promise.resolve(ok({ bytes: Buffer.from(content), validator: content }))
    },
  }
}

async function load(files: FeedFiles, validator: string | null = null): Promise<FeedPart> {
  const loaded = await feed.load(files, 'tracker', validator)
  if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the tracker was not read')
  return loaded.value
}

const TRACKER = { 'tracker/data/json': sample('tracker.json') }
const WITH_NOTICES = { ...TRACKER, 'data/DSA/list': sample('DSA-list') }

/** `debian:11 name < fix state`, one line for each entry of an advisory. */
function entriesOf(advisories: readonly Advisory[], id: string): string[] {
  const entries = advisories.find(advisory => advisory.id === id)?.affected ?? []
  return entries.map(({ namespace, name, ranges, state }) => {
    const [range] = ranges
    const end =
      range === undefined || 'unreadable' in range
        ? 'unreadable'
        : range.end === 'no-fix-known'
          ? 'no fix'
          : 'fixed' in range.end
            ? `< ${range.end.fixed.text}`
            : '?'
    return [namespace, name, end, ...(state === undefined ? [] : [state])].join(' ')
  })
}

describe('the states of the Debian tracker', () => {
  it.each([
    ['DEBIAN-CVE-2099-0002', 'debian:11 states no fix', 'open'],
    ['DEBIAN-CVE-2099-0003', 'debian:11 states no fix will-not-fix', 'ignored'],
    ['DEBIAN-CVE-2099-0004', 'debian:11 states no fix deferred', 'postponed'],
    ['DEBIAN-CVE-2099-0005', 'debian:11 states no fix deferred', 'no-dsa'],
    ['DEBIAN-CVE-2099-0006', 'debian:11 states no fix end-of-life', 'end of life'],
    ['DEBIAN-CVE-2099-0007', 'debian:11 states no fix unimportant', 'unimportant'],
    ['DEBIAN-CVE-2099-0009', 'debian:11 states unreadable', 'resolved in no version'],
    ['DEBIAN-CVE-2099-0010', 'debian:11 states unreadable', 'resolved in what is no version'],
    ['DEBIAN-CVE-2099-0011', 'debian:11 states unreadable', 'a status that we do not know'],
    ['DEBIAN-CVE-2099-0012', 'debian:11 states < 1.1-1 unimportant', 'resolved and unimportant'],
    ['TEMP-0000000-ABCDEF', 'debian:11 states no fix', 'a flaw without a CVE'],
  ])('%s: %s (%s)', async (id, entry) => {
    const { advisories } = await load(filesOf(TRACKER))

    expect(entriesOf(advisories, id)).toEqual([entry])
  })

  it('gathers the packages and releases of one flaw, without those that are not affected', async () => {
    const { advisories, skipped } = await load(filesOf(TRACKER))

    expect(entriesOf(advisories, 'DEBIAN-CVE-2099-0001')).toEqual([
      'debian:11 states < 1.0-1+deb11u1',
      'debian:11 two-packages-one-flaw no fix',
      'debian:13 two-packages-one-flaw no fix',
    ])
    expect(advisories.find(({ id }) => id === 'DEBIAN-CVE-2099-0001')).toMatchObject({
      source: 'DEBIAN_CVE',
      details: 'a flaw',
      upstream: ['CVE-2099-0001'],
      severities: [{ system: 'word', word: 'medium' }],
    })
    expect(skipped).toEqual([
      { reason: 'release-without-number', count: 3, examples: expect.any(Array) },
      { reason: 'notice-list-not-there', count: 2, examples: ['data/DSA/list', 'data/DLA/list'] },
      { reason: 'not-affected', count: 1, examples: ['states CVE-2099-0001 bookworm'] },
      { reason: 'undetermined', count: 1, examples: ['states CVE-2099-0008 bullseye'] },
    ])
  })

  it('believes a fixed version over a stale note that there is none', async () => {
    const { advisories } = await load(filesOf(WITH_NOTICES))

    expect(entriesOf(advisories, 'DEBIAN-CVE-2099-0020')).toEqual(['debian:11 stale-notes < 2.0-1+deb11u2'])
    expect(entriesOf(advisories, 'DEBIAN-CVE-2099-0021')).toEqual(['debian:11 stale-notes < 2.3-1'])
    expect(entriesOf(advisories, 'DEBIAN-CVE-2099-0022')).toEqual(['debian:11 stale-notes no fix'])
  })

  it('adds the notices as references of their flaws, with their day', async () => {
    const { advisories, newestModified } = await load(filesOf(WITH_NOTICES))

    expect(advisories.find(({ id }) => id === 'DSA-9002-1')).toMatchObject({
      upstream: ['CVE-2099-0020', 'CVE-2099-0023'],
      published: Date.parse('2099-04-01T00:00:00Z'),
      affected: [],
    })
    expect(newestModified).toBe(Date.parse('2099-04-02T00:00:00Z'))
  })
})

describe('syncing the Debian tracker', () => {
  it('reads nothing again while no file changed, and everything when one did', async () => {
    const first = await load(filesOf(WITH_NOTICES))

    expect(await feed.load(filesOf(WITH_NOTICES), 'tracker', first.validator)).toEqual(ok('unchanged'))
    const changed = { ...WITH_NOTICES, 'data/DSA/list': '' }
    expect(entriesOf((await load(filesOf(changed), first.validator)).advisories, 'DEBIAN-CVE-2099-0020')).toEqual([
      'debian:11 stale-notes no fix deferred',
    ])
  })

  it('keeps what it has when a list that was there is gone', async () => {
    const { validator } = await load(filesOf(WITH_NOTICES))

    expect(await feed.load(filesOf(TRACKER), 'tracker', validator)).toMatchObject({ error: { is: 'not-found' } })
  })

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['half a document', TRACKER['tracker/data/json'].slice(0, 700)],
    ['text behind its end', '{} {}'],
    ['brackets without end', `{"a":${'['.repeat(10_000)}`],
  ])('refuses %s', async (_what, content) => {
    expect(await feed.load(filesOf({ 'tracker/data/json': content }), 'tracker', null)).toMatchObject({
      error: { is: 'malformed' },
    })
  })

  it('loses only what is bad', async () => {
    const bad = {
      'not-json': '{oops}',
      'not-an-object': '[1]',
      'bad-id': '{"CVE-1": {}}',
      'bad-releases': '{"CVE-2099-0001": {"releases": {"bullseye": {"status": 1}}}}',
      good: '{"CVE-2099-0001": {"releases": {"bullseye": {"status": "open"}}}, "__proto__": {"releases": {}}}',
    }
    const content = `{${Object.entries(bad)
      .map(([name, value]) => `"${name}": ${value}`)
      .join(',')}}`

    const { advisories, skipped } = await load(filesOf({ 'tracker/data/json': content }))

    expect(entriesOf(advisories, 'DEBIAN-CVE-2099-0001')).toEqual(['debian:11 good no fix'])
    expect(Object.fromEntries(skipped.map(({ reason, count }) => [reason, count]))).toEqual({
      'notice-list-not-there': 2,
      'not-json': 1,
      'not-an-object': 1,
      'bad-id': 2,
      'bad-releases': 1,
    })
  })

  it('takes a package that stands twice once', async () => {
    const issue = '{"CVE-2099-0001": {"releases": {"bullseye": {"status": "open"}}}}'
    const { advisories, skipped } = await load(filesOf({ 'tracker/data/json': `{"a": ${issue}, "a": ${issue}}` }))

    expect(entriesOf(advisories, 'DEBIAN-CVE-2099-0001')).toEqual(['debian:11 a no fix'])
    expect(skipped).toContainEqual({ reason: 'duplicate-entry', count: 1, examples: ['a CVE-2099-0001 bullseye'] })
  })

  it('answers any JSON without throwing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.string(), async (content, list) => {
        const loaded = await feed.load(
          filesOf({
            'tracker/data/json': `{"a": ${content}, "b": {"CVE-2099-0001": ${content}}}`,
            'data/DSA/list': list,
          }),
          'tracker',
          null,
        )
        expect(loaded.ok || loaded.error.is).toBeTruthy()
      }),
    )
  })
})

describe('a list of notices', () => {
  it('reads heads, CVEs and fixed versions, and tells what it cannot read', () => {
    const unread: string[] = []
    const notices = parseNoticeList(`${sample('DSA-list')}[someday] DSA-x\n\t{CVE-2099-9999}\n`, line =>
      unread.push(line),
    )

    expect(notices.map(notice => notice.id)).toEqual(['DSA-9003-1', 'DSA-9002-1', 'DSA-9001-1'])
    expect(notices[1]?.fixes).toEqual([
      { codename: 'bullseye', sourcePackage: 'stale-notes', version: '2.0-1+deb11u2' },
    ])
    expect(unread).toEqual(['[someday] DSA-x'])
  })

  it('cost no more than their length, however many flaws and fixes one names', async () => {
    const flaws = Array.from({ length: 900 }, (_, at) => `CVE-2099-${10_000 + at}`).join(' ')
    const fixes = Array.from({ length: 9_000 }, (_, at) => `\t[bullseye] - pad-${at} 1.0-1\n`).join('')
    const list = `[01 Apr 2099] DSA-1-1 many\n\t{${flaws}}\n${fixes}`.repeat(3)
    const before = process.cpuUsage()
    await load(filesOf({ ...TRACKER, 'data/DSA/list': list }))

    // The square took half a minute.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(3)
  })
})

const FEEDS = testFeeds()

describe('a real tracker file', () => {
  describe.skipIf(FEEDS === null)('of a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
    it('has every pair of package and flaw, each release with a fix', async () => {
      const { advisories, recordCount, skipped } = await load(folderFeedFiles(join(FEEDS ?? '', 'debian-tracker')))

      expect(recordCount).toBe(8_827)
      expect(skipped.map(({ reason }) => reason)).toEqual(['notice-list-not-there'])
      expect(entriesOf(advisories, 'DEBIAN-CVE-2021-32434')).toEqual(['debian:9 abcm2ps < 7.8.9-1+deb9u1'])
      const ranges = advisories.flatMap(advisory => advisory.affected.flatMap(entry => entry.ranges))
      expect(ranges.every(range => 'end' in range && range.end !== 'no-fix-known')).toBe(true)
    })
  })
})
