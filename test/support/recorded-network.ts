import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'

export const RECORDED_ACCOUNT = '111111111111'
export const RECORDED_REGION = 'eu-west-1'

const OWNER = { OwnerId: RECORDED_ACCOUNT }
const ARN = `arn:aws:elasticloadbalancing:${RECORDED_REGION}:${RECORDED_ACCOUNT}`
const FIREWALLS = `arn:aws:network-firewall:${RECORDED_REGION}:${RECORDED_ACCOUNT}`
const ACCELERATOR = `arn:aws:globalaccelerator::${RECORDED_ACCOUNT}:accelerator/a1`

export const BALANCER_ARN = `${ARN}:loadbalancer/app/shop/b1`
export const LISTENER_ARN = `${ARN}:listener/app/shop/b1/l1`
export const TARGET_GROUP_ARN = `${ARN}:targetgroup/shop/t1`

/** One answer to every call that a network is described by, as AWS gives them: small, and each part names the next. */
export function recordedNetwork(): readonly RecordedCall[] {
  return [
    call('DescribeVpcs', {
      Vpcs: [
        {
          ...OWNER,
          VpcId: 'vpc-1',
          CidrBlock: '10.0.0.0/16',
          CidrBlockAssociationSet: [{ CidrBlock: '10.0.0.0/16', CidrBlockState: { State: 'associated' } }],
          Ipv6CidrBlockAssociationSet: [
            { Ipv6CidrBlock: '2001:db8::/56', Ipv6CidrBlockState: { State: 'associated' } },
            { Ipv6CidrBlock: '2001:db8:1::/56', Ipv6CidrBlockState: { State: 'disassociated' } },
          ],
          BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
        },
      ],
    }),
    call('DescribeSubnets', {
      Subnets: [
        {
          ...OWNER,
          SubnetId: 'subnet-1',
          VpcId: 'vpc-1',
          AvailabilityZoneId: 'euw1-az1',
          AvailabilityZone: 'eu-west-1a',
          CidrBlock: '10.0.0.0/24',
        },
      ],
    }),
    call('DescribeRouteTables', {
      RouteTables: [
        {
          ...OWNER,
          RouteTableId: 'rtb-1',
          VpcId: 'vpc-1',
          Associations: [
            { Main: true },
            { Main: false, SubnetId: 'subnet-1', AssociationState: { State: 'associated' } },
            { Main: false, GatewayId: 'igw-1' },
          ],
          Routes: [
            { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
            { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', Origin: 'CreateRoute', State: 'active' },
            { DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-1', State: 'active' },
            { DestinationPrefixListId: 'pl-1', GatewayId: 'vpce-1', State: 'active' },
            {
              DestinationCidrBlock: '172.16.0.0/12',
              GatewayId: 'vgw-1',
              Origin: 'EnableVgwRoutePropagation',
              State: 'active',
            },
            { DestinationCidrBlock: '192.168.0.0/16', TransitGatewayId: 'tgw-1', State: 'blackhole' },
          ],
        },
      ],
    }),
    call('DescribeNetworkAcls', {
      NetworkAcls: [
        {
          ...OWNER,
          NetworkAclId: 'acl-1',
          VpcId: 'vpc-1',
          IsDefault: true,
          Associations: [{ SubnetId: 'subnet-1' }],
          Entries: [
            { RuleNumber: 32767, Egress: true, Protocol: '-1', RuleAction: 'deny', CidrBlock: '0.0.0.0/0' },
            { RuleNumber: 32767, Egress: false, Protocol: '-1', RuleAction: 'deny', CidrBlock: '0.0.0.0/0' },
            { RuleNumber: 100, Egress: false, Protocol: '-1', RuleAction: 'allow', CidrBlock: '0.0.0.0/0' },
            {
              RuleNumber: 90,
              Egress: false,
              Protocol: '6',
              RuleAction: 'deny',
              CidrBlock: '192.0.2.0/24',
              PortRange: { From: 22, To: 23 },
            },
            {
              RuleNumber: 110,
              Egress: true,
              Protocol: '58',
              RuleAction: 'allow',
              Ipv6CidrBlock: '::/0',
              IcmpTypeCode: { Type: 128, Code: -1 },
            },
          ],
        },
      ],
    }),
    call('DescribeSecurityGroups', {
      SecurityGroups: [
        {
          ...OWNER,
          GroupId: 'sg-1',
          GroupName: 'web',
          VpcId: 'vpc-1',
          IpPermissions: [
            {
              IpProtocol: 'tcp',
              FromPort: 22,
              ToPort: 22,
              IpRanges: [{ CidrIp: '0.0.0.0/0' }],
              Ipv6Ranges: [{ CidrIpv6: '::/0' }],
              PrefixListIds: [{ PrefixListId: 'pl-1' }],
              UserIdGroupPairs: [
                { GroupId: 'sg-2', UserId: '222222222222', VpcPeeringConnectionId: 'pcx-1', PeeringStatus: 'active' },
                { GroupId: 'sg-3', PeeringStatus: 'deleted' },
              ],
            },
            { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
            { IpProtocol: 'icmp', FromPort: -1, ToPort: 4, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
          ],
          IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        },
      ],
    }),
    call('DescribeSecurityGroupRules', {
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: 'sgr-1',
          GroupId: 'sg-1',
          GroupOwnerId: RECORDED_ACCOUNT,
          IsEgress: false,
          IpProtocol: 'tcp',
          FromPort: 22,
          ToPort: 22,
          CidrIpv4: '0.0.0.0/0',
        },
      ],
    }),
    call('DescribeNetworkInterfaces', {
      NetworkInterfaces: [
        {
          ...OWNER,
          NetworkInterfaceId: 'eni-1',
          VpcId: 'vpc-1',
          SubnetId: 'subnet-1',
          Status: 'in-use',
          InterfaceType: 'interface',
          SourceDestCheck: true,
          Attachment: { InstanceId: 'i-1', Status: 'attached', DeviceIndex: 0 },
          Groups: [{ GroupId: 'sg-1' }],
          PrivateIpAddresses: [
            { PrivateIpAddress: '10.0.0.6', Primary: false },
            { PrivateIpAddress: '10.0.0.5', Primary: true, Association: { PublicIp: '198.51.100.7' } },
          ],
          Ipv6Addresses: [{ Ipv6Address: '2001:db8::5' }],
          Ipv4Prefixes: [{ Ipv4Prefix: '10.0.0.16/28' }],
        },
      ],
    }),
    call('DescribeInstances', {
      Reservations: [
        {
          ...OWNER,
          Instances: [
            {
              InstanceId: 'i-1',
              State: { Code: 16, Name: 'running' },
              ImageId: 'ami-1',
              InstanceType: 't3.small',
              PlatformDetails: 'Linux/UNIX',
              LaunchTime: '2024-01-01T00:00:00+00:00',
              Placement: { AvailabilityZone: 'eu-west-1a' },
              VpcId: 'vpc-1',
              SubnetId: 'subnet-1',
              Tags: [{ Key: 'Name', Value: 'web' }],
            },
          ],
        },
      ],
    }),
    call('DescribeInternetGateways', {
      InternetGateways: [
        { ...OWNER, InternetGatewayId: 'igw-1', Attachments: [{ State: 'available', VpcId: 'vpc-1' }] },
      ],
    }),
    call('DescribeEgressOnlyInternetGateways', {
      EgressOnlyInternetGateways: [
        { EgressOnlyInternetGatewayId: 'eigw-1', Attachments: [{ State: 'attached', VpcId: 'vpc-1' }] },
      ],
    }),
    call('DescribeNatGateways', {
      NatGateways: [
        {
          NatGatewayId: 'nat-1',
          VpcId: 'vpc-1',
          SubnetId: 'subnet-1',
          State: 'available',
          ConnectivityType: 'private',
        },
        { NatGatewayId: 'nat-2', VpcId: 'vpc-1', SubnetId: 'subnet-1', State: 'deleted' },
      ],
    }),
    call('DescribeAddresses', {
      Addresses: [{ PublicIp: '203.0.113.9', NetworkInterfaceId: 'eni-1', PrivateIpAddress: '10.0.0.6' }],
    }),
    call('DescribeVpcPeeringConnections', {
      VpcPeeringConnections: [
        {
          VpcPeeringConnectionId: 'pcx-1',
          Status: { Code: 'active' },
          RequesterVpcInfo: { ...OWNER, VpcId: 'vpc-1', CidrBlock: '10.0.0.0/16' },
          AccepterVpcInfo: { OwnerId: '222222222222', VpcId: 'vpc-2', CidrBlock: '10.1.0.0/16', Region: 'eu-west-1' },
        },
      ],
    }),
    call('DescribeManagedPrefixLists', {
      PrefixLists: [
        { ...OWNER, PrefixListId: 'pl-1', PrefixListName: 'offices', AddressFamily: 'IPv4', State: 'create-complete' },
      ],
    }),
    about('GetManagedPrefixListEntries', { PrefixListId: 'pl-1' }, { Entries: [{ Cidr: '192.0.2.0/24' }] }),
    call('DescribePrefixLists', {
      PrefixLists: [{ PrefixListId: 'pl-2', PrefixListName: 'com.amazonaws.eu-west-1.s3', Cidrs: ['198.51.100.0/24'] }],
    }),
    call('DescribeVpnGateways', {
      VpnGateways: [
        { VpnGatewayId: 'vgw-1', State: 'available', VpcAttachments: [{ State: 'attached', VpcId: 'vpc-1' }] },
      ],
    }),
    call('DescribeVpnConnections', {
      VpnConnections: [
        {
          VpnConnectionId: 'vpn-1',
          State: 'available',
          VpnGatewayId: 'vgw-1',
          Options: { StaticRoutesOnly: true },
          Routes: [
            { DestinationCidrBlock: '172.20.0.0/16', State: 'available' },
            { DestinationCidrBlock: '172.21.0.0/16', State: 'deleted' },
          ],
          VgwTelemetry: [{ Status: 'UP' }, { Status: 'DOWN' }],
        },
      ],
    }),
    call('DescribeTransitGateways', {
      TransitGateways: [
        {
          ...OWNER,
          TransitGatewayId: 'tgw-1',
          State: 'available',
          Options: { SecurityGroupReferencingSupport: 'enable' },
        },
      ],
    }),
    call('DescribeTransitGatewayAttachments', {
      TransitGatewayAttachments: [
        {
          TransitGatewayAttachmentId: 'tgw-attach-1',
          TransitGatewayId: 'tgw-1',
          ResourceType: 'vpc',
          ResourceId: 'vpc-1',
          ResourceOwnerId: RECORDED_ACCOUNT,
          State: 'available',
          Association: { TransitGatewayRouteTableId: 'tgw-rtb-1', State: 'associated' },
        },
        {
          TransitGatewayAttachmentId: 'tgw-attach-2',
          TransitGatewayId: 'tgw-1',
          ResourceType: 'peering',
          ResourceId: 'tgw-2',
          State: 'available',
        },
      ],
    }),
    call('DescribeTransitGatewayVpcAttachments', {
      TransitGatewayVpcAttachments: [
        {
          TransitGatewayAttachmentId: 'tgw-attach-1',
          TransitGatewayId: 'tgw-1',
          VpcId: 'vpc-1',
          VpcOwnerId: RECORDED_ACCOUNT,
          State: 'available',
          SubnetIds: ['subnet-1'],
          Options: { ApplianceModeSupport: 'disable', SecurityGroupReferencingSupport: 'enable' },
        },
      ],
    }),
    call('DescribeTransitGatewayPeeringAttachments', {
      TransitGatewayPeeringAttachments: [
        {
          TransitGatewayAttachmentId: 'tgw-attach-2',
          RequesterTgwInfo: { ...OWNER, TransitGatewayId: 'tgw-1', Region: RECORDED_REGION },
          AccepterTgwInfo: { ...OWNER, TransitGatewayId: 'tgw-2', Region: 'us-east-1' },
          State: 'available',
        },
      ],
    }),
    call('DescribeTransitGatewayRouteTables', {
      TransitGatewayRouteTables: [
        { TransitGatewayRouteTableId: 'tgw-rtb-1', TransitGatewayId: 'tgw-1', State: 'available' },
      ],
    }),
    about(
      'SearchTransitGatewayRoutes',
      { TransitGatewayRouteTableId: 'tgw-rtb-1' },
      {
        Routes: [
          {
            DestinationCidrBlock: '10.0.0.0/16',
            Type: 'propagated',
            State: 'active',
            TransitGatewayAttachments: [{ TransitGatewayAttachmentId: 'tgw-attach-1' }],
          },
          { DestinationCidrBlock: '10.9.0.0/16', Type: 'static', State: 'blackhole' },
        ],
        AdditionalRoutesAvailable: false,
      },
    ),
    about(
      'GetTransitGatewayRouteTablePropagations',
      { TransitGatewayRouteTableId: 'tgw-rtb-1' },
      {
        TransitGatewayRouteTablePropagations: [{ TransitGatewayAttachmentId: 'tgw-attach-1', State: 'enabled' }],
      },
    ),
    about(
      'GetTransitGatewayRouteTableAssociations',
      { TransitGatewayRouteTableId: 'tgw-rtb-1' },
      { Associations: [{ TransitGatewayAttachmentId: 'tgw-attach-2', State: 'associated' }] },
    ),
    call('DescribeVpcEndpoints', {
      VpcEndpoints: [
        {
          ...OWNER,
          VpcEndpointId: 'vpce-1',
          VpcEndpointType: 'Gateway',
          VpcId: 'vpc-1',
          State: 'available',
          ServiceName: 'com.amazonaws.eu-west-1.s3',
          RouteTableIds: ['rtb-1'],
        },
      ],
    }),
    call('DescribeVpcEndpointServiceConfigurations', {
      ServiceConfigurations: [
        {
          ServiceId: 'vpce-svc-1',
          ServiceName: 'com.amazonaws.vpce.eu-west-1.vpce-svc-1',
          ServiceState: 'Available',
          NetworkLoadBalancerArns: [`${ARN}:loadbalancer/net/inner/b2`],
        },
      ],
    }),
    about(
      'DescribeVpcEndpointServicePermissions',
      { ServiceId: 'vpce-svc-1' },
      { AllowedPrincipals: [{ Principal: '*' }] },
    ),
    call('DescribeInstanceConnectEndpoints', {
      InstanceConnectEndpoints: [
        {
          ...OWNER,
          InstanceConnectEndpointId: 'eice-1',
          State: 'create-complete',
          VpcId: 'vpc-1',
          SubnetId: 'subnet-1',
          NetworkInterfaceIds: ['eni-9'],
          SecurityGroupIds: ['sg-1'],
        },
      ],
    }),
    call('DescribeVpcBlockPublicAccessOptions', {
      VpcBlockPublicAccessOptions: {
        AwsAccountId: RECORDED_ACCOUNT,
        AwsRegion: RECORDED_REGION,
        InternetGatewayBlockMode: 'block-ingress',
      },
    }),
    call('DescribeVpcBlockPublicAccessExclusions', {
      VpcBlockPublicAccessExclusions: [
        {
          ExclusionId: 'vpcbpa-exclude-1',
          InternetGatewayExclusionMode: 'allow-egress',
          ResourceArn: `arn:aws:ec2:${RECORDED_REGION}:${RECORDED_ACCOUNT}:subnet/subnet-1`,
          State: 'create-complete',
        },
      ],
    }),
    call('DescribeLoadBalancers', {
      LoadBalancers: [
        {
          LoadBalancerArn: BALANCER_ARN,
          LoadBalancerName: 'shop',
          Type: 'application',
          Scheme: 'internet-facing',
          State: { Code: 'active' },
          VpcId: 'vpc-1',
          AvailabilityZones: [{ ZoneName: 'eu-west-1a', SubnetId: 'subnet-1' }],
          SecurityGroups: ['sg-1'],
          IpAddressType: 'dualstack',
        },
      ],
    }),
    call('DescribeTargetGroups', {
      TargetGroups: [
        {
          TargetGroupArn: TARGET_GROUP_ARN,
          TargetGroupName: 'shop',
          Protocol: 'HTTP',
          Port: 8080,
          TargetType: 'instance',
          VpcId: 'vpc-1',
        },
      ],
    }),
    about(
      'DescribeListeners',
      { LoadBalancerArn: BALANCER_ARN },
      {
        Listeners: [
          {
            ListenerArn: LISTENER_ARN,
            LoadBalancerArn: BALANCER_ARN,
            Protocol: 'HTTPS',
            Port: 443,
            DefaultActions: [{ Type: 'fixed-response' }],
          },
        ],
      },
    ),
    about(
      'DescribeRules',
      { ListenerArn: LISTENER_ARN },
      {
        Rules: [
          {
            RuleArn: `${ARN}:listener-rule/app/shop/b1/l1/r2`,
            Priority: 'default',
            IsDefault: true,
            Actions: [{ Type: 'fixed-response' }],
          },
          {
            RuleArn: `${ARN}:listener-rule/app/shop/b1/l1/r1`,
            Priority: '10',
            IsDefault: false,
            Conditions: [
              { Field: 'source-ip', SourceIpConfig: { Values: ['203.0.113.0/24'] } },
              { Field: 'path-pattern', Values: ['/api/*'] },
            ],
            Actions: [
              { Type: 'authenticate-oidc' },
              {
                Type: 'forward',
                ForwardConfig: {
                  TargetGroups: [
                    { TargetGroupArn: TARGET_GROUP_ARN, Weight: 1 },
                    { TargetGroupArn: `${ARN}:targetgroup/idle/t2`, Weight: 0 },
                  ],
                },
              },
            ],
          },
        ],
      },
    ),
    about(
      'DescribeTargetHealth',
      { TargetGroupArn: TARGET_GROUP_ARN },
      { TargetHealthDescriptions: [{ Target: { Id: 'i-1', Port: 8081 }, TargetHealth: { State: 'unhealthy' } }] },
    ),
    about(
      'DescribeTargetGroupAttributes',
      { TargetGroupArn: TARGET_GROUP_ARN },
      {
        Attributes: [
          { Key: 'load_balancing.cross_zone.enabled', Value: 'use_load_balancer_configuration' },
          { Key: 'preserve_client_ip.enabled', Value: 'true' },
        ],
      },
    ),
    about(
      'DescribeLoadBalancerAttributes',
      { LoadBalancerArn: BALANCER_ARN },
      { Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }] },
    ),
    call('DescribeLoadBalancers (classic)', {
      LoadBalancerDescriptions: [
        {
          LoadBalancerName: 'old',
          Scheme: 'internal',
          VPCId: 'vpc-1',
          Subnets: ['subnet-1'],
          SecurityGroups: ['sg-1'],
          ListenerDescriptions: [{ Listener: { Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 8080 } }],
          Instances: [{ InstanceId: 'i-1' }],
        },
      ],
    }),
    about(
      'DescribeLoadBalancerAttributes (classic)',
      { LoadBalancerName: 'old' },
      { LoadBalancerAttributes: { CrossZoneLoadBalancing: { Enabled: true } } },
    ),
    call('DescribeVirtualInterfaces', {
      virtualInterfaces: [
        {
          virtualInterfaceId: 'dxvif-1',
          virtualInterfaceType: 'private',
          virtualInterfaceState: 'available',
          virtualGatewayId: 'vgw-1',
          directConnectGatewayId: 'dxgw-1',
          ownerAccount: RECORDED_ACCOUNT,
        },
      ],
    }),
    call('DescribeDirectConnectGateways', { directConnectGateways: [{ directConnectGatewayId: 'dxgw-1' }] }),
    about(
      'DescribeDirectConnectGatewayAssociations',
      { DirectConnectGatewayId: 'dxgw-1' },
      {
        directConnectGatewayAssociations: [
          {
            directConnectGatewayId: 'dxgw-1',
            associatedGateway: { id: 'vgw-1', type: 'virtualPrivateGateway' },
            associationState: 'associated',
            allowedPrefixesToDirectConnectGateway: [{ cidr: '10.0.0.0/16' }],
          },
        ],
      },
    ),
    call('ListFirewalls', { Firewalls: [{ FirewallArn: `${FIREWALLS}:firewall/edge`, FirewallName: 'edge' }] }),
    about(
      'DescribeFirewall',
      { FirewallArn: `${FIREWALLS}:firewall/edge` },
      {
        Firewall: {
          FirewallArn: `${FIREWALLS}:firewall/edge`,
          FirewallName: 'edge',
          FirewallPolicyArn: `${FIREWALLS}:firewall-policy/edge`,
          VpcId: 'vpc-1',
        },
        FirewallStatus: {
          SyncStates: { 'eu-west-1a': { Attachment: { EndpointId: 'vpce-7', SubnetId: 'subnet-1' } } },
        },
      },
    ),
    call('ListFirewallPolicies', { FirewallPolicies: [{ Name: 'edge', Arn: `${FIREWALLS}:firewall-policy/edge` }] }),
    about(
      'DescribeFirewallPolicy',
      { FirewallPolicyArn: `${FIREWALLS}:firewall-policy/edge` },
      {
        FirewallPolicyResponse: { FirewallPolicyArn: `${FIREWALLS}:firewall-policy/edge` },
        FirewallPolicy: {
          StatelessRuleGroupReferences: [{ Priority: 10, ResourceArn: `${FIREWALLS}:stateless-rulegroup/ports` }],
          StatelessDefaultActions: ['aws:forward_to_sfe'],
          StatefulRuleGroupReferences: [{ ResourceArn: `${FIREWALLS}:stateful-rulegroup/hosts` }],
          StatefulEngineOptions: { RuleOrder: 'STRICT_ORDER' },
          StatefulDefaultActions: ['aws:drop_strict'],
        },
      },
    ),
    call('ListRuleGroups', {
      RuleGroups: [
        { Name: 'ports', Arn: `${FIREWALLS}:stateless-rulegroup/ports` },
        { Name: 'hosts', Arn: `${FIREWALLS}:stateful-rulegroup/hosts` },
      ],
    }),
    about(
      'DescribeRuleGroup',
      { RuleGroupArn: `${FIREWALLS}:stateless-rulegroup/ports` },
      {
        RuleGroupResponse: { RuleGroupArn: `${FIREWALLS}:stateless-rulegroup/ports`, Type: 'STATELESS' },
        RuleGroup: {
          RulesSource: {
            StatelessRulesAndCustomActions: {
              StatelessRules: [
                {
                  Priority: 1,
                  RuleDefinition: {
                    Actions: ['aws:drop'],
                    MatchAttributes: {
                      Protocols: [6],
                      Sources: [{ AddressDefinition: '0.0.0.0/0' }],
                      DestinationPorts: [{ FromPort: 22, ToPort: 22 }],
                    },
                  },
                },
              ],
            },
          },
        },
      },
    ),
    about(
      'DescribeRuleGroup',
      { RuleGroupArn: `${FIREWALLS}:stateful-rulegroup/hosts` },
      {
        RuleGroupResponse: { RuleGroupArn: `${FIREWALLS}:stateful-rulegroup/hosts`, Type: 'STATEFUL' },
        RuleGroup: {
          RuleVariables: { IPSets: { home: { Definition: ['10.0.0.0/16'] } } },
          RulesSource: {
            StatefulRules: [
              {
                Action: 'PASS',
                Header: {
                  Protocol: 'TCP',
                  Source: 'ANY',
                  SourcePort: 'ANY',
                  Direction: 'FORWARD',
                  Destination: '$home',
                  DestinationPort: '[80,8000:8010]',
                },
                RuleOptions: [{ Keyword: 'sid', Settings: ['1'] }],
              },
              {
                Action: 'DROP',
                Header: {
                  Protocol: 'HTTP',
                  Source: 'ANY',
                  SourcePort: 'ANY',
                  Direction: 'ANY',
                  Destination: 'ANY',
                  DestinationPort: 'ANY',
                },
                RuleOptions: [{ Keyword: 'sid', Settings: ['2'] }],
              },
            ],
          },
        },
      },
    ),
    call('ListAccelerators', {
      Accelerators: [
        {
          AcceleratorArn: ACCELERATOR,
          Name: 'fast',
          Enabled: true,
          IpSets: [{ IpAddresses: ['192.0.2.10', '192.0.2.9'] }],
        },
      ],
    }),
    about(
      'ListListeners',
      { AcceleratorArn: ACCELERATOR },
      {
        Listeners: [
          { ListenerArn: `${ACCELERATOR}/listener/l1`, Protocol: 'TCP', PortRanges: [{ FromPort: 443, ToPort: 443 }] },
        ],
      },
    ),
    about(
      'ListEndpointGroups',
      { ListenerArn: `${ACCELERATOR}/listener/l1` },
      {
        EndpointGroups: [
          {
            EndpointGroupArn: `${ACCELERATOR}/listener/l1/endpoint-group/g1`,
            EndpointGroupRegion: RECORDED_REGION,
            PortOverrides: [{ ListenerPort: 443, EndpointPort: 8443 }],
            EndpointDescriptions: [{ EndpointId: 'i-1', Weight: 128, ClientIPPreservationEnabled: true }],
          },
        ],
      },
    ),
  ]
}

/** One answer of the account and Region that everything is recorded of. */
export function call(name: string, answer: unknown): RecordedCall {
  return { call: name, accountId: RECORDED_ACCOUNT, region: RECORDED_REGION, answer }
}

function about(name: string, parameters: Readonly<Record<string, string>>, answer: unknown): RecordedCall {
  return { ...call(name, answer), parameters }
}
