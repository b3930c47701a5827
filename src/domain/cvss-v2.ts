import { type Metrics, type MetricSet, weight } from './cvss-vector.ts'

/** CVSS 2.0. (FIRST, "A Complete Guide to CVSS v2.0", 2007, sections 2 and 3.2.1) */
export const V2_METRICS: MetricSet = {
  base: { AV: 'L A N', AC: 'H M L', Au: 'M S N', C: 'N P C', I: 'N P C', A: 'N P C' },
  other: {
    E: 'U POC F H ND', RL: 'OF TF W U ND', RC: 'UC UR C ND',
    CDP: 'N L LM MH H ND', TD: 'N L M H ND', CR: 'L M H ND', IR: 'L M H ND', AR: 'L M H ND',
  }, // prettier-ignore
}

const VECTOR = { L: 0.395, A: 0.646, N: 1 }
const COMPLEXITY = { H: 0.35, M: 0.61, L: 0.71 }
const AUTHENTICATION = { M: 0.45, S: 0.56, N: 0.704 }
const IMPACT = { N: 0, P: 0.275, C: 0.66 }

/** The base score, one decimal. No combination lies on a tie, so binary fractions round as exact ones do (tested). */
export function baseScoreV2(metrics: Metrics): number {
  const kept = ['C', 'I', 'A'].reduce((product, name) => product * (1 - weight(metrics, name, IMPACT)), 1)
  const impact = 10.41 * (1 - kept)
  if (kept === 1) return 0
  const exploitability =
    20 * weight(metrics, 'AV', VECTOR) * weight(metrics, 'AC', COMPLEXITY) * weight(metrics, 'Au', AUTHENTICATION)
  return Math.round((0.6 * impact + 0.4 * exploitability - 1.5) * 1.176 * 10) / 10
}
