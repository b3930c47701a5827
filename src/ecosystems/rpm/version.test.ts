import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { rpmScheme, splitRpmVersion } from './version.ts'

/** One fact a line; those of matching-and-feeds §3.2 first, each put to rpm 4.18.0 as well. */
const FACTS = `
6.0.rc1 > 6.0
1.0~rc1 < 1.0
1.0 < 1.0^git1
1.0^git1 < 1.0.1
1.0^git1~pre < 1.0^git1
2.0 = 2_0
10.0001 = 10.1
xyz.4 < 2
1.0a < 1.0aa
013:5 > 004:2
1 < 1-0
1.0 = 1.0
1.0 < 2.0
2.0.1 < 2.0.1a
5.5p1 < 5.5p2
5.5p10 > 5.5p1
10xyz < 10.1xyz
xyz10 > xyz1
xyz10 < xyz10.1
1.0~rc1~git123 < 1.0~rc1
1.0~rc1^git1 > 1.0~rc1
1.0^git1 < 1.0^git2
1.0^20160101 < 1.0.1
1.0^20160101^git1 > 1.0^20160101
1b.fc17 = 1b.fc17
1b.fc17 < 1.fc17
1.0-1.el8 < 1.0-1.el8_4
1.0-1.el8_4.1 > 1.0-1.el8_4
1.0-1.el9 > 1.0-1.el8_10
0:1.0-1 = 1.0-1
00:1.0-1 = 1.0-1
1:1.0-1 > 99-1
4:5.26.3-419.el8_4.1 > 4:5.26.3-419.el8
7.76.1-29.el9_4 < 7.76.1-29.el9_4.1
2.4.37-43.module_el8.5.0+1022+b541f3b1 < 2.4.37-47.module_el8.6.0+2872+fe0ff7aa.1
8.32-6.amzn2023.0.1 < 8.32-6.amzn2023.0.2
5.10.205-195.804.amzn2 < 5.10.205-195.807.amzn2
1.0. = 1.0
1..0 = 1.0
a < 1
A < a
18446744073709551616 > 18446744073709551615
`

describe('the order of rpm', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(rpmScheme, left, right)).toBe(order)
    expect(compareTexts(rpmScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it('agrees with rpm on every generated pair', () => {
    const vectors = vectorsOf(readFileSync(new URL('testdata/rpm-generated.txt', import.meta.url), 'utf8'))
    expect(vectors.length).toBeGreaterThan(1500)

    const wrong = vectors.filter(([left, order, right]) => compareTexts(rpmScheme, left, right) !== order)

    expect(wrong).toEqual([])
  })

  const part = fc.stringMatching(/^[0-9A-Za-z.+~^_]{1,12}$/)
  const texts = fc
    .tuple(fc.option(fc.nat({ max: 3 })), part, fc.option(part))
    .map(([epoch, version, release]) => `${epoch === null ? '' : `${epoch}:`}${version}${release ? `-${release}` : ''}`)
  obeysTheVersionOrder(rpmScheme, texts)

  it('compares numbers of any length exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.bigInt({ min: 0n, max: 10n ** 30n }), (a, b) => {
        expect(compareTexts(rpmScheme, `1.${a}-1`, `1.${b}-1`)).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })
})

describe('reading an rpm version', () => {
  it.each([
    ['', 'empty'],
    [' ', 'white space'],
    [':1.0', 'epoch'],
    ['a:1.0', 'epoch'],
    ['4294967296:1.0', 'epoch'],
    ['1:', 'nothing between'],
    ['1:-1', 'nothing between'],
    ['1.0-', 'last hyphen'],
    ['1.0 2', 'white space'],
    ['1.0é', 'ASCII'],
    ['1'.repeat(1025), 'longer'],
  ])('refuses %j', (text, reason) => {
    const parsed = rpmScheme.parse(text)

    expect(parsed).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'rpm' } })
    expect(parsed.ok ? '' : parsed.error.reason).toContain(reason)
  })

  it('takes the text before the first colon for the epoch and that after the last hyphen for the release', () => {
    expect(splitRpmVersion('2:1.0:3-rc-4.el9')).toEqual({
      ok: true,
      value: { epoch: 2, version: '1.0:3-rc', release: '4.el9' },
    })
  })
})
