import type { RawAclEntry, RawInterface, RawPermission, RawRoute, RawSubnet } from '../support/packet-simulator/wire.ts'
import { ACCOUNT, REGION } from './recorded-parts.ts'

/** Short ways to write what AWS answers, for networks that tests write down. Ids are what the callers say. */

export function aVpc(VpcId: string, cidrs: readonly string[]) {
  const ipv4 = cidrs.filter(cidr => !cidr.includes(':'))
  return {
    VpcId,
    OwnerId: ACCOUNT,
    CidrBlock: ipv4[0] ?? '',
    CidrBlockAssociationSet: ipv4.map(CidrBlock => ({ CidrBlock, CidrBlockState: { State: 'associated' } })),
    Ipv6CidrBlockAssociationSet: cidrs
      .filter(cidr => cidr.includes(':'))
      .map(Ipv6CidrBlock => ({ Ipv6CidrBlock, Ipv6CidrBlockState: { State: 'associated' } })),
  }
}

export function aSubnet(SubnetId: string, VpcId: string, cidrs: readonly string[], zone = 'a'): RawSubnet {
  return {
    SubnetId,
    VpcId,
    AvailabilityZone: `${REGION}${zone}`,
    AvailabilityZoneId: `euw1-az${zone === 'a' ? 1 : zone === 'b' ? 2 : 3}`,
    CidrBlock: cidrs.find(cidr => !cidr.includes(':')) ?? '',
    Ipv6CidrBlockAssociationSet: cidrs
      .filter(cidr => cidr.includes(':'))
      .map(Ipv6CidrBlock => ({ Ipv6CidrBlock, Ipv6CidrBlockState: { State: 'associated' } })),
  }
}

export interface InterfaceWish {
  readonly instance?: string
  /** Private addresses, the primary first; `10.0.0.5=54.0.0.1` has a public one. IPv6 among them. */
  readonly addresses: readonly string[]
  readonly groups: readonly string[]
  readonly status?: string
  readonly index?: number
  readonly isRouter?: boolean
  /** Of a load balancer: `app/web/1`, or the name of a classic one. */
  readonly balancer?: string
}

export function anInterface(NetworkInterfaceId: string, subnet: RawSubnet, wish: InterfaceWish): RawInterface {
  const ipv4 = wish.addresses.filter(address => !address.includes(':'))
  const isAttached = wish.instance !== undefined || wish.balancer !== undefined
  return {
    NetworkInterfaceId,
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    Status: wish.status ?? (isAttached ? 'in-use' : 'available'),
    InterfaceType: wish.balancer?.startsWith('net/') === true ? 'network_load_balancer' : 'interface',
    Description: wish.balancer === undefined ? '' : `ELB ${wish.balancer}`,
    SourceDestCheck: wish.isRouter !== true,
    Groups: wish.groups.map(GroupId => ({ GroupId })),
    ...(isAttached
      ? {
          Attachment: {
            ...(wish.instance === undefined ? {} : { InstanceId: wish.instance }),
            Status: 'attached',
            DeviceIndex: wish.index ?? 0,
          },
        }
      : {}),
    PrivateIpAddresses: ipv4.map(privateAddress),
    Ipv6Addresses: wish.addresses.filter(address => address.includes(':')).map(Ipv6Address => ({ Ipv6Address })),
  }
}

function privateAddress(text: string, at: number) {
  const [PrivateIpAddress = '', PublicIp] = text.split('=')
  return { PrivateIpAddress, Primary: at === 0, ...(PublicIp === undefined ? {} : { Association: { PublicIp } }) }
}

export function anInstance(InstanceId: string, state = 'running') {
  return { InstanceId, State: { Name: state } }
}

/** `tcp 22`, `udp 53-60`, `all`, `6 80`, `icmp`, then what it is from: CIDRs, `pl-…`, `sg-…`, or `sg-…@pcx-…`. */
export function permission(traffic: string, ...peers: readonly string[]): RawPermission {
  const [protocol = '', ports] = traffic.split(' ')
  const [from, to = from] = (ports ?? '').split('-')
  return {
    IpProtocol: protocol === 'all' ? '-1' : protocol,
    ...(from === undefined || from === '' ? {} : { FromPort: Number(from), ToPort: Number(to) }),
    IpRanges: peers.filter(peer => peer.includes('.')).map(CidrIp => ({ CidrIp })),
    Ipv6Ranges: peers.filter(peer => peer.includes(':')).map(CidrIpv6 => ({ CidrIpv6 })),
    PrefixListIds: peers.filter(peer => peer.startsWith('pl-')).map(PrefixListId => ({ PrefixListId })),
    UserIdGroupPairs: peers.filter(peer => peer.startsWith('sg-')).map(groupPair),
  }
}

function groupPair(peer: string) {
  const [GroupId = '', VpcPeeringConnectionId] = peer.split('@')
  return { GroupId, ...(VpcPeeringConnectionId === undefined ? {} : { VpcPeeringConnectionId }) }
}

export const EGRESS_ANYWHERE: readonly RawPermission[] = [permission('all', '0.0.0.0/0', '::/0')]

export function aGroup(
  GroupId: string,
  VpcId: string,
  ingress: readonly RawPermission[],
  egress: readonly RawPermission[] = EGRESS_ANYWHERE,
) {
  return { GroupId, VpcId, GroupName: GroupId, IpPermissions: ingress, IpPermissionsEgress: egress }
}

