import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import {
  aGroup,
  ALLOW_ALL,
  anAcl,
  anInstance,
  anInterface,
  anInternetGateway,
  aPeering,
  aSubnet,
  aTable,
  aVpc,
  aVpnConnection,
  aVpnGateway,
  permission,
} from './makers.ts'
import { joined } from './plain-network.ts'
import { ACCOUNT, recordedCalls, REGION, type NetworkParts } from './recorded-parts.ts'

/** A family of small networks: every combination of the choices is one of them. (reachability §7.3) */
export interface TinyFamily {
  readonly name: string
  readonly choices: Readonly<Record<string, readonly unknown[]>>
  readonly build: (choice: (name: string) => never) => NetworkParts
}

/** How many networks a family has. */
export function countOf({ choices }: TinyFamily): number {
  return Object.values(choices).reduce((product, options) => product * options.length, 1)
}

/** How many there are in all families together. */
export function countOfTinyWorlds(): number {
  return TINY_FAMILIES.reduce((sum, family) => sum + countOf(family), 0)
}

/** Of all families put one after another. */
export function tinyWorldAt(number: number): ReturnType<typeof tinyWorld> {
  let left = number
  for (const family of TINY_FAMILIES) {
    if (left < countOf(family)) return tinyWorld(family, left)
    left -= countOf(family)
  }
  throw new RangeError(`there is no tiny world ${number}`)
}

/** The network with this number, 0 to the count, and what was chosen for it. */
export function tinyWorld(
  family: TinyFamily,
  number: number,
): { readonly calls: RecordedCall[]; readonly text: string } {
  const chosen = new Map<string, unknown>()
  let left = number
  for (const [name, options] of Object.entries(family.choices)) {
    chosen.set(name, options[left % options.length])
    left = Math.floor(left / options.length)
  }
  // What a family asks for by name is what it listed under that name.
  const parts = family.build(name => chosen.get(name) as never)
  return { calls: recordedCalls(parts), text: `${family.name} ${number} ${JSON.stringify(Object.fromEntries(chosen))}` }
}

const VPC = aVpc('vpc-a', ['10.0.0.0/24', '2001:db8:a::/56'])
const SUBNET = aSubnet('subnet-a', 'vpc-a', ['10.0.0.0/26', '2001:db8:a:0::/64'])
const DOOR = aSubnet('subnet-a-door', 'vpc-a', ['10.0.0.64/26'])
const FAR_VPC = aVpc('vpc-b', ['10.0.1.0/24'])
const FAR = aSubnet('subnet-b', 'vpc-b', ['10.0.1.0/26'])
const FAR_DOOR = aSubnet('subnet-b-door', 'vpc-b', ['10.0.1.64/26'])
const FAR_OTHER = aSubnet('subnet-b-other', 'vpc-b', ['10.0.1.128/26'], 'b')

const OPEN_OUT = ['out 100 allow all from 0.0.0.0/0', 'out 101 allow all from ::/0']
const OPEN_IN = ['in 100 allow all from 0.0.0.0/0', 'in 101 allow all from ::/0']
/** What a network ACL may say of one direction; the last of an outgoing one forgets whom it must answer. */
const ACL_IN = [OPEN_IN, [], ['in 10 allow tcp 22 from 0.0.0.0/0'], ['in 10 deny tcp 22 from 54.0.0.0/25', ...OPEN_IN]]
const ACL_OUT = [
  OPEN_OUT,
  [],
  ['out 10 allow tcp 22 from 0.0.0.0/0'],
  ['out 10 allow tcp 32768-60999 from 0.0.0.0/0', 'out 20 deny all from 54.0.0.0/24', ...OPEN_OUT],
]
const PLAIN_ACL = [
  ALLOW_ALL,
  [...OPEN_OUT],
  ['in 10 allow tcp 22 from 0.0.0.0/0', ...OPEN_OUT],
  [...OPEN_IN, 'out 10 allow tcp 22 from 0.0.0.0/0'],
]

function anEnd(addresses: readonly string[] = ['10.0.0.5'], subnet = SUBNET): NetworkParts {
  return {
    interfaces: [anInterface('eni-a', subnet, { instance: 'i-a', addresses, groups: ['sg-a'] })],
    instances: [anInstance('i-a')],
  }
}

