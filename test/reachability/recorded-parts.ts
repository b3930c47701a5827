import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import type {
  RawAcl,
  RawInstance,
  RawInterface,
  RawPeering,
  RawRouteTable,
  RawSecurityGroup,
  RawSubnet,
  RawVpc,
} from '../support/packet-simulator/wire.ts'

export const ACCOUNT = '111122223333'
export const REGION = 'eu-west-1'

type Json = Readonly<Record<string, unknown>>

/** A network as lists of what AWS would answer; what is left out is described, and empty. */
export interface NetworkParts {
  readonly vpcs?: readonly RawVpc[]
  readonly subnets?: readonly RawSubnet[]
  readonly interfaces?: readonly RawInterface[]
  readonly instances?: readonly RawInstance[]
  readonly securityGroups?: readonly RawSecurityGroup[]
  readonly acls?: readonly RawAcl[]
  readonly routeTables?: readonly RawRouteTable[]
  readonly internetGateways?: readonly Json[]
  readonly egressOnlyGateways?: readonly Json[]
  readonly natGateways?: readonly Json[]
  readonly peerings?: readonly RawPeering[]
  readonly vpnGateways?: readonly Json[]
  readonly vpnConnections?: readonly Json[]
  readonly virtualInterfaces?: readonly Json[]
  readonly directConnectAssociations?: readonly Json[]
  readonly prefixLists?: readonly { readonly id: string; readonly entries: readonly string[] }[]
  readonly transitGateways?: readonly Json[]
  readonly tgwAttachments?: readonly Json[]
  readonly tgwVpcAttachments?: readonly Json[]
  readonly tgwTables?: readonly {
    readonly id: string
    readonly transitGatewayId: string
    readonly routes: readonly Json[]
    readonly propagations: readonly string[]
  }[]
  readonly endpoints?: readonly Json[]
  readonly blockPublicAccess?: { readonly mode: string; readonly exclusions: readonly Json[] }
  readonly loadBalancers?: readonly { readonly balancer: Json; readonly isCrossZone?: boolean }[]
  readonly listeners?: readonly { readonly listener: Json; readonly rules: readonly Json[] | null }[]
  readonly targetGroups?: readonly {
    readonly group: Json
    readonly targets: readonly Json[]
    readonly attributes: Readonly<Record<string, string>>
  }[]
  readonly classicLoadBalancers?: readonly { readonly balancer: Json; readonly isCrossZone: boolean }[]
  readonly firewalls?: readonly Json[]
  readonly firewallPolicies?: readonly { readonly arn: string; readonly policy: Json }[]
  readonly ruleGroups?: readonly { readonly arn: string; readonly group: Json }[]
  readonly accelerators?: readonly {
    readonly accelerator: Json
    readonly listeners: readonly { readonly listener: Json; readonly endpointGroups: readonly Json[] }[]
  }[]
}

/** The parts as one account's recorded calls of one Region. */
export function recordedCalls(parts: NetworkParts): RecordedCall[] {
  return [
    call('DescribeVpcs', { Vpcs: parts.vpcs ?? [] }),
    call('DescribeSubnets', { Subnets: parts.subnets ?? [] }),
    call('DescribeNetworkInterfaces', { NetworkInterfaces: parts.interfaces ?? [] }),
    call('DescribeInstances', { Reservations: [{ Instances: parts.instances ?? [] }] }),
    call('DescribeSecurityGroups', { SecurityGroups: parts.securityGroups ?? [] }),
    call('DescribeNetworkAcls', { NetworkAcls: parts.acls ?? [] }),
    call('DescribeRouteTables', { RouteTables: parts.routeTables ?? [] }),
    call('DescribeInternetGateways', { InternetGateways: parts.internetGateways ?? [] }),
    call('DescribeEgressOnlyInternetGateways', { EgressOnlyInternetGateways: parts.egressOnlyGateways ?? [] }),
    call('DescribeNatGateways', { NatGateways: parts.natGateways ?? [] }),
    call('DescribeVpcPeeringConnections', { VpcPeeringConnections: parts.peerings ?? [] }),
    call('DescribeVpnGateways', { VpnGateways: parts.vpnGateways ?? [] }),
    call('DescribeVpnConnections', { VpnConnections: parts.vpnConnections ?? [] }),
    call('DescribeVirtualInterfaces', { virtualInterfaces: parts.virtualInterfaces ?? [] }),
    call('DescribeDirectConnectGatewayAssociations', {
      directConnectGatewayAssociations: parts.directConnectAssociations ?? [],
    }),
    call('DescribeManagedPrefixLists', {
      PrefixLists: (parts.prefixLists ?? []).map(({ id, entries }) => ({
        PrefixListId: id,
        PrefixListName: id,
        AddressFamily: entries.some(entry => entry.includes(':')) ? 'IPv6' : 'IPv4',
        OwnerId: ACCOUNT,
      })),
    }),
    ...(parts.prefixLists ?? []).map(({ id, entries }) =>
      call('GetManagedPrefixListEntries', { Entries: entries.map(Cidr => ({ Cidr })) }, { PrefixListId: id }),
    ),
    call('DescribePrefixLists', { PrefixLists: [] }),
    call('DescribeTransitGateways', { TransitGateways: parts.transitGateways ?? [] }),
    call('DescribeTransitGatewayAttachments', { TransitGatewayAttachments: parts.tgwAttachments ?? [] }),
    call('DescribeTransitGatewayVpcAttachments', { TransitGatewayVpcAttachments: parts.tgwVpcAttachments ?? [] }),
    call('DescribeTransitGatewayPeeringAttachments', { TransitGatewayPeeringAttachments: [] }),
    call('DescribeTransitGatewayRouteTables', {
      TransitGatewayRouteTables: (parts.tgwTables ?? []).map(({ id, transitGatewayId }) => ({
        TransitGatewayRouteTableId: id,
        TransitGatewayId: transitGatewayId,
        State: 'available',
      })),
    }),
    ...(parts.tgwTables ?? []).flatMap(({ id, routes, propagations }) => [
      call(
        'SearchTransitGatewayRoutes',
        { Routes: routes, AdditionalRoutesAvailable: false },
        { TransitGatewayRouteTableId: id },
      ),
      call(
        'GetTransitGatewayRouteTablePropagations',
        {
          TransitGatewayRouteTablePropagations: propagations.map(TransitGatewayAttachmentId => ({
            TransitGatewayAttachmentId,
            State: 'enabled',
          })),
        },
        { TransitGatewayRouteTableId: id },
      ),
    ]),
    call('DescribeVpcEndpoints', { VpcEndpoints: parts.endpoints ?? [] }),
    call('DescribeVpcEndpointServiceConfigurations', { ServiceConfigurations: [] }),
    call('DescribeInstanceConnectEndpoints', { InstanceConnectEndpoints: [] }),
    call('DescribeVpcBlockPublicAccessOptions', {
      VpcBlockPublicAccessOptions: {
        AwsAccountId: ACCOUNT,
        AwsRegion: REGION,
        State: 'update-complete',
        InternetGatewayBlockMode: parts.blockPublicAccess?.mode ?? 'off',
      },
    }),
    call('DescribeVpcBlockPublicAccessExclusions', {
      VpcBlockPublicAccessExclusions: parts.blockPublicAccess?.exclusions ?? [],
    }),
    ...loadBalancerCalls(parts),
    ...firewallCalls(parts),
    call('ListAccelerators', { Accelerators: (parts.accelerators ?? []).map(({ accelerator }) => accelerator) }),
    ...(parts.accelerators ?? []).flatMap(acceleratorCalls),
  ]
}

