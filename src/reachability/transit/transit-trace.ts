import type { Edge } from '../../domain/network/open-path.ts'
import type { TransitGatewayAttachment } from '../../domain/network/transit-gateways.ts'
import type { Packet, Target, Trace } from '../edge.ts'
import type { GroupIdentity } from '../filters/security-groups.ts'
import { areMirrored } from '../forwarding/middleboxes.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { has } from '../sets/interval-set.ts'
import { blocks, deliveryHops, groupHop, passes } from '../ways/hops.ts'
import { decided, renderHops, type Decision } from '../ways/packet-walk.ts'
import { fromAttachment, fromSubnet, type Course, type Journey } from './transit-courses.ts'
import { attachmentBetween, attachmentsOfVpc, peerOf } from './transit-gateways.ts'

/** Ways that a question is answered with. */
const TRACE_LIMIT = 32

/** Every way over transit gateways, open or not; `identityOf` says who of the far VPC bears the identity of groups in the near one. */
export function traceOverTransit(
  network: Network,
  packet: Packet,
  target: Target,
  identityOf: (farVpcId: string, nearVpcId: string) => GroupIdentity,
): readonly Trace[] {
  const { vpcId, subnetId } = target.interface
  const subnet = network.tables.subnets.get(subnetId)
  const near = attachmentsOfVpc(network, vpcId)
  if (subnet === null || near.length === 0) return []
  const ends = { client: packet.source, target: target.address }
  const back = fromSubnet({ network, leg: 'return', ends, packet, goal: null }, subnet)
  const traces: Trace[] = []
  for (const there of origins({ network, leg: 'forward', ends, packet, goal: subnet }, near, vpcId)) {
    for (const reply of back) {
      if (traces.length >= TRACE_LIMIT) return traces
      const gateway = there.lastGateway ?? near[0]?.transitGatewayId ?? ''
      const edge: Edge = { kind: 'transit-gateway', id: gateway }
      const identity = there.course.carriesGroups ? identityOf(there.origin, vpcId) : null
      const decisions = [
        ...there.decisions,
        ...arrival(there, edge, vpcId),
        ...[groupHop(network, packet, target, identity), ...deliveryHops(network, target)].map(decided),
        ...reply.decisions,
        ...homecoming(there, reply, edge),
      ]
      traces.push({ edge, via: there.boxes.map(({ id }) => id), hops: renderHops(network, packet, ends, decisions) })
    }
  }
  return traces
}

/** Whether the packet came out in the target's VPC. */
function arrival({ place }: Origin, edge: Edge, vpcId: string): readonly Decision[] {
  if (place === null || place === vpcId) return []
  const at = { id: edge.id, type: COMPONENT.transitGateway }
  return [decided(blocks(at, 'route-elsewhere', `Packets to the target come out at ${place}, not in ${vpcId}.`))]
}

/** Whether the answer came back to where the packet came from, past the same appliances. */
function homecoming(there: Origin, reply: Course, edge: Edge): readonly Decision[] {
  const at = { id: edge.id, type: COMPONENT.transitGateway, direction: 'return' as const }
  if (there.place === null || reply.place === null) return []
  if (there.origin !== reply.place) {
    return [decided(blocks(at, 'route-elsewhere', `Answers go to ${reply.place}, not back to ${there.origin}.`))]
  }
  if (areMirrored(there.boxes, reply.boxes)) return [decided(passes(at, `Answers come back to ${there.origin}.`))]
  return [decided(blocks(at, 'appliance', 'Answers do not pass the same appliances as what they answer.'))]
}

interface Origin extends Course {
  readonly origin: string
  readonly course: { readonly carriesGroups: boolean }
}

/** Whence the packet may start: subnets of other VPCs that hold its source, networks on premises. */
function origins(journey: Journey, near: readonly TransitGatewayAttachment[], nearVpcId: string): readonly Origin[] {
  const { network, packet } = journey
  const found: Origin[] = []
  for (const { transitGatewayId } of near) {
    for (const attachment of network.tables.transitGatewayAttachments.under('by-transit-gateway', transitGatewayId)) {
      const { kind, resourceId } = attachment
      if (kind === 'peering' && peerOf(network, attachment) !== null)
        found.push(...beyondPeer(journey, attachment, nearVpcId))
      else if (kind !== 'vpc')
        found.push(
          ...fromAttachment(journey, attachment).map(course => originOf(journey, course, attachment.id, false)),
        )
      else if (resourceId !== null && resourceId !== nearVpcId)
        found.push(...fromVpc(journey, attachment, resourceId, packet))
    }
  }
  return found.filter(
    (one, index) => one.place === nearVpcId || found.findIndex(other => other.origin === one.origin) === index,
  )
}

/** VPCs and networks of a peered transit gateway. */
function beyondPeer(journey: Journey, attachment: TransitGatewayAttachment, nearVpcId: string): readonly Origin[] {
  const { network, packet } = journey
  const peer = peerOf(network, attachment)
  const others =
    peer === null ? [] : network.tables.transitGatewayAttachments.under('by-transit-gateway', peer.transitGatewayId)
  return others.flatMap(one => {
    if (one.kind === 'vpc')
      return one.resourceId === null || one.resourceId === nearVpcId
        ? []
        : fromVpc(journey, one, one.resourceId, packet)
    return one.kind === 'peering'
      ? []
      : fromAttachment(journey, one).map(course => originOf(journey, course, one.id, false))
  })
}

function fromVpc(
  journey: Journey,
  attachment: TransitGatewayAttachment,
  vpcId: string,
  { source }: Packet,
): readonly Origin[] {
  const { network } = journey
  const subnets = network.tables.subnets.under('by-vpc', vpcId)
  if (subnets.length === 0)
    return fromAttachment(journey, attachment).map(course => originOf(journey, course, vpcId, false))
  const holding = subnets.filter(({ cidrs }) =>
    has(network.addresses.setOf(cidrs, source.family), network.addresses.locate(source)),
  )
  return holding.flatMap(subnet => fromSubnet(journey, subnet).map(course => originOf(journey, course, vpcId, true)))
}

function originOf(journey: Journey, course: Course, origin: string, isVpc: boolean): Origin {
  const { network, goal } = journey
  const gateway = course.lastGateway === null ? null : network.tables.transitGateways.get(course.lastGateway)
  const supports = (vpcId: string | undefined) =>
    vpcId !== undefined &&
    course.lastGateway !== null &&
    attachmentBetween(network, vpcId, course.lastGateway)?.supportsSecurityGroupReferences === true
  const carriesGroups =
    isVpc &&
    course.boxes.length === 0 &&
    gateway?.supportsSecurityGroupReferences === true &&
    supports(origin) &&
    supports(goal?.vpcId)
  return { ...course, origin, course: { carriesGroups } }
}
