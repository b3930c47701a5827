import { describe, expect, it } from 'vitest'
import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import type { AnalysisOptions } from '../analysis-options.ts'
import { analyzeNetwork } from '../analyze-network.ts'
import { why } from '../why.ts'
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
} from '../../../test/support/network-builder.ts'

const APP = aSubnet('subnet-app', 'vpc-1', '10.0.1.0/24')
const BOX = aSubnet('subnet-box', 'vpc-1', '10.0.2.0/24')
const ENDPOINT = {
  ...owned('vpce-1'),
  kind: 'GatewayLoadBalancer' as const,
  state: 'available',
  vpcId: 'vpc-1',
  serviceName: null,
  subnetIds: ['subnet-box'],
  interfaceIds: [],
  routeTableIds: [],
  securityGroupIds: [],
}

/** A host behind an internet gateway whose own table sends what is for it to `through` first. */
function inspected(through: string, parts: Partial<NetworkSnapshot> = {}, back = through): NetworkSnapshot {
  return aNetwork({
    vpcs: [aVpc('vpc-1', '10.0.0.0/16')],
    subnets: [APP, BOX],
    instances: [anInstance('i-1'), anInstance('i-box')],
    interfaces: [anInterface('eni-1', APP, ['10.0.1.10=198.51.100.7'], ['sg-1'], { instanceId: 'i-1' })],
    securityGroups: [aGroup('sg-1', ['tcp/22 0.0.0.0/0', 'tcp/80 0.0.0.0/0']), aGroup('sg-box', ['tcp/22 0.0.0.0/0'])],
    networkAcls: [anAcl('acl-1', 'vpc-1', ['subnet-app', 'subnet-box'])],
    routeTables: [
      aTable('rtb-app', 'vpc-1', ['subnet-app'], [`0.0.0.0/0 ${back}`]),
      aTable('rtb-box', 'vpc-1', ['subnet-box'], ['0.0.0.0/0 igw-1']),
      aTable('rtb-gateway', 'vpc-1', [], [`10.0.1.0/24 ${through}`], { gatewayIds: ['igw-1'] }),
    ],
    internetGateways: [{ ...owned('igw-1'), vpcId: 'vpc-1' }],
    endpoints: [ENDPOINT],
    ...parts,
  })
}

function open(snapshot: NetworkSnapshot, options: Partial<AnalysisOptions> = {}): readonly string[] {
  const paths = [...analyzeNetwork(snapshot, options).paths].filter(({ instanceId }) => instanceId === 'i-1')
  // Whatever is open must have its proof.
  for (const { hops } of paths)
    expect(hops.map(({ verdict }) => verdict).every(verdict => verdict === 'passes')).toBe(hops.length > 0)
  return paths.map(({ ports, via, confidence }) => `${ports.begin}-${ports.end} ${via.join('>')} ${confidence}`)
}

function box(hasCheck: boolean, publicAddress: string) {
  const parts = { instanceId: 'i-box', hasSourceDestinationCheck: hasCheck }
  const own = anInterface('eni-1', APP, ['10.0.1.10=198.51.100.7'], ['sg-1'], { instanceId: 'i-1' })
  return { interfaces: [own, anInterface('eni-box', BOX, [`10.0.2.10${publicAddress}`], ['sg-box'], parts)] }
}

