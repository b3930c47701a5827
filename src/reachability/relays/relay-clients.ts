import { cidrOf, type IpFamily } from '../../base/ip-range.ts'
import type { NetworkInterface } from '../../domain/network/interfaces.ts'
import type { Edge, PathStep } from '../../domain/network/open-path.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { EdgeAnalysis, Remark, Target, Way } from '../edge.ts'
import { TCP, UDP } from '../filters/packet-match.ts'
import { groupSet, NO_FILTER } from '../filters/security-groups.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { difference, EMPTY_SET, intersection, isEmpty, type IntervalSet } from '../sets/interval-set.ts'
import { sourcesTo } from '../sets/traffic.ts'
import { entrancesOfKind } from '../ways/entrances.ts'
import { targetsOfAddresses } from '../ways/targets.ts'
import { nodesOf } from './relay-index.ts'
import { nodeDescription, type RelayNode } from './relay-places.ts'
import type { Relay, RelayListener } from './relays.ts'

/** Clients that come to one node of a load balancer over one edge, in one manner. */
export interface NodeClients {
  readonly edge: Edge
  /** Of the clients' addresses. */
  readonly family: IpFamily
  readonly node: RelayNode
  readonly subnet: Subnet
  readonly via: readonly string[]
  readonly steps: readonly PathStep[]
  readonly assumptions: readonly string[]
  readonly remarks: readonly Remark[]
  /** By listener, in the order of the load balancer's. */
  readonly atListener: readonly ListenerClients[]
}

export interface ListenerClients {
  readonly sources: IntervalSet
  /** Addresses that the node sees instead of the clients' own; `null`: it sees theirs. */
  readonly seenAs: IntervalSet | null
  /** What the clients contact: other than the listener's where another load balancer stands before it. */
  readonly frontendPorts: readonly number[]
}

export function protocolNumber(protocol: RelayListener['protocol']): number {
  return protocol === 'TCP' ? TCP : UDP
}

/** A node's address as a target of connections, with the groups of its load balancer. */
export function nodeTargets(network: Network, relay: Relay, node: RelayNode): readonly Target[] {
  const eni = node.interface ?? undescribedInterface(network, relay, node)
  if (eni === null) return []
  const groups = relay.securityGroupIds === null ? NO_FILTER : groupSet(network, relay.securityGroupIds)
  return targetsOfAddresses(eni, groups)
}

/** Every load balancer has a node in each of its subnets: where it is not described, any address may be the node's. */
function undescribedInterface(network: Network, relay: Relay, { subnetId }: RelayNode): NetworkInterface | null {
  const subnet = network.tables.subnets.get(subnetId)
  if (subnet === null) return null
  const families: readonly IpFamily[] = relay.isDualStack ? ['ipv4', 'ipv6'] : ['ipv4']
  return {
    id: `${relay.id} in ${subnetId}`,
    accountId: null,
    region: null,
    vpcId: relay.vpcId,
    subnetId,
    status: 'in-use',
    attachment: { instanceId: null, status: 'attached', deviceIndex: null },
    kind: 'interface',
    description: nodeDescription(relay) ?? '',
    securityGroupIds: relay.securityGroupIds ?? [],
    hasSourceDestinationCheck: true,
    addresses: families.flatMap(family => {
      const cidr = subnet.cidrs.find(one => one.family === family)
      if (cidr === undefined) return []
      // The first four addresses of a subnet are AWS's own.
      const { text } = cidrOf({ family, value: cidr.first + 4n }, family === 'ipv4' ? 32 : 128)
      const publicAddress = relay.isInternetFacing && family === 'ipv4' ? 'unknown' : null
      return [{ address: { family, value: cidr.first + 4n }, text: text.replace(/\/.*/, ''), publicAddress }]
    }),
    prefixes: [],
  }
}

