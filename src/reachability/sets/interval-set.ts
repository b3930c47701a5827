/**
 * A set of points of a line of numbers, as the points where membership changes: `[a, b, c, d]` holds a ≤ x < b and
 * c ≤ x < d. Rising and without repetition, so that equal sets are equal lists. The number of points has no bearing on
 * the cost of anything, only the number of runs. Ports and (through `AddressSpace`) addresses are sets of this kind.
 */
export type IntervalSet = readonly number[]

export const EMPTY_SET: IntervalSet = []

export function union(a: IntervalSet, b: IntervalSet): IntervalSet {
  if (a === b || isWithinRun(b, a)) return a
  return isWithinRun(a, b) ? b : combine(a, b, 0b1110)
}

export function intersection(a: IntervalSet, b: IntervalSet): IntervalSet {
  if (a === b || isWithinRun(a, b)) return a
  return isWithinRun(b, a) ? b : combine(a, b, 0b1000)
}

/** What is in `a` and not in `b`. */
export function difference(a: IntervalSet, b: IntervalSet): IntervalSet {
  if (a.length === 0 || b.length === 0) return a
  return a === b || isWithinRun(a, b) ? EMPTY_SET : combine(a, b, 0b0010)
}

/** Whether all of the set is in the other, as far as that can be told at a glance: the other is one run, mostly everything. */
export function isWithinRun(set: IntervalSet, run: IntervalSet): boolean {
  if (set.length === 0) return true
  return run.length === 2 && (run[0] ?? 0) <= (set[0] ?? 0) && (run[1] ?? 0) >= (set[set.length - 1] ?? 0)
}

/** Halves are joined before they meet, so that each run is copied as often as the logarithm of the number of sets. */
export function unionAll(sets: readonly IntervalSet[], begin = 0, end = sets.length): IntervalSet {
  if (end - begin === 0) return EMPTY_SET
  if (end - begin === 1) return sets[begin] ?? EMPTY_SET
  const middle = (begin + end) >> 1
  return union(unionAll(sets, begin, middle), unionAll(sets, middle, end))
}

/** The union of runs, each from its first point to the point after its last; in any order, overlapping or not. */
export function setOfRuns(runs: (readonly [from: number, until: number])[]): IntervalSet {
  const sorted = runs.filter(([from, until]) => from < until).sort((a, b) => a[0] - b[0])
  const set: number[] = []
  let openUntil = -Infinity
  for (const [from, until] of sorted) {
    if (from > openUntil) {
      if (openUntil !== -Infinity) set.push(openUntil)
      set.push(from)
      openUntil = until
    } else if (until > openUntil) openUntil = until
  }
  if (openUntil !== -Infinity) set.push(openUntil)
  return set
}

export function isEmpty(set: IntervalSet): boolean {
  return set.length === 0
}

export function has(set: IntervalSet, point: number): boolean {
  return pointsUpTo(set, point) % 2 === 1
}

/** Whether some point is in both. */
export function meets(a: IntervalSet, b: IntervalSet): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [aFrom = 0, aUntil = 0, bFrom = 0, bUntil = 0] = [a[i], a[i + 1], b[j], b[j + 1]]
    if (aFrom < bUntil && bFrom < aUntil) return true
    if (aUntil <= bUntil) i += 2
    else j += 2
  }
  return false
}

export function equalSets(a: IntervalSet, b: IntervalSet): boolean {
  return a === b || (a.length === b.length && a.every((point, index) => point === b[index]))
}

/** Each run of the set, from its first point to the point after its last. */
export function* runsOf(set: IntervalSet): Generator<readonly [from: number, until: number]> {
  for (let index = 0; index + 1 < set.length; index += 2) yield [set[index] ?? 0, set[index + 1] ?? 0]
}

/** How many of the rising points are at or before `point`. */
export function pointsUpTo(points: readonly number[], point: number): number {
  let [low, high] = [0, points.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle] ?? Infinity) <= point) low = middle + 1
    else high = middle
  }
  return low
}

/** One sweep over both: bit `inA + 2 · inB` of `truth` says whether such points are in the result. */
function combine(a: IntervalSet, b: IntervalSet, truth: number): IntervalSet {
  const set: number[] = []
  let [i, j, state, isIn] = [0, 0, 0, 0]
  while (i < a.length || j < b.length) {
    const nextA = a[i] ?? Infinity
    const nextB = b[j] ?? Infinity
    const point = nextA < nextB ? nextA : nextB
    if (nextA === point) {
      state ^= 1
      i += 1
    }
    if (nextB === point) {
      state ^= 2
      j += 1
    }
    const now = (truth >> state) & 1
    if (now !== isIn) {
      set.push(point)
      isIn = now
    }
  }
  return set
}
