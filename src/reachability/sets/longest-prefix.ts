import type { Cidr, IpFamily } from '../../base/ip-range.ts'
import type { AddressSpace } from './address-space.ts'
import { pointsUpTo, type IntervalSet } from './interval-set.ts'

/** The address line cut into runs that one prefix decides: `values[i]` holds from `starts[i]` on, `null` where none does. */
export interface PrefixPartition<T> {
  readonly starts: readonly number[]
  readonly values: readonly (T | null)[]
}

/** Of the prefixes of one family, which is the longest for each address. Each prefix may occur once. */
export function partitionByPrefix<T>(
  addresses: AddressSpace,
  family: IpFamily,
  entries: readonly { readonly cidr: Cidr; readonly value: T }[],
): PrefixPartition<T> {
  const runs = entries
    .filter(({ cidr }) => cidr.family === family)
    .map(({ cidr, value }) => {
      const [from = 0, until = 0] = addresses.setOf([cidr], family)
      return { from, until, value }
    })
    // Prefixes nest or are disjoint: the wider of two that begin together comes first, and encloses the other.
    .sort((a, b) => a.from - b.from || b.until - a.until)
  const starts: number[] = []
  const values: (T | null)[] = []
  const from = (start: number, value: T | null): void => {
    if (starts.at(-1) === start) {
      starts.pop()
      values.pop()
    }
    if (values.length > 0 ? values.at(-1) === value : value === null) return
    starts.push(start)
    values.push(value)
  }
  const enclosing: { readonly until: number; readonly value: T }[] = []
  const leave = (until: number): void => {
    for (let inner = enclosing.at(-1); inner !== undefined && inner.until <= until; inner = enclosing.at(-1)) {
      enclosing.pop()
      from(inner.until, enclosing.at(-1)?.value ?? null)
    }
  }
  for (const run of runs) {
    leave(run.from)
    from(run.from, run.value)
    enclosing.push(run)
  }
  leave(Infinity)
  return { starts, values }
}

/** What decides the address; `null` when no prefix holds it. */
export function valueAt<T>({ starts, values }: PrefixPartition<T>, point: number): T | null {
  return values[pointsUpTo(starts, point) - 1] ?? null
}

/** The addresses that each value decides. Values are told apart by the key that they are given. */
export function sharesOf<T>(
  { starts, values }: PrefixPartition<T>,
  keyOf: (value: T) => string | null,
): ReadonlyMap<string, IntervalSet> {
  const shares = new Map<string, number[]>()
  values.forEach((value, index) => {
    const key = value === null ? null : keyOf(value)
    if (key === null) return
    const share = shares.get(key) ?? []
    shares.set(key, share)
    const start = starts[index] ?? 0
    // The last run of a partition is outside of every prefix, so that each run that has a value has an end.
    const until = starts[index + 1] ?? start
    if (share.at(-1) === start) share[share.length - 1] = until
    else share.push(start, until)
  })
  return shares
}
