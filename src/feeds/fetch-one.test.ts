import { describe, expect, it } from 'vitest'
import { err, ok } from '../base/result.ts'
import type { FeedFiles } from './feed.ts'
import { fetchOne, utf8Text, type FileContent, type OneFile } from './fetch-one.ts'

const CONTENT: FileContent = { recordCount: 1, skipped: [], newestModified: null }

class Unreadable extends Error {}

function aFile(given: Partial<OneFile> = {}): OneFile {
  return { paths: ['a.json'], limitBytes: 100, revision: 1, parse: () => ok(CONTENT), ...given }
}

/** Files whose validators are their own content; remembers what it was asked. */
function filesOf(contents: Readonly<Record<string, string>>, asked: string[] = []): FeedFiles {
  return {
    base: 'https://feeds.example',
    async fetch(path, { validator }) {
      asked.push(`${path} ${validator ?? '-'}`)
      const content = contents[path]
      if (content === undefined) return err({ is: 'not-found', what: `https://feeds.example/${path}` })
      if (validator === content) return ok('unchanged')
      return ok({ bytes: new TextEncoder().encode(content), validator: content === '' ? null : content })
    },
  }
}

async function validatorOf(contents: Readonly<Record<string, string>>, file: OneFile): Promise<string | null> {
  const loaded = await fetchOne(filesOf(contents), 'part', null, file)
  if (!loaded.ok || loaded.value === 'unchanged') throw new Error('nothing was loaded')
  return loaded.value.validator
}

describe('a part that is one file', () => {
  it('is parsed, and unchanged while its validator holds', async () => {
    const files = filesOf({ 'a.json': 'one' })

    const loaded = await fetchOne(files, 'part', null, aFile())

    expect(loaded).toEqual(ok({ ...CONTENT, part: 'part', advisories: [], validator: 'r1 one' }))
    expect(await fetchOne(files, 'part', 'r1 one', aFile())).toEqual(ok('unchanged'))
  })

  it('is parsed anew by another revision of its parser, and where nothing tells that it is the same', async () => {
    const asked: string[] = []
    const files = filesOf({ 'a.json': 'one' }, asked)

    await fetchOne(files, 'part', 'r1 one', aFile({ revision: 2 }))
    await fetchOne(files, 'part', 'r10 one', aFile())

    expect(asked).toEqual(['a.json -', 'a.json -'])
    expect(await validatorOf({ 'a.json': '' }, aFile())).toBeNull()
  })

  it('is the first of its names that the source has; what another one gave is not held', async () => {
    const file = aFile({ paths: ['a.json', 'b.json'] })
    const asked: string[] = []

    expect(await validatorOf({ 'b.json': 'two' }, file)).toBe('r1 b.json two')
    await fetchOne(filesOf({ 'a.json': 'two', 'b.json': 'two' }, asked), 'part', 'r1 b.json two', file)
    expect(asked).toEqual(['a.json -'])
    expect(await fetchOne(filesOf({}), 'part', null, file)).toMatchObject({
      ok: false,
      error: { is: 'not-found', what: 'https://feeds.example/a.json' },
    })
  })

  it.each<[string, Partial<OneFile>]>([
    ['its parser says so', { parse: () => err('it is nothing') }],
    [
      'its parser fails in a way that is told',
      { parse: () => Promise.reject(new Unreadable('it is nothing')), faults: [Unreadable] },
    ],
  ])('is malformed where %s', async (_, given) => {
    expect(await fetchOne(filesOf({ 'a.json': 'one' }), 'part', null, aFile(given))).toEqual(
      err({ is: 'malformed', what: 'https://feeds.example/a.json', detail: 'it is nothing' }),
    )
  })

  it('lets a mistake of its parser through', async () => {
    const file = aFile({ parse: () => Promise.reject(new TypeError('a mistake')), faults: [Unreadable] })

    await expect(fetchOne(filesOf({ 'a.json': 'one' }), 'part', null, file)).rejects.toThrow('a mistake')
  })
})

describe('utf8Text', () => {
  it('takes nothing else for text', () => {
    expect(utf8Text(Uint8Array.of(0xc3, 0xa9))).toEqual(ok('é'))
    expect(utf8Text(Uint8Array.of(0xc3))).toEqual(err('it is not UTF-8'))
  })
})
