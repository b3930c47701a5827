import { holdsAddress, type IpAddress, type IpFamily } from '../../base/ip-range.ts'
import type { SecurityGroupRule } from '../../domain/network/packet-filters.ts'
import type { GroupSet, Remark } from '../edge.ts'
import type { Network } from '../network/network.ts'
import { has, isEmpty, setOfRuns, unionAll, type IntervalSet } from '../sets/interval-set.ts'
import {
  ALL_PORTS,
  equalTraffic,
  NO_TRAFFIC,
  PORT_COUNT,
  TrafficBuilder,
  trafficOf,
  unionOfTraffic,
  type Traffic,
} from '../sets/traffic.ts'
import type { Direction } from './network-acls.ts'
import { portsOf } from './packet-match.ts'

/**
 * Boundaries that the filter of one security group may be built from. AWS allows 1,000 rules for an interface, which need
 * some 10,000, or 2 million if all overlap; groups beyond the bound let pass what is counted first, and the rest is remarked.
 */
const WORK_LIMIT = 5_000_000

/**
 * Which addresses bear the identity of a group's members on some way: of interfaces in the same VPC or beyond an active
 * peering, of a load balancer's nodes. `membersOf` may read what `key` names; `null`: it cannot be told. (reachability §2.4)
 */
export interface GroupIdentity {
  readonly key: string
  membersOf(groupId: string, family: IpFamily): IntervalSet | null
}

export interface GroupFilter {
  /** Remote addresses × destination ports. */
  readonly traffic: Traffic
  /** What may let more pass, and on which ports. */
  readonly undecided: readonly { readonly remark: Remark; readonly ports: IntervalSet }[]
}

/** In the place of an interface's groups: it has none because it needs none, and takes everything. (reachability §2.11) */
export const NO_FILTER: GroupSet = { key: '*', ids: [] }

/** The groups of an interface as one value. */
export function groupSet(network: Network, ids: readonly string[]): GroupSet {
  const sorted = ids.length === 1 ? ids : [...new Set(ids)].sort()
  return network.memo('group-set', sorted.join(' '), () => ({ key: `g${network.nextSerial()}`, ids: sorted }))
}

/** What the groups let pass: the union of all their rules. No group, no rule, no traffic. */
export function groupFilter(
  network: Network,
  groups: GroupSet,
  direction: Direction,
  family: IpFamily,
  protocol: number,
  identity: GroupIdentity | null,
): GroupFilter {
  if (groups === NO_FILTER) return { traffic: trafficOf(ALL_PORTS, network.addresses.whole(family)), undecided: [] }
  // What is remembered under no identity must be computed with none: references may come later.
  const known = identity !== null && refersToGroups(network, groups, direction) ? identity : null
  return network.memo(
    'group-filter',
    `${groups.key} ${direction} ${family} ${protocol} ${known?.key ?? ''}`,
    () => {
      const filters = groups.ids.map(id => filterOfGroup(network, id, direction, family, protocol, known))
      return {
        traffic: unionOfTraffic(filters.map(filter => filter.traffic)),
        undecided: filters.flatMap(filter => filter.undecided),
      }
    },
    equalFilters,
  )
}

/** The rule with the smallest id that admits one packet; `null`: none does. */
export function admittingRule(
  network: Network,
  groups: GroupSet,
  direction: Direction,
  packet: { readonly remote: IpAddress; readonly protocol: number; readonly port: number },
  identity: GroupIdentity | null,
): { readonly groupId: string; readonly ruleId: string } | null {
  const { remote, protocol, port } = packet
  const found = groups.ids.flatMap(groupId =>
    (network.tables.securityGroups.get(groupId)?.[direction] ?? []).flatMap(rule => {
      const ports = portsOf(rule, protocol)
      const isAdmitted =
        ports !== null && ports.begin <= port && port <= ports.end && holds(network, rule, remote, identity)
      return isAdmitted ? [{ groupId, ruleId: rule.id }] : []
    }),
  )
  return found.sort((a, b) => (a.ruleId < b.ruleId ? -1 : a.ruleId > b.ruleId ? 1 : 0))[0] ?? null
}

function holds(
  network: Network,
  { peer }: SecurityGroupRule,
  remote: IpAddress,
  identity: GroupIdentity | null,
): boolean {
  if (peer.is === 'cidr') return holdsAddress(peer.cidr, remote)
  if (peer.is === 'prefix-list') {
    const entries = network.tables.prefixLists.get(peer.prefixListId)?.entries ?? []
    return entries.some(cidr => holdsAddress(cidr, remote))
  }
  const members = peer.isStale ? null : identity?.membersOf(peer.groupId, remote.family)
  return members !== null && members !== undefined && has(members, network.addresses.locate(remote))
}

function refersToGroups(network: Network, groups: GroupSet, direction: Direction): boolean {
  return network.memo('group-references', `${groups.key} ${direction}`, () =>
    groups.ids.some(id =>
      (network.tables.securityGroups.get(id)?.[direction] ?? []).some(rule => rule.peer.is === 'group'),
    ),
  )
}

function filterOfGroup(
  network: Network,
  groupId: string,
  direction: Direction,
  family: IpFamily,
  protocol: number,
  identity: GroupIdentity | null,
): GroupFilter {
  const key = `${groupId} ${direction} ${family} ${protocol} ${identity?.key ?? ''}`
  return network.memo(
    'one-group-filter',
    key,
    () => {
      const group = network.tables.securityGroups.get(groupId)
      if (group === null) return { traffic: NO_TRAFFIC, undecided: [undescribed(groupId)] }
      return filterOfRules(network, groupId, group[direction], family, protocol, identity)
    },
    equalFilters,
  )
}

