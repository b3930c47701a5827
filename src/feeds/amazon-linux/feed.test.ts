import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { testFeeds } from '../../../test/support/test-feeds.ts'
import { err, ok } from '../../base/result.ts'
import type { Advisory } from '../../domain/advisory.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import type { FeedFiles, FeedPart } from '../feed.ts'
import { amazonLinuxFeed } from './feed.ts'
import { timeOf } from '../updateinfo-notices.ts'

const feed = amazonLinuxFeed(ecosystemOf('rpm'))

type Files = Record<string, string | Uint8Array>

function filesOf(contents: Files, asked: string[] = []): FeedFiles {
  return {
    base: 'memory',
    below: address => (address.startsWith('https://mirror.example/') ? filesOf(contents, asked) : null),
    fetch(path) {
      asked.push(path)
      const content = contents[path]
      if (content === undefined) return Promise.resolve(err({ is: 'not-found', what: path }))
      return Promise.resolve(ok({ bytes: Buffer.from(content), validator: null }))
    },
  }
}

interface Notice {
  readonly id: string
  readonly packages: string
  readonly type?: string
  readonly cves?: readonly string[]
}

function notice({ id, packages, type = 'security', cves = ['CVE-2099-0001'] }: Notice): string {
  const references = cves.map(cve => `<reference href="http://cve.example/${cve}" id="${cve}" title="" type="cve"/>`)
  return `<update author="a" from="a" status="final" type="${type}" version="1.4"><id>${id}</id><title>Amazon &amp; co</title>
    <issued date="2018-01-11 21:05"/><updated date="2018-01-16 01:28"/><severity>important</severity>
    <description>a flaw</description><references>${references.join('')}
    <reference href="https://rhn.example/errata" id="RHSA-1" title="" type="redhat"/></references>
    <pkglist><collection short="al2"><name>AL2</name>${packages}</collection></pkglist></update>`
}

function pkg(name: string, version: string, release: string, arch = 'x86_64', epoch = '0'): string {
  return `<package name="${name}" version="${version}" release="${release}" epoch="${epoch}" arch="${arch}"><filename>f</filename></package>`
}

/** A repository at `folder` with its index. */
function repository(folder: string, notices: string, overrides: { readonly checksum?: string } = {}): Files {
  const gz = gzipSync(`<?xml version="1.0" ?><updates>${notices}</updates>`)
  const checksum = overrides.checksum ?? createHash('sha256').update(gz).digest('hex')
  const index = `<?xml version="1.0"?><repomd xmlns="r"><revision>1</revision>
    <data type="primary"><checksum type="sha256">00</checksum><location href="repodata/primary.xml.gz"/></data>
    <data type="updateinfo"><checksum type="sha256">${checksum}</checksum><open-checksum type="sha256">11</open-checksum>
    <location href="repodata/updateinfo.xml.gz"/></data></repomd>`
  return { [`${folder}repodata/repomd.xml`]: index, [`${folder}repodata/updateinfo.xml.gz`]: gz }
}

const LIST = '2/core/latest/x86_64/mirror.list'
const ARM_LIST = '2/core/latest/aarch64/mirror.list'

function core(notices: string, armNotices?: string): Files {
  const arm =
    armNotices === undefined
      ? {}
      : {
          [ARM_LIST]: 'https://cdn.amazonlinux.com/2/core/2.0/aarch64/b',
          ...repository('2/core/2.0/aarch64/b/', armNotices),
        }
  return {
    [LIST]: 'https://cdn.amazonlinux.com/2/core/2.0/x86_64/a/\n',
    ...repository('2/core/2.0/x86_64/a/', notices),
    ...arm,
  }
}

async function load(files: FeedFiles, part = '2/core', validator: string | null = null): Promise<FeedPart> {
  const loaded = await feed.load(files, part, validator)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  if (loaded.value === 'unchanged') throw new Error('nothing was held')
  return loaded.value
}

function entriesOf(advisories: readonly Advisory[], id: string): string[] {
  const entries = advisories.find(advisory => advisory.id === id)?.affected ?? []
  return entries.map(({ namespace, name, ranges, channel, arches }) => {
    const ends = ranges.map(range =>
      'end' in range && range.end !== 'no-fix-known' && 'fixed' in range.end
        ? `< ${range.end.fixed.text}`
        : 'unreadable',
    )
    return `${namespace} ${name} ${ends.join(' or ')}${channel === undefined ? '' : ` in ${channel}`}${arches === undefined ? '' : ` on ${arches.join(' ')}`}`
  })
}

