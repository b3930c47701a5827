import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { err, ok } from '../../base/result.ts'
import type { Advisory } from '../../domain/advisory.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import type { FeedFiles, FeedPart } from '../feed.ts'
import { photonFeed } from './feed.ts'

const feed = photonFeed(ecosystemOf('rpm'))
const sample = readFileSync(join(import.meta.dirname, 'testdata', 'cve_data_photon4.0.json'), 'utf8')

function filesOf(content: string): FeedFiles {
  return {
    base: 'memory',
    fetch(path, { validator }) {
      if (path !== 'cve_data_photon4.0.json') return Promise.resolve(err({ is: 'not-found', what: path }))
      if (validator === content) return Promise.resolve(ok('unchanged'))
      return Promise.resolve(ok({ bytes: Buffer.from(content), validator: content }))
    },
  }
}

async function load(content: string): Promise<FeedPart> {
  const loaded = await feed.load(filesOf(content), '4.0', null)
  if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the list was not read')
  return loaded.value
}

function entriesOf(advisories: readonly Advisory[], cve: string): string[] {
  const entries = advisories.find(({ upstream }) => upstream.includes(cve))?.affected ?? []
  return entries.map(({ namespace, name, ranges, state }) => {
    const ends = ranges.map(range => {
      if (!('end' in range)) return 'unreadable'
      return range.end !== 'no-fix-known' && 'fixed' in range.end ? `< ${range.end.fixed.text}` : 'no fix'
    })
    return `${namespace} ${name} ${ends.join(' or ')}${state === undefined ? '' : ` (${state})`}`
  })
}

const record = (fields: Readonly<Record<string, unknown>>): unknown => ({
  cve_id: 'CVE-2099-0001',
  pkg: 'curl',
  cve_score: 7.5,
  aff_ver: 'all versions before 2-1.ph4 are vulnerable',
  res_ver: '2-1.ph4',
  ...fields,
})

describe('flaws of Photon', () => {
  it('are gathered by CVE, with the score and no made-up vector', async () => {
    const { advisories, recordCount, skipped } = await load(sample)

    expect(entriesOf(advisories, 'CVE-2025-9086')).toEqual([
      'photon:4 curl < 8.16.0-1.ph4',
      'photon:4 curl-devel < 8.16.0-1.ph4',
      'photon:4 curl-libs < 8.16.0-1.ph4',
    ])
    expect(advisories).toMatchObject([
      { id: 'PHOTON-CVE-2025-9086', source: 'PHOTON_CVE', severities: [{ system: 'score', score: 7.5 }] },
    ])
    expect(recordCount).toBe(5)
    expect(skipped).toEqual([{ reason: 'no-cve', count: 2, examples: ['record 3', 'record 4'] }])
  })

  it.each([
    ['not affected', [record({ status: 'Not Affected' })], []],
    ['a fix listed twice', [record({}), record({ res_ver: '10-1.ph4' })], ['photon:4 curl < 10-1.ph4']],
    ['no fix', [record({ res_ver: 'NA', status: 'Affected' })], ['photon:4 curl no fix']],
    ['a fix and a line without one', [record({ res_ver: 'NA' }), record({})], ['photon:4 curl < 2-1.ph4']],
    [
      'an open question',
      [record({ res_ver: 'NA', status: 'Under Investigation' })],
      ['photon:4 curl no fix (under-investigation)'],
    ],
    ['a version that is none', [record({ res_ver: 'next release' })], ['photon:4 curl unreadable']],
  ])('%s', async (_what, records, expected) => {
    expect(entriesOf((await load(JSON.stringify(records))).advisories, 'CVE-2099-0001')).toEqual(expected)
  })
})

describe('syncing Photon', () => {
  it('reads nothing again while the file is the same', async () => {
    const { validator } = await load(sample)

    expect(await feed.load(filesOf(sample), '4.0', validator)).toEqual(ok('unchanged'))
  })

  it.each([['<html>'], ['{}'], ['[{"cve_id"']])('refuses %s', async content => {
    expect(await feed.load(filesOf(content), '4.0', null)).toMatchObject({ error: { is: 'malformed' } })
  })

  it('answers any list without throwing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async list => {
        expect((await feed.load(filesOf(JSON.stringify(list)), '4.0', null)).ok).toBe(true)
      }),
    )
  })
})
