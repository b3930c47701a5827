import type { IpFamily } from '../../base/ip-range.ts'
import type { Edge } from '../../domain/network/open-path.ts'
import type { TransitGatewayAttachment } from '../../domain/network/transit-gateways.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { EdgeAnalysis, Entrance, Remark, Target, Way } from '../edge.ts'
import { membersIn } from '../filters/group-members.ts'
import { joinedPassages } from '../filters/joined-passages.ts'
import type { GroupIdentity } from '../filters/security-groups.ts'
import { crossing, type Station } from '../filters/stations.ts'
import { areMirrored, type Middlebox } from '../forwarding/middleboxes.ts'
import { filtersOfSubnet } from '../forwarding/subnet-filters.ts'
import { walkOut, type Exit } from '../forwarding/walk-out.ts'
import { classOf, routedClassOf, type AddressClass } from '../network/address-classes.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { overlappingVpcs } from '../network/overlapping-vpcs.ts'
import { EMPTY_SET, intersection, isEmpty, union, unionAll, type IntervalSet } from '../sets/interval-set.ts'
import { equalTraffic } from '../sets/traffic.ts'
import { unknownWay, plainWay } from '../ways/way.ts'
import { arrivalsAt, VPCS_APART, type Arrival, type GroupsOf } from './transit-arrivals.ts'
import { bordersInto, stationsAt } from './transit-crossings.ts'
import { courseKey, departuresFrom, lookupOf, type Departure, type TransitLookup } from './transit-departures.ts'
import { attachmentBetween, attachmentsOfVpc, carries, doorsOut } from './transit-gateways.ts'
import { traceOverTransit } from './transit-trace.ts'

/**
 * From what is joined by transit gateways: other VPCs, also past inspection VPCs and peered transit gateways, networks on
 * premises. The answer may go back over another transit gateway: they know no connections. (reachability §2.9)
 */
export const transitGateway: EdgeAnalysis = {
  name: 'transit-gateway',

  entrancesOf(network, vpcId) {
    return attachmentsOfVpc(network, vpcId)
      .filter(carries)
      .map(({ transitGatewayId }) => entrance(network, vpcId, transitGatewayId))
  },

  trace: (network, packet, target) =>
    traceOverTransit(network, packet, target, (farVpcId, nearVpcId) => identityOver(network, farVpcId, nearVpcId)),
}

function entrance(network: Network, vpcId: string, transitGatewayId: string): Entrance {
  const edge: Edge = { kind: 'transit-gateway', id: transitGatewayId }
  return { edge, waysTo: target => transitWays(network, edge, vpcId, target, null) }
}

/** The ways to the target over one transit gateway: from everywhere, or from one VPC only. */
export function transitWays(
  network: Network,
  edge: Edge,
  vpcId: string,
  { interface: { subnetId }, address }: Target,
  fromVpcId: string | null,
): readonly Way[] {
  const [target, routed] = [classOf(network, address), routedClassOf(network, address)]
  const key = `${edge.id} ${vpcId} ${subnetId} ${target.key} ${fromVpcId ?? ''}`
  return network.memo('transit-ways', key, () => {
    const attachment = attachmentBetween(network, vpcId, edge.id)
    const subnet = network.tables.subnets.get(subnetId)
    if (attachment === null || subnet === null) return []
    return waysInto(network, { edge, attachment, subnet, target, routed, fromVpcId })
  })
}

/** What a search for ways is about. */
interface Search {
  readonly edge: Edge
  readonly attachment: TransitGatewayAttachment
  readonly subnet: Subnet
  readonly target: AddressClass
  readonly routed: AddressClass
  /** `null`: from everywhere. */
  readonly fromVpcId: string | null
}

/** One manner in which connections come to the target and answers go back, for some sources. */
interface Course {
  readonly sources: IntervalSet
  readonly stations: readonly Station[]
  readonly boxes: readonly Middlebox[]
  readonly groupsOf: GroupsOf | null
  readonly assumptions: readonly string[]
}

