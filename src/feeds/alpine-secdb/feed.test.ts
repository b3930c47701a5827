import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testFeeds } from '../../../test/support/test-feeds.ts'
import { err, ok } from '../../base/result.ts'
import type { Advisory } from '../../domain/advisory.ts'
import { ECOSYSTEMS, ecosystemOf } from '../../ecosystems/index.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import type { FeedFiles, FeedPart } from '../feed.ts'
import { alpineSecdbFeed } from './feed.ts'
import { idsIn } from '../secdb-advisories.ts'
import { readRejections } from './rejections.ts'

// Fixes are handed through whatever order they are read in; Debian's reads all of the sample but what is no version.
const apk = ECOSYSTEMS.find(ecosystem => ecosystem.scheme.id === 'apk') ?? ecosystemOf('deb')
const feed = alpineSecdbFeed(apk, 2026)
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

async function load(files: FeedFiles, part = 'v3.12', validator: string | null = null): Promise<FeedPart> {
  const loaded = await feed.load(files, part, validator)
  if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the branch was not read')
  return loaded.value
}

const BRANCH = { 'v3.12/main.json': sample('main.json'), 'v3.12/community.json': sample('community.json') }

function entriesOf(advisories: readonly Advisory[], id: string): string[] {
  const entries = advisories.find(advisory => advisory.id === id)?.affected ?? []
  return entries.map(({ namespace, name, ranges }) => {
    const ends = ranges.map(range =>
      'end' in range && range.end !== 'no-fix-known' && 'fixed' in range.end
        ? `< ${range.end.fixed.text}`
        : 'unreadable',
    )
    return `${namespace} ${name} ${ends.join(' or ')}`
  })
}

describe('the fixes of a branch', () => {
  it.each([
    ['ALPINE-CVE-2021-3711', 'alpine:3.12 openssl < 1.1.1l-r0', 'a plain item'],
    ['ALPINE-CVE-2021-3449', 'alpine:3.12 openssl < 9-r0', 'a package in both repositories'],
    ['ALPINE-CVE-2099-0001', 'alpine:3.12 refixed < 1.2-r0', 'a flaw fixed twice'],
    ['ALPINE-CVE-2018-10103', 'alpine:3.12 tcpdump < 4.9.3-r0', 'an item with a remark'],
    ['XSA-207', 'alpine:3.12 xen < 4.7.1-r5', 'an id of somebody else'],
    ['GHSA-p5f5-3p5g-rfjw', 'alpine:3.12 spellings < 5-r0', 'a GHSA'],
    ['ALPINE-CVE-2026-45076', 'alpine:3.12 spellings < 4-r0', 'two CVEs in one item'],
  ])('%s: %s (%s)', async (id, entry) => {
    expect(entriesOf((await load(filesOf(BRANCH))).advisories, id)).toEqual([entry])
  })

  it('names other ids of a CVE as its aliases', async () => {
    const { advisories } = await load(filesOf(BRANCH))

    expect(advisories.find(({ id }) => id === 'ALPINE-CVE-2016-9932')).toMatchObject({
      source: 'ALPINE_CVE',
      aliases: ['XSA-200'],
      upstream: ['CVE-2016-9932'],
      sourceUrl: 'https://security.alpinelinux.org/vuln/CVE-2016-9932',
    })
  })

  it('counts what it leaves out', async () => {
    const { advisories, recordCount, skipped } = await load(filesOf(BRANCH))

    expect(entriesOf(advisories, 'ALPINE-CVE-2022-45060')).toEqual([])
    expect(recordCount).toBe(22)
    expect(skipped).toEqual([
      { reason: 'not-affected', count: 2, examples: ['varnish: CVE-2022-45060', 'refixed: CVE-2099-0001'] },
      { reason: 'item-without-id', count: 1, examples: ['refixed: no id at all'] },
    ])
  })
})

describe('ids in one item', () => {
  it.each([
    ['CVE_2019-2426', ['CVE-2019-2426'], []],
    ['CVE 2025-48379', ['CVE-2025-48379'], []],
    ['CVE-2017-8073.patch', ['CVE-2017-8073'], []],
    ['CVE-2016-9932 XSA-200', ['CVE-2016-9932'], ['XSA-200']],
    ['CVE-2022-45059 VSV00010', ['CVE-2022-45059'], ['VSV00010']],
    ['CVE-????-?????  XSA-295', [], ['XSA-295']],
    ['CVE-2018-10105 # (SMB - see CVE-2000-0001)', ['CVE-2018-10105'], []],
    ['wnpa-sec-2017-18', [], ['wnpa-sec-2017-18']],
    ['CVE-2025-XXXXX', [], []],
    ['N/A', [], []],
  ])('%s', (item, cves, others) => {
    expect(idsIn(item)).toEqual({ cves, others })
  })
})

