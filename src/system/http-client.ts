import { lookup as systemLookup } from 'node:dns'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'

import { describeHttpError, HttpBodyError } from '../base/http.ts'
import type { Http, HttpError, HttpRequest, HttpResponse } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { isPublicAddress } from './http-client-addresses.ts'

export interface NodeHttpOptions {
  readonly userAgent?: string
  /** PEM certificates of authorities to trust besides the built-in ones, for registries with a private authority. */
  readonly extraCertificates?: readonly string[]
  /** Replaces the resolver of the system, for tests. */
  readonly lookup?: LookupFunction
}

const MOST_REDIRECTS = 5
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308])

interface Sent {
  readonly response: IncomingMessage
  readonly address: string | null
}

class AddressRefused extends Error {}

/** Outgoing HTTP through Node's own client: no cookies, no cache, no decompression, every redirect looked at first. */
export function nodeHttp(options: NodeHttpOptions = {}): Http & { close(): void } {
  const lookup = options.lookup ?? systemLookup
  const certificates = options.extraCertificates === undefined ? {} : { ca: [...options.extraCertificates] }
  const agents = {
    http: new HttpAgent({ keepAlive: true }),
    https: new HttpsAgent({ keepAlive: true, ...certificates }),
  }

  async function send(url: string, request: HttpRequest): Promise<Result<HttpResponse, HttpError>> {
    const first = parseHttpUrl(url)
    if (first === null) return err({ is: 'unreachable', url, detail: 'not an http or https URL without credentials' })
    let current = first
    let method = request.method ?? 'GET'
    let firstAddress: string | null = null
    for (let hop = 0; ; hop += 1) {
      const sent = await sendOnce(current, method, request, current.origin === first.origin, firstAddress)
      if (!sent.ok) return sent
      const { response, address } = sent.value
      if (hop === 0) firstAddress = address
      const status = response.statusCode ?? 0
      const location = response.headers.location
      if (!REDIRECT_STATUSES.has(status) || location === undefined || request.redirects === 'none') {
        return ok(responseOf(response, current.href, request))
      }
      response.destroy()
      const next = nextHop(current, first, location, request.redirects, hop)
      if (!next.ok) return next
      if (status === 303 || (status !== 307 && status !== 308 && method === 'POST')) method = 'GET'
      current = next.value
    }
  }

  /** A request that left its first origin goes without credentials, on a connection of its own to a checked address. */
  function sendOnce(
    url: URL,
    method: NonNullable<HttpRequest['method']>,
    request: HttpRequest,
    isAtHome: boolean,
    firstAddress: string | null,
  ): Promise<Result<Sent, HttpError>> {
    const isTrusted = isAtHome && request.onlyPublic !== true
    const isAllowed = (address: string): boolean => isTrusted || isPublicAddress(address) || address === firstAddress
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !isAllowed(host)) return Promise.resolve(err(refused(url, host)))
    const isHttps = url.protocol === 'https:'
    const body = method === 'POST' || method === 'PUT' ? (request.body ?? '') : null
    const requestOptions: RequestOptions = {
      method,
      headers: headersFor(request, isAtHome, body, options.userAgent ?? 'openinspector'),
      // A kept connection was made under the rule of its own request.
      agent: isTrusted ? (isHttps ? agents.https : agents.http) : false,
      lookup: checkedLookup(lookup, isAllowed),
      ...(isHttps ? certificates : {}),
    }
    return new Promise(resolve => {
      const outgoing = (isHttps ? httpsRequest : httpRequest)(url, requestOptions)
      const timer = setTimeout(() => {
        resolve(err({ is: 'timed-out', url: url.href, timeoutMs: request.idleTimeoutMs }))
        outgoing.destroy()
      }, request.idleTimeoutMs)
      outgoing.once('response', response => {
        clearTimeout(timer)
        resolve(ok({ response, address: response.socket.remoteAddress ?? null }))
      })
      outgoing.on('error', error => {
        clearTimeout(timer)
        const cause = error instanceof AddressRefused ? refused(url, error.message) : unreachable(url, error)
        resolve(err(cause))
      })
      outgoing.end(body ?? undefined)
    })
  }

  return {
    send,
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

function parseHttpUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null
  return url.username === '' && url.password === '' ? url : null
}

