import type { Cidr } from '../../base/ip-range.ts'
import type { Owned } from './vpcs.ts'

/** A virtual private gateway. */
export interface VpnGateway extends Owned {
  /** Of the attachment in state `attached`; `null` when there is none. */
  readonly vpcId: string | null
}

export interface VpnConnection extends Owned {
  readonly state: string
  readonly vpnGatewayId: string | null
  readonly transitGatewayId: string | null
  readonly hasStaticRoutesOnly: boolean
  /** Static routes in state `available`. */
  readonly routes: readonly Cidr[]
  /** Tunnels that telemetry says are up; `null` where there is none. Runtime state: clears nothing. */
  readonly tunnelsUp: number | null
}

/** A Direct Connect virtual interface. */
export interface VirtualInterface extends Owned {
  readonly kind: 'private' | 'public' | 'transit'
  readonly state: string
  readonly vpnGatewayId: string | null
  readonly directConnectGatewayId: string | null
}

/** A Direct Connect gateway joined to a virtual private or transit gateway. */
export interface DirectConnectAssociation {
  readonly directConnectGatewayId: string
  readonly gatewayId: string
  readonly state: string
  /** What is announced to the other side; `null` where the answer does not tell. */
  readonly allowedPrefixes: readonly Cidr[] | null
}
