import { type Metrics, type MetricSet, modifiedValues, type Values, weight } from './cvss-vector.ts'

const REQUIREMENT = 'X L M H'

/** CVSS 3.0 and 3.1, whose metrics are the same. (FIRST, CVSS v3.1 Specification, sections 2 to 4) */
export const V3_METRICS: MetricSet = {
  base: { AV: 'N A L P', AC: 'L H', PR: 'N L H', UI: 'N R', S: 'U C', C: 'H L N', I: 'H L N', A: 'H L N' },
  temporal: { E: 'X U P F H', RL: 'X O T W U', RC: 'X U R C' },
  environmental: {
    CR: REQUIREMENT, IR: REQUIREMENT, AR: REQUIREMENT,
    MAV: 'X N A L P', MAC: 'X L H', MPR: 'X N L H', MUI: 'X N R', MS: 'X U C', MC: 'X N L H', MI: 'X N L H',
    MA: 'X N L H',
  }, // prettier-ignore
  supplemental: {},
  undefinedValue: 'X',
}

const VECTOR = { N: 0.85, A: 0.62, L: 0.55, P: 0.2 }
const COMPLEXITY = { L: 0.77, H: 0.44 }
const PRIVILEGES = { N: 0.85, L: 0.62, H: 0.27 }
const PRIVILEGES_SCOPE_CHANGED = { N: 0.85, L: 0.68, H: 0.5 }
const INTERACTION = { N: 0.85, R: 0.62 }
const IMPACT = { H: 0.56, L: 0.22, N: 0 }
const NEED = { X: 1, L: 0.5, M: 1, H: 1.5 }
const EXPLOIT_MATURITY = { X: 1, U: 0.91, P: 0.94, F: 0.97, H: 1 }
const REMEDIATION = { X: 1, O: 0.95, T: 0.96, W: 0.97, U: 1 }
const CONFIDENCE = { X: 1, U: 0.92, R: 0.96, C: 1 }

export type V3Version = '3.0' | '3.1'

/** The base score, one decimal. (3.0 section 8.1, 3.1 section 7.1) */
export function baseScoreV3(metrics: Metrics, version: V3Version): number {
  const values: Values = name => metrics.get(name)
  const iss = 1 - ['C', 'I', 'A'].reduce((product, name) => product * (1 - weight(values, name, IMPACT)), 1)
  const impact = values('S') === 'C' ? 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02) ** 15 : 6.42 * iss
  return scoreOf(values, impact, version)
}

/** The temporal score, one decimal. (3.0 section 8.2, 3.1 section 7.2) */
export function temporalScoreV3(metrics: Metrics, version: V3Version): number {
  return roundUp(baseScoreV3(metrics, version) * temporalShare(metrics), version)
}

/** The environmental score with what the temporal metrics say, one decimal. (3.0 section 8.3, 3.1 section 7.3) */
export function environmentalScoreV3(metrics: Metrics, version: V3Version): number {
  const values = modifiedValues(metrics)
  const kept = ['C', 'I', 'A'].reduce(
    (product, name) => product * (1 - weight(values, name, IMPACT) * weight(values, `${name}R`, NEED)),
    1,
  )
  const miss = Math.min(1 - kept, 0.915)
  const bent = version === '3.0' ? (miss - 0.02) ** 15 : (miss * 0.9731 - 0.02) ** 13
  const impact = values('S') === 'C' ? 7.52 * (miss - 0.029) - 3.25 * bent : 6.42 * miss
  return roundUp(scoreOf(values, impact, version) * temporalShare(metrics), version)
}

function scoreOf(values: Values, impact: number, version: V3Version): number {
  if (impact <= 0) return 0
  const isScopeChanged = values('S') === 'C'
  const exploitability =
    8.22 *
    weight(values, 'AV', VECTOR) *
    weight(values, 'AC', COMPLEXITY) *
    weight(values, 'PR', isScopeChanged ? PRIVILEGES_SCOPE_CHANGED : PRIVILEGES) *
    weight(values, 'UI', INTERACTION)
  return roundUp(Math.min((isScopeChanged ? 1.08 : 1) * (impact + exploitability), 10), version)
}

function temporalShare(metrics: Metrics): number {
  const values: Values = name => metrics.get(name)
  return weight(values, 'E', EXPLOIT_MATURITY) * weight(values, 'RL', REMEDIATION) * weight(values, 'RC', CONFIDENCE)
}

/**
 * The next tenth at or above. 3.1 says how, on integers of hundred-thousandths (Appendix A); 3.0 says only "equal to or
 * higher", which is taken at its word: what exact arithmetic gives, where calculators with binary fractions differ among
 * each other. A thousand-millionth is more than those are ever off, and less than any score lies above a tenth (tested).
 */
function roundUp(score: number, version: V3Version): number {
  if (version === '3.1') return Math.ceil(Math.round(score * 100_000) / 10_000) / 10
  return Math.ceil(Math.round(score * 1e9) / 1e8) / 10
}
