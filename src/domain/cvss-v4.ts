import { type Level, type Macrovector, type SystemImpact, tenthsOf } from './cvss-v4-macrovectors.ts'
import { type Metrics, type MetricSet, modifiedValues, type Values, weight } from './cvss-vector.ts'

const REQUIREMENT = 'X H M L'

/** CVSS 4.0. (FIRST, CVSS v4.0 Specification, sections 2 to 5 and 7) */
export const V4_METRICS: MetricSet = {
  base: {
    AV: 'N A L P', AC: 'L H', AT: 'N P', PR: 'N L H', UI: 'N P A',
    VC: 'H L N', VI: 'H L N', VA: 'H L N', SC: 'H L N', SI: 'H L N', SA: 'H L N',
  }, // prettier-ignore
  temporal: { E: 'X A P U' },
  environmental: {
    CR: REQUIREMENT, IR: REQUIREMENT, AR: REQUIREMENT,
    MAV: 'X N A L P', MAC: 'X L H', MAT: 'X N P', MPR: 'X N L H', MUI: 'X N P A',
    MVC: 'X H L N', MVI: 'X H L N', MVA: 'X H L N', MSC: 'X H L N', MSI: 'X S H L N', MSA: 'X S H L N',
  }, // prettier-ignore
  supplemental: {
    S: 'X N P', AU: 'X N Y', R: 'X A U I', V: 'X D C', RE: 'X L M H', U: 'X Clear Green Amber Red',
  }, // prettier-ignore
  undefinedValue: 'X',
}

const VECTOR = { N: 0, A: 1, L: 2, P: 3 }
const COMPLEXITY = { L: 0, H: 1 }
const REQUIREMENTS = { N: 0, P: 1 }
const PRIVILEGES = { N: 0, L: 1, H: 2 }
const INTERACTION = { N: 0, P: 1, A: 2 }
const IMPACT = { H: 0, L: 1, N: 2 }
/** Of subsequent systems; S, harm to people, lies above. Only a modified metric can say so. */
const IMPACT_AROUND = { S: 0, H: 1, L: 2, N: 3 }
/** What says nothing is the worst case. (sections 3.1 and 4.1) */
const MATURITY = { X: 0, A: 0, P: 1, U: 2 } as const
const NEED = { X: 0, H: 0, M: 1, L: 2 }

/** Depths of the macrovectors, in steps of one metric. (section 8.2, table of maximal severity distances) */
const DEPTH_EQ1 = [1, 4] as const
const DEPTH_EQ3EQ6 = { '00': 7, '01': 6, '10': 8, '11': 8 } as const
const DEPTH_EQ4 = [6, 5] as const
/** How many steps the tops of a class lie below the most severe of all; the tops of one class all lie equally low. */
const TOP_EQ3EQ6 = { '00': 0, '01': 3, '10': 1, '11': 3 } as const
const TOP_EQ4 = [1, 3] as const
/** Makes every proportion of a depth a whole number, so that ties round as the specification says. */
const COMMON_DEPTH = 840

/**
 * The score of the base metrics with those of the groups that are asked for; what is not asked for counts as undefined.
 * The macrovector's score, less the mean of how far the vector lies below its top in each class; one decimal.
 */
