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
import { retirejsFeed } from './feed.ts'

const feed = retirejsFeed(ecosystemOf('npm'))
const sample = readFileSync(join(import.meta.dirname, 'testdata', 'jsrepository-v4.json'), 'utf8')

function filesOf(content: string): FeedFiles {
  return {
    base: 'memory',
    fetch(path, { validator }) {
      if (path !== 'jsrepository-v4.json') return Promise.resolve(err({ is: 'not-found', what: path }))
      if (validator === content) return Promise.resolve(ok('unchanged'))
      return Promise.resolve(ok({ bytes: Buffer.from(content), validator: content }))
    },
  }
}

async function load(files: FeedFiles): Promise<FeedPart> {
  const loaded = await feed.load(files, 'npm', null)
  if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the list was not read')
  return loaded.value
}

function rangesOf({ affected }: Advisory): string[] {
  return affected.flatMap(({ name, ranges }) =>
    ranges.map(range => {
      if ('unreadable' in range) return `${name} unreadable ${range.unreadable.text}`
      const from = range.introduced === 'beginning' ? '' : ` >= ${range.introduced.text}`
      if (range.end === 'no-fix-known') return `${name}${from}`
      return `${name}${from} ${'fixed' in range.end ? `< ${range.end.fixed.text}` : `<= ${range.end.lastAffected.text}`}`
    }),
  )
}

describe('statements of retire.js', () => {
  it('are about the npm package, by flaw, with the ids of that flaw', async () => {
    const { advisories } = await load(filesOf(sample))

    expect(
      advisories.map(advisory => [advisory.id, advisory.aliases.join(' '), rangesOf(advisory).join(', ')]),
    ).toEqual([
      ['RETIREJS-jquery-GHSA-579v-mp3v-rrw5', 'CVE-2011-4969 GHSA-579v-mp3v-rrw5', 'jquery < 1.6.3'],
      ['RETIREJS-jquery-GHSA-2pqj-h3vj-pqgw', 'CVE-2012-6708 GHSA-2pqj-h3vj-pqgw', 'jquery < 1.9.0b1'],
      ['RETIREJS-jquery-GHSA-q4m3-2j7h-f7xw', 'CVE-2020-7656 GHSA-q4m3-2j7h-f7xw', 'jquery >= 1.2.1 < 1.9.0'],
      ['RETIREJS-jquery-issue-11974', '', 'jquery >= 1.8.0 < 2.2.0'],
      ['RETIREJS-jquery-ui-CVE-2099-0001', 'CVE-2099-0001', 'jquery-ui < 1.10.0, jquery-ui >= 1.7.0 <= 1.999.999'],
      ['RETIREJS-lodash-GHSA-35jh-r3h4-6jhm', 'CVE-2021-23337 GHSA-35jh-r3h4-6jhm', 'lodash < 4.17.21'],
      ['RETIREJS-lodash-GHSA-r5fr-rjxr-66jc', 'GHSA-r5fr-rjxr-66jc', 'lodash >= 4.0.0 < 4.18.0'],
    ])
    expect(advisories[0]).toMatchObject({ source: 'RETIREJS', severities: [{ system: 'word', word: 'medium' }] })
  })

  it('are counted where no npm package is known, or where they are none about a flaw', async () => {
    const { recordCount, skipped } = await load(filesOf(sample))

    expect(recordCount).toBe(12)
    expect(skipped).toEqual([
      { reason: 'malformed-vulnerability', count: 1, examples: ['ember'] },
      { reason: 'no-npm-package', count: 1, examples: ['ember'] },
      { reason: 'unmaintained', count: 1, examples: ['jquery'] },
    ])
  })
})

describe('syncing retire.js', () => {
  it('reads nothing again while the file is the same', async () => {
    const { validator } = await load(filesOf(sample))

    expect(await feed.load(filesOf(sample), 'npm', validator)).toEqual(ok('unchanged'))
  })

  it.each([['<html>'], ['[]'], ['{"a":']])('refuses %s', async content => {
    expect(await feed.load(filesOf(content), 'npm', null)).toMatchObject({ error: { is: 'malformed' } })
  })

  it('answers any JSON without throwing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async content => {
        const document = `{"a":${content},"b":{"npmname":"b","vulnerabilities":[${content}]}}`
        expect((await feed.load(filesOf(document), 'npm', null)).ok).toBe(true)
      }),
    )
  })
})

const FEEDS = testFeeds()

describe.skipIf(FEEDS === null)('the whole list of a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
  it('is read to the last statement, and what is left out has a name', async () => {
    const { advisories, recordCount, skipped } = await load(folderFeedFiles(join(FEEDS ?? '', 'retirejs')))
    const left = Object.fromEntries(skipped.map(({ reason, count }) => [reason, count]))

    expect(recordCount).toBe(723)
    expect(advisories.every(({ affected }) => affected.every(({ ranges }) => ranges.length > 0))).toBe(true)
    expect([advisories.length, left]).toEqual([241, { 'no-npm-package': 343, unmaintained: 2 }])
  })
})
