import type { Cidr } from '../../base/ip-range.ts'
import type {
  TransitGatewayAttachment,
  TransitGatewayRoute,
  TransitGatewayTable,
} from '../../domain/network/transit-gateways.ts'

/** Where a transit gateway sends what one prefix holds. */
export type TransitGatewayHop =
  | { readonly is: 'blackhole' }
  /** Several for equal-cost paths; AWS may take any. */
  | { readonly is: 'attachments'; readonly attachmentIds: readonly string[] }

export interface TransitGatewayEntry {
  readonly cidr: Cidr
  readonly hop: TransitGatewayHop
}

/** Propagated routes to one destination, best first. (reachability §2.9; the order after Direct Connect is unverified) */
const PROPAGATED_ORDER: readonly TransitGatewayAttachment['kind'][] = [
  'vpc',
  'direct-connect-gateway',
  'connect',
  'vpn',
  'peering',
  'other',
]

/**
 * The one route of each destination that a table's lookup can choose: static before prefix list before propagated, whatever
 * state it is in. Prefix lists that could not be read are named: what they hold may go elsewhere.
 */
export function winningRoutes(
  table: TransitGatewayTable,
  kindOf: (attachmentId: string) => TransitGatewayAttachment['kind'] | null,
  prefixListEntries: (prefixListId: string) => readonly Cidr[] | null,
): { readonly entries: readonly TransitGatewayEntry[]; readonly unreadPrefixLists: readonly string[] } {
  const winners = new Map<string, { readonly cidr: Cidr; readonly rank: number; readonly route: TransitGatewayRoute }>()
  const unreadPrefixLists = new Set<string>()
  for (const route of table.routes ?? []) {
    const cidrs = destinationsOf(route, prefixListEntries)
    if (cidrs === null && route.destination.is === 'prefix-list') unreadPrefixLists.add(route.destination.prefixListId)
    const rank = rankOf(route, kindOf)
    for (const cidr of cidrs ?? []) {
      const winner = winners.get(cidr.text)
      if (winner === undefined || rank < winner.rank || (rank === winner.rank && goesBefore(route, winner.route))) {
        winners.set(cidr.text, { cidr, rank, route })
      }
    }
  }
  const entries = [...winners.values()].map(({ cidr, route }) => ({ cidr, hop: hopOf(route) }))
  return { entries, unreadPrefixLists: [...unreadPrefixLists].toSorted() }
}

function destinationsOf(
  { destination }: TransitGatewayRoute,
  prefixListEntries: (prefixListId: string) => readonly Cidr[] | null,
): readonly Cidr[] | null {
  return destination.is === 'cidr' ? [destination.cidr] : prefixListEntries(destination.prefixListId)
}

function rankOf(
  { isPropagated, destination, attachmentIds }: TransitGatewayRoute,
  kindOf: (attachmentId: string) => TransitGatewayAttachment['kind'] | null,
): number {
  if (!isPropagated) return destination.is === 'cidr' ? 0 : 1
  return 2 + PROPAGATED_ORDER.indexOf(kindOf(attachmentIds[0] ?? '') ?? 'other')
}

/** Among equals the smaller id, so that the order of a description decides nothing. */
function goesBefore(one: TransitGatewayRoute, other: TransitGatewayRoute): boolean {
  return one.attachmentIds.toSorted().join() < other.attachmentIds.toSorted().join()
}

function hopOf({ isBlackhole, attachmentIds }: TransitGatewayRoute): TransitGatewayHop {
  return isBlackhole || attachmentIds.length === 0
    ? { is: 'blackhole' }
    : { is: 'attachments', attachmentIds: attachmentIds.toSorted() }
}
