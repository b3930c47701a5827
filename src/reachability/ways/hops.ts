import { formatIpAddress, type IpAddress } from '../../base/ip-range.ts'
import type { NetworkInterface } from '../../domain/network/interfaces.ts'
import type { BlockReason, Hop } from '../../domain/network/open-path.ts'
import type { RouteTarget } from '../../domain/network/routes.ts'
import type { Packet, Target } from '../edge.ts'
import { membersIn } from '../filters/group-members.ts'
import { aclOfSubnet, aclTraffic, decidingEntry, type Direction } from '../filters/network-acls.ts'
import { replyPorts } from '../filters/packet-match.ts'
import { admittingRule, groupSet, NO_FILTER, type GroupIdentity } from '../filters/security-groups.ts'
import { routeTo, routingOf, tableOfGateway, tableOfSubnet } from '../forwarding/routing.ts'
import { COMPONENT } from '../network/component-types.ts'
import { GONE_STATES } from '../network/instance-states.ts'
import type { Network } from '../network/network.ts'
import { intersection, isEmpty, type IntervalSet } from '../sets/interval-set.ts'
import { portsFrom } from '../sets/traffic.ts'

/** What decides, and for whom. */
interface Decision {
  readonly id: string
  readonly type: string
  readonly direction?: 'forward' | 'return'
  readonly rule?: string | null
}

export function passes({ id, type, direction = 'forward', rule = null }: Decision, detail: string): Hop {
  return { componentId: id, componentType: type, direction, verdict: 'passes', rule, detail }
}

export function blocks(
  { id, type, direction = 'forward', rule = null }: Decision,
  because: BlockReason,
  detail: string,
): Hop {
  return { componentId: id, componentType: type, direction, verdict: because, rule, detail }
}

/** A network ACL on the way: whose subnet, what it looks at. */
export interface AclCrossing {
  readonly subnetId: string
  readonly vpcId: string
  readonly direction: Direction
  /** The address on the far side of the subnet's border: source of what comes in, destination of what goes out. */
  readonly remote: IpAddress
  readonly travels: 'forward' | 'return'
}

/** What the ACL says of one packet; for the way back `port` is the client's. */
export function aclHop(network: Network, crossing: AclCrossing, protocol: number, port: number): Hop {
  const { subnetId, vpcId, direction, remote, travels } = crossing
  const acl = aclOfSubnet(network, subnetId, vpcId)
  const peer = `${direction === 'ingress' ? 'from' : 'to'} ${formatIpAddress(remote)}, port ${port}`
  if (acl === null) {
    const decision = { id: subnetId, type: COMPONENT.subnet, direction: travels }
    return passes(decision, `The network ACL of ${subnetId} was not described; it is taken to be open.`)
  }
  const entry = decidingEntry(acl, direction, remote, protocol, port)
  const rule = `${acl.id} ${direction} rule ${entry === null ? '*' : entry.number}`
  const decision = { id: acl.id, type: COMPONENT.networkAcl, direction: travels, rule }
  if (entry?.action === 'allow') return passes(decision, `${acl.id} allows what goes ${peer}.`)
  const because = direction === 'ingress' ? 'network-acl-inbound' : 'network-acl-outbound'
  return blocks(decision, because, `${acl.id} denies what goes ${peer}.`)
}

/**
 * The client port that a proof names: the lowest that every network ACL on the way back lets pass, so that one packet is
 * followed throughout; the lowest possible one when there is none.
 */
export function chooseClientPort(network: Network, packet: Packet, crossings: readonly AclCrossing[]): number {
  const possible = replyPorts(packet.protocol, packet.clientPorts)
  let ports: IntervalSet = possible
  for (const { subnetId, vpcId, direction, remote } of crossings) {
    const acl = aclOfSubnet(network, subnetId, vpcId)
    const traffic = aclTraffic(network, acl?.id ?? null, direction, remote.family, packet.protocol)
    ports = intersection(ports, portsFrom(traffic, network.addresses.locate(remote)))
  }
  return (isEmpty(ports) ? possible : ports)[0] ?? packet.clientPorts.begin
}

/** Where the table of a subnet sends packets to the address, and whether that is one of the targets wanted. */
export function routeHop(
  network: Network,
  subnet: { readonly subnetId: string; readonly vpcId: string },
  destination: IpAddress,
  wanted: RouteTarget,
  travels: 'forward' | 'return',
): Hop {
  const table = tableOfSubnet(network, subnet.subnetId, subnet.vpcId)
  if (table === null) {
    const decision = { id: subnet.subnetId, type: COMPONENT.subnet, direction: travels }
    return blocks(decision, 'no-route', `The route table of ${subnet.subnetId} was not described.`)
  }
  return tableHop(network, table.id, destination, wanted, travels)
}

/** What the route table of an edge says of what comes in for the target; nothing where the edge has none. */
export function gatewayTableHops(
  network: Network,
  gatewayId: string,
  { interface: eni, address }: Target,
): readonly Hop[] {
  const table = tableOfGateway(network, gatewayId, eni.vpcId)
  return table === null ? [] : [tableHop(network, table.id, address, { is: 'local' }, 'forward')]
}