export function scoreV4(metrics: Metrics, groups: { readonly threat: boolean; readonly environment: boolean }): number {
  const values: Values = groups.environment ? modifiedValues(metrics) : name => metrics.get(name)
  const level = (name: string, levels: Readonly<Record<string, number>>): number => weight(values, name, levels)
  const need = (name: string): number => (groups.environment ? level(name, NEED) : NEED.X)

  const [vc, vi, va] = [level('VC', IMPACT), level('VI', IMPACT), level('VA', IMPACT)]
  const [sc, si, sa] = [level('SC', IMPACT_AROUND), level('SI', IMPACT_AROUND), level('SA', IMPACT_AROUND)]
  if (vc + vi + va + sc + si + sa === 15) return 0

  const [cr, ir, ar] = [need('CR'), need('IR'), need('AR')]
  const [av, pr, ui] = [level('AV', VECTOR), level('PR', PRIVILEGES), level('UI', INTERACTION)]
  const attack = level('AC', COMPLEXITY) + level('AT', REQUIREMENTS)
  const impact = vc === 0 && vi === 0 ? '0' : vc === 0 || vi === 0 || va === 0 ? '1' : '2'
  const isNeeded = (cr === 0 && vc === 0) || (ir === 0 && vi === 0) || (ar === 0 && va === 0)
  const own: Macrovector = {
    eq1: av + pr + ui === 0 ? 0 : av < 3 && (av === 0 || pr === 0 || ui === 0) ? 1 : 2,
    eq2: attack === 0 ? 0 : 1,
    // Without any high impact there is none that is needed: 2 always goes with 1.
    eq3eq6: impact === '2' ? '21' : `${impact}${isNeeded ? '0' : '1'}`,
    eq4: si === 0 || sa === 0 ? 0 : sc === 1 || si === 1 || sa === 1 ? 1 : 2,
    eq5: groups.threat ? maturityOf(metrics) : MATURITY.X,
  }
  return interpolated(own, { eq1: av + pr + ui, eq3eq6: vc + vi + va + cr + ir + ar, eq4: sc + si + sa })
}

/**
 * `levels` are sums over the metrics of a class, counted from the most severe. Each class that has a lower one counts for
 * the mean: how much lower that scores, and which part of the way there the vector lies. (section 8.2)
 */
function interpolated(
  own: Macrovector,
  levels: { readonly eq1: number; readonly eq3eq6: number; readonly eq4: number },
): number {
  const score = tenthsOf(own)
  const steps: { readonly drop: number; readonly distance: number; readonly depth: number }[] = []
  const step = (lower: Macrovector, distance: number, depth: number, other = lower): void => {
    steps.push({ drop: score - Math.max(tenthsOf(lower), tenthsOf(other)), distance, depth })
  }
  const { eq1, eq2, eq3eq6, eq4, eq5 } = own
  if (eq1 !== 2) step({ ...own, eq1: eq1 === 0 ? 1 : 2 }, levels.eq1 - eq1, DEPTH_EQ1[eq1])
  // In these two classes all vectors lie at the top, but that there is a lower one counts.
  if (eq2 === 0) step({ ...own, eq2: 1 }, 0, 1)
  if (eq5 !== 2) step({ ...own, eq5: eq5 === 0 ? 1 : 2 }, 0, 1)
  if (eq3eq6 !== '21') {
    const [lower, other] = LOWER_EQ3EQ6[eq3eq6]
    const distance = levels.eq3eq6 - TOP_EQ3EQ6[eq3eq6]
    step({ ...own, eq3eq6: lower }, distance, DEPTH_EQ3EQ6[eq3eq6], { ...own, eq3eq6: other })
  }
  if (eq4 !== 2) step({ ...own, eq4: eq4 === 0 ? 1 : 2 }, levels.eq4 - TOP_EQ4[eq4], DEPTH_EQ4[eq4])
  if (steps.length === 0) return score / 10
  const below = steps.reduce((sum, { drop, distance, depth }) => sum + drop * distance * (COMMON_DEPTH / depth), 0)
  const divisor = COMMON_DEPTH * steps.length
  return Math.max(0, Math.floor((2 * (score * divisor - below) + divisor) / (2 * divisor))) / 10
}

/** The next lower classes; of two the one that scores higher counts. (section 8.2) */
const LOWER_EQ3EQ6: Readonly<Record<Exclude<SystemImpact, '21'>, readonly [SystemImpact, SystemImpact]>> = {
  '00': ['01', '10'],
  '01': ['11', '11'],
  '10': ['11', '11'],
  '11': ['21', '21'],
}

function maturityOf(metrics: Metrics): Level {
  const value = metrics.get('E')
  return value === 'P' || value === 'U' ? MATURITY[value] : MATURITY.A
}
