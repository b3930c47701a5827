import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AffectedPackage } from '../../domain/advisory.ts'
import { namespace } from '../../domain/namespace.ts'
import { dpkgScheme } from '../../ecosystems/deb/version.ts'
import { combine, settledRanges } from './combine.ts'
import type { Disposition, Statement } from './combine.ts'

const JAMMY = namespace('ubuntu:22.04')

function range(fix: string | null): AffectedPackage['ranges'][number] {
  if (fix === null) return { scheme: 'dpkg', introduced: 'beginning', end: 'no-fix-known' }
  const fixed = dpkgScheme.parse(fix)
  if (!fixed.ok) throw new Error(fix)
  return { scheme: 'dpkg', introduced: 'beginning', end: { fixed: fixed.value } }
}

function anEntry(fix: string | null, given: Partial<AffectedPackage> = {}): AffectedPackage {
  return { namespace: JAMMY, name: 'netty', ranges: [range(fix)], versions: [], ...given }
}

function said(disposition: Disposition, given: Partial<Statement> = {}): Statement {
  return { namespace: JAMMY, name: 'netty', disposition, ...given }
}

describe('what VEX makes of an entry without a fix', () => {
  it.each([
    ['needed', undefined],
    ['deferred', 'deferred'],
    ['will-not-fix', 'will-not-fix'],
    ['end-of-life', 'end-of-life'],
    ['needs-triage', 'under-investigation'],
    ['fixed', undefined],
    ['not-present', undefined],
  ] as const)('%s: %s', (disposition, state) => {
    const [entry] = combine([anEntry(null)], [said(disposition)], 'dpkg')

    expect(entry?.state).toBe(state)
    expect(entry?.ranges).toEqual([range(null)])
  })

  it('not-affected takes it out', () => {
    expect(combine([anEntry(null)], [said('not-affected')], 'dpkg')).toEqual([])
  })

  it('nothing where VEX is silent', () => {
    expect(combine([anEntry(null)], [], 'dpkg')).toEqual([anEntry(null)])
  })
})

describe('what VEX does not change', () => {
  it.each(['will-not-fix', 'not-affected', 'needs-triage', 'end-of-life'] as const)('a fix: %s', disposition => {
    expect(combine([anEntry('2')], [said(disposition)], 'dpkg')).toEqual([anEntry('2')])
  })

  it('an entry of another channel, release or package', () => {
    const entries = [anEntry(null), anEntry('3+esm1', { channel: 'esm-apps' })]
    const others = [
      said('will-not-fix', { channel: 'esm-apps' }),
      said('not-affected', { channel: 'esm-infra' }),
      said('not-affected', { name: 'other' }),
      said('not-affected', { namespace: namespace('ubuntu:24.04') }),
    ]

    expect(combine(entries, others, 'dpkg')).toEqual(entries)
  })
})

describe('what OSV leaves out', () => {
  it.each([
    ['end-of-life', 'end-of-life'],
    ['will-not-fix', 'will-not-fix'],
    ['needed', undefined],
    ['deferred', 'deferred'],
  ] as const)('%s stands by itself', (disposition, state) => {
    const [entry] = combine([], [said(disposition, { channel: 'esm-infra' })], 'dpkg')

    expect(entry).toMatchObject({ name: 'netty', channel: 'esm-infra', ranges: [range(null)] })
    expect(entry?.state).toBe(state)
  })

  it.each(['not-affected', 'not-present', 'needs-triage', 'fixed'] as const)('%s says nothing', disposition => {
    expect(combine([], [said(disposition)], 'dpkg')).toEqual([])
  })

  it('the archive, where OSV tells of the channel that looks after the release', () => {
    const fixedInEsm = anEntry('2+esm1', { channel: 'esm-apps' })

    expect(combine([fixedInEsm], [said('end-of-life')], 'dpkg')).toEqual([fixedInEsm])
  })
})

describe('products that stand twice', () => {
  it('the statement that calls for more counts, in whatever order', () => {
    for (const statements of [
      [said('not-affected'), said('needed')],
      [said('needed'), said('not-affected')],
    ]) {
      expect(combine([anEntry(null)], statements, 'dpkg')).toEqual([anEntry(null)])
    }
  })

  it('ranges count once, and a fix answers "no fix"', () => {
    expect(settledRanges([range('1'), range(null), range('1'), range('2')])).toEqual([range('1'), range('2')])
    expect(settledRanges([range(null), range(null)])).toEqual([range(null)])
  })

  it('the order of statements never matters', () => {
    const dispositions: Disposition[] = ['needed', 'deferred', 'will-not-fix', 'end-of-life', 'needs-triage', 'fixed']
    const statements = fc.array(fc.constantFrom<Disposition>(...dispositions, 'not-present', 'not-affected'), {
      maxLength: 6,
    })
    const isSame = (given: readonly Disposition[]): boolean => {
      const forwards = combine(
        [anEntry(null)],
        given.map(each => said(each)),
        'dpkg',
      )
      const backwards = combine(
        [anEntry(null)],
        given.toReversed().map(each => said(each)),
        'dpkg',
      )
      return JSON.stringify(forwards) === JSON.stringify(backwards)
    }

    expect(fc.check(fc.property(statements, isSame)).failed).toBe(false)
  })
})
