import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { err, ok } from '../../base/result.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import type { FeedFiles } from '../feed.ts'
import { bottlerocketFeed } from './feed.ts'

const feed = bottlerocketFeed(ecosystemOf('rpm'))
const sample = gzipSync(readFileSync(join(import.meta.dirname, 'testdata', 'updateinfo.xml')))

function filesOf(content: Uint8Array | null): FeedFiles {
  return {
    base: 'memory',
    fetch(path, { validator }) {
      if (content === null || path !== 'updateinfo.xml.gz') return Promise.resolve(err({ is: 'not-found', what: path }))
      if (validator === 'held') return Promise.resolve(ok('unchanged'))
      return Promise.resolve(ok({ bytes: content, validator: 'held' }))
    },
  }
}

describe('notices of Bottlerocket', () => {
  it('name packages of both architectures in the namespace of its releases', async () => {
    const loaded = await feed.load(filesOf(sample), 'Bottlerocket', null)
    if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the notices were not read')
    const { advisories, recordCount } = loaded.value

    expect(recordCount).toBe(2)
    expect(advisories).toMatchObject([
      { id: 'GHSA-868r-x68r-5c5p', upstream: ['CVE-2023-5345'], affected: [{ name: 'kernel-6.1' }] },
      {
        id: 'BRSA-hc1ikaaaqfgw',
        source: 'BOTTLEROCKET_CVE',
        upstream: ['CVE-2025-22870'],
        severities: [{ system: 'word', word: 'important' }],
        affected: [
          {
            namespace: 'bottlerocket:1',
            name: 'amazon-ssm-agent',
            ranges: [{ end: { fixed: { text: '3.3.2746.0-1.1754950980.06e00082.br1' } } }],
          },
        ],
      },
    ])
    expect(await feed.load(filesOf(sample), 'Bottlerocket', loaded.value.validator)).toEqual(ok('unchanged'))
  })

  it.each([
    ['no gzip', Buffer.from('<html>'), 'malformed'],
    ['half of a file', sample.subarray(0, 200), 'malformed'],
    ['no file', null, 'not-found'],
  ])('%s is told', async (_what, content, is) => {
    expect(await feed.load(filesOf(content), 'Bottlerocket', null)).toMatchObject({ error: { is } })
  })
})