function waysInto(network: Network, search: Search): readonly Way[] {
  const { edge, subnet, target } = search
  const filters = filtersOfSubnet(network, subnet.id, subnet.vpcId)
  if ('remark' in filters) return [unknownWay(network, edge, target.family, filters.remark)]
  const { courses, remarks } = coursesTo(network, search)
  if (courses.length === 0) return remarks.map(remark => unknownWay(network, edge, target.family, remark))
  const ways = new Map<string, Course[]>()
  for (const course of courses) {
    const key = `${course.boxes.map(({ id }) => id).join(' ')}|${course.groupsOf ?? ''}|${course.assumptions.join(' ')}`
    ways.set(key, [...(ways.get(key) ?? []), course])
  }
  return [...ways.values()].map(alike => wayOf(network, search, alike, [...filters.remarks, ...remarks]))
}

function wayOf(
  network: Network,
  { edge, attachment, subnet, target }: Search,
  courses: readonly Course[],
  remarks: readonly Remark[],
): Way {
  const filters = filtersOfSubnet(network, subnet.id, subnet.vpcId)
  const [first] = courses
  const serial = network.nextSerial()
  const own = 'remark' in filters ? [] : filters.assumptions
  return plainWay(network, {
    edge,
    family: target.family,
    via: first?.boxes.map(({ id }) => id) ?? [],
    steps: [
      { componentId: edge.id, componentType: COMPONENT.transitGateway },
      { componentId: attachment.id, componentType: COMPONENT.transitGatewayAttachment },
      ...(first?.boxes.flatMap(({ steps }) => steps) ?? []),
      ...('remark' in filters ? [] : filters.steps),
    ],
    assumptions: [...new Set([...own, ...(first?.assumptions ?? [])])],
    remarks,
    frontendPorts: [],
    identity: typeof first?.groupsOf === 'string' ? identityOver(network, first.groupsOf, subnet.vpcId) : null,
    traffic: protocol =>
      network.memo(
        'transit-traffic',
        `${serial} ${protocol}`,
        () => joinedPassages(network, courses, protocol, target),
        equalTraffic,
      ),
  })
}

function coursesTo(
  network: Network,
  { attachment, subnet, target, routed, fromVpcId }: Search,
): { readonly courses: readonly Course[]; readonly remarks: readonly Remark[] } {
  const { family } = target
  const remarks = new Map<string, Remark>()
  const remark = (more: readonly Remark[]): void => {
    for (const one of more) remarks.set(`${one.reason} ${one.componentId}`, one)
  }
  const courses = new Map<string, Course>()
  const back = walkOut(network, { subnet }, 'return', family, network.addresses.whole(family))
  for (const exit of back.exits) {
    if (exit.target.is !== 'transit-gateway' || exit.subnet === null) continue
    const returning = attachmentBetween(network, subnet.vpcId, exit.target.id)
    const lookup = returning === null ? null : lookupOf(returning)
    const crossed = returning === null ? null : bordersInto(network, returning, exit.subnet, 'from-within')
    if (lookup === null || crossed === null) continue
    remark(back.remarks)
    const leaving = stationsAt(network, 'return', family, crossed)
    const roundTrips = roundTripsBetween(network, attachment, routed, lookup, exit.subnet.zone, fromVpcId)
    remark(roundTrips.remarks)
    for (const trip of roundTrips.trips) {
      const sources = intersection(trip.sources, exit.destinations)
      if (isEmpty(sources)) continue
      const arriving = arrivingAt(network, attachment, trip.zone, subnet, target)
      remark(arriving.remarks)
      for (const near of arriving.ways) {
        const boxes = [...trip.boxes, ...near.boxes]
        const boxesBack = [...exit.boxes, ...trip.boxesBack]
        if (!areMirrored(boxes, boxesBack)) continue
        const course: Course = {
          sources,
          stations: [...trip.stations, ...near.stations, ...exit.stations, ...leaving],
          boxes,
          groupsOf: boxes.length === 0 ? trip.groupsOf : null,
          assumptions: [
            ...new Set([...trip.assumptions, ...near.assumptions, ...exit.assumptions, ...crossed.assumptions]),
          ].sort(),
        }
        const key = `${course.groupsOf ?? ''} ${courseKey(course)}`
        const same = courses.get(key)
        courses.set(key, same === undefined ? course : { ...same, sources: union(same.sources, sources) })
      }
    }
  }
  return { courses: [...courses.values()], remarks: [...remarks.values()] }
}

/** From places and back to them, up to the target's VPC. */
interface RoundTrip extends Course {
  readonly zone: string | null
  readonly boxesBack: readonly Middlebox[]
}

