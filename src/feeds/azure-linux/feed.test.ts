import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { judgeFeed } from '../../../test/support/judging-feed.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { azureLinuxFeed } from './feed.ts'

const feed = azureLinuxFeed(ecosystemOf('rpm'))
const names = ['azurelinux-3.0-oval.xml', 'cbl-mariner-2.0-oval.xml'] as const
const files = feedFilesOf(
  Object.fromEntries(names.map(name => [name, readFileSync(new URL(`testdata/${name}`, import.meta.url))])),
)

function mariner(name: string, version: string, also = ''): string {
  return `pkg:rpm/mariner/${name}@${version}?arch=x86_64&distro=mariner-2.0${also}`
}

describe('definitions of Azure Linux', () => {
  it('name the flaw, the word and the day, and both ends of what is affected', async () => {
    const loaded = await feed.load(files, 'azurelinux-3', null)

    expect(loaded).toMatchObject({
      ok: true,
      value: {
        recordCount: 2,
        skipped: [],
        advisories: [
          {
            id: 'oval:com.microsoft.azurelinux:def:39708',
            upstream: ['CVE-2024-24258'],
            severities: [{ system: 'word', word: 'high' }],
            published: Date.parse('2024-04-17T22:02:46Z'),
            affected: [{ namespace: 'azurelinux:3', name: 'freeglut' }],
          },
          { id: 'oval:com.microsoft.azurelinux:def:39076' },
        ],
      },
    })
  })

  it.each([
    ['1.20.6-1.cm2', true],
    ['1.20.7-1.cm2', false],
    ['1.19.1-1.cm2', true],
    ['1.18.8-1.cm2', false],
  ])('hold golang %s against both ends', async (version, expected) => {
    const { affected } = await judgeFeed(feed, files, 'mariner-2', [mariner('golang', version)])

    expect(affected).toEqual(expected ? [`golang ${version} x86_64: CVE-2023-29404`] : [])
  })

  it('count without a fix, and not at all when they were never applicable', async () => {
    const { affected } = await judgeFeed(feed, files, 'mariner-2', [
      mariner('bind', '9.16.33-1.cm2'),
      mariner('bind', '9.16.44-1.cm2'),
      mariner('glibc', '2.35-4.cm2'),
    ])

    expect(affected).toEqual(['bind 9.16.33-1.cm2 x86_64: CVE-2022-3736'])
  })

  it('name source packages, whose names carry no epoch', async () => {
    const { affected } = await judgeFeed(feed, files, 'mariner-2', [
      mariner('mysql-libs', '8.0.32-1.cm2', '&epoch=1&upstream=mysql-8.0.32-1.cm2.src.rpm'),
      mariner('mysql-devel', '8.0.33-1.cm2', '&upstream=mysql-8.0.33-1.cm2.src.rpm'),
    ])

    expect(affected).toEqual(['mysql-libs 1:8.0.32-1.cm2 x86_64: CVE-2023-21980'])
  })
})