describe('a gateway with a table of its own', () => {
  it('leads through the endpoint that answers come back by, on the assumption that it lets them', () => {
    expect(open(inspected('vpce-1'))).toEqual(['22-22 vpce-1 assumed', '80-80 vpce-1 assumed'])
  })

  it('leads nowhere when answers go straight to the gateway', () => {
    expect(open(inspected('vpce-1', {}, 'igw-1'))).toEqual([])
  })

  it('leads nowhere through appliances that are said to block', () => {
    expect(open(inspected('vpce-1'), { treatAppliancesAs: 'block' })).toEqual([])
  })

  it('leads through an interface that takes what is not its own, as far as its groups admit', () => {
    expect(open(inspected('eni-box', box(false, '=198.51.100.9')))).toEqual(['22-22 eni-box assumed'])
  })

  it.each([
    ['checks destinations', box(true, '=198.51.100.9')],
    ['has no public address', box(false, '')],
  ])('leads nowhere through an interface that %s', (_, parts) => {
    expect(open(inspected('eni-box', parts))).toEqual([])
  })

  it('leads nowhere when the table of the appliance does not go on to the target, and says so', () => {
    const [app, box, gateway] = inspected('vpce-1').routeTables
    const routes = aTable('rtb-box', 'vpc-1', ['subnet-box'], ['0.0.0.0/0 igw-1', '10.0.1.0/24 nat-1']).routes
    const parts = { routeTables: [app!, { ...box!, routes }, gateway!] }

    const { ways } = why(inspected('vpce-1', parts), { to: 'i-1', from: 'internet', protocol: 6, port: 22 })

    expect(open(inspected('vpce-1', parts))).toEqual([])
    expect(ways.map(({ via, obstacles }) => [via, obstacles.map(({ detail }) => detail)])).toContainEqual([
      ['vpce-1'],
      ['What leaves subnet-box goes to nat-1, not to subnet-app.'],
    ])
  })

  it('asks the network ACL of the subnet that the appliance is in', () => {
    const networkAcls = [
      anAcl('acl-1', 'vpc-1', ['subnet-app']),
      anAcl('acl-2', 'vpc-1', ['subnet-box'], { egress: ['1 deny tcp/22 10.0.1.0/24', '2 allow all 0.0.0.0/0'] }),
    ]

    expect(open(inspected('vpce-1', { networkAcls }))).toEqual(['80-80 vpce-1 assumed'])
  })

  it('leads past the rules of a firewall, for certain', () => {
    const drop = {
      priority: 1,
      action: 'drop' as const,
      hasTcpFlags: false,
      protocols: [6],
      sources: null,
      destinations: null,
      sourcePorts: null,
      destinationPorts: [{ begin: 22, end: 22 }],
    }
    const firewall = {
      endpoints: [],
      firewalls: [
        {
          ...owned('fw-1'),
          name: 'fw',
          vpcId: 'vpc-1',
          policyArn: 'policy-1',
          endpoints: [{ endpointId: 'vpce-1', subnetId: 'subnet-box' }],
        },
      ],
      firewallPolicies: [
        {
          ...owned('policy-1'),
          statelessGroups: [{ priority: 1, groupArn: 'group-1' }],
          statelessDefault: 'pass' as const,
          statefulGroupArns: [],
          statefulOrder: 'default' as const,
          dropsByDefault: false,
        },
      ],
      firewallRuleGroups: [{ ...owned('group-1'), stateless: [drop], stateful: [], hasUnreadRules: false }],
    }

    expect(open(inspected('vpce-1', firewall))).toEqual(['80-80 vpce-1 certain'])
    const { ways } = why(inspected('vpce-1', firewall), { to: 'i-1', from: 'internet', protocol: 6, port: 22 })
    expect(ways.flatMap(({ hops }) => hops.map(({ verdict }) => verdict))).toContain('firewall')
  })

  it('goes round in no circle', () => {
    const routeTables = [
      aTable('rtb-app', 'vpc-1', ['subnet-app'], ['0.0.0.0/0 vpce-1']),
      aTable('rtb-box', 'vpc-1', ['subnet-box'], ['0.0.0.0/0 igw-1', '10.0.1.0/24 vpce-1']),
      aTable('rtb-gateway', 'vpc-1', [], ['10.0.1.0/24 vpce-1'], { gatewayIds: ['igw-1'] }),
    ]

    expect(open(inspected('vpce-1', { routeTables }))).toEqual([])
  })
})

describe('an accelerator', () => {
  const accelerated = (parts: Partial<NetworkSnapshot> = {}) =>
    inspected('igw-1', {
      interfaces: [anInterface('eni-1', APP, ['10.0.1.10'], ['sg-1'], { instanceId: 'i-1' })],
      routeTables: [aTable('rtb-app', 'vpc-1', ['subnet-app', 'subnet-box'], [])],
      accelerators: [
        {
          arn: 'arn:aws:globalaccelerator::111122223333:accelerator/1',
          accountId: null,
          name: 'one',
          isEnabled: true,
          addresses: ['75.2.0.1'],
          listeners: [
            {
              arn: 'listener',
              protocol: 'TCP',
              ports: [{ begin: 70, end: 90 }],
              endpointGroups: [
                {
                  arn: 'group',
                  region: 'eu-west-1',
                  overrides: [{ listenerPort: 75, endpointPort: 22 }],
                  endpoints: [{ id: 'i-1', preservesClientAddress: true }],
                },
              ],
            },
          ],
        },
      ],
      ...parts,
    })
  const ports = (snapshot: NetworkSnapshot, options: Partial<AnalysisOptions>) =>
    [...analyzeNetwork(snapshot, options).paths].map(path => `${path.ports.begin} at ${path.frontendPorts.join()}`)

  it('opens ports of a private host when it is asked for, under the ports that it overrides', () => {
    expect(ports(accelerated(), { globalAccelerator: true })).toEqual(['22 at 75', '80 at '])
    expect(ports(accelerated(), {})).toEqual([])
  })

  it('needs an internet gateway on the VPC', () => {
    expect(ports(accelerated({ internetGateways: [] }), { globalAccelerator: true })).toEqual([])
  })
})