const internet: TinyFamily = {
  name: 'internet',
  choices: {
    routes: [
      ['0.0.0.0/0 igw-a', '::/0 igw-a'],
      [],
      ['0.0.0.0/0 igw-a blackhole', '::/0 eigw-a'],
      ['0.0.0.0/0 nat-a', '54.0.0.0/24 igw-a', '::/0 igw-a blackhole'],
      ['0.0.0.0/1 igw-a', '54.0.0.0/25 vgw-a'],
      ['0.0.0.0/0 igw-a', '54.0.0.0/24 igw-a blackhole', '::/0 igw-a', '2600::/16 eigw-a'],
    ],
    isAttached: [true, false],
    table: ['subnet-a', 'main'],
    in: ACL_IN,
    out: ACL_OUT,
    groups: [
      [permission('tcp 22', '0.0.0.0/0', '::/0')],
      [],
      [permission('all', '54.0.0.0/24', '2600::/16')],
      [permission('tcp 22', 'sg-a'), permission('udp 53', '0.0.0.0/0')],
    ],
    addresses: [['10.0.0.5=54.1.0.1', '2001:db8:a::5'], ['10.0.0.5'], ['10.0.0.5', '10.0.0.6=54.1.0.1']],
    block: [null, 'block-ingress'],
  },
  build: choice =>
    joined(anEnd(choice('addresses')), {
      vpcs: [VPC],
      subnets: [SUBNET],
      securityGroups: [aGroup('sg-a', 'vpc-a', choice('groups'))],
      acls: [anAcl('acl-a', 'vpc-a', [...(choice('in') as string[]), ...(choice('out') as string[])])],
      routeTables: [aTable('rtb-a', VPC, choice('routes'), choice('table'))],
      internetGateways: [anInternetGateway('igw-a', (choice('isAttached') as boolean) ? 'vpc-a' : null)],
      ...(choice('block') === null ? {} : { blockPublicAccess: { mode: choice('block'), exclusions: [] } }),
    }),
}

const peered: TinyFamily = {
  name: 'peering',
  choices: {
    status: ['active', 'pending-acceptance'],
    back: [
      ['10.0.1.0/24 pcx-1'],
      [],
      ['10.0.1.0/26 pcx-1'],
      ['10.0.1.0/24 pcx-1 blackhole'],
      ['10.0.1.0/24 pcx-1', '10.0.1.0/27 igw-a'],
    ],
    there: [
      ['10.0.0.0/24 pcx-1'],
      [],
      ['10.0.0.0/27 pcx-1'],
      ['10.0.0.0/24 pcx-1', '10.0.0.0/26 nat-b'],
      ['0.0.0.0/0 pcx-1'],
    ],
    near: PLAIN_ACL,
    far: PLAIN_ACL,
    groups: [
      [permission('tcp 22', '0.0.0.0/0')],
      [permission('all', '10.0.1.0/27')],
      [permission('tcp 22', 'sg-b@pcx-1')],
    ],
    member: ['10.0.1.5', '10.0.1.40'],
  },
  build: choice =>
    joined(anEnd(), {
      vpcs: [VPC, FAR_VPC],
      subnets: [SUBNET, FAR],
      interfaces: [anInterface('eni-b', FAR, { addresses: [choice('member')], groups: ['sg-b'] })],
      securityGroups: [aGroup('sg-a', 'vpc-a', choice('groups')), aGroup('sg-b', 'vpc-b', [])],
      acls: [anAcl('acl-a', 'vpc-a', choice('near')), anAcl('acl-b', 'vpc-b', choice('far'))],
      routeTables: [aTable('rtb-a', VPC, choice('back'), 'main'), aTable('rtb-b', FAR_VPC, choice('there'), 'main')],
      peerings: [aPeering('pcx-1', VPC, FAR_VPC, choice('status'))],
    }),
}

