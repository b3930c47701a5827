import type { IpFamily } from '../../base/ip-range.ts'
import type { TransitGatewayAttachment } from '../../domain/network/transit-gateways.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { Remark } from '../edge.ts'
import type { Network } from '../network/network.ts'
import { EMPTY_SET, union, type IntervalSet } from '../sets/interval-set.ts'
import { partitionByPrefix, sharesOf, type PrefixPartition } from '../sets/longest-prefix.ts'
import { winningRoutes, type TransitGatewayEntry } from './transit-gateway-routes.ts'

/** What one transit gateway table does with every address. (reachability §2.9) */
export interface TransitRouting {
  readonly ipv4: FamilyTransitRouting
  readonly ipv6: FamilyTransitRouting
  /** Prefix lists among the routes whose entries are not known, and the table itself when it could not be read. */
  readonly remarks: readonly Remark[]
}

interface FamilyTransitRouting {
  readonly partition: PrefixPartition<TransitGatewayEntry>
  /** By attachment. Destinations with equal-cost paths are in several. */
  readonly shares: ReadonlyMap<string, IntervalSet>
}

const CARRYING_STATES: ReadonlySet<string> = new Set(['available', 'modifying'])

export function carries({ state }: TransitGatewayAttachment): boolean {
  return CARRYING_STATES.has(state)
}

/** Attachments of the VPC in any state, one for each transit gateway that it is joined to. */
export function attachmentsOfVpc(network: Network, vpcId: string): readonly TransitGatewayAttachment[] {
  const all = network.tables.transitGatewayAttachments.under('by-resource', vpcId)
  return all.filter(({ kind }) => kind === 'vpc')
}

/** The attachment that carries traffic between a VPC and a transit gateway. */
export function attachmentBetween(
  network: Network,
  vpcId: string,
  transitGatewayId: string,
): TransitGatewayAttachment | null {
  const all = attachmentsOfVpc(network, vpcId)
  return all.find(one => one.transitGatewayId === transitGatewayId && carries(one)) ?? null
}

/** An attachment as its transit gateway sees it; the sides of a peering have one id. */
export function attachmentAt(
  network: Network,
  attachmentId: string,
  transitGatewayId: string,
): TransitGatewayAttachment | null {
  const sides = network.tables.transitGatewayAttachments.under('by-id', attachmentId)
  return sides.find(one => one.transitGatewayId === transitGatewayId) ?? null
}

/** The other side of a peering of transit gateways; `null` where it was not described. */
export function peerOf(network: Network, attachment: TransitGatewayAttachment): TransitGatewayAttachment | null {
  const { id, transitGatewayId, resourceId } = attachment
  const sides = network.tables.transitGatewayAttachments.under('by-id', id)
  const other = sides.find(one => one.transitGatewayId !== transitGatewayId)
  if (other !== undefined || resourceId === null) return other ?? null
  // Recordings that were made anonymous may have given each side an id of its own.
  const there = network.tables.transitGatewayAttachments.under('by-transit-gateway', resourceId)
  return there.find(one => one.kind === 'peering' && one.resourceId === transitGatewayId) ?? null
}

export function transitRoutingOf(network: Network, tableId: string): TransitRouting {
  return network.memo('transit-routing', tableId, () => {
    const table = network.tables.transitGatewayTables.get(tableId)
    if (table === null || table.routes === null) {
      return { ipv4: NO_ROUTING, ipv6: NO_ROUTING, remarks: [unreadTable(tableId)] }
    }
    const { entries, unreadPrefixLists } = winningRoutes(
      table,
      id => attachmentAt(network, id, table.transitGatewayId)?.kind ?? null,
      id => network.tables.prefixLists.get(id)?.entries ?? null,
    )
    const routing = (family: IpFamily): FamilyTransitRouting => {
      const partition = partitionByPrefix(
        network.addresses,
        family,
        entries.map(entry => ({ cidr: entry.cidr, value: entry })),
      )
      const joint = sharesOf(partition, ({ hop }) => (hop.is === 'blackhole' ? null : hop.attachmentIds.join(' ')))
      const shares = new Map<string, IntervalSet>()
      for (const [ids, share] of joint) {
        for (const id of ids.split(' ')) shares.set(id, union(shares.get(id) ?? EMPTY_SET, share))
      }
      return { partition, shares }
    }
    return {
      ipv4: routing('ipv4'),
      ipv6: routing('ipv6'),
      remarks: unreadPrefixLists.map(id => unreadList(tableId, id)),
    }
  })
}

/** The subnets that hold an attachment's interfaces; `null` where that was not described. */
function subnetsOf(network: Network, { subnetIds }: TransitGatewayAttachment): readonly Subnet[] | null {
  const subnets = subnetIds?.flatMap(id => network.tables.subnets.get(id) ?? []) ?? []
  return subnetIds === null || subnets.length < subnetIds.length ? null : subnets
}

/** Whether traffic may enter the attachment from a subnet: one of its zones must be that of the subnet. */
export function isZoneEnabled(
  network: Network,
  attachment: TransitGatewayAttachment,
  { zone }: Pick<Subnet, 'zone'>,
): boolean | 'unknown' {
  const subnets = subnetsOf(network, attachment)
  return subnets === null ? 'unknown' : subnets.some(subnet => subnet.zone === zone)
}

/** The subnet through which traffic from a zone enters an attachment that the zone is enabled in. */
export function doorIn(
  network: Network,
  attachment: TransitGatewayAttachment,
  { zone }: Pick<Subnet, 'zone'>,
): Subnet | null {
  return subnetsOf(network, attachment)?.find(subnet => subnet.zone === zone) ?? null
}

/**
 * Where traffic from a zone may come out of an attachment: in the same zone where it is enabled, else in any; in any also
 * with appliance mode, which keeps both directions of a connection in one. `null` for what was not described.
 */
export function doorsOut(
  network: Network,
  attachment: TransitGatewayAttachment,
  zone: string | null,
): readonly (Subnet | null)[] {
  const subnets = subnetsOf(network, attachment)
  if (subnets === null) return [null]
  const same = attachment.isApplianceMode ? [] : subnets.filter(subnet => subnet.zone === zone)
  return same.length > 0 ? same : subnets
}

const NO_ROUTING: FamilyTransitRouting = { partition: { starts: [], values: [] }, shares: new Map() }

function unreadTable(tableId: string): Remark {
  const detail = `The routes of ${tableId} could not be read: where it sends traffic is not known.`
  return { reason: 'transit-gateway-routes-not-read', componentId: tableId, weight: 'unknown', detail }
}

function unreadList(tableId: string, prefixListId: string): Remark {
  const detail = `The entries of the prefix list ${prefixListId}, which ${tableId} routes by, could not be read.`
  return { reason: 'routed-prefix-list-not-read', componentId: prefixListId, weight: 'unknown', detail }
}
