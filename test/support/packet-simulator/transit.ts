import { bitsOf, isIn, type Bits } from './bits.ts'
import { passesAcl, type End, type Passage } from './passage.ts'
import type { RawSubnet, RawTgwAttachment, RawTgwRoute } from './wire.ts'
import type { World } from './world.ts'

const HOP_LIMIT = 16

/** How a packet goes on from a subnet. */
type Send = (world: World, subnet: RawSubnet, passage: Passage) => readonly End[]

/** From a subnet into a transit gateway: by the attachment's interface in the subnet's own zone, or not at all. (reachability §2.9) */
export function crossTransitGateway(
  world: World,
  from: RawSubnet,
  id: string,
  passage: Passage,
  send: Send,
): readonly End[] {
  const ends: End[] = []
  for (const attachment of world.tgwAttachments) {
    if (attachment.TransitGatewayId !== id || attachment.ResourceId !== from.VpcId) continue
    if (attachment.ResourceType !== 'vpc' || attachment.State !== 'available') continue
    for (const subnet of attachmentSubnets(world, attachment)) {
      if (subnet.AvailabilityZone !== from.AvailabilityZone) continue
      // What turns round in the attachment's own subnet has never left it.
      if (passage.door !== subnet.SubnetId && !passesAcl(world, subnet, 'in', passage)) continue
      ends.push(...followFromAttachment(world, attachment, { ...passage, zone: from.AvailabilityZone }, send))
    }
  }
  return ends
}

/** From an attachment, by the table that it is associated with, to wherever the packet can end. */
export function followFromAttachment(
  world: World,
  attachment: RawTgwAttachment,
  passage: Passage,
  send: Send,
): readonly End[] {
  if (passage.hops > HOP_LIMIT || attachment.State !== 'available') return []
  const tableId = attachment.Association?.TransitGatewayRouteTableId
  const route = tableId === undefined ? null : bestRoute(world, tableId, passage.packet.destination)
  passage.trace?.push(`${attachment.TransitGatewayAttachmentId}: ${tableId ?? 'no table'} ${JSON.stringify(route)}`)
  if (route === null || route.State === 'blackhole') return []
  const gatewayId = attachment.TransitGatewayId
  const crossed: Passage = {
    ...passage,
    crossings: [...passage.crossings, gatewayId],
    identity: supportsGroups(world, attachment) ? passage.identity : null,
    hops: passage.hops + 1,
  }
  const ends: End[] = []
  for (const { TransitGatewayAttachmentId } of route.TransitGatewayAttachments ?? []) {
    const next = world.tgwAttachments.find(
      candidate =>
        candidate.TransitGatewayAttachmentId === TransitGatewayAttachmentId && candidate.TransitGatewayId === gatewayId,
    )
    if (next !== undefined && next.State === 'available') ends.push(...leaveBy(world, next, crossed, send))
  }
  return ends
}

function leaveBy(world: World, attachment: RawTgwAttachment, passage: Passage, send: Send): readonly End[] {
  if (attachment.ResourceType === 'vpc') {
    const identity = supportsGroups(world, attachment) ? passage.identity : null
    return doorsOf(world, attachment, passage.zone ?? null).flatMap(subnet =>
      send(world, subnet, { ...passage, identity, zone: null, door: subnet.SubnetId }),
    )
  }
  if (attachment.ResourceType !== 'peering') {
    return [{ is: 'attachment', id: attachment.TransitGatewayAttachmentId, passage }]
  }
  return world.tgwAttachments
    .filter(
      far =>
        far.ResourceType === 'peering' &&
        far.TransitGatewayId === attachment.ResourceId &&
        far.ResourceId === attachment.TransitGatewayId,
    )
    .flatMap(far => followFromAttachment(world, far, { ...passage, identity: null, zone: null }, send))
}

/** Where packets come out: in their own zone where it is enabled, unless appliance mode keeps both directions in any one. */
function doorsOf(world: World, attachment: RawTgwAttachment, zone: string | null): readonly RawSubnet[] {
  const all = attachmentSubnets(world, attachment)
  const described = world.tgwVpcAttachments.find(
    candidate => candidate.TransitGatewayAttachmentId === attachment.TransitGatewayAttachmentId,
  )
  const same = all.filter(({ AvailabilityZone }) => AvailabilityZone === zone)
  return same.length === 0 || described?.Options?.ApplianceModeSupport === 'enable' ? all : same
}

function attachmentSubnets(world: World, { TransitGatewayAttachmentId }: RawTgwAttachment): readonly RawSubnet[] {
  const described = world.tgwVpcAttachments.find(
    candidate => candidate.TransitGatewayAttachmentId === TransitGatewayAttachmentId,
  )
  return world.subnets.filter(({ SubnetId }) => described?.SubnetIds?.includes(SubnetId))
}

/** The longest prefix; of equal ones the static route. */
function bestRoute(world: World, tableId: string, destination: Bits): RawTgwRoute | null {
  let [best, length]: [RawTgwRoute | null, number] = [null, -1]
  for (const route of world.tgwRoutes.get(tableId) ?? []) {
    const prefixes =
      route.DestinationCidrBlock === undefined
        ? (world.prefixLists.get(route.PrefixListId ?? '') ?? [])
        : [route.DestinationCidrBlock]
    for (const prefix of prefixes.map(bitsOf)) {
      if (!isIn(destination, prefix)) continue
      const wins = prefix.length === length && best?.Type !== 'static' && route.Type === 'static'
      if (prefix.length > length || wins) [best, length] = [route, prefix.length]
    }
  }
  return best
}

/** Whether names of groups hold across the attachment: both it and its gateway must have that switched on. (reachability §2.4) */
function supportsGroups(world: World, attachment: RawTgwAttachment): boolean {
  const gateway = world.transitGateways.find(({ TransitGatewayId }) => TransitGatewayId === attachment.TransitGatewayId)
  const described = world.tgwVpcAttachments.find(
    candidate => candidate.TransitGatewayAttachmentId === attachment.TransitGatewayAttachmentId,
  )
  return (
    gateway?.Options?.SecurityGroupReferencingSupport === 'enable' &&
    described?.Options?.SecurityGroupReferencingSupport === 'enable'
  )
}
