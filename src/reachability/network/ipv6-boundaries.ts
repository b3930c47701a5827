import type { IpRange } from '../../base/ip-range.ts'
import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'

/** Where any IPv6 range that the snapshot mentions begins, and what comes after it. */
export function* ipv6Boundaries(snapshot: NetworkSnapshot): Generator<bigint> {
  for (const { family, first, last } of rangesIn(snapshot)) {
    if (family === 'ipv4') continue
    yield first
    yield last + 1n
  }
}

function* rangesIn(snapshot: NetworkSnapshot): Generator<IpRange> {
  for (const { cidrs } of [...snapshot.vpcs, ...snapshot.subnets]) yield* cidrs
  for (const { requester, accepter } of snapshot.peerings) {
    yield* requester.cidrs
    yield* accepter.cidrs
  }
  for (const { entries } of snapshot.prefixLists) yield* entries ?? []
  for (const { routes } of [...snapshot.routeTables, ...snapshot.transitGatewayTables]) {
    for (const { destination } of routes ?? []) if (destination.is === 'cidr') yield destination.cidr
  }
  for (const { ingress, egress } of snapshot.networkAcls) {
    for (const { cidr } of ingress) yield cidr
    for (const { cidr } of egress) yield cidr
  }
  for (const { ingress, egress } of snapshot.securityGroups) {
    for (const { peer } of ingress) if (peer.is === 'cidr') yield peer.cidr
    for (const { peer } of egress) if (peer.is === 'cidr') yield peer.cidr
  }
  for (const { stateless, stateful } of snapshot.firewallRuleGroups) {
    for (const { sources, destinations } of [...stateless, ...stateful]) {
      yield* sources ?? []
      yield* destinations ?? []
    }
  }
  for (const { listeners } of snapshot.loadBalancers) {
    for (const { rules } of listeners) for (const { sources } of rules ?? []) yield* sources.flat()
  }
  for (const { addresses, prefixes } of snapshot.interfaces) {
    for (const { address } of addresses) {
      if (address.family === 'ipv6') yield { family: 'ipv6', first: address.value, last: address.value }
    }
    yield* prefixes
  }
}
