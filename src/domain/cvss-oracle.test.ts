import { Cvss2, Cvss3P0, Cvss3P1, Cvss4P0 } from 'ae-cvss-calculator'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { V2_METRICS } from './cvss-v2.ts'
import { V3_METRICS } from './cvss-v3.ts'
import { V4_METRICS } from './cvss-v4.ts'
import type { MetricSet } from './cvss-vector.ts'
import { parseCvss, type Cvss } from './cvss.ts'
import { exactScoresV2, exactScoresV30 } from './exact-cvss.suite.ts'

/** Random vectors per version; 20,000 and more were compared when this was written. */
const VECTORS = Number(process.env['OPENINSPECTOR_CVSS_VECTORS'] ?? 1_000)

/** Vectors of all groups, each metric of which but the base may be left out, undefined, or say something. */
function vectors(prefix: string, set: MetricSet): fc.Arbitrary<string> {
  const given = Object.entries(set.base).map(([name, values]) =>
    fc.constantFrom(...values.split(' ')).map(value => `${name}:${value}`),
  )
  const groups = [set.temporal, set.environmental, set.supplemental].map(group =>
    fc.tuple(
      ...Object.entries(group).map(([name, values]) =>
        fc.option(
          fc.constantFrom(...values.split(' ')).map(value => `${name}:${value}`),
          { freq: 3 },
        ),
      ),
    ),
  )
  return fc
    .tuple(fc.tuple(...given), ...groups.map(group => fc.option(group, { freq: 3 })))
    .map(([base, ...others]) => {
      const metrics = [...base, ...others.flatMap(group => group ?? [])].filter(metric => metric !== null)
      return `${prefix}${metrics.join('/')}`
    })
}

function scoresOf(vector: string): Cvss {
  const parsed = parseCvss(vector)
  if (!parsed.ok) throw new Error(`${vector}: ${parsed.error.reason}`)
  return parsed.value
}

function forAll(vector: fc.Arbitrary<string>, check: (vector: string) => void): void {
  fc.assert(fc.property(vector, check), { numRuns: VECTORS })
}

describe('scores of random vectors, beside those of another implementation', () => {
  it('CVSS 4.0 is the same', () => {
    forAll(vectors('CVSS:4.0/', V4_METRICS), vector => {
      const { overall, baseMetricsOnly } = new Cvss4P0(vector).calculateScores()

      const ours = scoresOf(vector)
      expect({ vector, overall: ours.overallScore, base: ours.baseScore }).toEqual({
        vector,
        overall,
        base: baseMetricsOnly ?? overall,
      })
    })
  })

  it('CVSS 3.1 is the same', () => {
    forAll(vectors('CVSS:3.1/', V3_METRICS), vector => {
      const theirs = new Cvss3P1(vector).calculateScores()

      const { baseScore, temporalScore, environmentalScore } = scoresOf(vector)
      expect({ vector, baseScore, temporalScore, environmentalScore }).toEqual({
        vector,
        baseScore: theirs.base,
        temporalScore: temporalScore === null ? null : theirs.temporal,
        environmentalScore: environmentalScore === null ? null : theirs.environmental,
      })
    })
  })

  it('CVSS 3.0 is the same, or that of exact arithmetic where the other is off by what binary fractions lose', () => {
    let off = 0
    forAll(vectors('CVSS:3.0/', V3_METRICS), vector => {
      const theirs = new Cvss3P0(vector).calculateScores()
      const ours = scoresOf(vector)

      expect({ vector, base: ours.baseScore }).toEqual({ vector, base: theirs.base })
      const pairs = [
        [ours.temporalScore, theirs.temporal],
        [ours.environmentalScore, theirs.environmental],
      ] as const
      if (pairs.some(([our, their]) => our !== null && our !== their)) off++
    })
    expect(off / VECTORS).toBeLessThan(0.02)
  })

  it('CVSS 2.0 is the same, but for ties, and for the environmental score, whose stages the other does not round', () => {
    let ties = 0
    let off = 0
    forAll(vectors('', V2_METRICS), vector => {
      const theirs = new Cvss2(vector).calculateScores()
      const ours = scoresOf(vector)

      // It answers -0 where there is no impact.
      expect({ vector, base: ours.baseScore }).toEqual({ vector, base: (theirs.base ?? 0) + 0 })
      if (ours.temporalScore !== null && ours.temporalScore !== (theirs.temporal ?? 0) + 0) ties++
      if (ours.environmentalScore !== null && ours.environmentalScore !== theirs.environmental) off++
    })
    // 9.0 * 0.95 is 8.55, which rounds to 8.6; as a binary fraction it lies below.
    expect(ties / VECTORS).toBeLessThan(0.02)
    expect(off / VECTORS).toBeLessThan(0.3)
  })
})

describe('scores of random vectors, beside exact arithmetic', () => {
  it.each([
    ['3.0', vectors('CVSS:3.0/', V3_METRICS), exactScoresV30],
    ['2.0', vectors('', V2_METRICS), exactScoresV2],
  ] as const)('CVSS %s is the same', (_version, arbitrary, exactScores) => {
    forAll(arbitrary, vector => {
      const { baseScore, temporalScore, environmentalScore } = scoresOf(vector)

      const { base, temporal, environmental } = exactScores(vector)
      expect({ vector, baseScore, temporalScore, environmentalScore }).toEqual({
        vector,
        baseScore: base,
        temporalScore: temporalScore === null ? null : temporal,
        environmentalScore: environmentalScore === null ? null : environmental,
      })
    })
  })
})
