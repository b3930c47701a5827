import { formatIpAddress, type IpAddress } from '../../base/ip-range.ts'
import type { Hop } from '../../domain/network/open-path.ts'
import type { PortRange } from '../../domain/network/packet-filters.ts'
import type { RouteTarget } from '../../domain/network/routes.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { Packet } from '../edge.ts'
import { clientPortBreaks, firewallTraffic } from '../filters/firewall-filter.ts'
import { admittingRule, groupSet } from '../filters/security-groups.ts'
import { rulesOfPolicy, type Bordered, type Leg } from '../filters/stations.ts'
import { middleboxOf, type Middlebox } from '../forwarding/middleboxes.ts'
import { routeTo, routingOf, tableOfSubnet } from '../forwarding/routing.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { has } from '../sets/interval-set.ts'
import { sourcesTo } from '../sets/traffic.ts'
import { aclHop, blocks, chooseClientPort, idOfTarget, passes, type AclCrossing } from './hops.ts'

/** Route table lookups that one packet may take; more are a loop. */
const HOP_LIMIT = 16

/** The two ends of a connection, as what is on the way sees them. */
export interface Ends {
  readonly client: IpAddress
  readonly target: IpAddress
}

/** What becomes hops of a proof, once the client's port is known. */
export type Decision =
  | { readonly is: 'hop'; readonly hop: Hop }
  | { readonly is: 'network-acl'; readonly crossing: AclCrossing }
  | { readonly is: 'firewall'; readonly firewallId: string; readonly policyId: string }

/** Where one packet leaves the forwarding of a VPC; without an exit the last decision says what stops it. */
export interface Followed {
  readonly decisions: readonly Decision[]
  readonly exit: { readonly target: RouteTarget; readonly subnet: Subnet | null } | null
  readonly boxes: readonly Middlebox[]
}

export function decided(hop: Hop): Decision {
  return { is: 'hop', hop }
}

/** The network ACLs between two subnets, nothing within one. `null` stands for what is no subnet. */
export function borders(leg: Leg, ends: Ends, from: Bordered | null, to: Bordered | null): readonly Decision[] {
  if (from?.id === to?.id) return []
  const out = from === null ? [] : [border(leg, ends, from, 'egress')]
  return to === null ? out : [...out, border(leg, ends, to, 'ingress')]
}

export function border(leg: Leg, ends: Ends, subnet: Bordered, direction: AclCrossing['direction']): Decision {
  const isClientSide = (leg === 'forward') === (direction === 'ingress')
  const remote = isClientSide ? ends.client : ends.target
  return {
    is: 'network-acl',
    crossing: { subnetId: subnet.id, vpcId: subnet.vpcId, direction, remote, travels: leg },
  }
}

/** Follows one packet as `walkOut` follows sets of them. */
export function followPacket(
  network: Network,
  start: { readonly subnet: Subnet } | { readonly tableId: string },
  leg: Leg,
  ends: Ends,
  packet: Packet,
): Followed {
  const destination = leg === 'forward' ? ends.target : ends.client
  const to = `to ${formatIpAddress(destination)}`
  const decisions: Decision[] = []
  const boxes: Middlebox[] = []
  let subnet = 'subnet' in start ? start.subnet : null
  const stop = (hop: Hop): Followed => ({ decisions: [...decisions, decided(hop)], exit: null, boxes })
  for (;;) {
    if (subnet !== null && holds(network, subnet, destination))
      return { decisions, exit: { target: { is: 'local' }, subnet }, boxes }
    const tableId =
      'tableId' in start && subnet === null
        ? start.tableId
        : subnet === null
          ? null
          : (tableOfSubnet(network, subnet.id, subnet.vpcId)?.id ?? null)
    if (tableId === null) {
      const at = { id: subnet?.id ?? '', type: COMPONENT.subnet, direction: leg }
      return stop(blocks(at, 'no-route', `The route table of ${at.id} was not described.`))
    }
    const choice = routeTo(network, routingOf(network, tableId), destination)
    const at = { id: tableId, type: COMPONENT.routeTable, direction: leg, rule: choice?.rule ?? null }
    if (choice === null) return stop(blocks(at, 'no-route', `${tableId} has no route ${to}.`))
    if (choice.isBlackhole) return stop(blocks(at, 'blackhole-route', `${tableId} drops what goes ${to}.`))
    if (choice.target === null)
      return stop(blocks(at, 'route-elsewhere', `${tableId} sends what goes ${to} to one of several targets.`))
    decisions.push(decided(passes(at, `${tableId} sends what goes ${to} to ${idOfTarget(choice.target)}.`)))
    if (choice.target.is !== 'endpoint' && choice.target.is !== 'interface') {
      return { decisions, exit: { target: choice.target, subnet }, boxes }
    }
    const box = middleboxOf(network, choice.target)
    const boxAt = {
      id: choice.target.id,
      type: choice.target.is === 'endpoint' ? COMPONENT.endpoint : COMPONENT.networkInterface,
      direction: leg,
    }
    if (box.is === 'dead-end') return stop(blocks(boxAt, box.reason, box.detail))
    const next = network.tables.subnets.get(box.subnetId)
    if (next === null || box.isClosed)
      return stop(blocks(boxAt, 'appliance', `What ${box.id} lets pass is not taken for granted.`))
    if (boxes.length >= HOP_LIMIT || boxes.some(({ id }) => id === box.id)) {
      return stop(blocks(boxAt, 'routing-loop', `It has been at ${box.id} before.`))
    }
    decisions.push(...borders(leg, ends, subnet, next), ...inside(network, box, leg, ends, packet))
    boxes.push(box)
    subnet = next
  }
}

