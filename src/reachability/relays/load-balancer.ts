import type { Edge } from '../../domain/network/open-path.ts'
import type { Admission, EdgeAnalysis, Entrance, GroupSet, Target, Way } from '../edge.ts'
import { filtersOfSubnet } from '../forwarding/subnet-filters.ts'
import { classOf } from '../network/address-classes.ts'
import type { Network } from '../network/network.ts'
import { has, unionAll } from '../sets/interval-set.ts'
import { NO_TRAFFIC, portSet, trafficOf } from '../sets/traffic.ts'
import { entrancesOfKind } from '../ways/entrances.ts'
import { nodeAddresses, protocolNumber } from './relay-clients.ts'
import { isLetOut } from './relay-egress.ts'
import { entriesTo, relayById, relaysInto, type RelayEntry } from './relay-index.ts'
import { clientsOf, entrySteps, partsOf, type Part } from './relay-parts.ts'
import { distinctRemarks, remarksOnRelays } from './relay-remarks.ts'
import { traceThroughRelays } from './relay-trace.ts'
import type { Relay } from './relays.ts'

/**
 * Through load balancers of any edge's clients to their targets: application, network and classic ones, a network one before
 * an application one. `kinds` are the analyses of the edges themselves. (reachability §2.11)
 */
export function loadBalancers(kinds: readonly EdgeAnalysis[]): EdgeAnalysis {
  return {
    name: 'load-balancer',

    entrancesOf(network, vpcId) {
      return relaysInto(network, vpcId).flatMap(id => {
        const relay = relayById(network, id)
        if (relay === null) return []
        const edges = kinds.flatMap(kind => entrancesOfKind(network, kind, relay.vpcId).map(({ edge }) => edge))
        return edges.map(edge => entrance(network, id, edge, kinds))
      })
    },

    trace: (network, packet, target) => traceThroughRelays(network, packet, target, kinds),

    remarksOn: (network, vpcId) => network.memo('relay-remarks', vpcId, () => remarksOnRelays(network, vpcId)),
  }
}

function entrance(network: Network, relayId: string, edge: Edge, kinds: readonly EdgeAnalysis[]): Entrance {
  return {
    edge,
    waysTo(target) {
      const relay = relayById(network, relayId)
      const entries = relay === null ? [] : entriesTo(network, relay, target)
      if (relay === null || entries.length === 0) return []
      return byPort(entries).flatMap(same => waysOverPort(network, relay, edge, kinds, target, same))
    },
  }
}

/** Entries for one port of the target over one protocol: one range, one way. */
function byPort(entries: readonly RelayEntry[]): readonly (readonly [RelayEntry, ...RelayEntry[]])[] {
  const found = new Map<string, [RelayEntry, ...RelayEntry[]]>()
  for (const entry of entries) {
    const key = `${entry.listener.protocol} ${entry.target.port}`
    const same = found.get(key)
    if (same === undefined) found.set(key, [entry])
    else same.push(entry)
  }
  return [...found.values()]
}

function waysOverPort(
  network: Network,
  relay: Relay,
  edge: Edge,
  kinds: readonly EdgeAnalysis[],
  target: Target,
  entries: readonly [RelayEntry, ...RelayEntry[]],
): readonly Way[] {
  const [{ listener, target: first }] = entries
  const out = isLetOut(network, relay, target, protocolNumber(listener.protocol), first.port)
  if (!out.byAddress && !out.byName) return []
  const { subnetId } = target.interface
  const places = entries.map(
    one => `${one.listenerIndex}.${one.ruleIndex}.${one.pool.targetGroupId ?? ''}.${one.target.zone ?? ''}`,
  )
  const place = `${relay.id} ${edge.kind} ${edge.id} ${subnetId} ${classOf(network, target.address).key}`
  const key = `${place} ${listener.protocol} ${first.port} ${out.byAddress} ${places.join(' ')}`
  return network.memo('relay-ways', key, () => {
    const now = relayById(network, relay.id)
    // The entries are what the key names: places in the load balancer as it is.
    const known = now === null ? [] : entriesTo(network, now, target).filter(one => isAmong(one, entries))
    return now === null ? [] : waysFrom(network, now, edge, kinds, target, known, out.byAddress)
  })
}