describe('flaws that Alpine rejects', () => {
  const MAIN = 'security-rejections/-/raw/master/main.yaml'

  it('do not count for the package that they are rejected for, whatever the branch', async () => {
    const yaml = '# reasons\nopenssl:\n  - CVE-2021-3449 # not here\ntcpdump:\n  - CVE-2021-3711\n'
    const { advisories, skipped } = await load(filesOf({ ...BRANCH, [MAIN]: yaml }))

    expect(entriesOf(advisories, 'ALPINE-CVE-2021-3449')).toEqual([])
    expect(entriesOf(advisories, 'ALPINE-CVE-2021-3711')).toEqual(['alpine:3.12 openssl < 1.1.1l-r0'])
    expect(skipped).toContainEqual({
      reason: 'rejected-by-the-vendor',
      count: 2,
      examples: ['openssl: CVE-2021-3449'],
    })
  })

  it.each([
    ['dnsmasq:\n  - CVE-2021-45951\n  - CVE-2021-45952\nnginx:\n- CVE-2020-12345\n', 'dnsmasq 2, nginx 1', 0],
    ['---\n"lib++": []\nb:\n  - "CVE-2020-12345"\r\n', 'lib++ 0, b 1', 0],
    ['a:\n  - CVE-2020-1111\nb: {x: 1}\n  - CVE-2020-2222\n', 'a 1', 2],
    ['  - CVE-2020-1111\n', '', 1],
    ['a: &x\n- *x\n<html>', '', 3],
    [`a:\n - ${'C'.repeat(600)}\n - CVE-2020-1111`, 'a 0', 2],
    ['__proto__:\n  - CVE-2020-1111\n', '__proto__ 1', 0],
  ])('are read from %j', (yaml, expected, bad) => {
    const problems: string[] = []
    const rejections = readRejections(yaml, where => problems.push(where))

    expect([...rejections].map(([name, ids]) => `${name} ${ids.size}`).join(', ')).toBe(expected)
    expect(problems).toHaveLength(bad)
  })

  it('are read from any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(readRejections(text, () => {})).toBeInstanceOf(Map)
      }),
    )
  })
})

describe('syncing Alpine', () => {
  it('has a part for each branch until the next that will be cut', () => {
    expect(feed.parts.slice(0, 2)).toEqual(['edge', 'v3.3'])
    expect(feed.parts.at(-1)).toBe('v3.25')
  })

  it('reads nothing again while neither repository changed', async () => {
    const { validator } = await load(filesOf(BRANCH))

    expect(await feed.load(filesOf(BRANCH), 'v3.12', validator)).toEqual(ok('unchanged'))
    const changed = await load(filesOf({ ...BRANCH, 'v3.12/community.json': '{"packages": null}' }), 'v3.12', validator)
    expect(entriesOf(changed.advisories, 'ALPINE-CVE-2021-3449')).toEqual(['alpine:3.12 openssl < 1.1.1k-r0'])
  })

  it.each([
    ['no JSON', '<html>'],
    ['a list', '[]'],
    ['no packages', '{}'],
  ])('refuses %s', async (_what, content) => {
    expect(await feed.load(filesOf({ 'edge/main.json': content }), 'edge', null)).toMatchObject({
      error: { is: 'malformed' },
    })
  })

  it('loses only the packages that are bad', async () => {
    const bad = [1, {}, { pkg: { name: 'a', secfixes: [] } }, { pkg: { name: 'b', secfixes: { '1-r0': [1] } } }]
    const good = { pkg: { name: 'c', secfixes: { '1-r0': ['CVE-2099-0001'] } } }
    const { advisories, skipped } = await load(
      filesOf({ 'edge/main.json': JSON.stringify({ packages: [...bad, good] }) }),
      'edge',
    )

    expect(entriesOf(advisories, 'ALPINE-CVE-2099-0001')).toEqual(['alpine:edge c < 1-r0'])
    expect(skipped).toMatchObject([
      { reason: 'malformed-package', count: 4, examples: ['packages[0]', 'packages[1]', 'a', 'b'] },
      { reason: 'repository-not-there', count: 1 },
    ])
  })

  it('answers any JSON without throwing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async content => {
        const files = filesOf({ 'edge/main.json': content, 'edge/community.json': `{"packages":[{"pkg":${content}}]}` })
        expect((await feed.load(files, 'edge', null)).ok).toBeTypeOf('boolean')
      }),
    )
  })
})

const FEEDS = testFeeds()

describe('real branches', () => {
  describe.skipIf(FEEDS === null)('of a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
    it('are read to the last item, and what is left out has a name', async () => {
      const files = folderFeedFiles(join(FEEDS ?? '', 'alpine-secdb'))
      let recordCount = 0
      const skipped = new Map<string, number>()
      // The last part is the branch that will be cut next.
      for (const part of feed.parts.slice(0, -1)) {
        const loaded = await load(files, part)
        recordCount += loaded.recordCount
        for (const { reason, count } of loaded.skipped) skipped.set(reason, (skipped.get(reason) ?? 0) + count)
      }

      expect(recordCount).toBe(105_033)
      // `CVE-46838` of linux-lts, in six branches.
      expect(Object.fromEntries(skipped)).toEqual({ 'item-without-id': 6, 'not-affected': 723 })
    })
  })
})
