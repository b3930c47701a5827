import { describe, expect, it } from 'vitest'
import { aDetection, aNetworkDetection } from '../../../test/support/builders.ts'
import { instant } from '../../base/clock.ts'
import { riskFactorsOf, riskOf, riskParts, type RiskFactors } from './risk-order.ts'

const CALM: RiskFactors = {
  score: 7,
  severity: 'HIGH',
  isKnownExploited: false,
  isExploitAvailable: false,
  epssScore: 0,
  exposure: 'none',
  isInUse: false,
}

describe('the risk order', () => {
  it('is the sum of parts that say what they are', () => {
    const factors = {
      ...CALM,
      score: 9.8,
      isKnownExploited: true,
      epssScore: 0.975,
      exposure: 'internet',
      isInUse: true,
    } as const

    expect(riskParts(factors)).toEqual([
      { factor: 'score', points: 98, because: 'Inspector score 9.8' },
      { factor: 'known-exploited', points: 60, because: 'CISA knows it to be exploited' },
      { factor: 'epss', points: 39, because: 'EPSS 97.5 %' },
      { factor: 'exposure', points: 20, because: 'the internet reaches it' },
      { factor: 'in-use', points: 15, because: 'a running process uses it' },
    ])
    expect(riskOf(factors)).toBe(232)
  })

  it.each<[string, Partial<RiskFactors>]>([
    ['a higher score', { score: 7.1 }],
    ['known exploitation', { isKnownExploited: true }],
    ['a public exploit', { isExploitAvailable: true }],
    ['a likelier exploitation', { epssScore: 0.5 }],
    ['connected networks', { exposure: 'connected-networks' }],
    ['an exposure that nobody knows', { exposure: null }],
    ['the internet', { exposure: 'internet' }],
    ['use', { isInUse: true }],
    ['a use that nobody looked for', { isInUse: null }],
  ])('puts %s before its absence', (_what, change) => {
    expect(riskOf({ ...CALM, ...change })).toBeGreaterThan(riskOf(CALM))
  })

  it('puts what is exploited before what only scores higher', () => {
    const exploited = { ...CALM, score: 5.5, isKnownExploited: true }

    expect(riskOf(exploited)).toBeGreaterThan(riskOf({ ...CALM, score: 10 }))
  })

  it('takes what nobody knows for neither the best nor the worst', () => {
    const unknown = riskOf({ ...CALM, exposure: null, isInUse: null })

    expect(unknown).toBeGreaterThan(riskOf({ ...CALM, exposure: 'none', isInUse: false }))
    expect(unknown).toBeLessThan(riskOf({ ...CALM, exposure: 'internet', isInUse: true }))
    expect(unknown).toBe(riskOf({ ...CALM, exposure: 'unknown', isInUse: null }))
  })

  it('reads the factors of package and network findings', () => {
    const kev = { dateAdded: instant(0), dateDue: null, action: null, isUsedByRansomware: false }

    expect(riskFactorsOf(aDetection({ kev, epssScore: 0.1, exposure: 'internet' }))).toEqual({
      score: 7.5,
      severity: 'HIGH',
      isKnownExploited: true,
      isExploitAvailable: null,
      epssScore: 0.1,
      exposure: 'internet',
      isInUse: null,
    })
    expect(riskFactorsOf(aNetworkDetection({ edge: { kind: 'peering', id: 'pcx-1' } }))).toMatchObject({
      score: null,
      severity: 'LOW',
      exposure: 'connected-networks',
      isInUse: null,
    })
  })
})
