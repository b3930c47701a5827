import type { TransitGatewayAttachment } from '../../domain/network/transit-gateways.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { Remark } from '../edge.ts'
import type { Station } from '../filters/stations.ts'
import type { Middlebox } from '../forwarding/middleboxes.ts'
import { walkOut } from '../forwarding/walk-out.ts'
import type { AddressClass } from '../network/address-classes.ts'
import type { Network } from '../network/network.ts'
import { overlappingVpcs } from '../network/overlapping-vpcs.ts'
import { has, type IntervalSet } from '../sets/interval-set.ts'
import { bordersInto, HOP_LIMIT, isAnnounced, stationsAt, supportsGroups } from './transit-crossings.ts'
import { attachmentsOfVpc, carries, doorsOut, peerOf, transitRoutingOf } from './transit-gateways.ts'
import { launchGroups, type LaunchGroup } from './transit-launch.ts'

/** Origins of one attachment and address; AWS allows 5,000 attachments. What is beyond is remarked. */
const ORIGIN_LIMIT = 50_000

/** Whence packets to some target come to the attachment of its VPC, and what they have met until there. */
export interface Arrival {
  /** What answers must come back to: a VPC, the attachment of a network on premises, that of an undescribed peer. */
  readonly place: string
  readonly sources: IntervalSet
  /** The zone that the packet comes from; `null` where it has none. */
  readonly zone: string | null
  readonly stations: readonly Station[]
  readonly boxes: readonly Middlebox[]
  /** Whose members of security groups are still known as such; `null`: nobody's. */
  readonly groupsOf: GroupsOf | null
  readonly assumptions: readonly string[]
}

/** A VPC, or all those whose addresses are theirs alone: a source tells which of them it is in. */
export type GroupsOf = string

export const VPCS_APART: GroupsOf = 'apart'

export interface Arrivals {
  readonly arrivals: readonly Arrival[]
  readonly remarks: readonly Remark[]
}

/** An attachment by which packets leave a transit gateway that are then known to come to the target. */
interface Lead {
  readonly attachment: TransitGatewayAttachment
  /** Where packets must come out of it, for what follows; `null`: anywhere. */
  readonly gate: { readonly attachment: TransitGatewayAttachment; readonly door: Subnet } | null
  /** The zone from which the packet enters the last transit gateway; `undefined` while that is the one it starts in. */
  readonly lastZone: string | null | undefined
  readonly stations: readonly Station[]
  readonly boxes: readonly Middlebox[]
  readonly assumptions: readonly string[]
  readonly carriesGroups: boolean
  readonly passed: readonly string[]
}

/** Everything that has a route through the transit gateway to the attachment for this target, found from its end. */
export function arrivalsAt(network: Network, attachment: TransitGatewayAttachment, target: AddressClass): Arrivals {
  return network.memo('transit-arrivals', `${attachment.id} ${attachment.transitGatewayId} ${target.key}`, () => {
    const arrivals: Arrival[] = []
    const remarks = new Map<string, Remark>()
    const remark = (more: readonly Remark[]): void => {
      for (const one of more) remarks.set(`${one.reason} ${one.componentId}`, one)
    }
    const first: Lead = {
      attachment,
      gate: null,
      lastZone: undefined,
      stations: [],
      boxes: [],
      assumptions: [],
      carriesGroups: supportsGroups(network, attachment),
      passed: [],
    }
    const leads: Lead[] = [first]
    for (let lead = leads.pop(); lead !== undefined; lead = leads.pop()) {
      for (const feeder of feedersOf(network, lead.attachment, target, remark)) {
        const found = comeThrough(network, lead, feeder, target, attachment, remark)
        leads.push(...found.leads)
        arrivals.push(...found.arrivals)
      }
      if (arrivals.length > ORIGIN_LIMIT) {
        remark([tooMany(attachment.id)])
        break
      }
    }
    return { arrivals: arrivals.slice(0, ORIGIN_LIMIT), remarks: [...remarks.values()] }
  })
}