function roundTripsBetween(
  network: Network,
  attachment: TransitGatewayAttachment,
  target: AddressClass,
  lookup: TransitLookup,
  zone: string,
  fromVpcId: string | null,
): { readonly trips: readonly RoundTrip[]; readonly remarks: readonly Remark[] } {
  const key = `${attachment.id} ${attachment.transitGatewayId} ${target.key} ${lookup.transitGatewayId} ${lookup.tableId} ${zone} ${fromVpcId ?? ''}`
  return network.memo('transit-round-trips', key, () => {
    const { arrivals, remarks } = arrivalsAt(network, attachment, target)
    const { departures, remarks: more } = departuresFrom(network, lookup, zone, target.family)
    const byPlace = new Map<string, Departure[]>()
    for (const one of departures) byPlace.set(one.place, [...(byPlace.get(one.place) ?? []), one])
    const found = new Map<string, { readonly trip: RoundTrip; readonly sources: IntervalSet[] }>()
    for (const arrival of arrivals) {
      if (fromVpcId !== null && arrival.place !== fromVpcId) continue
      for (const departure of byPlace.get(arrival.place) ?? []) {
        const sources = intersection(arrival.sources, departure.clients)
        if (isEmpty(sources)) continue
        const tripKey = `${arrival.zone} ${arrival.groupsOf ?? ''}|${courseKey(arrival)}|${courseKey(departure)}`
        const same = found.get(tripKey)
        if (same === undefined) found.set(tripKey, { trip: tripOf(arrival, departure), sources: [sources] })
        else same.sources.push(sources)
      }
    }
    const trips = [...found.values()].map(one => withSources(one.trip, unionAll(one.sources)))
    return { trips, remarks: [...remarks, ...more] }
  })
}

function withSources(trip: RoundTrip, sources: IntervalSet): RoundTrip {
  return { ...trip, sources }
}

function tripOf(arrival: Arrival, departure: Departure): RoundTrip {
  return {
    sources: EMPTY_SET,
    zone: arrival.zone,
    stations: [...arrival.stations, ...departure.stations],
    boxes: arrival.boxes,
    boxesBack: departure.boxes,
    groupsOf: departure.boxes.length === 0 ? arrival.groupsOf : null,
    assumptions: [...arrival.assumptions, ...departure.assumptions],
  }
}

type NearWay = Pick<Exit, 'stations' | 'boxes' | 'assumptions'>

/** From the attachment's interfaces to the target's subnet. Where AWS may choose between doors, each is a way. */
function arrivingAt(
  network: Network,
  attachment: TransitGatewayAttachment,
  zone: string | null,
  subnet: Subnet,
  { family, addresses }: AddressClass,
): { readonly ways: readonly NearWay[]; readonly remarks: readonly Remark[] } {
  const remarks: Remark[] = []
  const ways = doorsOut(network, attachment, zone).flatMap<NearWay>(door => {
    if (door === null) {
      const assumption = `The subnets of ${attachment.id} were not described: nothing is taken to filter there.`
      return [{ stations: crossing(network, 'forward', family, null, subnet), boxes: [], assumptions: [assumption] }]
    }
    const walked = walkOut(network, { subnet: door }, 'forward', family, addresses)
    remarks.push(...walked.remarks)
    return walked.exits
      .filter(({ target }) => target.is === 'local')
      .map(({ stations, boxes, assumptions, subnet: last }) => ({
        stations: [...stations, ...crossing(network, 'forward', family, last, subnet)],
        boxes,
        assumptions,
      }))
  })
  return { ways, remarks }
}

/** Members of groups in other VPCs, known where the transit gateway and both attachments support that. (§2.4) */
function identityOver(network: Network, groupsOf: GroupsOf, nearVpcId: string): GroupIdentity {
  return {
    key: `over transit gateways from ${groupsOf} to ${nearVpcId}`,
    membersOf: (groupId: string, family: IpFamily) => {
      const vpcIds = new Set(network.tables.interfaces.under('by-group', groupId).map(({ vpcId }) => vpcId))
      vpcIds.delete(nearVpcId)
      if (vpcIds.size === 0 && network.tables.securityGroups.get(groupId) === null) return null
      const isMeant = (vpcId: string) =>
        groupsOf === VPCS_APART ? !overlappingVpcs(network).has(vpcId) : vpcId === groupsOf
      return unionAll(
        [...vpcIds]
          .filter(isMeant)
          .sort()
          .map(vpcId => membersIn(network, vpcId, groupId, family)),
      )
    },
  }
}
