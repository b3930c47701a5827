import { bitsOf, isIn, isIpv4 } from './bits.ts'
import { groupsAllow } from './filters.ts'
import { firewallPasses } from './firewall.ts'
import { internetMode, isInternetAddress, publicAddressOf } from './internet.ts'
import { passesAcl, type End, type Passage } from './passage.ts'
import { chooseRoute, subnetPrefixes, subnetsHolding, tableOfSubnet, vpcPrefixes } from './route-choice.ts'
import { crossTransitGateway } from './transit.ts'
import type { RawInterface, RawSubnet } from './wire.ts'
import type { World } from './world.ts'

const HOP_LIMIT = 16

/** Follows a packet that leaves something in the subnet to wherever it can end: several ends where AWS is free to choose. */
export function send(world: World, subnet: RawSubnet, passage: Passage): readonly End[] {
  const { packet } = passage
  if (passage.hops > HOP_LIMIT) return []
  if (subnetPrefixes(subnet).some(prefix => isIn(packet.destination, prefix)))
    return [{ is: 'subnet', subnet, passage }]
  const table = tableOfSubnet(world, subnet)
  const choice = chooseRoute(world, table, subnet.VpcId, packet.destination)
  passage.trace?.push(`${table?.RouteTableId ?? 'no table'}: ${choice.is} ${'id' in choice ? choice.id : ''}`)
  if (passage.isPassedOn === true && choice.is !== 'local' && choice.is !== 'pcx') return []
  if (choice.is === 'eni') return throughAppliance(world, subnet, choice.id, passage)
  if (choice.is === 'vpce') return throughEndpoint(world, subnet, choice.id, passage)
  const isTurning = choice.is === 'tgw' && passage.door === subnet.SubnetId
  if (!isTurning && !passesAcl(world, subnet, 'out', passage)) return []
  switch (choice.is) {
    case 'local':
      return arrive(world, subnet.VpcId, passage)
    case 'igw':
      return leaveByInternetGateway(world, subnet, choice.id, passage)
    case 'vgw': {
      const isAttached = world.vpnGateways
        .find(gateway => gateway.VpnGatewayId === choice.id)
        ?.VpcAttachments?.some(({ VpcId, State }) => VpcId === subnet.VpcId && State === 'attached')
      return isAttached === true ? [{ is: 'gateway', id: choice.id, asSource: packet.source, passage }] : []
    }
    case 'pcx':
      return crossPeering(world, subnet.VpcId, choice.id, passage)
    case 'tgw':
      return crossTransitGateway(world, subnet, choice.id, passage, send)
    case 'eigw':
    case 'nat':
    case 'other':
    case 'drop':
      return []
  }
}

/** Into the subnets of the VPC that hold the destination, through their network ACLs. */
export function arrive(world: World, vpcId: string, passage: Passage): readonly End[] {
  return subnetsHolding(world, vpcId, passage.packet.destination)
    .filter(subnet => passesAcl(world, subnet, 'in', passage))
    .map(subnet => ({ is: 'subnet', subnet, passage }))
}

/** An interface that forwards. `from`: the subnet that it is sent from, `null` for a gateway. (reachability §2.12, §2.13) */
export function throughAppliance(world: World, from: RawSubnet | null, id: string, passage: Passage): readonly End[] {
  const appliance = world.interfaces.find(candidate => candidate.NetworkInterfaceId === id)
  const subnet = world.subnets.find(candidate => candidate.SubnetId === appliance?.SubnetId)
  if (appliance === undefined || subnet === undefined || appliance.SourceDestCheck !== false) return []
  if ((from !== null && from.VpcId !== subnet.VpcId) || !isDelivering(world, appliance)) return []
  if (!entersSubnet(world, from, subnet, passage)) return []
  const groups = (appliance.Groups ?? []).map(({ GroupId }) => GroupId)
  const { packet, identity, isReply } = passage
  const isAdmitted =
    isReply || (groupsAllow(world, groups, 'in', packet, identity) && groupsAllow(world, groups, 'out', packet, null))
  passage.trace?.push(`${id}: groups ${isAdmitted ? 'admit' : 'refuse'}`)
  return isAdmitted ? send(world, subnet, behind(passage, id)) : []
}

