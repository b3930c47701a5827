import type { IpAddress } from '../../base/ip-range.ts'
import type { Hop } from '../../domain/network/open-path.ts'
import { isOpen, type EdgeAnalysis, type Packet, type Target, type Trace } from '../edge.ts'
import { areMirrored } from '../forwarding/middleboxes.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { has } from '../sets/interval-set.ts'
import { blocks, deliveryHops, groupHop, passes } from '../ways/hops.ts'
import { borders, decided, followPacket, renderHops, type Decision } from '../ways/packet-walk.ts'
import { nodeAddresses, nodeTargets, protocolNumber, sourcesOfRule, type NodeClients } from './relay-clients.ts'
import { ruleLettingOut } from './relay-egress.ts'
import {
  entriesTo,
  entriesToRelay,
  nodesOf,
  relayById,
  relaysBefore,
  relaysInto,
  type RelayEntry,
} from './relay-index.ts'
import { legsTo, NODE_PORTS, type Leg } from './relay-legs.ts'
import type { Relay } from './relays.ts'

/** Ways that one question is answered with. */
const TRACE_LIMIT = 64

/** A packet as far as a node of a load balancer. */
interface AtNode {
  readonly relay: Relay
  readonly trace: Trace
  readonly from: NodeClients
  /** What the node sees as its source. */
  readonly seen: IpAddress
}

/** Every way through load balancers that lead to the target's port, open or not. */
export function traceThroughRelays(
  network: Network,
  packet: Packet,
  target: Target,
  kinds: readonly EdgeAnalysis[],
): readonly Trace[] {
  const traces: Trace[] = []
  for (const id of relaysInto(network, target.interface.vpcId)) {
    const relay = relayById(network, id)
    const entries = relay === null ? [] : entriesTo(network, relay, target).filter(entry => isAbout(entry, packet))
    for (const entry of entries) {
      for (const at of relay === null ? [] : atNodes(network, relay, entry.listener.port, packet, kinds)) {
        traces.push(...onToTarget(network, at, entry, packet, target, kinds))
        if (traces.length >= TRACE_LIMIT) return traces.slice(0, TRACE_LIMIT)
      }
    }
  }
  return traces
}

function isAbout({ target, listener }: RelayEntry, { port, protocol }: Packet): boolean {
  return target.port === port && protocolNumber(listener.protocol) === protocol
}

/** How the client's packet comes to each node, on the port of a listener: straight, or through a load balancer before. */
function atNodes(
  network: Network,
  relay: Relay,
  port: number,
  packet: Packet,
  kinds: readonly EdgeAnalysis[],
): readonly AtNode[] {
  const found: AtNode[] = []
  for (const node of nodesOf(network, relay)) {
    const subnet = network.tables.subnets.get(node.subnetId)
    if (subnet === null) continue
    for (const target of nodeTargets(network, relay, node)) {
      const place = { node, subnet, via: [], steps: [], assumptions: [], remarks: [], atListener: [] }
      const straight =
        target.family === packet.source.family
          ? kinds.flatMap(kind => kind.trace(network, { ...packet, port }, target))
          : []
      for (const trace of straight) {
        if (trace.edge === null) continue
        const from: NodeClients = { ...place, edge: trace.edge, family: packet.source.family }
        const hops = [
          ...trace.hops.filter(hop => node.interface !== null || hop.componentId !== target.interface.id),
          ...facing(relay, trace),
        ]
        found.push({ relay, from, seen: packet.source, trace: { ...trace, hops, via: [...trace.via, relay.id] } })
      }
      for (const before of relaysBefore(network, relay)) {
        for (const entry of entriesToRelay(network, before, relay.id).filter(one => one.target.port === port)) {
          for (const at of atNodes(network, before, entry.listener.port, packet, kinds)) {
            const isSeen = entry.pool.preservesClientAddress && at.from.family === target.family
            const own = network.addresses.firstOf(nodeAddresses(network, at.from.node, target.family), target.family)
            const seen = isSeen ? at.seen : own
            if (seen === null) continue
            for (const trace of onToTarget(network, at, entry, { ...packet, port }, target, kinds)) {
              const from: NodeClients = { ...place, edge: at.from.edge, family: packet.source.family }
              const hops = trace.hops.filter(hop => node.interface !== null || hop.componentId !== target.interface.id)
              found.push({ relay, from, seen, trace: { ...trace, hops, via: [...trace.via, relay.id] } })
            }
          }
        }
      }
    }
  }
  return found
}

/** What is internal takes nothing from the internet. */
function facing({ id, isInternetFacing }: Relay, { edge }: Trace): readonly Hop[] {
  if (edge?.kind !== 'internet-gateway' || isInternetFacing) return []
  return [blocks({ id, type: COMPONENT.loadBalancer }, 'no-public-address', `${id} is internal.`)]
}

