import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { mavenScheme } from './version.ts'

const FACTS = `
1.0-SNAPSHOT > 1.0-rc1
1.0.RC2 < 1.0-RC3
1.0.0.Final = 1.0
1.0-sp1 < 1.0-foo
1.0-jre > 1.0-android
1.0-android > 1.0
1.0-1 > 1.0
1.0.1 > 1.0-1
1.1 = 1.01
1.0b1 = 1.0-beta-1
1-ga-1 < 1-1
2.13.4.2 > 2.13.4-1
1.0-alpha-1 < 1.0-beta-1
1.0-beta-1 < 1.0-milestone-1
1.0-M1 = 1.0-milestone-1
1.0-milestone-1 < 1.0-rc-1
1.0-cr1 = 1.0-rc1
1.0-SNAPSHOT < 1.0
1.0 < 1.0-sp
1.0.RELEASE = 1.0.0.GA
1.0-RC9 < 1.0-RC10
1.0-a = 1.0-a.0
1.0-a > 1.0
1.0-a1 < 1.0
1.0.0.X1 < 1.0.0-X2
5.3.18 < 5.3.18.SEC07
4.1.94.Final < 4.1.94.Final-redhat-00001
4.1.94.Final-redhat-00001 < 4.1.95.Final
32.0.0-jre < 32.0.1-android
2.17.1 > 2.17.0
2.9.10.8 > 2.9.10.7
1.10 > 1.9
20231013 > 20230618
1.0.0-20240101.120000-1 > 1.0.0
1.99999999999999999999 < 1.100000000000000000000
`

describe('the order of Maven', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(mavenScheme, left, right)).toBe(order)
    expect(compareTexts(mavenScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it('agrees with Maven 3.9.9 on every generated pair', () => {
    const vectors = vectorsOf(readFileSync(new URL('testdata/maven-generated.txt', import.meta.url), 'utf8'))
    expect(vectors.length).toBeGreaterThan(2000)

    const wrong = vectors.filter(([left, order, right]) => compareTexts(mavenScheme, left, right) !== order)

    expect(wrong).toEqual([])
  })

  it('keeps the circle that Maven has for qualifiers between dots', () => {
    expect(compareTexts(mavenScheme, '1.sp.1', '1')).toBe(1)
    expect(compareTexts(mavenScheme, '1', '1-rc')).toBe(1)
    expect(compareTexts(mavenScheme, '1-rc', '1.sp.1')).toBe(1)
  })

  // What is released: numbers, then one qualifier with its number. Odder forms are not transitive in Maven either.
  const number = fc.oneof(fc.nat({ max: 12 }).map(String), fc.nat().map(String))
  const texts = fc
    .tuple(
      fc.array(number, { minLength: 1, maxLength: 4 }).map(numbers => numbers.join('.')),
      fc.constantFrom('', '', '-alpha', '-beta', '-M', '-rc', '.RC', '-SNAPSHOT', '.Final', '-sp', '-jre', '.GA', '-b'),
      fc.constantFrom('', '', '1', '-2', '10'),
    )
    .map(([numbers, qualifier, count]) => numbers + qualifier + (qualifier === '' ? '' : count))
  obeysTheVersionOrder(mavenScheme, texts)
})

describe('reading a Maven version', () => {
  it.each([
    [''], [' '], ['LATEST'], ['RELEASE'], ['unspecified'], ['${project.version}'], ['[1.0,2.0)'], ['1.0,1.1'], ['1.0 2'], ['1.0é'],
    ['1.0/2'], ['٣.1'], ['1'.repeat(257)],
  ])('refuses %j', text => {
    expect(mavenScheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'maven' } })
  }) // prettier-ignore

  it('compares the deepest lists quickly', () => {
    const [left, right] = ['1-'.repeat(127) + '1', '1-'.repeat(127) + '2']
    const started = performance.now()

    expect(compareTexts(mavenScheme, left, right)).toBe(-1)

    expect(performance.now() - started).toBeLessThan(100)
  })
})
