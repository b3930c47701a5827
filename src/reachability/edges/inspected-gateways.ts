import type { Edge } from '../../domain/network/open-path.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { EdgeAnalysis, Entrance, Remark, Way } from '../edge.ts'
import { internetBlockOf } from '../filters/block-public-access.ts'
import { aclStations, crossing, passage, type Station } from '../filters/stations.ts'
import { areMirrored } from '../forwarding/middleboxes.ts'
import { tableOfGateway } from '../forwarding/routing.ts'
import { filtersOfSubnet } from '../forwarding/subnet-filters.ts'
import { walkOut, type Exit } from '../forwarding/walk-out.ts'
import { classOf, type AddressClass } from '../network/address-classes.ts'
import { COMPONENT } from '../network/component-types.ts'
import { hasInternetAddress, internetSources } from '../network/internet-addresses.ts'
import type { Network } from '../network/network.ts'
import { intersection, isEmpty, type IntervalSet } from '../sets/interval-set.ts'
import { equalTraffic, fromSources } from '../sets/traffic.ts'
import { unknownWay, plainWay } from '../ways/way.ts'
import { takesFrom, traceInspected } from './inspected-trace.ts'
import { sourcesTowards } from './vpn-gateway.ts'

/**
 * Through an internet or virtual private gateway whose own route table sends what comes in to appliances first. Answers must
 * come back past the same ones. (reachability §2.12, §2.13)
 */
export const inspectedGateways: EdgeAnalysis = {
  name: 'inspected-gateway',

  entrancesOf(network, vpcId) {
    return gatewaysOf(network, vpcId).map(edge => entrance(network, vpcId, edge))
  },

  trace: (network, packet, target) =>
    gatewaysOf(network, target.interface.vpcId).flatMap(edge => traceInspected(network, edge, packet, target)),
}

/** Gateways of the VPC that have a table of their own. */
function gatewaysOf(network: Network, vpcId: string): readonly Edge[] {
  const { internetGateways, vpnGateways } = network.tables
  const edges: Edge[] = [
    ...internetGateways.under('by-vpc', vpcId).map(({ id }): Edge => ({ kind: 'internet-gateway', id })),
    ...vpnGateways.under('by-vpc', vpcId).map(({ id }): Edge => ({ kind: 'vpn-gateway', id })),
  ]
  return edges.filter(({ id }) => tableOfGateway(network, id, vpcId) !== null)
}

function entrance(network: Network, vpcId: string, edge: Edge): Entrance {
  return {
    edge,
    waysTo(target) {
      const { family, address, publicAddress } = target
      const table = tableOfGateway(network, edge.id, vpcId)
      if (table === null) return []
      const isInternet = edge.kind === 'internet-gateway'
      if (isInternet && !hasInternetAddress(network, vpcId, address, publicAddress)) return []
      const sources = isInternet
        ? { key: 'internet', set: internetSources(network, family) }
        : sourcesTowards(network, edge.id, vpcId, target)
      if (sources === null) return []
      const { subnetId } = target.interface
      const aim = classOf(network, address)
      return network.memo('inspected-ways', `${edge.id} ${table.id} ${subnetId} ${aim.key} ${sources.key}`, () => {
        const subnet = network.tables.subnets.get(subnetId)
        return subnet === null ? [] : waysInto(network, edge, table.id, subnet, aim, sources.set)
      })
    },
  }
}

function waysInto(
  network: Network,
  edge: Edge,
  tableId: string,
  subnet: Subnet,
  aim: AddressClass,
  sources: IntervalSet,
): readonly Way[] {
  const { family } = aim
  const filters = filtersOfSubnet(network, subnet.id, subnet.vpcId)
  if ('remark' in filters) return [unknownWay(network, edge, family, filters.remark)]
  const there = walkOut(network, { tableId }, 'forward', family, aim.addresses)
  const entering = there.exits.filter(
    ({ target, boxes }) => target.is === 'local' && boxes.length > 0 && takesFrom(network, edge, boxes[0], family),
  )
  if (entering.length === 0) return there.remarks.map(remark => unknownWay(network, edge, family, remark))
  const back = walkOut(network, { subnet }, 'return', family, sources)
  const remarks = [...filters.remarks, ...there.remarks, ...back.remarks]
  const ways: Way[] = []
  for (const entry of entering) {
    for (const exit of back.exits) {
      if (exit.target.is === 'local' || exit.target.id !== edge.id || exit.subnet === null) continue
      if (!areMirrored(entry.boxes, exit.boxes) || isEmpty(intersection(sources, exit.destinations))) continue
      if (edge.kind === 'internet-gateway' && internetBlockOf(network, exit.subnet.id, exit.subnet.vpcId).isBlocked)
        continue
      ways.push(wayOver(network, edge, subnet, aim, { entry, exit, sources, remarks, steps: filters.steps }))
    }
  }
  return ways
}

function wayOver(
  network: Network,
  edge: Edge,
  subnet: Subnet,
  aim: AddressClass,
  course: {
    readonly entry: Exit
    readonly exit: Exit
    readonly sources: IntervalSet
    readonly remarks: readonly Remark[]
    readonly steps: Way['steps']
  },
): Way {
  const { entry, exit, sources, remarks, steps } = course
  const serial = network.nextSerial()
  const stations: readonly Station[] = [
    ...entry.stations,
    ...crossing(network, 'forward', aim.family, entry.subnet, subnet),
    ...exit.stations,
    ...(exit.subnet === null ? [] : aclStations(network, 'return', aim.family, exit.subnet, 'egress')),
  ]
  const componentType = edge.kind === 'internet-gateway' ? COMPONENT.internetGateway : COMPONENT.vpnGateway
  return plainWay(network, {
    edge,
    family: aim.family,
    via: entry.boxes.map(({ id }) => id),
    steps: [{ componentId: edge.id, componentType }, ...entry.boxes.flatMap(box => box.steps), ...steps],
    assumptions: [...new Set([...entry.assumptions, ...exit.assumptions])].sort(),
    remarks,
    frontendPorts: [],
    identity: null,
    traffic: protocol =>
      network.memo(
        'inspected-traffic',
        `${serial} ${protocol}`,
        () => fromSources(passage(network, stations, protocol, aim), intersection(sources, exit.destinations)),
        equalTraffic,
      ),
  })
}
