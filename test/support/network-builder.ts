import { parseCidr, parseIpAddress, type Cidr } from '../../src/base/ip-range.ts'
import type { Instance, InterfaceAddress, NetworkInterface } from '../../src/domain/network/interfaces.ts'
import type { NetworkSnapshot } from '../../src/domain/network/network-snapshot.ts'
import type {
  NetworkAcl,
  NetworkAclEntry,
  ProtocolFilter,
  SecurityGroup,
  SecurityGroupPeer,
  SecurityGroupRule,
  TrafficFilter,
} from '../../src/domain/network/packet-filters.ts'
import type { LoadBalancer, TargetGroup } from '../../src/domain/network/load-balancers.ts'
import type { Route, RouteTable, RouteTarget } from '../../src/domain/network/routes.ts'
import type { TransitGatewayAttachment, TransitGatewayTable } from '../../src/domain/network/transit-gateways.ts'
import type { Subnet, Vpc } from '../../src/domain/network/vpcs.ts'

const OWNED = { accountId: '111122223333', region: 'eu-west-1' }

/** A snapshot in which only what is given exists. */
export function aNetwork(parts: Partial<NetworkSnapshot> = {}): NetworkSnapshot {
  return {
    takenAt: null,
    vpcs: [],
    subnets: [],
    interfaces: [],
    instances: [],
    securityGroups: [],
    networkAcls: [],
    prefixLists: [],
    routeTables: [],
    internetGateways: [],
    egressOnlyGateways: [],
    natGateways: [],
    peerings: [],
    blockPublicAccess: [],
    vpnGateways: [],
    vpnConnections: [],
    virtualInterfaces: [],
    directConnectAssociations: [],
    transitGateways: [],
    transitGatewayAttachments: [],
    transitGatewayTables: [],
    endpoints: [],
    endpointServices: [],
    loadBalancers: [],
    targetGroups: [],
    classicLoadBalancers: [],
    firewalls: [],
    firewallPolicies: [],
    firewallRuleGroups: [],
    accelerators: [],
    missing: [],
    ...parts,
  }
}

/** Account and Region of everything that the builders make. */
export function owned<Id extends string>(
  id: Id,
): { readonly id: Id; readonly accountId: string; readonly region: string } {
  return { id, ...OWNED }
}

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text)
  if (parsed === null) throw new Error(`not a CIDR: ${text}`)
  return parsed
}

export function aVpc(id: string, ...cidrs: string[]): Vpc {
  return { ...owned(id), cidrs: cidrs.map(cidr), internetBlock: null }
}

export function aSubnet(id: string, vpcId: string, cidrs: string | readonly string[], zone = 'euw1-az1'): Subnet {
  return { ...owned(id), vpcId, zone, cidrs: [cidrs].flat().map(cidr), internetBlock: null }
}

export function anInstance(id: string, parts: Partial<Instance> = {}): Instance {
  return {
    ...owned(id),
    arn: null,
    state: 'running',
    tags: {},
    imageId: null,
    instanceType: null,
    keyName: null,
    instanceProfileArn: null,
    platform: null,
    launchedAt: null,
    vpcId: null,
    subnetId: null,
    ...parts,
  }
}

export function anAddress(text: string, publicAddress: string | null = null): InterfaceAddress {
  const address = parseIpAddress(text)
  if (address === null) throw new Error(`not an address: ${text}`)
  return { address, text, publicAddress }
}

/** In use by `instanceId` (by a service where that is `null`); `addresses` are texts, `private=public` where translated. */
export function anInterface(
  id: string,
  { vpcId, id: subnetId }: Subnet,
  addresses: readonly string[],
  groups: readonly string[],
  parts: Partial<NetworkInterface> & { readonly instanceId?: string | null } = {},
): NetworkInterface {
  const { instanceId = null, ...rest } = parts
  return {
    ...owned(id),
    vpcId,
    subnetId,
    status: 'in-use',
    attachment: { instanceId, status: 'attached', deviceIndex: 0 },
    kind: 'interface',
    description: '',
    securityGroupIds: groups,
    hasSourceDestinationCheck: true,
    addresses: addresses.map(text => anAddress(...(text.split('=') as [string, string?]))),
    prefixes: [],
    ...rest,
  }
}

const PROTOCOLS: Readonly<Record<string, ProtocolFilter>> = { all: 'all', tcp: 6, udp: 17, icmp: 1, icmpv6: 58 }

/** `tcp/22`, `udp/1000-2000`, `tcp`, `all`. */
function traffic(text: string): TrafficFilter {
  const [name = '', ports = '0-65535'] = text.split('/')
  const [begin = 0, end = begin] = ports.split('-').map(Number)
  const protocol = PROTOCOLS[name] ?? Number(name)
  return {
    protocol,
    ports: { begin, end },
    icmp: protocol === 1 || protocol === 58 ? { type: null, code: null } : null,
  }
}

function peer(text: string): SecurityGroupPeer {
  if (text.startsWith('pl-')) return { is: 'prefix-list', prefixListId: text }
  if (text.startsWith('sg-')) return { is: 'group', groupId: text, accountId: null, peeringId: null, isStale: false }
  return { is: 'cidr', cidr: cidr(text) }
}

function groupRule(groupId: string, way: string, text: string): SecurityGroupRule {
  const [what = '', from = ''] = text.split(' ')
  return { id: `sgr-${groupId}-${way}-${text}`, ...traffic(what), peer: peer(from) }
}

const OPEN_EGRESS = ['all 0.0.0.0/0', 'all ::/0']

