import { describe, expect, it } from 'vitest'
import { aGroup, anAcl, anInstance, anInterface, aSubnet, aTable, permission } from './makers.ts'
import { joined, plainNetwork, SUBNET, VPC } from './plain-network.ts'
import { ACCOUNT, recordedCalls, REGION, type NetworkParts } from './recorded-parts.ts'
import { analysisOf, judged } from './verdicts.ts'

const BOX_SUBNET = aSubnet('subnet-box', 'vpc-1', ['10.0.9.0/24'])
const FIREWALL = `arn:aws:network-firewall:${REGION}:${ACCOUNT}`

/** Beside the plain network: a subnet of middleboxes that is routed to the gateway, and a table on the gateway itself. */
function redirected(box: string, more: NetworkParts = {}): NetworkParts {
  const own: NetworkParts = {
    subnets: [BOX_SUBNET],
    routeTables: [
      aTable('rtb-box', VPC, ['0.0.0.0/0 igw-1'], 'subnet-box'),
      aTable('rtb-igw', VPC, [`10.0.1.0/24 ${box}`], 'igw-1'),
    ],
  }
  return joined(own, more)
}

function gatewayEndpoint(VpcEndpointId: string) {
  return {
    VpcEndpointId,
    VpcId: 'vpc-1',
    VpcEndpointType: 'GatewayLoadBalancer',
    State: 'available',
    SubnetIds: ['subnet-box'],
  }
}

function appliance(isRouter: boolean) {
  return anInterface('eni-box', BOX_SUBNET, {
    instance: 'i-box',
    addresses: ['10.0.9.10=54.0.0.9'],
    groups: ['sg-box'],
    isRouter,
  })
}

const APPLIANCE_PARTS: NetworkParts = {
  instances: [anInstance('i-box')],
  securityGroups: [aGroup('sg-box', 'vpc-1', [permission('tcp 22', '0.0.0.0/0')])],
}

