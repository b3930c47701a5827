import type { IpFamily } from '../../base/ip-range.ts'
import type { RouteTarget } from '../../domain/network/routes.ts'
import type { Subnet } from '../../domain/network/vpcs.ts'
import type { Remark } from '../edge.ts'
import { crossing, type Leg, type Station } from '../filters/stations.ts'
import type { Network } from '../network/network.ts'
import { difference, intersection, isEmpty, type IntervalSet } from '../sets/interval-set.ts'
import { middleboxOf, type Middlebox } from './middleboxes.ts'
import { routingOf } from './routing.ts'
import { filtersOfSubnet } from './subnet-filters.ts'

/** Route table lookups that one packet may take; more are a loop. (reachability §4.2) */
const HOP_LIMIT = 16

/** Where packets to some destinations leave a VPC's forwarding, and what they met until then. */
export interface Exit {
  readonly destinations: IntervalSet
  /** `local` for the VPC's own subnets; never a middlebox, those are passed. */
  readonly target: RouteTarget
  /** The subnet whose table decided; `null` where it was that of a gateway. */
  readonly subnet: Subnet | null
  readonly tableId: string
  readonly stations: readonly Station[]
  /** In the order in which they are passed. */
  readonly boxes: readonly Middlebox[]
  readonly assumptions: readonly string[]
}

export interface WalkedOut {
  readonly exits: readonly Exit[]
  /** What may lead further than is known. */
  readonly remarks: readonly Remark[]
}

type Start = { readonly subnet: Subnet } | { readonly tableId: string }

/** Follows packets that are in a subnet (or at a gateway with a table) by route tables and through middleboxes. */
export function walkOut(
  network: Network,
  start: Start,
  leg: Leg,
  family: IpFamily,
  destinations: IntervalSet,
): WalkedOut {
  const exits: Exit[] = []
  const remarks = new Map<string, Remark>()
  const remark = (more: readonly Remark[]): void => {
    for (const one of more) remarks.set(`${one.reason} ${one.componentId}`, one)
  }
  const follow = (from: Omit<Exit, 'target'>): void => {
    const here = deliverInside(from)
    if (here === null) return
    const routing = routingOf(network, here.tableId)
    for (const [key, share] of routing[family].shares) {
      const target = targetOf(key)
      const reached = intersection(here.destinations, share)
      if (target === null || isEmpty(reached)) continue
      if (target.is !== 'endpoint' && target.is !== 'interface') {
        exits.push({ ...here, destinations: reached, target })
        continue
      }
      const box = middleboxOf(network, target)
      remark(box.remarks)
      if (box.is === 'dead-end' || box.isClosed || here.boxes.length >= HOP_LIMIT) continue
      // Who has passed a box does not come back to it: that is a loop.
      if (here.boxes.some(({ id }) => id === box.id)) continue
      const subnet = network.tables.subnets.get(box.subnetId)
      const next = subnet === null ? null : standIn(network, subnet, remark)
      if (subnet === null || next === null || subnet.vpcId !== vpcIdOf(here)) continue
      follow({
        destinations: reached,
        subnet,
        tableId: next.tableId,
        stations: [...here.stations, ...crossing(network, leg, family, here.subnet, subnet), ...box.stations],
        boxes: [...here.boxes, box],
        assumptions: [...here.assumptions, ...box.assumptions, ...next.assumptions],
      })
    }
  }
  /** What goes to the subnet that a packet is in needs no route. Returns the rest, `null` when there is none. */
  function deliverInside(from: Omit<Exit, 'target'>): Omit<Exit, 'target'> | null {
    if (from.subnet === null) return from
    const own = intersection(from.destinations, network.addresses.setOf(from.subnet.cidrs, family))
    if (isEmpty(own)) return from
    exits.push({ ...from, destinations: own, target: { is: 'local' } })
    const others = difference(from.destinations, own)
    return isEmpty(others) ? null : { ...from, destinations: others }
  }
  function vpcIdOf({ subnet, tableId }: Omit<Exit, 'target'>): string | undefined {
    return subnet === null ? network.tables.routeTables.get(tableId)?.vpcId : subnet.vpcId
  }
  const nothing = { destinations, stations: [], boxes: [], assumptions: [] }
  if ('tableId' in start) follow({ ...nothing, subnet: null, tableId: start.tableId })
  else {
    const first = standIn(network, start.subnet, remark)
    if (first !== null) follow({ ...nothing, subnet: start.subnet, ...first })
  }
  return { exits, remarks: [...remarks.values()] }
}

function standIn(
  network: Network,
  subnet: Subnet,
  remark: (remarks: readonly Remark[]) => void,
): { readonly tableId: string; readonly assumptions: readonly string[] } | null {
  const filters = filtersOfSubnet(network, subnet.id, subnet.vpcId)
  if ('remark' in filters) {
    remark([filters.remark])
    return null
  }
  remark(filters.remarks)
  return filters
}

/** A share's key is the kind and id of its target; `null` for what is in doubt. */
function targetOf(key: string): RouteTarget | null {
  if (key === 'local') return { is: 'local' }
  const space = key.indexOf(' ')
  const [is, id] = [key.slice(0, space), key.slice(space + 1)]
  // The keys of shares are made from targets, in `routing.ts`.
  return is === 'in' ? null : ({ is, id } as RouteTarget)
}
