import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAccountId, parseRegion } from '../../domain/ids.ts'
import { PageTokens } from './page-token.ts'
import { RateLimiter } from './rate-limit.ts'
import { instant } from '../../base/clock.ts'

const caller = { accountId: parseAccountId('210987654321')!, region: parseRegion('eu-west-1')! }
const walk = { operation: 'ListFindings', caller, parameters: { severity: ['HIGH'] } }

describe('PageTokens', () => {
  const tokens = new PageTokens(Buffer.alloc(32, 1))

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), next => {
        expect(tokens.read(tokens.write(next, walk), walk)).toEqual({ ok: true, value: next })
      }),
    )
  })

  it('takes no token and an empty one for the first page', () => {
    expect(tokens.write(null, walk)).toBeUndefined()
    expect(tokens.read(undefined, walk)).toEqual({ ok: true, value: null })
    expect(tokens.read('', walk)).toEqual({ ok: true, value: null })
  })

  it.each([
    ['another operation', { ...walk, operation: 'ListCoverage' }],
    ['other parameters', { ...walk, parameters: { severity: ['LOW'] } }],
    ['another account', { ...walk, caller: { ...caller, accountId: parseAccountId('111111111111')! } }],
    ['another Region', { ...walk, caller: { ...caller, region: parseRegion('us-east-1')! } }],
  ])('refuses a token of %s', (_name, other) => {
    expect(tokens.read(tokens.write('17', walk), other)).toMatchObject({
      ok: false,
      error: { id: 'invalid-next-token' },
    })
  })

  it('refuses what it did not write, however long', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), forged => {
        expect(tokens.read(forged, walk).ok).toBe(false)
      }),
    )
    expect(tokens.read('A'.repeat(1_000_000), walk).ok).toBe(false)
    expect(new PageTokens(Buffer.alloc(32, 2)).read(tokens.write('17', walk), walk).ok).toBe(false)
  })
})

describe('RateLimiter', () => {
  it('lets a burst through, then one at a time, each caller for itself', () => {
    const limiter = new RateLimiter({ burst: 2, perSecond: 0.5 })

    expect([0, 0, 0].map(at => limiter.take('a', instant(at)))).toEqual([null, null, 2])
    expect(limiter.take('b', instant(0))).toBeNull()
    expect(limiter.take('a', instant(2_000))).toBeNull()
    expect(limiter.take('a', instant(2_000))).toBe(2)
  })
})
