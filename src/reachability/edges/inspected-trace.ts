import type { IpFamily } from '../../base/ip-range.ts'
import type { Edge, Hop } from '../../domain/network/open-path.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { Packet, Target, Trace } from '../edge.ts'
import { internetBlockOf } from '../filters/block-public-access.ts'
import { areMirrored, type Middlebox } from '../forwarding/middleboxes.ts'
import { tableOfGateway } from '../forwarding/routing.ts'
import { COMPONENT } from '../network/component-types.ts'
import { hasInternetAddress, internetSources } from '../network/internet-addresses.ts'
import type { Network } from '../network/network.ts'
import { has } from '../sets/interval-set.ts'
import { blocks, deliveryHops, groupHop, passes } from '../ways/hops.ts'
import {
  borders,
  decided,
  followPacket,
  renderHops,
  type Decision,
  type Ends,
  type Followed,
} from '../ways/packet-walk.ts'
import { sourcesTowards } from './vpn-gateway.ts'

/** The way by a gateway's own table, where that does not lead straight to the target. */
export function traceInspected(network: Network, edge: Edge, packet: Packet, target: Target): readonly Trace[] {
  const { vpcId, subnetId } = target.interface
  const table = tableOfGateway(network, edge.id, vpcId)
  const subnet = network.tables.subnets.get(subnetId)
  if (table === null || subnet === null) return []
  const ends = { client: packet.source, target: target.address }
  const there = followPacket(network, { tableId: table.id }, 'forward', ends, packet)
  // Without an appliance it is the plain way, which is told of elsewhere.
  if (there.boxes.length === 0) return []
  const back = followPacket(network, { subnet }, 'return', ends, packet)
  const decisions: Decision[] = [
    ...atGateway(network, edge, packet, target, vpcId).map(decided),
    ...there.decisions,
    ...(there.exit === null ? [] : onFrom(there.exit, ends, subnet)),
    ...[groupHop(network, packet, target, null), ...deliveryHops(network, target)].map(decided),
    ...back.decisions,
  ]
  const at = { id: edge.id, type: edge.kind === 'internet-gateway' ? COMPONENT.internetGateway : COMPONENT.vpnGateway }
  if (!takesFrom(network, edge, there.boxes[0], target.family)) {
    decisions.push(decided(blocks(at, 'appliance', `${edge.id} does not hand over to ${there.boxes[0]?.id ?? 'it'}.`)))
  }
  const { exit } = back
  if (exit !== null) {
    decisions.push(...borders('return', ends, exit.subnet, null))
    const isBack = exit.target.is !== 'local' && exit.target.id === edge.id
    const returning = { ...at, direction: 'return' as const }
    if (!isBack) decisions.push(decided(blocks(returning, 'route-elsewhere', `Answers do not go back to ${edge.id}.`)))
    else if (areMirrored(there.boxes, back.boxes))
      decisions.push(decided(passes(returning, `${edge.id} sends the answer on.`)))
    else
      decisions.push(
        decided(blocks(returning, 'appliance', 'Answers do not pass the same appliances as what they answer.')),
      )
  }
  return [{ edge, via: there.boxes.map(({ id }) => id), hops: renderHops(network, packet, ends, decisions) }]
}

/** From the last appliance to the target's subnet, if its route leads there. */
function onFrom(
  { target, subnet: last }: NonNullable<Followed['exit']>,
  ends: Ends,
  subnet: Subnet,
): readonly Decision[] {
  if (target.is === 'local') return borders('forward', ends, last, subnet)
  const at = { id: last?.id ?? subnet.id, type: COMPONENT.subnet }
  const detail = `What leaves ${at.id} goes to ${target.id}, not to ${subnet.id}.`
  return [...borders('forward', ends, last, null), decided(blocks(at, 'route-elsewhere', detail))]
}

/** Whether the gateway hands over to the appliance: a virtual private one to interfaces only, an internet one to those it knows. */
export function takesFrom(network: Network, edge: Edge, box: Middlebox | undefined, family: IpFamily): boolean {
  if (box === undefined) return false
  if (edge.kind !== 'internet-gateway') return box.kind === 'interface'
  const vpcId = network.tables.subnets.get(box.subnetId)?.vpcId ?? ''
  if (internetBlockOf(network, box.subnetId, vpcId).isBlocked) return false
  return box.kind === 'endpoint' || family === 'ipv6' || box.hasPublicAddress
}

function atGateway(network: Network, edge: Edge, { source }: Packet, target: Target, vpcId: string): readonly Hop[] {
  const isInternet = edge.kind === 'internet-gateway'
  const at = { id: edge.id, type: isInternet ? COMPONENT.internetGateway : COMPONENT.vpnGateway }
  const sources = isInternet
    ? internetSources(network, target.family)
    : (sourcesTowards(network, edge.id, vpcId, target)?.set ?? [])
  const hops = [
    has(sources, network.addresses.locate(source))
      ? passes(at, 'The source is one that comes in there.')
      : blocks(at, 'source-not-routable', 'The source is none that comes in there.'),
  ]
  if (isInternet && !hasInternetAddress(network, vpcId, target.address, target.publicAddress)) {
    const decision = { id: target.interface.id, type: COMPONENT.networkInterface }
    hops.push(blocks(decision, 'no-public-address', `${target.text} has no public address.`))
  }
  return hops
}