describe('notices of Amazon Linux', () => {
  it('name binary packages with their epoch, and the CVEs, word and times of the vendor', async () => {
    const packages = pkg('kernel', '4.14.1', '1.amzn2') + pkg('qemu', '1.5', '2.amzn2', 'x86_64', '10')
    const { advisories } = await load(
      filesOf(core(notice({ id: 'ALAS2-1', packages: packages + pkg('kernel', '9', '9', 'src') }))),
    )

    expect(entriesOf(advisories, 'ALAS2-1')).toEqual(['amzn:2 kernel < 4.14.1-1.amzn2', 'amzn:2 qemu < 10:1.5-2.amzn2'])
    expect(advisories).toMatchObject([
      {
        source: 'AMAZON_CVE',
        upstream: ['CVE-2099-0001'],
        summary: 'Amazon & co',
        details: 'a flaw',
        severities: [{ system: 'word', word: 'important' }],
        references: ['https://rhn.example/errata'],
        published: Date.parse('2018-01-11T21:05:00Z'),
        modified: Date.parse('2018-01-16T01:28:00Z'),
      },
    ])
  })

  it('of both architectures are one, with the packages of both', async () => {
    const x86 = pkg('kernel', '4.14.1', '1.amzn2') + pkg('only-x86', '1', '1')
    const arm = pkg('kernel', '4.14.1', '2.amzn2', 'aarch64') + pkg('only-arm', '1', '1', 'aarch64')
    const { advisories, recordCount } = await load(
      filesOf(core(notice({ id: 'ALAS2-1', packages: x86 }), notice({ id: 'ALAS2-1', packages: arm }))),
    )

    expect(recordCount).toBe(1)
    expect(entriesOf(advisories, 'ALAS2-1')).toEqual([
      'amzn:2 kernel < 4.14.1-1.amzn2 on x86_64',
      'amzn:2 kernel < 4.14.1-2.amzn2 on aarch64',
      'amzn:2 only-x86 < 1-1',
      'amzn:2 only-arm < 1-1 on aarch64',
    ])
  })

  it('that fix one CVE in one package twice are both kept', async () => {
    const first = notice({ id: 'ALAS2-1', packages: pkg('kernel', '4.14.1', '1.amzn2') })
    const second = notice({ id: 'ALAS2-2', packages: pkg('kernel', '4.14.9', '1.amzn2') })
    const { advisories } = await load(filesOf(core(first + second)))

    expect(advisories.map(({ id }) => id)).toEqual(['ALAS2-1', 'ALAS2-2'])
  })

  it('are about every architecture where they name none, and are rated by words alone', async () => {
    const long = notice({ id: 'A'.repeat(257), packages: pkg('a', '1', '1') })
    const odd = notice({ id: 'ALAS2-1', packages: pkg('a', '1', '1', '') }).replace('important', '7'.repeat(400))
    const { advisories, skipped } = await load(filesOf(core(long + odd)))

    expect(entriesOf(advisories, 'ALAS2-1')).toEqual(['amzn:2 a < 1-1'])
    expect(advisories).toMatchObject([{ id: 'ALAS2-1', severities: [] }])
    expect(skipped).toMatchObject([{ reason: 'no-id', count: 1 }])
  })

  it('without a CVE count when they are about security; others and bad ones are named', async () => {
    const packages = pkg('a', '1', '1')
    const notices = [
      notice({ id: 'ALAS2-1', packages, cves: [] }),
      notice({ id: 'ALAS2-2', packages, cves: [], type: 'bugfix' }),
      notice({ id: 'ALAS2-3', packages: '' }),
      notice({ id: '', packages }),
      notice({ id: 'ALAS2-4</id><id>x', packages }),
      notice({ id: 'ALAS2-5', packages: pkg('', '1', '1') + pkg('b', 'é', '1') }),
    ]
    const { advisories, recordCount, skipped } = await load(filesOf(core(notices.join(''))))

    expect(advisories.map(({ id }) => id)).toEqual(['ALAS2-1', 'ALAS2-5'])
    expect(entriesOf(advisories, 'ALAS2-5')).toEqual(['amzn:2 b unreadable'])
    expect(recordCount).toBe(6)
    expect(skipped).toEqual([
      { reason: 'duplicate-element', count: 1, examples: ['x'] },
      { reason: 'no-id', count: 1, examples: ['notice 4'] },
      { reason: 'no-packages', count: 1, examples: ['ALAS2-3'] },
      { reason: 'not-about-security', count: 1, examples: ['ALAS2-2'] },
      { reason: 'package-without-version', count: 1, examples: ['ALAS2-5 '] },
    ])
  })

  it.each([
    ['2018-01-11 21:05', '2018-01-11T21:05:00Z'],
    ['2018-01-11 21:05:07', '2018-01-11T21:05:07Z'],
    ['2018-01-11', '2018-01-11T00:00:00Z'],
    ['2025-04-09T19:43:00Z', '2025-04-09T19:43:00Z'],
  ])('%s is %s', (text, expected) => {
    expect(timeOf(text)).toBe(Date.parse(expected))
  })
})

