import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { buildTar } from '../../../test/support/tar-builder.ts'
import { testFeeds } from '../../../test/support/test-feeds.ts'
import { rpm } from '../../ecosystems/rpm/ecosystem.ts'
import { folderFeedFiles } from '../../system/feed-files.ts'
import type { FeedFiles, FeedPart, FeedPatch } from '../feed.ts'
import { redhatCsafFeed } from './feed.ts'

const feed = redhatCsafFeed(rpm)
const FOLDER = 'data/csaf/v2/vex'
const LIBSSH = '2026/cve-2026-0968.json'
const LIBXML2 = '2023/cve-2023-28484.json'
const REDIS = '2022/cve-2022-24834.json'

function document(path: string): string {
  return readFileSync(new URL(`testdata/${path.slice(5)}`, import.meta.url), 'utf8')
}

function archiveOf(...paths: readonly string[]): Uint8Array {
  return zstdCompressSync(buildTar(paths.map(path => ({ path, content: document(path) }))))
}

function csv(...lines: readonly (readonly [path: string, time: string])[]): string {
  return lines.map(([path, time]) => `"${path}","${time}"\n`).join('')
}

/** A source with an archive of 2026-08-04 that holds two documents; libssh changed after it. */
function aSource(more: Readonly<Record<string, string | Uint8Array>> = {}): Record<string, string | Uint8Array> {
  return {
    [`${FOLDER}/archive_latest.txt`]: 'csaf_vex_2026-08-04.tar.zst\n',
    [`${FOLDER}/csaf_vex_2026-08-04.tar.zst`]: archiveOf(LIBXML2, REDIS),
    [`${FOLDER}/changes.csv`]: csv(
      [LIBSSH, '2026-08-05T01:00:00+00:00'],
      [LIBXML2, '2026-08-01T01:00:00+00:00'],
      [REDIS, '2026-07-01T01:00:00+00:00'],
    ),
    [`${FOLDER}/${LIBSSH}`]: document(LIBSSH),
    ...more,
  }
}

async function loaded(files: FeedFiles, validator: string | null = null, part = 'vex'): Promise<FeedPart> {
  const result = await feed.load(files, part, validator)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  if (result.value === 'unchanged') throw new Error('unchanged')
  return result.value
}

/** A patch since `time`, whatever the lists were like then. */
async function patched(files: FeedFiles, time: string): Promise<FeedPatch | 'unchanged' | 'whole'> {
  const validator = `until ${Date.parse(time)}\nr1 {"x":"other"}`
  const result = await feed.patch?.(files, 'vex', validator)
  if (result?.ok !== true) throw new Error(JSON.stringify(result?.error))
  return result.value
}

const ids = (part: { readonly advisories: FeedPart['advisories'] }): readonly string[] =>
  part.advisories.map(({ id }) => id).sort()

