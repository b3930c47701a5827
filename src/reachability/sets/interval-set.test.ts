import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  difference,
  equalSets,
  has,
  intersection,
  meets,
  runsOf,
  setOfRuns,
  union,
  unionAll,
  type IntervalSet,
} from './interval-set.ts'

const LINE = Array.from({ length: 24 }, (_, point) => point)
const runs = fc.array(fc.tuple(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 24 })), { maxLength: 6 })
const sets = runs.map(setOfRuns)

function pointsOf(set: IntervalSet): readonly number[] {
  return LINE.filter(point => has(set, point))
}

describe('a set of points of a line', () => {
  it('holds what its runs hold, and is written in one way only', () => {
    fc.assert(
      fc.property(runs, given => {
        const set = setOfRuns(given)

        expect(pointsOf(set)).toEqual(
          LINE.filter(point => given.some(([from, until]) => from <= point && point < until)),
        )
        expect(set.every((point, index) => point > (set[index - 1] ?? -1))).toBe(true)
        expect(setOfRuns([...runsOf(set)].reverse())).toEqual(set)
      }),
    )
  })

  it.each([
    ['union', union, (a: boolean, b: boolean) => a || b],
    ['intersection', intersection, (a: boolean, b: boolean) => a && b],
    ['difference', difference, (a: boolean, b: boolean) => a && !b],
  ] as const)('is joined point by point: %s', (_, operation, holds) => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const joined = operation(a, b)

        expect(pointsOf(joined)).toEqual(LINE.filter(point => holds(has(a, point), has(b, point))))
        expect(setOfRuns([...runsOf(joined)])).toEqual(joined)
      }),
    )
  })

  it('meets another where their intersection holds anything', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(meets(a, b)).toBe(intersection(a, b).length > 0)
      }),
    )
  })

  it('is the same whatever the order of what it was joined from', () => {
    fc.assert(
      fc.property(fc.array(sets), all => {
        expect(equalSets(unionAll(all), all.toReversed().reduce(union, [] as IntervalSet))).toBe(true)
      }),
    )
  })
})
