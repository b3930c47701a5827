import { formatIpAddress, type IpFamily } from '../../base/ip-range.ts'
import type { Edge, Hop } from '../../domain/network/open-path.ts'
import type { EdgeAnalysis, Entrance, Packet, Remark, Target, Trace, Way } from '../edge.ts'
import { internetBlockOf } from '../filters/block-public-access.ts'
import { isDiverted, routingOf } from '../forwarding/routing.ts'
import { filtersOfSubnet, subnetTraffic } from '../forwarding/subnet-filters.ts'
import { COMPONENT } from '../network/component-types.ts'
import { hasInternetAddress, internetSources } from '../network/internet-addresses.ts'
import type { Network } from '../network/network.ts'
import { has } from '../sets/interval-set.ts'
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
import { plainWay, unknownWay } from '../ways/way.ts'

/** Straight in through an internet gateway, without load balancer or appliance. (reachability §2.6) */
export const internetGateway: EdgeAnalysis = {
  name: 'internet-gateway',

  entrancesOf(network, vpcId) {
    const gateways = network.tables.internetGateways.under('by-vpc', vpcId).map(({ id }) => id)
    if (gateways.length > 0) return gateways.map(id => entrance(network, vpcId, id))
    return undescribedGateways(network, vpcId).map(id => undescribedEntrance(network, vpcId, id))
  },

  trace(network, packet, target) {
    const { vpcId } = target.interface
    const gateways = network.tables.internetGateways.under('by-vpc', vpcId)
    if (gateways.length === 0) return [tracePast(network, null, packet, target)]
    return gateways.map(({ id }) => tracePast(network, id, packet, target))
  },
}

function entrance(network: Network, vpcId: string, gatewayId: string): Entrance {
  const edge: Edge = { kind: 'internet-gateway', id: gatewayId }
  return {
    edge,
    waysTo({ interface: { subnetId }, family, address, publicAddress }) {
      if (!hasInternetAddress(network, vpcId, address, publicAddress)) return []
      if (isDiverted(network, gatewayId, vpcId, address)) return []
      return network.memo('internet-ways', `${gatewayId} ${vpcId} ${subnetId} ${family}`, () =>
        waysInto(network, edge, subnetId, vpcId, family),
      )
    },
  }
}

function waysInto(network: Network, edge: Edge, subnetId: string, vpcId: string, family: IpFamily): readonly Way[] {
  const block = internetBlockOf(network, subnetId, vpcId)
  if (block.isBlocked) return []
  const filters = filtersOfSubnet(network, subnetId, vpcId)
  if ('remark' in filters) return [unknownWay(network, edge, family, filters.remark)]
  return network.memo('internet-way', `${edge.id} ${family} ${filters.serial} ${block.assumption ?? ''}`, () => [
    plainWay(network, {
      edge,
      family,
      via: [],
      steps: [{ componentId: edge.id, componentType: COMPONENT.internetGateway }, ...filters.steps],
      assumptions: [...filters.assumptions, ...(block.assumption === null ? [] : [block.assumption])],
      remarks: filters.remarks,
      frontendPorts: [],
      identity: null,
      traffic: protocol =>
        subnetTraffic(network, filters, { is: 'internet-gateway', id: edge.id }, family, protocol, {
          key: 'internet',
          of: () => internetSources(network, family),
        }),
    }),
  ])
}

/** Gateways that the VPC's tables name and nobody described: what they let in is not known. (reachability §6) */
function undescribedGateways(network: Network, vpcId: string): readonly string[] {
  const ids = network.tables.routeTables
    .under('by-vpc', vpcId)
    .flatMap(({ routes }) => routes.flatMap(({ target }) => (target.is === 'internet-gateway' ? [target.id] : [])))
  return [...new Set(ids)].filter(id => network.tables.internetGateways.get(id) === null).sort()
}

