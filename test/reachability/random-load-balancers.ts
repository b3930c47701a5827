import type { RawInterface } from '../support/packet-simulator/wire.ts'
import type { Draw } from './draw.ts'
import { anInterface } from './makers.ts'
import { IPV4_POOL, type DrawnVpc } from './drawn-vpc.ts'
import { ACCOUNT, REGION, type NetworkParts } from './recorded-parts.ts'

/** One load balancer of a drawn kind with its nodes, and what listens on it. */
export interface Relays {
  readonly nodes: readonly RawInterface[]
  readonly parts: NetworkParts
}

export function drawLoadBalancers(draw: Draw, vpcs: readonly DrawnVpc[], interfaces: readonly RawInterface[]): Relays {
  if (!draw.chance(3)) return { nodes: [], parts: drawAccelerators(draw, interfaces, null) }
  const home = draw.pick(vpcs)
  const kind = draw.pick(['app', 'net', 'classic'] as const)
  const isInternal = draw.chance(4)
  const subnets = home.subnets.filter((_, at) => at === 0 || draw.chance(2))
  const hasGroups = kind !== 'net' || draw.chance(2)
  const name = kind === 'classic' ? 'classic-1' : `${kind}/one/1`
  const groups = hasGroups ? [draw.pick(home.groupIds)] : []
  const nodes = subnets.map((subnet, at) => {
    const [, base = '', first = '0'] = /^(.*\.)([0-9]+)\/26$/.exec(subnet.CidrBlock ?? '') ?? []
    const isDual = home.hasIpv6 && kind !== 'classic' && draw.chance(2)
    return anInterface(`eni-lb${at}`, subnet, {
      addresses: [
        `${base}${Number(first) + 40}${isInternal ? '' : `=54.9.9.${at}`}`,
        ...(isDual ? [`2001:db8:${home.letter}:${subnet.SubnetId.slice(-1)}::40`] : []),
      ],
      groups,
      balancer: name,
    })
  })
  const instanceIds = [
    ...new Set(
      interfaces
        .filter(({ VpcId }) => VpcId === home.vpc.VpcId)
        .flatMap(({ Attachment }) => Attachment?.InstanceId ?? []),
    ),
  ]
  const scheme = isInternal ? 'internal' : 'internet-facing'
  const shape = { home, name, subnetIds: subnets.map(({ SubnetId }) => SubnetId), groups, scheme, instanceIds }
  const parts = kind === 'classic' ? classicParts(draw, shape) : modernParts(draw, kind, shape, interfaces, nodes)
  const arn = kind === 'app' ? arnOf(`loadbalancer/${name}`) : null
  return { nodes, parts: { ...parts, ...drawAccelerators(draw, interfaces, arn) } }
}

interface Shape {
  readonly home: DrawnVpc
  readonly name: string
  readonly subnetIds: readonly string[]
  readonly groups: readonly string[]
  readonly scheme: string
  readonly instanceIds: readonly string[]
}

function classicParts(draw: Draw, { home, name, subnetIds, groups, scheme, instanceIds }: Shape): NetworkParts {
  return {
    classicLoadBalancers: [
      {
        isCrossZone: draw.chance(2),
        balancer: {
          LoadBalancerName: name,
          Scheme: scheme,
          VPCId: home.vpc.VpcId,
          Subnets: subnetIds,
          SecurityGroups: groups,
          Instances: instanceIds.map(InstanceId => ({ InstanceId })),
          ListenerDescriptions: [
            { Listener: { Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: draw.pick([80, 8080]) } },
          ],
        },
      },
    ],
  }
}

