import type { PortRange } from '../../domain/network/packet-filters.ts'
import {
  difference,
  EMPTY_SET,
  equalSets,
  has,
  intersection,
  isEmpty,
  isWithinRun,
  pointsUpTo,
  runsOf,
  union,
  unionAll,
  type IntervalSet,
} from './interval-set.ts'

export const PORT_COUNT = 65_536
export const ALL_PORTS: IntervalSet = [0, PORT_COUNT]

/**
 * Packets of one protocol and family: from which sources to which ports. `sources[i]` may send to the ports from
 * `starts[i]` up to the next start. The first start is 0 and neighbours differ, so that equal traffic is equal lists.
 * The port is that of the destination; for ICMP it is `type * 256 + code`.
 */
export interface Traffic {
  readonly starts: readonly number[]
  readonly sources: readonly IntervalSet[]
}

export const NO_TRAFFIC: Traffic = { starts: [0], sources: [EMPTY_SET] }

/** Stands for "these ports" where sources do not matter. */
const ANY: IntervalSet = [0, 1]

/** Ports of a range as a set. */
export function portSet({ begin, end }: PortRange): IntervalSet {
  return begin <= end ? [begin, end + 1] : EMPTY_SET
}

/** Every source of the set to every port of the set. */
export function trafficOf(ports: IntervalSet, sources: IntervalSet): Traffic {
  if (isEmpty(ports) || isEmpty(sources)) return NO_TRAFFIC
  const builder = new TrafficBuilder()
  builder.add(0, EMPTY_SET)
  for (const [from, until] of runsOf(ports)) {
    builder.add(from, sources)
    if (until < PORT_COUNT) builder.add(until, EMPTY_SET)
  }
  return builder.build()
}

export function unionTraffic(a: Traffic, b: Traffic): Traffic {
  if (a === b || isNoTraffic(b)) return a
  return isNoTraffic(a) ? b : combine(a, b, union)
}

export function intersectTraffic(a: Traffic, b: Traffic): Traffic {
  if (a === b || isNoTraffic(a) || isWithin(a, b)) return a
  return isNoTraffic(b) || isWithin(b, a) ? b : combine(a, b, intersection)
}

/** What is in `a` and not in `b`. */
export function subtractTraffic(a: Traffic, b: Traffic): Traffic {
  return isNoTraffic(a) || isNoTraffic(b) ? a : combine(a, b, difference)
}

/** Halves are joined before they meet, as in `unionAll`. */
export function unionOfTraffic(all: readonly Traffic[], begin = 0, end = all.length): Traffic {
  if (end - begin < 2) return begin < end ? (all[begin] ?? NO_TRAFFIC) : NO_TRAFFIC
  const middle = (begin + end) >> 1
  return unionTraffic(unionOfTraffic(all, begin, middle), unionOfTraffic(all, middle, end))
}

/** Of the traffic, what comes from these sources. */
export function fromSources(traffic: Traffic, sources: IntervalSet): Traffic {
  return intersectTraffic(traffic, isEmpty(sources) ? NO_TRAFFIC : { starts: [0], sources: [sources] })
}

/** Of the traffic, what goes to these ports. */
export function toPorts(traffic: Traffic, ports: IntervalSet): Traffic {
  if (equalSets(ports, ALL_PORTS)) return traffic
  return combine(traffic, trafficOf(ports, ANY), (sources, wanted) => (isEmpty(wanted) ? wanted : sources))
}

export function isNoTraffic(traffic: Traffic): boolean {
  return traffic.starts.length === 1 && isEmpty(traffic.sources[0] ?? EMPTY_SET)
}

export function equalTraffic(a: Traffic, b: Traffic): boolean {
  return (
    a === b ||
    (equalSets(a.starts, b.starts) && a.sources.every((set, index) => equalSets(set, b.sources[index] ?? EMPTY_SET)))
  )
}

/** Sources that may send to at least one of the ports. */
export function sourcesToAnyOf(traffic: Traffic, ports: IntervalSet): IntervalSet {
  return unionAll(portRangesOf(toPorts(traffic, ports)).map(part => part.sources))
}

/** Sources that may send to the port. */
export function sourcesTo(traffic: Traffic, port: number): IntervalSet {
  return traffic.sources[pointsUpTo(traffic.starts, port) - 1] ?? EMPTY_SET
}

/** Ports to which this source may send. */
export function portsFrom(traffic: Traffic, source: number): IntervalSet {
  const ports: number[] = []
  let isIn = false
  traffic.starts.forEach((start, index) => {
    if (has(traffic.sources[index] ?? EMPTY_SET, source) === isIn) return
    ports.push(start)
    isIn = !isIn
  })
  if (isIn) ports.push(PORT_COUNT)
  return ports
}

export interface PortSources {
  readonly ports: PortRange
  readonly sources: IntervalSet
}

/** The longest runs of ports that have the same, non-empty set of sources, in order. */
export function portRangesOf(traffic: Traffic): readonly PortSources[] {
  const ranges: PortSources[] = []
  traffic.starts.forEach((begin, index) => {
    const sources = traffic.sources[index] ?? EMPTY_SET
    if (!isEmpty(sources))
      ranges.push({ ports: { begin, end: (traffic.starts[index + 1] ?? PORT_COUNT) - 1 }, sources })
  })
  return ranges
}

/** Takes parts in order of their first port, and leaves out those that say what the part before says. */
export class TrafficBuilder {
  readonly #starts: number[] = []
  readonly #sources: IntervalSet[] = []

  /** From `start` on, until the next call says otherwise. The first call names 0. */
  add(start: number, sources: IntervalSet): void {
    const last = this.#sources.length - 1
    const before = this.#sources[last]
    if (before !== undefined && this.#starts[last] === start) {
      this.#starts.pop()
      this.#sources.pop()
      this.add(start, sources)
    } else if (before === undefined || !equalSets(before, sources)) {
      this.#starts.push(start)
      this.#sources.push(sources)
    }
  }

  build(): Traffic {
    return this.#starts.length === 0 ? NO_TRAFFIC : { starts: this.#starts, sources: this.#sources }
  }
}

/** Whether a filter lets all of it pass, as far as that can be told at a glance: it looks at no ports, and all is in one run. */
function isWithin(traffic: Traffic, filter: Traffic): boolean {
  const [only = EMPTY_SET] = filter.sources
  return filter.sources.length === 1 && traffic.sources.every(sources => isWithinRun(sources, only))
}

function combine(a: Traffic, b: Traffic, join: (a: IntervalSet, b: IntervalSet) => IntervalSet): Traffic {
  const builder = new TrafficBuilder()
  let lastA: IntervalSet | null = null
  let lastB: IntervalSet | null = null
  let joined = EMPTY_SET
  for (let i = 0, j = 0, start = 0; start < PORT_COUNT;) {
    const setA = a.sources[i] ?? EMPTY_SET
    const setB = b.sources[j] ?? EMPTY_SET
    if (setA !== lastA || setB !== lastB) joined = join(setA, setB)
    ;[lastA, lastB] = [setA, setB]
    builder.add(start, joined)
    const nextA = a.starts[i + 1] ?? PORT_COUNT
    const nextB = b.starts[j + 1] ?? PORT_COUNT
    start = Math.min(nextA, nextB)
    if (nextA === start) i += 1
    if (nextB === start) j += 1
  }
  return builder.build()
}
