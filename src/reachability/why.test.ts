import fc from 'fast-check'
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
import { smallNetworks } from '../../test/support/small-networks.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import { analyzeNetwork } from './analyze-network.ts'
import { why, type Answer, type Question } from './why.ts'

const SUBNET = aSubnet('subnet-1', 'vpc-1', '10.0.1.0/24')
const OTHER = aSubnet('subnet-2', 'vpc-1', '10.0.2.0/24')
const SSH: Question = { to: 'i-1', from: 'internet', protocol: 6, port: 22 }

/** Nothing about it lets anybody in: what is given replaces one obstacle. */
function aClosedHost(parts: Partial<NetworkSnapshot> = {}): NetworkSnapshot {
  return aNetwork({
    vpcs: [aVpc('vpc-1', '10.0.0.0/16')],
    subnets: [SUBNET, OTHER],
    instances: [anInstance('i-1'), anInstance('i-2')],
    interfaces: [
      anInterface('eni-1', SUBNET, ['10.0.1.10'], ['sg-1'], { instanceId: 'i-1' }),
      anInterface('eni-2', OTHER, ['10.0.2.10'], ['sg-2'], { instanceId: 'i-2' }),
    ],
    securityGroups: [aGroup('sg-1', ['tcp/443 0.0.0.0/0', 'tcp/5432 sg-2']), aGroup('sg-2', [], ['tcp/5432 sg-1'])],
    networkAcls: [
      anAcl('acl-1', 'vpc-1', ['subnet-1'], {
        ingress: ['50 deny tcp/22 0.0.0.0/0', '100 allow all 0.0.0.0/0'],
        egress: ['100 allow tcp/443 0.0.0.0/0'],
      }),
      anAcl('acl-2', 'vpc-1', ['subnet-2']),
    ],
    routeTables: [aTable('rtb-1', 'vpc-1', ['subnet-1', 'subnet-2'], ['10.0.0.0/16 local', '0.0.0.0/0 nat-1'])],
    internetGateways: [{ ...owned('igw-1'), vpcId: 'vpc-1' }],
    ...parts,
  })
}

function obstacles({ ways }: Answer): readonly (readonly string[])[] {
  return ways.map(way => way.obstacles.map(({ verdict, componentId }) => `${verdict} ${componentId}`))
}

describe('why something cannot be reached', () => {
  it('names every obstacle, not the first alone', () => {
    const answer = why(aClosedHost(), SSH)

    expect(answer.verdict).toBe('closed')
    expect(obstacles(answer)).toEqual([
      [
        'no-public-address eni-1',
        'network-acl-inbound acl-1',
        'security-group-inbound sg-1',
        'route-elsewhere rtb-1',
        'network-acl-outbound acl-1',
      ],
    ])
    expect(answer.ways[0]!.obstacles.map(({ rule }) => rule)).toEqual([
      null,
      'acl-1 ingress rule 50',
      null,
      'rtb-1 0.0.0.0/0 -> nat-1',
      'acl-1 egress rule *',
    ])
  })

  it('says that there is no gateway', () => {
    expect(obstacles(why(aClosedHost({ internetGateways: [] }), SSH))[0]).toContain('no-internet-gateway vpc-1')
  })

  it('names the one obstacle that is left, and the sources that get through elsewhere', () => {
    const open = aClosedHost({
      interfaces: [anInterface('eni-1', SUBNET, ['10.0.1.10=198.51.100.7'], ['sg-1'], { instanceId: 'i-1' })],
      networkAcls: [anAcl('acl-1', 'vpc-1', ['subnet-1'])],
      routeTables: [aTable('rtb-1', 'vpc-1', ['subnet-1'], ['10.0.0.0/16 local', '203.0.113.0/24 igw-1'])],
    })

    expect(obstacles(why(open, SSH))).toEqual([['security-group-inbound sg-1', 'no-route rtb-1']])
    const { verdict, openSources, ways } = why(open, { ...SSH, port: 443, from: cidr('203.0.0.0/16') })
    expect([verdict, openSources, ways[0]!.isOpen]).toEqual(['open', ['203.0.113.0/24'], true])
  })

  it('answers for an interface of the same VPC, whose groups count', () => {
    const question: Question = { to: 'i-1', from: { interfaceId: 'eni-2' }, protocol: 6, port: 5432 }

    expect(obstacles(why(aClosedHost(), question))).toEqual([['network-acl-outbound acl-1']])
    const answer = why(aClosedHost({ networkAcls: [anAcl('acl-1', 'vpc-1', ['subnet-1', 'subnet-2'])] }), question)
    expect([answer.verdict, answer.openSources]).toEqual(['open', ['10.0.2.10/32']])
  })

  it('does not call closed what it does not know', () => {
    expect(why(aClosedHost({ interfaces: [] }), SSH).verdict).toBe('unknown')
    expect(why(aClosedHost(), { ...SSH, to: 'i-9' }).verdict).toBe('unknown')
    const undescribed = aClosedHost({
      interfaces: [anInterface('eni-1', SUBNET, ['10.0.1.10=198.51.100.7'], ['sg-9'], { instanceId: 'i-1' })],
      networkAcls: [anAcl('acl-1', 'vpc-1', ['subnet-1'])],
      routeTables: [aTable('rtb-1', 'vpc-1', ['subnet-1'], ['10.0.0.0/16 local', '0.0.0.0/0 igw-1'])],
    })
    expect(why(undescribed, SSH).verdict).toBe('unknown')
  })

  it('agrees with the paths: each has a proof, and what has none has obstacles', () => {
    fc.assert(
      fc.property(smallNetworks, fc.constantFrom(22, 53, 80, 443), (network, port) => {
        const paths = [...analyzeNetwork(network).paths]
        expect(paths.filter(({ hops }) => hops.length === 0)).toEqual([])

        for (const { id } of network.instances) {
          const answer = why(network, { to: id, from: 'internet', protocol: 6, port })
          const isOpen = paths.some(
            path =>
              path.instanceId === id &&
              path.edge.kind === 'internet-gateway' &&
              path.protocol === 'TCP' &&
              path.ports.begin <= port &&
              port <= path.ports.end,
          )
          expect(answer.verdict === 'open').toBe(isOpen)
          expect(answer.ways.some(way => way.isOpen)).toBe(isOpen)
          expect(answer.ways.every(way => way.isOpen === (way.obstacles.length === 0))).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })
})