function modernParts(
  draw: Draw,
  kind: 'app' | 'net',
  shape: Shape,
  interfaces: readonly RawInterface[],
  nodes: readonly RawInterface[],
): NetworkParts {
  const { home, name, subnetIds, groups, scheme, instanceIds } = shape
  const LoadBalancerArn = arnOf(`loadbalancer/${name}`)
  const protocol = kind === 'app' ? 'HTTP' : draw.pick(['TCP', 'TCP', 'UDP', 'TCP_UDP'])
  const groupArns = ['1', '2'].map(number => arnOf(`targetgroup/tg/${number}`))
  const forward = (arn: string) => [{ Type: 'forward', TargetGroupArn: arn }]
  const refuse = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }]
  const defaults = draw.chance(4) && kind === 'app' ? refuse : forward(groupArns[0] ?? '')
  const ListenerArn = arnOf(`listener/${name}/1`)
  const conditions = draw.pick([
    [{ Field: 'source-ip', SourceIpConfig: { Values: [draw.pick(IPV4_POOL)] } }],
    [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/a*'] } }],
    [
      { Field: 'source-ip', SourceIpConfig: { Values: [draw.pick(IPV4_POOL)] } },
      { Field: 'host-header', HostHeaderConfig: { Values: ['a.example'] } },
    ],
  ])
  const rule = {
    RuleArn: arnOf(`listener-rule/${name}/1/1`),
    Priority: '1',
    IsDefault: false,
    Conditions: conditions,
    Actions: draw.chance(2) ? refuse : forward(groupArns[1] ?? ''),
  }
  const defaultRule = {
    RuleArn: arnOf(`listener-rule/${name}/1/2`),
    Priority: 'default',
    IsDefault: true,
    Conditions: [],
    Actions: defaults,
  }
  const rules = [...(draw.chance(2) ? [rule] : []), defaultRule]
  return {
    loadBalancers: [
      {
        ...(draw.chance(2) ? { isCrossZone: draw.chance(2) } : {}),
        balancer: {
          LoadBalancerArn,
          LoadBalancerName: 'one',
          Type: kind === 'app' ? 'application' : 'network',
          Scheme: scheme,
          State: { Code: 'active' },
          VpcId: home.vpc.VpcId,
          SecurityGroups: groups,
          IpAddressType: nodes.some(({ Ipv6Addresses }) => (Ipv6Addresses?.length ?? 0) > 0) ? 'dualstack' : 'ipv4',
          AvailabilityZones: subnetIds.map(SubnetId => ({
            SubnetId,
            ZoneName: home.subnets.find(subnet => subnet.SubnetId === SubnetId)?.AvailabilityZone,
          })),
        },
      },
    ],
    listeners: [
      {
        listener: {
          ListenerArn,
          LoadBalancerArn,
          Port: draw.pick([443, 80]),
          Protocol: protocol,
          DefaultActions: defaults,
        },
        rules: kind === 'app' ? rules : null,
      },
    ],
    targetGroups: groupArns.map(arn => drawTargetGroup(draw, arn, protocol, kind, shape, instanceIds, interfaces)),
  }
}

function drawTargetGroup(
  draw: Draw,
  TargetGroupArn: string,
  protocol: string,
  kind: 'app' | 'net',
  { home }: Shape,
  instanceIds: readonly string[],
  interfaces: readonly RawInterface[],
) {
  const isByAddress = draw.chance(3)
  // The client's own address is kept only on the way to targets in the same VPC.
  const candidates = interfaces.filter(({ VpcId }) => kind === 'app' || VpcId === home.vpc.VpcId)
  const addresses = candidates.flatMap(({ PrivateIpAddresses = [], VpcId }) =>
    PrivateIpAddresses.map(({ PrivateIpAddress }) => ({
      Id: PrivateIpAddress,
      ...(VpcId === home.vpc.VpcId ? {} : { AvailabilityZone: 'all' }),
    })),
  )
  const targets = isByAddress ? addresses : instanceIds.map(Id => ({ Id }))
  const crossZone = draw.pick(['use_load_balancer_configuration', 'true', 'false'])
  return {
    group: {
      TargetGroupArn,
      TargetGroupName: 'tg',
      Protocol: protocol,
      Port: draw.pick([8080, 80]),
      TargetType: isByAddress ? 'ip' : 'instance',
      VpcId: home.vpc.VpcId,
      IpAddressType: 'ipv4',
    },
    targets: targets.filter(() => !draw.chance(4)).flatMap(target => [{ ...target, Port: draw.pick([8080, 80, 22]) }]),
    attributes: {
      'load_balancing.cross_zone.enabled': crossZone,
      ...(kind === 'net' && protocol === 'TCP' && draw.chance(2)
        ? { 'preserve_client_ip.enabled': String(draw.chance(2)) }
        : {}),
    },
  }
}

function drawAccelerators(draw: Draw, interfaces: readonly RawInterface[], balancerArn: string | null): NetworkParts {
  if (!draw.chance(10)) return {}
  const AcceleratorArn = `arn:aws:globalaccelerator::${ACCOUNT}:accelerator/1`
  const ListenerArn = `${AcceleratorArn}/listener/1`
  const endpoints = [
    ...interfaces.flatMap(({ Attachment }) => (Attachment?.DeviceIndex === 0 ? (Attachment.InstanceId ?? []) : [])),
    ...(balancerArn === null ? [] : [balancerArn]),
  ].filter(() => !draw.chance(3))
  return {
    accelerators: [
      {
        accelerator: {
          AcceleratorArn,
          Name: 'one',
          Enabled: !draw.chance(8),
          IpSets: [{ IpFamily: 'IPv4', IpAddresses: ['75.2.0.1'] }],
        },
        listeners: [
          {
            listener: { ListenerArn, Protocol: draw.pick(['TCP', 'UDP']), PortRanges: [{ FromPort: 80, ToPort: 443 }] },
            endpointGroups: [
              {
                EndpointGroupArn: `${ListenerArn}/endpoint-group/1`,
                EndpointGroupRegion: REGION,
                EndpointDescriptions: [...new Set(endpoints)].map(EndpointId => ({
                  EndpointId,
                  Weight: 128,
                  ClientIPPreservationEnabled: true,
                })),
                PortOverrides: draw.chance(2) ? [{ ListenerPort: 80, EndpointPort: 22 }] : [],
              },
            ],
          },
        ],
      },
    ],
  }
}

function arnOf(resource: string): string {
  return `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:${resource}`
}
