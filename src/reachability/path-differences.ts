import { cidrsOfRange, parseCidr, type Cidr, type IpFamily } from '../base/ip-range.ts'
import type { OpenPath } from '../domain/network/open-path.ts'
import type { PortRange } from '../domain/network/packet-filters.ts'
import { difference, runsOf, setOfRuns, unionAll, type IntervalSet } from './sets/interval-set.ts'

/** Ports and sources that are open in one of two verdicts and not in the other. */
export interface PathDifference {
  readonly is: 'opened' | 'closed'
  /** The path that they belong to, of the verdict in which they are open: for its edge, interface and way. */
  readonly path: OpenPath
  readonly ports: PortRange
  /** Canonical CIDRs, in order. */
  readonly sources: readonly string[]
}

/**
 * What opened and what closed from one verdict to another, exactly: a range that grew by a port has that port opened, and
 * a rule that was split has nothing. In the order of instance, interface, edge, family, protocol, way and port.
 */
export function pathDifferences(before: Iterable<OpenPath>, after: Iterable<OpenPath>): readonly PathDifference[] {
  const [old, now] = [byIdentity(before), byIdentity(after)]
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort()
  return keys.flatMap(key => differencesOf(old.get(key) ?? [], now.get(key) ?? []))
}

/** All but ports and sources. */
function identityOf({ instanceId, interfaceId, edge, family, protocol, via }: OpenPath): string {
  return JSON.stringify([instanceId, interfaceId, edge.kind, edge.id, family, protocol, via])
}

function byIdentity(paths: Iterable<OpenPath>): ReadonlyMap<string, readonly OpenPath[]> {
  const groups = new Map<string, OpenPath[]>()
  for (const path of paths) {
    const key = identityOf(path)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [path])
    else group.push(path)
  }
  return groups
}

function differencesOf(before: readonly OpenPath[], after: readonly OpenPath[]): readonly PathDifference[] {
  if (isSame(before, after)) return []
  const line = new AddressLine([...before, ...after])
  const found: PathDifference[] = []
  for (const ports of elementaryRanges([...before, ...after])) {
    const [old, now] = [openOn(before, ports, line), openOn(after, ports, line)]
    add(found, 'closed', ports, before, difference(old, now), line)
    add(found, 'opened', ports, after, difference(now, old), line)
  }
  return found.sort((a, b) => a.ports.begin - b.ports.begin || (a.is < b.is ? -1 : 1))
}

function isSame(before: readonly OpenPath[], after: readonly OpenPath[]): boolean {
  const content = (paths: readonly OpenPath[]): string =>
    JSON.stringify(paths.map(({ ports, sources }) => [ports.begin, ports.end, sources]))
  return before.length === after.length && content(before) === content(after)
}

/** Neighbouring ports with the same sources are one difference. */
function add(
  found: PathDifference[],
  is: PathDifference['is'],
  ports: PortRange,
  paths: readonly OpenPath[],
  set: IntervalSet,
  line: AddressLine,
): void {
  const path = paths.find(each => covers(each.ports, ports))
  if (set.length === 0 || path === undefined) return
  const sources = line.textsOf(set)
  const last = found.findLastIndex(each => each.is === is)
  const neighbour = found[last]
  const isNeighbour = neighbour?.ports.end === ports.begin - 1 && neighbour.sources.join() === sources.join()
  if (isNeighbour) found[last] = { ...neighbour, ports: { begin: neighbour.ports.begin, end: ports.end } }
  else found.push({ is, path, ports, sources })
}

function openOn(paths: readonly OpenPath[], ports: PortRange, line: AddressLine): IntervalSet {
  return unionAll(paths.filter(path => covers(path.ports, ports)).map(path => line.setOf(path)))
}

function covers(outer: PortRange, inner: PortRange): boolean {
  return outer.begin <= inner.begin && inner.end <= outer.end
}

/** The ranges within which no path begins or ends. */
function elementaryRanges(paths: readonly OpenPath[]): readonly PortRange[] {
  const starts = [...new Set(paths.flatMap(({ ports }) => [ports.begin, ports.end + 1]))].sort((a, b) => a - b)
  return starts.slice(0, -1).map((begin, index) => ({ begin, end: (starts[index + 1] ?? begin) - 1 }))
}

/** Addresses of one family as small numbers: their places among the boundaries that the paths mention. */
class AddressLine {
  readonly #boundaries: readonly bigint[]
  readonly #places: ReadonlyMap<bigint, number>
  readonly #sets = new Map<OpenPath, IntervalSet>()
  readonly #family: IpFamily

  constructor(paths: readonly OpenPath[]) {
    const boundaries = new Set<bigint>()
    for (const { sources } of paths) {
      for (const { first, last } of cidrsOf(sources)) boundaries.add(first).add(last + 1n)
    }
    this.#boundaries = [...boundaries].sort((a, b) => (a < b ? -1 : 1))
    this.#places = new Map(this.#boundaries.map((boundary, place) => [boundary, place]))
    this.#family = paths[0]?.family ?? 'ipv4'
  }

  setOf(path: OpenPath): IntervalSet {
    const known = this.#sets.get(path)
    if (known !== undefined) return known
    const place = (boundary: bigint): number => this.#places.get(boundary) ?? 0
    const set = setOfRuns(cidrsOf(path.sources).map(({ first, last }) => [place(first), place(last + 1n)]))
    this.#sets.set(path, set)
    return set
  }

  textsOf(set: IntervalSet): readonly string[] {
    return [...runsOf(set)].flatMap(([from, until]) => {
      const [first, end] = [this.#boundaries[from] ?? 0n, this.#boundaries[until] ?? 0n]
      return cidrsOfRange({ family: this.#family, first, last: end - 1n }).map(({ text }) => text)
    })
  }
}

function cidrsOf(sources: readonly string[]): readonly Cidr[] {
  return sources.flatMap(source => parseCidr(source) ?? [])
}