const transit: TinyFamily = {
  name: 'transit gateway',
  choices: {
    nearDoor: ['subnet-a', 'subnet-a-door'],
    farDoor: ['subnet-b', 'subnet-b-door', 'subnet-b-other'],
    associated: [
      [true, true],
      [true, false],
    ],
    routes: [
      ['10.0.0.0/24 a', '10.0.1.0/24 b'],
      ['10.0.1.0/24 b'],
      ['10.0.0.0/24 a', '10.0.1.0/24 b', '10.0.0.0/26 -'],
      ['0.0.0.0/0 a', '10.0.1.0/26 b'],
    ],
    back: [['10.0.0.0/8 tgw-1'], ['10.0.1.0/26 tgw-1 blackhole', '10.0.0.0/8 tgw-1']],
    there: [['10.0.0.0/8 tgw-1'], ['10.0.0.0/24 nat-b']],
    near: PLAIN_ACL,
    door: [ALLOW_ALL, OPEN_IN, ['in 10 deny all from 10.0.1.0/27', ...ALLOW_ALL]],
    far: PLAIN_ACL,
    groups: [[permission('tcp 22', '0.0.0.0/0')], [permission('tcp 22', 'sg-b')]],
    support: ['enable', 'disable'],
  },
  build: choice => {
    const [nearTable, farTable] = choice('associated') as [boolean, boolean]
    const doors: readonly (readonly [string, string, string, boolean])[] = [
      ['a', 'vpc-a', choice('nearDoor'), nearTable],
      ['b', 'vpc-b', choice('farDoor'), farTable],
    ]
    const support = choice('support') as string
    return joined(anEnd(), {
      vpcs: [VPC, FAR_VPC],
      subnets: [SUBNET, DOOR, FAR, FAR_DOOR, FAR_OTHER],
      interfaces: [anInterface('eni-b', FAR, { addresses: ['10.0.1.5'], groups: ['sg-b'] })],
      securityGroups: [aGroup('sg-a', 'vpc-a', choice('groups')), aGroup('sg-b', 'vpc-b', [])],
      acls: [
        anAcl('acl-a', 'vpc-a', choice('near'), ['subnet-a']),
        anAcl('acl-door', 'vpc-a', choice('door'), ['subnet-a-door']),
        anAcl('acl-b', 'vpc-b', choice('far')),
      ],
      routeTables: [aTable('rtb-a', VPC, choice('back'), 'main'), aTable('rtb-b', FAR_VPC, choice('there'), 'main')],
      transitGateways: [
        { TransitGatewayId: 'tgw-1', State: 'available', Options: { SecurityGroupReferencingSupport: support } },
      ],
      tgwAttachments: doors.map(([letter, ResourceId, , isAssociated]) => ({
        TransitGatewayAttachmentId: `tgw-attach-${letter}`,
        TransitGatewayId: 'tgw-1',
        ResourceType: 'vpc',
        ResourceId,
        State: 'available',
        ...(isAssociated ? { Association: { TransitGatewayRouteTableId: 'tgw-rtb-1', State: 'associated' } } : {}),
      })),
      tgwVpcAttachments: doors.map(([letter, VpcId, subnetId]) => ({
        TransitGatewayAttachmentId: `tgw-attach-${letter}`,
        TransitGatewayId: 'tgw-1',
        VpcId,
        State: 'available',
        SubnetIds: [subnetId],
        Options: { SecurityGroupReferencingSupport: support },
      })),
      tgwTables: [
        {
          id: 'tgw-rtb-1',
          transitGatewayId: 'tgw-1',
          routes: (choice('routes') as string[]).map(tgwRoute),
          propagations: [],
        },
      ],
    })
  },
}

/** `10.0.0.0/24 a`; `-` is a blackhole. */
function tgwRoute(text: string): Readonly<Record<string, unknown>> {
  const [DestinationCidrBlock, to = '-'] = text.split(' ')
  return {
    DestinationCidrBlock,
    Type: 'static',
    State: to === '-' ? 'blackhole' : 'active',
    TransitGatewayAttachments:
      to === '-'
        ? []
        : [{ TransitGatewayAttachmentId: `tgw-attach-${to}`, ResourceType: 'vpc', ResourceId: `vpc-${to}` }],
  }
}