function filterOfRules(
  network: Network,
  groupId: string,
  rules: readonly SecurityGroupRule[],
  family: IpFamily,
  protocol: number,
  identity: GroupIdentity | null,
): GroupFilter {
  const undecided: { remark: Remark; ports: IntervalSet }[] = []
  const byPorts = new Map<number, { readonly begin: number; readonly end: number; readonly sets: IntervalSet[] }>()
  for (const rule of rules) {
    const ports = portsOf(rule, protocol)
    if (ports === null) continue
    const sources = sourcesOf(network, rule, family, identity)
    if (!('remark' in sources)) {
      if (isEmpty(sources)) continue
      const key = ports.begin * PORT_COUNT + ports.end
      const same = byPorts.get(key)
      if (same === undefined) byPorts.set(key, { ...ports, sets: [sources] })
      else same.sets.push(sources)
    } else undecided.push({ remark: sources.remark, ports: [ports.begin, ports.end + 1] })
  }
  const rectangles = [...byPorts.values()]
    .map(({ begin, end, sets }) => ({ begin, end, sources: unionOfMany(sets) }))
    .sort((a, b) => a.begin - b.begin || a.end - b.end)
  const { traffic, isCut } = trafficOfRectangles(rectangles)
  if (isCut) undecided.push({ remark: tooLarge(groupId), ports: [0, PORT_COUNT] })
  return { traffic, undecided }
}

/** What a rule admits in the family, or why that cannot be told. */
function sourcesOf(
  network: Network,
  { peer }: SecurityGroupRule,
  family: IpFamily,
  identity: GroupIdentity | null,
): IntervalSet | { readonly remark: Remark } {
  if (peer.is === 'cidr') return network.addresses.setOf([peer.cidr], family)
  if (peer.is === 'prefix-list') {
    const entries = network.tables.prefixLists.get(peer.prefixListId)?.entries ?? null
    return entries === null ? { remark: unreadList(peer.prefixListId) } : network.addresses.setOf(entries, family)
  }
  if (identity === null || peer.isStale) return []
  const members = identity.membersOf(peer.groupId, family)
  return members ?? { remark: unknownMembers(peer.groupId) }
}

interface Rectangle {
  readonly begin: number
  readonly end: number
  readonly sources: IntervalSet
}

/** A sweep over the ports with the rectangles that are open at each. */
function trafficOfRectangles(rectangles: readonly Rectangle[]): { readonly traffic: Traffic; readonly isCut: boolean } {
  const builder = new TrafficBuilder()
  const starts = [...new Set([0, ...rectangles.flatMap(({ begin, end }) => [begin, end + 1])])].sort((a, b) => a - b)
  let open: Rectangle[] = []
  let [next, work] = [0, 0]
  for (const start of starts) {
    if (start >= PORT_COUNT) break
    open = open.filter(rectangle => rectangle.end >= start)
    for (let rectangle = rectangles[next]; rectangle?.begin === start; rectangle = rectangles[next]) {
      open.push(rectangle)
      next += 1
    }
    work += open.reduce((sum, { sources }) => sum + sources.length, open.length)
    if (work > WORK_LIMIT) {
      builder.add(start, [])
      return { traffic: builder.build(), isCut: true }
    }
    builder.add(start, unionOfMany(open.map(({ sources }) => sources)))
  }
  return { traffic: builder.build(), isCut: false }
}

/** Many small sets are sorted together; few are merged. */
function unionOfMany(sets: readonly IntervalSet[]): IntervalSet {
  if (sets.length < 16) return unionAll(sets)
  const runs: (readonly [number, number])[] = []
  for (const set of sets) {
    for (let index = 0; index + 1 < set.length; index += 2) runs.push([set[index] ?? 0, set[index + 1] ?? 0])
  }
  return setOfRuns(runs)
}

function equalFilters(a: GroupFilter, b: GroupFilter): boolean {
  return (
    equalTraffic(a.traffic, b.traffic) &&
    a.undecided.length === b.undecided.length &&
    a.undecided.every(({ remark, ports }, index) => {
      const other = b.undecided[index]
      return (
        remark.reason === other?.remark.reason &&
        remark.componentId === other.remark.componentId &&
        ports.every((point, at) => point === other.ports[at])
      )
    })
  )
}

function undescribed(groupId: string): { remark: Remark; ports: IntervalSet } {
  const detail = `The security group ${groupId} was not described: what it admits is not known.`
  return {
    remark: { reason: 'security-group-not-described', componentId: groupId, weight: 'unknown', detail },
    ports: [0, PORT_COUNT],
  }
}

function unreadList(prefixListId: string): Remark {
  const detail = `The entries of the prefix list ${prefixListId} could not be read: what they admit is not reported.`
  return { reason: 'prefix-list-not-read', componentId: prefixListId, weight: 'unknown', detail }
}

function unknownMembers(groupId: string): Remark {
  const detail = `The members of the security group ${groupId} were not described: what they may reach is not reported.`
  return { reason: 'group-members-not-described', componentId: groupId, weight: 'unknown', detail }
}

function tooLarge(groupId: string): Remark {
  const detail = `The security group ${groupId} has more rules than are analysed: some of what it admits is not reported.`
  return { reason: 'security-group-too-large', componentId: groupId, weight: 'unknown', detail }
}
