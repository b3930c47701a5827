import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Version, VersionScheme } from '../domain/version.ts'

/** The laws of every version order, over versions that `texts` mostly makes readable. */
export function obeysTheVersionOrder(scheme: VersionScheme, texts: fc.Arbitrary<string>): void {
  const version: fc.Arbitrary<Version> = texts
    .map(text => scheme.parse(text))
    .filter(parsed => parsed.ok)
    .map(parsed => parsed.value)
  const order = (a: Version, b: Version): number => Math.sign(scheme.compare(a, b))
  const reread = (text: string): Version => {
    const parsed = scheme.parse(text)
    if (!parsed.ok) throw new Error(`unreadable the second time: ${text}`)
    return parsed.value
  }

  it('orders a version with itself, and with a second reading of its text', () => {
    fc.assert(
      fc.property(version, a => {
        expect(order(a, a)).toBe(0)
        expect(order(a, reread(a.text))).toBe(0)
      }),
    )
  })

  it('flips the sign when the sides are swapped', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(order(a, b) + order(b, a)).toBe(0)
      }),
    )
  })

  it('is transitive', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const [low, middle, high] = [a, b, c].sort((x, y) => scheme.compare(x, y))
        expect(order(low!, middle!)).toBeLessThanOrEqual(0)
        expect(order(middle!, high!)).toBeLessThanOrEqual(0)
        expect(order(low!, high!)).toBe(Math.min(order(low!, middle!), order(middle!, high!)))
      }),
    )
  })

  it('never throws, and names the text that it cannot read', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), texts), text => {
        const parsed = scheme.parse(text)
        const answer: object = parsed.ok ? parsed.value : parsed.error
        const outcome = parsed.ok ? { text } : { is: 'unreadable-version', text: text.slice(0, 200) }
        expect(answer).toMatchObject({ scheme: scheme.id, ...outcome })
      }),
    )
  })
}

/** `-1`, `0` or `1`; throws when a text is unreadable, so that a table cannot pass by accident. */
export function compareTexts(scheme: VersionScheme, left: string, right: string): number {
  const [a, b] = [scheme.parse(left), scheme.parse(right)]
  if (!a.ok || !b.ok) throw new Error(`unreadable: ${a.ok ? right : left}`)
  return Math.sign(scheme.compare(a.value, b.value))
}

/** Lines `left < right`; blank lines and `#` comments are left out. */
export function vectorsOf(text: string): readonly (readonly [left: string, order: -1 | 0 | 1, right: string])[] {
  const lines = text.split('\n').filter(line => line.trim() !== '' && !line.startsWith('#'))
  return lines.map(line => {
    const [left, sign, right, ...rest] = line.trim().split(/\s+/)
    if (left === undefined || right === undefined || rest.length > 0 || !/^[<=>]$/.test(sign ?? '')) {
      throw new Error(`not a vector: ${line}`)
    }
    return [left, sign === '<' ? -1 : sign === '=' ? 0 : 1, right]
  })
}