function tableHop(
  network: Network,
  tableId: string,
  destination: IpAddress,
  wanted: RouteTarget,
  travels: 'forward' | 'return',
): Hop {
  const to = `to ${formatIpAddress(destination)}`
  const choice = routeTo(network, routingOf(network, tableId), destination)
  const decision = { id: tableId, type: COMPONENT.routeTable, direction: travels, rule: choice?.rule ?? null }
  const wantedId = wanted.is === 'local' ? 'the local route' : wanted.id
  if (choice === null)
    return blocks(decision, 'no-route', `${tableId} has no route ${to}; it would need one to ${wantedId}.`)
  if (choice.isBlackhole) return blocks(decision, 'blackhole-route', `${tableId} drops what goes ${to}.`)
  if (choice.target !== null && isSameTarget(choice.target, wanted)) {
    return passes(decision, `${tableId} sends what goes ${to} to ${wantedId}.`)
  }
  const elsewhere = choice.target === null ? 'one of several targets' : idOfTarget(choice.target)
  return blocks(decision, 'route-elsewhere', `${tableId} sends what goes ${to} to ${elsewhere}, not to ${wantedId}.`)
}

/** What the target's security groups say of the opening packet. */
export function groupHop(network: Network, packet: Packet, target: Target, identity: GroupIdentity | null): Hop {
  const { protocol, port, source } = packet
  if (target.groups === NO_FILTER) {
    const decision = { id: target.interface.id, type: COMPONENT.networkInterface }
    return passes(decision, `${target.interface.id} has no security groups and filters nothing.`)
  }
  const admitting = admittingRule(network, target.groups, 'ingress', { remote: source, protocol, port }, identity)
  const peer = `from ${formatIpAddress(source)} to port ${port}`
  if (admitting === null) {
    const decision = { id: target.groups.ids.join(', '), type: COMPONENT.securityGroup }
    return blocks(
      decision,
      'security-group-inbound',
      `No rule of the interface's security groups admits what comes ${peer}.`,
    )
  }
  const decision = { id: admitting.groupId, type: COMPONENT.securityGroup, rule: admitting.ruleId }
  return passes(decision, `${admitting.ruleId} of ${admitting.groupId} admits what comes ${peer}; replies pass.`)
}

/** What the security groups of an interface that sends say of the opening packet. */
export function sendingHop(network: Network, sender: NetworkInterface, packet: Packet, target: Target): Hop {
  const groups = groupSet(network, sender.securityGroupIds)
  const { vpcId } = target.interface
  const identity: GroupIdentity = {
    key: `in ${vpcId}`,
    membersOf: (groupId, family) => membersIn(network, vpcId, groupId, family),
  }
  const { protocol, port } = packet
  const admitting = admittingRule(network, groups, 'egress', { remote: target.address, protocol, port }, identity)
  if (admitting === null) {
    const decision = { id: groups.ids.join(', '), type: COMPONENT.securityGroup }
    return blocks(
      decision,
      'security-group-outbound',
      `No rule lets ${sender.id} send to ${target.text}, port ${port}.`,
    )
  }
  const decision = { id: admitting.groupId, type: COMPONENT.securityGroup, rule: admitting.ruleId }
  return passes(decision, `${admitting.ruleId} lets ${sender.id} send to ${target.text}, port ${port}.`)
}

/** Whether the interface delivers, and to what. */
export function deliveryHops(network: Network, { interface: eni, text }: Target): readonly Hop[] {
  const decision = { id: eni.id, type: COMPONENT.networkInterface }
  const instanceId = eni.attachment?.instanceId ?? null
  if (!isDelivering(network, eni.id)) {
    const state = eni.attachment === null ? 'not attached' : `${eni.status}, its attachment ${eni.attachment.status}`
    return [
      blocks(decision, 'interface-not-in-use', `${eni.id} delivers nothing: it is ${state}, or its instance is gone.`),
    ]
  }
  const delivered = passes(decision, `${eni.id} has the address ${text}.`)
  if (instanceId === null) return [delivered]
  const state = network.tables.instances.get(instanceId)?.state ?? 'unknown'
  return [delivered, passes({ id: instanceId, type: COMPONENT.instance }, `${instanceId} is ${state}.`)]
}

/** Whether packets to the interface arrive somewhere: it is in use, attached, and its instance, if any, not gone. (§2.3) */
export function isDelivering(network: Network, interfaceId: string): boolean {
  const eni = network.tables.interfaces.get(interfaceId)
  if (eni === null || eni.status !== 'in-use' || eni.attachment?.status !== 'attached') return false
  const { instanceId } = eni.attachment
  const instance = instanceId === null ? null : network.tables.instances.get(instanceId)
  return instance === null || !GONE_STATES.has(instance.state)
}

export function isSameTarget(a: RouteTarget, b: RouteTarget): boolean {
  return a.is === 'local' || b.is === 'local' ? a.is === b.is : a.is === b.is && a.id === b.id
}

export function idOfTarget(target: RouteTarget): string {
  return target.is === 'local' ? 'the local route' : target.id
}
