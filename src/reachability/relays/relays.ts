import type { Cidr } from '../../base/ip-range.ts'
import type {
  ClassicLoadBalancer,
  Listener,
  ListenerRule,
  LoadBalancer,
  TargetGroup,
} from '../../domain/network/load-balancers.ts'

/**
 * A load balancer as two legs: clients to one of its nodes, a node to a target. The three generations differ in their
 * defaults only, which are decided here. (reachability §2.11)
 */
export interface Relay {
  /** ARN; the name of a classic one. */
  readonly id: string
  readonly kind: 'application' | 'network' | 'classic'
  readonly vpcId: string
  readonly isInternetFacing: boolean
  readonly isDualStack: boolean
  readonly subnetIds: readonly string[]
  /** What the balancer calls the zone of each of its subnets, where it says. */
  readonly zoneNames: ReadonlyMap<string, string>
  /** `null` for a network load balancer without groups: it filters nothing, and has no identity that a group could admit. */
  readonly securityGroupIds: readonly string[] | null
  readonly listeners: readonly RelayListener[]
}

/** One port that clients contact over one protocol. */
export interface RelayListener {
  /** ARN; `null` for a classic load balancer, whose listeners have none. */
  readonly id: string | null
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  /** In the order in which they are tried; `null` where they were not described. */
  readonly rules: readonly RelayRule[] | null
}

export interface RelayRule {
  readonly id: string | null
  /** A client must be in each list. */
  readonly sources: readonly (readonly Cidr[])[]
  /** Whether nothing that matches its sources is left to later rules. */
  readonly isFinal: boolean
  /** Empty for a redirect or a fixed answer. */
  readonly pools: readonly RelayPool[]
}

/** Targets that one rule forwards to. */
export interface RelayPool {
  /** ARN; `null` for the instances of a classic load balancer. */
  readonly targetGroupId: string | null
  readonly vpcId: string | null
  readonly kind: 'instance' | 'ip' | 'alb'
  readonly isIpv6: boolean
  /** Whether targets see the client's address and not the node's, given that both are of one family. */
  readonly preservesClientAddress: boolean
  /** Whether a node sends to targets of other zones than its own; `null` where nobody says and there is no one default. */
  readonly isCrossZone: boolean | null
  /** `null` where they were not described. */
  readonly targets: readonly RelayTarget[] | null
}

export interface RelayTarget {
  /** Instance id, address, or ARN of an application load balancer. */
  readonly id: string
  readonly port: number
  /** What it was registered for: `all` or a zone, of addresses outside of the VPC; `null` where that is not told. */
  readonly zone: string | null
}

/** Transport protocols of a listener or target group. */
const TRANSPORTS: Readonly<Record<Listener['protocol'], readonly RelayListener['protocol'][]>> = {
  HTTP: ['TCP'],
  HTTPS: ['TCP'],
  TCP: ['TCP'],
  TLS: ['TCP'],
  UDP: ['UDP'],
  TCP_UDP: ['TCP', 'UDP'],
  QUIC: ['UDP'],
  TCP_QUIC: ['TCP', 'UDP'],
  GENEVE: [],
  other: [],
}

const LIVING_STATES: ReadonlySet<string> = new Set(['active', 'active_impaired'])

/** `null` for one that takes no connections: a gateway load balancer, one outside of a VPC, one that is not active. */
export function relayOf(balancer: LoadBalancer, targetGroup: (arn: string) => TargetGroup | undefined): Relay | null {
  const { kind, vpcId } = balancer
  if (kind === 'gateway' || vpcId === null || !LIVING_STATES.has(balancer.state)) return null
  return {
    id: balancer.id,
    kind,
    vpcId,
    isInternetFacing: balancer.isInternetFacing,
    isDualStack: balancer.isDualStack,
    subnetIds: balancer.zones.map(({ subnetId }) => subnetId).toSorted(),
    zoneNames: new Map(balancer.zones.map(({ subnetId, zone }) => [subnetId, zone])),
    securityGroupIds: kind === 'network' && balancer.securityGroupIds.length === 0 ? null : balancer.securityGroupIds,
    listeners: balancer.listeners.flatMap(listener =>
      TRANSPORTS[listener.protocol].map(protocol => ({
        id: listener.id,
        protocol,
        port: listener.port,
        rules: listener.rules?.map(rule => ruleOf(balancer, rule, protocol, targetGroup)) ?? null,
      })),
    ),
  }
}

