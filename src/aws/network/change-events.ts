import { NETWORK_CALLS } from './network-calls.ts'

/** Calls of AWS that change a network, and which of ours must be made again to see it. */
export interface ChangeRow {
  /** As EventBridge names the service. */
  readonly source: string
  /** `detail.eventName`. */
  readonly events: readonly string[]
  readonly calls: 'all' | readonly string[]
}

const INTERFACES = ['DescribeNetworkInterfaces', 'DescribeInstances', 'DescribeAddresses']
const GROUPS = ['DescribeSecurityGroups', 'DescribeSecurityGroupRules']
const SUBNETS = ['DescribeSubnets', 'DescribeRouteTables', 'DescribeNetworkAcls']
const PEERINGS = ['DescribeVpcPeeringConnections', 'DescribeRouteTables', ...GROUPS]
const PUBLIC_ACCESS = [
  'DescribeVpcBlockPublicAccessOptions',
  'DescribeVpcBlockPublicAccessExclusions',
  'DescribeVpcs',
  'DescribeSubnets',
]
const BALANCERS = [
  'DescribeLoadBalancers',
  'DescribeLoadBalancers (classic)',
  'DescribeTargetGroups',
  'DescribeNetworkInterfaces',
]
const TRANSIT = [
  'DescribeTransitGateways',
  'DescribeTransitGatewayAttachments',
  'DescribeTransitGatewayVpcAttachments',
  'DescribeTransitGatewayPeeringAttachments',
  'DescribeTransitGatewayRouteTables',
  'DescribeRouteTables',
]
const VPN = ['DescribeVpnGateways', 'DescribeVpnConnections', 'DescribeRouteTables', ...TRANSIT]

const ofService = (service: string): readonly string[] =>
  NETWORK_CALLS.flatMap(call => (call.service === service ? call.call : []))

