import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { err, ok } from '../../base/result.ts'
import type { Advisory, AffectedPackage } from '../../domain/advisory.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import type { FeedFiles, FeedPart } from '../feed.ts'
import { almalinuxFeed } from './feed.ts'

const rpm = ecosystemOf('rpm')
const feed = almalinuxFeed(rpm)
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

async function load(contents: Readonly<Record<string, string>>): Promise<FeedPart> {
  const loaded = await feed.load(filesOf(contents), '8', null)
  if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the errata were not read')
  return loaded.value
}

function fixesOf({ ranges }: AffectedPackage): readonly string[] {
  return ranges.map(range =>
    'end' in range && range.end !== 'no-fix-known' && 'fixed' in range.end ? range.end.fixed.text : 'unreadable',
  )
}

function entriesOf(advisories: readonly Advisory[], id: string): string[] {
  const entries = advisories.find(advisory => advisory.id === id)?.affected ?? []
  return entries.map(entry => {
    const { namespace, name, module, arches } = entry
    const where = `${module === undefined ? '' : ` of ${module}`}${arches === undefined ? '' : ` on ${arches.join(' ')}`}`
    return `${namespace} ${name} < ${fixesOf(entry).join(' or ')}${where}`
  })
}

interface Built {
  readonly name: string
  readonly evr: string
  readonly src: string
  readonly arch?: string
}

function notice(id: string, title: string, packages: readonly Built[]): unknown {
  return {
    id,
    title,
    packages: packages.map(({ name, evr, src, arch = 'x86_64' }) => {
      const [, epoch = '0', version, release] = /^(?:(\d+):)?([^-]+)-(.+)$/.exec(evr) ?? []
      return { name, epoch, version, release, arch, src: `${src}.src.rpm` }
    }),
    references: [{ id: 'CVE-2099-0001', type: 'cve', href: 'https://cve.example/' }],
  }
}

async function entriesOfNotices(id: string, ...notices: readonly unknown[]): Promise<readonly string[]> {
  const { advisories } = await load({ '8/errata.full.json': JSON.stringify({ data: notices }) })
  return entriesOf(advisories, id)
}

describe('errata of AlmaLinux', () => {
  it('name every package of a notice, with its CVEs, word and times', async () => {
    const { advisories, recordCount, skipped } = await load({ '8/errata.json': sample('errata.json') })

    expect(entriesOf(advisories, 'ALSA-2021:3152')).toEqual([
      'almalinux:8 exiv2-devel < 0.27.3-3.el8_4',
      'almalinux:8 exiv2-doc < 0.27.3-3.el8_4',
      'almalinux:8 exiv2 < 0.27.3-3.el8_4',
      'almalinux:8 exiv2-libs < 0.27.3-3.el8_4',
    ])
    expect(advisories.find(({ id }) => id === 'ALSA-2021:3253')).toMatchObject({
      source: 'ALMALINUX_CVE',
      sourceUrl: 'https://errata.almalinux.org/8/ALSA-2021-3253.html',
      upstream: ['CVE-2021-3246'],
      severities: [{ system: 'word', word: 'Important' }],
      published: 1_629_790_196_000,
    })
    expect(recordCount).toBe(3)
    expect(skipped).toEqual([{ reason: 'no-vulnerability', count: 1, examples: ['ALBA-2021:3240'] }])
  })

  it('name the stream of a module where the title confirms the label', async () => {
    const { advisories } = await load({ '8/errata.full.json': sample('errata.full.json') })

    expect(entriesOf(advisories, 'ALSA-2019:3708')).toEqual([
      'almalinux:8 Judy < 1.0.5-18.module_el8.5.0+2632+14ced695 or 1.0.5-18.module_el8.3.0+2028+5e3224e9 or 1.0.5-18.module_el8.6.0+2867+72759d2f of mariadb:10.3',
      'almalinux:8 Judy-devel < 1.0.5-18.module_el8.3.0+2028+5e3224e9 or 1.0.5-18.module_el8.6.0+2867+72759d2f of mariadb:10.3',
      'almalinux:8 Judy < 1.0.5-18.module_el8.6.0+2761+593e5e59 on aarch64',
    ])
  })
})

