import type { Instance, NetworkInterface } from '../../domain/network/interfaces.ts'
import type { Edge } from '../../domain/network/open-path.ts'
import { EDGE_KINDS } from '../edge-kinds.ts'
import type { Entrance, Remark, Target, Way } from '../edge.ts'
import { groupSet } from '../filters/security-groups.ts'
import { GONE_STATES } from '../network/instance-states.ts'
import type { Network } from '../network/network.ts'
import { entrancesOfKind } from '../ways/entrances.ts'
import { targetsOf } from '../ways/targets.ts'
import { openingOver, type Opening } from './opening.ts'

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
  readonly targets: readonly ReachedTarget[]
  readonly opening: Opening
}

interface ReachedTarget {
  readonly target: Target
  readonly ways: readonly Way[]
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
  const passages: { chain: Chain; targets: ReachedTarget[] }[] = []
  const targets = targetsOf(network, eni)
  for (const entrance of entrancesOf(network, eni.vpcId)) {
    for (const target of targets) {
      for (const chain of chainsOf(entrance.waysTo(target))) {
        const passage = passages.find(other => other.chain.key === chain.key)
        if (passage === undefined) passages.push({ chain, targets: [{ target, ways: chain.ways }] })
        else passage.targets.push({ target, ways: chain.ways })
      }
    }
  }
  if (passages.length > 1) passages.sort((a, b) => (a.chain.key < b.chain.key ? -1 : 1))
  const groups = targets[0]?.groups ?? groupSet(network, eni.securityGroupIds)
  return {
    interface: eni,
    instanceId,
    instance,
    passages: passages.map(({ chain: { edge, family, via }, targets }) => {
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
  return network.memo('entrances', vpcId, () => EDGE_KINDS.flatMap(kind => entrancesOfKind(network, kind, vpcId)))
}

/** What was described in a VPC and does nothing. */
export function remarksOn(network: Network, vpcId: string): readonly Remark[] {
  return network.memo('vpc-remarks', vpcId, () => EDGE_KINDS.flatMap(kind => kind.remarksOn?.(network, vpcId) ?? []))
}

/** Ways of one edge, family and chain: they belong to one path. */
interface Chain extends Pick<Way, 'edge' | 'family' | 'via'> {
  /** Puts chains in order, too. */
  readonly key: string
  readonly ways: readonly Way[]
}

/** By the list itself: interfaces that come in by the same ways are handed the same list. */
const CHAINS = new WeakMap<readonly Way[], readonly Chain[]>()

function chainsOf(ways: readonly Way[]): readonly Chain[] {
  const known = CHAINS.get(ways)
  if (known !== undefined) return known
  const chains = new Map<string, { way: Way; ways: Way[] }>()
  for (const way of ways) {
    const key = `${way.edge.kind} ${way.edge.id} ${way.family} ${way.via.join(' ')}`
    const chain = chains.get(key)
    if (chain === undefined) chains.set(key, { way, ways: [way] })
    else chain.ways.push(way)
  }
  const found = [...chains].map(([key, { way, ways }]) => ({
    key,
    edge: way.edge,
    family: way.family,
    via: way.via,
    ways,
  }))
  CHAINS.set(ways, found)
  return found
}

/** In order of serial, so that interfaces with the same ways share one opening whatever the order of their addresses. */
function distinctWays(targets: Passage['targets']): readonly Way[] {
  const [only, ...others] = targets
  if (others.length === 0 && only !== undefined && only.ways.length === 1) return only.ways
  return [...new Set(targets.flatMap(({ ways }) => ways))].sort((a, b) => a.serial - b.serial)
}
