/** What the simulator reads of the answers of AWS: only these fields, loosely, and by none of the product's parsers. */

export interface RawTagged {
  readonly Region?: string | null
  readonly Account?: string | null
}

export interface RawBlockState {
  readonly InternetGatewayBlockMode?: string
}

export interface RawVpc extends RawTagged {
  readonly VpcId: string
  readonly CidrBlock?: string
  readonly CidrBlockAssociationSet?: readonly { CidrBlock: string; CidrBlockState?: { State?: string } }[]
  readonly Ipv6CidrBlockAssociationSet?: readonly { Ipv6CidrBlock: string; Ipv6CidrBlockState?: { State?: string } }[]
  readonly BlockPublicAccessStates?: RawBlockState
}

export interface RawSubnet {
  readonly SubnetId: string
  readonly VpcId: string
  readonly AvailabilityZone: string
  readonly AvailabilityZoneId?: string
  readonly CidrBlock?: string
  readonly Ipv6CidrBlockAssociationSet?: readonly { Ipv6CidrBlock: string; Ipv6CidrBlockState?: { State?: string } }[]
  readonly BlockPublicAccessStates?: RawBlockState
}

export interface RawInterface {
  readonly NetworkInterfaceId: string
  readonly SubnetId: string
  readonly VpcId: string
  readonly Status: string
  readonly InterfaceType?: string
  readonly Description?: string
  readonly SourceDestCheck?: boolean
  readonly Attachment?: { InstanceId?: string; Status?: string; DeviceIndex?: number }
  readonly Groups?: readonly { GroupId: string }[]
  readonly PrivateIpAddress?: string
  readonly PrivateIpAddresses?: readonly {
    PrivateIpAddress: string
    Primary?: boolean
    Association?: { PublicIp?: string }
  }[]
  readonly Ipv6Addresses?: readonly { Ipv6Address: string }[]
  readonly Ipv4Prefixes?: readonly { Ipv4Prefix: string }[]
  readonly Ipv6Prefixes?: readonly { Ipv6Prefix: string }[]
}

export interface RawInstance {
  readonly InstanceId: string
  readonly State?: { Name?: string } | string
}

export interface RawPermission {
  readonly IpProtocol: string
  readonly FromPort?: number | string | null
  readonly ToPort?: number | string | null
  readonly IpRanges?: readonly { CidrIp: string }[]
  readonly Ipv6Ranges?: readonly { CidrIpv6: string }[]
  readonly PrefixListIds?: readonly { PrefixListId: string }[]
  readonly UserIdGroupPairs?: readonly { GroupId: string; PeeringStatus?: string; VpcPeeringConnectionId?: string }[]
}

export interface RawSecurityGroup {
  readonly GroupId: string
  readonly VpcId?: string
  readonly IpPermissions?: readonly RawPermission[]
  readonly IpPermissionsEgress?: readonly RawPermission[]
}

export interface RawAclEntry {
  readonly RuleNumber: number
  readonly Egress: boolean
  readonly Protocol: string
  readonly RuleAction: string
  readonly CidrBlock?: string
  readonly Ipv6CidrBlock?: string
  readonly PortRange?: { From?: number; To?: number }
  readonly IcmpTypeCode?: { Type?: number; Code?: number }
}

export interface RawAcl {
  readonly NetworkAclId: string
  readonly VpcId: string
  readonly IsDefault?: boolean
  readonly Associations?: readonly { SubnetId?: string }[]
  readonly Entries?: readonly RawAclEntry[]
}

export interface RawRoute {
  readonly DestinationCidrBlock?: string
  readonly DestinationIpv6CidrBlock?: string
  readonly DestinationPrefixListId?: string
  readonly GatewayId?: string
  readonly EgressOnlyInternetGatewayId?: string
  readonly NatGatewayId?: string
  readonly VpcPeeringConnectionId?: string
  readonly TransitGatewayId?: string
  readonly NetworkInterfaceId?: string
  readonly VpcEndpointId?: string
  readonly Origin?: string
  readonly State?: string
}

export interface RawRouteTable {
  readonly RouteTableId: string
  readonly VpcId: string
  readonly Associations?: readonly { Main?: boolean; SubnetId?: string; GatewayId?: string }[]
  readonly Routes?: readonly RawRoute[]
}

export interface RawPeeringSide {
  readonly VpcId: string
  readonly Region?: string
  readonly CidrBlockSet?: readonly { CidrBlock: string }[]
  readonly Ipv6CidrBlockSet?: readonly { Ipv6CidrBlock: string }[]
}

