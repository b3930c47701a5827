import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { buildTar } from '../../../test/support/tar-builder.ts'
import { testFeeds } from '../../../test/support/test-feeds.ts'
import { xzOf } from '../../../test/support/xz-of.ts'
import { namespace } from '../../domain/namespace.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import type { FeedPart } from '../feed.ts'
import { zipTexts } from '../zip.ts'
import { ubuntuFeed } from './feed.ts'

// Records and documents here have the shape of those published in canonical/ubuntu-security-notices (2024 to 2026,
// observed); what they say is made up, except for the mirror's.
const FEEDS = testFeeds()
const feed = ubuntuFeed(ecosystemOf('deb'))
const OSV = 'osv/osv-all.tar.xz'
const VEX = 'vex/vex-all.tar.xz'

type Texts = Readonly<Record<string, string | object>>

function archive(texts: Texts): Buffer {
  const parts = Object.entries(texts).map(([path, content]) => ({
    path,
    content: typeof content === 'string' ? content : JSON.stringify(content),
  }))
  return xzOf(buildTar([{ path: './', type: '5' }, ...parts]))
}

async function load(osv: Texts, vex: Texts | null): Promise<FeedPart> {
  const files = { [OSV]: archive(osv), ...(vex === null ? {} : { [VEX]: archive(vex) }) }
  const loaded = await feed.load(feedFilesOf(files), 'osv-and-vex', null)
  if (!loaded.ok || loaded.value === 'unchanged') throw new Error(JSON.stringify(loaded))
  return loaded.value
}

function anEntry(ecosystem: string, name: string, fix: string | null, purl?: string): object {
  const events = [{ introduced: '0' }, ...(fix === null ? [] : [{ fixed: fix }])]
  return { package: { ecosystem, name, purl }, ranges: [{ type: 'ECOSYSTEM', events }], versions: ['0.1-1'] }
}

function aRecord(cve: string, affected: readonly object[], given: object = {}): object {
  const severity = [{ type: 'Ubuntu', score: 'low' }]
  return { id: `UBUNTU-${cve}`, upstream: [cve], modified: '2026-06-08T16:11:47Z', severity, affected, ...given }
}

function aStatement(cve: string, status: string, distro: string, name: string, also: object = {}): object {
  const products = [{ '@id': `pkg:deb/ubuntu/${name}@1?arch=source&distro=${distro}` }]
  return { vulnerability: { name: cve }, products, status, ...also }
}

const IGNORED = { action_statement: 'the problem is understood, but the Ubuntu Security Team decided to not fix it.' }
const CVE = 'CVE-2022-24823'
const NETTY = aRecord(CVE, [
  anEntry(
    'Ubuntu:Pro:18.04:LTS',
    'netty',
    '1:4.1.7-4ubuntu0.1+esm3',
    'pkg:deb/ubuntu/netty?arch=source&distro=esm-apps/bionic',
  ),
  anEntry('Ubuntu:22.04:LTS', 'netty', null),
  anEntry('Ubuntu:24.04:LTS', 'netty', null),
  anEntry('Ubuntu:25.10', 'netty', null),
])

function entriesOf({ advisories }: FeedPart, id: string): string[] {
  const affected = advisories.find(advisory => advisory.id === id)?.affected ?? []
  return affected.map(({ namespace, name, channel, state, ranges }) => {
    const ends = ranges.map(range =>
      'end' in range && range.end !== 'no-fix-known' && 'fixed' in range.end ? range.end.fixed.text : 'open',
    )
    return [namespace, name, channel, ends.join(','), state].filter(word => word !== undefined).join(' ')
  })
}

