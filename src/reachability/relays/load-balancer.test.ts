import { describe, expect, it } from 'vitest'
import type { Listener, ListenerRule, LoadBalancer, TargetGroup } from '../../domain/network/load-balancers.ts'
import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import { analyzeNetwork } from '../analyze-network.ts'
import {
  aGroup,
  anAcl,
  aNetwork,
  anInstance,
  anInterface,
  aLoadBalancer,
  aSubnet,
  aTable,
  aTargetGroup,
  aVpc,
  cidr,
  owned,
} from '../../../test/support/network-builder.ts'

const ALB = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188'
const NLB = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/front/1dc6c495c0c91882'
const PUBLIC = aSubnet('subnet-public', 'vpc-1', '10.0.0.0/24')
const PRIVATE = aSubnet('subnet-private', 'vpc-1', '10.0.1.0/24')
const TARGET = anInterface('eni-1', PRIVATE, ['10.0.1.10'], ['sg-target'], { instanceId: 'i-1' })
const ANYONE = '1.0.0.0/8+2.0.0.0/7+4.0.0.0/6'

function rule(targetGroupArns: readonly string[], parts: Partial<ListenerRule> = {}): ListenerRule {
  return {
    id: 'rule',
    isDefault: true,
    sources: [],
    hasOtherConditions: false,
    targetGroupArns,
    isAuthenticated: false,
    ...parts,
  }
}

function listener(
  protocol: Listener['protocol'],
  port: number,
  rules: readonly ListenerRule[] = [rule(['tg-1'])],
): Listener {
  return { id: `listener-${port}`, protocol, port, rules }
}

function alb(parts: Partial<LoadBalancer> = {}): LoadBalancer {
  return aLoadBalancer({
    zones: [{ zone: 'euw1-az1', subnetId: 'subnet-public' }],
    securityGroupIds: ['sg-lb'],
    listeners: [listener('HTTPS', 443)],
    ...parts,
  })
}

function nlb(parts: Partial<LoadBalancer> = {}): LoadBalancer {
  return alb({
    id: NLB,
    name: 'front',
    kind: 'network',
    securityGroupIds: [],
    listeners: [listener('TCP', 443)],
    ...parts,
  })
}

function node(description: string, subnet = PUBLIC, address = '10.0.0.9=198.51.100.9') {
  return anInterface(`eni-${description}`, subnet, [address], ['sg-lb'], { description: `ELB ${description}` })
}

const ALB_NODE = node('app/shop/50dc6c495c0c9188')
const NLB_NODE = { ...node('net/front/1dc6c495c0c91882', PUBLIC, '10.0.0.8=198.51.100.8'), securityGroupIds: [] }

/** An internet-facing load balancer in a public subnet, its target in a private one that has local routes only. */
function site(parts: Partial<NetworkSnapshot> = {}): NetworkSnapshot {
  return aNetwork({
    vpcs: [aVpc('vpc-1', '10.0.0.0/16')],
    subnets: [PRIVATE, PUBLIC],
    instances: [anInstance('i-1')],
    interfaces: [TARGET, ALB_NODE, NLB_NODE],
    securityGroups: [aGroup('sg-lb', ['tcp/443 0.0.0.0/0']), aGroup('sg-target', ['tcp/8080 sg-lb'])],
    networkAcls: [anAcl('acl-1', 'vpc-1', ['subnet-private', 'subnet-public'])],
    routeTables: [
      aTable('rtb-private', 'vpc-1', ['subnet-private'], []),
      aTable('rtb-public', 'vpc-1', ['subnet-public'], ['0.0.0.0/0 igw-1']),
    ],
    internetGateways: [{ ...owned('igw-1'), vpcId: 'vpc-1' }],
    loadBalancers: [alb()],
    targetGroups: [aTargetGroup()],
    ...parts,
  })
}

/** Every path, in short. */
function open(snapshot: NetworkSnapshot): readonly string[] {
  return [...analyzeNetwork(snapshot).paths].map(({ protocol, ports, sources, frontendPorts, via, confidence }) =>
    [
      `${protocol} ${ports.begin}-${ports.end} at ${frontendPorts.join('+')}`,
      sources.slice(0, 3).join('+'),
      via.map(id => (id === ALB ? 'alb' : id === NLB ? 'nlb' : id)).join('>'),
      confidence,
    ].join(' '),
  )
}

