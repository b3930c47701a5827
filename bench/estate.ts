import type { LoadBalancer, TargetGroup } from '../src/domain/network/load-balancers.ts'
import type { NetworkInterface } from '../src/domain/network/interfaces.ts'
import type { NetworkSnapshot } from '../src/domain/network/network-snapshot.ts'
import type { SecurityGroup } from '../src/domain/network/packet-filters.ts'
import type { Subnet } from '../src/domain/network/vpcs.ts'
import {
  aGroup,
  anAcl,
  anAttachment,
  anInstance,
  anInterface,
  aNetwork,
  aSubnet,
  aTable,
  aTransitTable,
  aVpc,
  owned,
} from '../test/support/network-builder.ts'
import { drawSeeded, type Draw } from '../test/reachability/draw.ts'

const INSTANCES_PER_VPC = 100
const VPC_LIMIT = 500
const ZONES = ['euw1-az1', 'euw1-az2', 'euw1-az3']
/** Of the estate, each a VPC's worth of 4,096 addresses apart. */
const VPC_SIZE = 4096
const SUBNET_SIZE = 512
const VPCS_PER_TRANSIT_GATEWAY = 50

/** Roles of instances, with the rules that a team writes for them: `lb`, `web` and the like stand for the VPC's own groups. */
const ROLES: readonly (readonly [role: string, rules: readonly string[]])[] = [
  ['bastion', ['tcp/22 203.0.113.0/24', 'tcp/22 198.51.100.16/28', 'icmp 0.0.0.0/0']],
  ['web', ['tcp/443 0.0.0.0/0', 'tcp/80 0.0.0.0/0', 'tcp/443 ::/0', 'tcp/22 bastion', 'tcp/9100 10.0.0.0/8']],
  ['app', ['tcp/8080 lb', 'tcp/8080 web', 'tcp/22 bastion', 'tcp/9100 10.0.0.0/8', 'tcp/8443 pl-office']],
  ['worker', ['tcp/22 bastion', 'tcp/9100 10.0.0.0/8', 'udp/8125 10.0.0.0/8']],
  ['cache', ['tcp/6379 app', 'tcp/6379 worker', 'tcp/22 bastion']],
  ['db', ['tcp/5432 app', 'tcp/5432 worker', 'tcp/5432 10.0.0.0/12', 'tcp/22 bastion']],
  ['legacy', ['all 10.0.0.0/8', 'tcp/3389 192.0.2.0/24', 'tcp/1024-65535 172.16.0.0/12']],
]

/**
 * An estate as larger organizations have them: VPCs of three zones with public and private subnets, roles that share groups, network
 * ACLs, NAT, transit gateways between the VPCs, peerings of neighbours, lines to premises, load balancers. The same for the same seed.
 */
export function anEstate(instances: number, seed = 1): NetworkSnapshot {
  const draw = drawSeeded(seed)
  const vpcs = Math.min(VPC_LIMIT, Math.max(1, Math.ceil(instances / INSTANCES_PER_VPC)))
  const parts = Array.from({ length: vpcs }, (_, at) => {
    const share = Math.floor((instances * (at + 1)) / vpcs) - Math.floor((instances * at) / vpcs)
    return aVpcOfEstate(draw, at, vpcs, share)
  })
  const all = <Name extends keyof VpcParts>(name: Name): VpcParts[Name][number][] =>
    parts.flatMap(part => part[name] as VpcParts[Name][number][])
  return aNetwork({
    vpcs: all('vpcs'),
    subnets: all('subnets'),
    interfaces: all('interfaces'),
    instances: all('instances'),
    securityGroups: all('securityGroups'),
    networkAcls: all('networkAcls'),
    routeTables: all('routeTables'),
    internetGateways: all('internetGateways'),
    natGateways: all('natGateways'),
    vpnGateways: all('vpnGateways'),
    vpnConnections: all('vpnConnections'),
    loadBalancers: all('loadBalancers'),
    targetGroups: all('targetGroups'),
    peerings: peeringsOf(vpcs),
    prefixLists: [
      { ...owned('pl-office'), name: 'office', family: 'ipv4', isAwsManaged: false, entries: officeOf(vpcs) },
    ],
    ...transitOf(vpcs),
  })
}