/** `in 100 allow tcp 22 from 0.0.0.0/0`, `out 90 deny all from ::/0`. */
export function entry(text: string): RawAclEntry {
  const [direction, number, action = '', protocol = '', ...rest] = text.split(' ')
  const [ports] = rest[0] === 'from' ? [undefined] : rest
  const cidr = rest.at(-1) ?? ''
  const [from, to = from] = (ports ?? '').split('-')
  const numbers: Readonly<Record<string, string>> = { all: '-1', tcp: '6', udp: '17', icmp: '1', icmpv6: '58' }
  return {
    RuleNumber: Number(number),
    Egress: direction === 'out',
    Protocol: numbers[protocol] ?? protocol,
    RuleAction: action,
    ...(cidr.includes(':') ? { Ipv6CidrBlock: cidr } : { CidrBlock: cidr }),
    ...(ports === undefined ? {} : { PortRange: { From: Number(from), To: Number(to) } }),
  }
}

const FINAL_DENIES = ['in', 'out'].flatMap(direction => [
  entry(`${direction} 32767 deny all from 0.0.0.0/0`),
  entry(`${direction} 32768 deny all from ::/0`),
])

export const ALLOW_ALL: readonly string[] = ['in', 'out'].flatMap(direction => [
  `${direction} 100 allow all from 0.0.0.0/0`,
  `${direction} 101 allow all from ::/0`,
])

/** With the final denies that AWS adds. Without subnets: the default one of its VPC. */
export function anAcl(
  NetworkAclId: string,
  VpcId: string,
  entries: readonly string[] = ALLOW_ALL,
  subnets: readonly string[] = [],
) {
  return {
    NetworkAclId,
    VpcId,
    IsDefault: subnets.length === 0,
    Associations: subnets.map(SubnetId => ({ SubnetId })),
    Entries: [...entries.map(entry), ...FINAL_DENIES],
  }
}

/** `0.0.0.0/0 igw-1`, `10.0.0.0/8 vgw-1 propagated`, `pl-1 nat-1`, `::/0 eigw-1`, `… igw-1 blackhole`. */
export function route(text: string): RawRoute {
  const [destination = '', target = '', ...flags] = text.split(' ')
  const kind = target.slice(0, target.indexOf('-'))
  const members: Readonly<Record<string, string>> = {
    eigw: 'EgressOnlyInternetGatewayId',
    nat: 'NatGatewayId',
    pcx: 'VpcPeeringConnectionId',
    tgw: 'TransitGatewayId',
    eni: 'NetworkInterfaceId',
  }
  return {
    ...(destination.startsWith('pl-')
      ? { DestinationPrefixListId: destination }
      : destination.includes(':')
        ? { DestinationIpv6CidrBlock: destination }
        : { DestinationCidrBlock: destination }),
    [members[kind] ?? 'GatewayId']: target,
    Origin: flags.includes('propagated')
      ? 'EnableVgwRoutePropagation'
      : target === 'local'
        ? 'CreateRouteTable'
        : 'CreateRoute',
    State: flags.includes('blackhole') ? 'blackhole' : 'active',
  }
}

/** `for`: subnets, gateways, and `main`. The VPC's own routes are added unless written down. */
export function aTable(
  RouteTableId: string,
  vpc: ReturnType<typeof aVpc>,
  routes: readonly string[],
  ...for_: readonly string[]
) {
  const blocks = [
    ...vpc.CidrBlockAssociationSet.map(({ CidrBlock }) => CidrBlock),
    ...vpc.Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
  ]
  const local = blocks.filter(
    block => !routes.some(text => text.startsWith(`${block} `) && !text.endsWith('propagated')),
  )
  return {
    RouteTableId,
    VpcId: vpc.VpcId,
    Associations: for_.map(associationWith),
    Routes: [...local.map(block => `${block} local`), ...routes].map(route),
  }
}

function associationWith(name: string) {
  if (name === 'main') return { Main: true, AssociationState: { State: 'associated' } }
  const other = name.startsWith('subnet-') ? { SubnetId: name } : { GatewayId: name }
  return { Main: false, AssociationState: { State: 'associated' }, ...other }
}

export function anInternetGateway(InternetGatewayId: string, VpcId: string | null) {
  return { InternetGatewayId, Attachments: VpcId === null ? [] : [{ VpcId, State: 'available' }] }
}

export function aPeering(
  VpcPeeringConnectionId: string,
  requester: ReturnType<typeof aVpc>,
  accepter: ReturnType<typeof aVpc>,
  status = 'active',
) {
  const side = (vpc: ReturnType<typeof aVpc>) => ({
    VpcId: vpc.VpcId,
    OwnerId: ACCOUNT,
    Region: REGION,
    CidrBlockSet: vpc.CidrBlockAssociationSet.map(({ CidrBlock }) => ({ CidrBlock })),
    Ipv6CidrBlockSet: vpc.Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => ({ Ipv6CidrBlock })),
  })
  return {
    VpcPeeringConnectionId,
    Status: { Code: status },
    RequesterVpcInfo: side(requester),
    AccepterVpcInfo: side(accepter),
  }
}

export function aVpnGateway(VpnGatewayId: string, VpcId: string) {
  return { VpnGatewayId, State: 'available', VpcAttachments: [{ VpcId, State: 'attached' }] }
}

export function aVpnConnection(VpnConnectionId: string, VpnGatewayId: string, staticRoutes: readonly string[] | null) {
  return {
    VpnConnectionId,
    VpnGatewayId,
    State: 'available',
    Options: { StaticRoutesOnly: staticRoutes !== null },
    Routes: (staticRoutes ?? []).map(DestinationCidrBlock => ({ DestinationCidrBlock, State: 'available' })),
  }
}
