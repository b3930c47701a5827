/** AWS's services as their SDK clients are named. */
export type NetworkService =
  | 'ec2'
  | 'elastic-load-balancing-v2'
  | 'elastic-load-balancing'
  | 'direct-connect'
  | 'network-firewall'
  | 'global-accelerator'

/** One of the read-only calls that a network is described by. (reachability §5) */
export interface NetworkCall {
  /** As AWS names it; of the two that are called alike, the older is told apart by `(classic)`. */
  readonly call: string
  readonly service: NetworkService
  /** The member of the answer that holds what is read: files without a name that says it are known by it. */
  readonly member: string
  /** For calls about one resource: the parameter that names it, and where the ids come from. */
  readonly about: {
    readonly parameter: string
    readonly call: string
    readonly member: string
    /** The id in an item. */
    readonly field: string
    /** Only for ids that hold this. */
    readonly holding?: string
  } | null
  /** Items that are asked for at once; `null` where AWS does not let callers say. (API references, MaxResults) */
  readonly pageSize: number | null
  /** Further parameters that AWS asks for. */
  readonly input?: Readonly<Record<string, unknown>>
  /**
   * `needed`: without the answer something is unknown. `detail`: what it tells is told by others too, or only names things.
   */
  readonly weight: 'needed' | 'detail'
}

type Row = readonly [call: string, member: string, pageSize: number | null, weight?: 'detail']

const EC2: readonly Row[] = [
  ['DescribeVpcs', 'Vpcs', 1000],
  ['DescribeSubnets', 'Subnets', 1000],
  ['DescribeRouteTables', 'RouteTables', 100],
  ['DescribeNetworkAcls', 'NetworkAcls', 1000],
  ['DescribeSecurityGroups', 'SecurityGroups', 1000],
  ['DescribeSecurityGroupRules', 'SecurityGroupRules', 1000, 'detail'],
  ['DescribeNetworkInterfaces', 'NetworkInterfaces', 1000],
  ['DescribeInstances', 'Reservations', 1000],
  ['DescribeInternetGateways', 'InternetGateways', 1000],
  ['DescribeEgressOnlyInternetGateways', 'EgressOnlyInternetGateways', 255],
  ['DescribeNatGateways', 'NatGateways', 1000],
  ['DescribeAddresses', 'Addresses', null, 'detail'],
  ['DescribeVpcPeeringConnections', 'VpcPeeringConnections', 1000],
  ['DescribeManagedPrefixLists', 'PrefixLists', 100],
  ['DescribePrefixLists', 'PrefixLists', 1000, 'detail'],
  ['DescribeVpnGateways', 'VpnGateways', null],
  ['DescribeVpnConnections', 'VpnConnections', null],
  ['DescribeTransitGateways', 'TransitGateways', 1000],
  ['DescribeTransitGatewayAttachments', 'TransitGatewayAttachments', 1000],
  ['DescribeTransitGatewayVpcAttachments', 'TransitGatewayVpcAttachments', 1000],
  ['DescribeTransitGatewayPeeringAttachments', 'TransitGatewayPeeringAttachments', 1000],
  ['DescribeTransitGatewayRouteTables', 'TransitGatewayRouteTables', 1000],
  ['DescribeVpcEndpoints', 'VpcEndpoints', 1000],
  ['DescribeVpcEndpointServiceConfigurations', 'ServiceConfigurations', 1000],
  ['DescribeInstanceConnectEndpoints', 'InstanceConnectEndpoints', 50],
  ['DescribeVpcBlockPublicAccessOptions', 'VpcBlockPublicAccessOptions', null],
  ['DescribeVpcBlockPublicAccessExclusions', 'VpcBlockPublicAccessExclusions', 1000],
]

