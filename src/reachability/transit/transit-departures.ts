import type { IpFamily } from '../../base/ip-range.ts'
import type { TransitGatewayAttachment } from '../../domain/network/transit-gateways.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { Remark } from '../edge.ts'
import { crossing, stationKey, type Station } from '../filters/stations.ts'
import type { Middlebox } from '../forwarding/middleboxes.ts'
import { walkOut } from '../forwarding/walk-out.ts'
import type { Network } from '../network/network.ts'
import { intersection, isEmpty, union, type IntervalSet } from '../sets/interval-set.ts'
import { bordersInto, HOP_LIMIT, stationsAt } from './transit-crossings.ts'
import { attachmentAt, attachmentBetween, carries, doorsOut, peerOf, transitRoutingOf } from './transit-gateways.ts'
import { launchGroups } from './transit-launch.ts'

/** Where answers that enter a transit gateway by an attachment come to, and what they have met until there. */
export interface Departure {
  /** As `Arrival.place`. */
  readonly place: string
  readonly clients: IntervalSet
  readonly stations: readonly Station[]
  /** In the order in which the answer passes them. */
  readonly boxes: readonly Middlebox[]
  readonly assumptions: readonly string[]
}

export interface Departures {
  readonly departures: readonly Departure[]
  readonly remarks: readonly Remark[]
}

/** A transit gateway's table that packets are looked up in. */
export interface TransitLookup {
  readonly transitGatewayId: string
  readonly tableId: string
}

interface Lead {
  readonly at: TransitLookup | null
  readonly zone: string | null
  readonly destinations: IntervalSet
  readonly stations: readonly Station[]
  readonly boxes: readonly Middlebox[]
  readonly assumptions: readonly string[]
  readonly depth: number
}

/** What packets that come in by the attachment are looked up in; `null`: nothing, they are dropped. */
export function lookupOf({ transitGatewayId, associatedTableId }: TransitGatewayAttachment): TransitLookup | null {
  return associatedTableId === null ? null : { transitGatewayId, tableId: associatedTableId }
}

/** Everything that the transit gateway sends to for packets that come from a zone. */
export function departuresFrom(network: Network, at: TransitLookup, zone: string | null, family: IpFamily): Departures {
  const key = `${at.transitGatewayId} ${at.tableId} ${zone ?? ''} ${family}`
  return network.memo('transit-departures', key, () => {
    const departures: Departure[] = []
    const remarks = new Map<string, Remark>()
    const remark = (more: readonly Remark[]): void => {
      for (const one of more) remarks.set(`${one.reason} ${one.componentId}`, one)
    }
    const destinations = network.addresses.whole(family)
    const leads: Lead[] = [{ at, zone, destinations, stations: [], boxes: [], assumptions: [], depth: 0 }]
    for (let lead = leads.pop(); lead !== undefined; lead = leads.pop()) {
      const { at } = lead
      if (lead.depth > HOP_LIMIT || at === null) continue
      const routing = transitRoutingOf(network, at.tableId)
      remark(routing.remarks)
      for (const [id, share] of routing[family].shares) {
        const reached = intersection(lead.destinations, share)
        if (isEmpty(reached)) continue
        const next = attachmentAt(network, id, at.transitGatewayId)
        if (next === null || !carries(next)) continue
        const found = leave({ network, family, remark }, { ...lead, destinations: reached }, next)
        departures.push(...found.departures)
        leads.push(...found.leads)
      }
    }
    return { departures: mergeDepartures(departures), remarks: [...remarks.values()] }
  })
}

/** Those that ask the same, as one. */
function mergeDepartures(departures: readonly Departure[]): readonly Departure[] {
  const merged = new Map<string, Departure>()
  for (const one of departures) {
    const key = `${one.place}|${courseKey(one)}`
    const same = merged.get(key)
    merged.set(key, same === undefined ? one : { ...same, clients: union(same.clients, one.clients) })
  }
  return [...merged.values()]
}

