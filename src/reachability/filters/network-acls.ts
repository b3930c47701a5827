import type { IpAddress, IpFamily } from '../../base/ip-range.ts'
import { holdsAddress } from '../../base/ip-range.ts'
import type { NetworkAcl, NetworkAclEntry } from '../../domain/network/packet-filters.ts'
import type { Network } from '../network/network.ts'
import { difference, EMPTY_SET, intersection, isEmpty, unionAll, type IntervalSet } from '../sets/interval-set.ts'
import { ALL_PORTS, equalTraffic, PORT_COUNT, TrafficBuilder, trafficOf, type Traffic } from '../sets/traffic.ts'
import { portsOf } from './packet-match.ts'

export type Direction = 'ingress' | 'egress'

/**
 * Boundaries that the filter of one direction of one network ACL may be built from. AWS allows 40 entries, which need
 * 300,000 at most; what comes after the bound in a larger one lets nothing pass, and is remarked.
 */
const WORK_LIMIT = 5_000_000

/** The network ACL that a subnet is joined to, else the default one of its VPC; `null` where neither was described. */
export function aclOfSubnet(network: Network, subnetId: string, vpcId: string): NetworkAcl | null {
  const { networkAcls } = network.tables
  return networkAcls.under('by-subnet', subnetId)[0] ?? networkAcls.under('default-of-vpc', vpcId)[0] ?? null
}

/**
 * What a described network ACL lets pass in one direction: remote addresses × destination ports, the first entry that
 * matches deciding, nothing where none does. `null` stands for one that was not described, which is taken to be as AWS makes
 * it: all open; the caller says so among its assumptions. (reachability §2.5, §6)
 */
export function aclTraffic(
  network: Network,
  aclId: string | null,
  direction: Direction,
  family: IpFamily,
  protocol: number,
): Traffic {
  if (aclId === null) return trafficOf(ALL_PORTS, network.addresses.whole(family))
  return network.memo(
    'acl-traffic',
    `${aclId} ${direction} ${family} ${protocol}`,
    () => trafficOfEntries(network, network.tables.networkAcls.get(aclId)?.[direction] ?? [], family, protocol).traffic,
    equalTraffic,
  )
}

/** Whether entries of a network ACL were left out because it has too many. */
export function isAclTooLarge(network: Network, aclId: string, direction: Direction): boolean {
  return network.memo('acl-size', `${aclId} ${direction}`, () => {
    const entries = network.tables.networkAcls.get(aclId)?.[direction] ?? []
    return entries.length > 100 && trafficOfEntries(network, entries, 'ipv4', 6).isCut
  })
}

/** The entry that decides on one packet; `null` for the final deny. */
export function decidingEntry(
  acl: NetworkAcl,
  direction: Direction,
  remote: IpAddress,
  protocol: number,
  port: number,
): NetworkAclEntry | null {
  return (
    inOrder(acl[direction]).find(entry => {
      const ports = portsOf(entry, protocol)
      return ports !== null && ports.begin <= port && port <= ports.end && holdsAddress(entry.cidr, remote)
    }) ?? null
  )
}

function trafficOfEntries(
  network: Network,
  entries: readonly NetworkAclEntry[],
  family: IpFamily,
  protocol: number,
): { readonly traffic: Traffic; readonly isCut: boolean } {
  const parts = inOrder(entries).flatMap(entry => {
    const ports = portsOf(entry, protocol)
    if (ports === null || entry.cidr.family !== family) return []
    return [{ ports, isAllowed: entry.action === 'allow', sources: network.addresses.setOf([entry.cidr], family) }]
  })
  const starts = [...new Set([0, ...parts.flatMap(({ ports }) => [ports.begin, ports.end + 1])])].sort((a, b) => a - b)
  const builder = new TrafficBuilder()
  let work = 0
  for (const start of starts) {
    if (start >= PORT_COUNT) break
    work += parts.length
    if (work > WORK_LIMIT) {
      builder.add(start, EMPTY_SET)
      break
    }
    let undecided: IntervalSet = network.addresses.whole(family)
    const allowed: IntervalSet[] = []
    for (const { ports, isAllowed, sources } of parts) {
      if (ports.begin > start || ports.end < start) continue
      work += 1 + undecided.length
      if (isAllowed) allowed.push(intersection(undecided, sources))
      undecided = difference(undecided, sources)
      if (isEmpty(undecided)) break
    }
    builder.add(start, unionAll(allowed))
  }
  return { traffic: builder.build(), isCut: work > WORK_LIMIT }
}

function inOrder(entries: readonly NetworkAclEntry[]): readonly NetworkAclEntry[] {
  const isInOrder = entries.every((entry, index) => entry.number >= (entries[index - 1]?.number ?? 0))
  return isInOrder ? entries : entries.toSorted((a, b) => a.number - b.number)
}