describe("Ubuntu's feed", () => {
  it('has the fixes from OSV, and from VEX why there is none', async () => {
    const statements = [
      aStatement(CVE, 'affected', 'jammy', 'netty', IGNORED),
      aStatement(CVE, 'not_affected', 'noble', 'netty', { justification: 'vulnerable_code_not_present' }),
      aStatement(CVE, 'under_investigation', 'questing', 'netty'),
      aStatement(CVE, 'affected', 'xenial', 'netty', { action_statement: 'is no longer supported' }),
    ]
    const part = await load({ 'osv/cve/2022/a.json': NETTY }, { [`vex/cve/2022/${CVE}.json`]: { statements } })

    expect(entriesOf(part, `UBUNTU-${CVE}`)).toEqual([
      'ubuntu:18.04 netty esm-apps 1:4.1.7-4ubuntu0.1+esm3',
      'ubuntu:22.04 netty open will-not-fix',
      'ubuntu:25.10 netty open under-investigation',
      'ubuntu:16.04 netty open end-of-life',
    ])
    expect(part).toMatchObject({ recordCount: 1, newestModified: Date.parse('2026-06-08T16:11:47Z') })
    expect(part.skipped).toEqual([])
  })

  it('says so where there is no VEX, and takes a fix that stands beside an open duplicate', async () => {
    const record = aRecord(CVE, [anEntry('Ubuntu:22.04:LTS', 'netty', '2'), anEntry('Ubuntu:22.04:LTS', 'netty', null)])
    const part = await load({ 'osv/cve/a.json': record }, null)

    expect(entriesOf(part, `UBUNTU-${CVE}`)).toEqual(['ubuntu:22.04 netty 2'])
    expect(part.skipped).toEqual([{ reason: 'file-not-there', count: 1, examples: [VEX] }])
  })

  it('takes of notices only when and by which id, because they list every package for every CVE', async () => {
    const published = '2025-03-05T00:00:00Z'
    const notice = {
      id: 'USN-7284-1',
      published,
      upstream: [`UBUNTU-${CVE}`],
      affected: [anEntry('Ubuntu:22.04:LTS', 'netty', '2')],
    }
    const part = await load({ 'osv/usn/USN-7284-1.json': notice }, null)

    expect(part.advisories[0]).toMatchObject({
      id: 'USN-7284-1',
      source: 'UBUNTU_CVE',
      upstream: [`UBUNTU-${CVE}`],
      published: Date.parse(published),
      affected: [],
    })
  })

  it('knows flaws that VEX alone tells of, and leaves documents of notices unread', async () => {
    const statements = [aStatement(CVE, 'affected', 'xenial', 'netty', IGNORED)]
    const vex = { [`vex/cve/${CVE}.json`]: { statements }, 'vex/usn/USN-7284-1.json': 'not read' }
    const part = await load({}, vex)

    expect(entriesOf(part, `UBUNTU-${CVE}`)).toEqual(['ubuntu:16.04 netty open will-not-fix'])
    expect(part.skipped).toEqual([])
  })

  it('a bad document costs itself', async () => {
    const part = await load(
      { 'osv/cve/a.json': NETTY, 'osv/cve/b.json': '{', 'osv/cve/c.json': NETTY },
      { [`vex/${CVE}.json`]: '{', 'vex/CVE-2024-1.json': { statements: [aStatement(CVE, 'affected', 'zorro', 'x')] } },
    )

    expect(part.skipped.map(({ reason }) => reason).sort()).toEqual([
      'duplicate-id',
      'not-json',
      'vex-not-json',
      'vex-of-unknown-release',
    ])
    expect(entriesOf(part, `UBUNTU-${CVE}`)).toHaveLength(4)
  })

  it.each([
    ['not xz', Buffer.from('plain')],
    ['not a tar', xzOf(Buffer.alloc(600, 1))],
  ])('refuses an archive that is %s, by name', async (_what, bytes) => {
    const loaded = await feed.load(feedFilesOf({ [OSV]: bytes }), 'osv-and-vex', null)

    expect(loaded).toMatchObject({ ok: false, error: { is: 'malformed', what: `http://m/${OSV}` } })
  })

  it('is unchanged when both archives are', async () => {
    const files = feedFilesOf({ [OSV]: archive({ 'a.json': NETTY }), [VEX]: archive({}) })
    const first = await feed.load(files, 'osv-and-vex', null)
    if (!first.ok || first.value === 'unchanged') throw new Error('not read')

    expect(await feed.load(files, 'osv-and-vex', first.value.validator)).toEqual({ ok: true, value: 'unchanged' })
  })

  it('keeps what it said of releases that it drops', () => {
    expect(feed.keepsGone?.(namespace('ubuntu:18.04'))).toBe(true)
    expect(feed.keepsGone?.(namespace('debian:11'))).toBe(false)
  })

  // 12,648 records converted from the tracker of June 2020, and 16 as published.
  it.skipIf(FEEDS === null)('reads the 12,664 records of a mirror (set OPENINSPECTOR_TEST_FEEDS)', async () => {
    const texts: Record<string, string> = {}
    for await (const { name, content } of zipTexts(readFileSync(join(FEEDS ?? '', 'osv/Ubuntu/all.zip')))) {
      if ('text' in content) texts[`osv/cve/${name}`] = content.text
    }
    const part = await load(texts, null)

    expect(part.recordCount).toBe(12_664)
    expect(part.skipped.map(({ reason }) => reason)).toEqual(['file-not-there'])
    expect(part.advisories.length).toBe(12_664)
    expect(entriesOf(part, 'UBUNTU-CVE-2021-3782')).toEqual([
      'ubuntu:16.04 wayland esm-infra 1.12.0-1~ubuntu16.04.3+esm1',
      'ubuntu:18.04 wayland 1.16.0-1ubuntu1.1~18.04.4',
      'ubuntu:20.04 wayland 1.18.0-1ubuntu0.1',
      'ubuntu:22.04 wayland 1.20.0-1ubuntu0.1',
    ])
    const channels = part.advisories.flatMap(({ affected }) => affected.flatMap(({ channel }) => channel ?? []))
    expect([...new Set(channels)].sort()).toEqual(['esm', 'esm-apps', 'esm-infra', 'esm-infra-legacy'])
  })
})