/** Rules read `tcp/22 0.0.0.0/0`, `all sg-2`, `udp pl-1`; egress is open where it is not given. */
export function aGroup(id: string, ingress: readonly string[], egress: readonly string[] = OPEN_EGRESS): SecurityGroup {
  return {
    ...owned(id),
    name: id,
    vpcId: null,
    ingress: ingress.map(text => groupRule(id, 'in', text)),
    egress: egress.map(text => groupRule(id, 'out', text)),
  }
}

const OPEN_ENTRIES = ['100 allow all 0.0.0.0/0', '101 allow all ::/0']

function aclEntry(text: string): NetworkAclEntry {
  const [number, action, what = '', from = ''] = text.split(' ')
  return { number: Number(number), action: action === 'deny' ? 'deny' : 'allow', ...traffic(what), cidr: cidr(from) }
}

/** Entries read `100 allow tcp/22 0.0.0.0/0`; a direction that is not given is open. */
export function anAcl(
  id: string,
  vpcId: string,
  subnetIds: readonly string[],
  { ingress = OPEN_ENTRIES, egress = OPEN_ENTRIES }: { ingress?: readonly string[]; egress?: readonly string[] } = {},
): NetworkAcl {
  return {
    ...owned(id),
    vpcId,
    isDefault: false,
    subnetIds,
    ingress: ingress.map(aclEntry),
    egress: egress.map(aclEntry),
  }
}

const TARGETS: readonly (readonly [prefix: string, is: Exclude<RouteTarget['is'], 'local'>])[] = [
  ['igw-', 'internet-gateway'],
  ['eigw-', 'egress-only-gateway'],
  ['nat-', 'nat-gateway'],
  ['pcx-', 'peering'],
  ['vgw-', 'vpn-gateway'],
  ['tgw-', 'transit-gateway'],
  ['vpce-', 'endpoint'],
  ['eni-', 'interface'],
  ['cagw-', 'carrier-gateway'],
  ['lgw-', 'local-gateway'],
  ['arn:', 'core-network'],
]

/** `0.0.0.0/0 igw-1`, `pl-1 tgw-1`, `10.0.0.0/16 local`, then `blackhole` or `propagated` where it is. */
export function aRoute(text: string): Route {
  const [to = '', target = '', ...flags] = text.split(' ')
  const is = TARGETS.find(([prefix]) => target.startsWith(prefix))?.[1] ?? 'other'
  return {
    destination: to.startsWith('pl-') ? { is: 'prefix-list', prefixListId: to } : { is: 'cidr', cidr: cidr(to) },
    target: target === 'local' ? { is: 'local' } : { is, id: target },
    isBlackhole: flags.includes('blackhole'),
    isPropagated: flags.includes('propagated'),
  }
}

/** Local routes are written out like the others: `10.0.0.0/16 local`. */
export function aTable(
  id: string,
  vpcId: string,
  subnetIds: readonly string[],
  routes: readonly string[],
  parts: Partial<RouteTable> = {},
): RouteTable {
  return { ...owned(id), vpcId, isMain: false, subnetIds, gatewayIds: [], routes: routes.map(aRoute), ...parts }
}

/** Of a VPC unless `parts` say otherwise; `resourceId` is the VPC, connection or peer. */
export function anAttachment(
  id: string,
  resourceId: string,
  subnetIds: readonly string[],
  parts: Partial<TransitGatewayAttachment> = {},
): TransitGatewayAttachment {
  return {
    ...owned(id),
    transitGatewayId: 'tgw-1',
    kind: 'vpc',
    state: 'available',
    resourceId,
    subnetIds,
    isApplianceMode: false,
    supportsSecurityGroupReferences: false,
    associatedTableId: 'tgw-rtb-1',
    ...parts,
  }
}

/** Routes read `10.1.0.0/16 tgw-attach-1`, then `blackhole` or `propagated` where it is; equal-cost ones are joined by `+`. */
export function aTransitTable(id: string, routes: readonly string[], transitGatewayId = 'tgw-1'): TransitGatewayTable {
  return {
    ...owned(id),
    transitGatewayId,
    propagatingAttachmentIds: null,
    routes: routes.map(text => {
      const [to = '', attachments = '', ...flags] = text.split(' ')
      return {
        destination: to.startsWith('pl-') ? { is: 'prefix-list', prefixListId: to } : { is: 'cidr', cidr: cidr(to) },
        isPropagated: flags.includes('propagated'),
        isBlackhole: flags.includes('blackhole'),
        attachmentIds: attachments.split('+'),
      }
    }),
  }
}

/** For HTTP on port 8080, with instance `i-1`. */
export function aTargetGroup(parts: Partial<TargetGroup> = {}): TargetGroup {
  return {
    ...owned('tg-1'),
    name: 'shop',
    protocol: 'HTTP',
    port: 8080,
    targetKind: 'instance',
    isIpv6: false,
    vpcId: 'vpc-1',
    crossZone: 'load-balancer',
    preservesClientAddress: null,
    targets: [{ id: 'i-1', port: null, zone: null, health: 'healthy' }],
    ...parts,
  }
}

/** An application load balancer that faces the internet and listens nowhere. */
export function aLoadBalancer(parts: Partial<LoadBalancer> = {}): LoadBalancer {
  return {
    ...owned('arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188'),
    name: 'shop',
    kind: 'application',
    isInternetFacing: true,
    state: 'active',
    vpcId: 'vpc-1',
    zones: [],
    securityGroupIds: [],
    isDualStack: false,
    isCrossZone: null,
    filtersPrivateLink: null,
    listeners: [],
    ...parts,
  }
}