describe('packages that a notice leaves out', () => {
  const lua = (name: string, evr: string, src: string): Built => ({ name, evr, src })

  it('have the fix of their source', async () => {
    const earlier = notice('ALSA-2021:1', 'lua', [
      lua('lua', '5.4.2-1.el8', 'lua-5.4.2-1.el8'),
      lua('lua-doc', '5.4.2-1.el8', 'lua-5.4.2-1.el8'),
    ])
    const later = notice('ALSA-2022:2', 'lua', [lua('lua', '5.4.4-1.el8', 'lua-5.4.4-1.el8')])

    expect(await entriesOfNotices('ALSA-2022:2', earlier, later)).toEqual([
      'almalinux:8 lua < 5.4.4-1.el8',
      'almalinux:8 lua-libs < 5.4.4-1.el8',
      'almalinux:8 lua-doc < 5.4.4-1.el8',
    ])
  })

  it('are not guessed where they count by themselves', async () => {
    const earlier = notice('ALSA-2021:1', 'perl', [
      lua('perl', '4:5.26.3-419.el8', 'perl-5.26.3-419.el8'),
      lua('perl-Errno', '1.28-419.el8', 'perl-5.26.3-419.el8'),
    ])
    const later = notice('ALSA-2022:2', 'perl', [lua('perl', '4:5.26.3-420.el8', 'perl-5.26.3-420.el8')])

    expect(await entriesOfNotices('ALSA-2022:2', earlier, later)).toEqual(['almalinux:8 perl < 4:5.26.3-420.el8'])
  })

  it('of a module are not taken for those of the plain package', async () => {
    const module = notice('ALSA-2021:1', 'nodejs:18', [
      lua('nodejs-extra', '1:18.1.0-1.module_el8.7.0+1+1', 'nodejs-18.1.0-1.module_el8.7.0+1+1'),
    ])
    const plain = notice('ALSA-2022:2', 'nodejs', [lua('nodejs', '1:16.1.0-1.el8', 'nodejs-16.1.0-1.el8')])

    expect(await entriesOfNotices('ALSA-2022:2', module, plain)).toEqual(['almalinux:8 nodejs < 1:16.1.0-1.el8'])
  })
})

describe('architectures of a notice', () => {
  const pkg = (evr: string, arch: string): Built => ({ name: 'a', evr, src: `a-${evr}`, arch })

  it.each([
    ['all alike', [pkg('1-1', 'x86_64'), pkg('1-1', 'aarch64')], ['almalinux:8 a < 1-1']],
    ['the first ones only: the others follow', [pkg('1-1', 'x86_64')], ['almalinux:8 a < 1-1']],
    ['others only', [pkg('1-1', 'aarch64'), pkg('1-1', 's390x')], ['almalinux:8 a < 1-1 on aarch64 s390x']],
    [
      'apart',
      [pkg('1-1', 'x86_64'), pkg('1-2', 'aarch64')],
      ['almalinux:8 a < 1-1 on x86_64', 'almalinux:8 a < 1-2 on aarch64'],
    ],
    ['sources alone', [pkg('1-1', 'src')], []],
  ])('%s', async (_what, packages, expected) => {
    expect(await entriesOfNotices('ALSA-2022:2', notice('ALSA-2022:2', 'a', packages))).toEqual(expected)
  })
})

describe('syncing AlmaLinux', () => {
  it('reads nothing again while the file is the same', async () => {
    const files = { '8/errata.json': sample('errata.json') }
    const { validator } = await load(files)

    expect(await feed.load(filesOf(files), '8', validator)).toEqual(ok('unchanged'))
  })

  it('prefers the file that labels each package', async () => {
    const { advisories } = await load({ '8/errata.json': '[]', '8/errata.full.json': sample('errata.full.json') })

    expect(advisories).toHaveLength(1)
  })

  it.each([
    ['no JSON', '<html>'],
    ['another shape', '{"x":[]}'],
    ['half of it', '{"data":[{"id"'],
  ])('refuses %s', async (_what, content) => {
    expect(await feed.load(filesOf({ '8/errata.full.json': content }), '8', null)).toMatchObject({
      error: { is: 'malformed' },
    })
  })

  it('loses only the notices that are bad', async () => {
    const bad = [1, {}, { id: 'ALSA-2021:1', packages: [{ name: 'a' }] }, { id: '../x', packages: [] }]
    const good = notice('ALSA-2022:2', 'a', [{ name: 'a', evr: '1-1', src: 'a-1-1' }])
    const { advisories, skipped } = await load({ '8/errata.full.json': JSON.stringify({ data: [...bad, good] }) })

    expect(advisories.map(({ id }) => id)).toEqual(['ALSA-2022:2'])
    expect(skipped).toEqual([
      { reason: 'no-id', count: 2, examples: ['notice 2', 'notice 4'] },
      { reason: 'malformed-package', count: 1, examples: ['notice 3'] },
      { reason: 'not-an-object', count: 1, examples: ['notice 1'] },
    ])
  })

  it('answers any JSON without throwing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async content => {
        const files = filesOf({ '8/errata.full.json': `{"data":[{"id":"ALSA-2021:1","packages":${content}}]}` })
        expect((await feed.load(files, '8', null)).ok).toBe(true)
      }),
    )
  })
})
