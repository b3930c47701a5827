import type { AddressClass } from '../network/address-classes.ts'
import type { Network } from '../network/network.ts'
import { intersection, isEmpty, unionAll, type IntervalSet } from '../sets/interval-set.ts'
import {
  ALL_PORTS,
  fromSources,
  intersectTraffic,
  portsFrom,
  sourcesToAnyOf,
  trafficOf,
  unionOfTraffic,
  type Traffic,
} from '../sets/traffic.ts'
import { aclTraffic } from './network-acls.ts'
import { replyPorts } from './packet-match.ts'
import { passage, stationKey, type Station } from './stations.ts'

interface Passing {
  readonly sources: IntervalSet
  readonly stations: readonly Station[]
}

type AclStation = Extract<Station, { is: 'network-acl' }>

/** What passes like it: the same ports, replies to the same ports, the same network ACLs that look at clients. */
interface Alike {
  readonly ports: IntervalSet
  readonly replies: IntervalSet
  readonly filters: readonly AclStation[]
  readonly sources: IntervalSet[]
}

/**
 * The union of many passages to one target. A network ACL far away looks at the target, which is one address, so that
 * all that it says are two sets of ports: hundreds of far subnets mostly fall into a handful of cases.
 */
export function joinedPassages(
  network: Network,
  all: readonly Passing[],
  protocol: number,
  target: AddressClass,
): Traffic {
  const cases = new Map<string, Alike>()
  const others: Traffic[] = []
  const portsOf = portsTowards(network, protocol, target)
  for (const { stations, sources } of all) {
    const acls = stations.filter(station => station.is === 'network-acl')
    if (acls.length < stations.length) {
      others.push(fromSources(passage(network, stations, protocol, target), sources))
      continue
    }
    let ports: IntervalSet = ALL_PORTS
    let replies = replyPorts(protocol, network.options.clientPorts)
    const filters: AclStation[] = []
    for (const station of acls) {
      if (looksAtClients(station)) filters.push(station)
      else if (station.leg === 'forward') ports = intersection(ports, portsOf(station))
      else replies = intersection(replies, portsOf(station))
    }
    if (isEmpty(ports) || isEmpty(replies)) continue
    const key = `${ports.join()}|${replies.join()}|${filters.map(stationKey).sort().join()}`
    const alike = cases.get(key)
    if (alike === undefined) cases.set(key, { ports, replies, filters, sources: [sources] })
    else alike.sources.push(sources)
  }
  return unionOfTraffic([
    ...others,
    ...[...cases.values()].map(alike => trafficOfCase(network, alike, protocol, target)),
  ])
}

function trafficOfCase(
  network: Network,
  { ports, replies, filters, sources }: Alike,
  protocol: number,
  { family }: AddressClass,
): Traffic {
  let there = trafficOf(ports, unionAll(sources))
  let back = trafficOf(replies, network.addresses.whole(family))
  for (const { aclId, direction, leg } of filters) {
    const traffic = aclTraffic(network, aclId, direction, family, protocol)
    if (leg === 'forward') there = intersectTraffic(there, traffic)
    else back = intersectTraffic(back, traffic)
  }
  return fromSources(there, sourcesToAnyOf(back, replies))
}

/** Coming in on the way there, going out on the way back: the address it looks at is the client's. */
function looksAtClients({ leg, direction }: AclStation): boolean {
  return (leg === 'forward') === (direction === 'ingress')
}

/** What network ACLs that look at the target let pass: ports of it on the way there, of the client on the way back. */
function portsTowards(
  network: Network,
  protocol: number,
  { family, first }: AddressClass,
): (station: AclStation) => IntervalSet {
  const point = network.addresses.locate(first)
  const known = new Map<string, IntervalSet>()
  return ({ aclId, direction }) => {
    const key = `${direction} ${aclId}`
    const ports = known.get(key) ?? portsFrom(aclTraffic(network, aclId, direction, family, protocol), point)
    known.set(key, ports)
    return ports
  }
}
