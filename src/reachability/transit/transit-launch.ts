import type { IpFamily } from '../../base/ip-range.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import { aclStations, type Station } from '../filters/stations.ts'
import { routingOf, tableOfSubnet } from '../forwarding/routing.ts'
import type { Network } from '../network/network.ts'
import { EMPTY_SET, union, type IntervalSet } from '../sets/interval-set.ts'

/** Subnets of one VPC in one zone that send and take alike. */
export interface LaunchGroup {
  readonly subnet: Subnet
  readonly addresses: IntervalSet
  /** What each transit gateway is sent, without anything between. */
  readonly toTransit: ReadonlyMap<string, IntervalSet>
  /** What is sent to appliances first. */
  readonly toBoxes: IntervalSet
  /** What entering one of the subnets asks of answers. */
  readonly back: readonly Station[]
  /** `null` when everything that matters was described. */
  readonly assumption: string | null
  readonly isRoutingKnown: boolean
}

/** The subnets of a VPC as places that connections to other VPCs start from. */
export function launchGroups(network: Network, vpcId: string, family: IpFamily): readonly LaunchGroup[] {
  return network.memo('launch-groups', `${vpcId} ${family}`, () => {
    const groups = new Map<string, LaunchGroup>()
    for (const subnet of network.tables.subnets.under('by-vpc', vpcId)) {
      const addresses = network.addresses.setOf(subnet.cidrs, family)
      if (addresses.length === 0) continue
      const tableId = tableOfSubnet(network, subnet.id, vpcId)?.id ?? null
      const out = aclStations(network, 'forward', family, subnet, 'egress')
      const back = aclStations(network, 'return', family, subnet, 'ingress')
      // A subnet of an attachment takes from its own transit gateway without its network ACL: it stays by itself.
      const key = [tableId ?? subnet.id, subnet.zone, out.length + back.length > 0 ? subnet.id : ''].join(' ')
      const same = groups.get(key)
      if (same !== undefined) groups.set(key, { ...same, addresses: union(same.addresses, addresses) })
      else groups.set(key, { subnet, addresses, back, ...routesOf(network, subnet.id, tableId, family) })
    }
    return [...groups.values()]
  })
}

function routesOf(
  network: Network,
  subnetId: string,
  tableId: string | null,
  family: IpFamily,
): Pick<LaunchGroup, 'toTransit' | 'toBoxes' | 'assumption' | 'isRoutingKnown'> {
  if (tableId === null) {
    const assumption = `The route table of ${subnetId} was not described: it is taken to have the routes that are needed.`
    return { toTransit: new Map(), toBoxes: EMPTY_SET, assumption, isRoutingKnown: false }
  }
  const toTransit = new Map<string, IntervalSet>()
  let toBoxes = EMPTY_SET
  for (const [key, share] of routingOf(network, tableId)[family].shares) {
    const [is = '', id = ''] = key.split(' ')
    if (is === 'transit-gateway') toTransit.set(id, share)
    else if (is === 'endpoint' || is === 'interface') toBoxes = union(toBoxes, share)
  }
  return { toTransit, toBoxes, assumption: null, isRoutingKnown: true }
}
