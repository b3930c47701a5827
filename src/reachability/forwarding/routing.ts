import { holdsRange, parseCidr, type Cidr, type IpAddress, type IpFamily } from '../../base/ip-range.ts'
import type { Route, RouteTable, RouteTarget } from '../../domain/network/routes.ts'
import type { Network } from '../network/network.ts'
import { EMPTY_SET, type IntervalSet } from '../sets/interval-set.ts'
import { partitionByPrefix, sharesOf, valueAt, type PrefixPartition } from '../sets/longest-prefix.ts'

/** What a route table says of the addresses that one prefix decides. (reachability §2.2) */
export interface RouteChoice {
  readonly tableId: string
  readonly cidr: Cidr
  /** `null` where AWS may choose between routes that differ: overlapping prefix lists. */
  readonly target: RouteTarget | null
  /** Also for addresses that are never forwarded. */
  readonly isBlackhole: boolean
  /** As shown in proofs: `rtb-1 0.0.0.0/0 -> igw-1`. */
  readonly rule: string
}

export interface Routing {
  readonly tableId: string
  /** Prefix lists that decide where something goes and whose entries are not known. In order. */
  readonly unreadPrefixLists: readonly string[]
  readonly ipv4: FamilyRouting
  readonly ipv6: FamilyRouting
}

interface FamilyRouting {
  readonly partition: PrefixPartition<RouteChoice>
  readonly shares: ReadonlyMap<string, IntervalSet>
}

/** Link-local services that are never forwarded, whatever a table says. (documented; reachability §2.2) */
const NEVER_FORWARDED = ['169.254.168.0/22', 'fd00:ec2::/32'].flatMap(text => parseCidr(text) ?? [])

/** The table of a subnet: its own, else the main one of the VPC; `null` where neither was described. */
export function tableOfSubnet(network: Network, subnetId: string, vpcId: string): RouteTable | null {
  const { routeTables } = network.tables
  return routeTables.under('by-subnet', subnetId)[0] ?? routeTables.under('main-of-vpc', vpcId)[0] ?? null
}

/** The table that directs what comes in through an internet or virtual private gateway; mostly there is none. */
export function tableOfGateway(network: Network, gatewayId: string, vpcId: string): RouteTable | null {
  return network.tables.routeTables.under('by-gateway', gatewayId).find(table => table.vpcId === vpcId) ?? null
}

/** Whether the gateway's own table, if it has one, sends what comes in for the address elsewhere than straight to it. (reachability §2.12) */
export function isDiverted(network: Network, gatewayId: string, vpcId: string, address: IpAddress): boolean {
  const table = tableOfGateway(network, gatewayId, vpcId)
  const choice = table === null ? null : routeTo(network, routingOf(network, table.id), address)
  return table !== null && (choice === null || choice.isBlackhole || choice.target?.is !== 'local')
}

/** What a described table does with every address. */
export function routingOf(network: Network, tableId: string): Routing {
  return network.memo('routing', tableId, () => {
    const table = network.tables.routeTables.get(tableId)
    const { choices, unreadPrefixLists } = table === null ? NO_CHOICES : choicesOf(network, table)
    const routing = (family: IpFamily): FamilyRouting => {
      const entries = choices.map(choice => ({ cidr: choice.cidr, value: choice }))
      const partition = partitionByPrefix(network.addresses, family, entries)
      return { partition, shares: sharesOf(partition, keyOfChoice) }
    }
    return { tableId, unreadPrefixLists, ipv4: routing('ipv4'), ipv6: routing('ipv6') }
  })
}

/** The destinations that a table sends to this target, blackholes and doubtful choices not among them. */
export function addressesRoutedTo(routing: Routing, family: IpFamily, target: RouteTarget): IntervalSet {
  return routing[family].shares.get(keyOfTarget(target)) ?? EMPTY_SET
}

/** The destinations for which AWS may choose between different targets. */
export function addressesInDoubt(routing: Routing, family: IpFamily): IntervalSet {
  return routing[family].shares.get(IN_DOUBT) ?? EMPTY_SET
}

/** What decides where packets to the address go; `null`: no route, they are dropped. */
export function routeTo(network: Network, routing: Routing, address: IpAddress): RouteChoice | null {
  return valueAt(routing[address.family].partition, network.addresses.locate(address))
}

const IN_DOUBT = 'in doubt'
const NO_CHOICES: { choices: readonly RouteChoice[]; unreadPrefixLists: readonly string[] } = {
  choices: [],
  unreadPrefixLists: [],
}

