import { holdsRange, type Cidr, type IpAddress, type IpFamily } from '../../base/ip-range.ts'
import type { Route } from '../../domain/network/routes.ts'
import { equalSets, pointsUpTo, type IntervalSet } from '../sets/interval-set.ts'
import type { Network } from './network.ts'
import { overlappingVpcs } from './overlapping-vpcs.ts'

/** Addresses that are alike to all that may decide about them: what holds for the first of them holds for all. */
export interface AddressClass {
  readonly key: string
  readonly family: IpFamily
  readonly addresses: IntervalSet
  readonly first: IpAddress
}

/** Addresses that neither a route tells apart nor, where it matters to routing, the subnet. */
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

function* routePrefixes(network: Network): Generator<Cidr> {
  const { tables } = network
  for (const { cidrs } of tables.vpcs.all()) yield* cidrs
  for (const { entries } of tables.prefixLists.all()) yield* entries ?? []
  for (const { routes } of [...tables.routeTables.all(), ...tables.transitGatewayTables.all()]) {
    for (const { destination } of routes ?? []) if (destination.is === 'cidr') yield destination.cidr
  }
  for (const { allowedPrefixes } of tables.directConnectAssociations.all()) yield* allowedPrefixes ?? []
  yield* tellingSubnets(network)
}

/** Of VPCs that may pass on what comes in for their own addresses: there it matters in which subnet it comes in. */
function* tellingSubnets(network: Network): Generator<Cidr> {
  const { tables } = network
  const passing = new Set(overlappingVpcs(network))
  for (const { vpcId, routes } of tables.routeTables.all()) {
    const own = tables.vpcs.get(vpcId)?.cidrs ?? []
    const isWithin = (one: Cidr): boolean => own.some(cidr => one.length > cidr.length && holdsRange(cidr, one))
    const isPassing = ({ destination, target }: Route): boolean =>
      target.is !== 'local' && prefixesOf(network, destination).some(isWithin)
    if (routes.some(isPassing)) passing.add(vpcId)
  }
  for (const vpcId of passing) for (const { cidrs } of tables.subnets.under('by-vpc', vpcId)) yield* cidrs
}

function prefixesOf({ tables }: Network, destination: Route['destination']): readonly Cidr[] {
  return destination.is === 'cidr'
    ? [destination.cidr]
    : (tables.prefixLists.get(destination.prefixListId)?.entries ?? [])
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