function isAmong(entry: RelayEntry, entries: readonly RelayEntry[]): boolean {
  return entries.some(
    ({ listenerIndex, ruleIndex, pool, target }) =>
      listenerIndex === entry.listenerIndex &&
      ruleIndex === entry.ruleIndex &&
      pool.targetGroupId === entry.pool.targetGroupId &&
      target.port === entry.target.port,
  )
}

function waysFrom(
  network: Network,
  relay: Relay,
  edge: Edge,
  kinds: readonly EdgeAnalysis[],
  target: Target,
  entries: readonly RelayEntry[],
  isOpenByAddress: boolean,
): readonly Way[] {
  const parts = new Map<string, Part[]>()
  for (const from of clientsOf(network, relay, edge, kinds)) {
    for (const entry of entries) {
      for (const part of partsOf(network, relay, from, entry, target, kinds, isOpenByAddress)) {
        const key = [from.family, from.via.join(' '), part.leg.via.join(' '), assumptionsOf(part).join(' ')].join('|')
        parts.set(key, [...(parts.get(key) ?? []), part])
      }
    }
  }
  return [...parts.values()].map(alike => wayOf(network, edge, target, alike))
}

function assumptionsOf({ from, leg }: Part): readonly string[] {
  return [...new Set([...from.assumptions, ...leg.assumptions])].sort()
}

/** `parts` differ in nothing that a path shows. */
function wayOf(network: Network, edge: Edge, target: Target, parts: readonly Part[]): Way {
  const [first] = parts
  if (first === undefined) throw new Error('a way through a load balancer has no parts')
  const { subnetId, vpcId } = target.interface
  const filters = filtersOfSubnet(network, subnetId, vpcId)
  const isKnown = !('remark' in filters)
  const before = [...first.from.steps, ...entrySteps(first.entry), ...first.leg.steps]
  // A leg over an edge ends with the target's network ACL already.
  const own = isKnown ? filters.steps.filter(({ componentId }) => before.at(-1)?.componentId !== componentId) : []
  const { listener, target: aim } = first.entry
  const number = protocolNumber(listener.protocol)
  const ports = portSet({ begin: aim.port, end: aim.port })
  return {
    serial: network.nextSerial(),
    edge,
    family: first.from.family,
    via: [...first.from.via, ...first.leg.via],
    steps: [...before, ...own],
    assumptions: [...new Set([...assumptionsOf(first), ...(isKnown ? filters.assumptions : [])])],
    remarks: distinctRemarks([
      ...parts.flatMap(({ from, leg }) => [...from.remarks, ...leg.remarks]),
      ...(isKnown ? filters.remarks : [filters.remark]),
    ]),
    frontendPorts: [...new Set(parts.flatMap(({ frontendPorts }) => frontendPorts))].sort((a, b) => a - b),
    admitted(protocol: number, groups: GroupSet): Admission {
      if (protocol !== number) return { traffic: NO_TRAFFIC, remarks: [] }
      const admitted = parts.map(({ leg, clients }) => leg.admit(clients, groups))
      return {
        traffic: trafficOf(ports, unionAll(admitted.map(({ clients }) => clients))),
        remarks: distinctRemarks(admitted.flatMap(({ remarks }) => remarks)),
      }
    },
    admittingGroup(protocol, groups, source, port) {
      const point = network.addresses.locate(source)
      for (const { leg, clients, from } of parts) {
        if (!has(leg.admit(clients, groups).clients, point)) continue
        const node = network.addresses.firstOf(nodeAddresses(network, from.node, target.family), target.family)
        const remote = leg.isPreserved ? source : node
        const group = remote === null ? null : leg.admittingGroup(protocol, groups, remote, port)
        if (group !== null) return group
      }
      return null
    },
  }
}