/** Every call, those that others take their ids from before them. */
export const NETWORK_CALLS: readonly NetworkCall[] = [
  ...EC2.map(([call, member, pageSize, weight]): NetworkCall => ({
    call,
    service: 'ec2',
    member,
    about: null,
    pageSize,
    weight: weight ?? 'needed',
  })),
  {
    call: 'GetManagedPrefixListEntries',
    service: 'ec2',
    member: 'Entries',
    about: about('PrefixListId', 'DescribeManagedPrefixLists', 'PrefixLists', 'PrefixListId'),
    pageSize: 100,
    weight: 'needed',
  },
  {
    call: 'SearchTransitGatewayRoutes',
    service: 'ec2',
    member: 'Routes',
    about: aboutTransitTable(),
    pageSize: 1000,
    input: { Filters: [{ Name: 'state', Values: ['active', 'blackhole'] }] },
    weight: 'needed',
  },
  {
    call: 'GetTransitGatewayRouteTablePropagations',
    service: 'ec2',
    member: 'TransitGatewayRouteTablePropagations',
    about: aboutTransitTable(),
    pageSize: 1000,
    weight: 'needed',
  },
  {
    call: 'GetTransitGatewayRouteTableAssociations',
    service: 'ec2',
    member: 'Associations',
    about: aboutTransitTable(),
    pageSize: 1000,
    weight: 'detail',
  },
  {
    call: 'DescribeVpcEndpointServicePermissions',
    service: 'ec2',
    member: 'AllowedPrincipals',
    about: about('ServiceId', 'DescribeVpcEndpointServiceConfigurations', 'ServiceConfigurations', 'ServiceId'),
    pageSize: 1000,
    weight: 'detail',
  },
  {
    call: 'DescribeLoadBalancers',
    service: 'elastic-load-balancing-v2',
    member: 'LoadBalancers',
    about: null,
    pageSize: 400,
    weight: 'needed',
  },
  {
    call: 'DescribeTargetGroups',
    service: 'elastic-load-balancing-v2',
    member: 'TargetGroups',
    about: null,
    pageSize: 400,
    weight: 'needed',
  },
  {
    call: 'DescribeListeners',
    service: 'elastic-load-balancing-v2',
    member: 'Listeners',
    about: about('LoadBalancerArn', 'DescribeLoadBalancers', 'LoadBalancers', 'LoadBalancerArn'),
    pageSize: 400,
    weight: 'needed',
  },
  {
    call: 'DescribeRules',
    service: 'elastic-load-balancing-v2',
    member: 'Rules',
    // Listeners of other balancers have their default action alone.
    about: { ...about('ListenerArn', 'DescribeListeners', 'Listeners', 'ListenerArn'), holding: ':listener/app/' },
    pageSize: 400,
    weight: 'needed',
  },
  {
    call: 'DescribeTargetHealth',
    service: 'elastic-load-balancing-v2',
    member: 'TargetHealthDescriptions',
    about: about('TargetGroupArn', 'DescribeTargetGroups', 'TargetGroups', 'TargetGroupArn'),
    pageSize: null,
    weight: 'needed',
  },
  {
    call: 'DescribeTargetGroupAttributes',
    service: 'elastic-load-balancing-v2',
    member: 'Attributes',
    about: about('TargetGroupArn', 'DescribeTargetGroups', 'TargetGroups', 'TargetGroupArn'),
    pageSize: null,
    weight: 'needed',
  },
  {
    call: 'DescribeLoadBalancerAttributes',
    service: 'elastic-load-balancing-v2',
    member: 'Attributes',
    about: about('LoadBalancerArn', 'DescribeLoadBalancers', 'LoadBalancers', 'LoadBalancerArn'),
    pageSize: null,
    weight: 'needed',
  },
  {
    call: 'DescribeLoadBalancers (classic)',
    service: 'elastic-load-balancing',
    member: 'LoadBalancerDescriptions',
    about: null,
    pageSize: 400,
    weight: 'needed',
  },
  {
    call: 'DescribeLoadBalancerAttributes (classic)',
    service: 'elastic-load-balancing',
    member: 'LoadBalancerAttributes',
    about: about('LoadBalancerName', 'DescribeLoadBalancers (classic)', 'LoadBalancerDescriptions', 'LoadBalancerName'),
    pageSize: null,
    weight: 'needed',
  },
  {
    call: 'DescribeVirtualInterfaces',
    service: 'direct-connect',
    member: 'VirtualInterfaces',
    about: null,
    pageSize: null,
    weight: 'needed',
  },
  {
    call: 'DescribeDirectConnectGateways',
    service: 'direct-connect',
    member: 'DirectConnectGateways',
    about: null,
    pageSize: null,
    weight: 'detail',
  },
  {
    call: 'DescribeDirectConnectGatewayAssociations',
    service: 'direct-connect',
    member: 'DirectConnectGatewayAssociations',
    about: about(
      'DirectConnectGatewayId',
      'DescribeDirectConnectGateways',
      'DirectConnectGateways',
      'DirectConnectGatewayId',
    ),
    pageSize: null,
    weight: 'needed',
  },
  ...firewallCalls('Firewalls', 'FirewallArn', 'DescribeFirewall', 'Firewall'),
  ...firewallCalls('FirewallPolicies', 'Arn', 'DescribeFirewallPolicy', 'FirewallPolicy'),
  ...firewallCalls('RuleGroups', 'Arn', 'DescribeRuleGroup', 'RuleGroup'),
  {
    call: 'ListAccelerators',
    service: 'global-accelerator',
    member: 'Accelerators',
    about: null,
    pageSize: 100,
    weight: 'needed',
  },
  {
    call: 'ListListeners',
    service: 'global-accelerator',
    member: 'Listeners',
    about: about('AcceleratorArn', 'ListAccelerators', 'Accelerators', 'AcceleratorArn'),
    pageSize: 100,
    weight: 'needed',
  },
  {
    call: 'ListEndpointGroups',
    service: 'global-accelerator',
    member: 'EndpointGroups',
    about: about('ListenerArn', 'ListListeners', 'Listeners', 'ListenerArn'),
    pageSize: 100,
    weight: 'needed',
  },
]

/** How the AWS CLI spells a call, and how files are named: `describe-vpcs`, `describe-load-balancers-classic`. */
export function fileNameOf(call: string): string {
  return call
    .replace(' (classic)', 'Classic')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
}

function firewallCalls(list: string, idField: string, describe: string, member: string): readonly NetworkCall[] {
  const listing = `List${list}`
  return [
    { call: listing, service: 'network-firewall', member: list, about: null, pageSize: 100, weight: 'detail' },
    {
      call: describe,
      service: 'network-firewall',
      member,
      about: about(`${member}Arn`, listing, list, idField),
      pageSize: null,
      weight: 'needed',
    },
  ]
}

function aboutTransitTable(): NonNullable<NetworkCall['about']> {
  const [call, member] = ['DescribeTransitGatewayRouteTables', 'TransitGatewayRouteTables']
  return about('TransitGatewayRouteTableId', call, member, 'TransitGatewayRouteTableId')
}

function about(parameter: string, call: string, member: string, field: string): NonNullable<NetworkCall['about']> {
  return { parameter, call, member, field }
}