/** What changes which part of a description. (EC2, ELB, Direct Connect, Network Firewall, Global Accelerator, RAM: API references) */
export const CHANGE_ROWS: readonly ChangeRow[] = [
  row('aws.ec2', GROUPS, [
    ...each(['Authorize', 'Revoke'], ['SecurityGroupIngress', 'SecurityGroupEgress']),
    ...each(['Create', 'Delete'], ['SecurityGroup']),
    ...each(['Associate', 'Disassociate'], ['SecurityGroupVpc']),
    'ModifySecurityGroupRules',
  ]),
  row(
    'aws.ec2',
    ['DescribeNetworkAcls'],
    [
      ...each(['Create', 'Delete'], ['NetworkAcl', 'NetworkAclEntry']),
      'ReplaceNetworkAclEntry',
      'ReplaceNetworkAclAssociation',
    ],
  ),
  row(
    'aws.ec2',
    ['DescribeRouteTables'],
    [
      ...each(['Create', 'Delete'], ['Route', 'RouteTable']),
      ...each(['Associate', 'Disassociate'], ['RouteTable']),
      ...each(['Enable', 'Disable'], ['VgwRoutePropagation']),
      'ReplaceRoute',
      'ReplaceRouteTableAssociation',
    ],
  ),
  row(
    'aws.ec2',
    ['DescribeInternetGateways', 'DescribeRouteTables'],
    each(['Create', 'Delete', 'Attach', 'Detach'], ['InternetGateway']),
  ),
  row(
    'aws.ec2',
    ['DescribeEgressOnlyInternetGateways', 'DescribeRouteTables'],
    each(['Create', 'Delete'], ['EgressOnlyInternetGateway']),
  ),
  row(
    'aws.ec2',
    ['DescribeNatGateways', 'DescribeRouteTables', ...INTERFACES],
    [...each(['Create', 'Delete'], ['NatGateway']), ...each(['Associate', 'Disassociate'], ['NatGatewayAddress'])],
  ),
  row('aws.ec2', INTERFACES, [
    'RunInstances',
    ...each(['Start', 'Stop', 'Terminate'], ['Instances']),
    ...each(['Associate', 'Disassociate', 'Release'], ['Address']),
    ...each(['Create', 'Delete', 'Attach', 'Detach'], ['NetworkInterface']),
    ...each(['Assign', 'Unassign'], ['PrivateIpAddresses', 'Ipv6Addresses']),
    'ModifyNetworkInterfaceAttribute',
    'ResetNetworkInterfaceAttribute',
    'ModifyInstanceAttribute',
  ]),
  // Of all tags only those of instances are shown, and one of them excludes its instance.
  row('aws.ec2', ['DescribeInstances'], each(['Create', 'Delete'], ['Tags'])),
  // A new VPC has its own table, ACL and group; a deleted one takes them with it.
  row(
    'aws.ec2',
    ['DescribeVpcs', ...SUBNETS, ...GROUPS],
    [...each(['Create', 'Delete'], ['Vpc']), ...each(['Associate', 'Disassociate'], ['VpcCidrBlock'])],
  ),
  row('aws.ec2', 'all', ['CreateDefaultVpc', 'CreateDefaultSubnet']),
  row('aws.ec2', SUBNETS, [
    ...each(['Create', 'Delete'], ['Subnet']),
    ...each(['Associate', 'Disassociate'], ['SubnetCidrBlock']),
  ]),
  row('aws.ec2', PEERINGS, each(['Create', 'Accept', 'Reject', 'Delete'], ['VpcPeeringConnection'])),
  row(
    'aws.ec2',
    ['DescribeManagedPrefixLists'],
    [...each(['Create', 'Modify', 'Delete'], ['ManagedPrefixList']), 'RestoreManagedPrefixListVersion'],
  ),
  row('aws.ec2', VPN, [
    ...each(['Create', 'Delete', 'Attach', 'Detach'], ['VpnGateway']),
    ...each(['Create', 'Delete'], ['VpnConnection', 'VpnConnectionRoute']),
    'ModifyVpnConnection',
  ]),
  row('aws.ec2', TRANSIT, [
    ...each(['Create', 'Modify', 'Delete'], ['TransitGateway', 'TransitGatewayPrefixListReference']),
    ...each(['Create', 'Accept', 'Reject', 'Modify', 'Delete'], ['TransitGatewayVpcAttachment']),
    ...each(['Create', 'Accept', 'Reject', 'Delete'], ['TransitGatewayPeeringAttachment']),
    ...each(['Create', 'Delete'], ['TransitGatewayConnect', 'TransitGatewayRoute', 'TransitGatewayRouteTable']),
    ...each(['Associate', 'Disassociate'], ['TransitGatewayRouteTable']),
    ...each(['Enable', 'Disable'], ['TransitGatewayRouteTablePropagation']),
    'ReplaceTransitGatewayRoute',
  ]),
  row(
    'aws.ec2',
    ['DescribeVpcEndpoints', 'DescribeRouteTables', 'DescribeNetworkInterfaces'],
    ['CreateVpcEndpoint', 'ModifyVpcEndpoint', 'DeleteVpcEndpoints'],
  ),
  row(
    'aws.ec2',
    ['DescribeVpcEndpointServiceConfigurations'],
    [
      'CreateVpcEndpointServiceConfiguration',
      'ModifyVpcEndpointServiceConfiguration',
      'DeleteVpcEndpointServiceConfigurations',
      'ModifyVpcEndpointServicePermissions',
    ],
  ),
  row('aws.ec2', ['DescribeInstanceConnectEndpoints'], each(['Create', 'Delete'], ['InstanceConnectEndpoint'])),
  row('aws.ec2', PUBLIC_ACCESS, [
    'ModifyVpcBlockPublicAccessOptions',
    ...each(['Create', 'Modify', 'Delete'], ['VpcBlockPublicAccessExclusion']),
  ]),
  // Both generations of load balancers have one source and in part the same names.
  row('aws.elasticloadbalancing', BALANCERS, [
    ...each(['Create', 'Delete'], ['LoadBalancer', 'LoadBalancerListeners']),
    ...each(['Create', 'Modify', 'Delete'], ['Listener', 'Rule']),
    ...each(['Enable', 'Disable'], ['AvailabilityZonesForLoadBalancer']),
    'AttachLoadBalancerToSubnets',
    'DetachLoadBalancerFromSubnets',
    'ApplySecurityGroupsToLoadBalancer',
    'RegisterInstancesWithLoadBalancer',
    'DeregisterInstancesFromLoadBalancer',
    'ModifyLoadBalancerAttributes',
    'SetSecurityGroups',
    'SetSubnets',
    'SetIpAddressType',
    'SetRulePriorities',
  ]),
  row(
    'aws.elasticloadbalancing',
    ['DescribeTargetGroups'],
    [
      ...each(['Create', 'Modify', 'Delete'], ['TargetGroup']),
      ...each(['Register', 'Deregister'], ['Targets']),
      'ModifyTargetGroupAttributes',
    ],
  ),
  row('aws.directconnect', ofService('direct-connect'), [
    ...each(
      ['Create', 'Confirm', 'Allocate'],
      ['PrivateVirtualInterface', 'PublicVirtualInterface', 'TransitVirtualInterface'],
    ),
    ...each(['Associate', 'Delete'], ['VirtualInterface']),
    ...each(['Create', 'Delete'], ['DirectConnectGateway']),
    ...each(['Create', 'Update', 'Delete'], ['DirectConnectGatewayAssociation']),
    'AcceptDirectConnectGatewayAssociationProposal',
  ]),
  row(
    'aws.network-firewall',
    [...ofService('network-firewall'), 'DescribeVpcEndpoints', 'DescribeRouteTables'],
    [
      ...each(['Create', 'Delete'], ['Firewall']),
      ...each(['Create', 'Update', 'Delete'], ['FirewallPolicy', 'RuleGroup']),
      ...each(['Associate', 'Disassociate'], ['Subnets', 'AvailabilityZones']),
      'AssociateFirewallPolicy',
    ],
  ),
  row('aws.globalaccelerator', ofService('global-accelerator'), [
    ...each(['Create', 'Update', 'Delete'], ['Accelerator', 'Listener', 'EndpointGroup']),
    ...each(['Add', 'Remove'], ['Endpoints']),
  ]),
  row('aws.ram', 'all', [
    ...each(['Associate', 'Disassociate', 'Delete'], ['ResourceShare']),
    'AcceptResourceShareInvitation',
  ]),
]

/** What is asked again when an instance is in another state. */
export const INSTANCE_STATE_CALLS: readonly string[] = INTERFACES

function row(source: string, calls: ChangeRow['calls'], events: readonly string[]): ChangeRow {
  return { source, calls, events }
}

/** Every verb with every noun. */
function each(verbs: readonly string[], nouns: readonly string[]): readonly string[] {
  return nouns.flatMap(noun => verbs.map(verb => `${verb}${noun}`))
}
