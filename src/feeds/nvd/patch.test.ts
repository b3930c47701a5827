import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatInstant, instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { FeedApi, FeedError, FeedFiles, FeedPart, FeedPatch } from '../feed.ts'
import { nvdFeed } from './feed.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
/** When the files were made. */
const MADE = Date.UTC(2026, 10, 20, 3)

interface Changed {
  readonly id: string
  readonly at: number
  readonly status?: string
  readonly broken?: boolean
}

function record({ id, at, status = 'Analyzed', broken = false }: Changed): object {
  const lastModified = formatInstant(instant(at)).replace('Z', '')
  return { cve: { id, lastModified, ...(broken ? {} : { vulnStatus: status }), descriptions: [] } }
}

/** NVD with files made at `MADE` and an interface that knows what changed; `now` is the test's. */
function anNvd(records: Changed[], options: { readonly answer?: (page: object) => string | FeedError } = {}) {
  const state = { now: MADE + DAY, madeAt: MADE }
  const questions: Readonly<Record<string, string>>[] = []
  const api: FeedApi = {
    now: () => instant(state.now),
    ask(query) {
      questions.push(query)
      const [from, to] = [Date.parse(query['lastModStartDate'] ?? ''), Date.parse(query['lastModEndDate'] ?? '')]
      const start = Number(query['startIndex'])
      const all = records.filter(({ at }) => at >= from && at <= to).sort((a, b) => a.at - b.at)
      const vulnerabilities = all.slice(start, start + Number(query['resultsPerPage'])).map(record)
      const page = {
        resultsPerPage: vulnerabilities.length,
        startIndex: start,
        totalResults: all.length,
        vulnerabilities,
      }
      const answer = options.answer?.(page) ?? JSON.stringify(page)
      return Promise.resolve(typeof answer === 'string' ? ok(Buffer.from(answer)) : err(answer))
    },
  }
  const files: FeedFiles = {
    base: '/nvd',
    api,
    fetch(path) {
      const year = /(\d{4})\.(?:json\.gz|meta)$/.exec(path)?.[1] ?? ''
      const all = records.filter(({ id, at }) => id.startsWith(`CVE-${year}`) && at <= state.madeAt)
      if (all.length === 0) return Promise.resolve(err({ is: 'not-found', what: path }))
      const text = JSON.stringify({ vulnerabilities: all.map(record) })
      const sha256 = createHash('sha256').update(text).digest('hex')
      const meta = `lastModifiedDate:${formatInstant(instant(state.madeAt))}\r\nsha256:${sha256}\r\n`
      const bytes = path.endsWith('.meta') ? Buffer.from(meta) : gzipSync(text)
      return Promise.resolve(ok({ bytes, validator: null }))
    },
  }
  return { files, api, questions, state }
}

const feed = () => nvdFeed(2026)

async function loaded(files: FeedFiles, part: string, validator: string | null = null): Promise<FeedPart> {
  const result = await feed().load(files, part, validator)
  if (!result.ok || result.value === 'unchanged') throw new Error(JSON.stringify(result))
  return result.value
}

function patchOf(result: Awaited<ReturnType<NonNullable<ReturnType<typeof feed>['patch']>>>): FeedPatch {
  if (!result.ok || typeof result.value === 'string') throw new Error(JSON.stringify(result))
  return result.value
}

const OLD: Changed[] = [
  { id: 'CVE-2024-0001', at: MADE - 10 * DAY },
  { id: 'CVE-2025-0001', at: MADE - 10 * DAY },
]

