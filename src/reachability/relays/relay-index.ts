import { formatIpAddress, holdsAddress, parseIpAddress } from '../../base/ip-range.ts'
import type { Target } from '../edge.ts'
import type { Network } from '../network/network.ts'
import { isSameData } from '../network/same-data.ts'
import { primaryAddress, primaryInterface, relayNodes, type RelayNode } from './relay-places.ts'
import { relayOf, relayOfClassic, type Relay, type RelayListener, type RelayPool, type RelayTarget } from './relays.ts'

/** One place in a load balancer's configuration that leads to a target. */
export interface RelayEntry {
  readonly listener: RelayListener
  readonly listenerIndex: number
  readonly ruleIndex: number
  readonly pool: RelayPool
  readonly target: RelayTarget
}

/** ARN of a load balancer, or the name of a classic one. `null`: it takes no connections, or is not there. */
export function relayById(network: Network, id: string): Relay | null {
  const { loadBalancers, classicLoadBalancers, targetGroups } = network.tables
  return network.memo('relay', id, () => {
    const balancer = loadBalancers.get(id)
    if (balancer !== null) return relayOf(balancer, arn => targetGroups.get(arn) ?? undefined)
    const classic = classicLoadBalancers.get(id)
    return classic === null ? null : relayOfClassic(classic)
  })
}

/** Load balancers that may have targets in the VPC: its own, and those elsewhere that name addresses of it. In order. */
export function relaysInto(network: Network, vpcId: string): readonly string[] {
  return network.memo(
    'relays-into',
    vpcId,
    () => {
      const { loadBalancers, classicLoadBalancers } = network.tables
      const own = [...loadBalancers.under('by-vpc', vpcId), ...classicLoadBalancers.under('by-vpc', vpcId)]
      const foreign = foreignRelays(network).get(vpcId) ?? []
      return [...new Set([...own.map(({ id }) => id), ...foreign])].sort()
    },
    isSameData,
  )
}

/** By VPC, the load balancers of other VPCs with targets among its addresses. */
function foreignRelays(network: Network): ReadonlyMap<string, readonly string[]> {
  return network.memo('foreign-relays', '', () => {
    const found = new Map<string, string[]>()
    for (const balancer of network.tables.loadBalancers.all()) {
      const relay = relayById(network, balancer.id)
      for (const vpcId of relay === null ? [] : foreignVpcs(network, relay)) {
        found.set(vpcId, [...(found.get(vpcId) ?? []), balancer.id])
      }
    }
    return found
  })
}

function foreignVpcs(network: Network, relay: Relay): ReadonlySet<string> {
  const vpcs = network.tables.vpcs
  const own = vpcs.get(relay.vpcId)?.cidrs ?? []
  const found = new Set<string>()
  for (const { rules } of relay.listeners) {
    for (const { pools } of rules ?? []) {
      for (const { kind, targets } of pools) {
        for (const { id } of kind === 'ip' ? (targets ?? []) : []) {
          const address = parseIpAddress(id)
          if (address === null || own.some(cidr => holdsAddress(cidr, address))) continue
          for (const vpc of vpcs.all()) if (vpc.cidrs.some(cidr => holdsAddress(cidr, address))) found.add(vpc.id)
        }
      }
    }
  }
  return found
}

/** What in the load balancer leads to this address of this interface. */
export function entriesTo(network: Network, relay: Relay, target: Target): readonly RelayEntry[] {
  const byName = entriesByName(network, relay)
  const { interface: eni, text, family } = target
  const byAddress = byName.get(`ip ${text}`) ?? []
  const instanceId = eni.attachment?.instanceId ?? null
  const byInstance = instanceId === null ? [] : (byName.get(`instance ${instanceId}`) ?? [])
  if (byInstance.length === 0 || instanceId === null) return byAddress
  const primary = primaryInterface(network.tables.interfaces.under('by-instance', instanceId))
  const isPrimary = primary?.interface.id === eni.id && primaryAddress(eni, family)?.text === text
  return isPrimary ? [...byAddress, ...byInstance.filter(({ pool }) => pool.isIpv6 === (family === 'ipv6'))] : byAddress
}

/** What in a network load balancer leads to an application one. */
export function entriesToRelay(network: Network, relay: Relay, id: string): readonly RelayEntry[] {
  return entriesByName(network, relay).get(`alb ${id}`) ?? []
}

/** Network load balancers that have this application load balancer as a target. In order. */
export function relaysBefore(network: Network, relay: Relay): readonly Relay[] {
  if (relay.kind !== 'application') return []
  const { targetGroups, loadBalancers } = network.tables
  const groups = targetGroups.under('by-target', relay.id)
  const ids = new Set(groups.flatMap(({ id }) => loadBalancers.under('by-target-group', id).map(one => one.id)))
  return [...ids].sort().flatMap(id => relayById(network, id) ?? [])
}

export function nodesOf(network: Network, relay: Relay): readonly RelayNode[] {
  return network.memo('relay-nodes', relay.id, () => {
    const now = relayById(network, relay.id)
    return now === null
      ? []
      : relayNodes(now, description => network.tables.interfaces.under('by-description', description))
  })
}

function entriesByName(network: Network, { id }: Relay): ReadonlyMap<string, readonly RelayEntry[]> {
  return network.memo('relay-entries', id, () => {
    const found = new Map<string, RelayEntry[]>()
    relayById(network, id)?.listeners.forEach((listener, listenerIndex) => {
      listener.rules?.forEach(({ pools }, ruleIndex) => {
        for (const pool of pools) {
          for (const target of pool.targets ?? []) {
            const key = `${pool.kind} ${pool.kind === 'ip' ? addressText(target.id) : target.id}`
            const entries = found.get(key) ?? []
            found.set(key, entries)
            entries.push({ listener, listenerIndex, ruleIndex, pool, target })
          }
        }
      })
    })
    return found
  })
}

/** One spelling of an address, that of interfaces. */
function addressText(id: string): string {
  const address = parseIpAddress(id)
  return address === null || address.family === 'ipv4' ? id : formatIpAddress(address)
}