describe('extras of Amazon Linux 2', () => {
  const docker = '2/extras/docker/latest/x86_64/'
  const kernel = '2/extras/kernel-5.10/latest/x86_64/'
  const extras: Files = {
    [`${docker}mirror.list`]: 'https://mirror.example/other\nhttps://cdn.amazonlinux.com/2/extras/docker/1/x86_64/a\n',
    ...repository(
      '2/extras/docker/1/x86_64/a/',
      notice({ id: 'ALAS2DOCKER-1', packages: pkg('docker', '20.10', '1') }),
    ),
    // A mirror may hold the repository beside where its list would be.
    ...repository(kernel, notice({ id: 'ALAS2KERNEL-5.10-1', packages: pkg('kernel', '5.10.1', '1') })),
  }

  it('are channels of their own, found through the catalogue', async () => {
    const catalogue = { topics: [{ n: 'docker' }, { n: 'kernel-5.10' }, { n: '../x' }, {}, { n: 'gone' }] }
    const files = { ...extras, '2/extras-catalog-x86_64.json': JSON.stringify(catalogue) }
    const asked: string[] = []
    const { advisories } = await load(filesOf(files, asked), '2/extras')

    expect(entriesOf(advisories, 'ALAS2DOCKER-1')).toEqual(['amzn:2 docker < 20.10-1 in docker'])
    expect(entriesOf(advisories, 'ALAS2KERNEL-5.10-1')).toEqual(['amzn:2 kernel < 5.10.1-1 in kernel-5.10'])
    expect(asked.filter(path => path.includes('..'))).toEqual([])
  })

  it('never share an id: the first that has it keeps it', async () => {
    const same = repository(
      '2/extras/vim/latest/x86_64/',
      notice({ id: 'ALAS2DOCKER-1', packages: pkg('docker', '9', '1') }),
    )
    const { advisories, skipped } = await load(filesOf({ ...extras, ...same }), '2/extras')

    expect(entriesOf(advisories, 'ALAS2DOCKER-1')).toEqual(['amzn:2 docker < 20.10-1 in docker'])
    expect(skipped).toEqual([{ reason: 'id-of-two-repositories', count: 1, examples: ['ALAS2DOCKER-1'] }])
  })

  it('are looked for by name where there is no catalogue', async () => {
    expect((await load(filesOf(extras), '2/extras')).advisories).toHaveLength(2)
    expect(await feed.load(filesOf({}), '2/extras', null)).toMatchObject({ error: { is: 'not-found' } })
  })
})