describe('what NVD changed', () => {
  it('is asked for once for all parts, a day before the files were made', async () => {
    const { files, questions } = anNvd([
      ...OLD,
      { id: 'CVE-2025-0002', at: MADE + HOUR },
      { id: 'CVE-1999-0001', at: MADE + HOUR },
      { id: 'CVE-2024-0001', at: MADE + 2 * HOUR, status: 'Rejected' },
    ])
    const nvd = feed()
    const validators = new Map<string, string>()
    for (const part of ['2024', '2025']) validators.set(part, (await loaded(files, part)).validator ?? '')
    const of = async (part: string) => patchOf(await nvd.patch!(files, part, validators.get(part) ?? ''))
    const first = await of('2024')
    const second = await of('2025')

    expect(first).toMatchObject({ part: '2024', goneIds: [], recordCount: null, skipped: [] })
    expect(first.advisories).toMatchObject([{ id: 'CVE-2024-0001', withdrawn: MADE + 2 * HOUR }])
    expect(second.advisories.map(({ id }) => id)).toEqual(['CVE-2025-0002'])
    expect(questions).toEqual([
      {
        lastModStartDate: formatInstant(instant(MADE - DAY)),
        lastModEndDate: formatInstant(instant(MADE + DAY)),
        resultsPerPage: '2000',
        startIndex: '0',
      },
    ])
    // The first year holds all before.
    expect((await nvd.patch!(files, '2002', validators.get('2024') ?? '')).ok).toBe(true)
  })

  it('goes on from an hour before the last question, and not within two hours of it', async () => {
    const { files, questions, state } = anNvd(OLD)
    const { validator } = await loaded(files, '2024')
    const { validator: patched } = patchOf(await feed().patch!(files, '2024', validator ?? ''))
    const asked = state.now

    state.now += HOUR
    expect(await feed().patch!(files, '2024', patched ?? '')).toEqual(ok('unchanged'))
    state.now += 2 * HOUR
    const next = patchOf(await feed().patch!(files, '2024', patched ?? ''))

    expect(next.advisories).toEqual([])
    expect(next.validator).not.toBe(patched)
    expect(questions.at(-1)?.['lastModStartDate']).toBe(formatInstant(instant(asked - HOUR)))
  })

  it('is read page by page', async () => {
    const many = Array.from({ length: 4_500 }, (_, at) => ({ id: `CVE-2024-${10_000 + at}`, at: MADE + HOUR + at }))
    const { files, questions } = anNvd([...OLD, ...many])
    const { validator } = await loaded(files, '2024')
    const patch = patchOf(await feed().patch!(files, '2024', validator ?? ''))

    expect(patch.advisories).toHaveLength(4_500)
    expect(questions.map(({ startIndex }) => startIndex)).toEqual(['0', '2000', '4000'])
  })

  it('is begun anew where the list moves while it is read, and given up where it goes on moving', async () => {
    let pages = 0
    const many = Array.from({ length: 2_500 }, (_, at) => ({ id: `CVE-2024-${10_000 + at}`, at: MADE + HOUR + at }))
    const moving = (times: number) => {
      pages = 0
      return anNvd([...OLD, ...many], {
        answer: page =>
          JSON.stringify(++pages % 2 === 0 && pages / 2 <= times ? { ...page, totalResults: 2_499 } : page),
      })
    }
    const once = moving(1)
    const { validator } = await loaded(once.files, '2024')

    expect(patchOf(await feed().patch!(once.files, '2024', validator ?? '')).advisories).toHaveLength(2_500)
    expect(pages).toBe(4)
    expect(await feed().patch!(moving(2).files, '2024', validator ?? '')).toEqual(ok('whole'))
  })

  it('takes back what a whole load could not read either, counted and named', async () => {
    const { files } = anNvd([...OLD, { id: 'CVE-2024-0001', at: MADE + HOUR, broken: true }])
    const { validator } = await loaded(files, '2024')

    expect(patchOf(await feed().patch!(files, '2024', validator ?? ''))).toMatchObject({
      advisories: [],
      goneIds: ['CVE-2024-0001'],
      skipped: [{ reason: 'missing-field', count: 1, examples: ['CVE-2024-0001'] }],
    })
  })

  it.each<[string, (page: object) => string | FeedError]>([
    ['does not answer', () => ({ is: 'unreachable', what: 'api', detail: 'busy' })],
    ['is not there', () => ({ is: 'not-found', what: 'api' })],
    ['answers with a web page', () => '<html>'],
    ['does not say how many', page => JSON.stringify({ ...page, totalResults: undefined })],
    ['says more than comes', page => JSON.stringify({ ...page, totalResults: 7 })],
    ['says less than comes', page => JSON.stringify({ ...page, totalResults: 0 })],
    ['has more than the files are worth', page => JSON.stringify({ ...page, totalResults: 1_000_000 })],
    ['breaks off', page => JSON.stringify(page).slice(0, -2)],
  ])('is left to the files where the interface %s', async (_what, answer) => {
    const { files, questions } = anNvd([...OLD, { id: 'CVE-2024-0002', at: MADE + HOUR }], { answer })
    const { validator } = await loaded(files, '2024')
    const nvd = feed()

    expect(await nvd.patch!(files, '2024', validator ?? '')).toEqual(ok('whole'))
    expect(questions.length).toBeLessThanOrEqual(4)
  })

  it('is left to the files after 120 days, for a reader of another revision, and where there are only files', async () => {
    const { files, state, questions } = anNvd(OLD)
    const { validator } = await loaded(files, '2024')
    const only: FeedFiles = { base: files.base, fetch: (path, options) => files.fetch(path, options) }

    expect(await feed().patch!(only, '2024', validator ?? '')).toEqual(ok('whole'))
    expect(await feed().patch!(files, '2024', `r0${(validator ?? '').slice(2)}`)).toEqual(ok('whole'))
    state.now = MADE + 120 * DAY
    expect(await feed().patch!(files, '2024', validator ?? '')).toEqual(ok('whole'))
    expect(questions).toEqual([])
  })

  it('does not ask again in a sync after one failure', async () => {
    const { files, questions } = anNvd(OLD, { answer: () => ({ is: 'unreachable', what: 'api', detail: 'busy' }) })
    const { validator } = await loaded(files, '2024')
    const nvd = feed()
    for (const part of ['2024', '2025', '2026']) await nvd.patch!(files, part, validator ?? '')

    expect(questions).toHaveLength(1)
  })
})

