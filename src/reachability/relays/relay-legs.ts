import type { IpAddress } from '../../base/ip-range.ts'
import type { PathStep } from '../../domain/network/open-path.ts'
import type { PortRange } from '../../domain/network/packet-filters.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { EdgeAnalysis, GroupSet, Remark, Target } from '../edge.ts'
import { membersIn } from '../filters/group-members.ts'
import { admittingRule, groupFilter, type GroupIdentity } from '../filters/security-groups.ts'
import { aclStations, crossing, passage, type Station } from '../filters/stations.ts'
import { areMirrored } from '../forwarding/middleboxes.ts'
import { walkOut } from '../forwarding/walk-out.ts'
import { classOf } from '../network/address-classes.ts'
import type { Network } from '../network/network.ts'
import { EMPTY_SET, has, intersection, meets, union, type IntervalSet } from '../sets/interval-set.ts'
import { sourcesTo } from '../sets/traffic.ts'
import { transitWays } from '../transit/transit-gateway.ts'
import { entrancesOfKind } from '../ways/entrances.ts'
import { nodeAddresses, protocolNumber, type NodeClients } from './relay-clients.ts'
import { nodesOf, type RelayEntry } from './relay-index.ts'
import type { Relay } from './relays.ts'

/** From which load balancers open connections. (reachability §2.1) */
export const NODE_PORTS: PortRange = { begin: 1024, end: 65_535 }

/** One manner in which a node's connections, or those that it passes on unchanged, come to a target. */
export interface Leg {
  readonly via: readonly string[]
  readonly steps: readonly PathStep[]
  readonly assumptions: readonly string[]
  readonly remarks: readonly Remark[]
  /** Whether the target sees the clients themselves. */
  readonly isPreserved: boolean
  readonly identity: GroupIdentity | null
  /** Of these clients, those whose connections a target with these groups takes. */
  admit(clients: IntervalSet, groups: GroupSet): { readonly clients: IntervalSet; readonly remarks: readonly Remark[] }
  /** Which of the target's groups admits what it sees as coming from the address. */
  admittingGroup(protocol: number, groups: GroupSet, remote: IpAddress, port: number): string | null
}

/** What a node is, what it sends and to what. */
export interface LegQuestion {
  readonly relay: Relay
  readonly from: NodeClients
  readonly entry: RelayEntry
  readonly target: Target
}

/** Every manner in which the node reaches the target: within its VPC, or over the edges of the target's. */
export function legsTo(network: Network, question: LegQuestion, kinds: readonly EdgeAnalysis[]): readonly Leg[] {
  const { relay, from, entry, target } = question
  const subnet = network.tables.subnets.get(target.interface.subnetId)
  if (subnet === null || !isZoneServed(network, question, subnet)) return []
  const isPreserved = entry.pool.preservesClientAddress && from.family === target.family
  if (target.interface.vpcId === relay.vpcId) return legsInside(network, question, subnet, isPreserved)
  return isPreserved
    ? legsOverPeering(network, question, subnet)
    : kinds.flatMap(kind => legsOver(network, question, kind))
}

/** Targets of the load balancer's zones only, and without cross-zone balancing of the node's own. (reachability §2.11) */
function isZoneServed(network: Network, { relay, from, entry, target }: LegQuestion, subnet: Subnet): boolean {
  if (entry.pool.kind === 'alb') return true
  const isAny = entry.pool.isCrossZone ?? true
  const zoneOf = (subnetId: string) => network.tables.subnets.get(subnetId)?.zone
  if (target.interface.vpcId === relay.vpcId) {
    return relay.subnetIds.some(id => zoneOf(id) === subnet.zone) && (isAny || from.subnet.zone === subnet.zone)
  }
  const { zone } = entry.target
  if (zone === null || zone === 'all') return true
  const isIn = (subnetId: string) => zoneOf(subnetId) === zone || relay.zoneNames.get(subnetId) === zone
  return relay.subnetIds.some(isIn) && (isAny || isIn(from.subnet.id))
}

/** What is not told of cross-zone balancing matters only between zones. */
function zoneAssumption({ relay, from, entry }: LegQuestion, subnet: Subnet): readonly string[] {
  if (entry.pool.isCrossZone !== null || entry.pool.kind === 'alb' || from.subnet.zone === subnet.zone) return []
  return [`Whether ${relay.id} balances across zones was not described: it is taken to.`]
}

