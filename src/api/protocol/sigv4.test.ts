import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aKey } from '../../../test/conformance/support/running-server.ts'
import { officialSigner } from '../../../test/conformance/support/signer.ts'
import type { AccessKey } from '../../accounts/access-key.ts'
import { instant } from '../../base/clock.ts'
import type { RequestHead } from './canonical-request.ts'
import { canonicalPath, canonicalQuery } from './canonical-request.ts'
import { SigningKeys } from './signing-keys.ts'
import { beginVerification } from './sigv4.ts'

const NOW = instant(Date.parse('2026-03-04T05:06:07Z'))
const KEY = aKey()

type RawRequest = RequestHead & { readonly body: Uint8Array }

interface Parts {
  readonly path: string
  readonly query: Readonly<Record<string, string | string[]>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Signs as the SDKs do and lays the request out as it would arrive. */
async function signedRequest(parts: Parts, key: AccessKey = KEY): Promise<RawRequest> {
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname: 'inspector.example.com',
    path: parts.path,
    query: { ...parts.query },
    headers: { host: 'inspector.example.com', ...parts.headers },
    body: parts.body,
  }
  const signed = await officialSigner(key).sign(request, { signingDate: new Date(NOW) })
  const query = Object.entries(parts.query).flatMap(([name, value]) =>
    [value].flat().map(one => `${strict(name)}=${strict(one)}`),
  )
  return {
    method: 'POST',
    target: query.length > 0 ? `${parts.path}?${query.join('&')}` : parts.path,
    rawHeaders: Object.entries(signed.headers).flatMap(([name, value]) => [name, value]),
    body: Buffer.from(parts.body),
  }
}

function strict(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, one => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}

async function verify(request: RawRequest, now = NOW, key: AccessKey | null = KEY) {
  const find = (id: string) => Promise.resolve(id === key?.id ? key : null)
  const options = { accessKeys: { find }, signingKeys: new SigningKeys(), servesRegion: () => true }
  const pending = await beginVerification(request, now, options)
  return pending.ok ? pending.value.verify(request.body) : pending
}

const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map(strict)
const parts: fc.Arbitrary<Parts> = fc.record({
  path: fc
    .array(fc.oneof(segment, fc.constantFrom('.', '..', '', '%2F', '%3A')), { maxLength: 5 })
    .map(all => `/${all.join('/')}`),
  query: fc.dictionary(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter(name => name !== '__proto__'),
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.array(fc.string({ maxLength: 4 }), { minLength: 1, maxLength: 3 }),
    ),
    { maxKeys: 4 },
  ),
  headers: fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[ -~]{0,20}$/), { maxKeys: 3 }),
  body: fc.string({ unit: 'grapheme', maxLength: 50 }),
})