describe('a whole part', () => {
  it('is the archive with what changed since', async () => {
    const part = await loaded(feedFilesOf(aSource()))

    expect(ids(part)).toEqual(['REDHAT-CVE-2022-24834', 'REDHAT-CVE-2023-28484', 'REDHAT-CVE-2026-0968'])
    expect(part.recordCount).toBe(3)
    expect(part.newestModified).toBe(Date.parse('2026-08-05T01:00:00Z'))
  })

  it('leaves out what was deleted and has not come back', async () => {
    const deletions = csv([REDIS, '2026-08-02T00:00:00+00:00'], [LIBSSH, '2026-08-03T00:00:00+00:00'])

    const part = await loaded(feedFilesOf(aSource({ [`${FOLDER}/deletions.csv`]: deletions })))

    expect(ids(part)).toEqual(['REDHAT-CVE-2023-28484', 'REDHAT-CVE-2026-0968'])
  })

  it('takes a changed document before the one in the archive', async () => {
    const changed = document(REDIS).replaceAll('6.2.17-1.el9_5', '6.2.18-1.el9_5')
    const source = aSource({
      [`${FOLDER}/changes.csv`]: csv([REDIS, '2026-08-04T00:00:00+00:00']),
      [`${FOLDER}/${REDIS}`]: changed,
    })

    const part = await loaded(feedFilesOf(source))

    expect(JSON.stringify(part.advisories)).toContain('6.2.18-1.el9_5')
    expect(JSON.stringify(part.advisories)).not.toContain('6.2.17-1.el9_5')
  })

  it('is read from the index where there is no archive', async () => {
    const files = feedFilesOf({
      [`${FOLDER}/changes.csv`]: csv([LIBSSH, '2026-08-05T01:00:00+00:00']),
      [`${FOLDER}/index.txt`]: `${LIBSSH}\n${REDIS}\n../../etc/passwd\n`,
      [`${FOLDER}/${LIBSSH}`]: document(LIBSSH),
      [`${FOLDER}/${REDIS}`]: document(REDIS),
    })

    const part = await loaded(files)

    expect(ids(part)).toEqual(['REDHAT-CVE-2022-24834', 'REDHAT-CVE-2026-0968'])
    expect(part.skipped).toContainEqual({ reason: 'line-unreadable', count: 1, examples: ['../../etc/passwd'] })
  })

  it('is unchanged while its lists are', async () => {
    const files = feedFilesOf(aSource())
    const { validator } = await loaded(files)

    expect(await feed.load(files, 'vex', validator)).toEqual({ ok: true, value: 'unchanged' })
    expect(await feed.patch?.(files, 'vex', validator ?? '')).toEqual({ ok: true, value: 'unchanged' })
  })

  it('keeps its other documents when one cannot be read', async () => {
    const deleted = document(LIBSSH).replace('"status":"final"', '"status":"deleted"')
    const archive = buildTar([
      { path: '2022/', type: '5' },
      { path: REDIS, content: document(REDIS) },
      { path: '2022/cve-2022-0001.json', content: '{' },
      { path: '2022/cve-2022-0002.json', content: document(REDIS) },
      { path: 'README', content: 'not a document' },
    ])
    const source = aSource({
      [`${FOLDER}/csaf_vex_2026-08-04.tar.zst`]: zstdCompressSync(archive),
      [`${FOLDER}/${LIBSSH}`]: deleted,
    })

    const part = await loaded(feedFilesOf(source))

    expect(ids(part)).toEqual(['REDHAT-CVE-2022-24834'])
    expect(part.skipped.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['document-deleted', 'id-not-of-file', 'not-json']),
    )
  })

  it.each([
    [
      'an archive that is cut',
      { [`${FOLDER}/csaf_vex_2026-08-04.tar.zst`]: archiveOf(REDIS).subarray(0, 200) },
      'malformed',
    ],
    [
      'an archive of nothing',
      { [`${FOLDER}/csaf_vex_2026-08-04.tar.zst`]: zstdCompressSync(buildTar([])) },
      'malformed',
    ],
    ['an archive that is none', { [`${FOLDER}/csaf_vex_2026-08-04.tar.zst`]: '<html>' }, 'malformed'],
    ['a name that leads elsewhere', { [`${FOLDER}/archive_latest.txt`]: '../../../secrets.tar.zst' }, 'malformed'],
    ['an archive that is not there', { [`${FOLDER}/archive_latest.txt`]: 'csaf_vex_2026-08-09.tar.zst' }, 'not-found'],
  ])('fails with its place: %s', async (_case, more, is) => {
    const result = await feed.load(feedFilesOf(aSource(more)), 'vex', null)

    expect(result).toMatchObject({ ok: false, error: { is } })
    expect(JSON.stringify(result)).toContain(FOLDER)
  })

  it('fails when a changed document cannot be had, rather than keeping the old one', async () => {
    const { [`${FOLDER}/${LIBSSH}`]: _gone, ...source } = aSource()

    expect(await feed.load(feedFilesOf(source), 'vex', null)).toMatchObject({ ok: false, error: { is: 'not-found' } })
  })
})

