import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { err, ok } from '../../base/result.ts'
import type { Advisory } from '../../domain/advisory.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import type { FeedFiles, FeedPart } from '../feed.ts'
import { rockyFeed } from './feed.ts'

const feed = rockyFeed(ecosystemOf('rpm'))
const sample = readFileSync(join(import.meta.dirname, 'testdata', 'updateinfo.xml'), 'utf8')

type Files = Record<string, string | Uint8Array>

function filesOf(contents: Files): FeedFiles {
  return {
    base: 'memory',
    fetch(path) {
      const content = contents[path]
      if (content === undefined) return Promise.resolve(err({ is: 'not-found', what: path }))
      return Promise.resolve(ok({ bytes: Buffer.from(content), validator: null }))
    },
  }
}

/** A repository with its index; Rocky writes some of the names in capitals. */
function repository(folder: string, xml: string): Files {
  const gz = gzipSync(xml)
  const checksum = createHash('sha256').update(gz).digest('hex')
  const index = `<repomd><data type="updateinfo"><checksum type="sha256">${checksum}</checksum>
    <location href="repodata/x-UPDATEINFO.xml.gz"/></data></repomd>`
  return { [`${folder}repodata/repomd.xml`]: index, [`${folder}repodata/x-UPDATEINFO.xml.gz`]: gz }
}

function kernelNotice(id: string, release: string, arch = 'x86_64'): string {
  return `<updates><update type="security"><id>${id}</id><title>kernel</title>
    <references><reference id="CVE-2022-2964" type="cve" href="https://cve.example/"/></references>
    <pkglist><collection><package name="kernel" version="4.18.0" release="${release}" epoch="0" arch="${arch}"/>
    </collection></pkglist></update></updates>`
}

async function load(files: Files, part = '8'): Promise<FeedPart> {
  const loaded = await feed.load(filesOf(files), part, null)
  if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the notices were not read')
  return loaded.value
}

function entriesOf(advisories: readonly Advisory[], id: string): string[] {
  const entries = advisories.find(advisory => advisory.id === id)?.affected ?? []
  return entries.map(({ namespace, name, ranges, module, arches }) => {
    const fixes = ranges.map(range =>
      'end' in range && range.end !== 'no-fix-known' && 'fixed' in range.end ? range.end.fixed.text : 'unreadable',
    )
    const where = `${module === undefined ? '' : ` of ${module}`}${arches === undefined ? '' : ` on ${arches.join(' ')}`}`
    return `${namespace} ${name} < ${fixes.join(' or ')}${where}`
  })
}

describe('notices of Rocky Linux', () => {
  it('name what is built, with the CVEs, word and page', async () => {
    const { advisories, recordCount } = await load(repository('pub/rocky/8/BaseOS/x86_64/os/', sample))

    expect(entriesOf(advisories, 'RLSA-2021:2575')).toEqual(['rocky:8 lz4 < 1.8.3-3.el8_4'])
    expect(entriesOf(advisories, 'RLSA-2021:3057')).toEqual(['rocky:8 kernel < 4.18.0-305.12.1.el8_4'])
    expect(advisories.find(({ id }) => id === 'RLSA-2021:2575')).toMatchObject({
      source: 'ROCKY_CVE',
      sourceUrl: 'https://errata.rockylinux.org/RLSA-2021:2575',
      upstream: ['CVE-2021-3520'],
      severities: [{ system: 'word', word: 'Moderate' }],
      published: Date.parse('2021-07-22T03:13:55Z'),
    })
    expect(recordCount).toBe(3)
  })

  it('do not believe a module that the title does not name', async () => {
    const { advisories } = await load(repository('pub/rocky/8/AppStream/x86_64/os/', sample))
    const confirmed = await load(repository('pub/rocky/8/AppStream/x86_64/os/', sample.replace('ruby:2.5', 'ruby:2.6')))

    expect(entriesOf(advisories, 'RLSA-2019:1972')).toContain(
      'rocky:8 rubygem-bson < 4.3.0-2.module+el8.4.0+592+03ff458a',
    )
    expect(entriesOf(confirmed.advisories, 'RLSA-2019:1972')).toContain(
      'rocky:8 rubygem-bson < 4.3.0-2.module+el8.4.0+592+03ff458a of ruby:2.6',
    )
  })

  it('of one architecture alone speak for that one', async () => {
    const folder = 'pub/rocky/8/BaseOS/aarch64/os/'
    const { advisories } = await load(repository(folder, kernelNotice('RLSA-2022:1', '1.el8', 'aarch64')))

    expect(entriesOf(advisories, 'RLSA-2022:1')).toEqual(['rocky:8 kernel < 4.18.0-1.el8 on aarch64'])
  })

  it('are put together over repositories and architectures', async () => {
    const { advisories } = await load({
      ...repository('pub/rocky/8/BaseOS/x86_64/os/', kernelNotice('RLSA-2022:1', '1.el8')),
      ...repository('pub/rocky/8/BaseOS/aarch64/os/', kernelNotice('RLSA-2022:1', '1.el8', 'aarch64')),
      ...repository('pub/sig/8/cloud/x86_64/cloud-common/', kernelNotice('RXSA-2023:0101', '425.10.1.el8_7.cloud')),
    })

    expect(advisories.map(({ id }) => entriesOf(advisories, id))).toEqual([
      ['rocky:8 kernel < 4.18.0-1.el8'],
      ['rocky:8 kernel < 4.18.0-425.10.1.el8_7.cloud'],
    ])
  })

  it('of ended minor releases are a part of their own', async () => {
    const files = repository('vault/rocky/8.4/BaseOS/x86_64/os/', sample)

    expect((await load(files, '8/vault')).advisories).toHaveLength(3)
    expect(await feed.load(filesOf(files), '8', null)).toMatchObject({ error: { is: 'not-found' } })
  })

  it('are not read again while no index changed, and a lost repository is told', async () => {
    const files = repository('pub/rocky/8/BaseOS/x86_64/os/', sample)
    const { validator } = await load(files)

    expect(await feed.load(filesOf(files), '8', validator)).toEqual(ok('unchanged'))
    const others = repository('pub/rocky/8/AppStream/x86_64/os/', sample)
    expect(await feed.load(filesOf(others), '8', validator)).toMatchObject({
      error: { is: 'not-found', what: 'memory/pub/rocky/8/BaseOS/x86_64/os/' },
    })
  })
})
