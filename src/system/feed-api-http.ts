import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { describeHttpError } from '../base/http.ts'
import type { Http, HttpResponse } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FeedApi, FeedError } from '../feeds/feed.ts'
import { systemClock } from './clock.ts'
import { basicAuthorization, readBody } from './feed-files-http.ts'

const IDLE_TIMEOUT_MS = 60_000
/** A server that never stalls but drips is given up after this long. */
const WHOLE_TIMEOUT_MS = 10 * 60_000

/** How often one question is asked while the server is busy, and how long is waited in between. */
const ATTEMPTS = 4
/** When the server does not say: NVD counts the questions of the last thirty seconds. (developers/start-here, rate limits) */
const BUSY_MS = 30_000
const LONGEST_WAIT_MS = 120_000

/** Statuses of a server that wants to be asked later; NVD answers 403 above its rate limit. (observed) */
const BUSY: ReadonlySet<number> = new Set([403, 429, 500, 502, 503, 504])

export interface HttpFeedApiOptions {
  /** Milliseconds between the end of an answer and the next question. */
  readonly pauseMs: number
  /** Sent with each question, e.g. a key; never shown, and never sent to another server. */
  readonly headers?: Readonly<Record<string, string>>
  readonly clock?: Clock
  /** Replaces the waiting, for tests. */
  readonly sleep?: (ms: number) => Promise<unknown>
}

/** Questions to an address, one at a time and no faster than it allows. */
export function httpFeedApi(http: Http, address: string, options: HttpFeedApiOptions): FeedApi {
  const { pauseMs, clock = systemClock, sleep = wait } = options
  const root = new URL(address)
  const headers = { accept: 'application/json', ...basicAuthorization(root), ...options.headers }
  root.username = ''
  root.password = ''
  root.search = ''
  root.hash = ''
  let idleSince: number | null = null

  async function askOnce(url: string, limitBytes: number): Promise<Result<Uint8Array, FeedError> | { busyMs: number }> {
    if (idleSince !== null) await sleep(Math.max(0, Math.min(pauseMs, idleSince + pauseMs - clock.now())))
    const startedAt = clock.now()
    try {
      const answer = await http.send(url, {
        headers,
        limitBytes,
        idleTimeoutMs: IDLE_TIMEOUT_MS,
        // A key must not reach another server.
        redirects: 'same-origin',
      })
      if (!answer.ok) return err({ is: 'unreachable', what: root.href, detail: describeHttpError(answer.error) })
      const response = answer.value
      if (response.status !== 200) {
        await response.discard()
        if (BUSY.has(response.status)) return { busyMs: busyMs(response, clock.now()) }
        return err(refusal(response.status, root.href))
      }
      const isOverdue = (): boolean => clock.now() - startedAt > WHOLE_TIMEOUT_MS
      const body = await readBody(response, root.href, limitBytes, isOverdue)
      return body.ok ? ok(body.value.bytes) : body
    } finally {
      idleSince = clock.now()
    }
  }

  return {
    now: () => clock.now(),
    async ask(query, limitBytes) {
      const url = new URL(root)
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      for (let attempt = 1; ; attempt++) {
        const answer = await askOnce(url.href, limitBytes)
        if (!('busyMs' in answer)) return answer
        if (attempt === ATTEMPTS) {
          return err({ is: 'unreachable', what: root.href, detail: `the server is busy, asked ${ATTEMPTS} times` })
        }
        await sleep(answer.busyMs)
      }
    },
  }
}

function refusal(status: number, what: string): FeedError {
  if (status === 404 || status === 410) return { is: 'not-found', what }
  return { is: 'unreachable', what, detail: `the server answered with status ${status}` }
}

/** What `Retry-After` says, in seconds or as a date (RFC 9110 section 10.2.3), within bounds. */
function busyMs(response: HttpResponse, now: number): number {
  const said = response.headers['retry-after']
  if (said === undefined) return BUSY_MS
  const ms = /^\s*\d{1,9}\s*$/.test(said) ? Number(said) * 1_000 : Date.parse(said) - now
  return Number.isNaN(ms) ? BUSY_MS : Math.min(LONGEST_WAIT_MS, Math.max(1_000, ms))
}
