import type * as Raw from './wire.ts'

/** A recorded call, as loosely as the simulator needs it. */
export interface Recorded {
  readonly call: string
  readonly accountId: string | null
  readonly region: string | null
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly answer: unknown
}

/** The answers put side by side: lists as AWS gave them, and answers about one thing under its id. */
export interface World {
  readonly vpcs: readonly Raw.RawVpc[]
  readonly subnets: readonly Raw.RawSubnet[]
  readonly interfaces: readonly Raw.RawInterface[]
  readonly instances: readonly Raw.RawInstance[]
  readonly securityGroups: readonly Raw.RawSecurityGroup[]
  readonly acls: readonly Raw.RawAcl[]
  readonly routeTables: readonly Raw.RawRouteTable[]
  readonly internetGateways: readonly { InternetGatewayId: string; Attachments?: readonly RawAttachment[] }[]
  readonly vpnGateways: readonly { VpnGatewayId: string; VpcAttachments?: readonly RawAttachment[] }[]
  readonly vpnConnections: readonly Raw.RawVpnConnection[]
  readonly virtualInterfaces: readonly {
    virtualGatewayId?: string
    virtualInterfaceState?: string
    virtualInterfaceType?: string
  }[]
  readonly directConnectAssociations: readonly {
    directConnectGatewayId?: string
    associatedGateway?: { id?: string }
    associationState?: string
    allowedPrefixesToDirectConnectGateway?: readonly { cidr: string }[]
  }[]
  readonly peerings: readonly Raw.RawPeering[]
  /** Entries of prefix lists, by id. */
  readonly prefixLists: ReadonlyMap<string, readonly string[]>
  readonly transitGateways: readonly {
    TransitGatewayId: string
    Options?: { SecurityGroupReferencingSupport?: string }
  }[]
  readonly tgwAttachments: readonly Raw.RawTgwAttachment[]
  readonly tgwVpcAttachments: readonly {
    TransitGatewayAttachmentId: string
    VpcId: string
    SubnetIds?: readonly string[]
    Options?: { SecurityGroupReferencingSupport?: string; ApplianceModeSupport?: string }
  }[]
  /** Routes of transit gateway tables, by id. */
  readonly tgwRoutes: ReadonlyMap<string, readonly Raw.RawTgwRoute[]>
  readonly endpoints: readonly {
    VpcEndpointId: string
    VpcEndpointType: string
    State?: string
    SubnetIds?: readonly string[]
  }[]
  readonly blockOptions: readonly (Raw.RawTagged & { InternetGatewayBlockMode?: string })[]
  readonly blockExclusions: readonly { ResourceArn: string; InternetGatewayExclusionMode: string }[]
  readonly loadBalancers: readonly Raw.RawLoadBalancer[]
  readonly classicLoadBalancers: readonly Raw.RawClassicLoadBalancer[]
  readonly listeners: readonly Raw.RawListener[]
  /** Of a listener's ARN. */
  readonly rules: ReadonlyMap<string, readonly Raw.RawRule[]>
  readonly targetGroups: readonly Raw.RawTargetGroup[]
  /** Of a target group's ARN. */
  readonly targets: ReadonlyMap<string, readonly Raw.RawTarget[]>
  /** Attributes of load balancers and target groups, by ARN or classic name. */
  readonly attributes: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly firewalls: readonly { policyArn: string; endpointId: string; subnetId: string }[]
  readonly firewallPolicies: ReadonlyMap<string, Raw.RawFirewallPolicy>
  readonly ruleGroups: ReadonlyMap<string, Raw.RawRuleGroup>
  readonly accelerators: readonly {
    AcceleratorArn: string
    Enabled?: boolean
    IpSets?: readonly { IpAddresses: readonly string[] }[]
  }[]
  /** Of an accelerator's ARN. */
  readonly acceleratorListeners: ReadonlyMap<string, readonly Raw.RawAcceleratorListener[]>
  /** Of an accelerator listener's ARN. */
  readonly endpointGroups: ReadonlyMap<string, readonly Raw.RawEndpointGroup[]>
}

