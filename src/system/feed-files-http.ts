import { describeHttpError, HttpBodyError } from '../base/http.ts'
import type { Http, HttpResponse } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FeedError, FeedFiles, FetchedFile } from '../feeds/feed.ts'
import { isPlainPath } from './feed-path.ts'

const IDLE_TIMEOUT_MS = 60_000
/** A server that never stalls but drips is given up after this long. */
const WHOLE_TIMEOUT_MS = 30 * 60_000

export interface HttpFeedFilesOptions {
  /**
   * How the names of other hosts end that a file of this source may lead to, e.g. `.amazonaws.com`; none when left out.
   * What has its own origin is always followed. Plain HTTP leads only where it came from.
   */
  readonly followedHosts?: readonly string[]
  /** Milliseconds since any fixed point. */
  readonly now?: () => number
}

/** Feed files behind a base URL; a user and password in it are sent as basic authorization and never shown. */
export function httpFeedFiles(http: Http, base: string, options: HttpFeedFilesOptions = {}): FeedFiles {
  const { followedHosts = [], now = () => performance.now() } = options
  const root = new URL(base)
  const authorization = basicAuthorization(root)
  root.username = ''
  root.password = ''
  root.search = ''
  root.hash = ''
  const shown = root.href.replace(/\/+$/, '')
  return {
    base: shown,
    below(address) {
      if (!URL.canParse(address)) return null
      const target = new URL(address)
      if (target.origin === root.origin) {
        // The same server as before: it gets the same credentials.
        const { username, password } = new URL(base)
        return httpFeedFiles(http, Object.assign(target, { username, password }).href, options)
      }
      const isFollowed = followedHosts.some(end => target.hostname.endsWith(end))
      const isSafe = target.protocol === 'https:' || (target.protocol === 'http:' && root.protocol === 'http:')
      if (!isFollowed || !isSafe || target.port !== '') return null
      return httpFeedFiles(http, Object.assign(target, { username: '', password: '' }).href, options)
    },
    async fetch(path, { validator, limitBytes }) {
      const what = `${shown}/${path.split('/').map(encodeURIComponent).join('/')}`
      if (!isPlainPath(path)) return err({ is: 'not-found', what })
      const startedAt = now()
      const answer = await http.send(what, {
        headers: { accept: '*/*', ...authorization, ...conditionOf(validator) },
        limitBytes,
        idleTimeoutMs: IDLE_TIMEOUT_MS,
        redirects: 'any-public',
      })
      if (!answer.ok) return err({ is: 'unreachable', what, detail: describeHttpError(answer.error) })
      const response = answer.value
      const refusal = refusalOf(response, validator, what)
      if (refusal !== null) {
        await response.discard()
        return refusal
      }
      return readBody(response, what, limitBytes, () => now() - startedAt > WHOLE_TIMEOUT_MS)
    },
  }
}

/** What the status alone says; `null` when there is a body to read. */
function refusalOf(
  response: HttpResponse,
  validator: string | null,
  what: string,
): Result<'unchanged', FeedError> | null {
  const { status } = response
  if (status === 304 && validator !== null) return ok('unchanged')
  if (status === 404 || status === 410) return err({ is: 'not-found', what })
  if (status !== 200) return err({ is: 'unreachable', what, detail: `the server answered with status ${status}` })
  // A captive portal or a login page answers 200 as well.
  const type = (response.headers['content-type'] ?? '').toLowerCase()
  if (type.startsWith('text/html')) {
    return err({ is: 'malformed', what, detail: 'the server answered with a web page in place of the file' })
  }
  return null
}

/** The whole body as a file, or why not. */
export async function readBody(
  response: HttpResponse,
  what: string,
  limitBytes: number,
  isOverdue: () => boolean,
): Promise<Result<FetchedFile, FeedError>> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body) {
      size += chunk.length
      if (size > limitBytes) return err({ is: 'too-large', what, limitBytes })
      if (isOverdue()) return err({ is: 'unreachable', what, detail: 'the file took longer than 30 minutes' })
      chunks.push(chunk)
    }
  } catch (error) {
    if (!(error instanceof HttpBodyError)) throw error
    if (error.reason === 'too-large') return err({ is: 'too-large', what, limitBytes })
    return err({
      is: 'unreachable',
      what,
      detail: `the answer ${error.reason === 'stalled' ? 'stalled' : 'broke off'}`,
    })
  }
  // A proxy may cut an answer without breaking the connection; only the promised length tells. Not so when coded.
  const promised = response.headers['content-length']
  const isCoded = (response.headers['content-encoding'] ?? 'identity') !== 'identity'
  if (!isCoded && promised !== undefined && Number(promised) !== size) {
    return err({ is: 'unreachable', what, detail: `the answer ended after ${size} of ${promised} bytes` })
  }
  return ok({ bytes: Buffer.concat(chunks, size), validator: validatorOf(response) })
}

const ETAG = 'etag '
const LAST_MODIFIED = 'last-modified '

function validatorOf(response: HttpResponse): string | null {
  const etag = response.headers['etag']
  if (etag !== undefined && etag.length <= 1_024) return ETAG + etag
  const lastModified = response.headers['last-modified']
  return lastModified !== undefined && lastModified.length <= 64 ? LAST_MODIFIED + lastModified : null
}

function conditionOf(validator: string | null): Record<string, string> {
  if (validator?.startsWith(ETAG)) return { 'if-none-match': validator.slice(ETAG.length) }
  if (validator?.startsWith(LAST_MODIFIED)) return { 'if-modified-since': validator.slice(LAST_MODIFIED.length) }
  return {}
}

/** The user and password of an address as a header; nothing where it has none. */
export function basicAuthorization(url: URL): Record<string, string> {
  if (url.username === '') return {}
  const pair = `${decoded(url.username)}:${decoded(url.password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** A stray `%` stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
