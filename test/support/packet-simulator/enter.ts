import { bitsOf, isIn, isIpv4 } from './bits.ts'
import type { Packet } from './filters.ts'
import { internetMode, isInternetAddress, privateAddressOf } from './internet.ts'
import { isSameChain, passesAcl, type End, type Passage } from './passage.ts'
import { chooseRoute, subnetsHolding, tableOfGateway, tableOfSubnet, vpcPrefixes } from './route-choice.ts'
import { crossTransitGateway, followFromAttachment } from './transit.ts'
import { arrive, crossPeering, send, sidePrefixes, throughAppliance, throughEndpoint } from './walk.ts'
import type { World } from './world.ts'

/** A packet that came in by an edge as far as a subnet, and whether a reply that ends there is back where it began. */
export interface Entry {
  readonly end: Extract<End, { is: 'subnet' }>
  readonly isBack: (end: End) => boolean
}

/** Every way that the packet can come in by the edge: `igw-`, `pcx-`, `vgw-` or `tgw-`. */
export function enter(world: World, edgeId: string, packet: Packet, trace?: string[]): readonly Entry[] {
  const passage: Passage = {
    packet,
    isReply: false,
    chain: [],
    crossings: [],
    identity: null,
    hops: 0,
    ...(trace === undefined ? {} : { trace }),
  }
  if (edgeId.startsWith('igw-')) return enterByInternetGateway(world, edgeId, passage)
  if (edgeId.startsWith('pcx-')) return enterByPeering(world, edgeId, passage)
  if (edgeId.startsWith('vgw-')) return enterByVpnGateway(world, edgeId, passage)
  return enterByTransitGateway(world, edgeId, passage)
}

/** (reachability §2.6, §2.12) */
function enterByInternetGateway(world: World, id: string, passage: Passage): readonly Entry[] {
  const contacted = passage.packet.destination
  const gateway = world.internetGateways.find(({ InternetGatewayId }) => InternetGatewayId === id)
  if (!isInternetAddress(passage.packet.source)) return []
  return (gateway?.Attachments ?? []).flatMap(({ VpcId }) => {
    const destination = isIpv4(contacted) ? privateAddressOf(world, VpcId, contacted) : contacted
    if (destination === null || (!isIpv4(contacted) && !isInternetAddress(contacted))) return []
    const translated = { ...passage, packet: { ...passage.packet, destination } }
    return comeIn(world, id, VpcId, translated, true).map(end => ({
      end,
      isBack: (back: End) =>
        back.is === 'gateway' &&
        back.id === id &&
        back.asSource === contacted &&
        back.passage.crossings.length === 0 &&
        isSameChain(end.passage, back.passage),
    }))
  })
}

/** From a gateway to the destination's subnet, or where the gateway's own table sends it first. */
function comeIn(
  world: World,
  gatewayId: string,
  vpcId: string,
  passage: Passage,
  isInternet: boolean,
): readonly Extract<End, { is: 'subnet' }>[] {
  if (!vpcPrefixes(world, vpcId).some(prefix => isIn(passage.packet.destination, prefix))) return []
  const table = tableOfGateway(world, gatewayId)
  const choice =
    table === undefined ? { is: 'local' as const } : chooseRoute(world, table, vpcId, passage.packet.destination)
  passage.trace?.push(`${gatewayId}: ${choice.is}`)
  const isOpen = (subnetId: string | undefined) => {
    const subnet = world.subnets.find(({ SubnetId }) => SubnetId === subnetId)
    return !isInternet || (subnet !== undefined && internetMode(world, subnet) === 'off')
  }
  if (choice.is === 'local') {
    const holding = subnetsHolding(world, vpcId, passage.packet.destination)
    if (!holding.every(({ SubnetId }) => isOpen(SubnetId))) return []
    return arrive(world, vpcId, passage).filter(end => end.is === 'subnet')
  }
  if (choice.is === 'eni') {
    const appliance = world.interfaces.find(({ NetworkInterfaceId }) => NetworkInterfaceId === choice.id)
    const hasPublic = appliance?.PrivateIpAddresses?.some(({ Association }) => Association?.PublicIp !== undefined)
    if (appliance?.VpcId !== vpcId || !isOpen(appliance.SubnetId)) return []
    if (isInternet && hasPublic !== true && isIpv4(passage.packet.source)) return []
    return inVpc(throughAppliance(world, null, choice.id, passage), vpcId)
  }
  if (choice.is === 'vpce' && isInternet) {
    const subnetId =
      world.firewalls.find(({ endpointId }) => endpointId === choice.id)?.subnetId ??
      world.endpoints.find(({ VpcEndpointId }) => VpcEndpointId === choice.id)?.SubnetIds?.[0]
    return isOpen(subnetId) ? inVpc(throughEndpoint(world, null, choice.id, passage), vpcId) : []
  }
  return []
}

function inVpc(ends: readonly End[], vpcId: string): readonly Extract<End, { is: 'subnet' }>[] {
  return ends
    .filter(end => end.is === 'subnet')
    .filter(({ subnet, passage }) => subnet.VpcId === vpcId && passage.crossings.length === 0)
}