/** From the node on: listener, own groups, and each manner of coming to the target. */
function onToTarget(
  network: Network,
  at: AtNode,
  entry: RelayEntry,
  packet: Packet,
  target: Target,
  kinds: readonly EdgeAnalysis[],
): readonly Trace[] {
  const { relay, from, trace, seen } = at
  const own = listenerHops(network, at, entry, target, packet)
  const legs = legsTo(network, { relay, from, entry, target }, kinds)
  const type = relay.kind === 'classic' ? COMPONENT.classicLoadBalancer : COMPONENT.targetGroup
  const decision = { id: entry.pool.targetGroupId ?? relay.id, type }
  if (legs.length === 0) {
    const detail = `From the node in ${from.subnet.id} there is no way to ${target.text}: its zone is not served, or no route leads there and back.`
    return [{ ...trace, hops: [...trace.hops, ...own, blocks(decision, 'load-balancer-target', detail)] }]
  }
  return legs.flatMap(leg => {
    const source = leg.isPreserved
      ? seen
      : network.addresses.firstOf(nodeAddresses(network, from.node, target.family), target.family)
    if (source === null) return []
    const sent = { ...packet, source, ...(leg.isPreserved ? {} : { clientPorts: NODE_PORTS }) }
    const hops =
      target.interface.vpcId === relay.vpcId || leg.isPreserved
        ? hopsInside(network, at, leg, sent, target)
        : hopsOver(network, leg, sent, target, kinds)
    return [
      {
        ...trace,
        via: [...trace.via, ...leg.via],
        hops: [...trace.hops, ...own, passes(decision, `${target.text} is a target.`), ...hops],
      },
    ]
  })
}

function listenerHops(
  network: Network,
  { relay, seen }: AtNode,
  entry: RelayEntry,
  target: Target,
  packet: Packet,
): readonly Hop[] {
  const { listener, ruleIndex } = entry
  const at = {
    id: listener.id ?? relay.id,
    type: listener.id === null ? COMPONENT.classicLoadBalancer : COMPONENT.listener,
  }
  const only = { sources: network.addresses.setOfAddresses([seen], seen.family), seenAs: null, frontendPorts: [] }
  const isTaken = has(sourcesOfRule(network, listener, ruleIndex, only, seen.family), network.addresses.locate(seen))
  return [
    isTaken
      ? passes(at, `${relay.id} forwards what comes to port ${listener.port}.`)
      : blocks(
          at,
          'load-balancer-listener',
          `No rule of the listener on port ${listener.port} forwards what comes from this source there.`,
        ),
    outHop(network, relay, target, packet),
  ]
}

/** What the load balancer's own groups say of what it sends. */
function outHop(network: Network, relay: Relay, target: Target, { protocol, port }: Packet): Hop {
  if (relay.securityGroupIds === null) {
    const at = { id: relay.id, type: COMPONENT.loadBalancer }
    return passes(at, `${relay.id} has no security groups and filters nothing.`)
  }
  const rule = ruleLettingOut(network, relay, target, protocol, port)
  const to = `send to ${target.text}, port ${port}`
  const groups = { id: relay.securityGroupIds.join(', '), type: COMPONENT.securityGroup }
  if (rule === null) return blocks(groups, 'security-group-outbound', `No rule lets ${relay.id} ${to}.`)
  const at = { id: rule.groupId, type: COMPONENT.securityGroup, rule: rule.ruleId }
  return passes(at, `${rule.ruleId} lets ${relay.id} ${to}.`)
}

function hopsInside(
  network: Network,
  { relay, from }: AtNode,
  leg: Leg,
  packet: Packet,
  target: Target,
): readonly Hop[] {
  const ends = { client: packet.source, target: target.address }
  const subnet = network.tables.subnets.get(target.interface.subnetId)
  if (subnet === null) return []
  const arriving = [groupHop(network, packet, target, leg.identity), ...deliveryHops(network, target)].map(decided)
  if (from.subnet.id === subnet.id) {
    const isFiltered = relay.kind === 'classic'
    const filters = (way: 'forward' | 'return') =>
      isFiltered ? [...borders(way, ends, subnet, null), ...borders(way, ends, null, subnet)] : []
    return renderHops(network, packet, ends, [...filters('forward'), ...arriving, ...filters('return')])
  }
  const there = followPacket(network, { subnet: from.subnet }, 'forward', ends, packet)
  const decisions: Decision[] = [
    ...there.decisions,
    ...borders('forward', ends, there.exit?.subnet ?? from.subnet, subnet),
    ...arriving,
  ]
  if (leg.isPreserved) decisions.push(...borders('return', ends, subnet, from.subnet))
  else {
    const back = followPacket(network, { subnet }, 'return', ends, packet)
    decisions.push(...back.decisions, ...borders('return', ends, back.exit?.subnet ?? subnet, from.subnet))
    if (!areMirrored(there.boxes, back.boxes)) {
      const at = { id: subnet.id, type: COMPONENT.subnet, direction: 'return' as const }
      decisions.push(decided(blocks(at, 'appliance', 'Answers do not pass the same appliances as what they answer.')))
    }
  }
  return renderHops(network, packet, ends, decisions)
}

/** Over an edge of the target's VPC, as from any host in the node's. */
function hopsOver(
  network: Network,
  leg: Leg,
  packet: Packet,
  target: Target,
  kinds: readonly EdgeAnalysis[],
): readonly Hop[] {
  const traces = kinds
    .flatMap(kind => kind.trace(network, { ...packet, edgeKind: null, edgeId: null }, target))
    .filter(
      ({ edge, via }) =>
        (edge?.kind === 'peering' || edge?.kind === 'transit-gateway') && via.join() === leg.via.join(),
    )
    .toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || a.hops.length - b.hops.length)
  return traces[0]?.hops ?? []
}
