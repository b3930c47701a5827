import { formatIpAddress, holdsAddress, type Cidr } from '../../base/ip-range.ts'
import type { Edge, Hop } from '../../domain/network/open-path.ts'
import type { EdgeAnalysis, Entrance, Packet, Target, Trace, Way } from '../edge.ts'
import { isDiverted } from '../forwarding/routing.ts'
import { filtersOfSubnet, subnetTraffic } from '../forwarding/subnet-filters.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { difference, has, unionAll, type IntervalSet } from '../sets/interval-set.ts'
import {
  aclHop,
  blocks,
  chooseClientPort,
  deliveryHops,
  gatewayTableHops,
  groupHop,
  passes,
  routeHop,
} from '../ways/hops.ts'
import { unknownWay, plainWay } from '../ways/way.ts'

/** From networks on premises through a virtual private gateway: VPN and Direct Connect. IPv4 only. (reachability §2.10) */
export const vpnGateway: EdgeAnalysis = {
  name: 'vpn-gateway',

  entrancesOf(network, vpcId) {
    const gateways = network.tables.vpnGateways.under('by-vpc', vpcId)
    return gateways.filter(({ id }) => linksOf(network, id).length > 0).map(({ id }) => entrance(network, vpcId, id))
  },

  trace(network, packet, target) {
    const gateways = network.tables.vpnGateways.under('by-vpc', target.interface.vpcId)
    return target.family === 'ipv4' ? gateways.map(({ id }) => traceThrough(network, id, packet, target)) : []
  },

  remarksOn(network, vpcId) {
    const gateways = network.tables.vpnGateways.under('by-vpc', vpcId)
    return gateways
      .filter(({ id }) => linksOf(network, id).length === 0)
      .map(({ id }) => ({
        reason: 'dangling-vpn-gateway',
        componentId: id,
        weight: 'note',
        detail: `${id} is attached to ${vpcId} and has neither VPN connection nor Direct Connect: nothing comes in through it.`,
      }))
  },
}

/** A living connection behind a gateway. `null` holds everything. */
interface Link {
  readonly id: string
  /** What it tells the other side to send here. */
  readonly destinations: readonly Cidr[] | null
  /** What is on the other side, as far as static routes tell. */
  readonly sources: readonly Cidr[] | null
}

function linksOf(network: Network, gatewayId: string): readonly Link[] {
  return network.memo('vpn-links', gatewayId, () => {
    const { vpnConnections, virtualInterfaces, directConnectAssociations } = network.tables
    const connections = vpnConnections
      .under('by-gateway', gatewayId)
      .filter(({ vpnGatewayId, state }) => vpnGatewayId === gatewayId && state === 'available')
    const interfaces = virtualInterfaces
      .under('by-gateway', gatewayId)
      .filter(({ kind, state }) => kind === 'private' && state === 'available')
    const associations = directConnectAssociations
      .under('by-gateway', gatewayId)
      .filter(({ gatewayId: associated, state }) => associated === gatewayId && state === 'associated')
    return [
      ...connections.map(({ id, hasStaticRoutesOnly, routes }) => ({
        id,
        destinations: null,
        sources: hasStaticRoutesOnly ? routes : null,
      })),
      ...interfaces.map(({ id }) => ({ id, destinations: null, sources: null })),
      ...associations.map(({ directConnectGatewayId, allowedPrefixes }) => ({
        id: directConnectGatewayId,
        destinations: allowedPrefixes,
        sources: null,
      })),
    ]
  })
}

/** The connections over which packets to the target may come. */
function linksTo(network: Network, gatewayId: string, { address }: Target): readonly Link[] {
  return linksOf(network, gatewayId).filter(
    ({ destinations }) => destinations === null || destinations.some(cidr => holdsAddress(cidr, address)),
  )
}

function entrance(network: Network, vpcId: string, gatewayId: string): Entrance {
  const edge: Edge = { kind: 'vpn-gateway', id: gatewayId }
  return {
    edge,
    waysTo(target) {
      if (target.family !== 'ipv4' || !isInVpc(network, vpcId, target)) return []
      if (isDiverted(network, gatewayId, vpcId, target.address)) return []
      const linkIds = linksTo(network, gatewayId, target).map(({ id }) => id)
      if (linkIds.length === 0) return []
      const { subnetId } = target.interface
      return network.memo('vpn-ways', `${gatewayId} ${vpcId} ${subnetId} ${linkIds.join(' ')}`, () =>
        waysInto(network, edge, subnetId, vpcId, linkIds),
      )
    },
  }
}