/** The endpoint of a Gateway Load Balancer or of a firewall. */
export function throughEndpoint(world: World, from: RawSubnet | null, id: string, passage: Passage): readonly End[] {
  const firewall = world.firewalls.find(({ endpointId }) => endpointId === id)
  const endpoint = world.endpoints.find(({ VpcEndpointId }) => VpcEndpointId === id)
  const subnetId = firewall?.subnetId ?? endpoint?.SubnetIds?.[0]
  const subnet = world.subnets.find(candidate => candidate.SubnetId === subnetId)
  const isMiddlebox = firewall !== undefined || endpoint?.VpcEndpointType === 'GatewayLoadBalancer'
  if (subnet === undefined || !isMiddlebox || (endpoint?.State ?? 'available') !== 'available') return []
  if ((from !== null && from.VpcId !== subnet.VpcId) || !entersSubnet(world, from, subnet, passage)) return []
  if (firewall !== undefined && !firewallPasses(world, firewall.policyArn, passage.packet, passage.isReply)) {
    passage.trace?.push(`${id}: the firewall drops`)
    return []
  }
  return send(world, subnet, behind(passage, id))
}

/** An instance's or a service's interface that packets are delivered to. (reachability §2.3) */
export function isDelivering(world: World, networkInterface: RawInterface): boolean {
  const { Status, Attachment } = networkInterface
  if (Status !== 'in-use' || (Attachment?.Status ?? 'attached') !== 'attached' || Attachment === undefined) return false
  const instance = world.instances.find(({ InstanceId }) => InstanceId === Attachment.InstanceId)
  const state = typeof instance?.State === 'string' ? instance.State : instance?.State?.Name
  return state !== 'terminated' && state !== 'shutting-down'
}

function entersSubnet(world: World, from: RawSubnet | null, into: RawSubnet, passage: Passage): boolean {
  if (from?.SubnetId === into.SubnetId) return true
  return (from === null || passesAcl(world, from, 'out', passage)) && passesAcl(world, into, 'in', passage)
}

function behind(passage: Passage, id: string): Passage {
  return { ...passage, chain: [...passage.chain, id], identity: null, door: null, hops: passage.hops + 1 }
}

function leaveByInternetGateway(world: World, subnet: RawSubnet, id: string, passage: Passage): readonly End[] {
  const gateway = world.internetGateways.find(({ InternetGatewayId }) => InternetGatewayId === id)
  const isAttached = gateway?.Attachments?.some(({ VpcId }) => VpcId === subnet.VpcId) === true
  const { source, destination } = passage.packet
  // Only replies leave here, and whichever way it blocks, nothing that the internet began has one.
  if (!isAttached || !isInternetAddress(destination) || internetMode(world, subnet) !== 'off') return []
  const asSource = isIpv4(source) ? publicAddressOf(world, subnet.VpcId, source) : source
  return asSource === null ? [] : [{ is: 'gateway', id, asSource, passage }]
}

/** From one side of a peering to the other: only between addresses of the two VPCs. (reachability §2.8) */
export function crossPeering(world: World, nearVpcId: string, id: string, passage: Passage): readonly End[] {
  const peering = world.peerings.find(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === id)
  if (peering === undefined || peering.Status?.Code !== 'active') return []
  const sides = [peering.RequesterVpcInfo, peering.AccepterVpcInfo]
  const near = sides.find(({ VpcId }) => VpcId === nearVpcId)
  const far = sides.find(({ VpcId }) => VpcId !== nearVpcId)
  if (near === undefined || far === undefined) return []
  if (passage.isPassedOn === true && near.Region !== far.Region) return []
  const { source, destination } = passage.packet
  const isOwn = sidePrefixes(world, near).some(prefix => isIn(source, prefix))
  if (!isOwn && passage.isPassedOn !== true) return []
  if (!sidePrefixes(world, far).some(prefix => isIn(destination, prefix))) return []
  const crossed: Passage = {
    ...passage,
    crossings: [...passage.crossings, id],
    identity: near.Region === far.Region ? passage.identity : null,
    hops: passage.hops + 1,
  }
  const isDescribed = world.vpcs.some(({ VpcId }) => VpcId === far.VpcId)
  return isDescribed ? arrive(world, far.VpcId, crossed) : [{ is: 'far', id, passage: crossed }]
}

/** The prefixes of one side: of its VPC where that was described, else as the peering tells them. */
export function sidePrefixes(world: World, side: World['peerings'][number]['AccepterVpcInfo']): readonly string[] {
  const own = vpcPrefixes(world, side.VpcId)
  if (own.length > 0) return own
  return [
    ...(side.CidrBlockSet ?? []).map(({ CidrBlock }) => bitsOf(CidrBlock)),
    ...(side.Ipv6CidrBlockSet ?? []).map(({ Ipv6CidrBlock }) => bitsOf(Ipv6CidrBlock)),
  ]
}
