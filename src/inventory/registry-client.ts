import { z } from 'zod'

import { describeHttpError } from '../base/http.ts'
import type { Http, HttpError, HttpRequest, HttpResponse } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { ImageError } from './image.ts'
import { parseJsonAs, readAll } from './image-blobs.ts'
import { basicAuthorization, isTrustedRealm, parseAuthChallenge } from './registry-auth.ts'

export interface RegistryAddress {
  /** `http(s)://host[:port]`. */
  readonly url: string
  readonly credentials?: { readonly username: string; readonly password: string } | null
  /** Speak http to a host that is not this machine. Never needed for loopback hosts. */
  readonly allowHttp?: boolean
  /** Longest silence in milliseconds; 30,000 by default. */
  readonly idleTimeoutMs?: number
}

export interface RegistryRequest {
  readonly method?: 'GET' | 'HEAD'
  readonly accept?: string
  readonly limitBytes: number
  readonly redirects: HttpRequest['redirects']
}

const TOKEN_LIMIT_BYTES = 1024 * 1024
const tokenSchema = z.object({
  token: z.string().max(65_536).nullish(),
  access_token: z.string().max(65_536).nullish(),
})

/** `https://host` for a host without a scheme, `http://` when it is a loopback one. */
export function registryUrlOf(host: string): string {
  const name = host.replace(/:[0-9]+$/, '')
  return `${isLoopbackHost(name) ? 'http' : 'https'}://${host}`
}

/** Only listings have a query; a `?` anywhere else came with a repository's name. */
function isRegistryPath(path: string): boolean {
  const [pathname = ''] = path.split('?', 1)
  return !path.includes('#') && (!path.includes('?') || /\/(?:_catalog|tags\/list)$/.test(pathname))
}

function isLoopbackHost(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(name)
}

/** One registry, spoken to with its own credentials; tokens are kept per scope for as long as the client lives. */
export class RegistryClient {
  readonly #http: Http
  readonly #address: RegistryAddress
  readonly #origin: string
  /** `Authorization` by scope; the registry's last demand tells which. */
  readonly #authorizations = new Map<string, string>()

  constructor(http: Http, address: RegistryAddress) {
    this.#http = http
    this.#address = address
    this.#origin = URL.canParse(address.url) ? new URL(address.url).origin : address.url
  }

  get host(): string {
    return this.#origin.replace(/^https?:\/\//, '')
  }

  /**
   * Sends a request for `path` (with its leading slash) and answers one demand for authorization. A status of 2xx is a
   * response; everything else is described, with its body discarded.
   */
  async get(
    path: string,
    scope: string,
    what: string,
    request: RegistryRequest,
  ): Promise<Result<HttpResponse, ImageError>> {
    const url = `${this.#origin}${path}`
    // A name with `..` or `?` in it must not become another request than the one that was meant.
    if (!URL.canParse(url) || new URL(url).href !== url || !isRegistryPath(path)) {
      return err({ is: 'malformed', what, detail: 'a name that cannot stand in a registry URL' })
    }
    const { protocol, hostname } = new URL(url)
    if (protocol === 'http:' && !isLoopbackHost(hostname) && this.#address.allowHttp !== true) {
      return err({ is: 'access-denied', what, detail: 'http without encryption is only spoken when asked to' })
    }
    const first = await this.#send(path, this.#authorizations.get(scope) ?? null, request)
    if (!first.ok) return err(unreachable(what, first.error))
    if (first.value.status !== 401) return outcome(first.value, what)
    const challenge = first.value.headers['www-authenticate'] ?? ''
    await first.value.discard()
    this.#authorizations.delete(scope)
    const authorization = await this.#authorize(challenge, scope, what)
    if (!authorization.ok) return authorization
    const second = await this.#send(path, authorization.value, request)
    if (!second.ok) return err(unreachable(what, second.error))
    if (second.value.status < 300) this.#authorizations.set(scope, authorization.value)
    return outcome(second.value, what)
  }

  #send(
    path: string,
    authorization: string | null,
    request: RegistryRequest,
  ): Promise<Result<HttpResponse, HttpError>> {
    const headers: Record<string, string> = {}
    if (request.accept !== undefined) headers['accept'] = request.accept
    if (authorization !== null) headers['authorization'] = authorization
    return this.#http.send(`${this.#origin}${path}`, {
      method: request.method ?? 'GET',
      headers,
      limitBytes: request.limitBytes,
      idleTimeoutMs: this.#idleTimeoutMs,
      redirects: request.redirects,
    })
  }

  get #idleTimeoutMs(): number {
    return this.#address.idleTimeoutMs ?? 30_000
  }

  async #authorize(header: string, scope: string, what: string): Promise<Result<string, ImageError>> {
    const challenge = parseAuthChallenge(header)
    const credentials = this.#address.credentials ?? null
    const denied = (detail: string): Result<string, ImageError> => err({ is: 'access-denied', what, detail })
    if (challenge === null) return denied('the registry asks for no known kind of authorization')
    if (challenge.scheme === 'basic') {
      if (credentials === null) return denied('the registry asks for a user name and password, and none are stored')
      return ok(basicAuthorization(credentials.username, credentials.password))
    }
    if (!isTrustedRealm(challenge.realm, this.#origin)) {
      return denied(`the registry names a token service that is not trusted: ${challenge.realm}`)
    }
    const url = new URL(challenge.realm)
    if (challenge.service !== null) url.searchParams.set('service', challenge.service)
    url.searchParams.set('scope', challenge.scope ?? scope)
    return this.#fetchToken(url, credentials, what)
  }

  async #fetchToken(
    url: URL,
    credentials: RegistryAddress['credentials'] | null,
    what: string,
  ): Promise<Result<string, ImageError>> {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (credentials !== null && credentials !== undefined) {
      headers['authorization'] = basicAuthorization(credentials.username, credentials.password)
    }
    const sent = await this.#http.send(url.href, {
      headers,
      limitBytes: TOKEN_LIMIT_BYTES,
      idleTimeoutMs: this.#idleTimeoutMs,
      redirects: 'same-origin',
    })
    if (!sent.ok) return err(unreachable(what, sent.error))
    if (sent.value.status !== 200) {
      await sent.value.discard()
      const isRefusal = sent.value.status === 401 || sent.value.status === 403
      const detail = `the token service ${url.origin} answered ${sent.value.status}`
      return err(isRefusal ? { is: 'access-denied', what, detail } : { is: 'unreachable', what, detail })
    }
    const bytes = await readAll(sent.value.body, TOKEN_LIMIT_BYTES, 'tokenBytes', what)
    if (!bytes.ok) return bytes
    const parsed = parseJsonAs(tokenSchema, bytes.value, `the token from ${url.origin}`)
    if (!parsed.ok) return parsed
    const token = parsed.value.token ?? parsed.value.access_token ?? ''
    if (!/^[\x21-\x7e]+$/.test(token)) {
      return err({ is: 'malformed', what, detail: `the token service ${url.origin} sent no usable token` })
    }
    return ok(`Bearer ${token}`)
  }
}

async function outcome(response: HttpResponse, what: string): Promise<Result<HttpResponse, ImageError>> {
  const { status } = response
  if (status >= 200 && status < 300) return ok(response)
  await response.discard()
  if (status === 404) return err({ is: 'not-found', what })
  if (status === 401 || status === 403) {
    return err({ is: 'access-denied', what, detail: `the registry answered ${status}` })
  }
  return err({ is: 'unreachable', what, detail: `the registry answered ${status}` })
}

function unreachable(what: string, error: HttpError): ImageError {
  return { is: 'unreachable', what, detail: describeHttpError(error) }
}
