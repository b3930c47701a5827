import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { pubspecLock } from './pubspec-lock.ts'
import { pubScheme } from './version.ts'

const FACTS = `
1.0.0-alpha < 1.0.0-alpha.1
1.0.0-rc.2 < 1.0.0-rc.10
1.0.0-rc.1 < 1.0.0
1.0.0 < 1.0.0+1
1.0.0+1 < 1.0.0+2
1.0.0+9 < 1.0.0+10
1.0.0+1 < 1.0.0+1.1
1.0.0+1 < 1.0.0+a
1.0.0+1 < 1.0.1-dev
1.0.0-a+9 < 1.0.0-a.1
1.0.0-a < 1.0.0-a+1
3.3.2 < 3.3.8
3.10.0 > 3.9.0
1.2 = 1.2.0
`

describe('the order of pub', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(pubScheme, left, right)).toBe(order)
    expect(compareTexts(pubScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it.each([[''], ['any'], ['^1.0.0'], ['v1.0.0'], ['1.0.0.0'], ['1.0.0-'], ['1.0.0+'], ['1.0.0+a+b'], ['1.0.0beta']])(
    'refuses %j',
    text => {
      expect(pubScheme.parse(text)).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'pub' } })
    },
  )

  const number = fc.nat({ max: 11 }).map(String)
  const list = fc.array(fc.oneof(number, fc.constantFrom('dev', 'a', 'b-1')), { minLength: 1, maxLength: 3 })
  obeysTheVersionOrder(
    pubScheme,
    fc.tuple(number, number, number, fc.option(list), fc.option(list)).map(([a, b, c, pre, build]) => {
      return `${a}.${b}.${c}${pre === null ? '' : `-${pre.join('.')}`}${build === null ? '' : `+${build.join('.')}`}`
    }),
  )
})

describe('pubspec.lock', () => {
  const analyze = (bytes: Uint8Array) => pubspecLock.analyze({ path: 'pubspec.lock', bytes })

  it('names hosted packages, repositories by commit, and nothing of the SDK or a path', () => {
    const analysis = analyze(readFileSync(new URL('testdata/pubspec.lock', import.meta.url)))

    if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
    expect(analysis.value.packages.map(found => `${found.name} ${found.version}`)).toEqual([
      'archive 3.3.2',
      'collection 1.17.0-nullsafety.1',
      'forked git+https://github.com/example/forked.git#0123456789abcdef0123456789abcdef01234567',
    ])
    expect(analysis.value.problems).toEqual([])
  })

  it('is a problem where it cannot be read', () => {
    const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

    expect(analyze(bytesOf('sdks:\n  dart: "3"\n'))).toMatchObject({ ok: false })
    expect(analyze(bytesOf('packages: {}\n'))).toMatchObject({ ok: true, value: { packages: [], problems: [] } })
    const analysis = analyze(bytesOf('packages:\r\n  a:\r\n    source: hosted\r\n  b-c:\n    version: "1.0.0"\n'))
    expect(analysis.ok && analysis.value.problems.map(problem => problem.reason)).toEqual([
      'package-without-version',
      'malformed-lockfile',
    ])
  })
})
