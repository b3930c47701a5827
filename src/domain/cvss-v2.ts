import { type Metrics, type MetricSet, type Values, weight } from './cvss-vector.ts'

const REQUIREMENT = 'L M H ND'

/** CVSS 2.0. (FIRST, "A Complete Guide to CVSS v2.0", 2007, sections 2 and 3.2) */
export const V2_METRICS: MetricSet = {
  base: { AV: 'L A N', AC: 'H M L', Au: 'M S N', C: 'N P C', I: 'N P C', A: 'N P C' },
  temporal: { E: 'U POC F H ND', RL: 'OF TF W U ND', RC: 'UC UR C ND' },
  environmental: { CDP: 'N L LM MH H ND', TD: 'N L M H ND', CR: REQUIREMENT, IR: REQUIREMENT, AR: REQUIREMENT },
  supplemental: {},
  undefinedValue: 'ND',
}

const VECTOR = { L: 0.395, A: 0.646, N: 1 }
const COMPLEXITY = { H: 0.35, M: 0.61, L: 0.71 }
const AUTHENTICATION = { M: 0.45, S: 0.56, N: 0.704 }
const IMPACT = { N: 0, P: 0.275, C: 0.66 }
const NEED = { L: 0.5, M: 1, H: 1.51, ND: 1 }

/** In hundredths, so that the stages after the base score are exact. */
const EXPLOITABILITY = { U: 85, POC: 90, F: 95, H: 100, ND: 100 }
const REMEDIATION = { OF: 87, TF: 90, W: 95, U: 100, ND: 100 }
const CONFIDENCE = { UC: 90, UR: 95, C: 100, ND: 100 }
const DAMAGE = { N: 0, L: 10, LM: 30, MH: 40, H: 50, ND: 0 }
const DISTRIBUTION = { N: 0, L: 25, M: 75, H: 100, ND: 100 }

/** The base score, one decimal. (section 3.2.1) */
export function baseScoreV2(metrics: Metrics): number {
  return tenthsOfBase(name => metrics.get(name), false) / 10
}

/** The temporal score, one decimal. (section 3.2.2) */
export function temporalScoreV2(metrics: Metrics): number {
  const values: Values = name => metrics.get(name)
  return tenthsOfTemporal(tenthsOfBase(values, false), values) / 10
}

/**
 * The environmental score, one decimal: each stage is rounded, as the temporal score is "recomputed" from a base score
 * with the adjusted impact. (section 3.2.3)
 */
export function environmentalScoreV2(metrics: Metrics): number {
  const values: Values = name => metrics.get(name)
  const temporal = tenthsOfTemporal(tenthsOfBase(values, true), values)
  const damaged = 100 * temporal + (100 - temporal) * weight(values, 'CDP', DAMAGE)
  return halfUp(damaged * weight(values, 'TD', DISTRIBUTION), 10_000) / 10
}

/**
 * No combination lies on a tie, so binary fractions round as exact ones do (tested, each of them). Where nothing much is
 * required the equation falls below zero, while scores range from 0: it ends there. (section 2: "ranging from 0 to 10")
 */
function tenthsOfBase(values: Values, isAdjusted: boolean): number {
  const kept = ['C', 'I', 'A'].reduce((product, name) => {
    const need = isAdjusted ? weight(values, `${name}R`, NEED) : 1
    return product * (1 - weight(values, name, IMPACT) * need)
  }, 1)
  if (kept === 1) return 0
  const impact = isAdjusted ? Math.min(10, 10.41 * (1 - kept)) : 10.41 * (1 - kept)
  const exploitability =
    20 * weight(values, 'AV', VECTOR) * weight(values, 'AC', COMPLEXITY) * weight(values, 'Au', AUTHENTICATION)
  return Math.max(0, Math.round((0.6 * impact + 0.4 * exploitability - 1.5) * 1.176 * 10))
}

function tenthsOfTemporal(base: number, values: Values): number {
  const share =
    weight(values, 'E', EXPLOITABILITY) * weight(values, 'RL', REMEDIATION) * weight(values, 'RC', CONFIDENCE)
  return halfUp(base * share, 1_000_000)
}

/** `value / divisor`, rounded to a whole number; of whole numbers, so nothing is lost on the way. */
function halfUp(value: number, divisor: number): number {
  return Math.floor((value + divisor / 2) / divisor)
}
