import * as fc from 'fast-check'
import { compare, parse, valid } from 'semver'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from './version-order.suite.ts'
import { semverScheme } from './semver.ts'

const FACTS = `
1.0.0-alpha < 1.0.0-alpha.1
1.0.0-alpha.1 < 1.0.0-alpha.beta
1.0.0-alpha.beta < 1.0.0-beta
1.0.0-beta < 1.0.0-beta.2
1.0.0-beta.2 < 1.0.0-beta.11
1.0.0-beta.11 < 1.0.0-rc.1
1.0.0-rc.1 < 1.0.0
1.0.0-rc.10 > 1.0.0-rc.9
1.2.3-4 < 1.2.3-4-foo
1.0.0+a = 1.0.0+b
1.2.3-r100 < 1.2.3-r2
1.2.3-R2 < 1.2.3-r100
1.2.3-a < 1.2.3-a.b
1.2.3-a.b < 1.2.3-a.b.c
1.2.3-a.10 < 1.2.3-a.b
1.2.3-ab > 1.2.3-a.z
1.2.3-a- > 1.2.3-a
2.7.2+asdf < 3.0.0
1.2.3-beta.1 < 1.2.3
0.0.0-0 < 0.0.0
1.10.0 > 1.9.9
v1.2.3 = 1.2.3
=1.2.3 = 1.2.3
1.2.3beta = 1.2.3-beta
01.02.03 = 1.2.3
1.2 = 1.2.0
1 = 1.0.0
1.2-rc.1 = 1.2.0-rc.1
1.2.3-01 = 1.2.3-1
1.999999999999999999999999999999.0 < 1.1000000000000000000000000000000.0
1.0.0-999999999999999999999999999998 < 1.0.0-999999999999999999999999999999
9007199254740993.0.0 > 9007199254740992.0.0
`

describe('the order of npm', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(semverScheme, left, right)).toBe(order)
    expect(compareTexts(semverScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  const number = fc.oneof(fc.nat({ max: 12 }).map(String), fc.nat().map(String))
  const word = fc.oneof(number, fc.stringMatching(/^[0-9A-Za-z-]{1,5}$/), fc.constantFrom('alpha', 'beta', 'rc', '0'))
  const list = fc.array(word, { minLength: 1, maxLength: 4 }).map(parts => parts.join('.'))
  const texts = fc
    .tuple(number, number, number, fc.option(list), fc.option(list))
    .map(([major, minor, patch, pre, build]) => {
      return `${major}.${minor}.${patch}${pre === null ? '' : `-${pre}`}${build === null ? '' : `+${build}`}`
    })
  obeysTheVersionOrder(semverScheme, texts)

  it('agrees with the semver package wherever that reads both sides', () => {
    let compared = 0
    fc.assert(
      fc.property(texts, texts, (left, right) => {
        const [a, b] = [parse(left, { loose: true }), parse(right, { loose: true })]
        if (a === null || b === null) return
        compared++
        expect(compareTexts(semverScheme, left, right)).toBe(compare(a, b))
      }),
      { numRuns: 2000 },
    )
    expect(compared).toBeGreaterThan(1000)
  })

  it('reads nothing that the semver package does not, except missing and huge numbers', () => {
    const loose = fc.stringMatching(/^[v=]{0,2}[0-9]{1,2}(\.[0-9]{1,2}){0,3}-{0,2}[a-z0-9.+-]{0,6}$/)
    fc.assert(
      fc.property(loose, text => {
        if (!semverScheme.parse(text).ok || valid(text, { loose: true }) !== null) return
        expect(text).toMatch(/^[v=]*[0-9]+(?:\.[0-9]+)?(?:[-+].*)?$/)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('reading an npm version', () => {
  it.each([
    [''], ['latest'], ['*'], ['^1.2.3'], ['~1.2'], ['1.x'], ['1.2.x'], ['1..2'], ['1.2.'], ['1.2.3.4'], ['1.2.3-'],
    ['1.2.3-a..b'], ['1.2.3+'], ['1.2.3-a_b'], ['1.2beta'], ['-1.2.3'], ['1.2.3 4'], ['>=1.2.3'], ['1.2.3-é'],
    ['git+ssh://git@github.com/a/b.git#0123abc'], ['file:../b'], ['https://example.com/b-1.2.3.tgz'], ['٣.1.1'],
    [`1.2.${'3'.repeat(1024)}`],
  ])('refuses %j', text => {
    expect(semverScheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'semver' } })
  }) // prettier-ignore
})
