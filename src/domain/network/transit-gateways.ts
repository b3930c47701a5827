import type { Cidr } from '../../base/ip-range.ts'
import type { Owned } from './vpcs.ts'

export interface TransitGateway extends Owned {
  readonly state: string
  readonly supportsSecurityGroupReferences: boolean
}

/**
 * A peering has one id on both of its transit gateways: where both sides are described there are two values of that id,
 * told apart by `transitGatewayId`. Each has the association of its own side.
 */
export interface TransitGatewayAttachment extends Owned {
  readonly transitGatewayId: string
  readonly kind: 'vpc' | 'vpn' | 'direct-connect-gateway' | 'connect' | 'peering' | 'other'
  readonly state: string
  /** VPC, VPN connection, Direct Connect gateway or peer transit gateway. */
  readonly resourceId: string | null
  /** Of a VPC: one per enabled zone; `null` where the answer does not tell. */
  readonly subnetIds: readonly string[] | null
  readonly isApplianceMode: boolean
  readonly supportsSecurityGroupReferences: boolean
  /** The table that traffic from this attachment is looked up in; `null` when it has none. */
  readonly associatedTableId: string | null
}

export interface TransitGatewayTable extends Owned {
  readonly transitGatewayId: string
  /** Attachments that propagate into it; `null` where that was not described. */
  readonly propagatingAttachmentIds: readonly string[] | null
  /** `null` where they could not be read. */
  readonly routes: readonly TransitGatewayRoute[] | null
}

export interface TransitGatewayRoute {
  readonly destination:
    { readonly is: 'cidr'; readonly cidr: Cidr } | { readonly is: 'prefix-list'; readonly prefixListId: string }
  readonly isPropagated: boolean
  readonly isBlackhole: boolean
  /** Several for equal-cost paths. */
  readonly attachmentIds: readonly string[]
}