describe('a file after changes were read', () => {
  it('is not taken while it is older than they are, and is once it is newer', async () => {
    const { files, state } = anNvd([...OLD, { id: 'CVE-2024-0002', at: MADE + 3 * HOUR }])
    const { validator } = await loaded(files, '2024')
    const { validator: patched } = patchOf(await feed().patch!(files, '2024', validator ?? ''))

    expect(await feed().load(files, '2024', patched)).toEqual(ok('unchanged'))
    state.madeAt = MADE + 4 * HOUR
    expect(await feed().load(files, '2024', patched)).toEqual(ok('unchanged'))
    state.madeAt = MADE + 2 * DAY
    expect((await loaded(files, '2024', patched)).recordCount).toBe(2)
  })

  it('holds after any order of changes, patches and loads what NVD says, but for the last hours', async () => {
    const step = fc.constantFrom('change', 'patch', 'load', 'make')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.integer({ min: 1, max: 40 })), { maxLength: 12 }), async steps => {
        const records = new Map<string, Changed>([['CVE-2024-0001', { id: 'CVE-2024-0001', at: MADE - DAY }]])
        const list: Changed[] = [...records.values()]
        const { files, state } = anNvd(list)
        const first = await loaded(files, '2024')
        const held = new Map(first.advisories.map(advisory => [advisory.id, advisory.modified]))
        let { validator } = first
        const sync = async () => {
          const patch = await feed().patch!(files, '2024', validator ?? '')
          if (!patch.ok || patch.value === 'unchanged') return
          const whole = patch.value === 'whole' ? await feed().load(files, '2024', validator) : null
          if (whole !== null && (!whole.ok || whole.value === 'unchanged')) return
          const content = whole === null ? patchOf(patch) : await loaded(files, '2024', validator)
          if (whole !== null) held.clear()
          for (const { id, modified } of content.advisories) held.set(id, modified)
          validator = content.validator
        }
        for (const [what, hours] of steps) {
          state.now += hours * HOUR
          if (what === 'change') {
            const changed = { id: `CVE-2024-000${(hours % 4) + 1}`, at: state.now - HOUR / 2 }
            const at = list.findIndex(({ id }) => id === changed.id)
            if (at < 0) list.push(changed)
            else list[at] = changed
          } else if (what === 'make') state.madeAt = state.now
          else await sync()
        }
        state.now += 4 * HOUR
        await sync()

        expect(Object.fromEntries(held)).toEqual(Object.fromEntries(list.map(({ id, at }) => [id, at])))
      }),
      { numRuns: 60 },
    )
  })
})
