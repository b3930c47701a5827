import { bitsOf, isIn, type Bits } from './bits.ts'
import type { RawRoute, RawSubnet } from './wire.ts'
import type { World } from './world.ts'

/** Where the longest prefix sends a packet. (reachability §2.2) */
export type RouteChoice =
  | { readonly is: 'local' | 'drop' }
  | {
      readonly is: 'igw' | 'vgw' | 'eigw' | 'nat' | 'pcx' | 'tgw' | 'vpce' | 'eni' | 'other'
      readonly id: string
    }

/** Prefixes associated with the VPC. */
export function vpcPrefixes(world: World, vpcId: string): readonly Bits[] {
  const vpc = world.vpcs.find(candidate => candidate.VpcId === vpcId)
  if (vpc === undefined) return []
  const ipv4 = (vpc.CidrBlockAssociationSet ?? [])
    .filter(block => (block.CidrBlockState?.State ?? 'associated') === 'associated')
    .map(block => block.CidrBlock)
  const ipv6 = (vpc.Ipv6CidrBlockAssociationSet ?? [])
    .filter(block => (block.Ipv6CidrBlockState?.State ?? 'associated') === 'associated')
    .map(block => block.Ipv6CidrBlock)
  return [...(ipv4.length === 0 && vpc.CidrBlock !== undefined ? [vpc.CidrBlock] : ipv4), ...ipv6].map(bitsOf)
}

export function subnetPrefixes(subnet: RawSubnet): readonly Bits[] {
  const ipv6 = (subnet.Ipv6CidrBlockAssociationSet ?? [])
    .filter(block => (block.Ipv6CidrBlockState?.State ?? 'associated') === 'associated')
    .map(block => block.Ipv6CidrBlock)
  return [...(subnet.CidrBlock === undefined ? [] : [subnet.CidrBlock]), ...ipv6].map(bitsOf)
}

/** The subnets of the VPC that hold the address: one, unless the input contradicts itself. */
export function subnetsHolding(world: World, vpcId: string, address: Bits): readonly RawSubnet[] {
  return world.subnets.filter(
    subnet => subnet.VpcId === vpcId && subnetPrefixes(subnet).some(prefix => isIn(address, prefix)),
  )
}

export function tableOfSubnet(world: World, subnet: RawSubnet): World['routeTables'][number] | undefined {
  return (
    world.routeTables.find(table => table.Associations?.some(({ SubnetId }) => SubnetId === subnet.SubnetId)) ??
    world.routeTables.find(
      table => table.VpcId === subnet.VpcId && table.Associations?.some(({ Main }) => Main === true),
    )
  )
}

/** The table that directs what comes in by the gateway, where there is one. (reachability §2.12) */
export function tableOfGateway(world: World, gatewayId: string): World['routeTables'][number] | undefined {
  return world.routeTables.find(table => table.Associations?.some(({ GatewayId }) => GatewayId === gatewayId))
}

export function chooseRoute(
  world: World,
  table: World['routeTables'][number] | undefined,
  vpcId: string,
  destination: Bits,
): RouteChoice {
  const isLinkLocal = isIn(destination, bitsOf('169.254.168.0/22')) || isIn(destination, bitsOf('fd00:ec2::/32'))
  if (isLinkLocal) return { is: 'drop' }
  const local = vpcPrefixes(world, vpcId)
  const isInVpc = local.some(prefix => isIn(destination, prefix))
  let best: { prefix: Bits; rank: number; route: RawRoute | 'local' } | null = null
  for (const prefix of local) {
    // The least rank: a route with the same destination is the local one with another target.
    if (isIn(destination, prefix) && (best === null || prefix.length > best.prefix.length)) {
      best = { prefix, rank: 3, route: 'local' }
    }
  }
  for (const route of table?.Routes ?? []) {
    const isPropagated = route.Origin === 'EnableVgwRoutePropagation'
    if (isPropagated && isInVpc) continue
    for (const prefix of prefixesOf(world, route)) {
      if (!isIn(destination, prefix)) continue
      const rank = isPropagated ? 2 : route.DestinationPrefixListId === undefined ? 0 : 1
      const isBetter =
        best === null ||
        prefix.length > best.prefix.length ||
        (prefix.length === best.prefix.length && rank < best.rank)
      if (isBetter) best = { prefix, rank, route }
    }
  }
  if (best === null) return { is: 'drop' }
  return best.route === 'local' ? { is: 'local' } : targetOf(best.route)
}

function prefixesOf(world: World, route: RawRoute): readonly Bits[] {
  if (route.DestinationPrefixListId !== undefined) {
    return (world.prefixLists.get(route.DestinationPrefixListId) ?? []).map(bitsOf)
  }
  const prefix = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock
  return prefix === undefined ? [] : [bitsOf(prefix)]
}

function targetOf(route: RawRoute): RouteChoice {
  if (route.State === 'blackhole') return { is: 'drop' }
  const gateway = route.VpcEndpointId ?? route.GatewayId
  if (gateway === 'local') return { is: 'local' }
  if (gateway?.startsWith('igw-') === true) return { is: 'igw', id: gateway }
  if (gateway?.startsWith('vgw-') === true) return { is: 'vgw', id: gateway }
  if (gateway?.startsWith('vpce-') === true) return { is: 'vpce', id: gateway }
  if (route.EgressOnlyInternetGatewayId !== undefined) return { is: 'eigw', id: route.EgressOnlyInternetGatewayId }
  if (route.NatGatewayId !== undefined) return { is: 'nat', id: route.NatGatewayId }
  if (route.VpcPeeringConnectionId !== undefined) return { is: 'pcx', id: route.VpcPeeringConnectionId }
  if (route.TransitGatewayId !== undefined) return { is: 'tgw', id: route.TransitGatewayId }
  if (route.NetworkInterfaceId !== undefined) return { is: 'eni', id: route.NetworkInterfaceId }
  return { is: 'other', id: gateway ?? '?' }
}