/** One group of the estate with another rule: what somebody does in a console. */
export function withChangedGroup(group: SecurityGroup): SecurityGroup {
  const [changed] = aGroup(group.id, ['tcp/8888 0.0.0.0/0']).ingress
  return changed === undefined ? group : { ...group, ingress: [...group.ingress, changed] }
}

type VpcParts = Pick<
  NetworkSnapshot,
  | 'vpcs'
  | 'subnets'
  | 'interfaces'
  | 'instances'
  | 'securityGroups'
  | 'networkAcls'
  | 'routeTables'
  | 'internetGateways'
  | 'natGateways'
  | 'vpnGateways'
  | 'vpnConnections'
  | 'loadBalancers'
  | 'targetGroups'
>

function aVpcOfEstate(draw: Draw, at: number, vpcs: number, instances: number): VpcParts {
  const id = `vpc-${padded(at)}`
  const base = at * VPC_SIZE
  const subnets = ZONES.flatMap((zone, index) =>
    ['public', 'private'].map((kind, of) =>
      aSubnet(
        `subnet-${padded(at)}-${kind}-${index}`,
        id,
        `${address(base + (2 * index + of) * SUBNET_SIZE)}/23`,
        zone,
      ),
    ),
  )
  const [open, closed] = [subnets.filter((_, n) => n % 2 === 0), subnets.filter((_, n) => n % 2 === 1)]
  const group = (role: string) => `sg-${padded(at)}-${role}`
  const named = (rule: string) => rule.replace(/ ([a-z]+)$/, (_, role: string) => ` ${group(role)}`)
  const hosts = Array.from({ length: instances }, (_, number) => aHost(draw, at, number, open, closed, group))
  const local = `${address(base)}/20 local`
  const routes = vpcs > 1 ? [`10.0.0.0/8 ${transitIdOf(at)}`] : []
  const hasLine = at % 10 === 0
  const line = hasLine ? [`172.20.0.0/16 vgw-${padded(at)} propagated`] : []
  const balancer = aBalancer(at, id, open, closed, hosts, group)
  return {
    vpcs: [aVpc(id, `${address(base)}/20`)],
    subnets,
    interfaces: [...hosts, ...balancer.nodes],
    instances: hosts.map(({ attachment, vpcId, subnetId }) =>
      anInstance(attachment?.instanceId ?? '', { vpcId, subnetId }),
    ),
    securityGroups: [
      ...ROLES.map(([role, rules]) => aGroup(group(role), rules.map(named))),
      aGroup(group('lb'), ['tcp/443 0.0.0.0/0']),
    ],
    networkAcls: [
      anAcl(
        `acl-${padded(at)}-open`,
        id,
        open.map(subnet => subnet.id),
      ),
      anAcl(
        `acl-${padded(at)}-closed`,
        id,
        closed.map(subnet => subnet.id),
        {
          ingress: ['90 deny tcp/3389 0.0.0.0/0', '95 deny all 198.51.100.0/24', '100 allow all 0.0.0.0/0'],
          egress: [
            '90 allow tcp/1024-65535 0.0.0.0/0',
            '95 allow udp/1024-65535 0.0.0.0/0',
            '100 allow tcp/443 0.0.0.0/0',
          ],
        },
      ),
    ],
    routeTables: [
      aTable(
        `rtb-${padded(at)}-open`,
        id,
        open.map(subnet => subnet.id),
        [local, ...routes, `0.0.0.0/0 igw-${padded(at)}`],
        {
          isMain: true,
        },
      ),
      ...closed.map((subnet, index) =>
        aTable(
          `rtb-${padded(at)}-closed-${index}`,
          id,
          [subnet.id],
          [local, ...routes, ...line, ...neighboursOf(at, vpcs), `0.0.0.0/0 nat-${padded(at)}`],
        ),
      ),
    ],
    internetGateways: [{ ...owned(`igw-${padded(at)}`), vpcId: id }],
    natGateways: [{ ...owned(`nat-${padded(at)}`), vpcId: id, subnetId: open[0]?.id ?? '', kind: 'public' }],
    vpnGateways: hasLine ? [{ ...owned(`vgw-${padded(at)}`), vpcId: id }] : [],
    vpnConnections: hasLine
      ? [
          {
            ...owned(`vpn-${padded(at)}`),
            state: 'available',
            vpnGatewayId: `vgw-${padded(at)}`,
            transitGatewayId: null,
            hasStaticRoutesOnly: false,
            routes: [],
            tunnelsUp: 2,
          },
        ]
      : [],
    loadBalancers: balancer.loadBalancers,
    targetGroups: balancer.targetGroups,
  }
}