/** Equal for courses past the same filters and appliances, on the same assumptions. */
export function courseKey({
  stations,
  boxes,
  assumptions,
}: Pick<Departure, 'stations' | 'boxes' | 'assumptions'>): string {
  if (stations.length + boxes.length + assumptions.length === 0) return ''
  return [stations.map(stationKey), boxes.map(({ id }) => id), assumptions].map(list => list.join(',')).join('|')
}

interface Search {
  readonly network: Network
  readonly family: IpFamily
  readonly remark: (remarks: readonly Remark[]) => void
}

interface Found {
  readonly departures: readonly Departure[]
  readonly leads: readonly Lead[]
}

function leave(search: Search, lead: Lead, next: TransitGatewayAttachment): Found {
  const { network } = search
  const { destinations, stations, boxes, assumptions } = lead
  const there = { clients: destinations, stations, boxes, assumptions }
  if (next.kind === 'peering') {
    const peer = peerOf(network, next)
    if (peer === null) return { departures: [{ place: next.id, ...there }], leads: [] }
    return {
      departures: [],
      leads: carries(peer) ? [{ ...lead, at: lookupOf(peer), zone: null, depth: lead.depth + 1 }] : [],
    }
  }
  if (next.kind !== 'vpc' || next.resourceId === null) return { departures: [{ place: next.id, ...there }], leads: [] }
  if (network.tables.subnets.under('by-vpc', next.resourceId).length === 0) {
    return { departures: [{ place: next.resourceId, ...there }], leads: [] }
  }
  const vpcId = next.resourceId
  const found = doorsOut(network, next, lead.zone).map(door =>
    door === null ? undescribedDoor(search, lead, next, vpcId) : throughDoor(search, lead, door, vpcId),
  )
  return { departures: found.flatMap(one => one.departures), leads: found.flatMap(one => one.leads) }
}

/** By an attachment whose subnets are not known: taken to deliver to what is in the VPC. */
function undescribedDoor(
  { network, family }: Search,
  lead: Lead,
  next: TransitGatewayAttachment,
  vpcId: string,
): Found {
  const assumption = `The subnets of ${next.id} were not described: nothing is taken to filter there.`
  const departures = launchGroups(network, vpcId, family).map(group => ({
    place: vpcId,
    clients: intersection(lead.destinations, group.addresses),
    stations: [...lead.stations, ...group.back],
    boxes: lead.boxes,
    assumptions: [...lead.assumptions, assumption],
  }))
  return { departures: departures.filter(({ clients }) => !isEmpty(clients)), leads: [] }
}

function throughDoor({ network, family, remark }: Search, lead: Lead, door: Subnet, vpcId: string): Found {
  const walked = walkOut(network, { subnet: door }, 'return', family, lead.destinations)
  remark(walked.remarks)
  const departures: Departure[] = []
  const leads: Lead[] = []
  for (const { target, subnet, destinations, ...exit } of walked.exits) {
    const boxes = [...lead.boxes, ...exit.boxes]
    const stations = [...lead.stations, ...exit.stations]
    const assumptions = [...lead.assumptions, ...exit.assumptions]
    if (target.is === 'local') {
      for (const group of launchGroups(network, vpcId, family)) {
        const clients = intersection(destinations, group.addresses)
        if (isEmpty(clients)) continue
        const arriving = crossing(network, 'return', family, subnet, group.subnet)
        departures.push({ place: vpcId, clients, stations: [...stations, ...arriving], boxes, assumptions })
      }
    } else if (target.is === 'transit-gateway' && subnet !== null) {
      const next = attachmentBetween(network, vpcId, target.id)
      const comes = exit.boxes.length > 0 ? 'from-within' : 'turned-round'
      const crossed = next === null ? null : bordersInto(network, next, subnet, comes)
      if (next === null || crossed === null) continue
      leads.push({
        at: lookupOf(next),
        zone: subnet.zone,
        destinations,
        stations: [...stations, ...stationsAt(network, 'return', family, crossed)],
        boxes,
        assumptions: [...assumptions, ...crossed.assumptions],
        depth: lead.depth + 1,
      })
    }
  }
  return { departures, leads }
}