const vpn: TinyFamily = {
  name: 'virtual private gateway',
  choices: {
    routes: [
      ['172.20.0.0/16 vgw-a propagated'],
      ['0.0.0.0/0 vgw-a'],
      ['0.0.0.0/0 igw-a'],
      ['172.20.0.0/16 vgw-a', '172.20.1.0/24 vgw-a blackhole', '10.0.0.0/26 vgw-a propagated'],
    ],
    link: ['none', 'bgp', ['172.20.0.0/24', '10.0.0.0/24'], '10.0.0.0/25', '10.9.0.0/16'],
    acl: PLAIN_ACL,
    groups: [[permission('tcp 22', '0.0.0.0/0')], [permission('all', '172.20.0.0/23')]],
    gatewayTable: [null, [], ['10.0.0.0/26 eni-box']],
    isRouter: [true, false],
  },
  build: choice => {
    const link = choice('link') as string | readonly string[]
    const announced = typeof link === 'string' && link.includes('/')
    const gatewayRoutes = choice('gatewayTable') as readonly string[] | null
    return joined(anEnd(), {
      vpcs: [VPC],
      subnets: [SUBNET, DOOR],
      interfaces: [
        anInterface('eni-box', DOOR, {
          instance: 'i-box',
          addresses: ['10.0.0.70'],
          groups: ['sg-a'],
          isRouter: choice('isRouter'),
        }),
      ],
      instances: [anInstance('i-box')],
      securityGroups: [aGroup('sg-a', 'vpc-a', choice('groups'))],
      acls: [anAcl('acl-a', 'vpc-a', choice('acl'))],
      routeTables: [
        aTable('rtb-a', VPC, choice('routes'), 'main'),
        ...(gatewayRoutes === null ? [] : [aTable('rtb-edge', VPC, gatewayRoutes, 'vgw-a')]),
      ],
      internetGateways: [anInternetGateway('igw-a', 'vpc-a')],
      vpnGateways: [aVpnGateway('vgw-a', 'vpc-a')],
      vpnConnections:
        link === 'none' || announced
          ? []
          : [aVpnConnection('vpn-1', 'vgw-a', link === 'bgp' ? null : (link as string[]))],
      directConnectAssociations: announced
        ? [
            {
              directConnectGatewayId: 'dxgw-1',
              associatedGateway: { id: 'vgw-a', type: 'virtualPrivateGateway' },
              associationState: 'associated',
              allowedPrefixesToDirectConnectGateway: [{ cidr: link }],
            },
          ]
        : [],
    })
  },
}

const inspected: TinyFamily = {
  name: 'appliance',
  choices: {
    edge: [['10.0.0.0/26 eni-box'], ['10.0.0.0/26 vpce-1'], []],
    back: [
      ['0.0.0.0/0 eni-box'],
      ['0.0.0.0/0 vpce-1'],
      ['0.0.0.0/0 igw-a'],
      ['0.0.0.0/1 eni-box', '128.0.0.0/1 igw-a'],
    ],
    onward: [['0.0.0.0/0 igw-a'], [], ['0.0.0.0/0 igw-a', '54.0.0.0/24 nat-a']],
    isRouter: [true, false],
    box: ['10.0.0.70=54.1.0.9', '10.0.0.70'],
    near: PLAIN_ACL,
    door: PLAIN_ACL,
    groups: [[permission('tcp 22', '0.0.0.0/0')], [permission('all', '54.0.0.0/24')]],
    boxGroups: [[permission('all', '0.0.0.0/0')], [permission('tcp 22', '54.0.0.0/25')]],
  },
  build: choice =>
    joined(anEnd(['10.0.0.5=54.1.0.1']), {
      vpcs: [VPC],
      subnets: [SUBNET, DOOR],
      interfaces: [
        anInterface('eni-box', DOOR, {
          instance: 'i-box',
          addresses: [choice('box')],
          groups: ['sg-box'],
          isRouter: choice('isRouter'),
        }),
      ],
      instances: [anInstance('i-box')],
      securityGroups: [aGroup('sg-a', 'vpc-a', choice('groups')), aGroup('sg-box', 'vpc-a', choice('boxGroups'))],
      acls: [
        anAcl('acl-a', 'vpc-a', choice('near'), ['subnet-a']),
        anAcl('acl-door', 'vpc-a', choice('door'), ['subnet-a-door']),
      ],
      routeTables: [
        aTable('rtb-a', VPC, choice('back'), 'subnet-a'),
        aTable('rtb-door', VPC, choice('onward'), 'subnet-a-door'),
        aTable('rtb-edge', VPC, choice('edge'), 'igw-a'),
      ],
      internetGateways: [anInternetGateway('igw-a', 'vpc-a')],
      endpoints: [
        {
          VpcEndpointId: 'vpce-1',
          VpcEndpointType: 'GatewayLoadBalancer',
          VpcId: 'vpc-a',
          State: 'available',
          SubnetIds: ['subnet-a-door'],
          ServiceName: 'com.amazonaws.vpce.eu-west-1.vpce-svc-1',
        },
      ],
    }),
}

const LISTENER = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:listener/net/lb/1/1`
const GROUP = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/tg/1`

const DEFAULT_RULE = {
  RuleArn: LISTENER.replace(':listener/', ':listener-rule/'),
  IsDefault: true,
  Priority: 'default',
  Conditions: [],
}

