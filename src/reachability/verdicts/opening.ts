import type { OpenPath } from '../../domain/network/open-path.ts'
import type { PortRange } from '../../domain/network/packet-filters.ts'
import type { GroupSet, Remark, Way } from '../edge.ts'
import { TCP, UDP } from '../filters/packet-match.ts'
import type { Network } from '../network/network.ts'
import { isSameData } from '../network/same-data.ts'
import { equalSets, isEmpty, type IntervalSet } from '../sets/interval-set.ts'
import { isNoTraffic, portRangesOf, sourcesToAnyOf, unionOfTraffic, type Traffic } from '../sets/traffic.ts'

/** What interfaces with the same security groups have open over the same ways: one value for all of them. */
export interface Opening {
  readonly ranges: readonly OpenRange[]
  readonly remarks: readonly Remark[]
}

/** The longest run of ports that one set of sources reaches. (reachability §1.3) */
export interface OpenRange {
  readonly protocol: OpenPath['protocol']
  readonly ports: PortRange
  readonly sources: IntervalSet
  /** Those on which something of it comes in, the first to be shown first. */
  readonly ways: readonly Way[]
  readonly confidence: OpenPath['confidence']
  readonly assumptions: readonly string[]
  readonly frontendPorts: readonly number[]
}

const PROTOCOLS = [
  ['TCP', TCP],
  ['UDP', UDP],
] as const

/** `ways` are of one edge, family and chain, in an order of their own. */
export function openingOver(network: Network, ways: readonly Way[], groups: GroupSet): Opening {
  const key = `${ways.map(({ serial }) => serial).join(' ')} ${groups.key}`
  return network.memo('opening', key, () => computeOpening(ways, groups), equalOpenings)
}

function computeOpening(ways: readonly Way[], groups: GroupSet): Opening {
  const ranges: OpenRange[] = []
  const remarks: Remark[] = ways.flatMap(way => way.remarks)
  for (const [name, protocol] of PROTOCOLS) {
    const parts = ways.map(way => ({ way, admission: way.admitted(protocol, groups) }))
    remarks.push(...parts.flatMap(({ admission }) => admission.remarks))
    const open = parts
      .filter(({ admission }) => !isNoTraffic(admission.traffic))
      .map(({ way, admission }) => ({ way, traffic: admission.traffic }))
    for (const { ports, sources } of portRangesOf(unionOfTraffic(open.map(({ traffic }) => traffic)))) {
      ranges.push(rangeOf(name, ports, sources, open))
    }
  }
  return { ranges, remarks: distinct(remarks) }
}

function rangeOf(
  protocol: OpenPath['protocol'],
  ports: PortRange,
  sources: IntervalSet,
  open: readonly { readonly way: Way; readonly traffic: Traffic }[],
): OpenRange {
  const portSet = [ports.begin, ports.end + 1]
  const contributing =
    open.length === 1 ? open : open.filter(({ traffic }) => !isEmpty(sourcesToAnyOf(traffic, portSet)))
  const ways = contributing.map(({ way }) => way).sort(byLength)
  return {
    protocol,
    ports,
    sources,
    ways,
    ...certaintyOf(contributing, portSet, ports, sources),
    frontendPorts: [...new Set(ways.flatMap(way => way.frontendPorts))].sort((a, b) => a - b),
  }
}

/** Certain where the ways that assume nothing already let in all of it. */
function certaintyOf(
  contributing: readonly { readonly way: Way; readonly traffic: Traffic }[],
  portSet: IntervalSet,
  ports: PortRange,
  sources: IntervalSet,
): Pick<OpenRange, 'confidence' | 'assumptions'> {
  const assumptions = [...new Set(contributing.flatMap(({ way }) => way.assumptions))].sort()
  const certain = contributing.filter(({ way }) => way.assumptions.length === 0)
  if (assumptions.length === 0) return { confidence: 'certain', assumptions }
  const [only, ...others] = portRangesOf(unionOfTraffic(certain.map(({ traffic }) => traffic))).filter(
    range => range.ports.begin < (portSet[1] ?? 0) && range.ports.end >= ports.begin,
  )
  const isCovered =
    only !== undefined &&
    others.length === 0 &&
    only.ports.begin <= ports.begin &&
    only.ports.end >= ports.end &&
    equalSets(only.sources, sources)
  return isCovered ? { confidence: 'certain', assumptions: [] } : { confidence: 'assumed', assumptions }
}

function byLength(a: Way, b: Way): number {
  if (a.assumptions.length !== b.assumptions.length)
    return a.assumptions.length === 0 ? -1 : b.assumptions.length === 0 ? 1 : 0
  const [textA, textB] = [textOfSteps(a), textOfSteps(b)]
  return a.steps.length - b.steps.length || (textA < textB ? -1 : textA > textB ? 1 : 0)
}

function textOfSteps({ steps }: Way): string {
  return steps.map(({ componentId }) => componentId).join(' ')
}

function distinct(remarks: readonly Remark[]): readonly Remark[] {
  const byKey = new Map(remarks.map(remark => [`${remark.reason} ${remark.componentId}`, remark]))
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, remark]) => remark)
}

function equalOpenings(a: Opening, b: Opening): boolean {
  return (
    isSameData(a.remarks, b.remarks) &&
    a.ranges.length === b.ranges.length &&
    a.ranges.every((range, index) => {
      const other = b.ranges[index]
      return (
        other !== undefined &&
        range.ways.length === other.ways.length &&
        range.ways.every((way, at) => way === other.ways[at]) &&
        isSameData({ ...range, ways: [] }, { ...other, ways: [] })
      )
    })
  )
}
