import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AffectedPackage, AffectedRange } from '../domain/advisory.ts'
import type { Verdict } from '../domain/match.ts'
import { namespace } from '../domain/namespace.ts'
import type { Version } from '../domain/version.ts'
import { ecosystemOf } from '../ecosystems/index.ts'
import { describeCause, describeRange } from './describe-range.ts'
import { evaluateRanges } from './evaluate-ranges.ts'

const { scheme } = ecosystemOf('npm')
const UNREADABLE = { unreadable: { is: 'unreadable-version', scheme: 'semver', text: '?', reason: 'no' } } as const

function version(text: string): Version {
  const parsed = scheme.parse(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}

/** `1.0.0..2.0.0` fixed, `1.0.0..=2.0.0` last affected, `..` open at a side. */
function range(text: string): AffectedRange {
  const [from = '', to = ''] = text.split('..')
  const introduced = from === '' ? 'beginning' : version(from)
  if (to === '') return { scheme: 'semver', introduced, end: 'no-fix-known' }
  const end = to.startsWith('=') ? { lastAffected: version(to.slice(1)) } : { fixed: version(to) }
  return { scheme: 'semver', introduced, end }
}

function verdict(text: string, ranges: AffectedPackage['ranges'], versions: readonly string[] = []): Verdict {
  const affected = { namespace: namespace('npm'), name: 'x', ranges, versions }
  return evaluateRanges({ text, version: scheme.parse(text) }, affected, scheme)
}

describe('a version against ranges', () => {
  it.each([
    ['1.0.0', '1.0.0..2.0.0', 'affected'],
    ['1.0.0-beta', '1.0.0..2.0.0', 'not-affected'],
    ['2.0.0-beta', '1.0.0..2.0.0', 'affected'],
    ['2.0.0', '1.0.0..2.0.0', 'not-affected'],
    ['2.0.0+build', '1.0.0..2.0.0', 'not-affected'],
    ['2.0.0', '1.0.0..=2.0.0', 'affected'],
    ['2.0.1', '1.0.0..=2.0.0', 'not-affected'],
    ['0.0.0-0', '..', 'affected'],
    ['99.0.0', '1.0.0..', 'affected'],
    ['1.0.0', '1.0.0..1.0.0', 'not-affected'],
  ])('%s in %s is %s', (text, bounds, expected) => {
    expect(verdict(text, [range(bounds)]).is).toBe(expected)
  })

  it('is affected by any of several windows, and says by which', () => {
    const windows = [range('..1.0.0'), range('2.0.0..2.5.0')]

    expect(verdict('1.5.0', windows)).toEqual({ is: 'not-affected' })
    expect(verdict('2.1.0', windows)).toEqual({ is: 'affected', by: windows[1] })
  })

  it('is undetermined beside an unreadable range, unless another says affected', () => {
    expect(verdict('1.0.0', [UNREADABLE, range('2.0.0..')]).is).toBe('undetermined')
    expect(verdict('2.0.0', [UNREADABLE, range('2.0.0..')]).is).toBe('affected')
  })

  it('is undetermined when it cannot be read itself, or when the entry names no versions', () => {
    expect(verdict('latest', [range('..')])).toMatchObject({ is: 'undetermined', because: { text: 'latest' } })
    expect(verdict('1.0.0', []).is).toBe('undetermined')
  })

  it('is affected when it is listed, as written or as equal', () => {
    expect(verdict('1.0.0', [], ['1.0.0'])).toEqual({ is: 'affected', by: { listedVersion: '1.0.0' } })
    expect(verdict('v1.0.0', [], ['1.0.0+x']).is).toBe('affected')
    expect(verdict('latest', [], ['latest']).is).toBe('affected')
    expect(verdict('1.0.1', [range('2.0.0..')], ['1.0.0']).is).toBe('not-affected')
    expect(verdict('1.0.1', [], ['???']).is).toBe('undetermined')
  })

  it('names the range that knows a fix, also where the version is listed or another range knows none', () => {
    const ranges = [range('1.0.0..'), range('1.0.0..2.0.0')]

    expect(verdict('1.5.0', [range('1.0.0..2.0.0')], ['1.5.0'])).toEqual({ is: 'affected', by: range('1.0.0..2.0.0') })
    expect(verdict('1.5.0', ranges)).toEqual({ is: 'affected', by: ranges[1] })
    expect(verdict('1.5.0', [range('1.0.0..')], ['1.5.0'])).toEqual({ is: 'affected', by: range('1.0.0..') })
  })

  it('is undetermined in the order of another scheme', () => {
    const foreign: AffectedRange = { scheme: 'dpkg', introduced: 'beginning', end: 'no-fix-known' }

    expect(verdict('1.0.0', [foreign]).is).toBe('undetermined')
  })

  it('never becomes "not affected" by a further range', () => {
    const number = fc.nat({ max: 4 })
    const bounds = fc.tuple(number, number).map(([a, b]) => range(`${a}.0.0..${b}.0.0`))
    fc.assert(
      fc.property(number, fc.array(bounds, { minLength: 1 }), bounds, (major, ranges, further) => {
        if (verdict(`${major}.0.0`, ranges).is !== 'affected') return
        expect(verdict(`${major}.0.0`, [...ranges, further]).is).toBe('affected')
        expect(verdict(`${major}.0.0`, [further, UNREADABLE, ...ranges]).is).toBe('affected')
      }),
    )
  })
})

describe('ranges in words', () => {
  it.each([
    ['1.0.0..2.0.0', '>= 1.0.0 and < 2.0.0 (semver)'],
    ['..2.0.0', '< 2.0.0 (semver)'],
    ['..=2.0.0', '<= 2.0.0 (semver)'],
    ['1.0.0..', '>= 1.0.0 (semver)'],
    ['..', 'every version (semver)'],
  ])('%s', (bounds, words) => {
    expect(describeRange(range(bounds))).toBe(words)
  })

  it('name a listed version as such', () => {
    expect(describeCause({ listedVersion: '1.0.0' })).toBe('= 1.0.0 (listed)')
  })
})
