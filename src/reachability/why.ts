import type { Cidr, IpAddress, IpFamily } from '../base/ip-range.ts'
import type { NetworkInterface } from '../domain/network/interfaces.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import type { Edge, EdgeKind, Hop } from '../domain/network/open-path.ts'
import { DEFAULT_OPTIONS, type AnalysisOptions } from './analysis-options.ts'
import { EDGE_KINDS } from './edge-kinds.ts'
import { INTERNET_EDGES, isOpen, type Packet, type Remark, type Target, type Trace } from './edge.ts'
import { groupFilter } from './filters/security-groups.ts'
import { GONE_STATES } from './network/instance-states.ts'
import { internetSources } from './network/internet-addresses.ts'
import { ipv6Boundaries } from './network/ipv6-boundaries.ts'
import { FAMILIES, Network } from './network/network.ts'
import { AddressSpace } from './sets/address-space.ts'
import { intersection, isEmpty, unionAll, type IntervalSet } from './sets/interval-set.ts'
import { sourcesTo } from './sets/traffic.ts'
import { waysIn } from './verdicts/interface-verdict.ts'
import { deliveryHops, sendingHop } from './ways/hops.ts'
import { traceInside } from './ways/inside-vpc.ts'
import { targetsOf } from './ways/targets.ts'

/** "Can this reach that, and if not, what stops it?" */
export interface Question {
  /** Id of an instance or of an interface. */
  readonly to: string
  /** `internet` (over edges that lead there), addresses anywhere, or the interface that sends. */
  readonly from: 'internet' | Cidr | { readonly interfaceId: string }
  /** IANA number. */
  readonly protocol: number
  /** On the instance; `type * 256 + code` for ICMP. */
  readonly port: number
  /** Only what comes in by this kind of edge, or by this one. */
  readonly edge?: { readonly kind?: EdgeKind; readonly id?: string }
}

export interface Answer {
  /** `unknown`: no path is known, and something undescribed may open one. */
  readonly verdict: 'open' | 'closed' | 'unknown'
  /** Of the addresses that were asked for, those that can connect. Canonical CIDRs. */
  readonly openSources: readonly string[]
  /** Open ways before closed ones, then those with the fewest obstacles. */
  readonly ways: readonly AnsweredWay[]
  readonly remarks: readonly Remark[]
}

/** What becomes of one packet on one way to one address. */
export interface AnsweredWay {
  readonly interfaceId: string
  readonly targetAddress: string
  /** The address that the packet comes from, out of those that were asked for. */
  readonly source: IpAddress
  /** `null`: inside of one VPC, or where there is no edge to come in by. */
  readonly edge: Edge | null
  readonly via: readonly string[]
  readonly isOpen: boolean
  /** In the order in which the packet meets them, there and back. */
  readonly hops: readonly Hop[]
  /** Those of them that stop it: all, not the first alone. */
  readonly obstacles: readonly Hop[]
}

/** Answers a question on a snapshot. A network that is at hand already is asked with `answer`. */
export function why(snapshot: NetworkSnapshot, question: Question, options: Partial<AnalysisOptions> = {}): Answer {
  const addresses = new AddressSpace(ipv6Boundaries(snapshot))
  return answer(new Network(snapshot, addresses, { ...DEFAULT_OPTIONS, ...options }), question)
}

export function answer(network: Network, question: Question): Answer {
  const interfaces = interfacesOf(network, question.to)
  if (interfaces.length === 0) return nothingDescribed(network, question.to)
  const ways: AnsweredWay[] = []
  const open: { readonly family: IpFamily; readonly sources: IntervalSet }[] = []
  const remarks: Remark[] = []
  for (const eni of interfaces) {
    for (const target of targetsOf(network, eni)) {
      const asked = sourcesAsked(network, question, target.family)
      if (isEmpty(asked.sources)) continue
      const found = openSources(network, question, target, asked.sources)
      remarks.push(...found.remarks)
      if (asked.sender?.vpcId !== eni.vpcId) open.push({ family: target.family, sources: found.sources })
      const source = exampleSource(network, question, target, isEmpty(found.sources) ? asked.sources : found.sources)
      if (source === null) continue
      const answered = waysFrom(network, question, target, source, asked.sender)
      ways.push(...answered)
      if (asked.sender?.vpcId === eni.vpcId && answered.some(way => way.isOpen)) {
        open.push({ family: target.family, sources: asked.sources })
      }
    }
  }
  const texts = FAMILIES.flatMap(family => {
    const sets = open.filter(one => one.family === family).map(({ sources }) => sources)
    return network.addresses.textsOf(unionAll(sets), family)
  })
  const isUnknown = remarks.some(({ weight }) => weight === 'unknown')
  return {
    verdict: texts.length > 0 ? 'open' : isUnknown ? 'unknown' : 'closed',
    openSources: texts,
    ways: ways.sort(byHope),
    remarks: [...new Map(remarks.map(remark => [`${remark.reason} ${remark.componentId}`, remark])).values()],
  }
}

