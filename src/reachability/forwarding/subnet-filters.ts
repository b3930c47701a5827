import type { IpFamily } from '../../base/ip-range.ts'
import type { PathStep } from '../../domain/network/open-path.ts'
import type { RouteTarget } from '../../domain/network/routes.ts'
import type { Remark } from '../edge.ts'
import { aclOfSubnet, aclTraffic, isAclTooLarge } from '../filters/network-acls.ts'
import { replyPorts } from '../filters/packet-match.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { isSameData } from '../network/same-data.ts'
import { intersection, isEmpty, type IntervalSet } from '../sets/interval-set.ts'
import { equalTraffic, fromSources, sourcesToAnyOf, type Traffic } from '../sets/traffic.ts'
import { addressesInDoubt, addressesRoutedTo, routingOf, tableOfSubnet, type Routing } from './routing.ts'

/** What stands between an edge and the interfaces of a subnet: many subnets share one. */
export interface SubnetFilters {
  /** Given by `network.nextSerial()`: equal serials, equal filters. */
  readonly serial: number
  readonly tableId: string
  /** `null`: not described, taken to be open. */
  readonly aclId: string | null
  readonly assumptions: readonly string[]
  readonly remarks: readonly Remark[]
  /** The network ACL as a published step. */
  readonly steps: readonly PathStep[]
}

/** The filters of a subnet, or what to say when its route table is not known. */
export function filtersOfSubnet(
  network: Network,
  subnetId: string,
  vpcId: string,
): SubnetFilters | { readonly remark: Remark } {
  return network.memo('subnet-filters', `${vpcId} ${subnetId}`, () => {
    const table = tableOfSubnet(network, subnetId, vpcId)
    if (table === null) return { remark: noTable(subnetId) }
    const acl = aclOfSubnet(network, subnetId, vpcId)
    // The subnet is named in what is assumed of an undescribed ACL, so that such subnets share nothing.
    return sharedFilters(network, table.id, acl === null ? { undescribedIn: subnetId } : { aclId: acl.id })
  })
}

/** Who may send to which port, when the answers must go back to this target of the subnet's route table. `sources.of` obeys the rule of `Network.memo`. */
export function subnetTraffic(
  network: Network,
  filters: SubnetFilters,
  backTo: RouteTarget & { readonly id: string },
  family: IpFamily,
  protocol: number,
  sources: { readonly key: string; of(): IntervalSet },
): Traffic {
  return network.memo(
    'subnet-traffic',
    `${filters.serial} ${backTo.is} ${backTo.id} ${family} ${protocol} ${sources.key}`,
    () => {
      const routed = addressesRoutedTo(routingOf(network, filters.tableId), family, backTo)
      const answered = answerable(network, filters.aclId, family, protocol)
      const from = intersection(intersection(sources.of(), routed), answered)
      return fromSources(aclTraffic(network, filters.aclId, 'ingress', family, protocol), from)
    },
    equalTraffic,
  )
}

/** To whom the network ACL lets out an answer, to some port that clients send from. (reachability §2.5) */
export function answerable(network: Network, aclId: string | null, family: IpFamily, protocol: number): IntervalSet {
  const outgoing = aclTraffic(network, aclId, 'egress', family, protocol)
  return sourcesToAnyOf(outgoing, replyPorts(protocol, network.options.clientPorts))
}

function sharedFilters(
  network: Network,
  tableId: string,
  acl: { readonly aclId: string } | { readonly undescribedIn: string },
): SubnetFilters {
  const aclId = 'aclId' in acl ? acl.aclId : null
  const key = `${tableId} ${aclId ?? ''} ${'undescribedIn' in acl ? acl.undescribedIn : ''}`
  const compute = (): SubnetFilters => {
    const routing = routingOf(network, tableId)
    const unread = routing.unreadPrefixLists.map(listId => unreadList(tableId, listId))
    const noAcl = 'undescribedIn' in acl ? [undescribedAcl(acl.undescribedIn)] : []
    const tooLarge = aclId !== null && isTooLarge(network, aclId) ? [largeAcl(aclId)] : []
    return {
      serial: network.nextSerial(),
      tableId,
      aclId,
      assumptions: [...unread, ...noAcl].map(({ detail }) => detail),
      remarks: [...unread, ...noAcl, ...tooLarge, ...doubts(routing)],
      steps: aclId === null ? [] : [{ componentId: aclId, componentType: COMPONENT.networkAcl }],
    }
  }
  return network.memo('shared-filters', key, compute, (a, b) => isSameData({ ...a, serial: 0 }, { ...b, serial: 0 }))
}

function isTooLarge(network: Network, aclId: string): boolean {
  return isAclTooLarge(network, aclId, 'ingress') || isAclTooLarge(network, aclId, 'egress')
}

function doubts(routing: Routing): readonly Remark[] {
  if (isEmpty(addressesInDoubt(routing, 'ipv4')) && isEmpty(addressesInDoubt(routing, 'ipv6'))) return []
  const detail = `${routing.tableId} has several routes to one destination: AWS may take any, and what depends on it is not reported.`
  return [{ reason: 'ambiguous-route', componentId: routing.tableId, weight: 'unknown', detail }]
}

function noTable(subnetId: string): Remark {
  const detail = `The route table of ${subnetId} was not described: where its answers go is not known.`
  return { reason: 'route-table-not-described', componentId: subnetId, weight: 'unknown', detail }
}

function unreadList(tableId: string, prefixListId: string): Remark {
  const detail = `The entries of the prefix list ${prefixListId}, which ${tableId} routes by, could not be read.`
  return { reason: 'routed-prefix-list-not-read', componentId: prefixListId, weight: 'unknown', detail }
}

function undescribedAcl(subnetId: string): Remark {
  const detail = `The network ACL of ${subnetId} was not described: it is taken to be open.`
  return { reason: 'network-acl-not-described', componentId: subnetId, weight: 'note', detail }
}

function largeAcl(aclId: string): Remark {
  const detail = `The network ACL ${aclId} has more entries than are analysed: some of what it allows is not reported.`
  return { reason: 'network-acl-too-large', componentId: aclId, weight: 'unknown', detail }
}
