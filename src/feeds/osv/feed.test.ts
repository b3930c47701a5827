import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { zipOf } from '../../../test/support/zip-of.ts'
import { err, ok } from '../../base/result.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import type { FeedFiles, FeedPatch } from '../feed.ts'
import { osvFeed } from './feed.ts'

const feed = osvFeed(ECOSYSTEMS)

/** Records by id; those of the same minute as the first are listed by id. */
type Source = ReadonlyMap<string, { readonly modified: string; readonly isInformational?: true }>

function aSource(...records: readonly (readonly [id: string, modified: string, isInformational?: true])[]): Source {
  return new Map(
    records.map(([id, modified, isInformational]) => [id, { modified, ...(isInformational && { isInformational }) }]),
  )
}

/** So many records, an hour apart, the last the newest. */
function hourly(count: number, from = 0): readonly (readonly [string, string])[] {
  return Array.from({ length: count }, (_, at) => [`GHSA-${from + at}`, hour(from + at)])
}

function hour(at: number): string {
  return new Date(Date.UTC(2026, 0, 1, at)).toISOString()
}

function recordText(id: string, { modified, isInformational }: { modified: string; isInformational?: true }): string {
  const entry = {
    package: { ecosystem: 'npm', name: id },
    ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }],
    ...(isInformational && { database_specific: { informational: 'unmaintained' } }),
  }
  return JSON.stringify({ id, modified, affected: [entry] })
}

/** A mirror that has what upstream has, unless it is left out; counts what is asked of it. */
function mirrorOf(source: Source, without: { readonly records?: true; readonly list?: true } = {}) {
  const rows = [...source].toSorted(([, a], [, b]) => (a.modified > b.modified ? -1 : 1))
  const files: Record<string, string | Uint8Array> = {
    'npm/all.zip': zipOf([...source].map(([id, record]) => ({ name: `${id}.json`, content: recordText(id, record) }))),
  }
  if (without.list === undefined) {
    files['npm/modified_id.csv'] = rows.map(([id, { modified }]) => `${modified},${id}\n`).join('')
  }
  if (without.records === undefined) {
    for (const [id, record] of source) files[`npm/${id}.json`] = recordText(id, record)
  }
  const asked: string[] = []
  const inside = feedFilesOf(files)
  const validator = `of ${JSON.stringify([...source])}`
  const mirror: FeedFiles = {
    base: inside.base,
    async fetch(path, options) {
      asked.push(path.slice('npm/'.length))
      const fetched = await inside.fetch(path, { ...options, validator: null })
      if (!fetched.ok || fetched.value === 'unchanged') return fetched
      return ok(options.validator === validator ? 'unchanged' : { ...fetched.value, validator })
    },
  }
  return { mirror, asked }
}

async function loaded(source: Source) {
  const part = await feed.load(mirrorOf(source).mirror, 'npm', null)
  if (!part.ok || part.value === 'unchanged' || part.value.validator === null) throw new Error('not loaded')
  return { ...part.value, validator: part.value.validator }
}

async function patched(files: FeedFiles, validator: string): Promise<FeedPatch | 'unchanged' | 'whole'> {
  const patch = await feed.patch?.(files, 'npm', validator)
  if (patch === undefined || !patch.ok) throw new Error(JSON.stringify(patch))
  return patch.value
}

async function follow(from: Source, to: Source) {
  const { validator } = await loaded(from)
  const { mirror, asked } = mirrorOf(to)
  return { answer: await patched(mirror, validator), asked }
}

