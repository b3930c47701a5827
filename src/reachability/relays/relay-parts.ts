import type { Edge } from '../../domain/network/open-path.ts'
import type { EdgeAnalysis, Target } from '../edge.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { isEmpty, type IntervalSet } from '../sets/interval-set.ts'
import {
  directClients,
  nodeAddresses,
  nodeTargets,
  protocolNumber,
  sourcesOfRule,
  stepsOf,
  type ListenerClients,
  type NodeClients,
} from './relay-clients.ts'
import { isLetOut } from './relay-egress.ts'
import { entriesToRelay, nodesOf, relayById, relaysBefore, type RelayEntry } from './relay-index.ts'
import { carriesNames, legsTo, type Leg } from './relay-legs.ts'
import type { Relay } from './relays.ts'

/** Clients of one node that one place in the configuration sends to the target. */
export interface Part {
  readonly from: NodeClients
  readonly entry: RelayEntry
  readonly leg: Leg
  readonly clients: IntervalSet
  readonly frontendPorts: readonly number[]
}

/** What becomes of one node's clients at one place in the configuration: a part for each manner of coming to the target. */
export function partsOf(
  network: Network,
  relay: Relay,
  from: NodeClients,
  entry: RelayEntry,
  target: Target,
  kinds: readonly EdgeAnalysis[],
  isOpenByAddress: boolean,
): readonly Part[] {
  const at = from.atListener[entry.listenerIndex]
  const listener = relay.listeners[entry.listenerIndex]
  if (at === undefined || listener === undefined || isEmpty(at.sources)) return []
  const clients = sourcesOfRule(network, listener, entry.ruleIndex, at, from.family)
  if (isEmpty(clients)) return []
  const question = { relay, from, entry, target }
  return legsTo(network, question, kinds)
    .filter(leg => isOpenByAddress || carriesNames(network, question, leg))
    .map(leg => ({ from, entry, leg, clients, frontendPorts: at.frontendPorts }))
}

/** All that comes to the load balancer's nodes over an edge, through another load balancer too. */
export function clientsOf(
  network: Network,
  relay: Relay,
  edge: Edge,
  kinds: readonly EdgeAnalysis[],
): readonly NodeClients[] {
  return network.memo('relay-clients', `${relay.id} ${edge.kind} ${edge.id}`, () => {
    const now = relayById(network, relay.id)
    if (now === null) return []
    const chained = relaysBefore(network, now).flatMap(before => clientsThrough(network, before, now, edge, kinds))
    return [...directClients(network, now, edge, kinds), ...chained].filter(
      ({ atListener, remarks }) => remarks.length > 0 || atListener.some(({ sources }) => !isEmpty(sources)),
    )
  })
}

/** What a network load balancer passes on to the nodes of an application one. */
function clientsThrough(
  network: Network,
  before: Relay,
  relay: Relay,
  edge: Edge,
  kinds: readonly EdgeAnalysis[],
): readonly NodeClients[] {
  const found: NodeClients[] = []
  for (const node of nodesOf(network, relay)) {
    const subnet = network.tables.subnets.get(node.subnetId)
    if (subnet === null) continue
    for (const target of nodeTargets(network, relay, node).slice(0, 1)) {
      for (const entry of entriesToRelay(network, before, relay.id)) {
        const out = isLetOut(network, before, target, protocolNumber(entry.listener.protocol), entry.target.port)
        if (!out.byAddress && !out.byName) continue
        for (const from of clientsOf(network, before, edge, kinds)) {
          for (const part of partsOf(network, before, from, entry, target, kinds, out.byAddress)) {
            found.push(passedOn(network, relay, { node, subnet, target }, part))
          }
        }
      }
    }
  }
  return found
}

function passedOn(
  network: Network,
  relay: Relay,
  { node, subnet, target }: Pick<NodeClients, 'node' | 'subnet'> & { readonly target: Target },
  { from, entry, leg, clients, frontendPorts }: Part,
): NodeClients {
  const admitted = leg.admit(clients, target.groups)
  const atListener = relay.listeners.map<ListenerClients>(({ port, protocol }) => ({
    sources: port === entry.target.port && protocol === entry.listener.protocol ? admitted.clients : [],
    seenAs: leg.isPreserved ? null : nodeAddresses(network, from.node, target.family),
    frontendPorts,
  }))
  return {
    edge: from.edge,
    family: from.family,
    node,
    subnet,
    via: [...from.via, ...leg.via, relay.id],
    steps: [...from.steps, ...entrySteps(entry), ...leg.steps, ...stepsOf(relay)],
    assumptions: [...from.assumptions, ...leg.assumptions],
    remarks: [...from.remarks, ...leg.remarks, ...admitted.remarks],
    atListener,
  }
}

/** Listener and target group, as published steps. */
export function entrySteps({ listener, pool }: RelayEntry) {
  return [
    ...(listener.id === null
      ? []
      : [{ componentId: listener.id, componentType: COMPONENT.listener, componentArn: listener.id }]),
    ...(pool.targetGroupId === null
      ? []
      : [{ componentId: pool.targetGroupId, componentType: COMPONENT.targetGroup, componentArn: pool.targetGroupId }]),
  ]
}