/** Attachments of the same transit gateway whose traffic to the target leaves by this one: itself, too, where routes turn it round. */
function feedersOf(
  network: Network,
  { id, transitGatewayId }: TransitGatewayAttachment,
  { family, first }: AddressClass,
  remark: (remarks: readonly Remark[]) => void,
): readonly TransitGatewayAttachment[] {
  const { transitGatewayTables, transitGatewayAttachments } = network.tables
  return transitGatewayTables.under('by-transit-gateway', transitGatewayId).flatMap(table => {
    const routing = transitRoutingOf(network, table.id)
    const associated = transitGatewayAttachments.under('by-table', table.id)
    if (associated.length > 0) remark(routing.remarks)
    const share = routing[family].shares.get(id)
    if (share === undefined || !has(share, network.addresses.locate(first))) return []
    return associated.filter(one => one.transitGatewayId === transitGatewayId && carries(one))
  })
}

function comeThrough(
  network: Network,
  lead: Lead,
  feeder: TransitGatewayAttachment,
  target: AddressClass,
  near: TransitGatewayAttachment,
  remark: (remarks: readonly Remark[]) => void,
): { readonly arrivals: readonly Arrival[]; readonly leads: readonly Lead[] } {
  const { resourceId, kind } = feeder
  if (lead.passed.length >= HOP_LIMIT || lead.passed.includes(sideKey(feeder))) return { arrivals: [], leads: [] }
  const passed = [...lead.passed, sideKey(feeder)]
  if (kind === 'vpc' && resourceId !== null) {
    const isNear = resourceId === near.resourceId
    return {
      arrivals: isNear ? [] : fromVpc(network, lead, feeder, resourceId, target, remark),
      leads: throughVpc(network, { ...lead, passed }, feeder, resourceId, target, remark),
    }
  }
  if (kind === 'peering') {
    const peer = peerOf(network, feeder)
    if (peer !== null) {
      const isUp = carries(peer)
      const lastZone = lead.lastZone === undefined ? null : lead.lastZone
      const next: Lead = { ...lead, attachment: peer, gate: null, lastZone, carriesGroups: false, passed }
      return { arrivals: [], leads: isUp ? [next] : [] }
    }
    const assumption = `The transit gateway behind ${feeder.id} was not described: whatever is routed to it is taken to have a route here.`
    return { arrivals: [undescribed(network, feeder.id, lead, target, assumption)], leads: [] }
  }
  const announced = isAnnounced(network, feeder, target.first)
  if (announced === false) return { arrivals: [], leads: [] }
  return { arrivals: [undescribed(network, feeder.id, lead, target, announced === true ? null : announced)], leads: [] }
}

/** From everything that is behind a place of which no subnets are known. */
function undescribed(
  network: Network,
  place: string,
  { stations, boxes, lastZone = null, assumptions }: Lead,
  { family }: AddressClass,
  assumption: string | null,
): Arrival {
  return {
    place,
    sources: network.addresses.whole(family),
    zone: lastZone,
    stations,
    boxes,
    groupsOf: null,
    assumptions: assumption === null ? assumptions : [assumption, ...assumptions],
  }
}

/** Subnets of a VPC that send to the target through its attachment. */
function fromVpc(
  network: Network,
  lead: Lead,
  feeder: TransitGatewayAttachment,
  vpcId: string,
  target: AddressClass,
  remark: (remarks: readonly Remark[]) => void,
): readonly Arrival[] {
  const groups = launchGroups(network, vpcId, target.family)
  if (groups.length === 0 && network.tables.subnets.under('by-vpc', vpcId).length === 0) {
    const assumption = `The subnets of ${vpcId} were not described: whatever is routed to ${feeder.id} is taken to have a route here.`
    return [undescribed(network, vpcId, lead, target, assumption)]
  }
  const carriesGroups = lead.carriesGroups && supportsGroups(network, feeder)
  const groupsOf = overlappingVpcs(network).has(vpcId) ? vpcId : VPCS_APART
  return groups.flatMap(group =>
    launches(network, group, feeder, target, remark).flatMap(launch => {
      if (!comesOut(network, lead, launch.zone)) return []
      return [
        {
          place: vpcId,
          sources: group.addresses,
          zone: lead.lastZone === undefined ? launch.zone : lead.lastZone,
          stations: [...launch.stations, ...lead.stations],
          boxes: [...launch.boxes, ...lead.boxes],
          groupsOf: carriesGroups && launch.boxes.length === 0 ? groupsOf : null,
          assumptions: [...launch.assumptions, ...lead.assumptions],
        },
      ]
    }),
  )
}

