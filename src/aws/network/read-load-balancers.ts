import type {
  ClassicLoadBalancer,
  Listener,
  LoadBalancer,
  Target,
  TargetGroup,
} from '../../domain/network/load-balancers.ts'
import { eachOnce, ownedBy, ownedByArn, type Answers } from './answers.ts'
import { defaultRuleOf, rulesByListener } from './read-listener-rules.ts'
import type { WireRecord } from './wire-record.ts'

type Protocol = Listener['protocol']

const PROTOCOLS: ReadonlySet<string> = new Set<Protocol>([
  'HTTP',
  'HTTPS',
  'TCP',
  'TLS',
  'UDP',
  'TCP_UDP',
  'QUIC',
  'TCP_QUIC',
  'GENEVE',
])

export function readLoadBalancers(answers: Answers): readonly LoadBalancer[] {
  const attributes = attributesOf(answers, 'DescribeLoadBalancerAttributes', 'LoadBalancerArn')
  const listeners = listenersByBalancer(answers)
  return eachOnce(answers.items('DescribeLoadBalancers', 'LoadBalancers'), record => {
    const id = record.id('LoadBalancerArn')
    const kind = record.word('Type')
    if (id === null) return null
    if (kind !== 'application' && kind !== 'network' && kind !== 'gateway') {
      record.unreadable('Type', 'is not known')
      return null
    }
    const owned = ownedByArn(record, id)
    const enforces = record.word('EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic')
    return {
      ...owned,
      name: record.text('LoadBalancerName') ?? '',
      kind,
      isInternetFacing: record.word('Scheme') === 'internet-facing',
      state: record.word('State', 'Code') ?? 'unknown',
      vpcId: record.optionalId('VpcId'),
      zones: record
        .records('AvailabilityZones')
        .flatMap(zone => {
          const subnetId = zone.optionalId('SubnetId')
          return subnetId === null ? [] : [{ zone: zone.optionalId('ZoneName') ?? '', subnetId }]
        })
        .sort((a, b) => (a.subnetId < b.subnetId ? -1 : 1)),
      securityGroupIds: record.ids('SecurityGroups').toSorted(),
      isDualStack: (record.word('IpAddressType') ?? '').startsWith('dualstack'),
      isCrossZone: flagOf(attributes.get(id)?.get('load_balancing.cross_zone.enabled')),
      filtersPrivateLink: enforces === null ? null : enforces === 'on',
      listeners: listeners.get(id) ?? [],
    }
  })
}

export function readTargetGroups(answers: Answers): readonly TargetGroup[] {
  const attributes = attributesOf(answers, 'DescribeTargetGroupAttributes', 'TargetGroupArn')
  const targets = targetsByGroup(answers)
  return eachOnce(answers.items('DescribeTargetGroups', 'TargetGroups'), record => {
    const id = record.id('TargetGroupArn')
    if (id === null) return null
    const owned = ownedByArn(record, id)
    const targetKind = record.word('TargetType') ?? 'instance'
    if (targetKind !== 'instance' && targetKind !== 'ip' && targetKind !== 'lambda' && targetKind !== 'alb') {
      record.unreadable('TargetType', 'is not known')
      return null
    }
    const crossZone = attributes.get(id)?.get('load_balancing.cross_zone.enabled')
    return {
      ...owned,
      name: record.text('TargetGroupName') ?? '',
      protocol: protocolOf(record),
      port: portOf(record, 'Port'),
      targetKind,
      isIpv6: record.word('IpAddressType') === 'ipv6',
      vpcId: record.optionalId('VpcId'),
      crossZone: flagOf(crossZone) ?? 'load-balancer',
      preservesClientAddress: flagOf(attributes.get(id)?.get('preserve_client_ip.enabled')),
      targets: targets.get(id) ?? null,
    }
  })
}

/** The name is unique in an account and Region only: `eachOnce` would merge two of the same name elsewhere. */
export function readClassicLoadBalancers(answers: Answers): readonly ClassicLoadBalancer[] {
  const crossZone = classicCrossZone(answers)
  const records = answers.items('DescribeLoadBalancers (classic)', 'LoadBalancerDescriptions')
  const byScope = Map.groupBy(records, ({ source }) => `${source.accountId ?? ''} ${source.region ?? ''}`)
  const all = [...byScope]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([scope, own]) =>
      eachOnce(own, record => {
        const id = record.id('LoadBalancerName')
        if (id === null) return null
        const listeners = record.records('ListenerDescriptions').flatMap(description => {
          const listener = description.record('Listener')
          const [port, instancePort] = [listener?.number('LoadBalancerPort'), listener?.number('InstancePort')]
          if (listener === null || !isPort(port) || !isPort(instancePort)) {
            description.unreadable('Listener', 'has no ports')
            return []
          }
          return [{ protocol: listener.text('Protocol')?.toUpperCase() ?? 'TCP', port, instancePort }]
        })
        return {
          ...ownedBy(record, id, 'OwnerId'),
          isInternetFacing: record.word('Scheme') !== 'internal',
          vpcId: record.optionalId('VPCId') ?? record.optionalId('VpcId'),
          subnetIds: record.ids('Subnets').toSorted(),
          securityGroupIds: record.ids('SecurityGroups').toSorted(),
          isCrossZone: crossZone.get(`${scope} ${id}`) ?? null,
          listeners: listeners.sort((a, b) => a.port - b.port),
          instanceIds: record
            .records('Instances')
            .flatMap(instance => instance.neededId('InstanceId') ?? [])
            .sort(),
        }
      }),
    )
  return all.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

