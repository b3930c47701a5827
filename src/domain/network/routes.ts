import type { Cidr } from '../../base/ip-range.ts'
import type { Owned } from './vpcs.ts'

export interface RouteTable extends Owned {
  readonly vpcId: string
  readonly isMain: boolean
  readonly subnetIds: readonly string[]
  /** Internet and virtual private gateways whose incoming traffic the table directs. */
  readonly gatewayIds: readonly string[]
  readonly routes: readonly Route[]
}

export interface Route {
  readonly destination:
    { readonly is: 'cidr'; readonly cidr: Cidr } | { readonly is: 'prefix-list'; readonly prefixListId: string }
  readonly target: RouteTarget
  readonly isBlackhole: boolean
  readonly isPropagated: boolean
}

export type RouteTarget =
  | { readonly is: 'local' }
  | {
      readonly is:
        | 'internet-gateway'
        | 'egress-only-gateway'
        | 'nat-gateway'
        | 'peering'
        | 'vpn-gateway'
        | 'transit-gateway'
        | 'endpoint'
        | 'interface'
        | 'carrier-gateway'
        | 'local-gateway'
        | 'core-network'
        /** A target that this version does not know. */
        | 'other'
      readonly id: string
    }
