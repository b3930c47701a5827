import { type Metrics, type MetricSet, weight } from './cvss-vector.ts'

const REQUIREMENT = 'X L M H'

/** CVSS 3.0 and 3.1, whose base equations are the same. (FIRST, CVSS v3.1 Specification, sections 2 to 4 and 7) */
export const V3_METRICS: MetricSet = {
  base: { AV: 'N A L P', AC: 'L H', PR: 'N L H', UI: 'N R', S: 'U C', C: 'H L N', I: 'H L N', A: 'H L N' },
  other: {
    E: 'X U P F H', RL: 'X O T W U', RC: 'X U R C', CR: REQUIREMENT, IR: REQUIREMENT, AR: REQUIREMENT,
    MAV: 'X N A L P', MAC: 'X L H', MPR: 'X N L H', MUI: 'X N R', MS: 'X U C', MC: 'X N L H', MI: 'X N L H',
    MA: 'X N L H',
  }, // prettier-ignore
}

const VECTOR = { N: 0.85, A: 0.62, L: 0.55, P: 0.2 }
const COMPLEXITY = { L: 0.77, H: 0.44 }
const PRIVILEGES = { N: 0.85, L: 0.62, H: 0.27 }
const PRIVILEGES_SCOPE_CHANGED = { N: 0.85, L: 0.68, H: 0.5 }
const INTERACTION = { N: 0.85, R: 0.62 }
const IMPACT = { H: 0.56, L: 0.22, N: 0 }

/** The base score, one decimal. (section 7.1) */
export function baseScoreV3(metrics: Metrics): number {
  const isScopeChanged = metrics.get('S') === 'C'
  const iss = 1 - ['C', 'I', 'A'].reduce((product, name) => product * (1 - weight(metrics, name, IMPACT)), 1)
  const impact = isScopeChanged ? 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02) ** 15 : 6.42 * iss
  if (impact <= 0) return 0
  const exploitability =
    8.22 *
    weight(metrics, 'AV', VECTOR) *
    weight(metrics, 'AC', COMPLEXITY) *
    weight(metrics, 'PR', isScopeChanged ? PRIVILEGES_SCOPE_CHANGED : PRIVILEGES) *
    weight(metrics, 'UI', INTERACTION)
  return roundUp(Math.min((isScopeChanged ? 1.08 : 1) * (impact + exploitability), 10))
}

/** The next tenth at or above, on integers, so that 4.000000001 from binary fractions stays 4.0. (Appendix A) */
function roundUp(score: number): number {
  const hundredThousandths = Math.round(score * 100_000)
  return Math.ceil(hundredThousandths / 10_000) / 10
}
