import { describe, expect, it } from 'vitest'
import { instant } from '../base/clock.ts'
import type { Http, HttpRequest } from '../base/http.ts'
import { ok } from '../base/result.ts'
import { httpFeedApi } from './feed-api-http.ts'

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A server that gives these answers one after the other, the last one for ever; time passes only by waiting. */
function aServer(...answers: readonly Answer[]) {
  const asked: { readonly url: string; readonly request: HttpRequest }[] = []
  const waited: number[] = []
  let now = Date.UTC(2026, 10, 23)
  const http: Http = {
    send(url, request) {
      const {
        status,
        headers = {},
        body = '{}',
      } = answers[Math.min(asked.length, answers.length - 1)] ?? { status: 404 }
      asked.push({ url, request })
      async function* bytes(): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(Buffer.from(body))
      }
      const response = { status, headers, url, body: bytes(), discard: () => Promise.resolve() }
      return Promise.resolve(ok(response))
    },
  }
  const sleep = (ms: number): Promise<void> => {
    waited.push(ms)
    now += ms
    return Promise.resolve()
  }
  return { http, asked, waited, clock: { now: () => instant(now) }, sleep }
}

const ADDRESS = 'https://user:secret@api.example/cves/2.0'

describe('httpFeedApi', () => {
  it('asks with the query, the key and the credentials, and follows nobody to another server', async () => {
    const server = aServer({ status: 200, body: '{"totalResults":0}' })
    const api = httpFeedApi(server.http, ADDRESS, { pauseMs: 0, headers: { apikey: 'k' }, ...server })

    const answer = await api.ask({ lastModStartDate: '2026-11-23T00:00:00.000Z', startIndex: '0' }, 1_000)

    expect(answer.ok && Buffer.from(answer.value).toString()).toBe('{"totalResults":0}')
    expect(server.asked).toMatchObject([
      {
        url: 'https://api.example/cves/2.0?lastModStartDate=2026-11-23T00%3A00%3A00.000Z&startIndex=0',
        request: {
          redirects: 'same-origin',
          limitBytes: 1_000,
          headers: { apikey: 'k', authorization: `Basic ${Buffer.from('user:secret').toString('base64')}` },
        },
      },
    ])
  })

  it('leaves the pause between questions, but not before the first', async () => {
    const server = aServer({ status: 200 })
    const api = httpFeedApi(server.http, ADDRESS, { pauseMs: 6_000, ...server })

    await api.ask({}, 10)
    await api.ask({}, 10)
    await api.ask({}, 10)

    expect(server.waited).toEqual([6_000, 6_000])
  })

  it.each([
    ['seconds', '7', 7_000],
    ['a date', 'Mon, 23 Nov 2026 00:00:42 GMT', 42_000],
    ['a date that has been', 'Mon, 23 Nov 2020 00:00:42 GMT', 1_000],
    ['longer than anybody waits', '86400', 120_000],
    ['nothing that can be read', 'soon', 30_000],
  ])('waits as long as a busy server says: %s', async (_what, said, ms) => {
    const server = aServer({ status: 503, headers: { 'retry-after': said } }, { status: 200 })
    const api = httpFeedApi(server.http, ADDRESS, { pauseMs: 0, ...server })

    expect(await api.ask({}, 10)).toMatchObject({ ok: true })
    expect(server.waited[0]).toBe(ms)
  })

  it.each([
    [403, 'unreachable', 4],
    [429, 'unreachable', 4],
    [503, 'unreachable', 4],
    [404, 'not-found', 1],
    [400, 'unreachable', 1],
    [302, 'unreachable', 1],
  ])('gives up on status %i as %s after %i questions, without the password', async (status, is, questions) => {
    const server = aServer({ status })
    const answer = await httpFeedApi(server.http, ADDRESS, { pauseMs: 0, ...server }).ask({ a: 'b' }, 10)

    expect(answer).toMatchObject({ ok: false, error: { is, what: 'https://api.example/cves/2.0' } })
    expect(server.asked).toHaveLength(questions)
    expect(JSON.stringify(answer)).not.toContain('secret')
  })

  it('refuses an answer beyond the limit, and one that drips', async () => {
    const large = aServer({ status: 200, body: 'x'.repeat(11) })
    expect(await httpFeedApi(large.http, ADDRESS, { pauseMs: 0, ...large }).ask({}, 10)).toMatchObject({
      error: { is: 'too-large' },
    })

    const dripping = aServer({ status: 200 })
    let now = 0
    const clock = { now: () => instant((now += 20 * 60_000)) }
    expect(await httpFeedApi(dripping.http, ADDRESS, { pauseMs: 0, clock }).ask({}, 10)).toMatchObject({
      error: { is: 'unreachable' },
    })
  })
})