export interface RawPeering {
  readonly VpcPeeringConnectionId: string
  readonly Status?: { Code?: string }
  readonly RequesterVpcInfo: RawPeeringSide
  readonly AccepterVpcInfo: RawPeeringSide
}

export interface RawVpnConnection {
  readonly VpnConnectionId: string
  readonly State: string
  readonly VpnGatewayId?: string
  readonly Options?: { StaticRoutesOnly?: boolean }
  readonly Routes?: readonly { DestinationCidrBlock: string; State?: string }[]
}

export interface RawTgwAttachment {
  readonly TransitGatewayAttachmentId: string
  readonly TransitGatewayId: string
  readonly ResourceType: string
  readonly ResourceId?: string
  readonly State: string
  readonly Association?: { TransitGatewayRouteTableId?: string; State?: string }
}

export interface RawTgwRoute {
  readonly DestinationCidrBlock?: string
  readonly PrefixListId?: string
  readonly Type: string
  readonly State: string
  readonly TransitGatewayAttachments?: readonly { TransitGatewayAttachmentId: string }[]
}

export interface RawLoadBalancer {
  readonly LoadBalancerArn: string
  readonly Type: string
  readonly Scheme?: string
  readonly State?: { Code?: string }
  readonly VpcId?: string
  readonly SecurityGroups?: readonly string[]
  readonly AvailabilityZones?: readonly { ZoneName: string; SubnetId: string }[]
}

export interface RawAction {
  readonly Type: string
  readonly TargetGroupArn?: string
  readonly ForwardConfig?: { TargetGroups?: readonly { TargetGroupArn: string; Weight?: number }[] }
}

export interface RawListener {
  readonly ListenerArn: string
  readonly LoadBalancerArn: string
  readonly Port: number
  readonly Protocol: string
  readonly DefaultActions?: readonly RawAction[]
}

export interface RawRule {
  readonly Priority: string
  readonly IsDefault?: boolean
  readonly Conditions?: readonly { Field: string; SourceIpConfig?: { Values: readonly string[] } }[]
  readonly Actions?: readonly RawAction[]
}

export interface RawTargetGroup {
  readonly TargetGroupArn: string
  readonly Protocol: string
  readonly Port?: number
  readonly TargetType: string
  readonly IpAddressType?: string
  readonly VpcId?: string
}

export interface RawTarget {
  readonly Id: string
  readonly Port?: number
  readonly AvailabilityZone?: string
}

export interface RawClassicLoadBalancer {
  readonly LoadBalancerName: string
  readonly Scheme?: string
  readonly Subnets?: readonly string[]
  readonly SecurityGroups?: readonly string[]
  readonly Instances?: readonly { InstanceId: string }[]
  readonly ListenerDescriptions?: readonly {
    Listener: { Protocol: string; LoadBalancerPort: number; InstancePort: number }
  }[]
}

export interface RawAttribute {
  readonly Key: string
  readonly Value: string
}

export interface RawFirewallTuple {
  readonly Protocol?: string
  readonly Source?: string
  readonly SourcePort?: string
  readonly Destination?: string
  readonly DestinationPort?: string
  readonly Direction?: string
}

export interface RawStatelessRule {
  readonly Priority: number
  readonly RuleDefinition: {
    Actions: readonly string[]
    MatchAttributes: {
      Protocols?: readonly number[]
      Sources?: readonly { AddressDefinition: string }[]
      Destinations?: readonly { AddressDefinition: string }[]
      SourcePorts?: readonly { FromPort: number; ToPort: number }[]
      DestinationPorts?: readonly { FromPort: number; ToPort: number }[]
    }
  }
}

export interface RawRuleGroup {
  readonly RulesSource?: {
    StatelessRulesAndCustomActions?: { StatelessRules?: readonly RawStatelessRule[] }
    StatefulRules?: readonly { Action: string; Header: RawFirewallTuple }[]
  }
}

export interface RawFirewallPolicy {
  readonly StatelessRuleGroupReferences?: readonly { ResourceArn: string; Priority: number }[]
  readonly StatefulRuleGroupReferences?: readonly { ResourceArn: string; Priority?: number }[]
  readonly StatelessDefaultActions?: readonly string[]
  readonly StatefulDefaultActions?: readonly string[]
  readonly StatefulEngineOptions?: { RuleOrder?: string }
}

export interface RawAcceleratorListener {
  readonly ListenerArn: string
  readonly Protocol: string
  readonly PortRanges: readonly { FromPort: number; ToPort: number }[]
}

export interface RawEndpointGroup {
  readonly EndpointDescriptions?: readonly { EndpointId: string; ClientIPPreservationEnabled?: boolean }[]
  readonly PortOverrides?: readonly { ListenerPort: number; EndpointPort: number }[]
}
