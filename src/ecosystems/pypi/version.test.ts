import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { pep440Scheme } from './version.ts'

/** One fact a line; each but the last was put to packaging 21.3 as well. */
const FACTS = `
1.0.dev1 < 1.0a1
1.0a1 < 1.0a1.post1
1.0.post1.dev1 < 1.0.post1
1.0+5 > 1.0+abc
1!0.1 > 2024.1
1.0 = 1.0.0
1.0-1 = 1.0.post1
1.0rc1 = 1.0c1
1.0.0+local > 1.0.0
v1.0 = 1.0
1.0a1.dev1 < 1.0a1
1.0.dev1 < 1.0.dev2
1.0.dev9 < 1.0.dev10
1.0a9 < 1.0a10
1.0a1 < 1.0b1
1.0b1 < 1.0rc1
1.0rc1 < 1.0
1.0 < 1.0.post1
1.0.post1 < 1.1.dev1
1.0.post1 = 1.0-r1
1.0alpha = 1.0a0
1.0-ALPHA.1 = 1.0a1
1.0preview2 = 1.0rc2
1.0+ubuntu.1 = 1.0+ubuntu-1
1.0+a < 1.0+a.1
1.0+2 < 1.0+10
1.10 > 1.9
01.02 = 1.2
0!1.0 = 1.0
0 = 0.0.0
1.2.3 > 1.2
1.18446744073709551616 > 1.18446744073709551615
2004d < 0.0.1.dev0
2004d < 2004e
1.0-alpha-final < 1.0a1
2.6.0-NA = 2.6.0
`

describe('the order of PyPI', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(pep440Scheme, left, right)).toBe(order)
    expect(compareTexts(pep440Scheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it('agrees with packaging 21.3 on every generated pair', () => {
    const vectors = vectorsOf(readFileSync(new URL('testdata/pep440-generated.txt', import.meta.url), 'utf8'))
    expect(vectors.length).toBeGreaterThan(2500)

    const wrong = vectors.filter(([left, order, right]) => compareTexts(pep440Scheme, left, right) !== order)

    expect(wrong).toEqual([])
  })

  const number = fc.oneof(fc.nat({ max: 12 }).map(String), fc.nat().map(String))
  const part = (...words: string[]): fc.Arbitrary<string> =>
    fc.tuple(fc.constantFrom('', ...words), number).map(([word, n]) => (word === '' ? '' : word + n))
  const texts = fc
    .tuple(
      fc.constantFrom('', '', '1!'),
      fc.array(number, { minLength: 1, maxLength: 4 }).map(numbers => numbers.join('.')),
      part('a', '.b', '-rc', 'pre'),
      part('.post', '-', 'r'),
      part('.dev', 'dev'),
      fc.constantFrom('', '', '+1', '+abc', '+abc.2', '~old', 'x'),
    )
    .map(parts => parts.join(''))
  obeysTheVersionOrder(pep440Scheme, texts)

  it('compares numbers of any length exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.bigInt({ min: 0n, max: 10n ** 30n }), (a, b) => {
        expect(compareTexts(pep440Scheme, `1.${a}`, `1.${b}`)).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })
})

describe('a bound of a range', () => {
  it.each([
    ['2.6.0', true],
    ['2.6.0-NA', true],
    ['1.0.post1', true],
    ['2.6.0-cu124', false],
    ['7.2.0-12.1', false],
    ['2018-04-22b', false],
  ])('can be %s: %s', (text, canBound) => {
    const version = pep440Scheme.parse(text)

    expect(version.ok && pep440Scheme.canBound?.(version.value)).toBe(canBound)
  })
})

describe('reading a PyPI version', () => {
  it.each([
    [''], ['  '], ['latest'], ['*'], ['1.*'], ['==1.0'], ['>=1.0,<2'], ['1.0 2'], ['1.0;python_version<"3"'], ['main'],
    ['git+https://github.com/a/b@0123abc'], ['0123456789abcdef0123456789abcdef01234567'], ['1.0é'], ['٣.1'], ['unknown'],
    ['1'.repeat(513)],
  ])('refuses %j', text => {
    expect(pep440Scheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'pep440' } })
  }) // prettier-ignore

  it('reads the longest odd text quickly', () => {
    const started = performance.now()

    for (const text of [
      '1'.repeat(512),
      '1.'.repeat(255),
      '1-'.repeat(255),
      `1+${'a.'.repeat(250)}`,
      `1${'a'.repeat(500)}`,
    ]) {
      pep440Scheme.parse(text)
    }

    expect(performance.now() - started).toBeLessThan(200)
  })
})