/** (reachability §2.10) */
function enterByVpnGateway(world: World, id: string, passage: Passage): readonly Entry[] {
  const { source, destination } = passage.packet
  const gateway = world.vpnGateways.find(({ VpnGatewayId }) => VpnGatewayId === id)
  if (!isIpv4(source) || !hasLink(world, id, source, destination)) return []
  return (gateway?.VpcAttachments ?? [])
    .filter(({ State }) => State === 'attached')
    .filter(({ VpcId }) => !vpcPrefixes(world, VpcId).some(prefix => isIn(source, prefix)))
    .flatMap(({ VpcId }) =>
      comeIn(world, id, VpcId, passage, false).map(end => ({
        end,
        isBack: (back: End) =>
          back.is === 'gateway' &&
          back.id === id &&
          back.passage.crossings.length === 0 &&
          isSameChain(end.passage, back.passage),
      })),
    )
}

/** Whether a VPN connection or Direct Connect behind the gateway can bring a packet from there to here. */
function hasLink(world: World, gatewayId: string, source: string, destination: string): boolean {
  for (const connection of world.vpnConnections) {
    if (connection.VpnGatewayId !== gatewayId || connection.State !== 'available') continue
    if (connection.Options?.StaticRoutesOnly !== true) return true
    const routes = (connection.Routes ?? []).filter(({ State }) => (State ?? 'available') === 'available')
    if (routes.some(({ DestinationCidrBlock }) => isIn(source, bitsOf(DestinationCidrBlock)))) return true
  }
  const hasInterface = world.virtualInterfaces.some(
    link =>
      link.virtualGatewayId === gatewayId &&
      link.virtualInterfaceType === 'private' &&
      link.virtualInterfaceState === 'available',
  )
  if (hasInterface) return true
  return world.directConnectAssociations.some(
    association =>
      association.associatedGateway?.id === gatewayId &&
      association.associationState === 'associated' &&
      (association.allowedPrefixesToDirectConnectGateway ?? []).some(({ cidr }) => isIn(destination, bitsOf(cidr))),
  )
}

/** From every subnet of the far VPC that holds the source and routes the packet to this peering. (reachability §2.8) */
function enterByPeering(world: World, id: string, passage: Passage): readonly Entry[] {
  const peering = world.peerings.find(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === id)
  if (peering === undefined || peering.Status?.Code !== 'active') return []
  const { source, destination } = passage.packet
  const entries: Entry[] = []
  for (const far of [peering.RequesterVpcInfo, peering.AccepterVpcInfo]) {
    if (!world.vpcs.some(({ VpcId }) => VpcId === far.VpcId)) {
      if (!sidePrefixes(world, far).some(prefix => isIn(source, prefix))) continue
      const near = far === peering.RequesterVpcInfo ? peering.AccepterVpcInfo : peering.RequesterVpcInfo
      for (const end of arrive(world, near.VpcId, { ...passage, crossings: [id] })) {
        const isBack = (back: End) => back.is === 'far' && back.id === id && isSameChain(passage, back.passage)
        if (end.is === 'subnet') entries.push({ end, isBack })
      }
      continue
    }
    for (const subnet of subnetsHolding(world, far.VpcId, source)) {
      const choice = chooseRoute(world, tableOfSubnet(world, subnet), far.VpcId, destination)
      if (choice.is !== 'pcx' || choice.id !== id || !passesAcl(world, subnet, 'out', passage)) continue
      for (const end of crossPeering(world, far.VpcId, id, { ...passage, identity: { vpcId: far.VpcId } })) {
        const isBack = (back: End) =>
          back.is === 'subnet' &&
          back.subnet.SubnetId === subnet.SubnetId &&
          back.passage.crossings.join() === id &&
          isSameChain(end.passage, back.passage)
        if (end.is === 'subnet') entries.push({ end, isBack })
      }
    }
  }
  return entries
}

/** From other VPCs and from on premises, by whichever transit gateways; the last one is the edge. (reachability §2.9) */
function enterByTransitGateway(world: World, id: string, passage: Passage): readonly Entry[] {
  const { source, destination } = passage.packet
  const entries: Entry[] = []
  const isByTransit = ({ crossings }: Passage) => crossings.every(crossing => crossing.startsWith('tgw-'))
  for (const vpc of world.vpcs) {
    for (const subnet of subnetsHolding(world, vpc.VpcId, source)) {
      const choice = chooseRoute(world, tableOfSubnet(world, subnet), vpc.VpcId, destination)
      if (choice.is !== 'tgw' || !passesAcl(world, subnet, 'out', passage)) continue
      const ends = crossTransitGateway(world, subnet, choice.id, { ...passage, identity: { vpcId: vpc.VpcId } }, send)
      for (const end of ends) {
        if (end.is !== 'subnet' || end.subnet.VpcId === vpc.VpcId) continue
        if (end.passage.crossings.at(-1) !== id || !isByTransit(end.passage)) continue
        const isBack = (back: End) =>
          back.is === 'subnet' &&
          back.subnet.SubnetId === subnet.SubnetId &&
          isByTransit(back.passage) &&
          isSameChain(end.passage, back.passage)
        entries.push({ end, isBack })
      }
    }
  }
  for (const attachment of world.tgwAttachments) {
    if (attachment.ResourceType === 'vpc' || attachment.ResourceType === 'peering') continue
    for (const end of followFromAttachment(world, attachment, passage, send)) {
      if (end.is !== 'subnet' || end.passage.crossings.at(-1) !== id || !isByTransit(end.passage)) continue
      const isBack = (back: End) =>
        back.is === 'attachment' &&
        back.id === attachment.TransitGatewayAttachmentId &&
        isByTransit(back.passage) &&
        isSameChain(end.passage, back.passage)
      entries.push({ end, isBack })
    }
  }
  return entries
}