function listenersByBalancer(answers: Answers): ReadonlyMap<string, readonly Listener[]> {
  const rules = rulesByListener(answers)
  const balancerOf = new Map<string, string>()
  const listeners = eachOnce(answers.items('DescribeListeners', 'Listeners'), record => {
    const id = record.id('ListenerArn')
    const port = portOf(record, 'Port')
    const balancer = record.optionalId('LoadBalancerArn') ?? balancerArnOf(id)
    if (id === null || balancer === null) return null
    balancerOf.set(id, balancer)
    const described = rules.get(id) ?? null
    const isApplication = id.includes(':listener/app/')
    return {
      ...ownedByArn(record, id),
      protocol: protocolOf(record),
      // Listeners of gateway load balancers have none: they take every port.
      port: port ?? 0,
      // Those of other kinds have the default action alone, and it is told here.
      rules: described ?? (isApplication ? null : [defaultRuleOf(record, id)]),
    }
  })
  const grouped = Map.groupBy(listeners, ({ id }) => balancerOf.get(id) ?? '')
  return new Map(
    [...grouped].map(([arn, own]) => [
      arn,
      own.map(({ id, protocol, port, rules: listed }) => ({ id, protocol, port, rules: listed })),
    ]),
  )
}

/** `…:listener/app/NAME/LB/LISTENER` is a listener of `…:loadbalancer/app/NAME/LB`. */
export function balancerArnOf(listenerArn: string | null): string | null {
  if (listenerArn === null || !listenerArn.includes(':listener/')) return null
  return listenerArn.replace(':listener/', ':loadbalancer/').split('/').slice(0, -1).join('/')
}

function targetsByGroup(answers: Answers): ReadonlyMap<string, readonly Target[]> {
  const groups = new Map<string, Map<string, Target>>()
  for (const answer of answers.of('DescribeTargetHealth')) {
    const arn = answer.parameter('TargetGroupArn')
    if (arn === null) continue
    const targets = groups.get(arn) ?? new Map<string, Target>()
    groups.set(arn, targets)
    for (const description of answer.records('TargetHealthDescriptions')) {
      const target = description.record('Target')
      const id = target?.neededId('Id') ?? null
      if (target === null || id === null) continue
      const port = portOf(target, 'Port')
      const health = description.record('TargetHealth')?.word('State') ?? 'unknown'
      targets.set(`${id} ${port ?? ''}`, { id, port, zone: target.optionalId('AvailabilityZone'), health })
    }
  }
  return new Map(
    [...groups].map(([arn, targets]) => [
      arn,
      [...targets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, target]) => target),
    ]),
  )
}

/** `Attributes: [{ Key, Value }]` of the calls about one resource. */
function attributesOf(
  answers: Answers,
  call: string,
  parameter: string,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const known = new Map<string, Map<string, string>>()
  for (const answer of answers.of(call)) {
    const arn = answer.parameter(parameter)
    if (arn === null) continue
    const pairs = answer.records('Attributes').map(pair => [pair.text('Key') ?? '', pair.text('Value') ?? ''] as const)
    known.set(arn, new Map(pairs))
  }
  return known
}

function classicCrossZone(answers: Answers): ReadonlyMap<string, boolean> {
  const known = new Map<string, boolean>()
  for (const answer of answers.of('DescribeLoadBalancerAttributes (classic)')) {
    const attributes = answer.record('LoadBalancerAttributes')
    const isEnabled = attributes?.record('CrossZoneLoadBalancing')?.flag('Enabled')
    const name = attributes === null ? null : answer.parameter('LoadBalancerName')
    if (name === null || isEnabled === null || isEnabled === undefined) continue
    known.set(`${answer.source.accountId ?? ''} ${answer.source.region ?? ''} ${name}`, isEnabled)
  }
  return known
}

function protocolOf(record: WireRecord): Protocol {
  const text = record.text('Protocol')?.toUpperCase() ?? 'other'
  return isProtocol(text) ? text : 'other'
}

function isProtocol(text: string): text is Protocol {
  return PROTOCOLS.has(text)
}

function portOf(record: WireRecord, name: string): number | null {
  const port = record.number(name)
  if (port === null || isPort(port)) return port
  return record.unreadable(name, 'is not a port')
}

function isPort(port: number | null | undefined): port is number {
  return port !== null && port !== undefined && port >= 0 && port <= 65_535
}

function flagOf(text: string | undefined): boolean | null {
  return text === 'true' ? true : text === 'false' ? false : null
}
