import { describe, expect, it } from 'vitest'

import {
  aGroup,
  anAcl,
  aNetwork,
  anInstance,
  anInterface,
  aSubnet,
  aTable,
  aVpc,
  owned,
} from '../../test/support/network-builder.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import { analyzeNetwork } from './analyze-network.ts'

const SUBNET = aSubnet('subnet-1', 'vpc-1', ['10.0.1.0/24', '2001:db8:1:1::/64'])
const LOCAL = ['10.0.0.0/16 local', '2001:db8:1::/56 local']

/** One instance with a public address behind an internet gateway, SSH open to all. */
function aPublicHost(parts: Partial<NetworkSnapshot> = {}): NetworkSnapshot {
  return aNetwork({
    vpcs: [aVpc('vpc-1', '10.0.0.0/16', '2001:db8:1::/56')],
    subnets: [SUBNET],
    instances: [anInstance('i-1')],
    interfaces: [anInterface('eni-1', SUBNET, ['10.0.1.10=198.51.100.7'], ['sg-1'], { instanceId: 'i-1' })],
    securityGroups: [aGroup('sg-1', ['tcp/22 0.0.0.0/0'])],
    networkAcls: [anAcl('acl-1', 'vpc-1', ['subnet-1'])],
    routeTables: [aTable('rtb-1', 'vpc-1', ['subnet-1'], [...LOCAL, '0.0.0.0/0 igw-1'])],
    internetGateways: [{ ...owned('igw-1'), vpcId: 'vpc-1' }],
    ...parts,
  })
}

function shown(snapshot: NetworkSnapshot): readonly string[] {
  return [...analyzeNetwork(snapshot).paths].map(
    ({ edge, family, protocol, ports }) => `${edge.id} ${family} ${protocol} ${ports.begin}-${ports.end}`,
  )
}

describe('the analysis of a network', () => {
  it('finds the port that is open from the internet, with the published steps', () => {
    const [path, ...others] = analyzeNetwork(aPublicHost()).paths

    expect(others).toEqual([])
    expect(path).toMatchObject({
      instanceId: 'i-1',
      interfaceId: 'eni-1',
      edge: { kind: 'internet-gateway', id: 'igw-1' },
      family: 'ipv4',
      protocol: 'TCP',
      ports: { begin: 22, end: 22 },
      confidence: 'certain',
      targetAddresses: ['10.0.1.10'],
      publicAddresses: ['198.51.100.7'],
      alternatePathCount: 0,
    })
    expect(path!.steps.map(({ componentId, componentType }) => `${componentType} ${componentId}`)).toEqual([
      'AWS::EC2::InternetGateway igw-1',
      'AWS::EC2::NetworkAcl acl-1',
      'AWS::EC2::SecurityGroup sg-1',
      'AWS::EC2::NetworkInterface eni-1',
      'AWS::EC2::Instance i-1',
    ])
  })

  it('proves a path by one packet there and back, each decision with its rule', () => {
    const [path] = analyzeNetwork(aPublicHost()).paths

    expect(
      path!.hops.map(({ direction, componentId, verdict, rule }) => [direction, componentId, verdict, rule]),
    ).toEqual([
      ['forward', 'igw-1', 'passes', null],
      ['forward', 'igw-1', 'passes', null],
      ['forward', 'acl-1', 'passes', 'acl-1 ingress rule 100'],
      ['forward', 'sg-1', 'passes', 'sgr-sg-1-in-tcp/22 0.0.0.0/0'],
      ['forward', 'eni-1', 'passes', null],
      ['forward', 'i-1', 'passes', null],
      ['return', 'rtb-1', 'passes', 'rtb-1 0.0.0.0/0 -> igw-1'],
      ['return', 'acl-1', 'passes', 'acl-1 egress rule 100'],
      ['return', 'igw-1', 'passes', null],
    ])
  })

  it('shows nothing without a public address', () => {
    expect(
      shown(
        aPublicHost({ interfaces: [anInterface('eni-1', SUBNET, ['10.0.1.10'], ['sg-1'], { instanceId: 'i-1' })] }),
      ),
    ).toEqual([])
  })

  it('cuts ports where the sources differ, and joins them where groups together open a run', () => {
    expect(
      shown(aPublicHost({ securityGroups: [aGroup('sg-1', ['tcp/22 203.0.113.0/24', 'tcp 192.0.2.1/32'])] })),
    ).toEqual(['igw-1 ipv4 TCP 0-21', 'igw-1 ipv4 TCP 22-22', 'igw-1 ipv4 TCP 23-65535'])
    expect(
      shown(aPublicHost({ securityGroups: [aGroup('sg-1', ['tcp/80-90 0.0.0.0/0', 'tcp/91-99 0.0.0.0/0'])] })),
    ).toEqual(['igw-1 ipv4 TCP 80-99'])
  })
})

describe('what is not followed', () => {
  const closed = { securityGroups: [aGroup('sg-1', ['tcp/22 10.0.0.0/8'])] }

  it('leaves open whether instances can be reached that answer into networks nobody describes', () => {
    const routes = [...LOCAL, '192.0.2.0/24 cagw-1']
    const analysis = analyzeNetwork(
      aPublicHost({ ...closed, routeTables: [aTable('rtb-1', 'vpc-1', ['subnet-1'], routes)] }),
    )

    expect(analysis.exposureOf('i-1')).toBe('unknown')
    expect(analysis.notices).toMatchObject([
      { reason: 'gateway-not-analysed', componentId: 'cagw-1', instanceIds: ['i-1'], weight: 'unknown' },
    ])
  })

  it('takes no notice of a route that leads nowhere', () => {
    const routes = [...LOCAL, '192.0.2.0/24 cagw-1 blackhole']
    const analysis = analyzeNetwork(
      aPublicHost({ ...closed, routeTables: [aTable('rtb-1', 'vpc-1', ['subnet-1'], routes)] }),
    )

    expect(analysis.exposureOf('i-1')).toBe('none')
  })

  it('names the endpoints through which instances are reached by those who may', () => {
    const endpoint = {
      ...owned('eice-1'),
      kind: 'InstanceConnect' as const,
      state: 'create-complete',
      vpcId: 'vpc-1',
      serviceName: null,
      subnetIds: ['subnet-1'],
      interfaceIds: [],
      routeTableIds: [],
      securityGroupIds: [],
    }
    const deleted = { ...endpoint, ...owned('eice-2'), state: 'delete-complete' }

    const { notices } = analyzeNetwork(aPublicHost({ endpoints: [endpoint, deleted] }))

    expect(notices).toMatchObject([{ reason: 'endpoint-not-analysed', componentId: 'eice-1', weight: 'note' }])
  })
})