interface InsideCourse {
  readonly stations: readonly Station[]
  readonly via: readonly string[]
  readonly steps: readonly PathStep[]
  readonly assumptions: readonly string[]
}

function legsInside(network: Network, question: LegQuestion, subnet: Subnet, isPreserved: boolean): readonly Leg[] {
  const { relay, from } = question
  const courses =
    from.subnet.id === subnet.id
      ? [besides(network, relay, question.target, subnet)]
      : coursesInside(network, question, subnet, isPreserved)
  return courses.map(course => legOver(network, question, course, isPreserved, zoneAssumption(question, subnet)))
}

/** Node and target in one subnet: no border, but classic load balancers are filtered all the same. */
function besides(network: Network, relay: Relay, { family }: Target, subnet: Subnet): InsideCourse {
  const border = (leg: 'forward' | 'return') => [
    ...aclStations(network, leg, family, subnet, 'egress'),
    ...aclStations(network, leg, family, subnet, 'ingress'),
  ]
  const stations = relay.kind === 'classic' ? [...border('forward'), ...border('return')] : []
  return { stations, via: [], steps: [], assumptions: [] }
}

function coursesInside(
  network: Network,
  { from, target }: LegQuestion,
  subnet: Subnet,
  isPreserved: boolean,
): readonly InsideCourse[] {
  const { family } = target
  const { addresses } = classOf(network, target.address)
  const there = walkOut(network, { subnet: from.subnet }, 'forward', family, addresses).exits.filter(isLocal)
  if (isPreserved) {
    // The load balancer knows the connection: no route has to bring the answer back. Appliances between are not supported.
    const back = crossing(network, 'return', family, subnet, from.subnet)
    return there
      .filter(({ boxes }) => boxes.length === 0)
      .map(exit => ({
        stations: [...exit.stations, ...crossing(network, 'forward', family, exit.subnet, subnet), ...back],
        via: [],
        steps: [],
        assumptions: exit.assumptions,
      }))
  }
  const seen = nodeAddresses(network, from.node, family)
  const back = walkOut(network, { subnet }, 'return', family, seen).exits.filter(isLocal)
  return there.flatMap(exit =>
    back
      .filter(({ boxes }) => areMirrored(exit.boxes, boxes))
      .map(reply => ({
        stations: [
          ...exit.stations,
          ...crossing(network, 'forward', family, exit.subnet, subnet),
          ...reply.stations,
          ...crossing(network, 'return', family, reply.subnet, from.subnet),
        ],
        via: exit.boxes.map(({ id }) => id),
        steps: exit.boxes.flatMap(({ steps }) => steps),
        assumptions: [...exit.assumptions, ...reply.assumptions],
      })),
  )
}

function isLocal({ target }: { readonly target: { readonly is: string } }): boolean {
  return target.is === 'local'
}

/** Clients' own addresses reach targets beyond a peering of one Region, and nothing farther. (NLB guide, client IP preservation) */
function legsOverPeering(network: Network, question: LegQuestion, subnet: Subnet): readonly Leg[] {
  const { from, target, relay } = question
  const { family } = target
  const { addresses } = classOf(network, target.address)
  return walkOut(network, { subnet: from.subnet }, 'forward', family, addresses).exits.flatMap(exit => {
    if (exit.target.is !== 'peering' || exit.boxes.length > 0) return []
    const record = network.tables.peerings.get(exit.target.id)
    if (record?.status !== 'active' || record.requester.region !== record.accepter.region) return []
    const ends = new Set([record.requester.vpcId, record.accepter.vpcId])
    if (!ends.has(relay.vpcId) || !ends.has(target.interface.vpcId)) return []
    const course: InsideCourse = {
      stations: [
        ...crossing(network, 'forward', family, exit.subnet, subnet),
        ...crossing(network, 'return', family, subnet, from.subnet),
      ],
      via: [],
      steps: [],
      assumptions: exit.assumptions,
    }
    return [legOver(network, question, course, true, zoneAssumption(question, subnet))]
  })
}

