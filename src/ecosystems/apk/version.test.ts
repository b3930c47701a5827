import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareTexts, obeysTheVersionOrder, vectorsOf } from '../version-order.suite.ts'
import { apkScheme } from './version.ts'

/** One fact a line: those of matching-and-feeds §3.2, then some of apk-tools' own tests (test/version.data). */
const FACTS = `
1.2_rc1 < 1.2
1.2 < 1.2_p1
1.2_svn2 < 1.2_git1
0.1.0_alpha < 0.1.0_alpha2
2.3.0b-r1 < 2.3.0b-r2
1.06-r6 < 006
1-r1 = 1-r01
6.6.2p1 > 6.6.2_p2
0..8 > 0...8
1.2.3b > 1.2.0d
2.34 > 0.1.0_alpha
0.1.0_alpha = 0.1.0_alpha
0.1.0_alpha < 0.1.3_alpha
0.1.0_alpha < 2.2.39-r1
1.0.4-r3 < 1.0.4-r4
1.1 > 1.1_alpha1
1.2 < 1.3_alpha
1.3_alpha2 < 1.3_alpha3
0.8_beta4 < 4.8-r1
0.12.3 > 0.12
1.2.11 < 1.2.12.1
3.1_p16 < 3.1_p17
1.2.2-r1 > 1.2.2
9.3.4-r2 > 9.3.4
1.00_beta2 > 0.9.2
7.15.1-r1 > 1.02
4.2.52_p2-r1 < 4.2.52_p4-r2
1.02.07 < 1.02.10-r1
20050718-r1 < 20050718-r2
0.99.3.20040818 > 0.7
2.01.01_alpha10 > 0.94
0.3.1_rc8 < 22.2
0.98 < 1.00
2.9.11_pre20051101-r3 > 2.9.11_pre20051101
2.9.11_pre20051101 < 2.9.11_pre20061021-r1
0.9.28-r2 < 0.9.28.1
087-r1 < 103
7.0.17 < 7.0.174
104-r11 > 104-r9
02.08.01b < 4.77
1.6d > 1.2.07.8
6b-r7 > 1.12-r7
2.5.1-r8 < 2.5.1a-r1
0.9.8c-r1 < 0.9.8d
1.7b < 1.8.4-r3
1.3_pre1-r1 < 1.3.2
1.0_p10-r0 > 1.0_p9-r0
0.1.0_alpha_pre2 < 0.1.0_alpha
1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0
8.2.0015 < 8.2.002
1.0 = 1.0-r0
1.0~0a > 1.0
1.0~0a < 1.0_p1
1.7.4p6-r1 > 1.7.4p6
1.7.4p6 < 1.7.4p10
1.2.3-r18446744073709551616 > 1.2.3-r18446744073709551615
`

describe('the order of apk', () => {
  it.each(vectorsOf(FACTS))('%s against %s (%s)', (left, order, right) => {
    expect(compareTexts(apkScheme, left, right)).toBe(order)
    expect(compareTexts(apkScheme, right, left)).toBe(order === 0 ? 0 : -order)
  })

  it('agrees with the generated table on every pair', () => {
    const vectors = vectorsOf(readFileSync(new URL('testdata/apk-generated.txt', import.meta.url), 'utf8'))
    expect(vectors.length).toBeGreaterThan(1000)

    const wrong = vectors.filter(([left, order, right]) => compareTexts(apkScheme, left, right) !== order)

    expect(wrong).toEqual([])
  })

  const texts = fc.stringMatching(
    /^[0-9]{1,3}(\.[0-9]{0,4}){0,3}([a-z][0-9]{0,2})?(_(alpha|pre|rc|git|p)[0-9]{0,3}){0,2}(~[0-9a-f]{1,4})?(-r[0-9]{0,2})?$/,
  )
  obeysTheVersionOrder(apkScheme, texts)
})

describe('reading an apk version', () => {
  it.each([
    ['', 'digit'],
    ['v1.0', 'digit'],
    [' 1.0', 'digit'],
    ['1.0bc', 'letter'],
    ['1.0b.1', 'letter'],
    ['23_foo', 'suffix'],
    ['1.0_p1_', 'does not know'],
    ['1.0-1', 'does not know'],
    ['1.0 ', 'does not know'],
    ['1.0\n', 'does not know'],
    ['1.0A', 'does not know'],
    ['1'.repeat(513), 'longer'],
  ])('refuses %j', (text, reason) => {
    const parsed = apkScheme.parse(text)

    expect(parsed).toMatchObject({ ok: false, error: { is: 'unreadable-version', scheme: 'apk' } })
    expect(parsed.ok ? '' : parsed.error.reason).toContain(reason)
  })

  it('takes no more time for hostile texts than for others', () => {
    const started = performance.now()
    for (const text of [`1${'_a'.repeat(200)}!`, `1${'a1'.repeat(200)}!`, `1${'.'.repeat(500)}!`, '1'.repeat(512)]) {
      for (let round = 0; round < 100; round++) apkScheme.parse(text)
    }

    expect(performance.now() - started).toBeLessThan(1000)
  })
})