function undescribedEntrance(network: Network, vpcId: string, gatewayId: string): Entrance {
  const edge: Edge = { kind: 'internet-gateway', id: gatewayId }
  return {
    edge,
    waysTo({ interface: { subnetId }, family, address, publicAddress }) {
      if (!hasInternetAddress(network, vpcId, address, publicAddress)) return []
      return network.memo('undescribed-internet-ways', `${gatewayId} ${vpcId} ${subnetId} ${family}`, () => {
        const filters = filtersOfSubnet(network, subnetId, vpcId)
        if ('remark' in filters) return [unknownWay(network, edge, family, filters.remark)]
        const isRouted = routingOf(network, filters.tableId)[family].shares.has(`internet-gateway ${gatewayId}`)
        const detail = `The internet gateway ${gatewayId} was not described: what comes in through it is not known.`
        const remark: Remark = {
          reason: 'internet-gateway-not-described',
          componentId: gatewayId,
          weight: 'unknown',
          detail,
        }
        return isRouted ? [unknownWay(network, edge, family, remark)] : []
      })
    },
  }
}

function tracePast(network: Network, gatewayId: string | null, packet: Packet, target: Target): Trace {
  const { vpcId, subnetId } = target.interface
  const crossing = { subnetId, vpcId, remote: packet.source }
  const clientPort = chooseClientPort(network, packet, [{ ...crossing, direction: 'egress', travels: 'return' }])
  const gateway = { id: gatewayId ?? vpcId, type: gatewayId === null ? COMPONENT.vpc : COMPONENT.internetGateway }
  const back: Hop[] = []
  if (gatewayId !== null) {
    const seenAs = target.publicAddress === null ? '' : ` The client sees ${target.publicAddress}.`
    back.push(
      routeHop(network, target.interface, packet.source, { is: 'internet-gateway', id: gatewayId }, 'return'),
      passes({ ...gateway, direction: 'return' }, `${gatewayId} sends the answer on.${seenAs}`),
    )
  }
  return {
    edge: gatewayId === null ? null : { kind: 'internet-gateway', id: gatewayId },
    via: [],
    hops: [
      ...(gatewayId === null
        ? [blocks(gateway, 'no-internet-gateway', `No internet gateway is attached to ${vpcId}.`)]
        : gatewayHops(network, gatewayId, packet, target)),
      aclHop(network, { ...crossing, direction: 'ingress', travels: 'forward' }, packet.protocol, packet.port),
      groupHop(network, packet, target, null),
      ...deliveryHops(network, target),
      ...back.slice(0, 1),
      aclHop(network, { ...crossing, direction: 'egress', travels: 'return' }, packet.protocol, clientPort),
      ...back.slice(1),
    ],
  }
}

/** What happens to the packet at the gateway, on its way in. */
function gatewayHops(network: Network, gatewayId: string, packet: Packet, target: Target): readonly Hop[] {
  const { vpcId, subnetId } = target.interface
  const gateway = { id: gatewayId, type: COMPONENT.internetGateway }
  const source = formatIpAddress(packet.source)
  const block = internetBlockOf(network, subnetId, vpcId)
  const hops: Hop[] = []
  hops.push(
    has(internetSources(network, target.family), network.addresses.locate(packet.source))
      ? passes(gateway, `${source} is an address of the internet.`)
      : blocks(gateway, 'source-not-routable', `${source} is no address that the internet delivers from.`),
  )
  if (!hasInternetAddress(network, vpcId, target.address, target.publicAddress)) {
    const decision = { id: target.interface.id, type: COMPONENT.networkInterface }
    hops.push(blocks(decision, 'no-public-address', `${target.text} has no public address.`))
  } else if (target.publicAddress !== null) {
    hops.push(passes(gateway, `${gatewayId} translates ${target.publicAddress} to ${target.text}.`))
  }
  if (block.isBlocked) {
    const decision = { id: vpcId, type: COMPONENT.vpc, rule: block.rule }
    hops.push(blocks(decision, 'block-public-access', `VPC Block Public Access stops what comes in for ${subnetId}.`))
  }
  hops.push(...gatewayTableHops(network, gatewayId, target))
  return hops
}