describe('an application load balancer', () => {
  it('opens the port of a target that admits nothing but its groups', () => {
    expect(open(site())).toEqual([`TCP 8080-8080 at 443 ${ANYONE} alb certain`])
  })

  it('is among the steps with listener and target group', () => {
    const [path] = analyzeNetwork(site()).paths

    expect(path!.steps.map(({ componentId }) => componentId)).toEqual([
      'igw-1',
      'acl-1',
      'sg-lb',
      ALB,
      'listener-443',
      'tg-1',
      'acl-1',
      'sg-target',
      'eni-1',
      'i-1',
    ])
  })

  it.each<[string, Partial<NetworkSnapshot>]>([
    ['it is internal', { loadBalancers: [alb({ isInternetFacing: false })] }],
    [
      'its own groups let nothing out to the port',
      {
        securityGroups: [
          aGroup('sg-lb', ['tcp/443 0.0.0.0/0'], ['tcp/80 0.0.0.0/0']),
          aGroup('sg-target', ['tcp/8080 sg-lb']),
        ],
      },
    ],
    [
      'its own groups do not take clients',
      { securityGroups: [aGroup('sg-lb', ['tcp/80 0.0.0.0/0']), aGroup('sg-target', ['tcp/8080 sg-lb'])] },
    ],
    [
      'the target admits another port',
      { securityGroups: [aGroup('sg-lb', ['tcp/443 0.0.0.0/0']), aGroup('sg-target', ['tcp/80 0.0.0.0/0'])] },
    ],
    [
      "the network ACL of the load balancer's subnet lets nothing out to the target",
      {
        networkAcls: [
          anAcl('acl-1', 'vpc-1', ['subnet-private']),
          anAcl('acl-2', 'vpc-1', ['subnet-public'], {
            egress: ['1 deny tcp/8080 10.0.1.0/24', '2 allow all 0.0.0.0/0'],
          }),
        ],
      },
    ],
    [
      'the network ACL of the target lets no answer out to the node',
      {
        networkAcls: [
          anAcl('acl-1', 'vpc-1', ['subnet-public']),
          anAcl('acl-2', 'vpc-1', ['subnet-private'], { egress: ['1 allow tcp/0-1023 0.0.0.0/0'] }),
        ],
      },
    ],
    ['its only action is a redirect', { loadBalancers: [alb({ listeners: [listener('HTTPS', 443, [rule([])])] })] }],
    ['no listener has the target group', { loadBalancers: [alb({ listeners: [] })] }],
    ['the group has no targets', { targetGroups: [aTargetGroup({ targets: [] })] }],
  ])('opens nothing when %s', (_, parts) => {
    expect(open(site(parts))).toEqual([])
  })

  it('narrows clients to the sources of the rule that forwards', () => {
    const rules = [rule(['tg-1'], { isDefault: false, sources: [[cidr('203.0.113.0/24')]] }), rule([])]

    expect(open(site({ loadBalancers: [alb({ listeners: [listener('HTTPS', 443, rules)] })] }))).toEqual([
      'TCP 8080-8080 at 443 203.0.113.0/24 alb certain',
    ])
  })

  it('leaves to the default what no rule before it takes for good', () => {
    const rules = (hasOtherConditions: boolean) => [
      rule([], { isDefault: false, sources: [[cidr('0.0.0.0/1')]], hasOtherConditions }),
      rule(['tg-1']),
    ]
    const first = (hasOtherConditions: boolean) =>
      open(site({ loadBalancers: [alb({ listeners: [listener('HTTPS', 443, rules(hasOtherConditions))] })] }))

    expect(first(false)[0]).toContain('at 443 128.0.0.0/3+')
    expect(first(true)[0]).toContain(`at 443 ${ANYONE}`)
  })

  it('joins listeners that lead to one port', () => {
    const listeners = [listener('HTTP', 80), listener('HTTPS', 443)]
    const securityGroups = [aGroup('sg-lb', ['tcp/0-1000 0.0.0.0/0']), aGroup('sg-target', ['tcp/8080 sg-lb'])]

    expect(open(site({ loadBalancers: [alb({ listeners })], securityGroups }))).toEqual([
      `TCP 8080-8080 at 80+443 ${ANYONE} alb certain`,
    ])
  })

  it('is assumed to have nodes that nobody described', () => {
    expect(open(site({ interfaces: [TARGET] }))).toEqual([`TCP 8080-8080 at 443 ${ANYONE} alb assumed`])
  })

  it('is entered over a peering by its private addresses', () => {
    const parts = {
      vpcs: [aVpc('vpc-1', '10.0.0.0/16'), aVpc('vpc-2', '10.9.0.0/16')],
      subnets: [PRIVATE, PUBLIC, aSubnet('subnet-peer', 'vpc-2', '10.9.0.0/24')],
      routeTables: [
        aTable('rtb-private', 'vpc-1', ['subnet-private'], []),
        aTable('rtb-public', 'vpc-1', ['subnet-public'], ['10.9.0.0/16 pcx-1']),
        aTable('rtb-peer', 'vpc-2', ['subnet-peer'], ['10.0.0.0/16 pcx-1']),
      ],
      networkAcls: [
        anAcl('acl-1', 'vpc-1', ['subnet-private', 'subnet-public']),
        anAcl('acl-2', 'vpc-2', ['subnet-peer']),
      ],
      peerings: [
        {
          ...owned('pcx-1'),
          status: 'active',
          requester: { vpcId: 'vpc-1', accountId: null, region: null, cidrs: [] },
          accepter: { vpcId: 'vpc-2', accountId: null, region: null, cidrs: [] },
        },
      ],
      loadBalancers: [alb({ isInternetFacing: false })],
    }

    expect(open(site(parts))).toEqual(['TCP 8080-8080 at 443 10.9.0.0/24 alb certain'])
  })

  it('remarks that it does not know rules that were not described', () => {
    const unread = alb({ listeners: [{ ...listener('HTTPS', 443), rules: null }] })

    const { notices } = analyzeNetwork(site({ loadBalancers: [unread] }))

    expect(notices.map(({ reason, weight }) => `${reason} ${weight}`)).toContain('listener-rules-not-described unknown')
  })
})