describe('scenarios of reachability §8: middleboxes', () => {
  it('77: what passes an endpoint both ways is open, as far as its appliance lets it', () => {
    const more = redirected('vpce-1', { endpoints: [gatewayEndpoint('vpce-1')] })
    const parts = plainNetwork({ routes: ['0.0.0.0/0 vpce-1'], more })

    expect(judged(parts)).toEqual(['igw-1 eni-1 TCP 22-22 from internet by vpce-1'])
    const [path] = analysisOf(recordedCalls(parts)).paths
    expect(path?.confidence).toBe('assumed')
    expect(path?.steps.map(({ componentType }) => componentType)).toContain('AWS::EC2::VPCEndpoint')
  })

  it('78: an answer that passes by the endpoint does not connect', () => {
    const more = redirected('vpce-1', { endpoints: [gatewayEndpoint('vpce-1')] })
    expect(judged(plainNetwork({ more }))).toEqual([])
  })

  it.each([
    [true, ['igw-1 eni-1 TCP 22-22 from internet by eni-box', 'igw-1 eni-box TCP 22-22 from internet']],
    [false, ['igw-1 eni-box TCP 22-22 from internet']],
  ])('79: an interface passes others’ packets on only if it forwards (%s)', (isRouter, expected) => {
    const own = anInterface('eni-1', SUBNET, { instance: 'i-1', addresses: ['10.0.1.10=54.0.0.1'], groups: ['sg-1'] })
    const more = redirected('eni-box', APPLIANCE_PARTS)
    const parts = plainNetwork({ routes: ['0.0.0.0/0 eni-box'], interfaces: [own, appliance(isRouter)], more })
    expect(judged(parts)).toEqual(expected)
  })

  it('80: what a firewall drops is not open', () => {
    const more = redirected('vpce-1', {
      endpoints: [gatewayEndpoint('vpce-1')],
      firewalls: [
        {
          Firewall: {
            FirewallArn: `${FIREWALL}:firewall/one`,
            FirewallName: 'one',
            VpcId: 'vpc-1',
            FirewallPolicyArn: `${FIREWALL}:firewall-policy/one`,
          },
          FirewallStatus: {
            SyncStates: {
              'eu-west-1a': { Attachment: { EndpointId: 'vpce-1', SubnetId: 'subnet-box', Status: 'READY' } },
            },
          },
        },
      ],
      firewallPolicies: [
        {
          arn: `${FIREWALL}:firewall-policy/one`,
          policy: {
            StatelessRuleGroupReferences: [{ ResourceArn: `${FIREWALL}:stateless-rulegroup/one`, Priority: 1 }],
            StatelessDefaultActions: ['aws:pass'],
            StatelessFragmentDefaultActions: ['aws:pass'],
          },
        },
      ],
      ruleGroups: [
        {
          arn: `${FIREWALL}:stateless-rulegroup/one`,
          group: {
            RulesSource: {
              StatelessRulesAndCustomActions: {
                StatelessRules: [
                  {
                    Priority: 1,
                    RuleDefinition: {
                      Actions: ['aws:drop'],
                      MatchAttributes: { Protocols: [6], DestinationPorts: [{ FromPort: 22, ToPort: 22 }] },
                    },
                  },
                ],
              },
            },
          },
        },
      ],
    })
    const ingress = [permission('tcp 20-25', '0.0.0.0/0')]
    expect(judged(plainNetwork({ ingress, routes: ['0.0.0.0/0 vpce-1'], more }))).toEqual([
      'igw-1 eni-1 TCP 20-21 from internet by vpce-1',
      'igw-1 eni-1 TCP 23-25 from internet by vpce-1',
    ])
  })

  it('81: a group reference does not hold behind an appliance', () => {
    // The load balancer's node reaches the target's subnet by an appliance: the rule that names its group no longer matches.
    const node = anInterface('eni-node', BOX_SUBNET, {
      addresses: ['10.0.9.40=54.0.0.8'],
      groups: ['sg-lb'],
      balancer: 'classic-1',
    })
    const own = anInterface('eni-1', SUBNET, { instance: 'i-1', addresses: ['10.0.1.10'], groups: ['sg-1'] })
    const doorSubnet = aSubnet('subnet-door', 'vpc-1', ['10.0.7.0/24'])
    const box = {
      ...anInterface('eni-box', doorSubnet, {
        instance: 'i-box',
        addresses: ['10.0.7.10'],
        groups: ['sg-box'],
        isRouter: true,
      }),
    }
    const parts = (peer: string): NetworkParts =>
      plainNetwork({
        ingress: [permission('tcp 80', peer)],
        routes: ['10.0.9.0/24 eni-box'],
        interfaces: [own, node, box],
        more: {
          subnets: [BOX_SUBNET, doorSubnet],
          instances: [anInstance('i-box')],
          securityGroups: [
            aGroup('sg-lb', 'vpc-1', [permission('tcp 443', '0.0.0.0/0')]),
            aGroup('sg-box', 'vpc-1', [permission('all', '0.0.0.0/0')]),
          ],
          acls: [anAcl('acl-9', 'vpc-1', undefined, ['subnet-door'])],
          routeTables: [
            aTable('rtb-box', VPC, ['0.0.0.0/0 igw-1', '10.0.1.0/24 eni-box'], 'subnet-box'),
            aTable('rtb-door', VPC, [], 'subnet-door'),
          ],
          classicLoadBalancers: [
            {
              isCrossZone: true,
              balancer: {
                LoadBalancerName: 'classic-1',
                Scheme: 'internet-facing',
                VPCId: 'vpc-1',
                Subnets: ['subnet-box'],
                SecurityGroups: ['sg-lb'],
                Instances: [{ InstanceId: 'i-1' }],
                ListenerDescriptions: [{ Listener: { Protocol: 'TCP', LoadBalancerPort: 443, InstancePort: 80 } }],
              },
            },
          ],
        },
      })

    expect(judged(parts('sg-lb'))).toEqual([])
    expect(judged(parts('10.0.9.0/24'))).toEqual([
      'igw-1 eni-1 TCP 80-80 from internet by classic-1 eni-box in front 443',
    ])
  })
})
