import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { goScheme } from './version.ts'

const FACTS = `
v1.2.4-0.20240101120000-0123456789ab > v1.2.3
v1.2.4-0.20240101120000-0123456789ab < v1.2.4-rc.1
v1.2.4-0.20240101120000-0123456789ab < v1.2.4
v0.0.0-20240101120000-0123456789ab < v0.1.0
v0.0.0-20231231235959-0123456789ab < v0.0.0-20240101120000-0123456789ab
v2.0.0+incompatible = v2.0.0
v1.2.3-pre.0.20240101120000-0123456789ab > v1.2.3-pre
1.22rc1 < 1.22.0
1.22.0-0 < 1.22rc1
1.22.0-rc.1 = go1.22rc1
1.22.0-rc.2 > go1.22rc1
1.21 < 1.21rc1
1.21rc1 < 1.21.0
1.21 > 1.20.14
1.22.0-0 = go1.22
go1.20 = 1.20.0
go1.9.7 < go1.10
go1.18beta1 < go1.18rc1
v1.2.3 = 1.2.3
v1 = v1.0.0
v1.2 = v1.2.0
v1.22 = v1.22.0
v1.2.3-rc.10 > v1.2.3-rc.9
v1.2.3-rc.1 < v1.2.3-rc.1.1
v1.10.0 > v1.9.9
v1.0.123456789012345678901234567890 < v1.0.123456789012345678901234567891
`

describe('the order of Go', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(goScheme, left, right)).toBe(order)
    expect(compareTexts(goScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it.each([
    ['go1.26.5 (Red Hat 1.26.5-1.el9)', '1.26.5'],
    ['go1.26.1 X:nodwarf5', '1.26.1'],
    ['go1.26.1-X:nodwarf5', '1.26.1'],
  ])('reads the toolchain %s as %s', (toolchain, release) => {
    expect(compareTexts(goScheme, toolchain, release)).toBe(0)
  })

  it('agrees with golang.org/x/mod/semver and go/version on every generated pair', () => {
    const vectors = vectorsOf(readFileSync(new URL('testdata/go-generated.txt', import.meta.url), 'utf8'))
    expect(vectors.length).toBeGreaterThan(2500)

    const wrong = vectors.filter(([left, order, right]) => compareTexts(goScheme, left, right) !== order)

    expect(wrong).toEqual([])
  })

  const number = fc.oneof(fc.nat({ max: 12 }).map(String), fc.nat().map(String))
  const identifier = fc.oneof(
    number,
    fc.constantFrom('rc', 'alpha', 'beta', 'pre', '20240101120000-0123456789ab', 'a-b', 'rc1'),
  )
  const preRelease = fc
    .array(identifier, { maxLength: 3 })
    .map(parts => (parts.length === 0 ? '' : `-${parts.join('.')}`))
  const module = fc
    .tuple(fc.constantFrom('', 'v'), number, number, number, preRelease, fc.constantFrom('', '+incompatible'))
    .map(([v, major, minor, patch, pre, build]) => `${v}${major}.${minor}.${patch}${pre}${build}`)
  const release = fc
    .tuple(fc.constantFrom('', 'go'), fc.nat({ max: 30 }), fc.constantFrom('', '.0', '.1', 'rc1', 'rc2', 'beta1'))
    .map(([go, minor, rest]) => `${go}1.${minor}${rest}`)
  obeysTheVersionOrder(goScheme, fc.oneof(module, release))
})

describe('reading a Go version', () => {
  it.each([
    [''], ['(devel)'], ['devel'], ['latest'], ['master'], ['devel go1.23-0123abc'], ['v1.2.3.4'], ['v01.2.3'], ['v1.2.3-01'],
    ['1'], ['v1.2.x'], ['v1.2-rc.1'], ['v1.2.3-'], ['v1.2.3+'], ['v1.2.3-a..b'], ['v1.2.3 4'], ['V1.2.3'], ['v1.2.3-é'],
    [`v1.2.${'3'.repeat(512)}`], ['go'], ['gov1.2.3'],
  ])('refuses %j', text => {
    expect(goScheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'go' } })
  }) // prettier-ignore
})