interface Launch {
  readonly zone: string
  readonly stations: readonly Station[]
  readonly boxes: readonly Middlebox[]
  readonly assumptions: readonly string[]
}

/** How packets of a group of subnets come to the transit gateway: straight, or past appliances of their VPC. */
function launches(
  network: Network,
  group: LaunchGroup,
  feeder: TransitGatewayAttachment,
  target: AddressClass,
  remark: (remarks: readonly Remark[]) => void,
): readonly Launch[] {
  const { family, first, addresses } = target
  const point = network.addresses.locate(first)
  const direct = group.toTransit.get(feeder.transitGatewayId)
  if (!group.isRoutingKnown || (direct !== undefined && has(direct, point))) {
    const crossed = bordersInto(network, feeder, group.subnet, 'from-within')
    if (crossed === null) return []
    const own = group.assumption === null ? [] : [group.assumption]
    return [
      {
        zone: group.subnet.zone,
        stations: stationsAt(network, 'forward', family, crossed),
        boxes: [],
        assumptions: [...own, ...crossed.assumptions],
      },
    ]
  }
  if (!has(group.toBoxes, point)) return []
  const walked = walkOut(network, { subnet: group.subnet }, 'forward', family, addresses)
  remark(walked.remarks)
  return walked.exits.flatMap(exit => {
    if (exit.target.is !== 'transit-gateway' || exit.target.id !== feeder.transitGatewayId) return []
    const crossed = exit.subnet === null ? null : bordersInto(network, feeder, exit.subnet, 'from-within')
    if (crossed === null || exit.subnet === null) return []
    return [
      {
        zone: exit.subnet.zone,
        stations: [...exit.stations, ...stationsAt(network, 'forward', family, crossed)],
        boxes: exit.boxes,
        assumptions: [...exit.assumptions, ...crossed.assumptions],
      },
    ]
  })
}

/**
 * A VPC that takes packets in by one attachment and sends them on by `feeder`, through appliances mostly. The target's own
 * VPC may do so, too: a route for a subnet that is more specific than the local one, seen from another subnet.
 */
function throughVpc(
  network: Network,
  lead: Lead,
  feeder: TransitGatewayAttachment,
  vpcId: string,
  target: AddressClass,
  remark: (remarks: readonly Remark[]) => void,
): readonly Lead[] {
  const { family, addresses } = target
  return attachmentsOfVpc(network, vpcId)
    .filter(carries)
    .flatMap(entrance =>
      doorsOut(network, entrance, null).flatMap(door => {
        if (door === null) return []
        const walked = walkOut(network, { subnet: door }, 'forward', family, addresses)
        return walked.exits.flatMap(({ target: to, subnet, boxes, stations, assumptions }) => {
          if (to.is !== 'transit-gateway' || to.id !== feeder.transitGatewayId || subnet === null) return []
          const crossed = bordersInto(network, feeder, subnet, boxes.length > 0 ? 'from-within' : 'turned-round')
          if (crossed === null || !comesOut(network, lead, subnet.zone)) return []
          remark(walked.remarks)
          return [
            {
              attachment: entrance,
              gate: { attachment: entrance, door },
              lastZone: lead.lastZone === undefined ? subnet.zone : lead.lastZone,
              stations: [...stations, ...stationsAt(network, 'forward', family, crossed), ...lead.stations],
              boxes: [...boxes, ...lead.boxes],
              assumptions: [...assumptions, ...crossed.assumptions, ...lead.assumptions],
              carriesGroups: false,
              passed: lead.passed,
            },
          ]
        })
      }),
    )
}

/** Whether packets from a zone may come out at the door that the lead needs. */
function comesOut(network: Network, { gate }: Lead, zone: string): boolean {
  return gate === null || doorsOut(network, gate.attachment, zone).some(door => door?.id === gate.door.id)
}

function sideKey({ id, transitGatewayId }: TransitGatewayAttachment): string {
  return `${id} ${transitGatewayId}`
}

function tooMany(attachmentId: string): Remark {
  const detail = `More networks have a route to ${attachmentId} than are analysed: some of them are not reported.`
  return { reason: 'transit-gateway-too-large', componentId: attachmentId, weight: 'unknown', detail }
}