/** Addresses that a node may open connections from: its own, or any of its subnet where it is not described. */
export function nodeAddresses(network: Network, node: RelayNode, family: IpFamily): IntervalSet {
  if (node.interface === null) {
    return network.addresses.setOf(network.tables.subnets.get(node.subnetId)?.cidrs ?? [], family)
  }
  const own = node.interface.addresses.find(({ address }) => address.family === family)
  return own === undefined ? EMPTY_SET : network.addresses.setOfAddresses([own.address], family)
}

/** Clients from beyond the edges themselves, without another load balancer between. */
export function directClients(
  network: Network,
  relay: Relay,
  edge: Edge,
  kinds: readonly EdgeAnalysis[],
): readonly NodeClients[] {
  // From the internet nothing comes to one that is internal, public subnets and IPv6 addresses or not.
  if (edge.kind === 'internet-gateway' && !relay.isInternetFacing) return []
  const found: NodeClients[] = []
  for (const node of nodesOf(network, relay)) {
    const subnet = network.tables.subnets.get(node.subnetId)
    if (subnet === null) continue
    for (const target of nodeTargets(network, relay, node)) {
      for (const kind of kinds) {
        for (const entrance of entrancesOfKind(network, kind, relay.vpcId)) {
          if (entrance.edge.kind !== edge.kind || entrance.edge.id !== edge.id) continue
          for (const way of entrance.waysTo(target)) found.push(clientsOver(way, relay, node, subnet, target))
        }
      }
    }
  }
  return found
}

function clientsOver(way: Way, relay: Relay, node: RelayNode, subnet: Subnet, target: Target): NodeClients {
  const admissions = new Map([TCP, UDP].map(protocol => [protocol, way.admitted(protocol, target.groups)]))
  const admitted = relay.listeners.map(({ protocol }) => admissions.get(protocolNumber(protocol)))
  const described = node.interface === null ? [undescribedNode(relay, node)] : []
  return {
    edge: way.edge,
    family: way.family,
    node,
    subnet,
    via: [...way.via, relay.id],
    steps: [...way.steps, ...stepsOf(relay)],
    assumptions: [...way.assumptions, ...described],
    remarks: [...way.remarks, ...admitted.flatMap(one => one?.remarks ?? [])],
    atListener: relay.listeners.map(({ port }, index) => {
      const traffic = admitted[index]?.traffic
      return {
        sources: traffic === undefined ? EMPTY_SET : sourcesTo(traffic, port),
        seenAs: null,
        frontendPorts: way.frontendPorts.length === 0 ? [port] : way.frontendPorts,
      }
    }),
  }
}

/** The load balancer's groups and the load balancer itself, as published steps. */
export function stepsOf(relay: Relay): readonly PathStep[] {
  const groups = (relay.securityGroupIds ?? []).slice(0, 1)
  const steps = groups.map(id => ({ componentId: id, componentType: COMPONENT.securityGroup }))
  return relay.kind === 'classic'
    ? [...steps, { componentId: relay.id, componentType: COMPONENT.classicLoadBalancer }]
    : [...steps, { componentId: relay.id, componentType: COMPONENT.loadBalancer, componentArn: relay.id }]
}

function undescribedNode({ id }: Relay, { subnetId }: RelayNode): string {
  return `The interface of ${id} in ${subnetId} was not described: it is taken to be there, with any address.`
}

/**
 * Of the clients at a listener, those whose requests one of its rules may take: rules before it that look at sources alone
 * leave none of theirs.
 */
export function sourcesOfRule(
  network: Network,
  { rules }: RelayListener,
  ruleIndex: number,
  { sources, seenAs }: ListenerClients,
  family: IpFamily,
): IntervalSet {
  let left = seenAs ?? sources
  for (const [index, rule] of (rules ?? []).entries()) {
    const matched = rule.sources.reduce((set, cidrs) => intersection(set, network.addresses.setOf(cidrs, family)), left)
    if (index === ruleIndex) return seenAs === null ? matched : isEmpty(matched) ? EMPTY_SET : sources
    if (rule.isFinal) left = difference(left, matched)
  }
  return EMPTY_SET
}
