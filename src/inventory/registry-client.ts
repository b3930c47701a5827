import { z } from 'zod'

import { describeHttpError } from '../base/http.ts'
import type { Http, HttpError, HttpRequest, HttpResponse } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { ImageError } from './image.ts'
import { IMAGE_SOURCE_LIMITS } from './limits.ts'
import { parseJsonAs, readAll } from './image-blobs.ts'
import { basicAuthorization, parseAuthChallenge, trustOfRealm } from './registry-auth.ts'

/** The user name `<token>` says that the password is an identity token, with which access tokens are asked for. (Docker's credential helpers) */
export interface RegistryLogin {
  readonly username: string
  readonly password: string
}

export interface RegistryAddress {
  /** `http(s)://host[:port]`. */
  readonly url: string
  readonly credentials?: RegistryLogin | null
  /** Send the login with every request, as Basic: the registry is known to take nothing else. */
  readonly isBasic?: boolean
  /** Hosts, with or without a port, that may give tokens for any registry and stand on a private address. */
  readonly trustedHosts?: readonly string[]
  /** What to tell somebody who is denied access, as a sentence. */
  readonly deniedAdvice?: string | null
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

const IDENTITY_TOKEN_USER = '<token>'
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
  const isListing = /\/(?:_catalog|tags\/list|referrers\/sha256:[0-9a-f]{64})$/.test(pathname)
  return !path.includes('#') && (!path.includes('?') || isListing)
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
    const first = await this.#send(path, this.#authorizations.get(scope) ?? this.#standingAuthorization, request)
    if (!first.ok) return err(unreachable(what, first.error))
    if (first.value.status !== 401) return this.#advised(await outcome(first.value, what))
    const challenge = first.value.headers['www-authenticate'] ?? ''
    await first.value.discard()
    this.#authorizations.delete(scope)
    const authorization = await this.#authorize(challenge, scope, what)
    if (!authorization.ok) return this.#advised(authorization)
    const second = await this.#send(path, authorization.value, request)
    if (!second.ok) return err(unreachable(what, second.error))
    if (second.value.status < 300) this.#authorizations.set(scope, authorization.value)
    return this.#advised(await outcome(second.value, what))
  }

  #advised<T>(result: Result<T, ImageError>): Result<T, ImageError> {
    const advice = this.#address.deniedAdvice ?? null
    if (result.ok || result.error.is !== 'access-denied' || advice === null) return result
    return err({ ...result.error, detail: `${result.error.detail}. ${advice}` })
  }

  get #standingAuthorization(): string | null {
    const { credentials, isBasic } = this.#address
    if (isBasic !== true || credentials === null || credentials === undefined) return null
    return basicAuthorization(credentials.username, credentials.password)
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

  /** GET with the login as Basic; POST where there is an identity token to exchange. (distribution spec, token and oauth) */
  #tokenRequest(
    url: URL,
    query: URLSearchParams,
    common: Pick<HttpRequest, 'limitBytes' | 'idleTimeoutMs' | 'redirects' | 'onlyPublic'>,
  ): [url: string, request: HttpRequest] {
    const credentials = this.#address.credentials ?? null
    if (credentials?.username === IDENTITY_TOKEN_USER) {
      query.set('grant_type', 'refresh_token')
      query.set('client_id', 'openinspector')
      query.set('refresh_token', credentials.password)
      const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
      return [url.href, { ...common, method: 'POST', headers, body: query.toString() }]
    }
    const target = new URL(url)
    for (const [name, value] of query) target.searchParams.set(name, value)
    const headers: Record<string, string> = { accept: 'application/json' }
    if (credentials !== null) {
      headers['authorization'] = basicAuthorization(credentials.username, credentials.password)
    }
    return [target.href, { ...common, headers }]
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
      if (credentials.username === IDENTITY_TOKEN_USER) {
        return denied('the registry asks for a user name and password, and an identity token is stored')
      }
      return ok(basicAuthorization(credentials.username, credentials.password))
    }
    const trust = trustOfRealm(challenge.realm, this.#origin, this.#address.trustedHosts ?? [])
    if (trust === 'refused' || (trust === 'stranger' && credentials !== null)) {
      const advice = trust === 'stranger' ? '; OPENINSPECTOR_TRUSTED_HOSTS can name it' : ''
      return denied(`the registry names a token service that is not trusted: ${challenge.realm}${advice}`)
    }
    const query = new URLSearchParams()
    if (challenge.service !== null) query.set('service', challenge.service)
    query.set('scope', challenge.scope ?? scope)
    return this.#fetchToken({ url: new URL(challenge.realm), query, onlyPublic: trust === 'stranger' }, what)
  }

  async #fetchToken(
    service: { readonly url: URL; readonly query: URLSearchParams; readonly onlyPublic: boolean },
    what: string,
  ): Promise<Result<string, ImageError>> {
    const { url, query, onlyPublic } = service
    const common = {
      limitBytes: IMAGE_SOURCE_LIMITS.tokenBytes,
      idleTimeoutMs: this.#idleTimeoutMs,
      redirects: 'same-origin',
      onlyPublic,
    } as const
    const sent = await this.#http.send(...this.#tokenRequest(url, query, common))
    if (!sent.ok) return err(unreachable(what, sent.error))
    if (sent.value.status !== 200) {
      await sent.value.discard()
      const isRefusal = sent.value.status === 401 || sent.value.status === 403
      const detail = `the token service ${url.origin} answered ${sent.value.status}`
      return err(isRefusal ? { is: 'access-denied', what, detail } : { is: 'unreachable', what, detail })
    }
    const bytes = await readAll(sent.value.body, IMAGE_SOURCE_LIMITS.tokenBytes, 'tokenBytes', what)
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