describe('syncing Amazon Linux', () => {
  const some = notice({ id: 'ALAS2-1', packages: pkg('a', '1', '1') })

  it('fetches no notices while the indexes give the same checksums', async () => {
    const { validator } = await load(filesOf(core(some)))
    const asked: string[] = []

    expect(await feed.load(filesOf(core(some), asked), '2/core', validator)).toEqual(ok('unchanged'))
    expect(asked.some(path => path.endsWith('.gz'))).toBe(false)
    expect((await load(filesOf(core(some, some)), '2/core', validator)).advisories).toHaveLength(1)
  })

  it('keeps what it has when an architecture that was there is gone', async () => {
    const { validator } = await load(filesOf(core(some, some)))

    expect(await feed.load(filesOf(core(some)), '2/core', validator)).toMatchObject({
      error: { is: 'not-found', what: `memory/${ARM_LIST}` },
    })
  })

  it('tries the mirrors of a list in turn', async () => {
    const files = {
      ...core(some),
      [LIST]: 'https://elsewhere.example/\nhttps://mirror.example/x\nhttps://cdn.amazonlinux.com/2/core/2.0/x86_64/a',
    }

    expect((await load(filesOf(files))).advisories).toHaveLength(1)
  })

  const gz = '2/core/2.0/x86_64/a/repodata/updateinfo.xml.gz'
  const index = '2/core/2.0/x86_64/a/repodata/repomd.xml'
  it.each<[string, Files, string]>([
    ['no repository', { [LIST]: 'https://cdn.amazonlinux.com/nowhere' }, 'not-found'],
    ['a list of places that may not be asked', { [LIST]: 'https://elsewhere.example/' }, 'malformed'],
    ['an address that is none', { [LIST]: `https://cdn.amazonlinux.com/${'a/'.repeat(3_000)}` }, 'malformed'],
    ['notices that are not those of the index', { ...core(some), [gz]: gzipSync('<updates/>') }, 'malformed'],
    ['an index that is no XML', { ...core(some), [index]: 'oops' }, 'malformed'],
    ['an index with entities', { ...core(some), [index]: '<!DOCTYPE x [<!ENTITY a "b">]><repomd/>' }, 'malformed'],
    [
      'an index without a checksum that is read',
      { ...core(some), [index]: '<repomd><data type="updateinfo"><location href="x"/></data></repomd>' },
      'malformed',
    ],
    [
      'an index that leads to no file',
      {
        ...core(some),
        [index]: `<repomd><data type="updateinfo"><checksum type="sha256">${'0'.repeat(64)}</checksum><location href="${'x/'.repeat(3_000)}"/></data></repomd>`,
      },
      'malformed',
    ],
    ['notices that are half a document', core('<update>'), 'malformed'],
    ['notices with a document type', core('<!DOCTYPE a>'), 'malformed'],
  ])('refuses %s', async (_what, files, is) => {
    expect(await feed.load(filesOf(files), '2/core', null)).toMatchObject({ ok: false, error: { is } })
  })

  it('refuses notices that inflate beyond all measure', async () => {
    const bomb = gzipSync(`<updates>${' '.repeat(300_000_000)}</updates>`)
    const checksum = createHash('sha256').update(bomb).digest('hex')
    const files = { ...core(some), ...repository('2/core/2.0/x86_64/a/', '', { checksum }), [gz]: bomb }

    expect(await feed.load(filesOf(files), '2/core', null)).toMatchObject({ ok: false, error: { is: 'malformed' } })
  })
})

const FEEDS = testFeeds()

describe('real notices', () => {
  describe.skipIf(FEEDS === null)('of a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
    it('are read to the last one', async () => {
      const mirror = folderFeedFiles(FEEDS ?? '')
      const inside = folderFeedFiles(join(FEEDS ?? '', 'amazon-linux'))
      const files: FeedFiles = { ...inside, below: address => mirror.below?.(address) ?? null }
      const counts: Record<string, number> = {}
      const advisories: Advisory[] = []
      for (const part of feed.parts) {
        const loaded = await load(files, part)
        counts[part] = loaded.recordCount
        expect(loaded.skipped).toEqual([])
        advisories.push(...loaded.advisories)
      }

      expect(counts).toEqual({
        '2/core': 4,
        '2/extras': 1,
        '2018.03/updates': 2,
        'al2022/core': 2,
        'al2023/core': 2,
        'al2023/kernel-livepatch': 1,
        'al2023/nvidia': 1,
      })
      expect(entriesOf(advisories, 'ALAS2-2018-942')).toContain('amzn:2 qemu-kvm < 10:1.5.3-141.amzn2.5.3')
      expect(entriesOf(advisories, 'ALAS2KERNEL-5.15-2022-001')).toContain(
        'amzn:2 kernel < 5.15.43-20.123.amzn2 in kernel-5.15',
      )
    })
  })
})
