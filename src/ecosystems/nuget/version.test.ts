import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { nugetScheme } from './version.ts'

const FACTS = `
1.0.0-BETA = 1.0.0-beta
1.0+test = 1.0.0.0
1.0.01 = 1.0.1.0
1.0.0 < 1.0.0.1
1.0.0-beta < 1.0.0-beta.1
1.0.0.1-alpha < 1.0.0.1-pre
1.0.0 < 1.0.0.1-alpha
1.0.0-pre < 1.0.0.1-alpha
1.0.0-BETA < 1.0.0-beta.1+AA
1 = 1.0.0.0
1.2-beta = 1.2.0-beta
1.0.0-alpha < 1.0.0-alpha.1
1.0.0-alpha.1 < 1.0.0-alpha.beta
1.0.0-beta.2 < 1.0.0-beta.11
1.0.0-rc.1 < 1.0.0
1.0.0-RC.1 > 1.0.0-beta.9
1.8.3.1 > 1.8.3
1.8.3.1 < 1.8.4
1.0.2.1 < 1.0.2.5
21.12.8.1 < 21.12.22.1
6.0.0-preview.7.21377.19 < 6.0.0-rc.1.21451.13
1.0.0+a = 1.0.0+b
1.999999999999999999999999999999 < 1.1000000000000000000000000000000
`

describe('the order of NuGet', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(nugetScheme, left, right)).toBe(order)
    expect(compareTexts(nugetScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  const number = fc.oneof(fc.nat({ max: 12 }).map(String), fc.constantFrom('0', '01', '21377', '12345678901234567890'))
  const word = fc.oneof(number, fc.constantFrom('alpha', 'Beta', 'beta', 'RC', 'preview', 'a-b'))
  const list = fc.array(word, { minLength: 1, maxLength: 3 }).map(parts => parts.join('.'))
  obeysTheVersionOrder(
    nugetScheme,
    fc
      .tuple(fc.array(number, { minLength: 1, maxLength: 4 }), fc.option(list), fc.option(list))
      .map(([numbers, pre, build]) => {
        return `${numbers.join('.')}${pre === null ? '' : `-${pre}`}${build === null ? '' : `+${build}`}`
      }),
  )
})

describe('reading a NuGet version', () => {
  it.each([
    [''], ['v1.0'], ['1.0.*'], ['[1.0,2.0)'], ['1.2.3.4.5'], ['1.'], ['1..2'], ['1.0-'], ['1.0.0-a..b'], ['1.0beta'],
    ['1.0.0+'], ['1.0.0-a_b'], ['$version$'], ['-1'], [`1.${'0'.repeat(1024)}`],
  ])('refuses %j', text => {
    expect(nugetScheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'nuget' } })
  }) // prettier-ignore
})
