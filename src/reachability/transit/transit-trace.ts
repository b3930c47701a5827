import type { Edge } from '../../domain/network/open-path.ts'
import type { TransitGatewayAttachment } from '../../domain/network/transit-gateways.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { Packet, Target, Trace } from '../edge.ts'
import type { GroupIdentity } from '../filters/security-groups.ts'
import type { Leg } from '../filters/stations.ts'
import { areMirrored, type Middlebox } from '../forwarding/middleboxes.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { has } from '../sets/interval-set.ts'
import { valueAt } from '../sets/longest-prefix.ts'
import { blocks, deliveryHops, groupHop, passes } from '../ways/hops.ts'
import { border, borders, decided, followPacket, renderHops, type Decision, type Ends } from '../ways/packet-walk.ts'
import { isAnnounced } from './transit-arrivals.ts'
import {
  attachmentAt,
  attachmentBetween,
  attachmentsOfVpc,
  carries,
  doorIn,
  doorsOut,
  isZoneEnabled,
  peerOf,
  transitRoutingOf,
} from './transit-gateways.ts'

/** Transit gateways that one packet may pass; and ways that a question is answered with. */
const [HOP_LIMIT, TRACE_LIMIT] = [8, 32]

/** One packet's way through transit gateways, as far as it gets. */
interface Course {
  readonly decisions: readonly Decision[]
  readonly boxes: readonly Middlebox[]
  /** Where it came out: a VPC, an attachment with something else behind; `null`: it was dropped. */
  readonly place: string | null
  /** The last transit gateway that it was in. */
  readonly lastGateway: string | null
}

interface Journey {
  readonly network: Network
  readonly leg: Leg
  readonly ends: Ends
  readonly packet: Packet
  /** The subnet that it is for, where that is known. */
  readonly goal: Subnet | null
}

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
        ...[groupHop(network, packet, target, identity), ...deliveryHops(network, target)].map(decided),
        ...reply.decisions,
        ...homecoming(there, reply, edge),
      ]
      traces.push({ edge, via: there.boxes.map(({ id }) => id), hops: renderHops(network, packet, ends, decisions) })
    }
  }
  return traces
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

/** From a subnet into a transit gateway and on. */
function fromSubnet(journey: Journey, subnet: Subnet): readonly Course[] {
  const { network, leg, ends, packet } = journey
  const followed = followPacket(network, { subnet }, leg, ends, packet)
  const begun = { decisions: followed.decisions, boxes: followed.boxes }
  const { exit } = followed
  if (exit === null) return [{ ...begun, place: null, lastGateway: null }]
  if (exit.target.is !== 'transit-gateway' || exit.subnet === null) {
    const at = { id: subnet.id, type: COMPONENT.subnet, direction: leg }
    const elsewhere = decided(
      blocks(at, 'route-elsewhere', `What leaves ${subnet.id} does not go to a transit gateway.`),
    )
    return [{ ...begun, decisions: [...begun.decisions, elsewhere], place: null, lastGateway: null }]
  }
  return intoGateway(journey, begun, exit.subnet, exit.target.id, [border(leg, ends, exit.subnet, 'egress')], 0)
}

function intoGateway(
  journey: Journey,
  begun: Pick<Course, 'decisions' | 'boxes'>,
  from: Subnet,
  gatewayId: string,
  leaving: readonly Decision[],
  depth: number,
): readonly Course[] {
  const { network, leg, ends } = journey
  const attachment = attachmentBetween(network, from.vpcId, gatewayId)
  const at = { id: attachment?.id ?? gatewayId, type: COMPONENT.transitGatewayAttachment, direction: leg }
  const stop = (decision: Decision): readonly Course[] => [
    { ...begun, decisions: [...begun.decisions, ...leaving, decision], place: null, lastGateway: gatewayId },
  ]
  if (attachment === null) {
    return stop(
      decided(
        blocks(
          at,
          'transit-gateway-association',
          `${from.vpcId} has no attachment to ${gatewayId} that carries traffic.`,
        ),
      ),
    )
  }
  if (isZoneEnabled(network, attachment, from) === false) {
    return stop(
      decided(
        blocks(at, 'transit-gateway-zone', `${attachment.id} is not enabled in ${from.zone}, the zone of ${from.id}.`),
      ),
    )
  }
  const door = doorIn(network, attachment, from)
  // What turns round in the attachment's own subnet has never left it.
  const isInside = leaving.length === 0 && door?.id === from.id
  const entering = door === null || isInside ? [] : [border(leg, ends, door, 'ingress')]
  const decisions = [...begun.decisions, ...leaving, ...entering, decided(passes(at, `${attachment.id} takes it in.`))]
  return onward(journey, { ...begun, decisions }, attachment, from.zone, depth)
}

function fromAttachment(journey: Journey, attachment: TransitGatewayAttachment): readonly Course[] {
  const at = { id: attachment.id, type: COMPONENT.transitGatewayAttachment, direction: journey.leg }
  const isTold = isAnnounced(journey.network, attachment, { first: journey.ends.target }) !== false
  const entering = isTold
    ? passes(at, `It comes in by ${attachment.id}.`)
    : blocks(at, 'destination-not-here', `What is behind ${attachment.id} is not told of the target.`)
  const begun = { decisions: [decided(entering)], boxes: [] }
  return onward(journey, begun, attachment, null, 0)
}

