import type { Cidr, IpAddress, IpFamily } from '../base/ip-range.ts'
import { equalSets, pointsUpTo, type IntervalSet } from './interval-set.ts'
import type { Network } from './network.ts'

/** Addresses that are alike to all that may decide about them: what holds for the first of them holds for all. */
export interface AddressClass {
  readonly key: string
  readonly family: IpFamily
  readonly addresses: IntervalSet
  readonly first: IpAddress
}

/** Addresses that no route tells apart. */
export function routedClassOf(network: Network, address: IpAddress): AddressClass {
  return classIn(network, address, 'address-route-cuts', routePrefixes)
}

/** Addresses that neither a route nor a network ACL nor a firewall tells apart, all of one subnet where that is described. */
export function classOf(network: Network, address: IpAddress): AddressClass {
  return classIn(network, address, 'address-cuts', prefixes)
}

function classIn(
  network: Network,
  { family, value }: IpAddress,
  kind: string,
  prefixesOf: (network: Network) => Iterable<Cidr>,
): AddressClass {
  const cuts = cutsOf(network, family, kind, prefixesOf)
  const index = pointsUpTo(cuts, network.addresses.locate({ family, value }))
  const from = cuts[index - 1] ?? 0
  const until = cuts[index] ?? from
  const key = `${family} ${from} ${until}`
  return network.memo('address-class', key, () => {
    const addresses = from < until ? [from, until] : []
    return { key, family, addresses, first: network.addresses.firstOf(addresses, family) ?? { family, value } }
  })
}

/** Where any prefix that forwarding or a stateless filter knows begins or ends, in order. */
function cutsOf(
  network: Network,
  family: IpFamily,
  kind: string,
  prefixesOf: (network: Network) => Iterable<Cidr>,
): IntervalSet {
  return network.memo(
    kind,
    family,
    () => {
      const cuts = new Set<number>()
      for (const cidr of prefixesOf(network)) {
        if (cidr.family === family) for (const point of network.addresses.setOf([cidr], family)) cuts.add(point)
      }
      return [...cuts].sort((a, b) => a - b)
    },
    equalSets,
  )
}

function* routePrefixes({ tables }: Network): Generator<Cidr> {
  for (const { cidrs } of tables.vpcs.all()) yield* cidrs
  for (const { entries } of tables.prefixLists.all()) yield* entries ?? []
  for (const { routes } of [...tables.routeTables.all(), ...tables.transitGatewayTables.all()]) {
    for (const { destination } of routes ?? []) if (destination.is === 'cidr') yield destination.cidr
  }
  for (const { allowedPrefixes } of tables.directConnectAssociations.all()) yield* allowedPrefixes ?? []
}

function* prefixes(network: Network): Generator<Cidr> {
  const { tables } = network
  yield* routePrefixes(network)
  for (const { cidrs } of tables.subnets.all()) yield* cidrs
  for (const { ingress, egress } of tables.networkAcls.all()) {
    for (const { cidr } of ingress) yield cidr
    for (const { cidr } of egress) yield cidr
  }
  for (const { stateless, stateful } of tables.firewallRuleGroups.all()) {
    for (const rule of [...stateless, ...stateful]) {
      yield* rule.sources ?? []
      yield* rule.destinations ?? []
    }
  }
}
