/** Classes of the impact on the vulnerable system (EQ3 and EQ6 together): most severe first. */
export type SystemImpact = '00' | '01' | '10' | '11' | '21'

/** A level of a class with three levels, most severe first. */
export type Level = 0 | 1 | 2

/** Scores in tenths of nine macrovectors: by EQ4, and within it by EQ5. */
type Nine = readonly [number, number, number, number, number, number, number, number, number]

/**
 * The scores in tenths of all 270 macrovectors: [EQ1][EQ2][EQ3EQ6] -> 3 * EQ4 + EQ5. (FIRST, CVSS v4.0 Specification,
 * section 8.3, macrovector lookup)
 */
const MACROVECTORS: readonly (readonly Readonly<Record<SystemImpact, Nine>>[])[] = [
  [
    {
      '00': [100, 98, 95, 100, 93, 91, 93, 89, 81],
      '01': [99, 95, 92, 96, 87, 81, 90, 80, 68],
      '10': [98, 95, 90, 93, 89, 81, 88, 78, 69],
      '11': [95, 92, 84, 92, 81, 65, 80, 70, 48],
      '21': [92, 82, 72, 79, 69, 50, 69, 55, 27],
    },
    {
      '00': [99, 95, 92, 95, 90, 84, 92, 82, 72],
      '01': [97, 92, 85, 91, 83, 71, 81, 71, 53],
      '10': [95, 92, 85, 92, 80, 70, 84, 71, 50],
      '11': [93, 85, 73, 82, 72, 59, 70, 52, 30],
      '21': [86, 75, 52, 71, 52, 29, 63, 29, 17],
    },
  ],
  [
    {
      '00': [98, 94, 91, 94, 86, 77, 87, 74, 63],
      '01': [95, 87, 81, 89, 74, 64, 75, 63, 49],
      '10': [94, 88, 76, 86, 74, 59, 72, 57, 52],
      '11': [89, 77, 67, 76, 58, 50, 57, 52, 25],
      '21': [83, 70, 54, 65, 58, 26, 53, 21, 13],
    },
    {
      '00': [95, 88, 76, 90, 75, 61, 77, 68, 52],
      '01': [90, 76, 70, 77, 62, 53, 66, 59, 30],
      '10': [89, 76, 62, 74, 57, 47, 61, 57, 24],
      '11': [78, 67, 58, 59, 57, 23, 52, 29, 16],
      '21': [71, 59, 30, 58, 26, 15, 23, 13, 6],
    },
  ],
  [
    {
      '00': [93, 86, 75, 86, 74, 56, 70, 52, 40],
      '01': [87, 72, 58, 74, 61, 34, 54, 40, 22],
      '10': [85, 74, 62, 72, 55, 46, 53, 34, 19],
      '11': [75, 55, 51, 57, 41, 19, 36, 19, 8],
      '21': [64, 51, 20, 47, 21, 11, 24, 9, 4],
    },
    {
      '00': [88, 73, 60, 73, 59, 41, 54, 45, 20],
      '01': [75, 53, 50, 55, 40, 20, 43, 22, 11],
      '10': [75, 58, 40, 61, 48, 20, 46, 17, 8],
      '11': [55, 45, 21, 51, 18, 9, 18, 7, 2],
      '21': [53, 24, 14, 24, 12, 5, 10, 3, 1],
    },
  ],
]

/** The class of a vector in each of the five groups of metrics. */
export interface Macrovector {
  readonly eq1: Level
  readonly eq2: 0 | 1
  readonly eq3eq6: SystemImpact
  readonly eq4: Level
  readonly eq5: Level
}

/** The score of a macrovector, in tenths. */
export function tenthsOf({ eq1, eq2, eq3eq6, eq4, eq5 }: Macrovector): number {
  const found = MACROVECTORS[eq1]?.[eq2]?.[eq3eq6][3 * eq4 + eq5]
  if (found === undefined) throw new Error(`no macrovector ${eq1} ${eq2} ${eq3eq6} ${eq4} ${eq5}`)
  return found
}