const balanced: TinyFamily = {
  name: 'load balancer',
  choices: {
    kind: ['application', 'network'],
    scheme: ['internet-facing', 'internal'],
    node: ['subnet-a', 'subnet-a-door'],
    targetType: ['instance', 'ip'],
    preserves: ['true', 'false'],
    near: PLAIN_ACL,
    door: PLAIN_ACL,
    groups: [[permission('tcp 22', '0.0.0.0/0')], [permission('tcp 22', 'sg-lb')], [permission('all', '54.0.0.0/24')]],
    balancerGroups: [null, [permission('tcp 80', '0.0.0.0/0')], [permission('tcp 80', '54.0.0.0/25')]],
    balancerOut: [
      [permission('all', '0.0.0.0/0')],
      [permission('tcp 22', 'sg-a')],
      [permission('tcp 80', '0.0.0.0/0')],
    ],
    back: [['0.0.0.0/0 igw-a'], []],
  },
  build: choice => {
    const kind = choice('kind') as 'application' | 'network'
    const name = `${kind === 'application' ? 'app' : 'net'}/lb/1`
    const LoadBalancerArn = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/${name}`
    // Application load balancers always have a group.
    const none = choice('balancerGroups') === null
    const hasGroups = kind === 'application' || !none
    const node = choice('node') as string
    const protocol = kind === 'application' ? 'HTTP' : 'TCP'
    const action = {
      Type: 'forward',
      TargetGroupArn: GROUP,
      ForwardConfig: { TargetGroups: [{ TargetGroupArn: GROUP }] },
    }
    return joined(anEnd(), {
      vpcs: [VPC],
      subnets: [SUBNET, DOOR],
      interfaces: [
        anInterface('eni-lb', node === 'subnet-a' ? SUBNET : DOOR, {
          addresses: [node === 'subnet-a' ? '10.0.0.20=54.1.0.7' : '10.0.0.80=54.1.0.7'],
          groups: hasGroups ? ['sg-lb'] : [],
          balancer: name,
        }),
      ],
      securityGroups: [
        aGroup('sg-a', 'vpc-a', choice('groups')),
        aGroup(
          'sg-lb',
          'vpc-a',
          none ? [permission('all', '0.0.0.0/0')] : choice('balancerGroups'),
          choice('balancerOut'),
        ),
      ],
      acls: [
        anAcl('acl-a', 'vpc-a', choice('near'), ['subnet-a']),
        anAcl('acl-door', 'vpc-a', choice('door'), ['subnet-a-door']),
      ],
      routeTables: [
        aTable('rtb-a', VPC, choice('back'), 'subnet-a'),
        aTable('rtb-door', VPC, ['0.0.0.0/0 igw-a'], 'subnet-a-door'),
      ],
      internetGateways: [anInternetGateway('igw-a', 'vpc-a')],
      loadBalancers: [
        {
          balancer: {
            LoadBalancerArn,
            LoadBalancerName: 'lb',
            Type: kind,
            Scheme: choice('scheme'),
            VpcId: 'vpc-a',
            State: { Code: 'active' },
            IpAddressType: 'ipv4',
            AvailabilityZones: [{ ZoneName: `${REGION}a`, SubnetId: node }],
            ...(hasGroups ? { SecurityGroups: ['sg-lb'] } : {}),
          },
        },
      ],
      listeners: [
        {
          listener: { ListenerArn: LISTENER, LoadBalancerArn, Port: 80, Protocol: protocol, DefaultActions: [action] },
          rules: kind === 'application' ? [{ ...DEFAULT_RULE, Actions: [action] }] : null,
        },
      ],
      targetGroups: [
        {
          group: {
            TargetGroupArn: GROUP,
            Protocol: protocol,
            Port: 22,
            VpcId: 'vpc-a',
            TargetType: choice('targetType'),
            LoadBalancerArns: [LoadBalancerArn],
          },
          targets: [{ Id: choice('targetType') === 'instance' ? 'i-a' : '10.0.0.5', Port: 22 }],
          attributes: kind === 'network' ? { 'preserve_client_ip.enabled': choice('preserves') } : {},
        },
      ],
    })
  },
}

/** Every kind of edge, and what may stand between. */
export const TINY_FAMILIES: readonly TinyFamily[] = [internet, peered, transit, vpn, inspected, balanced]