interface RawAttachment {
  readonly VpcId: string
  readonly State?: string
}

/** Puts the answers side by side. Of two records with one id the later one stays. */
export function worldOf(calls: readonly Recorded[]): World {
  const list = (call: string, key: string, id?: string): readonly never[] => {
    const found = calls.filter(recorded => recorded.call === call).flatMap(recorded => listIn(recorded.answer, key))
    if (id === undefined) return found
    return [...new Map(found.map(item => [String(field(item, id)), item])).values()]
  }
  const under = (call: string, parameter: string, key: string): ReadonlyMap<string, readonly never[]> => {
    const found = new Map<string, readonly never[]>()
    for (const recorded of calls) {
      if (recorded.call !== call) continue
      const id = String(recorded.parameters?.[parameter])
      found.set(id, [...(found.get(id) ?? []), ...listIn(recorded.answer, key)])
    }
    return found
  }
  const one = (call: string, arnKey: string, key: string): ReadonlyMap<string, never> =>
    new Map(
      calls
        .filter(recorded => recorded.call === call)
        .map(recorded => [arnIn(recorded, arnKey), field(recorded.answer, key) as never]),
    )
  return {
    vpcs: calls.filter(({ call }) => call === 'DescribeVpcs').flatMap(vpcsOf),
    subnets: list('DescribeSubnets', 'Subnets', 'SubnetId'),
    interfaces: list('DescribeNetworkInterfaces', 'NetworkInterfaces', 'NetworkInterfaceId'),
    instances: list('DescribeInstances', 'Reservations').flatMap(
      ({ Instances }: { Instances: readonly Raw.RawInstance[] }) => Instances,
    ),
    securityGroups: list('DescribeSecurityGroups', 'SecurityGroups', 'GroupId'),
    acls: list('DescribeNetworkAcls', 'NetworkAcls', 'NetworkAclId'),
    routeTables: list('DescribeRouteTables', 'RouteTables', 'RouteTableId'),
    internetGateways: list('DescribeInternetGateways', 'InternetGateways', 'InternetGatewayId'),
    vpnGateways: list('DescribeVpnGateways', 'VpnGateways', 'VpnGatewayId'),
    vpnConnections: list('DescribeVpnConnections', 'VpnConnections', 'VpnConnectionId'),
    virtualInterfaces: list('DescribeVirtualInterfaces', 'virtualInterfaces'),
    directConnectAssociations: list('DescribeDirectConnectGatewayAssociations', 'directConnectGatewayAssociations'),
    peerings: list('DescribeVpcPeeringConnections', 'VpcPeeringConnections', 'VpcPeeringConnectionId'),
    prefixLists: new Map(
      [...under('GetManagedPrefixListEntries', 'PrefixListId', 'Entries')].map(([id, entries]) => [
        id,
        entries.map(({ Cidr }: { Cidr: string }) => Cidr),
      ]),
    ),
    transitGateways: list('DescribeTransitGateways', 'TransitGateways', 'TransitGatewayId'),
    tgwAttachments: list('DescribeTransitGatewayAttachments', 'TransitGatewayAttachments'),
    tgwVpcAttachments: list('DescribeTransitGatewayVpcAttachments', 'TransitGatewayVpcAttachments'),
    tgwRoutes: under('SearchTransitGatewayRoutes', 'TransitGatewayRouteTableId', 'Routes'),
    endpoints: list('DescribeVpcEndpoints', 'VpcEndpoints', 'VpcEndpointId'),
    blockOptions: calls.filter(({ call }) => call === 'DescribeVpcBlockPublicAccessOptions').map(blockOptionOf),
    blockExclusions: list('DescribeVpcBlockPublicAccessExclusions', 'VpcBlockPublicAccessExclusions'),
    loadBalancers: list('DescribeLoadBalancers', 'LoadBalancers', 'LoadBalancerArn'),
    classicLoadBalancers: list('DescribeLoadBalancers', 'LoadBalancerDescriptions', 'LoadBalancerName'),
    listeners: list('DescribeListeners', 'Listeners', 'ListenerArn'),
    rules: under('DescribeRules', 'ListenerArn', 'Rules'),
    targetGroups: list('DescribeTargetGroups', 'TargetGroups', 'TargetGroupArn'),
    targets: new Map(
      [...under('DescribeTargetHealth', 'TargetGroupArn', 'TargetHealthDescriptions')].map(([arn, described]) => [
        arn,
        described.map(({ Target }: { Target: Raw.RawTarget }) => Target),
      ]),
    ),
    attributes: attributesOf(calls),
    firewalls: firewallsOf(calls),
    firewallPolicies: one('DescribeFirewallPolicy', 'FirewallPolicyArn', 'FirewallPolicy'),
    ruleGroups: one('DescribeRuleGroup', 'RuleGroupArn', 'RuleGroup'),
    accelerators: list('ListAccelerators', 'Accelerators', 'AcceleratorArn'),
    acceleratorListeners: under('ListListeners', 'AcceleratorArn', 'Listeners'),
    endpointGroups: under('ListEndpointGroups', 'ListenerArn', 'EndpointGroups'),
  }
}

