import { createHash, timingSafeEqual } from 'node:crypto'
import type { AccessKeyStore } from '../../accounts/access-key.ts'
import type { KeyRole } from '../../accounts/key-role.ts'
import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { parseRegion } from '../../domain/ids.ts'
import type { AccountId, Region } from '../../domain/ids.ts'
import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  canonicalRequestHash,
  headerValues,
  splitTarget,
} from './canonical-request.ts'
import type { HeaderValues, RequestHead } from './canonical-request.ts'
import { apiError } from './errors.ts'
import type { ApiError } from './errors.ts'
import { hmac } from './signing-keys.ts'
import type { SigningKeys } from './signing-keys.ts'

/** The name that clients sign for; also the last but one part of the credential scope. (botocore, `signingName`) */
export type SigningName = 'inspector2' | 'inspector-scan'

/** Amazon's general rule, in both directions. (api-and-accounts §2.4) */
const CLOCK_SKEW_MS = 5 * 60_000

const ALGORITHM = 'AWS4-HMAC-SHA256'
const AUTHORIZATION_LIMIT = 4_096
const SIGNED_HEADER_LIMIT = 64

/** Who sent a request, as its signature proves. */
export interface Caller {
  readonly accountId: AccountId
  /** From the credential scope; selects the data set. */
  readonly region: Region
  readonly accessKeyId: string
  readonly role: KeyRole
}

export interface VerifierOptions {
  readonly accessKeys: Pick<AccessKeyStore, 'find'>
  readonly signingKeys: SigningKeys
  servesRegion(region: Region): boolean
}