describe('what changed in a part', () => {
  it('is the documents that changed, and the ids of those that went', async () => {
    const deletions = csv(
      [REDIS, '2026-08-05T00:00:00+00:00'],
      ['2020/cve-2020-0001.json', '2019-01-01T00:00:00+00:00'],
    )
    const files = feedFilesOf(aSource({ [`${FOLDER}/deletions.csv`]: deletions }))

    const patch = await patched(files, '2026-08-04T12:00:00Z')

    expect(patch).toMatchObject({ part: 'vex', goneIds: ['REDHAT-CVE-2022-24834'], recordCount: null })
    expect(typeof patch === 'string' ? [] : ids(patch)).toEqual(['REDHAT-CVE-2026-0968'])
  })

  it('takes back what a document no longer says', async () => {
    const deleted = document(LIBSSH).replace('"status":"final"', '"status":"deleted"')
    const files = feedFilesOf(aSource({ [`${FOLDER}/${LIBSSH}`]: deleted }))

    expect(await patched(files, '2026-08-05T01:00:00Z')).toMatchObject({
      advisories: [],
      goneIds: ['REDHAT-CVE-2026-0968'],
    })
  })

  it('says all of it as the whole would', async () => {
    const files = feedFilesOf(aSource())
    const whole = await loaded(files)

    const patch = await patched(files, '2026-08-04T12:00:00Z')

    expect(patch).toMatchObject({ validator: whole.validator, newestModified: whole.newestModified })
  })

  it.each([
    ['reach back further than the list does', '2020-01-01T00:00:00Z'],
    ['are from after the newest change', '2030-01-01T00:00:00Z'],
  ])('is told by the whole when what is held would %s', async (_case, time) => {
    expect(await patched(feedFilesOf(aSource()), time)).toBe('whole')
  })

  it('is told by the whole after another parser, or beyond thousands of documents', async () => {
    const many = Array.from(
      { length: 3_001 },
      (_, at) => [`2026/cve-2026-${10_000 + at}.json`, '2026-08-05T01:00:00Z'] as const,
    )
    const files = feedFilesOf(aSource({ [`${FOLDER}/changes.csv`]: csv(...many, [REDIS, '2026-07-01T01:00:00Z']) }))

    expect(await feed.patch?.(files, 'vex', 'until 1\nr0 {}')).toEqual({ ok: true, value: 'whole' })
    expect(await patched(files, '2026-08-01T00:00:00Z')).toBe('whole')
  })
})

const FEEDS = testFeeds()
const MIRROR = join(FEEDS ?? '', 'redhat-csaf')

describe.skipIf(FEEDS === null || !existsSync(MIRROR))('a mirror (set OPENINSPECTOR_TEST_FEEDS)', () => {
  const counted = ({ skipped }: FeedPart) => Object.fromEntries(skipped.map(({ reason, count }) => [reason, count]))

  it('holds 31 documents of flaws', async () => {
    const part = await loaded(folderFeedFiles(MIRROR))

    expect(part.recordCount).toBe(31)
    expect(part.advisories).toHaveLength(26)
    // Five are about images, language packages or products as a whole.
    expect(counted(part)).toEqual({
      'debugging-symbols': 912,
      'not-an-rpm': 545,
      'not-affected-elsewhere': 98,
      'module-itself': 10,
      'affected-and-fixed': 6,
      'nothing-about-rpms': 5,
      'other-distribution': 11,
      'component-unreadable': 3,
      'product-unknown': 2,
      'product-without-component': 3,
    })
  })

  it('holds 17 advisories', async () => {
    const part = await loaded(folderFeedFiles(MIRROR), null, 'advisories')

    expect(part.recordCount).toBe(17)
    // Three are about images; one has three groups of flaws that differ in what they say.
    expect(part.advisories).toHaveLength(16)
    expect(counted(part)).toEqual({
      'debugging-symbols': 1198,
      'not-an-rpm': 66,
      'module-itself': 3,
      'nothing-about-rpms': 3,
    })
  })

  it('holds the same without its archive', async () => {
    const files = folderFeedFiles(MIRROR)
    const withoutArchive: FeedFiles = {
      ...files,
      fetch: (path, options) =>
        path.endsWith('archive_latest.txt') ? feedFilesOf({}).fetch(path, options) : files.fetch(path, options),
    }

    expect(ids(await loaded(withoutArchive))).toEqual(ids(await loaded(files)))
  })
})
