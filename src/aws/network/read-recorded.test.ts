import { describe, expect, it } from 'vitest'

import { parseRecordedNetwork } from './read-recorded.ts'
import type { RecordedCall } from './recorded-calls.ts'

describe('a recorded network', () => {
  it('is read as AWS describes it', () => {
    const { snapshot, warnings } = parseRecordedNetwork(SMALL)

    expect(warnings).toEqual([])
    expect(snapshot.vpcs).toMatchObject([
      {
        id: 'vpc-1',
        accountId: '111111111111',
        region: 'eu-west-1',
        cidrs: [{ text: '10.0.0.0/16' }, { text: '2001:db8::/56' }],
      },
    ])
    expect(snapshot.subnets).toMatchObject([{ id: 'subnet-1', vpcId: 'vpc-1', zone: 'euw1-az1' }])
    expect(snapshot.routeTables[0]).toMatchObject({
      isMain: true,
      subnetIds: ['subnet-1'],
      routes: [
        { destination: { cidr: { text: '10.0.0.0/16' } }, target: { is: 'local' } },
        {
          destination: { cidr: { text: '0.0.0.0/0' } },
          target: { is: 'internet-gateway', id: 'igw-1' },
          isBlackhole: false,
        },
      ],
    })
    expect(snapshot.networkAcls[0]).toMatchObject({
      isDefault: true,
      ingress: [{ number: 100, action: 'allow', protocol: 'all', ports: { begin: 0, end: 65535 } }],
      egress: [],
    })
    expect(snapshot.securityGroups[0]).toMatchObject({
      ingress: [{ id: 'sgr-1', protocol: 6, ports: { begin: 22, end: 22 }, peer: { cidr: { text: '0.0.0.0/0' } } }],
    })
    expect(snapshot.interfaces[0]).toMatchObject({
      attachment: { instanceId: 'i-1', deviceIndex: 0 },
      addresses: [{ text: '10.0.0.5', publicAddress: '198.51.100.7' }],
      securityGroupIds: ['sg-1'],
    })
    expect(snapshot.instances[0]).toMatchObject({
      arn: 'arn:aws:ec2:eu-west-1:111111111111:instance/i-1',
      state: 'running',
      launchedAt: Date.parse('2024-01-01T00:00:00Z'),
      tags: { Name: 'web' },
    })
    expect(snapshot.internetGateways[0]).toMatchObject({ id: 'igw-1', vpcId: 'vpc-1' })
    expect(snapshot.peerings[0]).toMatchObject({
      status: 'active',
      accepter: { vpcId: 'vpc-2', accountId: '222222222222' },
    })
  })
})

const OWNER = { OwnerId: '111111111111' }

/** One instance behind an internet gateway, as the AWS CLI prints it. */
const SMALL: readonly RecordedCall[] = [
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
        ],
        Routes: [
          { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
          { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', Origin: 'CreateRoute', State: 'active' },
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
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        IpPermissionsEgress: [],
      },
    ],
  }),
  call('DescribeSecurityGroupRules', {
    SecurityGroupRules: [
      {
        SecurityGroupRuleId: 'sgr-1',
        GroupId: 'sg-1',
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
        SourceDestCheck: true,
        Attachment: { InstanceId: 'i-1', Status: 'attached', DeviceIndex: 0 },
        Groups: [{ GroupId: 'sg-1' }],
        PrivateIpAddresses: [
          { PrivateIpAddress: '10.0.0.5', Primary: true, Association: { PublicIp: '198.51.100.7' } },
        ],
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
            LaunchTime: '2024-01-01T00:00:00+00:00',
            Placement: { AvailabilityZone: 'eu-west-1a' },
            Tags: [{ Key: 'Name', Value: 'web' }],
          },
        ],
      },
    ],
  }),
  call('DescribeInternetGateways', {
    InternetGateways: [{ ...OWNER, InternetGatewayId: 'igw-1', Attachments: [{ State: 'available', VpcId: 'vpc-1' }] }],
  }),
  call('DescribeVpcPeeringConnections', {
    VpcPeeringConnections: [
      {
        VpcPeeringConnectionId: 'pcx-1',
        Status: { Code: 'active' },
        RequesterVpcInfo: { ...OWNER, VpcId: 'vpc-1', CidrBlock: '10.0.0.0/16' },
        AccepterVpcInfo: { OwnerId: '222222222222', VpcId: 'vpc-2', CidrBlock: '10.1.0.0/16' },
      },
    ],
  }),
]

function call(name: string, answer: unknown): RecordedCall {
  return { call: name, accountId: '111111111111', region: 'eu-west-1', answer }
}
