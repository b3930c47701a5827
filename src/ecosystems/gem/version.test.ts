import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { gemScheme } from './version.ts'

const FACTS = `
3.10 > 3.2
1.0.b1 < 1.0
1.0.a2 = 1.0.a.2
1.0.a.10 > 1.0.a9
1 > 1beta
1 > 1gamma
1.2.4.gamma < 1.2.4
3.0.0.beta4 < 3.0.pre
1.0.b1 > 1.0.a.2
1.0.a.2 > 0.9
1.0 = 1
1.0.0 = 1
1.0-rc1 = 1.0.pre.rc1
7.0.0-rc3 < 7.0.0
1.0.0.rc.0 = 1.rc
1.a.0.b < 1.a
1.a.0.1 > 1.a
1.0.0.1 > 1
1.0.0.a < 1
1.A < 1.a
01.02 = 1.2
123456789012345678901234567890 < 123456789012345678901234567891
1.999999999999999999999999999999 < 1.1000000000000000000000000000000
`

describe('the order of RubyGems', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(gemScheme, left, right)).toBe(order)
    expect(compareTexts(gemScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it('agrees with RubyGems on every generated pair', () => {
    const vectors = vectorsOf(readFileSync(new URL('testdata/gem-generated.txt', import.meta.url), 'utf8'))
    expect(vectors.length).toBeGreaterThan(2000)

    const wrong = vectors.filter(([left, order, right]) => compareTexts(gemScheme, left, right) !== order)

    expect(wrong).toEqual([])
  })

  const segment = fc.constantFrom('0', '1', '2', '10', '00', 'a', 'b', 'rc', 'pre', 'rc1', '1a')
  const texts = fc
    .tuple(fc.nat({ max: 3 }), fc.array(segment, { maxLength: 5 }), fc.constantFrom('', '-rc.1', '-0'))
    .map(([first, rest, end]) => [first, ...rest].join('.') + end)
  obeysTheVersionOrder(gemScheme, texts)
})

describe('reading a gem version', () => {
  it.each([
    [''], [' '], ['a'], ['a.1'], ['.1'], ['1.'], ['1..2'], ['1.0_1'], ['1.0 2'], ['>= 1.0'], ['~> 1.0'], ['1.0+b'], ['1.0é'],
    ['1.0-'], ['1.0\u0000'], ['-1'], ['1'.repeat(513)],
  ])('refuses %j', text => {
    expect(gemScheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'gem' } })
  }) // prettier-ignore
})
