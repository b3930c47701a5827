import type { Cidr } from '../../base/ip-range.ts'

/** Whose a described thing is: the owner's account, not that of the caller who saw it. `null` where the answer lacks it. */
export interface Owned {
  readonly id: string
  readonly accountId: string | null
  readonly region: string | null
}

/** What VPC Block Public Access does to this VPC or subnet; `null` where the answer does not tell. (reachability §2.6) */
export type InternetBlockMode = 'off' | 'block-bidirectional' | 'block-ingress'

export interface Vpc extends Owned {
  /** Of both families, only those that are associated. */
  readonly cidrs: readonly Cidr[]
  readonly internetBlock: InternetBlockMode | null
}

export interface Subnet extends Owned {
  readonly vpcId: string
  /** The zone's id (`euw1-az1`), which is one zone in every account; its name where only that is told. */
  readonly zone: string
  readonly cidrs: readonly Cidr[]
  readonly internetBlock: InternetBlockMode | null
}

export interface InternetGateway extends Owned {
  /** `null` when it is attached to none. */
  readonly vpcId: string | null
}

export interface EgressOnlyGateway extends Owned {
  readonly vpcId: string | null
}

export interface NatGateway extends Owned {
  readonly vpcId: string
  readonly subnetId: string
  readonly kind: 'public' | 'private'
}

export interface Peering extends Owned {
  /** `active` is the only one that carries traffic. */
  readonly status: string
  readonly requester: PeeringSide
  readonly accepter: PeeringSide
}

export interface PeeringSide {
  readonly vpcId: string
  readonly accountId: string | null
  readonly region: string | null
  /** As the peering record gives them; empty where it does not. */
  readonly cidrs: readonly Cidr[]
}

/** VPC Block Public Access of one account in one Region. */
export interface BlockPublicAccess {
  readonly accountId: string | null
  readonly region: string | null
  readonly mode: InternetBlockMode
  readonly exclusions: readonly {
    readonly id: string
    /** VPC or subnet. */
    readonly resourceId: string
    readonly allows: 'bidirectional' | 'egress'
  }[]
}