interface Authorization {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** A request whose head is in order and whose key is known; what is left to prove needs the body. */
export interface PendingSignature {
  verify(body: Uint8Array): Result<Caller, ApiError>
}

/**
 * Verifies Signature Version 4 in the `Authorization` header, in two steps: this one before the body is read, so that
 * nobody without a known key can make the server take one in. Fails closed: what is repeated, unsigned or unusual in a
 * header that decides is refused. No message holds the string to sign, a signature or a secret.
 */
export async function beginVerification(
  request: RequestHead,
  now: Instant,
  options: VerifierOptions,
  service: SigningName = 'inspector2',
): Promise<Result<PendingSignature, ApiError>> {
  const headers = headerValues(request.rawHeaders)
  const authorization = readAuthorization(headers)
  if (!authorization.ok) return authorization
  const { accessKeyId, date, signedHeaders, signature } = authorization.value

  const signedAt = readSigningTime(headers, date)
  if (!signedAt.ok) return signedAt
  const skew = checkSkew(signedAt.value.epochMs, signedAt.value.text, now)
  if (skew) return err(skew)

  if (authorization.value.service !== service) {
    const detail = `Credential should be scoped to correct service: '${service}'.`
    return err(apiError('wrong-scope', { detail }))
  }
  const region = parseRegion(authorization.value.region)
  if (region === null || !options.servesRegion(region)) {
    return err(apiError('wrong-scope', { detail: 'Credential should be scoped to a valid region.' }))
  }
  const unsigned = decidingHeaders(headers).find(name => !signedHeaders.includes(name))
  if (unsigned !== undefined) return incomplete(`The header ${unsigned} must be among the SignedHeaders.`)
  const { path, query } = splitTarget(request.target)
  const sortedQuery = canonicalQuery(query)
  const headerText = canonicalHeaders(headers, signedHeaders)
  if (sortedQuery === null || headerText === null) return err(apiError('signature-mismatch', {}))

  const key = await options.accessKeys.find(accessKeyId)
  // This version issues long-term keys only, so that no session token can belong to a key that is known.
  if (key?.status !== 'ACTIVE' || headers.has('x-amz-security-token')) return err(apiError('unrecognized-client', {}))

  return ok({
    verify(body) {
      const payload = readPayloadHash(headers, body)
      if (!payload.ok) return payload
      const requestHash = canonicalRequestHash({
        method: request.method,
        path: canonicalPath(path),
        query: sortedQuery,
        headers: headerText,
        signedHeaders: signedHeaders.join(';'),
        payloadHash: payload.value,
      })
      const signingKey = options.signingKeys.keyFor(key.id, key.secret, date, region, service)
      const scope = `${date}/${region}/${service}/aws4_request`
      const expected = hmac(signingKey, `${ALGORITHM}\n${signedAt.value.text}\n${scope}\n${requestHash}`)
      return timingSafeEqual(expected, Buffer.from(signature, 'hex'))
        ? ok({ accountId: key.accountId, region, accessKeyId: key.id, role: key.role })
        : err(apiError('signature-mismatch', {}))
    },
  })
}

function incomplete(detail: string): Result<never, ApiError> {
  return err(apiError('incomplete-signature', { detail }))
}

function readAuthorization(headers: HeaderValues): Result<Authorization, ApiError> {
  const given = headers.get('authorization')
  if (!given?.[0]) return err(apiError('missing-authentication', {}))
  if (given.length > 1) return incomplete('The Authorization header must be given once.')
  const text = given[0].trim()
  if (text.length > AUTHORIZATION_LIMIT) return incomplete('The Authorization header is too long.')
  if (!text.startsWith(`${ALGORITHM} `)) {
    return incomplete(`The Authorization header must use ${ALGORITHM}.`)
  }
  const parts = new Map<string, string>()
  for (const part of text.slice(ALGORITHM.length + 1).split(',')) {
    const at = part.indexOf('=')
    const name = part.slice(0, Math.max(at, 0)).trim()
    if (parts.has(name)) return incomplete('The Authorization header repeats a part.')
    parts.set(name, part.slice(at + 1).trim())
  }
  const credential = /^([\w-]{1,128})\/([0-9]{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request$/.exec(
    parts.get('Credential') ?? '',
  )
  if (!credential) return incomplete("Authorization header requires a valid 'Credential' parameter.")
  const signature = parts.get('Signature') ?? ''
  if (!/^[0-9a-f]{64}$/.test(signature)) {
    return incomplete("Authorization header requires a valid 'Signature' parameter.")
  }
  const signedHeaders = (parts.get('SignedHeaders') ?? '').split(';')
  if (!areSortedNames(signedHeaders)) {
    return incomplete("Authorization header requires a valid 'SignedHeaders' parameter.")
  }
  const [, accessKeyId = '', date = '', region = '', service = ''] = credential
  return ok({ accessKeyId, date, region, service, signedHeaders, signature })
}

function areSortedNames(names: readonly string[]): boolean {
  return (
    names.length <= SIGNED_HEADER_LIMIT &&
    names.every((name, index) => {
      const previous = names[index - 1]
      return /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && (previous === undefined || previous < name)
    })
  )
}

/** Headers that decide what the request means: each that is sent must be signed. */
function decidingHeaders(headers: HeaderValues): readonly string[] {
  const sent = ['x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'].filter(name => headers.has(name))
  return ['host', ...sent]
}

/** `x-amz-date`, else `Date`; its day must be the day of the credential scope. */
function readSigningTime(
  headers: HeaderValues,
  scopeDate: string,
): Result<{ readonly text: string; readonly epochMs: number }, ApiError> {
  const given = headers.get('x-amz-date')
  if (given && given.length > 1) return incomplete('The x-amz-date header must be given once.')
  const text = given?.[0]?.trim() ?? basicTime(Date.parse(headers.get('date')?.[0] ?? ''))
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  if (!parts) return incomplete("The request must carry its time as 'x-amz-date' (yyyymmddThhmmssZ) or as 'Date'.")
  const [, year, month, day, hour, minute, second] = parts
  const epochMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(epochMs)) return incomplete('The time of the request is not a time.')
  if (text.slice(0, 8) !== scopeDate) {
    const detail = 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.'
    return err(apiError('wrong-scope', { detail }))
  }
  return ok({ text, epochMs })
}

function checkSkew(signedAtMs: number, text: string, now: Instant): ApiError | null {
  if (signedAtMs < now - CLOCK_SKEW_MS) {
    const earliest = basicTime(now - CLOCK_SKEW_MS)
    return apiError('signature-expired', { signedAt: text, earliest, now: basicTime(now) })
  }
  if (signedAtMs > now + CLOCK_SKEW_MS) {
    const latest = basicTime(now + CLOCK_SKEW_MS)
    return apiError('signature-not-yet-current', { signedAt: text, latest, now: basicTime(now) })
  }
  return null
}

function basicTime(epochMs: number): string {
  return Number.isNaN(epochMs) ? '' : new Date(epochMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** Hash of the bytes received; a hash that the client states must be the same. Unsigned and streamed payloads are refused. */
function readPayloadHash(headers: HeaderValues, body: Uint8Array): Result<string, ApiError> {
  const actual = createHash('sha256').update(body).digest('hex')
  const stated = headers.get('x-amz-content-sha256')
  if (!stated) return ok(actual)
  if (stated.length > 1) return incomplete('The x-amz-content-sha256 header must be given once.')
  return stated[0]?.trim() === actual ? ok(actual) : err(apiError('payload-hash-mismatch', {}))
}