describe('a network load balancer', () => {
  function withNlb(
    {
      balancer = {},
      targets = {},
      admits = 'tcp/8080 0.0.0.0/0',
    }: { balancer?: Partial<LoadBalancer>; targets?: Partial<TargetGroup>; admits?: string } = {},
    parts: Partial<NetworkSnapshot> = {},
  ): readonly string[] {
    return open(
      site({
        loadBalancers: [nlb(balancer)],
        targetGroups: [aTargetGroup({ protocol: 'TCP', ...targets })],
        securityGroups: [aGroup('sg-lb', ['tcp/443 0.0.0.0/0']), aGroup('sg-target', [admits])],
        ...parts,
      }),
    )
  }

  it('leaves clients their address: what the target admits of them counts, and its routes do not', () => {
    expect(withNlb()).toEqual([`TCP 8080-8080 at 443 ${ANYONE} nlb certain`])
    expect(withNlb({ admits: 'tcp/8080 203.0.113.0/24' })).toEqual(['TCP 8080-8080 at 443 203.0.113.0/24 nlb certain'])
    expect(withNlb({ admits: 'tcp/8080 10.0.0.0/16' })).toEqual([])
  })

  it('comes from its own addresses without preservation', () => {
    const targets = { preservesClientAddress: false }

    expect(withNlb({ targets, admits: 'tcp/8080 10.0.0.0/16' })).toEqual([`TCP 8080-8080 at 443 ${ANYONE} nlb certain`])
    expect(withNlb({ targets, admits: 'tcp/8080 203.0.113.0/24' })).toEqual([])
  })

  it('is known by its groups where it has some', () => {
    const balancer = { securityGroupIds: ['sg-lb'] }

    expect(withNlb({ balancer, admits: 'tcp/8080 sg-lb' })).toEqual([`TCP 8080-8080 at 443 ${ANYONE} nlb certain`])
    expect(withNlb({ admits: 'tcp/8080 sg-lb' })).toEqual([])
  })

  it('needs the network ACL of the target to admit clients whose address it leaves', () => {
    const networkAcls = [
      anAcl('acl-1', 'vpc-1', ['subnet-public']),
      anAcl('acl-2', 'vpc-1', ['subnet-private'], { ingress: ['1 allow all 10.0.0.0/8'] }),
    ]

    expect(withNlb({}, { networkAcls })).toEqual([])
    expect(withNlb({ targets: { preservesClientAddress: false } }, { networkAcls })).toHaveLength(1)
  })

  it.each([
    [false, []],
    [true, [`TCP 8080-8080 at 443 ${ANYONE} nlb certain`]],
  ])('with cross-zone balancing %s sends to another zone of its own: %j', (isCrossZone, expected) => {
    const far = aSubnet('subnet-private', 'vpc-1', '10.0.1.0/24', 'euw1-az2')
    const zones = [
      { zone: 'euw1-az1', subnetId: 'subnet-public' },
      { zone: 'euw1-az2', subnetId: 'subnet-other' },
    ]
    // The node in the second zone has no way to the internet.
    const parts = { subnets: [aSubnet('subnet-other', 'vpc-1', '10.0.2.0/24', 'euw1-az2'), far, PUBLIC] }
    const routeTables = [...site().routeTables, aTable('rtb-other', 'vpc-1', ['subnet-other'], [])]

    expect(withNlb({ balancer: { isCrossZone, zones } }, { ...parts, routeTables })).toEqual(expected)
  })

  it('sends nothing to a zone that it is not enabled in', () => {
    const far = aSubnet('subnet-private', 'vpc-1', '10.0.1.0/24', 'euw1-az2')

    expect(withNlb({ balancer: { isCrossZone: true } }, { subnets: [far, PUBLIC] })).toEqual([])
  })

  it('reaches an address in a peered VPC', () => {
    const far = aSubnet('subnet-far', 'vpc-2', '10.9.0.0/24')
    const targets = {
      targetKind: 'ip' as const,
      targets: [{ id: '10.9.0.10', port: null, zone: 'all', health: 'healthy' }],
    }
    const parts = (admits: string) => ({
      vpcs: [aVpc('vpc-1', '10.0.0.0/16'), aVpc('vpc-2', '10.9.0.0/16')],
      subnets: [PRIVATE, PUBLIC, far],
      interfaces: [NLB_NODE, anInterface('eni-1', far, ['10.9.0.10'], ['sg-target'], { instanceId: 'i-1' })],
      routeTables: [
        aTable('rtb-public', 'vpc-1', ['subnet-public', 'subnet-private'], ['0.0.0.0/0 igw-1', '10.9.0.0/16 pcx-1']),
        aTable('rtb-far', 'vpc-2', ['subnet-far'], ['10.0.0.0/16 pcx-1']),
      ],
      networkAcls: [
        anAcl('acl-1', 'vpc-1', ['subnet-private', 'subnet-public']),
        anAcl('acl-2', 'vpc-2', ['subnet-far']),
      ],
      securityGroups: [aGroup('sg-target', [admits])],
      peerings: [
        {
          ...owned('pcx-1'),
          status: 'active',
          requester: { vpcId: 'vpc-1', accountId: null, region: null, cidrs: [] },
          accepter: { vpcId: 'vpc-2', accountId: null, region: null, cidrs: [] },
        },
      ],
    })

    expect(withNlb({ targets }, parts('tcp/8080 10.0.0.8/32'))).toContain(`TCP 8080-8080 at 443 ${ANYONE} nlb certain`)
    expect(withNlb({ targets }, parts('tcp/8080 203.0.113.0/24'))).toEqual([])
  })

  it('stands before an application load balancer', () => {
    const chain = {
      loadBalancers: [
        alb({ isInternetFacing: false, listeners: [listener('HTTP', 80)] }),
        nlb({ listeners: [listener('TCP', 443, [rule(['tg-alb'])])] }),
      ],
      targetGroups: [
        aTargetGroup(),
        aTargetGroup({
          id: 'tg-alb',
          protocol: 'TCP',
          port: 80,
          targetKind: 'alb',
          targets: [{ id: ALB, port: 80, zone: null, health: 'healthy' }],
        }),
      ],
      securityGroups: [aGroup('sg-lb', ['tcp/80 203.0.113.0/24']), aGroup('sg-target', ['tcp/8080 sg-lb'])],
    }

    expect(open(site(chain))).toEqual(['TCP 8080-8080 at 443 203.0.113.0/24 nlb>alb certain'])
  })

  it('passes datagrams on', () => {
    const listeners = [listener('UDP', 53)]

    expect(
      withNlb({ balancer: { listeners }, targets: { protocol: 'UDP', port: 5353 }, admits: 'udp/5353 0.0.0.0/0' }),
    ).toEqual([`UDP 5353-5353 at 53 ${ANYONE} nlb certain`])
  })
})

