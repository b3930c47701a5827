import type { IpFamily } from '../../base/ip-range.ts'
import type { NetworkAclEntry } from '../../domain/network/packet-filters.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { AddressClass } from '../network/address-classes.ts'
import type { Network } from '../network/network.ts'
import { intersection, type IntervalSet } from '../sets/interval-set.ts'
import {
  ALL_PORTS,
  equalTraffic,
  fromSources,
  intersectTraffic,
  isNoTraffic,
  NO_TRAFFIC,
  PORT_COUNT,
  portsFrom,
  sourcesToAnyOf,
  trafficOf,
  unionTraffic,
  type Traffic,
} from '../sets/traffic.ts'
import { clientPortBreaks, firewallRules, firewallTraffic, type FirewallRules } from './firewall-filter.ts'
import { aclOfSubnet, aclTraffic, type Direction } from './network-acls.ts'
import { replyPorts } from './packet-match.ts'
import { groupFilter, groupSet } from './security-groups.ts'

/** Whether a packet goes from the client to the target, or is the reply. */
export type Leg = 'forward' | 'return'

/** A filter that packets of a connection meet on their way. */
export type Station =
  | {
      readonly is: 'network-acl'
      readonly leg: Leg
      readonly aclId: string
      readonly direction: Direction
    }
  /** Both legs at once: it knows connections. */
  | { readonly is: 'firewall'; readonly firewallId: string; readonly policyId: string }
  /** An interface that forwards what is not its own: its groups admit what comes in and what goes out, and know the reply. */
  | { readonly is: 'appliance'; readonly interfaceId: string }

/** A subnet as its borders see it. */
export type Bordered = Pick<Subnet, 'id' | 'vpcId'>

/** What crossing from one subnet into another asks, nothing within one. `null` stands for what is no subnet. */
export function crossing(
  network: Network,
  leg: Leg,
  family: IpFamily,
  from: Bordered | null,
  to: Bordered | null,
): readonly Station[] {
  if (from?.id === to?.id) return []
  const out = from === null ? [] : aclStations(network, leg, family, from, 'egress')
  return to === null ? out : [...out, ...aclStations(network, leg, family, to, 'ingress')]
}

/** The network ACL at one border of a subnet; nothing where it lets all pass. */
export function aclStations(
  network: Network,
  leg: Leg,
  family: IpFamily,
  subnet: Bordered,
  direction: Direction,
): readonly Station[] {
  const aclId = aclOfSubnet(network, subnet.id, subnet.vpcId)?.id ?? null
  if (aclId === null || isOpenAcl(network, aclId, direction, family)) return []
  return [{ is: 'network-acl', leg, aclId: twinOf(network, aclId, direction, family), direction }]
}

/** The first network ACL that says the same: many accounts and VPCs are made from one template, and share their answers. */
function twinOf(network: Network, aclId: string, direction: Direction, family: IpFamily): string {
  return network.memo('acl-twin', `${aclId} ${direction} ${family}`, () => {
    const text = contentOf(network.tables.networkAcls.get(aclId)?.[direction] ?? [], family)
    return firstOfContent(network, direction, family).get(text) ?? aclId
  })
}

function firstOfContent(network: Network, direction: Direction, family: IpFamily): ReadonlyMap<string, string> {
  return network.memo('acl-twins', `${direction} ${family}`, () => {
    const first = new Map<string, string>()
    for (const acl of network.tables.networkAcls.all()) {
      const text = contentOf(acl[direction], family)
      if (!first.has(text)) first.set(text, acl.id)
    }
    return first
  })
}

function contentOf(entries: readonly NetworkAclEntry[], family: IpFamily): string {
  return entries
    .filter(({ cidr }) => cidr.family === family)
    .toSorted((a, b) => a.number - b.number)
    .map(({ action, protocol, ports: { begin, end }, icmp, cidr }) =>
      [action, protocol, begin, end, icmp?.type, icmp?.code, cidr.text].join(' '),
    )
    .join(';')
}

/** Whether the first entry for the family allows everything: most network ACLs are never changed. */
function isOpenAcl(network: Network, aclId: string, direction: Direction, family: IpFamily): boolean {
  return network.memo('acl-is-open', `${aclId} ${direction} ${family}`, () => {
    const entries = network.tables.networkAcls.get(aclId)?.[direction] ?? []
    const first = entries
      .filter(({ cidr }) => cidr.family === family)
      .reduce<NetworkAclEntry | null>(
        (lowest, entry) => (lowest === null || entry.number < lowest.number ? entry : lowest),
        null,
      )
    return first?.action === 'allow' && first.protocol === 'all' && first.cidr.length === 0
  })
}

/** Two stations that ask the same of the same packets have one key. */
export function stationKey(station: Station): string {
  switch (station.is) {
    case 'network-acl':
      return `${station.leg} ${station.direction} ${station.aclId}`
    case 'firewall':
      return `firewall ${station.policyId}`
    case 'appliance':
      return `appliance ${station.interfaceId}`
  }
}

