import type { Cidr } from '../../base/ip-range.ts'
import type { Owned } from './vpcs.ts'

/** A load balancer of the second generation. `id` is its ARN. */
export interface LoadBalancer extends Owned {
  readonly name: string
  readonly kind: 'application' | 'network' | 'gateway'
  readonly isInternetFacing: boolean
  readonly state: string
  readonly vpcId: string | null
  readonly zones: readonly { readonly zone: string; readonly subnetId: string }[]
  /** Empty for a network load balancer that was made without any: it filters nothing. */
  readonly securityGroupIds: readonly string[]
  readonly isDualStack: boolean
  /** `null` where the attributes were not described: the default of its kind holds. */
  readonly isCrossZone: boolean | null
  /** Whether its groups filter what comes over private links too; `null` where it is not told. */
  readonly filtersPrivateLink: boolean | null
  readonly listeners: readonly Listener[]
}

export interface Listener {
  /** ARN. */
  readonly id: string
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP' | 'QUIC' | 'TCP_QUIC' | 'GENEVE' | 'other'
  readonly port: number
  /** By priority, the default action last with no condition. `null` where the rules were not described. */
  readonly rules: readonly ListenerRule[] | null
}

export interface ListenerRule {
  /** ARN; that of the listener for its default action. */
  readonly id: string
  readonly isDefault: boolean
  /** Every condition must hold: one list of prefixes for each `source-ip` condition. Empty: any source. */
  readonly sources: readonly (readonly Cidr[])[]
  /** Whether there are conditions other than on sources: requests exist that the rule leaves to later ones. */
  readonly hasOtherConditions: boolean
  /** Target groups with a weight above zero; empty for a redirect or a fixed answer. */
  readonly targetGroupArns: readonly string[]
  readonly isAuthenticated: boolean
}

/** `id` is its ARN. */
export interface TargetGroup extends Owned {
  readonly name: string
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP' | 'QUIC' | 'TCP_QUIC' | 'GENEVE' | 'other'
  /** `null` for functions. */
  readonly port: number | null
  readonly targetKind: 'instance' | 'ip' | 'lambda' | 'alb'
  readonly isIpv6: boolean
  readonly vpcId: string | null
  /** `load-balancer`: as its balancer has it, also where the attributes were not described. */
  readonly crossZone: boolean | 'load-balancer'
  /** `null` where the attributes were not described: the default of protocol and target kind holds. */
  readonly preservesClientAddress: boolean | null
  /** `null` where their health was not described. */
  readonly targets: readonly Target[] | null
}

export interface Target {
  /** Instance id, address, or ARN of an application load balancer. */
  readonly id: string
  /** `null`: that of the target group. */
  readonly port: number | null
  /** Name or id of a zone, `all`, or `null` where it is not told. */
  readonly zone: string | null
  readonly health: string
}

/** A load balancer of the first generation. `id` is its name. */
export interface ClassicLoadBalancer extends Owned {
  readonly isInternetFacing: boolean
  /** `null` outside of a VPC. */
  readonly vpcId: string | null
  readonly subnetIds: readonly string[]
  readonly securityGroupIds: readonly string[]
  readonly isCrossZone: boolean | null
  readonly listeners: readonly { readonly protocol: string; readonly port: number; readonly instancePort: number }[]
  readonly instanceIds: readonly string[]
}
