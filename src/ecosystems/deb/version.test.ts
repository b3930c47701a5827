import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { dpkgScheme, splitDebVersion } from './version.ts'

/** One fact a line; each was put to dpkg 1.21.22 as well. */
const FACTS = `
1.0~rc1 < 1.0
1.0-1 < 1.0-1+b1
1.0-1+deb12u1 < 1.0-1.1
1.0-1~bpo12+1 < 1.0-1
1:0.1 > 9.9
1.0a < 1.0+
1.0-1build1 < 1.0-1ubuntu1
1.0-1ubuntu1+esm1 < 1.0-1ubuntu1.1
1.0 = 1.0-0
1.0 = 0:1.0
1.0-0 = 0:1.0
1.0.a > 1.0a
1.0~~ < 1.0~
1.0~~a < 1.0~
1.0~ < 1.0
1.0~rc1-1 < 1.0-1~
0.0.0-0 < 0.0.0-a
3.3.3 < 3.3.3-squeeze1
1.0-1 < 1.0.1-0
1-1-1 > 1-1
1.2.10 > 1.2.9
1.2.010 = 1.2.10
1.00 = 1.0
0 = 00
0 = 0-0
1.18446744073709551616 > 1.18446744073709551615
1.0A < 1.0a
1.0z < 1.0.
1.0+b1 > 1.0
1.0+ > 1.0
2:1.0 > 1:99
7.74.0-1.3+deb11u1 < 7.74.0-1.3+deb11u10
5.10.178-3 < 5.10.179-1
5.10.178+3 > 5.10.178-3
1:2.36.1-8+deb11u1 > 2.37
2.31-13+deb11u5 < 2.31-13+deb11u6
1.1.1n-0+deb11u4 < 1.1.1w-0+deb11u1
1.1.1n-0+deb11u4 > 1.1.1-0
9.53.3~dfsg-7+deb11u2 < 9.53.3~dfsg-7+deb11u5
20210119+deb11u1 > 20210119
a < a1
`

describe('the order of dpkg', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(dpkgScheme, left, right)).toBe(order)
    expect(compareTexts(dpkgScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it('agrees with dpkg on every generated pair', () => {
    const vectors = vectorsOf(readFileSync(new URL('testdata/dpkg-generated.txt', import.meta.url), 'utf8'))
    expect(vectors.length).toBeGreaterThan(1500)

    const wrong = vectors.filter(([left, order, right]) => compareTexts(dpkgScheme, left, right) !== order)

    expect(wrong).toEqual([])
  })

  const part = fc.stringMatching(/^[0-9A-Za-z.+~]{1,12}$/)
  const texts = fc
    .tuple(fc.option(fc.nat({ max: 3 })), part, fc.option(part))
    .map(
      ([epoch, upstream, revision]) =>
        `${epoch === null ? '' : `${epoch}:`}${upstream}${revision ? `-${revision}` : ''}`,
    )
  obeysTheVersionOrder(dpkgScheme, texts)

  it('compares numbers of any length exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.bigInt({ min: 0n, max: 10n ** 30n }), (a, b) => {
        expect(compareTexts(dpkgScheme, `1.${a}`, `1.${b}`)).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })
})

describe('reading a Debian version', () => {
  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    [':1.0', 'epoch'],
    ['a:1.0', 'epoch'],
    ['-1:1.0', 'epoch'],
    ['2147483648:1.0', 'epoch'],
    ['1:', 'nothing between'],
    ['-1', 'nothing between'],
    ['1.0-', 'last hyphen'],
    ['1.0 2', 'white space'],
    ['1.0\u0000', 'control character'],
    ['1.0é', 'ASCII'],
    ['1'.repeat(1025), 'longer'],
  ])('refuses %j', (text, reason) => {
    const parsed = dpkgScheme.parse(text)

    expect(parsed).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'dpkg' } })
    expect(parsed.ok ? '' : parsed.error.reason).toContain(reason)
  })

  it('keeps the last hyphen and the first colon as the borders', () => {
    expect(splitDebVersion('2:1.0:3-rc-4+b1')).toEqual({
      ok: true,
      value: { epoch: 2, upstream: '1.0:3-rc', revision: '4+b1' },
    })
  })

  it('shows the spelling that was read', () => {
    const parsed = dpkgScheme.parse('0:01.0-0')

    expect(parsed).toMatchObject({ ok: true, value: { text: '0:01.0-0' } })
  })
})
