import { formatIpAddress, type IpAddress } from '../base/ip-range.ts'
import type { Instance, NetworkInterface } from '../domain/network/interfaces.ts'
import type { Edge } from '../domain/network/open-path.ts'
import { EDGE_KINDS } from './edge-kinds.ts'
import type { Entrance, Remark, Target, Way } from './edge.ts'
import { GONE_STATES } from './instance-states.ts'
import type { Network } from './network.ts'
import { openingOver, type Opening } from './opening.ts'
import { groupSet } from './security-groups.ts'

/** What was found of one interface of an instance. */
export interface InterfaceVerdict {
  readonly interface: NetworkInterface
  readonly instanceId: string
  /** `null` where the instance was not described. */
  readonly instance: Instance | null
  /** In order of edge, family and chain. */
  readonly passages: readonly Passage[]
}

/** What comes in over one edge and chain: the identity of paths but for protocol and ports. */
export interface Passage {
  readonly edge: Edge
  readonly family: Target['family']
  readonly via: readonly string[]
  /** The addresses that are reached, with the ways to each. */
  readonly targets: readonly { readonly target: Target; readonly ways: readonly Way[] }[]
  readonly opening: Opening
}

/** Verdicts on all interfaces of a subnet that belong to instances, by interface id. The unit in which changes are followed. */
export function verdictsInSubnet(network: Network, subnetId: string): ReadonlyMap<string, InterfaceVerdict> {
  return network.memo('subnet', subnetId, () => {
    const verdicts = new Map<string, InterfaceVerdict>()
    for (const eni of network.tables.interfaces.under('by-subnet', subnetId)) {
      const verdict = verdictOn(network, eni)
      if (verdict !== null) verdicts.set(eni.id, verdict)
    }
    return verdicts
  })
}

/** `null`: not an instance's, or delivers nothing. */
function verdictOn(network: Network, eni: NetworkInterface): InterfaceVerdict | null {
  const instanceId = eni.attachment?.instanceId ?? null
  if (instanceId === null || eni.status !== 'in-use' || eni.attachment?.status !== 'attached') return null
  const instance = network.tables.instances.get(instanceId)
  if (instance !== null && GONE_STATES.has(instance.state)) return null
  const passages = new Map<
    string,
    { edge: Edge; family: Target['family']; via: readonly string[]; targets: Passage['targets'][number][] }
  >()
  for (const entrance of entrancesOf(network, eni.vpcId)) {
    for (const target of targetsOf(network, eni)) {
      for (const [key, ways] of byChain(entrance.waysTo(target))) {
        const [first] = ways
        if (first === undefined) continue
        const { edge, family, via } = first
        const passage = passages.get(key) ?? { edge, family, via, targets: [] }
        passages.set(key, passage)
        passage.targets.push({ target, ways })
      }
    }
  }
  const groups = groupSet(network, eni.securityGroupIds)
  return {
    interface: eni,
    instanceId,
    instance,
    passages: [...passages.entries()]
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([, { edge, family, via, targets }]) => {
        return { edge, family, via, targets, opening: openingOver(network, distinctWays(targets), groups) }
      }),
  }
}

/** The ways to one address, over all edges. */
export function waysIn(network: Network, target: Target): readonly Way[] {
  return entrancesOf(network, target.interface.vpcId).flatMap(entrance => entrance.waysTo(target))
}

/** Every entrance of a VPC, of all kinds. */
function entrancesOf(network: Network, vpcId: string): readonly Entrance[] {
  return network.memo('entrances', vpcId, () =>
    EDGE_KINDS.flatMap(kind =>
      network.memo('entrances-of-kind', `${kind.name} ${vpcId}`, () => kind.entrancesOf(network, vpcId)),
    ),
  )
}

/** What was described in a VPC and does nothing. */
export function remarksOn(network: Network, vpcId: string): readonly Remark[] {
  return network.memo('vpc-remarks', vpcId, () => EDGE_KINDS.flatMap(kind => kind.remarksOn?.(network, vpcId) ?? []))
}

/** Addresses and delegated prefixes of an interface: all that is delivered to it. (reachability §2.3) */
export function targetsOf(network: Network, eni: NetworkInterface): readonly Target[] {
  const groups = groupSet(network, eni.securityGroupIds)
  const targets: Target[] = eni.addresses.map(({ address, text, publicAddress }) => ({
    interface: eni,
    family: address.family,
    address,
    text,
    publicAddress,
    groups,
  }))
  for (const { family, first, text } of eni.prefixes) {
    const address: IpAddress = { family, value: first }
    targets.push({
      interface: eni,
      family,
      address,
      text: text ?? formatIpAddress(address),
      publicAddress: null,
      groups,
    })
  }
  return targets
}

/** Ways of one edge, family and chain belong to one path. */
function byChain(ways: readonly Way[]): ReadonlyMap<string, readonly Way[]> {
  const chains = new Map<string, Way[]>()
  for (const way of ways) {
    const key = `${way.edge.kind} ${way.edge.id} ${way.family} ${way.via.join(' ')}`
    const chain = chains.get(key)
    if (chain === undefined) chains.set(key, [way])
    else chain.push(way)
  }
  return chains
}

/** In order of serial, so that interfaces with the same ways share one opening whatever the order of their addresses. */
function distinctWays(targets: Passage['targets']): readonly Way[] {
  const [only, ...others] = targets
  if (others.length === 0 && only !== undefined && only.ways.length === 1) return only.ways
  return [...new Set(targets.flatMap(({ ways }) => ways))].sort((a, b) => a.serial - b.serial)
}
