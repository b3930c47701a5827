import type { Cidr, IpFamily } from '../../base/ip-range.ts'
import type { Owned } from './vpcs.ts'

/** Both ends included, 0 to 65535. */
export interface PortRange {
  readonly begin: number
  readonly end: number
}

/** IANA protocol number, or every protocol. */
export type ProtocolFilter = number | 'all'

/** `null` in a field is any. */
export interface IcmpFilter {
  readonly type: number | null
  readonly code: number | null
}

/** What of a packet a rule looks at besides addresses. */
export interface TrafficFilter {
  readonly protocol: ProtocolFilter
  /** For TCP and UDP; every port for other protocols. */
  readonly ports: PortRange
  /** For ICMP (1) and ICMPv6 (58), else `null`. */
  readonly icmp: IcmpFilter | null
}

export interface SecurityGroup extends Owned {
  readonly name: string
  readonly vpcId: string | null
  /** Rules that can match nothing (an ICMP code without a type) are left out. */
  readonly ingress: readonly SecurityGroupRule[]
  readonly egress: readonly SecurityGroupRule[]
}

/** One allowed peer of one permission. */
export interface SecurityGroupRule extends TrafficFilter {
  /** `sgr-…`; where it was not described, a name that the rule's content alone gives. */
  readonly id: string
  readonly peer: SecurityGroupPeer
}

export type SecurityGroupPeer =
  | { readonly is: 'cidr'; readonly cidr: Cidr }
  | { readonly is: 'prefix-list'; readonly prefixListId: string }
  | {
      readonly is: 'group'
      readonly groupId: string
      readonly accountId: string | null
      /** Where the group is in a peered VPC. */
      readonly peeringId: string | null
      /** A reference to a deleted peering or group: it admits nothing, for certain. */
      readonly isStale: boolean
    }

export interface PrefixList extends Owned {
  readonly name: string
  readonly family: IpFamily
  readonly isAwsManaged: boolean
  /** At the version in effect; `null` where they could not be read. */
  readonly entries: readonly Cidr[] | null
}

export interface NetworkAcl extends Owned {
  readonly vpcId: string
  readonly isDefault: boolean
  readonly subnetIds: readonly string[]
  /** By rising number, the final deny not among them. */
  readonly ingress: readonly NetworkAclEntry[]
  readonly egress: readonly NetworkAclEntry[]
}

export interface NetworkAclEntry extends TrafficFilter {
  readonly number: number
  readonly action: 'allow' | 'deny'
  readonly cidr: Cidr
}
