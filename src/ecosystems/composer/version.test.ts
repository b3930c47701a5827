import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { composerScheme, isComposerBranch } from './version.ts'

const FACTS = `
1.0-dev < 1.0a1
1.0a1 < 1.0b1
1.0RC1 = 1.0rc1
1.0 < 1.0pl1
4.3-2RC2 > 4.3-2beta5
4.3-2 > 4.3-2beta1
4.3-2 < 4.3-3
dev-foo < 1.26.0
dev-foo < 0
v1.0pl1 > 1.0
1.0.0 = 1.0
1.25.0-beta2.1 = 1.25.0-b.2.1
1.0.0-alpha < 1.0.0-beta
1.0.0-RC9 < 1.0.0-RC10
1.0.0-RC10 < 1.0.0
1.0.0-stable = 1.0.0
2.4.7-p1 > 2.4.7
2.4.7-p1 < 2.4.7-p2
2.4.7-p9 < 2.4.8-beta1
5.4.2 < 5.4.2.1
1.0+build = 1.0
2.x-dev > 2.9.9
2.x-dev < 3.0.0-alpha1
20100102 > 99.0.0
1.1000000000000000000000000000000 > 1.999999999999999999999999999999
`

const GENERATED = readFileSync(new URL('testdata/composer-generated.txt', import.meta.url), 'utf8')

describe('the order of Composer', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(composerScheme, left, right)).toBe(order)
    expect(compareTexts(composerScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it('agrees with composer/semver on every generated pair', () => {
    const vectors = vectorsOf(GENERATED)

    const wrong = vectors.filter(([left, order, right]) => compareTexts(composerScheme, left, right) !== order)

    expect(vectors.length).toBe(4000)
    expect(wrong).toEqual([])
  })

  const number = fc.oneof(
    fc.nat({ max: 12 }).map(String),
    fc.constantFrom('01', '2010', '9999999', '123456789012345678'),
  )
  const word = fc.constantFrom('dev', 'alpha', 'a', 'beta', 'b', 'RC', 'rc', 'p', 'pl', 'patch', 'stable')
  const suffix = fc.tuple(fc.constantFrom('', '-', '.', '_'), word, fc.constantFrom('', '1', '.2', '10', '2.1'))
  obeysTheVersionOrder(
    composerScheme,
    fc
      .tuple(fc.constantFrom('', 'v'), fc.array(number, { minLength: 1, maxLength: 5 }), fc.option(suffix))
      .map(([v, numbers, end]) => `${v}${numbers.join('.')}${end?.join('') ?? ''}`),
  )
})

describe('reading a Composer version', () => {
  it.each([
    [''], ['foo'], ['^1.2'], ['~1.2'], ['1.0-foo'], ['1.0-beta-foo'], ['>=1.0'], ['1.x'], ['1.0 beta'], ['1..0'], ['*'],
    ['self.version'], [`1.${'0'.repeat(1024)}`],
  ])('refuses %j', text => {
    expect(composerScheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version' } })
  }) // prettier-ignore

  it('takes no longer for a text made to mislead it', () => {
    const texts = [
      '1a' + '1'.repeat(1000) + 'x',
      `1.0-beta${'.1'.repeat(490)}!`,
      'v' + '1.'.repeat(500),
      '1'.repeat(1023),
    ]
    const start = performance.now()
    for (let round = 0; round < 50; round++) for (const text of texts) composerScheme.parse(text)

    expect(performance.now() - start).toBeLessThan(1000)
  })

  it.each([
    ['dev-main', true],
    ['2.x-dev', true],
    ['1.0.0-dev', true],
    ['master', true],
    ['1.0.0', false],
    ['1.0.0-beta1', false],
  ])('%s names a branch: %s', (text, expected) => {
    expect(isComposerBranch(text)).toBe(expected)
  })
})
