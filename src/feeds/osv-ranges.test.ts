import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AffectedRange, UnreadableRange } from '../domain/advisory.ts'
import { npm } from '../ecosystems/npm/ecosystem.ts'
import { pypi } from '../ecosystems/pypi/ecosystem.ts'
import { windowsOf } from './osv-ranges.ts'
import type { OsvEvent } from './osv-schema.ts'

const scheme = npm.scheme

function events(text: string): OsvEvent[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map(part => {
      const [key, version] = part.split('=')
      const is = { i: 'introduced', f: 'fixed', l: 'last_affected', x: 'limit' }[key!] as OsvEvent['is']
      return { is, version: version! }
    })
}

function shown(window: AffectedRange | UnreadableRange): string {
  if ('unreadable' in window) return 'unreadable'
  const from = window.introduced === 'beginning' ? '0' : window.introduced.text
  if (window.end === 'no-fix-known') return `[${from},)`
  return 'fixed' in window.end ? `[${from},${window.end.fixed.text})` : `[${from},${window.end.lastAffected.text}]`
}

function windows(text: string): string {
  return windowsOf({ type: 'SEMVER', events: events(text) }, scheme)
    .map(shown)
    .join(' ')
}

describe('windowsOf', () => {
  it.each([
    ['i=0 f=1.2.0', '[0,1.2.0)', 'one pair'],
    ['i=0', '[0,)', 'no fix known'],
    ['i=1.0.0 l=1.5.0', '[1.0.0,1.5.0]', 'last affected'],
    ['i=0 f=1.0.0 i=2.0.0 f=2.3.0', '[0,1.0.0) [2.0.0,2.3.0)', 'two pairs'],
    ['f=2.3.0 i=2.0.0 f=1.0.0 i=0', '[0,1.0.0) [2.0.0,2.3.0)', 'two pairs in disorder'],
    ['i=1.0.0 f=1.0.0', '', 'introduced equals fixed'],
    ['i=0 f=0', '', 'never affected'],
    ['i=1.0.0 l=1.0.0', '[1.0.0,1.0.0]', 'one version'],
    ['i=1.0.0 f=2.0.0 i=2.0.0 f=3.0.0', '[1.0.0,2.0.0) [2.0.0,3.0.0)', 'windows that touch'],
    ['i=1.0.0 i=1.5.0 f=2.0.0', '[1.0.0,2.0.0)', 'introduced twice'],
    ['i=1.0.0 f=2.0.0 f=3.0.0', '[1.0.0,2.0.0)', 'fixed twice'],
    ['f=0.9.0 i=1.0.0', '[1.0.0,)', 'fixed before introduced'],
    ['i=1.0.0 f=2.0.0 x=*', '[1.0.0,2.0.0)', 'a limit that is none'],
    ['i=1.0.0 f=2.0.0 x=3.0.0', '[1.0.0,2.0.0)', 'a limit above'],
    ['i=1.0.0 f=2.0.0 x=1.0.0', '', 'a limit below'],
    ['i=1.0.0 x=3.0.0', 'unreadable', 'a limit that cuts: neither a fix nor no fix'],
    ['f=1.0.0', 'unreadable', 'nothing introduced'],
    ['', 'unreadable', 'no events'],
    ['i=0 f=not/a/version', 'unreadable', 'an end that cannot be read'],
  ])('%s is %s (%s)', (text, expected) => {
    expect(windows(text)).toBe(expected)
  })

  it.each([
    ['i=0 l=2.6.0-NA', '[0,2.6.0-NA]'],
    ['i=0 l=2.6.0-cu124', 'unreadable'],
    ['i=2018-04-22b f=1.0', 'unreadable'],
  ])('of PyPI: %s is %s, never an empty window up to what has no place', (text, expected) => {
    const found = windowsOf({ type: 'ECOSYSTEM', events: events(text) }, pypi.scheme)

    expect(found.map(shown).join(' ')).toBe(expected)
  })

  it('does not depend on the order of events', () => {
    const event = fc.tuple(fc.constantFrom('i', 'f', 'l'), fc.nat(9)).map(([key, major]) => `${key}=${major + 1}.0.0`)
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 8 }), fc.nat(), (list, turn) => {
        const at = turn % list.length
        expect(windows([...list.slice(at), ...list.slice(0, at)].join(' '))).toBe(windows(list.join(' ')))
      }),
    )
  })

  it('yields windows in rising order that do not overlap', () => {
    const event = fc.tuple(fc.constantFrom('i', 'f', 'l'), fc.nat(9)).map(([key, major]) => `${key}=${major + 1}.0.0`)
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 8 }), list => {
        const bounds = windows(list.join(' ')).match(/\d+(?=\.0\.0)/g) ?? []
        expect(bounds).toEqual(bounds.toSorted((a, b) => Number(a) - Number(b)))
      }),
    )
  })
})
