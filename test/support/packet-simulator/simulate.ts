import { throughAccelerator } from './accelerators.ts'
import { interfaceAt, isAnswered, isTaken, type Delivery } from './deliver.ts'
import { enter } from './enter.ts'
import type { Packet } from './filters.ts'
import { balancerOf } from './listeners.ts'
import { nodeTakes, relay } from './load-balancers.ts'
import type { World } from './world.ts'

/** What one packet does, and what its reply does. (reachability §1.5) */
export interface Outcome {
  /** Instances that the packet is delivered to. */
  readonly forward: readonly Delivery[]
  /** Those whose reply comes back through the same edge. */
  readonly connections: readonly Delivery[]
}

/**
 * Sends one packet in by an edge (the id of an internet, virtual private or transit gateway or of a peering, or the ARN of an
 * accelerator), and its reply back. Several deliveries where AWS is free to choose. Fill `trace` to see each decision.
 */
export function simulate(world: World, edgeId: string, packet: Packet, trace?: string[]): Outcome {
  if (edgeId.startsWith('arn:')) return throughAccelerator(world, edgeId, packet, clientPorts(world))
  const forward: Delivery[] = []
  const connections: Delivery[] = []
  for (const entry of enter(world, edgeId, packet, trace)) {
    const { subnet, passage } = entry.end
    const taker = interfaceAt(world, subnet.SubnetId, passage.packet.destination)
    if (taker === undefined) continue
    if (balancerOf(world, taker) !== null) {
      if (!nodeTakes(world, taker, entry.end, edgeId.startsWith('igw-'))) continue
      const found = relay(world, {
        node: taker,
        client: passage.packet,
        listenerPort: packet.destinationPort,
        ports: clientPorts(world),
        relays: [],
        ...(trace === undefined ? {} : { trace }),
      })
      forward.push(...found)
      if (found.length > 0 && isAnswered(world, entry)) connections.push(...found)
      continue
    }
    const instanceId = taker.Attachment?.InstanceId
    if (instanceId === undefined || !isTaken(world, taker, entry.end)) continue
    const { NetworkInterfaceId: interfaceId } = taker
    const delivery = { instanceId, interfaceId, port: packet.destinationPort, relays: [], chain: passage.chain }
    forward.push(delivery)
    if (isAnswered(world, entry)) connections.push(delivery)
  }
  return { forward, connections }
}

/** One client port of each kind: only network ACLs and firewalls tell them apart, and only where one of their ranges begins or ends. */
export function clientPorts(world: World): readonly number[] {
  const ports = new Set([1024])
  const add = (from: number, to: number) => {
    for (const port of [from, to + 1]) if (port > 1024 && port <= 65535) ports.add(port)
  }
  for (const { Entries = [] } of world.acls) {
    for (const { PortRange } of Entries) add(PortRange?.From ?? 0, PortRange?.To ?? 65535)
  }
  for (const { RulesSource } of world.ruleGroups.values()) {
    for (const { RuleDefinition } of RulesSource?.StatelessRulesAndCustomActions?.StatelessRules ?? []) {
      const { SourcePorts = [], DestinationPorts = [] } = RuleDefinition.MatchAttributes
      for (const { FromPort, ToPort } of [...SourcePorts, ...DestinationPorts]) add(FromPort, ToPort)
    }
    for (const { Header } of RulesSource?.StatefulRules ?? []) {
      for (const text of [Header.SourcePort, Header.DestinationPort]) {
        const [from, to = from] = (text ?? 'ANY').split(':')
        if (from !== 'ANY') add(Number(from), Number(to))
      }
    }
  }
  return [...ports]
}