function legOver(
  network: Network,
  { relay, from, entry, target }: LegQuestion,
  course: InsideCourse,
  isPreserved: boolean,
  assumptions: readonly string[],
): Leg {
  const { family } = target
  const { port } = entry.target
  const protocol = protocolNumber(entry.listener.protocol)
  const aim = classOf(network, target.address)
  const seen = nodeAddresses(network, from.node, family)
  const identity = isPreserved
    ? admittedByName(network, relay)
    : course.via.length === 0
      ? nodesByName(network, relay)
      : null
  return {
    via: course.via,
    steps: course.steps,
    assumptions: [...course.assumptions, ...assumptions],
    remarks: [],
    isPreserved,
    identity,
    admit(clients, groups) {
      const passing = sourcesTo(
        passage(network, course.stations, protocol, aim, isPreserved ? network.options.clientPorts : NODE_PORTS),
        port,
      )
      const filter = groupFilter(network, groups, 'ingress', family, protocol, identity)
      const admitted = intersection(passing, sourcesTo(filter.traffic, port))
      const taken = isPreserved ? intersection(clients, admitted) : meets(admitted, seen) ? clients : EMPTY_SET
      const remarks = filter.undecided.filter(({ ports }) => has(ports, port)).map(({ remark }) => remark)
      return { clients: taken, remarks }
    },
    admittingGroup: (of, groups, remote, to) =>
      admittingRule(network, groups, 'ingress', { remote, protocol: of, port: to }, identity)?.groupId ?? null,
  }
}

/** Over an edge of the target's VPC, as from any host in the node's. */
function legsOver(network: Network, { relay, from, entry, target }: LegQuestion, kind: EdgeAnalysis): readonly Leg[] {
  const { vpcId } = target.interface
  const protocol = protocolNumber(entry.listener.protocol)
  const { port } = entry.target
  const seen = nodeAddresses(network, from.node, target.family)
  return entrancesOfKind(network, kind, vpcId).flatMap(entrance => {
    const { edge } = entrance
    if (edge.kind !== 'peering' && edge.kind !== 'transit-gateway') return []
    const record = edge.kind === 'peering' ? network.tables.peerings.get(edge.id) : null
    if (record !== null && record.requester.vpcId !== relay.vpcId && record.accepter.vpcId !== relay.vpcId) return []
    // Addresses of other VPCs may be the same as the node's: only ways from its own VPC are its.
    const ways =
      edge.kind === 'peering' ? entrance.waysTo(target) : transitWays(network, edge, vpcId, target, relay.vpcId)
    return ways.map(way => ({
      via: way.via,
      steps: way.steps,
      assumptions: way.assumptions,
      remarks: way.remarks,
      isPreserved: false,
      identity: null,
      admittingGroup: (of, groups, remote, to) => way.admittingGroup(of, groups, remote, to),
      admit(clients, groups) {
        const { traffic, remarks } = way.admitted(protocol, groups)
        return { clients: meets(sourcesTo(traffic, port), seen) ? clients : EMPTY_SET, remarks }
      },
    }))
  })
}

/** Nodes bear the load balancer's groups, described or not. */
function nodesByName(network: Network, relay: Relay): GroupIdentity {
  return {
    key: `nodes of ${relay.id}`,
    membersOf(groupId, family) {
      const members = membersIn(network, relay.vpcId, groupId, family)
      if (relay.securityGroupIds?.includes(groupId) !== true) return members
      return nodesOf(network, relay).reduce((set, node) => union(set, nodeAddresses(network, node, family)), members)
    },
  }
}

/** A rule that names the load balancer's groups admits whatever it passes on with the client's address. (unverified) */
function admittedByName(network: Network, relay: Relay): GroupIdentity {
  return {
    key: `preserved by ${relay.id}`,
    membersOf: (groupId, family) =>
      relay.securityGroupIds?.includes(groupId) === true ? network.addresses.whole(family) : EMPTY_SET,
  }
}

/** Whether names of groups hold on the leg: within a VPC and beyond a peering of one Region, past no appliance. */
export function carriesNames(network: Network, { relay, target }: LegQuestion, leg: Leg): boolean {
  if (leg.via.length > 0) return false
  if (target.interface.vpcId === relay.vpcId) return true
  const records = network.tables.peerings.under('by-vpc', relay.vpcId)
  return records.some(
    ({ id, status, requester, accepter }) =>
      status === 'active' &&
      requester.region === accepter.region &&
      leg.steps.some(({ componentId }) => componentId === id),
  )
}