/**
 * Connections to a target that pass all stations, there and back from one and the same client port: from which clients to
 * which ports.
 */
export function passage(
  network: Network,
  stations: readonly Station[],
  protocol: number,
  target: AddressClass,
  clientPorts = network.options.clientPorts,
): Traffic {
  if (stations.length === 0) return trafficOf(ALL_PORTS, network.addresses.whole(target.family))
  const keys = [...new Set(stations.map(stationKey))].sort()
  const { begin, end } = clientPorts
  return network.memo(
    'passage',
    `${protocol} ${target.key} ${begin}-${end} ${keys.join(',')}`,
    () => passageOf(network, stations, protocol, target, replyPorts(protocol, clientPorts)),
    equalTraffic,
  )
}

/** The rules of a policy in the order in which they are asked. */
export function rulesOfPolicy(network: Network, policyId: string): FirewallRules {
  const { firewallPolicies, firewallRuleGroups } = network.tables
  return network.memo('firewall-rules', policyId, () =>
    firewallRules(
      policyId,
      firewallPolicies.get(policyId) ?? undefined,
      arn => firewallRuleGroups.get(arn) ?? undefined,
    ),
  )
}

function passageOf(
  network: Network,
  stations: readonly Station[],
  protocol: number,
  target: AddressClass,
  replies: IntervalSet,
): Traffic {
  const { family, first } = target
  const everything = trafficOf(ALL_PORTS, network.addresses.whole(family))
  const there = stations.reduce(
    (traffic, station) => intersectTraffic(traffic, forwardTraffic(network, station, protocol, target)),
    everything,
  )
  const back = stations.reduce(
    (traffic, station) => intersectTraffic(traffic, returnTraffic(network, station, protocol, target)),
    everything,
  )
  if (isNoTraffic(there) || isNoTraffic(back)) return NO_TRAFFIC
  const firewalls = stations.flatMap(station =>
    station.is === 'firewall' ? [rulesOfPolicy(network, station.policyId)] : [],
  )
  return cellsOf(replies, firewalls.flatMap(clientPortBreaks)).reduce((all, cell) => {
    const [clientPort = 0] = cell
    const asked = { family, protocol, target: first, clientPort }
    const passing = firewalls.reduce(
      (traffic, rules) => intersectTraffic(traffic, firewallTraffic(rules, asked, network.addresses)),
      fromSources(there, sourcesToAnyOf(back, cell)),
    )
    return unionTraffic(all, passing)
  }, NO_TRAFFIC)
}

/** What the station lets through to the target: remote addresses × ports of the target. */
function forwardTraffic(network: Network, station: Station, protocol: number, target: AddressClass): Traffic {
  const { family } = target
  if (station.is === 'appliance') {
    const filter = (direction: Direction) => applianceFilter(network, station.interfaceId, direction, family, protocol)
    return intersectTraffic(filter('ingress'), towards(network, filter('egress'), target))
  }
  const everything = trafficOf(ALL_PORTS, network.addresses.whole(family))
  if (station.is === 'firewall' || station.leg === 'return') return everything
  const traffic = aclTraffic(network, station.aclId, station.direction, family, protocol)
  return station.direction === 'ingress' ? traffic : towards(network, traffic, target)
}

/** What the station lets through of the replies: clients × ports of the client. */
function returnTraffic(network: Network, station: Station, protocol: number, target: AddressClass): Traffic {
  const { family } = target
  if (station.is !== 'network-acl' || station.leg === 'forward') {
    return trafficOf(ALL_PORTS, network.addresses.whole(family))
  }
  const traffic = aclTraffic(network, station.aclId, station.direction, family, protocol)
  return station.direction === 'egress' ? traffic : towards(network, traffic, target)
}

/** A filter on the target's side of packets, as one on clients: any of them, to the ports that it allows for the target. */
function towards(network: Network, traffic: Traffic, { family, first }: AddressClass): Traffic {
  return trafficOf(portsFrom(traffic, network.addresses.locate(first)), network.addresses.whole(family))
}

function applianceFilter(
  network: Network,
  interfaceId: string,
  direction: Direction,
  family: IpFamily,
  protocol: number,
): Traffic {
  const groups = groupSet(network, network.tables.interfaces.get(interfaceId)?.securityGroupIds ?? [])
  // Behind an appliance nobody bears the identity of a group.
  return groupFilter(network, groups, direction, family, protocol, null).traffic
}

/** The ports, cut at the breaks. */
function cellsOf(ports: IntervalSet, breaks: readonly number[]): readonly IntervalSet[] {
  const starts = [...new Set([0, ...breaks])].filter(start => start < PORT_COUNT).sort((a, b) => a - b)
  return starts
    .map((start, index) => intersection(ports, [start, starts[index + 1] ?? PORT_COUNT]))
    .filter(cell => cell.length > 0)
}
