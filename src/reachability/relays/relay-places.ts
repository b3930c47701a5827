import type { IpFamily } from '../../base/ip-range.ts'
import type { InterfaceAddress, NetworkInterface } from '../../domain/network/interfaces.ts'
import type { Relay } from './relays.ts'

/** Where a load balancer takes connections and opens others. */
export interface RelayNode {
  readonly subnetId: string
  /** `null` where no interface of it is described in the subnet: it has one there all the same. */
  readonly interface: NetworkInterface | null
}

const LOAD_BALANCER_ARN = /:loadbalancer\/([^:]+)$/

/** What AWS writes into the descriptions of a load balancer's interfaces: `ELB app/name/id`, `ELB name`. (reachability §2.11) */
export function nodeDescription({ id, kind }: Pick<Relay, 'id' | 'kind'>): string | null {
  if (kind === 'classic') return `ELB ${id}`
  const name = LOAD_BALANCER_ARN.exec(id)?.[1]
  return name === undefined ? null : `ELB ${name}`
}

/** The nodes in each subnet that the load balancer is enabled in, in order. */
export function relayNodes(
  relay: Relay,
  interfacesDescribedAs: (description: string) => readonly NetworkInterface[],
): readonly RelayNode[] {
  const description = nodeDescription(relay)
  const interfaces = (description === null ? [] : interfacesDescribedAs(description)).filter(
    ({ vpcId, status }) => vpcId === relay.vpcId && status === 'in-use',
  )
  return relay.subnetIds.flatMap<RelayNode>(subnetId => {
    const here = interfaces.filter(one => one.subnetId === subnetId)
    return here.length === 0 ? [{ subnetId, interface: null }] : here.map(one => ({ subnetId, interface: one }))
  })
}

/**
 * The interface that a target registered by instance id is reached at: its primary one, the lowest id where nobody says
 * which that is.
 */
export function primaryInterface(interfaces: readonly NetworkInterface[]): {
  readonly interface: NetworkInterface
  readonly isAssumed: boolean
} | null {
  const first = interfaces.find(({ attachment }) => attachment?.deviceIndex === 0)
  if (first !== undefined) return { interface: first, isAssumed: false }
  const [unnumbered] = interfaces
    .filter(({ attachment }) => attachment !== null && attachment.deviceIndex === null)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
  return unnumbered === undefined ? null : { interface: unnumbered, isAssumed: interfaces.length > 1 }
}

/** The first address of the family: for IPv4 the primary one. */
export function primaryAddress({ addresses }: NetworkInterface, family: IpFamily): InterfaceAddress | null {
  return addresses.find(({ address }) => address.family === family) ?? null
}