/** From an attachment by its transit gateway's table to every attachment that may be next. */
function onward(
  journey: Journey,
  begun: Pick<Course, 'decisions' | 'boxes'>,
  attachment: TransitGatewayAttachment,
  zone: string | null,
  depth: number,
): readonly Course[] {
  const { network, leg, ends } = journey
  const { transitGatewayId, associatedTableId } = attachment
  const at = { id: transitGatewayId, type: COMPONENT.transitGateway, direction: leg }
  const stop = (decision: Decision): readonly Course[] => [
    { ...begun, decisions: [...begun.decisions, decision], place: null, lastGateway: transitGatewayId },
  ]
  if (depth > HOP_LIMIT) return stop(decided(blocks(at, 'routing-loop', 'It goes round in transit gateways.')))
  if (!carries(attachment))
    return stop(decided(blocks(at, 'transit-gateway-association', `${attachment.id} is ${attachment.state}.`)))
  if (associatedTableId === null) {
    return stop(
      decided(blocks(at, 'transit-gateway-association', `${attachment.id} is associated with no route table.`)),
    )
  }
  const destination = leg === 'forward' ? ends.target : ends.client
  const partition = transitRoutingOf(network, associatedTableId)[destination.family].partition
  const entry = valueAt(partition, network.addresses.locate(destination))
  const rule =
    entry === null
      ? null
      : `${associatedTableId} ${entry.cidr.text} -> ${entry.hop.is === 'blackhole' ? 'blackhole' : entry.hop.attachmentIds.join(' or ')}`
  if (entry === null || entry.hop.is === 'blackhole') {
    return stop(
      decided(
        blocks(
          { ...at, rule },
          'transit-gateway-route',
          `${associatedTableId} has no route there that carries traffic.`,
        ),
      ),
    )
  }
  return entry.hop.attachmentIds.flatMap(id => {
    const next = attachmentAt(network, id, transitGatewayId)
    if (next === null || !carries(next)) {
      return stop(
        decided(blocks({ ...at, rule }, 'transit-gateway-route', `${id}, which it is routed to, carries nothing.`)),
      )
    }
    const decisions = [...begun.decisions, decided(passes({ ...at, rule }, `${associatedTableId} sends it to ${id}.`))]
    return leave(journey, { ...begun, decisions }, next, zone, depth)
  })
}

function leave(
  journey: Journey,
  begun: Pick<Course, 'decisions' | 'boxes'>,
  next: TransitGatewayAttachment,
  zone: string | null,
  depth: number,
): readonly Course[] {
  const { network, leg, ends, packet, goal } = journey
  const lastGateway = next.transitGatewayId
  if (next.kind === 'peering') {
    const peer = peerOf(network, next)
    return peer === null ? [{ ...begun, place: next.id, lastGateway }] : onward(journey, begun, peer, null, depth + 1)
  }
  const vpcId = next.resourceId
  if (next.kind !== 'vpc' || vpcId === null) return [{ ...begun, place: next.id, lastGateway }]
  if (network.tables.subnets.under('by-vpc', vpcId).length === 0) return [{ ...begun, place: vpcId, lastGateway }]
  return doorsOut(network, next, zone).flatMap(door => {
    if (door === null) {
      const decisions = [
        ...begun.decisions,
        ...borders(leg, ends, null, goal?.vpcId === vpcId ? goal : homeOf(journey, vpcId)),
      ]
      return [{ ...begun, decisions, place: vpcId, lastGateway }]
    }
    const followed = followPacket(network, { subnet: door }, leg, ends, packet)
    const sofar = { decisions: [...begun.decisions, ...followed.decisions], boxes: [...begun.boxes, ...followed.boxes] }
    const { exit } = followed
    if (exit === null) return [{ ...sofar, place: null, lastGateway }]
    if (exit.target.is === 'local') {
      const home = goal?.vpcId === vpcId ? goal : homeOf(journey, vpcId)
      const decisions = [...sofar.decisions, ...borders(leg, ends, exit.subnet, home)]
      return [{ ...sofar, decisions, place: vpcId, lastGateway }]
    }
    if (exit.target.is === 'transit-gateway' && exit.subnet !== null) {
      return intoGateway(
        journey,
        sofar,
        exit.subnet,
        exit.target.id,
        followed.boxes.length === 0 ? [] : [border(leg, ends, exit.subnet, 'egress')],
        depth + 1,
      )
    }
    const at = { id: next.id, type: COMPONENT.transitGatewayAttachment, direction: leg }
    const elsewhere = decided(blocks(at, 'route-elsewhere', `${vpcId} does not keep what comes in by ${next.id}.`))
    return [{ ...sofar, decisions: [...sofar.decisions, elsewhere], place: null, lastGateway }]
  })
}

/** The subnet of a VPC that holds where the packet goes. */
function homeOf({ network, leg, ends }: Journey, vpcId: string): Subnet | null {
  const destination = leg === 'forward' ? ends.target : ends.client
  const point = network.addresses.locate(destination)
  const subnets = network.tables.subnets.under('by-vpc', vpcId)
  return subnets.find(({ cidrs }) => has(network.addresses.setOf(cidrs, destination.family), point)) ?? null
}
