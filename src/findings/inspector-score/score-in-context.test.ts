import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aDetection } from '../../../test/support/builders.ts'
import { stableJson } from '../../base/stable-json.ts'
import { parseCvss } from '../../domain/cvss.ts'
import type { ExposureLevel } from '../../domain/network/open-path.ts'
import { severityOfScore } from '../../domain/severity.ts'
import { SCORE_RULES } from './score-rules.ts'
import { inContext, scoresAlike } from './score-in-context.ts'

const EXPOSURES: readonly (ExposureLevel | undefined)[] = [
  'internet',
  'connected-networks',
  'none',
  'unknown',
  undefined,
]

/** A detection that rests on this vector, as its source scored it. */
function scored(vector: string, version = '3.1') {
  const parsed = parseCvss(vector)
  if (!parsed.ok) throw new Error(parsed.error.reason)
  const score = parsed.value.baseScore
  return aDetection({
    score: { score, vector, version, source: 'NVD' },
    severity: severityOfScore(score),
    cvss: [{ version, baseScore: score, vector, source: 'NVD' }],
  })
}

const NETWORK = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'

describe('the Inspector score of a package finding', () => {
  it.each<[ExposureLevel | undefined, number, string, string]>([
    ['internet', 9.8, 'CRITICAL', 'N'],
    ['connected-networks', 8.8, 'HIGH', 'A'],
    ['none', 8.4, 'HIGH', 'L'],
    ['unknown', 9.8, 'CRITICAL', 'N'],
    [undefined, 9.8, 'CRITICAL', 'N'],
  ])('of a flaw over the network on an instance open to %s is %f, %s', (exposure, score, severity, vector) => {
    const adjusted = inContext(scored(NETWORK), exposure)

    expect(adjusted).toMatchObject({ severity, score: { score, vector: NETWORK.replace('AV:N', `AV:${vector}`) } })
    expect(adjusted.exposure).toBe(exposure)
  })

  it('says which metric was changed, and why, and keeps the base score', () => {
    const { score, cvss } = inContext(scored(NETWORK), 'none')

    expect(score?.context).toEqual({
      base: { score: 9.8, vector: NETWORK },
      adjustments: [
        {
          metric: 'Attack Vector',
          reason: 'No open network path reaches this instance from beyond its VPC.',
        },
      ],
    })
    expect(cvss).toEqual(scored(NETWORK).cvss)
  })

  it('leaves the modified metrics of an environment alone', () => {
    const { score } = inContext(scored(`${NETWORK}/MAV:N`), 'none')

    expect(score?.vector).toBe(`${NETWORK.replace('AV:N', 'AV:L')}/MAV:N`)
  })

  it.each([
    ['CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', '3.1'],
    ['CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', '3.1'],
    ['CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', '3.1'],
    ['AV:N/AC:L/Au:N/C:P/I:P/A:P', '2.0'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', '4.0'],
  ])('of %s stays, however far the instance is open', (vector, version) => {
    for (const exposure of EXPOSURES) {
      const { score, severity } = inContext(scored(vector, version), exposure)

      expect({ score, severity }).toEqual({
        score: scored(vector, version).score,
        severity: scored(vector, version).severity,
      })
    }
  })

  it('stays with the word of a vendor where there is no number', () => {
    const word = aDetection({ score: null, severity: 'MEDIUM' })

    expect(inContext(word, 'none')).toEqual({ ...word, exposure: 'none' })
  })

  it('is never raised, has a readable vector, and does not depend on what it was adjusted to before', () => {
    const metric = (name: string, values: string) =>
      fc.constantFrom(...values.split('')).map(value => `${name}:${value}`)
    const vector = fc
      .tuple(
        fc.constantFrom('3.0', '3.1'),
        metric('AV', 'NALP'),
        metric('AC', 'LH'),
        metric('PR', 'NLH'),
        metric('UI', 'NR'),
        metric('S', 'UC'),
        metric('C', 'HLN'),
        metric('I', 'HLN'),
        metric('A', 'HLN'),
      )
      .map(([version, ...metrics]) => ({ version, text: `CVSS:${version}/${metrics.join('/')}` }))
    const exposure = fc.constantFrom(...EXPOSURES)
    fc.assert(
      fc.property(vector, exposure, exposure, ({ version, text }, before, now) => {
        const base = scored(text, version)
        const adjusted = inContext(base, now)
        const read = parseCvss(adjusted.score!.vector)

        expect(adjusted.score!.score).toBeLessThanOrEqual(base.score!.score)
        expect(read.ok && read.value.baseScore).toBe(adjusted.score!.score)
        expect(adjusted.severity).toBe(severityOfScore(adjusted.score!.score))
        expect(inContext(inContext(base, before), now)).toEqual(adjusted)
        expect(inContext(adjusted, undefined)).toEqual(base)
        const isSame = stableJson(inContext(base, before).score) === stableJson(adjusted.score)
        expect(isSame || !scoresAlike(before, now)).toBe(true)
      }),
    )
  })

  it('has rules for closed instances alone: what is open or not known keeps its base score', () => {
    expect(SCORE_RULES.map(({ exposure }) => exposure).toSorted()).toEqual(['connected-networks', 'none'])
  })
})