/** One choice for each destination. (reachability §2.2, rules 3 to 6) */
function choicesOf(network: Network, table: RouteTable): typeof NO_CHOICES {
  const candidates = new Map<string, Candidate[]>()
  const unread = new Set<string>()
  const locals = localCidrs(network, table)
  const add = (cidr: Cidr, candidate: Candidate): void => {
    const others = candidates.get(cidr.text)
    if (others === undefined) candidates.set(cidr.text, [candidate])
    else others.push(candidate)
  }
  for (const cidr of locals) add(cidr, { rank: RANK.local, cidr, route: LOCAL_ROUTE })
  for (const route of table.routes) {
    const cidrs = cidrsOf(network, route)
    // What a gateway endpoint's list holds are the addresses of an AWS service: leaving them in is acceptable. (§2.14)
    if (cidrs === null && route.target.is !== 'endpoint' && route.destination.is === 'prefix-list') {
      unread.add(route.destination.prefixListId)
    }
    for (const cidr of cidrs ?? []) {
      if (route.isPropagated && locals.some(local => holdsRange(local, cidr))) continue
      add(cidr, { rank: rankOf(route), cidr, route })
    }
  }
  for (const cidr of NEVER_FORWARDED) add(cidr, { rank: RANK.never, cidr, route: NEVER_ROUTE })
  const choices = [...candidates.values()].map(same => best(table.id, same))
  return {
    // More specific routes inside of what is never forwarded do not exist.
    choices: choices.filter(
      choice => !NEVER_FORWARDED.some(never => never.text !== choice.cidr.text && holdsRange(never, choice.cidr)),
    ),
    unreadPrefixLists: [...unread].sort(),
  }
}

interface Candidate {
  readonly rank: number
  readonly cidr: Cidr
  readonly route: Pick<Route, 'target' | 'isBlackhole'>
}

const RANK = { never: 0, static: 1, local: 2, prefixList: 3, propagated: 4 }
const LOCAL_ROUTE: Candidate['route'] = { target: { is: 'local' }, isBlackhole: false }
const NEVER_ROUTE: Candidate['route'] = { target: { is: 'local' }, isBlackhole: true }

function rankOf({ destination, isPropagated }: Route): number {
  if (isPropagated) return RANK.propagated
  return destination.is === 'cidr' ? RANK.static : RANK.prefixList
}

function best(tableId: string, candidates: readonly Candidate[]): RouteChoice {
  const rank = Math.min(...candidates.map(candidate => candidate.rank))
  const winners = candidates.filter(candidate => candidate.rank === rank)
  const byText = new Map(winners.map(winner => [textOfRoute(winner.route), winner]))
  const texts = [...byText.keys()].sort()
  const winner = byText.get(texts[0] ?? '') ?? winners[0]
  if (winner === undefined) throw new Error(`a destination of ${tableId} has no route`)
  return {
    tableId,
    cidr: winner.cidr,
    target: texts.length > 1 ? null : winner.route.target,
    isBlackhole: texts.length === 1 && winner.route.isBlackhole,
    rule: `${tableId} ${winner.cidr.text} -> ${texts.join(' or ')}`,
  }
}

/** Blocks of the VPC: each is routed locally, also where the table's own record of that is missing. */
function localCidrs(network: Network, table: RouteTable): readonly Cidr[] {
  const described = table.routes.flatMap(({ destination, target, isPropagated }) =>
    destination.is === 'cidr' && target.is === 'local' && !isPropagated ? [destination.cidr] : [],
  )
  return [...(network.tables.vpcs.get(table.vpcId)?.cidrs ?? []), ...described]
}

function cidrsOf(network: Network, { destination }: Route): readonly Cidr[] | null {
  if (destination.is === 'cidr') return [destination.cidr]
  return network.tables.prefixLists.get(destination.prefixListId)?.entries ?? null
}

function textOfRoute({ target, isBlackhole }: Candidate['route']): string {
  const to = target.is === 'local' ? 'local' : target.id
  return isBlackhole ? `${to} (blackhole)` : to
}

function keyOfChoice({ target, isBlackhole }: RouteChoice): string | null {
  if (target === null) return IN_DOUBT
  return isBlackhole ? null : keyOfTarget(target)
}

function keyOfTarget(target: RouteTarget): string {
  return target.is === 'local' ? 'local' : `${target.is} ${target.id}`
}