/** `null` outside of a VPC. */
export function relayOfClassic(balancer: ClassicLoadBalancer): Relay | null {
  if (balancer.vpcId === null) return null
  return {
    id: balancer.id,
    kind: 'classic',
    vpcId: balancer.vpcId,
    isInternetFacing: balancer.isInternetFacing,
    isDualStack: false,
    subnetIds: balancer.subnetIds.toSorted(),
    zoneNames: new Map(),
    securityGroupIds: balancer.securityGroupIds,
    listeners: balancer.listeners.map(({ port, instancePort }) => {
      const targets = balancer.instanceIds.map(id => ({ id, port: instancePort, zone: null }))
      const pool: RelayPool = {
        targetGroupId: null,
        vpcId: balancer.vpcId,
        kind: 'instance',
        isIpv6: false,
        preservesClientAddress: false,
        // The default depends on how the balancer was made: off by the API, on by the console.
        isCrossZone: balancer.isCrossZone,
        targets,
      }
      return { id: null, protocol: 'TCP', port, rules: [{ id: null, sources: [], isFinal: true, pools: [pool] }] }
    }),
  }
}

function ruleOf(
  balancer: LoadBalancer,
  rule: ListenerRule,
  protocol: RelayListener['protocol'],
  targetGroup: (arn: string) => TargetGroup | undefined,
): RelayRule {
  return {
    id: rule.isDefault ? null : rule.id,
    sources: rule.sources,
    isFinal: !rule.hasOtherConditions,
    pools: rule.targetGroupArns.toSorted().flatMap(arn => {
      const group = targetGroup(arn)
      if (group === undefined) return [unknownPool(arn)]
      return group.targetKind === 'lambda' || !TRANSPORTS[group.protocol].includes(protocol)
        ? []
        : [poolOf(balancer, group, group.targetKind)]
    }),
  }
}

function unknownPool(arn: string): RelayPool {
  return {
    targetGroupId: arn,
    vpcId: null,
    kind: 'ip',
    isIpv6: false,
    preservesClientAddress: false,
    isCrossZone: null,
    targets: null,
  }
}

function poolOf(balancer: LoadBalancer, group: TargetGroup, kind: RelayPool['kind']): RelayPool {
  return {
    targetGroupId: group.id,
    vpcId: group.vpcId,
    kind,
    isIpv6: group.isIpv6,
    preservesClientAddress: balancer.kind === 'network' && preservesClientAddress(group, kind),
    isCrossZone: isCrossZone(balancer, group),
    targets:
      group.targets?.flatMap(({ id, port, zone }) => {
        const at = port ?? group.port
        return at === null ? [] : [{ id, port: at, zone }]
      }) ?? null,
  }
}

/** The attribute binds TCP and TLS only; what carries datagrams is always preserved. (reachability §2.11) */
function preservesClientAddress(
  { protocol, preservesClientAddress: attribute }: TargetGroup,
  kind: RelayPool['kind'],
): boolean {
  const isFree = protocol === 'TCP' || protocol === 'TLS'
  return !isFree || (attribute ?? kind !== 'ip')
}

/** An application load balancer is always cross-zone of its own, only its groups may turn that off; a network one is not by default. */
function isCrossZone(balancer: LoadBalancer, { crossZone }: TargetGroup): boolean {
  return crossZone === 'load-balancer' ? balancer.kind === 'application' || balancer.isCrossZone === true : crossZone
}
