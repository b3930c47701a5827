import { holdsAddress, type IpAddress, type IpFamily } from '../../base/ip-range.ts'
import type { TransitGatewayAttachment } from '../../domain/network/transit-gateways.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import { aclStations, type Leg, type Station } from '../filters/stations.ts'
import type { Network } from '../network/network.ts'
import { doorIn, isZoneEnabled } from './transit-gateways.ts'

// What holds wherever a packet goes into a transit gateway: for sets of packets that are followed there from their target
// (arrivals), for those of answers (departures), and for the one packet of a proof (trace).

/** Transit gateways and inspection VPCs that one packet may pass; more are a loop. */
export const HOP_LIMIT = 8

/** The borders of subnets between a place in a VPC and its transit gateway. (reachability §2.9) */
export interface BordersInto {
  /** The subnet that is left; `null`: the packet has never left the one it came out of a transit gateway in. */
  readonly out: Subnet | null
  /** The attachment's subnet, which is entered; `null`: not described, or the one that the packet is in already. */
  readonly into: Subnet | null
  readonly assumptions: readonly string[]
}

/**
 * What is crossed from a subnet into the attachment; `null` where the zone of the subnet is not enabled. A packet that came
 * out of a transit gateway there, and that no appliance had since, is `turned-round`: the border of its subnet asks nothing.
 */
export function bordersInto(
  network: Network,
  attachment: TransitGatewayAttachment,
  subnet: Subnet,
  comes: 'from-within' | 'turned-round',
): BordersInto | null {
  const isEnabled = isZoneEnabled(network, attachment, subnet)
  if (isEnabled === false) return null
  const out = comes === 'from-within' ? subnet : null
  if (isEnabled === 'unknown') {
    const assumption = `The subnets of ${attachment.id} were not described: ${subnet.zone} is taken to be enabled, and nothing to filter there.`
    return { out, into: null, assumptions: [assumption] }
  }
  const door = doorIn(network, attachment, subnet)
  return { out, into: out === null && door?.id === subnet.id ? null : door, assumptions: [] }
}

/** The filters at those borders. */
export function stationsAt(
  network: Network,
  leg: Leg,
  family: IpFamily,
  { out, into }: Pick<BordersInto, 'out' | 'into'>,
): readonly Station[] {
  return [
    ...(out === null ? [] : aclStations(network, leg, family, out, 'egress')),
    ...(into === null ? [] : aclStations(network, leg, family, into, 'ingress')),
  ]
}

/** Whether both sides of an attachment let security groups refer to each other. */
export function supportsGroups(network: Network, attachment: TransitGatewayAttachment): boolean {
  const gateway = network.tables.transitGateways.get(attachment.transitGatewayId)
  return attachment.supportsSecurityGroupReferences && gateway?.supportsSecurityGroupReferences === true
}

/** Whether networks on premises are told of the target; a sentence where it is assumed. (reachability §2.10) */
export function isAnnounced(network: Network, feeder: TransitGatewayAttachment, target: IpAddress): boolean | string {
  if (feeder.kind !== 'direct-connect-gateway') return true
  const association = network.tables.directConnectAssociations
    .under('by-gateway', feeder.transitGatewayId)
    .find(one => one.gatewayId === feeder.transitGatewayId && one.directConnectGatewayId === feeder.resourceId)
  if (association === undefined || association.allowedPrefixes === null) {
    return `What is announced over ${feeder.id} was not described: the target is taken to be.`
  }
  return association.state === 'associated' && association.allowedPrefixes.some(cidr => holdsAddress(cidr, target))
}
