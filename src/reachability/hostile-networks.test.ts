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
  cidr,
  owned,
} from '../../test/support/network-builder.ts'
import { cidrOf, type Cidr } from '../base/ip-range.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import type { SecurityGroupRule } from '../domain/network/packet-filters.ts'
import type { NetworkAnalysis } from './analysis.ts'
import { analyzeNetwork } from './analyze-network.ts'

const SUBNET = aSubnet('subnet-1', 'vpc-1', '10.0.1.0/24')
const ENI = anInterface('eni-1', SUBNET, ['10.0.1.10=198.51.100.7'], ['sg-1'], { instanceId: 'i-1' })

function aNetworkWith(parts: Partial<NetworkSnapshot>): NetworkSnapshot {
  return aNetwork({
    vpcs: [aVpc('vpc-1', '10.0.0.0/16')],
    subnets: [SUBNET],
    instances: [anInstance('i-1')],
    interfaces: [ENI],
    securityGroups: [aGroup('sg-1', ['tcp/22 0.0.0.0/0'])],
    networkAcls: [anAcl('acl-1', 'vpc-1', ['subnet-1'])],
    routeTables: [aTable('rtb-1', 'vpc-1', ['subnet-1'], ['10.0.0.0/16 local', '0.0.0.0/0 igw-1'])],
    internetGateways: [{ ...owned('igw-1'), vpcId: 'vpc-1' }],
    ...parts,
  })
}

/** The n-th of many addresses of which no two are neighbours. */
function alone(index: number): Cidr {
  return cidrOf({ family: 'ipv4', value: 0x2000_0000n + BigInt(2 * index) }, 32)
}

function aRule(index: number, begin: number, end: number): SecurityGroupRule {
  return {
    id: `sgr-${index}`,
    protocol: 6,
    ports: { begin, end },
    icmp: null,
    peer: { is: 'cidr', cidr: alone(index) },
  }
}

function withRules(count: number, portsOf: (index: number) => readonly [number, number]): NetworkSnapshot {
  const ingress = Array.from({ length: count }, (_, index) => aRule(index, ...portsOf(index)))
  return aNetworkWith({ securityGroups: [{ ...aGroup('sg-1', []), ingress }] })
}

function reasons({ notices }: NetworkAnalysis): readonly string[] {
  return notices.map(({ reason, componentId }) => `${reason} ${componentId}`)
}

describe('networks that nobody would build', () => {
  it('take 200,000 rules of one security group whole', () => {
    const [path, ...others] = analyzeNetwork(withRules(200_000, () => [22, 22])).paths

    expect(others).toEqual([])
    expect(path!.sources).toHaveLength(200_000)
  }, 30_000)

  it('say so when rules overlap more than can be told apart, and report nothing that is not open', () => {
    const analysis = analyzeNetwork(withRules(20_000, index => [index % 32_768, 32_768 + (index % 32_768)]))
    const [path] = analysis.paths

    expect(reasons(analysis)).toEqual(['security-group-too-large sg-1'])
    expect([path!.ports, path!.sources[0]]).toEqual([{ begin: 0, end: 0 }, '32.0.0.0/32'])
    expect(analysis.exposureOf('i-1')).toBe('internet')
  }, 30_000)

  it('say so when a network ACL has more entries than there can be', () => {
    const ingress = Array.from({ length: 20_000 }, (_, index) => ({
      number: index + 1,
      action: index % 2 === 0 ? ('deny' as const) : ('allow' as const),
      protocol: 6,
      ports: { begin: index, end: 65_535 - index },
      icmp: null,
      cidr: alone(index),
    }))
    const analysis = analyzeNetwork(
      aNetworkWith({ networkAcls: [{ ...anAcl('acl-1', 'vpc-1', ['subnet-1']), ingress }] }),
    )

    expect(reasons(analysis)).toEqual(['network-acl-too-large acl-1'])
  }, 30_000)

  it('route by 100,000 prefixes', () => {
    const routes = Array.from({ length: 100_000 }, (_, index) => ({
      destination: { is: 'cidr' as const, cidr: alone(index) },
      target: { is: 'nat-gateway' as const, id: `nat-${index}` },
      isBlackhole: false,
      isPropagated: false,
    }))
    const [table] = aNetworkWith({}).routeTables
    const [path] = analyzeNetwork(
      aNetworkWith({ routeTables: [{ ...table!, routes: [...table!.routes, ...routes] }] }),
    ).paths

    expect(path!.sources).not.toContain('32.0.0.0/32')
    expect(path!.sources).toContain('32.0.0.1/32')
  }, 30_000)

  it('take one of several descriptions of one id, the same one in any order, and say so', () => {
    const interfaces = ['', 'other', 'third'].map(description =>
      Object.assign({}, ENI, {
        description,
        securityGroupIds: [`sg-${description}`, 'sg-1'],
      }),
    )
    const [analysis, reversed] = [interfaces, interfaces.toReversed()].map(given =>
      analyzeNetwork(aNetworkWith({ interfaces: given })),
    )

    expect(reasons(analysis!)).toContain('overlapping-ids eni-1')
    expect(JSON.stringify([...analysis!.paths])).toBe(JSON.stringify([...reversed!.paths]))
    expect(reasons(analysis!)).toEqual(reasons(reversed!))
  })

  it('mean nothing by what does not exist, and lose nothing else', () => {
    const analysis = analyzeNetwork(
      aNetworkWith({
        subnets: [],
        vpcs: [],
        networkAcls: [],
        peerings: [
          {
            ...owned('pcx-1'),
            status: 'active',
            requester: { vpcId: 'vpc-1', accountId: null, region: null, cidrs: [] },
            accepter: { vpcId: 'vpc-1', accountId: null, region: null, cidrs: [cidr('0.0.0.0/0')] },
          },
        ],
      }),
    )
    const [path, ...others] = analysis.paths

    expect(others).toEqual([])
    expect([path!.confidence, path!.assumptions]).toEqual([
      'assumed',
      ['The network ACL of subnet-1 was not described: it is taken to be open.'],
    ])
    expect(reasons(analysis)).toEqual(['network-acl-not-described subnet-1'])
  })
})
