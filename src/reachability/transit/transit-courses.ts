import { formatIpAddress } from '../../base/ip-range.ts'
import type { TransitGatewayAttachment } from '../../domain/network/transit-gateways.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { Packet } from '../edge.ts'
import type { Leg } from '../filters/stations.ts'
import type { Middlebox } from '../forwarding/middleboxes.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { has } from '../sets/interval-set.ts'
import { valueAt } from '../sets/longest-prefix.ts'
import { blocks, passes } from '../ways/hops.ts'
import { border, borders, decided, followPacket, type Decision, type Ends } from '../ways/packet-walk.ts'
import { bordersInto, HOP_LIMIT, isAnnounced } from './transit-crossings.ts'
import { attachmentAt, attachmentBetween, carries, doorsOut, peerOf, transitRoutingOf } from './transit-gateways.ts'

/** One packet's way through transit gateways, as far as it gets. */
export interface Course {
  readonly decisions: readonly Decision[]
  readonly boxes: readonly Middlebox[]
  /** Where it came out: a VPC, an attachment with something else behind; `null`: it was dropped. */
  readonly place: string | null
  /** The last transit gateway that it was in. */
  readonly lastGateway: string | null
}

/** A packet that is followed in one direction. */
export interface Journey {
  readonly network: Network
  readonly leg: Leg
  readonly ends: Ends
  readonly packet: Packet
  /** The subnet that it is for, where that is known. */
  readonly goal: Subnet | null
}

/** In by an attachment behind which no subnets are known. */
export function fromAttachment(journey: Journey, attachment: TransitGatewayAttachment): readonly Course[] {
  const at = { id: attachment.id, type: COMPONENT.transitGatewayAttachment, direction: journey.leg }
  const isTold = isAnnounced(journey.network, attachment, journey.ends.target) !== false
  const entering = isTold
    ? passes(at, `It comes in by ${attachment.id}.`)
    : blocks(at, 'destination-not-here', `What is behind ${attachment.id} is not told of the target.`)
  const begun = { decisions: [decided(entering)], boxes: [] }
  return onward(journey, begun, attachment, null, 0)
}

/** From a subnet into a transit gateway and on. */
export function fromSubnet(journey: Journey, subnet: Subnet): readonly Course[] {
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
  return intoGateway(journey, begun, exit.subnet, exit.target.id, 'from-within', 0)
}

function intoGateway(
  journey: Journey,
  begun: Pick<Course, 'decisions' | 'boxes'>,
  from: Subnet,
  gatewayId: string,
  comes: 'from-within' | 'turned-round',
  depth: number,
): readonly Course[] {
  const { network, leg, ends } = journey
  const attachment = attachmentBetween(network, from.vpcId, gatewayId)
  const at = { id: attachment?.id ?? gatewayId, type: COMPONENT.transitGatewayAttachment, direction: leg }
  const leaving = comes === 'from-within' ? [border(leg, ends, from, 'egress')] : []
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
  const crossed = bordersInto(network, attachment, from, comes)
  if (crossed === null) {
    return stop(
      decided(
        blocks(at, 'transit-gateway-zone', `${attachment.id} is not enabled in ${from.zone}, the zone of ${from.id}.`),
      ),
    )
  }
  const entering = crossed.into === null ? [] : [border(leg, ends, crossed.into, 'ingress')]
  const decisions = [...begun.decisions, ...leaving, ...entering, decided(passes(at, `${attachment.id} takes it in.`))]
  return onward(journey, { ...begun, decisions }, attachment, from.zone, depth)
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
          `${associatedTableId} has no route to ${formatIpAddress(destination)} that carries traffic.`,
        ),
      ),
    )
  }
  return entry.hop.attachmentIds.flatMap(id => {
    const next = attachmentAt(network, id, transitGatewayId)
    if (next === null || !carries(next)) {
      return stop(
        decided(
          blocks(
            { ...at, rule },
            'transit-gateway-route',
            `${associatedTableId} sends what goes to ${formatIpAddress(destination)} to ${id}, which carries nothing.`,
          ),
        ),
      )
    }
    const decisions = [
      ...begun.decisions,
      decided(
        passes({ ...at, rule }, `${associatedTableId} sends what goes to ${formatIpAddress(destination)} to ${id}.`),
      ),
    ]
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
        followed.boxes.length > 0 ? 'from-within' : 'turned-round',
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