function interfacesOf(network: Network, id: string): readonly NetworkInterface[] {
  const eni = network.tables.interfaces.get(id)
  return eni === null ? network.tables.interfaces.under('by-instance', id) : [eni]
}

function nothingDescribed(network: Network, id: string): Answer {
  const instance = network.tables.instances.get(id)
  if (instance !== null && GONE_STATES.has(instance.state)) {
    return { verdict: 'closed', openSources: [], ways: [], remarks: [] }
  }
  const detail = `No network interface of ${id} was described: what reaches it is not known.`
  const remark: Remark = { reason: 'interfaces-not-described', componentId: id, weight: 'unknown', detail }
  return { verdict: 'unknown', openSources: [], ways: [], remarks: [remark] }
}

interface Asked {
  readonly sources: IntervalSet
  readonly sender: NetworkInterface | null
}

function sourcesAsked(network: Network, { from }: Question, family: IpFamily): Asked {
  if (from === 'internet') return { sources: internetSources(network, family), sender: null }
  if (!('interfaceId' in from)) return { sources: network.addresses.setOf([from], family), sender: null }
  const sender = network.tables.interfaces.get(from.interfaceId)
  const addresses = sender?.addresses.map(({ address }) => address).filter(address => address.family === family) ?? []
  return { sources: network.addresses.setOfAddresses(addresses.slice(0, 1), family), sender }
}

/** Of the sources asked for, those that the analysis lets in, and what it leaves undecided. */
function openSources(
  network: Network,
  question: Question,
  target: Target,
  asked: IntervalSet,
): { readonly sources: IntervalSet; readonly remarks: readonly Remark[] } {
  if (deliveryHops(network, target).some(({ verdict }) => verdict !== 'passes')) return { sources: [], remarks: [] }
  const ways = waysIn(network, target).filter(({ edge }) => isWanted(edge, question))
  const admissions = ways.map(way => way.admitted(question.protocol, target.groups))
  const sets = admissions.map(({ traffic }) => intersection(sourcesTo(traffic, question.port), asked))
  const remarks = [...ways.flatMap(way => way.remarks), ...admissions.flatMap(admission => admission.remarks)]
  return { sources: unionAll(sets), remarks }
}

/** No edge at all is an answer to every question. */
function isWanted(edge: Edge | null, { from, edge: wanted }: Question): boolean {
  if (wanted?.id !== undefined && wanted.id !== edge?.id) return false
  if (edge === null) return true
  return wanted?.kind === undefined ? from !== 'internet' || INTERNET_EDGES.has(edge.kind) : wanted.kind === edge.kind
}

/** One of the sources: where all are stopped, one that the security groups admit, so that no rule is called an obstacle in vain. */
function exampleSource(network: Network, question: Question, target: Target, sources: IntervalSet): IpAddress | null {
  const { family, groups } = target
  const filter = groupFilter(network, groups, 'ingress', family, question.protocol, null)
  const admitted = intersection(sources, sourcesTo(filter.traffic, question.port))
  return network.addresses.firstOf(isEmpty(admitted) ? sources : admitted, family)
}

function waysFrom(
  network: Network,
  question: Question,
  target: Target,
  source: IpAddress,
  sender: NetworkInterface | null,
): readonly AnsweredWay[] {
  const packet: Packet = {
    edgeKind: question.edge?.kind ?? (question.from === 'internet' ? 'internet-gateway' : null),
    edgeId: question.edge?.id ?? null,
    source,
    protocol: question.protocol,
    port: question.port,
    clientPorts: network.options.clientPorts,
  }
  if (sender !== null && sender.vpcId === target.interface.vpcId) {
    return [answeredWay(target, source, traceInside(network, sender, packet, target), [])]
  }
  const before = sender === null ? [] : [sendingHop(network, sender, packet, target)]
  return EDGE_KINDS.flatMap(kind => kind.trace(network, packet, target))
    .filter(({ edge }) => isWanted(edge, question))
    .map(trace => answeredWay(target, source, trace, before))
}

function answeredWay(target: Target, source: IpAddress, trace: Trace, before: readonly Hop[]): AnsweredWay {
  const whole: Trace = { edge: trace.edge, via: trace.via, hops: [...before, ...trace.hops] }
  return {
    interfaceId: target.interface.id,
    targetAddress: target.text,
    source,
    edge: whole.edge,
    via: whole.via,
    isOpen: isOpen(whole),
    hops: whole.hops,
    obstacles: whole.hops.filter(({ verdict }) => verdict !== 'passes'),
  }
}

function byHope(a: AnsweredWay, b: AnsweredWay): number {
  return (
    a.obstacles.length - b.obstacles.length || a.hops.length - b.hops.length || (a.interfaceId < b.interfaceId ? -1 : 1)
  )
}