/** The proof of what was followed, all of it with one client port that passes where one does. */
export function renderHops(
  network: Network,
  packet: Packet,
  ends: Ends,
  decisions: readonly Decision[],
): readonly Hop[] {
  const returning = decisions.flatMap(one =>
    one.is === 'network-acl' && one.crossing.travels === 'return' ? [one.crossing] : [],
  )
  const hopsFrom = (clientPorts: PortRange): readonly Hop[] => {
    const clientPort = chooseClientPort(network, { ...packet, clientPorts }, returning)
    return decisions.map(one => {
      if (one.is === 'hop') return one.hop
      if (one.is === 'firewall') return firewallHop(network, packet, ends, clientPort, one)
      const port = one.crossing.travels === 'forward' ? packet.port : clientPort
      return aclHop(network, one.crossing, packet.protocol, port)
    })
  }
  const first = hopsFrom(packet.clientPorts)
  if (first.every(({ verdict }) => verdict !== 'firewall')) return first
  // A firewall may look at the client's port too: another one may pass.
  const breaks = decisions.flatMap(one =>
    one.is === 'firewall' ? clientPortBreaks(rulesOfPolicy(network, one.policyId)) : [],
  )
  const { begin, end } = packet.clientPorts
  const cells = [...new Set(breaks)]
    .filter(port => begin < port && port <= end)
    .map(port => hopsFrom({ begin: port, end }))
  return cells.find(hops => hops.every(({ verdict }) => verdict === 'passes')) ?? first
}

function holds(network: Network, { cidrs }: Subnet, address: IpAddress): boolean {
  return has(network.addresses.setOf(cidrs, address.family), network.addresses.locate(address))
}

/** What a middlebox asks of the packet. Its groups and the firewall know the answer of what they let in. */
function inside(
  network: Network,
  box: Middlebox,
  leg: Leg,
  { client, target }: Ends,
  packet: Packet,
): readonly Decision[] {
  const at = {
    id: box.id,
    type: box.kind === 'endpoint' ? COMPONENT.endpoint : COMPONENT.networkInterface,
    direction: leg,
  }
  const through = decided(passes(at, `${box.id} sends it on.`))
  if (leg === 'return') return [through]
  const firewalls = box.stations.flatMap<Decision>(station =>
    station.is === 'firewall' ? [{ ...station, is: 'firewall' }] : [],
  )
  if (box.kind === 'endpoint') return [...firewalls, through]
  const groups = groupSet(network, network.tables.interfaces.get(box.id)?.securityGroupIds ?? [])
  const { protocol, port } = packet
  const filters = (
    [
      ['ingress', client, 'security-group-inbound'],
      ['egress', target, 'security-group-outbound'],
    ] as const
  ).map(([direction, remote, reason]) => {
    const rule = admittingRule(network, groups, direction, { remote, protocol, port }, null)
    const decision = {
      id: rule?.groupId ?? groups.key.replaceAll(' ', ', '),
      type: COMPONENT.securityGroup,
      rule: rule?.ruleId ?? null,
    }
    const peer = formatIpAddress(remote)
    const what =
      direction === 'ingress' ? `take what comes from ${peer} to port ${port}` : `send to ${peer}, port ${port}`
    const detail = rule === null ? `No rule lets ${box.id} ${what}.` : `${rule.ruleId} lets ${box.id} ${what}.`
    return decided(rule === null ? blocks(decision, reason, detail) : passes(decision, detail))
  })
  return [...filters, through]
}

function firewallHop(
  network: Network,
  packet: Packet,
  { client, target }: Ends,
  clientPort: number,
  { firewallId, policyId }: { readonly firewallId: string; readonly policyId: string },
): Hop {
  const rules = rulesOfPolicy(network, policyId)
  const { protocol, port } = packet
  const question = { family: target.family, protocol, target, clientPort }
  const isOpen = has(
    sourcesTo(firewallTraffic(rules, question, network.addresses), port),
    network.addresses.locate(client),
  )
  const decision = { id: firewallId, type: COMPONENT.firewall, rule: policyId }
  return isOpen
    ? passes(decision, `${policyId} lets connections to port ${port} pass.`)
    : blocks(decision, 'firewall', `${policyId} stops connections to port ${port}.`)
}
