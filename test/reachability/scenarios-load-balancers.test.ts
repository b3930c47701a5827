import { describe, expect, it } from 'vitest'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import type { RawPermission } from '../support/packet-simulator/wire.ts'
import {
  aGroup,
  ALLOW_ALL,
  anAcl,
  anInstance,
  anInterface,
  aPeering,
  aSubnet,
  aTable,
  aVpc,
  permission,
} from './makers.ts'
import { joined, plainNetwork, VPC } from './plain-network.ts'
import { ACCOUNT, recordedCalls, REGION, type NetworkParts } from './recorded-parts.ts'
import { analysisOf, judged, verdictsOf } from './verdicts.ts'

const PUBLIC = aSubnet('subnet-pub', 'vpc-1', ['10.0.8.0/24'])
const PRIVATE = aSubnet('subnet-1', 'vpc-1', ['10.0.1.0/24'])
const ARN = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}`
const FROM_BALANCER = [permission('tcp 8080', 'sg-lb')]

interface BalancerWish {
  readonly kind?: 'app' | 'net' | 'classic'
  readonly isInternal?: boolean
  /** Permissions of the target's group. */
  readonly target?: readonly RawPermission[]
  readonly egress?: readonly RawPermission[]
  readonly groups?: readonly string[]
  readonly rules?: readonly Readonly<Record<string, unknown>>[]
  readonly listens?: 'forward' | 'redirect' | 'nowhere'
  readonly attributes?: Readonly<Record<string, string>>
  readonly targets?: readonly Readonly<Record<string, unknown>>[]
  readonly targetType?: string
  readonly isCrossZone?: boolean
  readonly health?: string
  readonly more?: NetworkParts
  readonly acls?: NetworkParts['acls']
  readonly instanceZone?: string
  readonly targetSubnet?: typeof PRIVATE
}

function forwardTo(group: string) {
  return [{ Type: 'forward', TargetGroupArn: `${ARN}:targetgroup/${group}` }]
}

/** An instance without public address in a subnet of local routes, behind a load balancer in a public subnet. */
function balanced(wish: BalancerWish = {}): NetworkParts {
  const kind = wish.kind ?? 'app'
  const name = kind === 'classic' ? 'classic-1' : `${kind}/web/1`
  const groups = wish.groups ?? ['sg-lb']
  const isInternal = wish.isInternal === true
  const home = wish.targetSubnet ?? PRIVATE
  const instance = anInterface('eni-1', home, {
    instance: 'i-1',
    addresses: [home === PRIVATE ? '10.0.1.10' : '10.0.8.10'],
    groups: ['sg-1'],
  })
  const node = anInterface('eni-node', PUBLIC, {
    addresses: [isInternal ? '10.0.8.40' : '10.0.8.40=54.0.0.9'],
    groups,
    balancer: name,
  })
  const own: NetworkParts = {
    vpcs: [VPC],
    subnets: home === PRIVATE ? [PRIVATE, PUBLIC] : [PUBLIC],
    interfaces: [instance, node],
    instances: [anInstance('i-1')],
    securityGroups: [
      aGroup('sg-1', 'vpc-1', wish.target ?? FROM_BALANCER),
      aGroup('sg-lb', 'vpc-1', [permission('tcp 443', '0.0.0.0/0')], wish.egress ?? [permission('all', '0.0.0.0/0')]),
    ],
    acls: wish.acls ?? [anAcl('acl-1', 'vpc-1')],
    routeTables: [aTable('rtb-1', VPC, [], 'main'), aTable('rtb-2', VPC, ['0.0.0.0/0 igw-1'], 'subnet-pub')],
    internetGateways: plainNetwork().internetGateways!,
    ...(kind === 'classic' ? classic(isInternal, groups) : modern(kind, isInternal, groups, wish)),
  }
  return joined(own, wish.more ?? {})
}

function classic(isInternal: boolean, groups: readonly string[]): NetworkParts {
  const balancer = {
    LoadBalancerName: 'classic-1',
    Scheme: isInternal ? 'internal' : 'internet-facing',
    VPCId: 'vpc-1',
    Subnets: ['subnet-pub'],
    SecurityGroups: groups,
    Instances: [{ InstanceId: 'i-1' }],
    ListenerDescriptions: [{ Listener: { Protocol: 'TCP', LoadBalancerPort: 443, InstancePort: 80 } }],
  }
  return { classicLoadBalancers: [{ balancer, isCrossZone: true }] }
}

function modern(kind: string, isInternal: boolean, groups: readonly string[], wish: BalancerWish): NetworkParts {
  const LoadBalancerArn = `${ARN}:loadbalancer/${kind}/web/1`
  const ListenerArn = `${ARN}:listener/${kind}/web/1/1`
  const redirect = [{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301' } }]
  const DefaultActions = wish.listens === 'redirect' ? redirect : forwardTo('web/1')
  const defaultRule = {
    RuleArn: `${ARN}:listener-rule/${kind}/web/1/1/0`,
    Priority: 'default',
    IsDefault: true,
    Conditions: [],
    Actions: DefaultActions,
  }
  const listener = {
    ListenerArn,
    LoadBalancerArn,
    Port: 443,
    Protocol: kind === 'app' ? 'HTTPS' : 'TCP',
    DefaultActions,
  }
  return {
    loadBalancers: [
      {
        ...(wish.isCrossZone === undefined ? {} : { isCrossZone: wish.isCrossZone }),
        balancer: {
          LoadBalancerArn,
          LoadBalancerName: 'web',
          Type: kind === 'app' ? 'application' : 'network',
          Scheme: isInternal ? 'internal' : 'internet-facing',
          State: { Code: 'active' },
          VpcId: 'vpc-1',
          SecurityGroups: groups,
          IpAddressType: 'ipv4',
          AvailabilityZones: [{ SubnetId: 'subnet-pub', ZoneName: PUBLIC.AvailabilityZone }],
        },
      },
    ],
    listeners:
      wish.listens === 'nowhere'
        ? []
        : [{ listener, rules: kind === 'app' ? [...(wish.rules ?? []), defaultRule] : null }],
    targetGroups: [
      {
        group: {
          TargetGroupArn: `${ARN}:targetgroup/web/1`,
          TargetGroupName: 'web',
          Protocol: kind === 'app' ? 'HTTP' : 'TCP',
          Port: 8080,
          TargetType: wish.targetType ?? 'instance',
          VpcId: 'vpc-1',
          IpAddressType: 'ipv4',
        },
        targets: wish.targets ?? [{ Id: 'i-1', Port: 8080 }],
        attributes: wish.attributes ?? {},
      },
    ],
  }
}

const BY_ALB = 'igw-1 eni-1 TCP 8080-8080 from internet by app/web/1 in front 443'
const BY_NLB = 'igw-1 eni-1 TCP 8080-8080 from internet by net/web/1 in front 443'
const FROM_ANYWHERE = [permission('tcp 8080', '0.0.0.0/0')]

describe('scenarios of reachability §8: application load balancers', () => {
  it('61: an instance that only admits its load balancer is reachable through it, on its own port', () => {
    const parts = balanced()

    expect(judged(parts)).toEqual([BY_ALB])
    const [path] = analysisOf(recordedCalls(parts)).paths
    expect(path?.steps.map(({ componentType }) => componentType.split('::').at(-1))).toEqual([
      'InternetGateway',
      'NetworkAcl',
      'SecurityGroup',
      'LoadBalancer',
      'Listener',
      'TargetGroup',
      'NetworkAcl',
      'SecurityGroup',
      'NetworkInterface',
      'Instance',
    ])
  })

  it('62: an internal one is not reachable from the internet', () => {
    expect(judged(balanced({ isInternal: true }))).toEqual([])
  })

  it('63: its group must let it send to the port', () => {
    expect(judged(balanced({ egress: [permission('tcp 80', '0.0.0.0/0')] }))).toEqual([])
  })

  it("64: the target's group must admit the port", () => {
    expect(judged(balanced({ target: [permission('tcp 80', '0.0.0.0/0')] }))).toEqual([])
  })

  it('65: the network ACL of its subnet must let it send to the target', () => {
    const denies = anAcl('acl-2', 'vpc-1', ['out 90 deny all from 10.0.1.0/24', ...ALLOW_ALL], ['subnet-pub'])
    expect(judged(balanced({ acls: [anAcl('acl-1', 'vpc-1'), denies] }))).toEqual([])
  })

  it('66: health does not count', () => {
    const text = JSON.stringify(recordedCalls(balanced()))
    const calls = JSON.parse(text.replaceAll('"State":"healthy"', '"State":"unhealthy"')) as RecordedCall[]

    expect(text).toContain('"State":"healthy"')
    expect([...analysisOf(calls).paths]).toHaveLength(1)
  })

  it('67: a redirect forwards nothing', () => {
    expect(judged(balanced({ listens: 'redirect' }))).toEqual([])
  })

  it('68: a rule for some sources lets in those', () => {
    const rule = {
      RuleArn: `${ARN}:listener-rule/app/web/1/1/1`,
      Priority: '1',
      IsDefault: false,
      Conditions: [{ Field: 'source-ip', SourceIpConfig: { Values: ['203.0.113.0/24'] } }],
      Actions: forwardTo('web/1'),
    }
    expect(judged(balanced({ rules: [rule], listens: 'redirect' }))).toEqual([
      'igw-1 eni-1 TCP 8080-8080 from 203.0.113.0/24 by app/web/1 in front 443',
    ])
  })

  it('75: a target group without a listener is no way', () => {
    expect(judged(balanced({ listens: 'nowhere' }))).toEqual([])
  })
})

describe('scenarios of reachability §8: network load balancers', () => {
  const nlb = { kind: 'net', groups: [] } as const

  it("69: with the client's address kept, a target that admits the VPC is closed", () => {
    expect(judged(balanced({ ...nlb, target: [permission('tcp 8080', '10.0.0.0/16')] }))).toEqual([])
  })

  it('70: one that admits anybody is open, without a route to the internet', () => {
    expect(judged(balanced({ ...nlb, target: FROM_ANYWHERE }))).toEqual([BY_NLB])
  })

  it("71: without it, a target that admits the node's address is open", () => {
    const attributes = { 'preserve_client_ip.enabled': 'false' }
    expect(judged(balanced({ ...nlb, attributes, target: [permission('tcp 8080', '10.0.0.0/16')] }))).toEqual([BY_NLB])
  })

  it('72: a target in a peered VPC is reached by address', () => {
    const far = aVpc('vpc-2', ['10.2.0.0/16'])
    const subnet = aSubnet('subnet-2', 'vpc-2', ['10.2.1.0/24'])
    const parts = balanced({
      ...nlb,
      targetType: 'ip',
      targets: [{ Id: '10.2.1.20', Port: 8080, AvailabilityZone: 'all' }],
      more: {
        vpcs: [far],
        subnets: [subnet],
        interfaces: [anInterface('eni-2', subnet, { instance: 'i-2', addresses: ['10.2.1.20'], groups: ['sg-2'] })],
        instances: [anInstance('i-2')],
        securityGroups: [aGroup('sg-2', 'vpc-2', [permission('tcp 8080', '10.0.8.0/24')])],
        acls: [anAcl('acl-2', 'vpc-2')],
        routeTables: [aTable('rtb-3', far, ['10.0.0.0/16 pcx-1'], 'main')],
        peerings: [aPeering('pcx-1', VPC, far)],
      },
    })
    const [, outer] = parts.routeTables ?? []
    const routed = aTable('rtb-2', VPC, ['0.0.0.0/0 igw-1', '10.2.0.0/16 pcx-1'], 'subnet-pub')
    const routeTables = parts.routeTables?.map(table => (table === outer ? routed : table)) ?? []
    expect(verdictsOf({ ...parts, routeTables }).filter(text => text.startsWith('igw-1'))).toEqual([
      'igw-1 eni-2 TCP 8080-8080 from internet by net/web/1 in front 443',
    ])
    expect(judged({ ...parts, routeTables })).toEqual(verdictsOf({ ...parts, routeTables }))
  })

  it('73: a target in a zone without a node is not reached', () => {
    const elsewhere = aSubnet('subnet-1', 'vpc-1', ['10.0.1.0/24'], 'b')
    const parts = balanced({ ...nlb, target: FROM_ANYWHERE, isCrossZone: false })
    expect(judged({ ...parts, subnets: [elsewhere, PUBLIC] })).toEqual([])
  })

  it('76: one in front of an application load balancer reaches its targets', () => {
    const front = 'net/front/1'
    const parts = balanced({
      isInternal: true,
      more: {
        interfaces: [
          anInterface('eni-front', PUBLIC, { addresses: ['10.0.8.50=54.0.0.8'], groups: [], balancer: front }),
        ],
        loadBalancers: [
          {
            balancer: {
              LoadBalancerArn: `${ARN}:loadbalancer/${front}`,
              LoadBalancerName: 'front',
              Type: 'network',
              Scheme: 'internet-facing',
              State: { Code: 'active' },
              VpcId: 'vpc-1',
              SecurityGroups: [],
              IpAddressType: 'ipv4',
              AvailabilityZones: [{ SubnetId: 'subnet-pub', ZoneName: PUBLIC.AvailabilityZone }],
            },
          },
        ],
        listeners: [
          {
            listener: {
              ListenerArn: `${ARN}:listener/${front}/1`,
              LoadBalancerArn: `${ARN}:loadbalancer/${front}`,
              Port: 8443,
              Protocol: 'TCP',
              DefaultActions: forwardTo('front/1'),
            },
            rules: null,
          },
        ],
        targetGroups: [
          {
            group: {
              TargetGroupArn: `${ARN}:targetgroup/front/1`,
              TargetGroupName: 'front',
              Protocol: 'TCP',
              Port: 443,
              TargetType: 'alb',
              VpcId: 'vpc-1',
            },
            targets: [{ Id: `${ARN}:loadbalancer/app/web/1`, Port: 443 }],
            attributes: {},
          },
        ],
      },
    })
    expect(judged(parts)).toEqual(['igw-1 eni-1 TCP 8080-8080 from internet by net/front/1 app/web/1 in front 8443'])
  })
})

describe('scenarios of reachability §8: classic load balancers', () => {
  const target = [permission('tcp 80', 'sg-lb')]

  it('74: the network ACL is asked even where node and instance share a subnet', () => {
    const denies = (entries: readonly string[]) => [anAcl('acl-1', 'vpc-1', [...entries, ...ALLOW_ALL])]
    const shape = { kind: 'classic', target, targetSubnet: PUBLIC } as const

    expect(judged(balanced({ ...shape, acls: denies(['in 90 deny tcp 80 from 10.0.8.0/24']) }))).toEqual([])
    expect(judged(balanced({ ...shape, acls: denies([]) }))).toEqual([
      'igw-1 eni-1 TCP 80-80 from internet by classic-1 in front 443',
    ])
  })
})
