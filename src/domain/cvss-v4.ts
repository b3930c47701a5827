import { type Metrics, type MetricSet, weight } from './cvss-vector.ts'

const REQUIREMENT = 'X H M L'

/** CVSS 4.0. (FIRST, CVSS v4.0 Specification, sections 2 to 5 and 7) */
export const V4_METRICS: MetricSet = {
  base: {
    AV: 'N A L P', AC: 'L H', AT: 'N P', PR: 'N L H', UI: 'N P A',
    VC: 'H L N', VI: 'H L N', VA: 'H L N', SC: 'H L N', SI: 'H L N', SA: 'H L N',
  }, // prettier-ignore
  other: {
    E: 'X A P U', CR: REQUIREMENT, IR: REQUIREMENT, AR: REQUIREMENT,
    MAV: 'X N A L P', MAC: 'X L H', MAT: 'X N P', MPR: 'X N L H', MUI: 'X N P A',
    MVC: 'X H L N', MVI: 'X H L N', MVA: 'X H L N', MSC: 'X H L N', MSI: 'X S H L N', MSA: 'X S H L N',
    S: 'X N P', AU: 'X N Y', R: 'X A U I', V: 'X D C', RE: 'X L M H', U: 'X Clear Green Amber Red',
  }, // prettier-ignore
}

const VECTOR = { N: 0, A: 1, L: 2, P: 3 }
const COMPLEXITY = { L: 0, H: 1 }
const REQUIREMENTS = { N: 0, P: 1 }
const PRIVILEGES = { N: 0, L: 1, H: 2 }
const INTERACTION = { N: 0, P: 1, A: 2 }
const IMPACT = { H: 0, L: 1, N: 2 }

/** Classes of the impact on the vulnerable system (EQ3 and EQ6 together): most severe first. */
type SystemImpact = '00' | '01' | '10' | '11' | '21'

/**
 * Scores in tenths of the macrovectors that a base vector can have, and of their next lower ones, with exploit maturity
 * "attacked" (EQ5 = 0): [EQ1][EQ2][EQ3EQ6] -> [EQ4 = 1, EQ4 = 2]. (FIRST, CVSS v4.0 macrovector lookup)
 */
const MACROVECTORS: readonly (readonly Readonly<Record<SystemImpact, readonly [number, number]>>[])[] = [
  [
    { '00': [100, 93], '01': [96, 90], '10': [93, 88], '11': [92, 80], '21': [79, 69] },
    { '00': [95, 92], '01': [91, 81], '10': [92, 84], '11': [82, 70], '21': [71, 63] },
  ],
  [
    { '00': [94, 87], '01': [89, 75], '10': [86, 72], '11': [76, 57], '21': [65, 53] },
    { '00': [90, 77], '01': [77, 66], '10': [74, 61], '11': [59, 52], '21': [58, 23] },
  ],
  [
    { '00': [86, 70], '01': [74, 54], '10': [72, 53], '11': [57, 36], '21': [47, 24] },
    { '00': [73, 54], '01': [55, 43], '10': [61, 46], '11': [51, 18], '21': [24, 10] },
  ],
]

/** Depths of the macrovectors, in steps of one metric. (section 8.2, table of maximal severity distances) */
const DEPTH_EQ1 = [1, 4, 5] as const
const DEPTH_EQ3EQ6 = { '00': 7, '10': 8, '21': 10 } as const
const DEPTH_EQ4 = 5
/** Makes every proportion of a depth above a whole number, so that ties round as the specification says. */
const COMMON_DEPTH = 280

/**
 * The base score (CVSS-B): threat and environment stay undefined, which counts as attacked and highly required. The
 * macrovector's score, less the mean of how far the vector lies below its top in each class; one decimal.
 */
export function baseScoreV4(metrics: Metrics): number {
  const impactOf = (name: string): number => weight(metrics, name, IMPACT)
  const [vc, vi, va] = [impactOf('VC'), impactOf('VI'), impactOf('VA')]
  const [sc, si, sa] = [impactOf('SC'), impactOf('SI'), impactOf('SA')]
  if (vc + vi + va + sc + si + sa === 12) return 0

  const [av, pr, ui] = [
    weight(metrics, 'AV', VECTOR),
    weight(metrics, 'PR', PRIVILEGES),
    weight(metrics, 'UI', INTERACTION),
  ]
  const eq1 = av + pr + ui === 0 ? 0 : av < 3 && (av === 0 || pr === 0 || ui === 0) ? 1 : 2
  const attack = weight(metrics, 'AC', COMPLEXITY) + weight(metrics, 'AT', REQUIREMENTS)
  const eq2 = attack === 0 ? 0 : 1
  const eq3eq6 = vc === 0 && vi === 0 ? '00' : vc === 0 || vi === 0 || va === 0 ? '10' : '21'
  const eq4 = sc === 0 || si === 0 || sa === 0 ? 1 : 2

  const score = tenths(eq1, eq2, eq3eq6, eq4)
  // For each class: how much lower the next macrovector is, and which part of the way there the vector lies. The tops
  // of a class all have the same sum of levels, so the distance is the sum of levels above that.
  const steps: { readonly drop: number; readonly distance: number; readonly depth: number }[] = []
  // Exploit maturity always has a lower class, and an undefined one lies at the top of its own.
  steps.push({ drop: 0, distance: 0, depth: 1 })
  if (eq1 < 2) {
    const drop = score - tenths(eq1 === 0 ? 1 : 2, eq2, eq3eq6, eq4)
    steps.push({ drop, distance: av + pr + ui - eq1, depth: DEPTH_EQ1[eq1] })
  }
  if (eq2 === 0) steps.push({ drop: score - tenths(eq1, 1, eq3eq6, eq4), distance: 0, depth: 1 })
  if (eq3eq6 !== '21') {
    const next =
      eq3eq6 === '10' ? tenths(eq1, eq2, '11', eq4) : Math.max(tenths(eq1, eq2, '01', eq4), tenths(eq1, eq2, '10', eq4))
    const distance = vc + vi + va - (eq3eq6 === '10' ? 1 : 0)
    steps.push({ drop: score - next, distance, depth: DEPTH_EQ3EQ6[eq3eq6] })
  }
  if (eq4 === 1) {
    steps.push({ drop: score - tenths(eq1, eq2, eq3eq6, 2), distance: sc + si + sa, depth: DEPTH_EQ4 })
  }
  const below = steps.reduce((sum, step) => sum + step.drop * step.distance * (COMMON_DEPTH / step.depth), 0)
  const divisor = COMMON_DEPTH * steps.length
  return Math.max(0, Math.floor((2 * (score * divisor - below) + divisor) / (2 * divisor))) / 10
}

function tenths(eq1: 0 | 1 | 2, eq2: 0 | 1, eq3eq6: SystemImpact, eq4: 1 | 2): number {
  const pair = MACROVECTORS[eq1]?.[eq2]?.[eq3eq6]
  if (pair === undefined) throw new Error(`no macrovector ${eq1}${eq2}${eq3eq6}${eq4}`)
  return pair[eq4 === 1 ? 0 : 1]
}