function aHost(
  draw: Draw,
  at: number,
  number: number,
  open: readonly Subnet[],
  closed: readonly Subnet[],
  group: (role: string) => string,
): NetworkInterface {
  const [role] = draw.pick(ROLES)
  const isOpen = role === 'bastion' || role === 'web'
  const zone = number % ZONES.length
  const subnet = (isOpen ? open : closed)[zone]
  if (subnet === undefined) throw new RangeError('a VPC of the estate has a subnet of each kind in each zone')
  const offset = (2 * zone + (isOpen ? 0 : 1)) * SUBNET_SIZE + 16 + number
  const own = address(at * VPC_SIZE + offset)
  const shown = isOpen ? `${own}=54.${(at >> 8) & 255}.${at & 255}.${number % 256}` : own
  const groups = [group(role), ...(draw.chance(10) ? [group('legacy')] : [])]
  const instanceId = `i-${padded(at)}-${padded(number)}`
  return anInterface(`eni-${padded(at)}-${padded(number)}`, subnet, [shown], [...new Set(groups)], { instanceId })
}

function aBalancer(
  at: number,
  vpcId: string,
  open: readonly Subnet[],
  closed: readonly Subnet[],
  hosts: readonly NetworkInterface[],
  group: (role: string) => string,
) {
  const arn = `arn:aws:elasticloadbalancing:eu-west-1:111122223333`
  const id = `${arn}:loadbalancer/app/web/${padded(at)}`
  const targetId = `${arn}:targetgroup/web/${padded(at)}`
  const listenerId = `${arn}:listener/app/web/${padded(at)}/1`
  const balancer: LoadBalancer = {
    ...owned(id),
    name: 'web',
    kind: 'application',
    isInternetFacing: true,
    state: 'active',
    vpcId,
    zones: open.map(subnet => ({ zone: subnet.zone, subnetId: subnet.id })),
    securityGroupIds: [group('lb')],
    isDualStack: false,
    isCrossZone: null,
    filtersPrivateLink: null,
    listeners: [
      {
        id: listenerId,
        protocol: 'HTTPS',
        port: 443,
        rules: [
          {
            id: listenerId,
            isDefault: true,
            sources: [],
            hasOtherConditions: false,
            targetGroupArns: [targetId],
            isAuthenticated: false,
          },
        ],
      },
    ],
  }
  const targets = hosts.filter(
    ({ securityGroupIds, subnetId }) =>
      securityGroupIds.includes(group('app')) && closed.some(subnet => subnet.id === subnetId),
  )
  const targetGroup: TargetGroup = {
    ...owned(targetId),
    name: 'web',
    protocol: 'HTTP',
    port: 8080,
    targetKind: 'instance',
    isIpv6: false,
    vpcId,
    crossZone: 'load-balancer',
    preservesClientAddress: null,
    targets: targets.map(({ attachment }) => ({
      id: attachment?.instanceId ?? '',
      port: 8080,
      zone: null,
      health: 'healthy',
    })),
  }
  const nodes = open.map((subnet, zone) => {
    const offset = at * VPC_SIZE + 2 * zone * SUBNET_SIZE + 8
    const shown = `${address(offset)}=55.${(at >> 8) & 255}.${at & 255}.${zone}`
    return anInterface(`eni-${padded(at)}-lb-${zone}`, subnet, [shown], [group('lb')], {
      description: `ELB app/web/${padded(at)}`,
    })
  })
  return { nodes, loadBalancers: [balancer], targetGroups: [targetGroup] }
}