function call(name: string, answer: unknown, parameters?: Json): RecordedCall {
  const asked = { call: name, accountId: ACCOUNT, region: REGION, answer }
  return parameters === undefined ? asked : { ...asked, parameters }
}

function loadBalancerCalls(parts: NetworkParts): readonly RecordedCall[] {
  const attribute = (Key: string, Value: string) => ({ Key, Value })
  return [
    call('DescribeLoadBalancers', { LoadBalancers: (parts.loadBalancers ?? []).map(({ balancer }) => balancer) }),
    call('DescribeLoadBalancers', {
      LoadBalancerDescriptions: (parts.classicLoadBalancers ?? []).map(({ balancer }) => balancer),
    }),
    ...(parts.loadBalancers ?? []).flatMap(({ balancer, isCrossZone }) => {
      const LoadBalancerArn = balancer['LoadBalancerArn']
      const own = (parts.listeners ?? []).filter(({ listener }) => listener['LoadBalancerArn'] === LoadBalancerArn)
      return [
        call(
          'DescribeLoadBalancerAttributes',
          {
            Attributes:
              isCrossZone === undefined ? [] : [attribute('load_balancing.cross_zone.enabled', String(isCrossZone))],
          },
          { LoadBalancerArn },
        ),
        call('DescribeListeners', { Listeners: own.map(({ listener }) => listener) }, { LoadBalancerArn }),
      ]
    }),
    ...(parts.classicLoadBalancers ?? []).map(({ balancer, isCrossZone }) =>
      call(
        'DescribeLoadBalancerAttributes',
        { LoadBalancerAttributes: { CrossZoneLoadBalancing: { Enabled: isCrossZone } } },
        { LoadBalancerName: balancer['LoadBalancerName'] },
      ),
    ),
    ...(parts.listeners ?? []).flatMap(({ listener, rules }) =>
      rules === null ? [] : [call('DescribeRules', { Rules: rules }, { ListenerArn: listener['ListenerArn'] })],
    ),
    call('DescribeTargetGroups', { TargetGroups: (parts.targetGroups ?? []).map(({ group }) => group) }),
    ...(parts.targetGroups ?? []).flatMap(({ group, targets, attributes }) => {
      const parameters = { TargetGroupArn: group['TargetGroupArn'] }
      const described = targets.map(Target => ({ Target, TargetHealth: { State: 'healthy' } }))
      return [
        call('DescribeTargetHealth', { TargetHealthDescriptions: described }, parameters),
        call(
          'DescribeTargetGroupAttributes',
          { Attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)) },
          parameters,
        ),
      ]
    }),
  ]
}

function acceleratorCalls({
  accelerator,
  listeners,
}: NonNullable<NetworkParts['accelerators']>[number]): readonly RecordedCall[] {
  const Listeners = listeners.map(({ listener }) => listener)
  return [
    call('ListListeners', { Listeners }, { AcceleratorArn: accelerator['AcceleratorArn'] }),
    ...listeners.map(({ listener, endpointGroups }) =>
      call('ListEndpointGroups', { EndpointGroups: endpointGroups }, { ListenerArn: listener['ListenerArn'] }),
    ),
  ]
}

function firewallCalls(parts: NetworkParts): readonly RecordedCall[] {
  return [
    call('ListFirewalls', { Firewalls: [] }),
    ...(parts.firewalls ?? []).map(answer => call('DescribeFirewall', answer)),
    ...(parts.firewallPolicies ?? []).map(({ arn, policy }) =>
      call('DescribeFirewallPolicy', {
        FirewallPolicyResponse: { FirewallPolicyArn: arn },
        FirewallPolicy: policy,
      }),
    ),
    ...(parts.ruleGroups ?? []).map(({ arn, group }) =>
      call('DescribeRuleGroup', { RuleGroupResponse: { RuleGroupArn: arn }, RuleGroup: group }),
    ),
  ]
}
