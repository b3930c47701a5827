import type { Instant } from '../../base/clock.ts'
import type { Accelerator } from './accelerator.ts'
import type { Firewall, FirewallPolicy, FirewallRuleGroup } from './firewall.ts'
import type { DirectConnectAssociation, VirtualInterface, VpnConnection, VpnGateway } from './hybrid-links.ts'
import type { EndpointService, Instance, NetworkInterface, VpcEndpoint } from './interfaces.ts'
import type { ClassicLoadBalancer, LoadBalancer, TargetGroup } from './load-balancers.ts'
import type { NetworkAcl, PrefixList, SecurityGroup } from './packet-filters.ts'
import type { RouteTable } from './routes.ts'
import type { TransitGateway, TransitGatewayAttachment, TransitGatewayTable } from './transit-gateways.ts'
import type { BlockPublicAccess, EgressOnlyGateway, InternetGateway, NatGateway, Peering, Subnet, Vpc } from './vpcs.ts'

/**
 * The network configuration of one or several accounts and Regions at one time, free of AWS's wire shapes. Resources are
 * identified by their ids alone, in order of id, each once; deleted and failed ones are left out or bear their state.
 * What was not described is absent here and named in `missing`: absent and not missing means that there is none.
 */
export interface NetworkSnapshot {
  /** `null` where nobody says when the calls were recorded. */
  readonly takenAt: Instant | null
  readonly vpcs: readonly Vpc[]
  readonly subnets: readonly Subnet[]
  readonly interfaces: readonly NetworkInterface[]
  readonly instances: readonly Instance[]
  readonly securityGroups: readonly SecurityGroup[]
  readonly networkAcls: readonly NetworkAcl[]
  readonly prefixLists: readonly PrefixList[]
  readonly routeTables: readonly RouteTable[]
  readonly internetGateways: readonly InternetGateway[]
  readonly egressOnlyGateways: readonly EgressOnlyGateway[]
  readonly natGateways: readonly NatGateway[]
  readonly peerings: readonly Peering[]
  readonly blockPublicAccess: readonly BlockPublicAccess[]
  readonly vpnGateways: readonly VpnGateway[]
  readonly vpnConnections: readonly VpnConnection[]
  readonly virtualInterfaces: readonly VirtualInterface[]
  readonly directConnectAssociations: readonly DirectConnectAssociation[]
  readonly transitGateways: readonly TransitGateway[]
  readonly transitGatewayAttachments: readonly TransitGatewayAttachment[]
  readonly transitGatewayTables: readonly TransitGatewayTable[]
  readonly endpoints: readonly VpcEndpoint[]
  readonly endpointServices: readonly EndpointService[]
  readonly loadBalancers: readonly LoadBalancer[]
  readonly targetGroups: readonly TargetGroup[]
  readonly classicLoadBalancers: readonly ClassicLoadBalancer[]
  readonly firewalls: readonly Firewall[]
  readonly firewallPolicies: readonly FirewallPolicy[]
  readonly firewallRuleGroups: readonly FirewallRuleGroup[]
  readonly accelerators: readonly Accelerator[]
  readonly missing: readonly MissingInput[]
}

/** A call whose answer the snapshot lacks, wholly or for one resource. */
export interface MissingInput {
  /** As AWS names it: `DescribeNetworkAcls`. */
  readonly call: string
  /** `null` where that is not known. */
  readonly accountId: string | null
  readonly region: string | null
  /** The one resource that the call was about (`SearchTransitGatewayRoutes` of a table); `null` for the whole call. */
  readonly resourceId: string | null
  readonly why: 'not-recorded' | 'access-denied' | 'unreadable' | 'truncated'
  /** One sentence for a person. */
  readonly detail: string
}