describe('the changes of an OSV part', () => {
  const many = hourly(300)

  it('are fetched record by record, and followed from there', async () => {
    const before = await loaded(aSource(...many))
    const after = aSource(
      ...many.slice(0, 298),
      ['GHSA-298', hour(400)],
      ['GHSA-299', hour(299)],
      ['GHSA-new', hour(401)],
    )
    const { mirror, asked } = mirrorOf(after)

    const patch = await patched(mirror, before.validator)

    expect(patch).toMatchObject({ goneIds: [], recordCount: 301, skipped: [], newestModified: Date.parse(hour(401)) })
    expect(patch).toHaveProperty('advisories.length', 2)
    expect(asked.sort()).toEqual(['GHSA-298.json', 'GHSA-new.json', 'modified_id.csv'])
    if (typeof patch === 'string' || patch.validator === null) throw new Error('no patch')
    expect(await patched(mirror, patch.validator)).toBe('unchanged')
  })

  it('are none right after a whole load: then only how far the list was read is new', async () => {
    const { answer, asked } = await follow(aSource(...many), aSource(...many))

    expect(answer).toMatchObject({ advisories: [], goneIds: [], recordCount: 300 })
    expect(asked).toEqual(['modified_id.csv'])
  })

  it('are seen behind rows of the future, which are not fetched again', async () => {
    const future = [
      ['GHSA-a', '2027-07-09T15:54:00Z'],
      ['GHSA-b', '2027-07-09T15:45:00Z'],
    ] as const
    const { answer, asked } = await follow(
      aSource(...many, ...future),
      aSource(...many, ...future, ['GHSA-new', hour(300)]),
    )

    expect(answer).toMatchObject({ advisories: [{ id: 'GHSA-new' }], goneIds: [] })
    expect(asked.sort()).toEqual(['GHSA-new.json', 'modified_id.csv'])
  })

  it('take out records that say nothing any more', async () => {
    const { answer } = await follow(aSource(...many), aSource(...many.slice(1), ['GHSA-0', hour(300), true]))

    expect(answer).toMatchObject({
      advisories: [],
      goneIds: ['GHSA-0'],
      skipped: [{ reason: 'informational', count: 1, examples: ['GHSA-0'] }],
    })
  })

  it('do not name records again that were refused when the whole was loaded', async () => {
    const source = aSource(...many, ['GHSA-unmaintained', hour(300), true])
    const { asked } = await follow(source, source)

    expect(asked).toEqual(['modified_id.csv'])
  })

  it.each<[string, Source, Source]>([
    ['a record was removed', aSource(...many), aSource(...many.slice(1))],
    ['one came in late', aSource(...many), aSource(...many, ['GHSA-late', hour(-5_000)])],
    ['too many changed', aSource(...many), aSource(...hourly(300, 1))],
    ['a day of changes went by', aSource(...many), aSource(...many, ...hourly(12, 325))],
  ])('are not enough when %s', async (what, from, to) => {
    const moved = what === 'too many changed' ? aSource(...[...to].map(([id]) => [id, hour(310)] as const)) : to

    expect((await follow(from, moved)).answer).toBe('whole')
  })

  it.each([
    ['no list', { list: true } as const],
    ['no records', { records: true } as const],
  ])('cannot be had of a mirror with %s', async (_what, without) => {
    const { validator } = await loaded(aSource(...many))
    const { mirror } = mirrorOf(aSource(...many, ['GHSA-new', hour(300)]), without)

    expect(await patched(mirror, validator)).toBe('whole')
  })

  it('cannot be had with what another parser read', async () => {
    const { mirror } = mirrorOf(aSource(...many))

    expect(await patched(mirror, 'r1.semver "v1"')).toBe('whole')
    expect((await feed.load(mirror, 'npm', 'r1.semver "v1"')).ok).toBe(true)
  })

  it.each([
    ['of another id', recordText('GHSA-other', { modified: hour(300) }), 'record-of-another-id'],
    ['that is no JSON', '{', 'not-json'],
    ['that is no text', new Uint8Array([0xff]), 'record-not-utf8'],
  ])('leave out a record %s', async (_what, content, reason) => {
    const { validator } = await loaded(aSource(...many))
    const { mirror } = mirrorOf(aSource(...many, ['GHSA-new', hour(300)]))
    const files: FeedFiles = {
      ...mirror,
      fetch: (path, options) =>
        path === 'npm/GHSA-new.json'
          ? feedFilesOf({ [path]: content }).fetch(path, options)
          : mirror.fetch(path, options),
    }

    expect(await patched(files, validator)).toMatchObject({
      advisories: [],
      goneIds: ['GHSA-new'],
      skipped: [{ reason, count: 1, examples: ['GHSA-new'] }],
    })
  })

  it.each([
    ['time', 'yesterday,GHSA-1\n'],
    ['id', `${hour(1)},../../etc/passwd\n`],
    ['id of its own', `${hour(1)}\n`],
  ])('are not believed when a row has no %s', async (_what, list) => {
    const { validator } = await loaded(aSource(...many))
    const files = feedFilesOf({ 'npm/modified_id.csv': list })

    expect(await feed.patch?.(files, 'npm', validator)).toMatchObject({ ok: false, error: { is: 'malformed' } })
  })

  it('fail with a source that goes down half-way', async () => {
    const { validator } = await loaded(aSource(...many))
    const { mirror } = mirrorOf(aSource(...many, ['GHSA-new', hour(300)], ['GHSA-newer', hour(301)]))
    const down = err({ is: 'unreachable', what: 'x', detail: 'no route' } as const)
    const files: FeedFiles = {
      ...mirror,
      fetch: (path, options) => (path.endsWith('newer.json') ? Promise.resolve(down) : mirror.fetch(path, options)),
    }

    expect(await feed.patch?.(files, 'npm', validator)).toEqual(down)
  })

  it('lead to the same as a whole load, whatever happens in between', async () => {
    const change = fc.record({
      touched: fc.uniqueArray(fc.nat(40), { maxLength: 5 }),
      removed: fc.uniqueArray(fc.nat(40), { maxLength: 1 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async changes => {
        let source = aSource(...hourly(30))
        let { validator, advisories } = await loaded(source)
        let held = new Map(advisories.map(advisory => [advisory.id, advisory.modified]))
        for (const [at, { touched, removed }] of changes.entries()) {
          const next = new Map(source)
          for (const one of touched) next.set(`GHSA-${one}`, { modified: hour(100 + at) })
          // A removal beside an addition is seen a day later; alone it is seen at once.
          if (touched.length === 0) for (const one of removed) next.delete(`GHSA-${one}`)
          source = next
          const { mirror } = mirrorOf(source)
          const patch = await patched(mirror, validator)
          if (patch === 'unchanged') continue
          if (patch === 'whole') {
            ;({ validator, advisories } = await loaded(source))
            held = new Map(advisories.map(advisory => [advisory.id, advisory.modified]))
            continue
          }
          for (const id of patch.goneIds) held.delete(id)
          for (const advisory of patch.advisories) held.set(advisory.id, advisory.modified)
          validator = patch.validator ?? ''
        }
        const whole = await loaded(source)

        expect(held).toEqual(new Map(whole.advisories.map(({ id, modified }) => [id, modified])))
      }),
      { numRuns: 60 },
    )
  })
})