/** Every fourth VPC is peered with the next. */
function peeringsOf(vpcs: number): NetworkSnapshot['peerings'] {
  return Array.from({ length: vpcs }, (_, at) => at)
    .filter(at => at % 4 === 0 && at + 1 < vpcs)
    .map(peeringFrom)
}

function peeringFrom(at: number) {
  const id = `pcx-${padded(at)}`
  return { ...owned(id), status: 'active', requester: sideOf(at), accepter: sideOf(at + 1) }
}

function sideOf(at: number) {
  const { id, accountId, region, cidrs } = aVpc(`vpc-${padded(at)}`, `${address(at * VPC_SIZE)}/20`)
  return { vpcId: id, accountId, region, cidrs }
}

function neighboursOf(at: number, vpcs: number): readonly string[] {
  const [first, other] = at % 4 === 0 ? [at, at + 1] : at % 4 === 1 ? [at - 1, at - 1] : [-1, -1]
  return first < 0 || other >= vpcs ? [] : [`${address(other * VPC_SIZE)}/20 pcx-${padded(first)}`]
}

/** A transit gateway for every fifty VPCs, one table each: everybody of it reaches everybody. */
function transitOf(
  vpcs: number,
): Pick<NetworkSnapshot, 'transitGateways' | 'transitGatewayAttachments' | 'transitGatewayTables'> {
  if (vpcs === 1) return { transitGateways: [], transitGatewayAttachments: [], transitGatewayTables: [] }
  const members = Array.from({ length: vpcs }, (_, at) => at)
  const ids = [...new Set(members.map(transitIdOf))]
  return {
    transitGateways: ids.map(id => ({ ...owned(id), state: 'available', supportsSecurityGroupReferences: false })),
    transitGatewayAttachments: members.map(at =>
      anAttachment(
        `tgw-attach-${padded(at)}`,
        `vpc-${padded(at)}`,
        ZONES.map((_, zone) => `subnet-${padded(at)}-private-${zone}`),
        { transitGatewayId: transitIdOf(at), associatedTableId: `tgw-rtb-${transitIdOf(at)}` },
      ),
    ),
    transitGatewayTables: ids.map(id =>
      aTransitTable(
        `tgw-rtb-${id}`,
        members
          .filter(at => transitIdOf(at) === id)
          .map(at => `${address(at * VPC_SIZE)}/20 tgw-attach-${padded(at)} propagated`),
        id,
      ),
    ),
  }
}

function transitIdOf(at: number): string {
  return `tgw-${padded(Math.floor(at / VPCS_PER_TRANSIT_GATEWAY))}`
}

/** Where the people sit: a list that many groups name. */
function officeOf(vpcs: number) {
  return aVpc('', ...Array.from({ length: Math.min(60, 10 + vpcs) }, (_, at) => `198.18.${at}.0/24`)).cidrs
}

function padded(number: number): string {
  return String(number).padStart(5, '0')
}

/** The address `offset` above 10.0.0.0. */
function address(offset: number): string {
  return `10.${(offset >> 16) & 255}.${(offset >> 8) & 255}.${offset & 255}`
}