describe('a classic load balancer', () => {
  function withClassic(parts: Partial<NetworkSnapshot>): readonly string[] {
    return open(
      site({
        loadBalancers: [],
        targetGroups: [],
        interfaces: [TARGET, node('old')],
        classicLoadBalancers: [
          {
            ...owned('old'),
            isInternetFacing: true,
            vpcId: 'vpc-1',
            subnetIds: ['subnet-public'],
            securityGroupIds: ['sg-lb'],
            isCrossZone: true,
            listeners: [{ protocol: 'HTTP', port: 443, instancePort: 8080 }],
            instanceIds: ['i-1'],
          },
        ],
        ...parts,
      }),
    )
  }

  it('opens the instance port', () => {
    expect(withClassic({})).toEqual([`TCP 8080-8080 at 443 ${ANYONE} old certain`])
  })

  it('asks the network ACL of a subnet that it shares with its target, as no other does', () => {
    const beside = anInterface('eni-1', PUBLIC, ['10.0.0.10'], ['sg-target'], { instanceId: 'i-1' })
    const networkAcls = [
      anAcl('acl-1', 'vpc-1', ['subnet-public'], { ingress: ['1 deny tcp/8080 0.0.0.0/0', '2 allow all 0.0.0.0/0'] }),
    ]

    expect(withClassic({ interfaces: [beside, node('old')], networkAcls })).toEqual([])
    expect(open(site({ interfaces: [beside, ALB_NODE], networkAcls }))).toHaveLength(1)
  })
})