describe('the verification of a signature', () => {
  it('accepts whatever the official signer signs', async () => {
    await fc.assert(
      fc.asyncProperty(parts, async of => {
        const verified = await verify(await signedRequest(of))

        expect(verified).toEqual({
          ok: true,
          value: { accountId: KEY.accountId, region: 'eu-west-1', accessKeyId: KEY.id, role: KEY.role },
        })
      }),
      { numRuns: 300 },
    )
  })

  it('refuses a request of which one byte of the signed parts was changed', async () => {
    await fc.assert(
      fc.asyncProperty(parts, fc.constantFrom('body', 'target', 'method', 'header'), async (of, what) => {
        const request = await signedRequest(of)
        const changed: RawRequest = {
          method: what === 'method' ? 'PUT' : request.method,
          target: what === 'target' ? request.target.replace(/(?=\?|$)/, '/x') : request.target,
          body: what === 'body' ? Buffer.concat([request.body, Buffer.from('x')]) : request.body,
          rawHeaders: what === 'header' ? changedHost(request.rawHeaders) : request.rawHeaders,
        }

        expect((await verify(changed)).ok).toBe(false)
      }),
      { numRuns: 100 },
    )
  })

  it('refuses the right request with the secret of another', async () => {
    const request = await signedRequest(
      { path: '/enable', query: {}, headers: {}, body: '{}' },
      { ...KEY, secret: 'other' },
    )

    expect(await verify(request)).toMatchObject({ ok: false, error: { id: 'signature-mismatch' } })
  })

  it.each([
    ['just inside the past', -5 * 60_000, true],
    ['just outside the past', -5 * 60_000 - 1_000, false],
    ['just inside the future', 5 * 60_000, true],
    ['just outside the future', 5 * 60_000 + 1_000, false],
  ])('allows five minutes of skew: %s', async (_name, skewMs, isAllowed) => {
    const request = await signedRequest({ path: '/', query: {}, headers: {}, body: '' })

    expect((await verify(request, instant(NOW - skewMs))).ok).toBe(isAllowed)
  })

  it('says when a signature expired, as Amazon does', async () => {
    const request = await signedRequest({ path: '/', query: {}, headers: {}, body: '' })

    expect(await verify(request, instant(NOW + 6 * 60_000))).toMatchObject({
      error: {
        name: 'InvalidSignatureException',
        message: 'Signature expired: 20260304T050607Z is now earlier than 20260304T050707Z (20260304T051207Z - 5 min.)',
      },
    })
  })

  it('refuses a key that is switched off or gone', async () => {
    const request = await signedRequest({ path: '/', query: {}, headers: {}, body: '' })

    expect(await verify(request, NOW, { ...KEY, status: 'INACTIVE' })).toMatchObject({
      error: { id: 'unrecognized-client' },
    })
    expect(await verify(request, NOW, null)).toMatchObject({ error: { id: 'unrecognized-client' } })
  })

  it('refuses a repeated Authorization header and hostile ones quickly', async () => {
    const request = await signedRequest({ path: '/', query: {}, headers: {}, body: '' })
    const twice = { ...request, rawHeaders: [...request.rawHeaders, 'Authorization', 'AWS4-HMAC-SHA256 x'] }
    const started = performance.now()
    for (const value of [`AWS4-HMAC-SHA256 ${','.repeat(4_000)}`, `AWS4-HMAC-SHA256 Credential=${'/'.repeat(4_000)}`]) {
      expect((await verify({ ...request, rawHeaders: ['host', 'x', 'authorization', value] })).ok).toBe(false)
    }

    expect(await verify(twice)).toMatchObject({ error: { id: 'incomplete-signature' } })
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('the canonical request', () => {
  it.each([
    ['/tags/arn%3Aaws%3Ax%2Fy', '/tags/arn%253Aaws%253Ax%252Fy'],
    ['/a//b/./c/../d/', '/a/b/d/'],
    ['/../..', '/'],
    ['/', '/'],
  ])('has the path %s as %s', (raw, canonical) => {
    expect(canonicalPath(raw)).toBe(canonical)
  })

  it.each([
    ['b=2&a=1&a=0', 'a=0&a=1&b=2'],
    ['tagKeys=a%20b&x', 'tagKeys=a%20b&x='],
    ['k=%27(*)!', 'k=%27%28%2A%29%21'],
    ['k=%zz', null],
  ])('has the query %s as %s', (raw, canonical) => {
    expect(canonicalQuery(raw)).toBe(canonical)
  })
})

describe('SigningKeys', () => {
  it('remembers a bounded number and never serves an old secret', () => {
    const keys = new SigningKeys()
    const first = keys.keyFor('A', 'one', '20260101', 'eu-west-1', 'inspector2')
    for (let i = 0; i < 1_100; i += 1) keys.keyFor(`K${i}`, 'x', '20260101', 'eu-west-1', 'inspector2')

    expect(keys.size).toBe(1_000)
    expect(keys.keyFor('A', 'two', '20260101', 'eu-west-1', 'inspector2').equals(first)).toBe(false)
    expect(keys.keyFor('A', 'one', '20260101', 'eu-west-1', 'inspector2').equals(first)).toBe(true)
  })
})

function changedHost(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.map(text => (text === 'inspector.example.com' ? 'inspector.example.org' : text))
}
