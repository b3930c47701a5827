import { createHash } from 'node:crypto'

/** A request as it came in, before anything decoded it and before its body. */
export interface RequestHead {
  readonly method: string
  /** Path and query exactly as received. */
  readonly target: string
  /** Names and values in the order received, as Node's `rawHeaders`: each character is one byte. */
  readonly rawHeaders: readonly string[]
}

/** Values of each header by lower-case name, in the order received. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>

export function headerValues(rawHeaders: readonly string[]): HeaderValues {
  const values = new Map<string, string[]>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? ''
    const found = values.get(name)
    if (found) found.push(rawHeaders[i + 1] ?? '')
    else values.set(name, [rawHeaders[i + 1] ?? ''])
  }
  return values
}

export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?')
  return at < 0 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) }
}

/**
 * The path of the canonical request: `.` and empty segments dropped, `..` resolved, and the already encoded path encoded
 * once more, as every AWS service but S3 does. (api-and-accounts §2.4)
 */
export function canonicalPath(rawPath: string): string {
  const segments: string[] = []
  for (const segment of rawPath.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') segments.pop()
    else segments.push(segment)
  }
  const trailing = segments.length > 0 && rawPath.endsWith('/') ? '/' : ''
  return `/${segments.map(encodeBytes).join('/')}${trailing}`
}

/** Parameters sorted by encoded name, then value; `null` when the percent-encoding is broken. */
export function canonicalQuery(rawQuery: string): string | null {
  if (rawQuery === '') return ''
  const pairs: (readonly [string, string])[] = []
  for (const parameter of rawQuery.split('&')) {
    if (parameter === '') continue
    const at = parameter.indexOf('=')
    const name = recode(at < 0 ? parameter : parameter.slice(0, at))
    const value = recode(at < 0 ? '' : parameter.slice(at + 1))
    if (name === null || value === null) return null
    pairs.push([name, value])
  }
  pairs.sort(([a, x], [b, y]) => order(a, b) || order(x, y))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Decoded once and encoded strictly, so that `~` and `%7E`, `/` and `%2f` have one spelling. */
function recode(text: string): string | null {
  try {
    return encodeURIComponent(decodeURIComponent(text)).replace(/[!'()*]/g, percent)
  } catch {
    return null
  }
}

/** Percent-encodes every byte outside `A-Za-z0-9-._~`. */
function encodeBytes(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~]/g, percent)
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

/** `null` when a signed header is not there: what is signed must be seen. */
export function canonicalHeaders(headers: HeaderValues, signed: readonly string[]): string | null {
  let text = ''
  for (const name of signed) {
    const values = headers.get(name)
    if (!values) return null
    text += `${name}:${values.map(value => value.trim().replace(/\s+/g, ' ')).join(',')}\n`
  }
  return text
}

export function canonicalRequestHash(parts: {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: string
  readonly signedHeaders: string
  readonly payloadHash: string
}): string {
  const { method, path, query, headers, signedHeaders, payloadHash } = parts
  // Header values hold one byte per character, whatever encoding the client meant.
  return createHash('sha256')
    .update(Buffer.from(`${method}\n${path}\n${query}\n${headers}\n${signedHeaders}\n${payloadHash}`, 'latin1'))
    .digest('hex')
}
