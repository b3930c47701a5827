import type { IpFamily } from '../../base/ip-range.ts'
import type { MissingInput } from './network-snapshot.ts'
import type { PortRange } from './packet-filters.ts'

/** Where a path enters the instance's VPC. (reachability §1.1, §2.14, §2.15) */
export type EdgeKind = 'internet-gateway' | 'peering' | 'vpn-gateway' | 'transit-gateway' | 'global-accelerator'

export interface Edge {
  readonly kind: EdgeKind
  readonly id: string
}

/** One entry of `networkReachabilityDetails.networkPath.steps`. */
export interface PathStep {
  readonly componentId: string
  /** A CloudFormation type name, e.g. `AWS::EC2::InternetGateway`. */
  readonly componentType: string
  readonly componentArn?: string
}

/**
 * Ports of one instance's interface that answer connections from beyond one edge: the value of a NETWORK_REACHABILITY
 * finding. Ranges of one (instance, edge, interface, family, protocol, via) are maximal, and disjoint unless their
 * sources differ. (reachability §1.2, §1.3)
 */
export interface OpenPath {
  readonly accountId: string | null
  readonly region: string | null
  readonly instanceId: string
  readonly interfaceId: string
  readonly edge: Edge
  readonly family: IpFamily
  readonly protocol: 'TCP' | 'UDP'
  /** On the instance, also where a load balancer rewrites ports. */
  readonly ports: PortRange
  /** Canonical CIDRs, in order, without overlap. */
  readonly sources: readonly string[]
  /** `assumed` where the answer rests on something that was not described. */
  readonly confidence: 'certain' | 'assumed'
  /** What the answer would need to be certain; empty when it is. One sentence each. */
  readonly assumptions: readonly string[]
  /** Private addresses of the interface that are reached. */
  readonly targetAddresses: readonly string[]
  readonly publicAddresses: readonly string[]
  /** Ports that clients contact, where a load balancer or accelerator rewrites them. */
  readonly frontendPorts: readonly number[]
  /** Load balancers, accelerators and appliances on the way, in order: part of the identity. */
  readonly via: readonly string[]
  readonly instanceState: string
  /** In the order and with the types that Amazon Inspector publishes. */
  readonly steps: readonly PathStep[]
  /** Further ways with the same identity. */
  readonly alternatePathCount: number
  /** The whole proof, in the order of a packet there and back. */
  readonly hops: readonly Hop[]
  /** Whose components decide beside those of the instance's account and Region; absent where nobody worked it out. */
  readonly otherNetworks?: readonly NetworkPlace[]
}

/** An account in a Region, as resources name it. */
export interface NetworkPlace {
  readonly accountId: string
  readonly region: string | null
}

/** One decision on a path. */
export interface Hop {
  readonly componentId: string
  readonly componentType: string
  readonly direction: 'forward' | 'return'
  /** `passes`, or a stable code of what stops the packet. (reachability §9) */
  readonly verdict: 'passes' | BlockReason
  /** The rule that decides: `rtb-1 0.0.0.0/0 -> igw-1`, `acl-1 rule 100`, `sgr-1`; `null` where there is none. */
  readonly rule: string | null
  /** One sentence for a person. */
  readonly detail: string
}

export type BlockReason =
  | 'no-public-address'
  | 'no-internet-gateway'
  | 'source-not-routable'
  | 'destination-not-here'
  | 'interface-not-in-use'
  | 'no-route'
  | 'blackhole-route'
  | 'route-elsewhere'
  | 'network-acl-inbound'
  | 'network-acl-outbound'
  | 'security-group-inbound'
  | 'security-group-outbound'
  | 'peering-not-active'
  | 'peering-not-transitive'
  | 'vpn-gateway-dangling'
  | 'transit-gateway-association'
  | 'transit-gateway-route'
  | 'transit-gateway-zone'
  | 'load-balancer-listener'
  | 'load-balancer-target'
  | 'block-public-access'
  | 'firewall'
  | 'appliance'
  | 'routing-loop'

/** What the analysis cannot decide, or what was described and does nothing. Never silently "not reachable". */
export interface NetworkNotice {
  /** Constants that can be counted: `internet-gateway-not-described`, `prefix-list-not-read`, `dangling-vpn-gateway`. */
  readonly reason: string
  readonly componentId: string
  readonly instanceIds: readonly string[]
  /** `unknown`: paths may exist that are not reported. */
  readonly weight: 'unknown' | 'note'
  readonly detail: string
}

/** How far an instance is open, for its score: from the internet, from connected networks only, not at all. */
export type ExposureLevel = 'internet' | 'connected-networks' | 'none' | 'unknown'

/** What one run says of all instances of a snapshot. */
export interface NetworkVerdict {
  /** In order of instance, interface, edge, family, protocol, port. */
  readonly paths: Iterable<OpenPath>
  readonly notices: readonly NetworkNotice[]
  readonly missing: readonly MissingInput[]
}