function vpcsOf({ answer, region, accountId }: Recorded): readonly Raw.RawVpc[] {
  return listIn(answer, 'Vpcs').flatMap((vpc: Raw.RawVpc & { OwnerId?: string }) => [
    { ...vpc, Region: region, Account: vpc.OwnerId ?? accountId },
  ])
}

function blockOptionOf({ answer, region, accountId }: Recorded): World['blockOptions'][number] {
  return { ...(field(answer, 'VpcBlockPublicAccessOptions') as object), Region: region, Account: accountId }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

/** Believed to be what the caller says: the generator of the test wrote it. */
function listIn(answer: unknown, key: string): readonly never[] {
  const value = field(answer, key)
  return Array.isArray(value) ? (value as never[]) : []
}

function arnIn(recorded: Recorded, key: string): string {
  return String(recorded.parameters?.[key] ?? field(field(recorded.answer, key.replace('Arn', 'Response')), key))
}

function attributesOf(calls: readonly Recorded[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const attributes = new Map<string, ReadonlyMap<string, string>>()
  for (const { call, parameters, answer } of calls) {
    if (call !== 'DescribeLoadBalancerAttributes' && call !== 'DescribeTargetGroupAttributes') continue
    const id = parameters?.['LoadBalancerArn'] ?? parameters?.['TargetGroupArn'] ?? parameters?.['LoadBalancerName']
    const classic = field(field(answer, 'LoadBalancerAttributes'), 'CrossZoneLoadBalancing')
    const pairs =
      classic === undefined
        ? listIn(answer, 'Attributes').map(({ Key, Value }: Raw.RawAttribute) => [Key, Value] as const)
        : [['load_balancing.cross_zone.enabled', String(field(classic, 'Enabled'))] as const]
    attributes.set(String(id), new Map(pairs))
  }
  return attributes
}

function firewallsOf(calls: readonly Recorded[]): World['firewalls'] {
  return calls
    .filter(({ call }) => call === 'DescribeFirewall')
    .flatMap(({ answer }) => {
      const policyArn = String(field(field(answer, 'Firewall'), 'FirewallPolicyArn'))
      const states = field(field(answer, 'FirewallStatus'), 'SyncStates')
      return Object.values((states ?? {}) as Record<string, { Attachment?: { EndpointId: string; SubnetId: string } }>)
        .map(({ Attachment }) => Attachment)
        .filter(attachment => attachment !== undefined)
        .map(({ EndpointId, SubnetId }) => ({ policyArn, endpointId: EndpointId, subnetId: SubnetId }))
    })
}
