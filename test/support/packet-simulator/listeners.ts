import { bitsOf, isIn } from './bits.ts'
import type { Packet } from './filters.ts'
import type { RawAction, RawInterface, RawListener, RawTarget } from './wire.ts'
import type { World } from './world.ts'

/** A load balancer of any kind, as far as packets notice. */
export interface Balancer {
  /** ARN, or the name of a classic one. */
  readonly id: string
  readonly kind: 'application' | 'network' | 'classic'
  readonly isActive: boolean
  readonly isInternal: boolean
  readonly groups: readonly string[]
  readonly subnetIds: readonly string[]
}

/** One group of targets that a listener passes connections to. */
export interface Forwarding {
  readonly targetType: string
  readonly isIpv6: boolean
  readonly port: number | undefined
  readonly preserves: boolean
  readonly isCrossZone: boolean
  readonly targets: readonly RawTarget[]
}

/** Whose node the interface is: the descriptions of such interfaces name it. */
export function balancerOf(world: World, { Description = '' }: RawInterface): Balancer | null {
  if (!Description.startsWith('ELB ')) return null
  const name = Description.slice('ELB '.length)
  for (const { LoadBalancerArn, Type, State, Scheme, SecurityGroups, AvailabilityZones } of world.loadBalancers) {
    if (!LoadBalancerArn.endsWith(`loadbalancer/${name}`) || (Type !== 'application' && Type !== 'network')) continue
    return {
      id: LoadBalancerArn,
      kind: Type,
      isActive: State?.Code === 'active',
      isInternal: Scheme === 'internal',
      groups: SecurityGroups ?? [],
      subnetIds: (AvailabilityZones ?? []).map(({ SubnetId }) => SubnetId),
    }
  }
  const classic = world.classicLoadBalancers.find(({ LoadBalancerName }) => LoadBalancerName === name)
  if (classic === undefined) return null
  return {
    id: name,
    kind: 'classic',
    isActive: true,
    isInternal: classic.Scheme === 'internal',
    groups: classic.SecurityGroups ?? [],
    subnetIds: classic.Subnets ?? [],
  }
}

/** What a listener on the port does with the client's connection. */
export function groupsForClient(
  world: World,
  balancer: Balancer,
  client: Packet,
  listenerPort: number,
): readonly Forwarding[] {
  if (balancer.kind === 'classic') return classicForwardings(world, balancer, client, listenerPort)
  return world.listeners
    .filter(({ LoadBalancerArn, Port }) => LoadBalancerArn === balancer.id && Port === listenerPort)
    .filter(({ Protocol }) => speaks(Protocol, client.protocol))
    .flatMap(listener => groupArns(world, balancer, listener, client))
    .flatMap(arn => forwardingTo(world, balancer, arn, client))
}

function classicForwardings(
  world: World,
  balancer: Balancer,
  client: Packet,
  listenerPort: number,
): readonly Forwarding[] {
  const classic = world.classicLoadBalancers.find(({ LoadBalancerName }) => LoadBalancerName === balancer.id)
  if (client.protocol !== 6) return []
  return (classic?.ListenerDescriptions ?? [])
    .filter(({ Listener }) => Listener.LoadBalancerPort === listenerPort)
    .map(({ Listener }) => ({
      targetType: 'instance',
      isIpv6: false,
      port: Listener.InstancePort,
      preserves: false,
      isCrossZone: world.attributes.get(balancer.id)?.get('load_balancing.cross_zone.enabled') === 'true',
      targets: (classic?.Instances ?? []).map(({ InstanceId }) => ({ Id: InstanceId })),
    }))
}

/** Rules by priority; one that looks at nothing but sources leaves none of them to later ones. */
function groupArns(world: World, balancer: Balancer, listener: RawListener, client: Packet): readonly string[] {
  const arns: string[] = []
  if (balancer.kind === 'application') {
    const rules = (world.rules.get(listener.ListenerArn) ?? []).filter(rule => rule.IsDefault !== true)
    for (const { Conditions = [], Actions = [] } of [...rules].sort(
      (a, b) => Number(a.Priority) - Number(b.Priority),
    )) {
      const bySource = Conditions.filter(({ Field }) => Field === 'source-ip')
      const matches = bySource.every(({ SourceIpConfig }) =>
        (SourceIpConfig?.Values ?? []).some(cidr => isIn(client.source, bitsOf(cidr))),
      )
      if (!matches) continue
      arns.push(...forwardedTo(Actions))
      if (bySource.length === Conditions.length) return arns
    }
  }
  return [...arns, ...forwardedTo(listener.DefaultActions ?? [])]
}

function forwardedTo(actions: readonly RawAction[]): readonly string[] {
  return actions
    .filter(({ Type }) => Type === 'forward')
    .flatMap(({ ForwardConfig, TargetGroupArn }) =>
      ForwardConfig?.TargetGroups === undefined
        ? [TargetGroupArn ?? '']
        : ForwardConfig.TargetGroups.filter(({ Weight }) => Weight !== 0).map(group => group.TargetGroupArn),
    )
}

function forwardingTo(world: World, balancer: Balancer, arn: string, client: Packet): readonly Forwarding[] {
  const group = world.targetGroups.find(({ TargetGroupArn }) => TargetGroupArn === arn)
  if (group === undefined || !speaks(group.Protocol, client.protocol)) return []
  const own = world.attributes.get(arn)
  const shared = world.attributes.get(balancer.id)?.get('load_balancing.cross_zone.enabled')
  const crossZone = own?.get('load_balancing.cross_zone.enabled')
  const isOnByDefault = balancer.kind === 'application'
  const isUdp = group.Protocol === 'UDP' || group.Protocol === 'TCP_UDP'
  const byDefault = group.TargetType !== 'ip' || isUdp
  const attribute = own?.get('preserve_client_ip.enabled')
  return [
    {
      targetType: group.TargetType,
      isIpv6: group.IpAddressType === 'ipv6',
      port: group.Port,
      preserves: balancer.kind === 'network' && (isUdp || (attribute === undefined ? byDefault : attribute === 'true')),
      isCrossZone:
        crossZone === 'true' || crossZone === 'false' ? crossZone === 'true' : isOnByDefault || shared === 'true',
      targets: world.targets.get(arn) ?? [],
    },
  ]
}

function speaks(name: string, protocol: number): boolean {
  if (name === 'TCP_UDP') return protocol === 6 || protocol === 17
  return protocol === (name === 'UDP' ? 17 : 6)
}