function nextHop(
  current: URL,
  first: URL,
  location: string,
  redirects: HttpRequest['redirects'],
  hop: number,
): Result<URL, HttpError> {
  const no = (reason: string) =>
    err<HttpError>({ is: 'redirect-refused', url: current.href, location: location.slice(0, 2048), reason })
  if (hop >= MOST_REDIRECTS) return no(`more than ${MOST_REDIRECTS} redirects`)
  const next = URL.canParse(location, current.href) ? parseHttpUrl(new URL(location, current.href).href) : null
  if (next === null) return no('not an http or https URL without credentials')
  if (redirects === 'same-origin' && next.origin !== first.origin) return no('it leaves the origin')
  if (current.protocol === 'https:' && next.protocol === 'http:') return no('it leaves https')
  return ok(next)
}

function refused(url: URL, address: string): HttpError {
  const reason = `${address} is not a public address`
  return { is: 'redirect-refused', url: url.origin, location: url.href, reason }
}

function unreachable(url: URL, error: Error): HttpError {
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  return { is: 'unreachable', url: url.href, detail: `${code}${error.message}` }
}

/**
 * Resolves the name and keeps only allowed addresses. The connection is made to what this returns, so a name that answers
 * differently the second time gains nothing.
 */
function checkedLookup(lookup: LookupFunction, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    lookup(hostname, { ...lookupOptions, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, [])
        return
      }
      const addresses = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found
      const allowed = addresses.filter(({ address }) => isAllowed(address))
      const [one] = allowed
      if (one === undefined) callback(new AddressRefused(addresses.map(({ address }) => address).join(', ')), [])
      else if (lookupOptions.all === true) callback(null, allowed)
      else callback(null, one.address, one.family)
    })
  }
}

function headersFor(
  request: HttpRequest,
  isAtHome: boolean,
  body: string | Uint8Array | null,
  userAgent: string,
): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': userAgent, 'accept-encoding': 'identity' }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const lower = name.toLowerCase()
    const isSecret = lower === 'authorization' || lower === 'cookie' || lower === 'proxy-authorization'
    if (isAtHome || !isSecret) headers[lower] = value
  }
  if (body !== null) headers['content-length'] = String(Buffer.byteLength(body))
  return headers
}

function responseOf(response: IncomingMessage, url: string, request: HttpRequest): HttpResponse {
  // Kept so that a late failure of an unread body is never an uncaught exception.
  response.on('error', () => {})
  return {
    status: response.statusCode ?? 0,
    headers: headersOf(response),
    url,
    body: { [Symbol.asyncIterator]: () => bodyOf(response, url, request) },
    async discard() {
      response.destroy()
    },
  }
}

function headersOf(response: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, values] of Object.entries(response.headersDistinct)) headers[name] = (values ?? []).join(', ')
  return headers
}

async function* bodyOf(response: IncomingMessage, url: string, request: HttpRequest): AsyncGenerator<Uint8Array> {
  const { limitBytes, idleTimeoutMs } = request
  const tooLarge = (): HttpBodyError => new HttpBodyError('too-large', `${url} sends more than ${limitBytes} bytes`)
  let sizeBytes = 0
  let timer: NodeJS.Timeout | undefined
  const pieces: AsyncIterator<Buffer> = response[Symbol.asyncIterator]()
  const stalled = describeHttpError({ is: 'timed-out', url, timeoutMs: idleTimeoutMs })
  try {
    if (request.method !== 'HEAD' && Number(response.headers['content-length'] ?? 0) > limitBytes) throw tooLarge()
    for (;;) {
      // Runs only while we wait: a slow reader of ours is not a stalled server.
      timer = setTimeout(() => response.destroy(new HttpBodyError('stalled', stalled)), idleTimeoutMs)
      const next = await pieces.next()
      clearTimeout(timer)
      if (next.done === true) break
      sizeBytes += next.value.byteLength
      if (sizeBytes > limitBytes) throw tooLarge()
      yield next.value
    }
    if (!response.complete) throw new HttpBodyError('broken-off', `${url} broke off after ${sizeBytes} bytes`)
  } catch (thrown) {
    if (thrown instanceof HttpBodyError) throw thrown
    throw new HttpBodyError('broken-off', `${url} broke off after ${sizeBytes} bytes`, { cause: thrown })
  } finally {
    clearTimeout(timer)
    response.destroy()
  }
}