function waysInto(
  network: Network,
  edge: Edge,
  subnetId: string,
  vpcId: string,
  linkIds: readonly string[],
): readonly Way[] {
  const filters = filtersOfSubnet(network, subnetId, vpcId)
  if ('remark' in filters) return [unknownWay(network, edge, 'ipv4', filters.remark)]
  return network.memo('vpn-way', `${edge.id} ${vpcId} ${linkIds.join(' ')} ${filters.serial}`, () => [
    plainWay(network, {
      edge,
      family: 'ipv4',
      via: [],
      steps: [{ componentId: edge.id, componentType: COMPONENT.vpnGateway }, ...filters.steps],
      assumptions: filters.assumptions,
      remarks: filters.remarks,
      frontendPorts: [],
      identity: null,
      traffic: protocol =>
        subnetTraffic(network, filters, { is: 'vpn-gateway', id: edge.id }, 'ipv4', protocol, {
          key: `${vpcId} ${edge.id} ${linkIds.join(' ')}`,
          of: () => sourcesBehind(network, edge.id, vpcId, linkIds),
        }),
    }),
  ])
}

/** Everything that may come in through the gateway for the target; `null`: nothing may. */
export function sourcesTowards(
  network: Network,
  gatewayId: string,
  vpcId: string,
  target: Target,
): { readonly key: string; readonly set: IntervalSet } | null {
  if (target.family !== 'ipv4' || !isInVpc(network, vpcId, target)) return null
  const linkIds = linksTo(network, gatewayId, target).map(({ id }) => id)
  if (linkIds.length === 0) return null
  return {
    key: `${vpcId} ${gatewayId} ${linkIds.join(' ')}`,
    set: sourcesBehind(network, gatewayId, vpcId, linkIds),
  }
}

/** Everything beyond the gateway that the connections may come from: what static routes name, else all but the VPC. */
function sourcesBehind(network: Network, gatewayId: string, vpcId: string, linkIds: readonly string[]): IntervalSet {
  const { addresses } = network
  const sets = linksOf(network, gatewayId)
    .filter(({ id }) => linkIds.includes(id))
    .map(({ sources }) => (sources === null ? addresses.whole('ipv4') : addresses.setOf(sources, 'ipv4')))
  return difference(unionAll(sets), addresses.setOf(network.tables.vpcs.get(vpcId)?.cidrs ?? [], 'ipv4'))
}

/** The other side is told of the VPC's blocks only. */
function isInVpc(network: Network, vpcId: string, { address }: Target): boolean {
  const vpc = network.tables.vpcs.get(vpcId)
  return vpc === null || vpc.cidrs.some(cidr => holdsAddress(cidr, address))
}

function traceThrough(network: Network, gatewayId: string, packet: Packet, target: Target): Trace {
  const { vpcId, subnetId } = target.interface
  const crossing = { subnetId, vpcId, remote: packet.source }
  const clientPort = chooseClientPort(network, packet, [{ ...crossing, direction: 'egress', travels: 'return' }])
  const gateway = { id: gatewayId, type: COMPONENT.vpnGateway }
  return {
    edge: { kind: 'vpn-gateway', id: gatewayId },
    via: [],
    hops: [
      ...gatewayHops(network, gatewayId, packet, target),
      aclHop(network, { ...crossing, direction: 'ingress', travels: 'forward' }, packet.protocol, packet.port),
      groupHop(network, packet, target, null),
      ...deliveryHops(network, target),
      routeHop(network, target.interface, packet.source, { is: 'vpn-gateway', id: gatewayId }, 'return'),
      aclHop(network, { ...crossing, direction: 'egress', travels: 'return' }, packet.protocol, clientPort),
      passes({ ...gateway, direction: 'return' }, `${gatewayId} sends the answer on.`),
    ],
  }
}

function gatewayHops(network: Network, gatewayId: string, packet: Packet, target: Target): readonly Hop[] {
  const { vpcId } = target.interface
  const gateway = { id: gatewayId, type: COMPONENT.vpnGateway }
  const links = linksTo(network, gatewayId, target)
  const hops: Hop[] = []
  if (linksOf(network, gatewayId).length === 0) {
    hops.push(blocks(gateway, 'vpn-gateway-dangling', `${gatewayId} has neither VPN connection nor Direct Connect.`))
  } else if (links.length === 0 || !isInVpc(network, vpcId, target)) {
    hops.push(
      blocks(gateway, 'destination-not-here', `${gatewayId} does not announce ${target.text} to the other side.`),
    )
  } else {
    const linkIds = links.map(({ id }) => id)
    const sources = sourcesBehind(network, gatewayId, vpcId, linkIds)
    const source = formatIpAddress(packet.source)
    hops.push(
      has(sources, network.addresses.locate(packet.source))
        ? passes(gateway, `${source} may come in over ${linkIds.join(', ')}.`)
        : blocks(gateway, 'source-not-routable', `${source} is not behind ${linkIds.join(', ')}.`),
    )
  }
  hops.push(...gatewayTableHops(network, gatewayId, target))
  return hops
}
