import { bitsOf, isIn, isIpv4, type Bits } from './bits.ts'
import type { RawAclEntry, RawPermission } from './wire.ts'
import type { World } from './world.ts'

/** One concrete packet. For ICMP the source port is the type, the destination port the code. */
export interface Packet {
  readonly protocol: number
  readonly source: Bits
  readonly destination: Bits
  readonly sourcePort: number
  readonly destinationPort: number
}

const TCP = 6
const UDP = 17

/** Whose address the other end of a packet is, as far as AWS can know it. `null`: the way loses it, or it never was one. */
export interface Peer {
  readonly vpcId: string
}

/** The number of the entry that decides, `null` where no entry matches (which denies); `allows` is the decision. (reachability §2.5) */
export function aclDecision(
  world: World,
  subnetId: string,
  direction: 'in' | 'out',
  packet: Packet,
): { readonly allows: boolean; readonly by: string } {
  const acl = aclOf(world, subnetId)
  if (acl === undefined) return { allows: true, by: 'no network ACL was described' }
  const other = direction === 'in' ? packet.source : packet.destination
  const entries = [...(acl.Entries ?? [])]
    .filter(entry => entry.Egress === (direction === 'out'))
    .sort((a, b) => a.RuleNumber - b.RuleNumber)
  for (const entry of entries) {
    const prefix = entry.CidrBlock ?? entry.Ipv6CidrBlock
    if (prefix === undefined || !isIn(other, bitsOf(prefix)) || !entryCovers(entry, packet)) continue
    return { allows: entry.RuleAction === 'allow', by: `${acl.NetworkAclId} ${direction} ${entry.RuleNumber}` }
  }
  return { allows: false, by: `${acl.NetworkAclId} ${direction} *` }
}

function aclOf(world: World, subnetId: string): World['acls'][number] | undefined {
  const vpcId = world.subnets.find(subnet => subnet.SubnetId === subnetId)?.VpcId
  return (
    world.acls.find(acl => acl.Associations?.some(association => association.SubnetId === subnetId)) ??
    world.acls.find(acl => acl.VpcId === vpcId && acl.IsDefault === true)
  )
}

function entryCovers(entry: RawAclEntry, packet: Packet): boolean {
  const protocol = Number(entry.Protocol)
  if (protocol === -1) return true
  if (protocol !== packet.protocol) return false
  if (protocol === TCP || protocol === UDP) {
    const { From = 0, To = 65535 } = entry.PortRange ?? {}
    return From <= packet.destinationPort && packet.destinationPort <= To
  }
  if (protocol !== 1 && protocol !== 58) return true
  const { Type = -1, Code = -1 } = entry.IcmpTypeCode ?? {}
  return (Type === -1 || Type === packet.sourcePort) && (Code === -1 || Code === packet.destinationPort)
}

/** Whether one of the groups admits the packet; what it names is the permission's group. (reachability §2.4) */
export function groupsAllow(
  world: World,
  groupIds: readonly string[],
  direction: 'in' | 'out',
  packet: Packet,
  peer: Peer | null,
): boolean {
  const other = direction === 'in' ? packet.source : packet.destination
  for (const groupId of groupIds) {
    const group = world.securityGroups.find(candidate => candidate.GroupId === groupId)
    const permissions = (direction === 'in' ? group?.IpPermissions : group?.IpPermissionsEgress) ?? []
    for (const permission of permissions) {
      if (permissionCovers(permission, packet) && permissionNames(world, permission, other, peer)) return true
    }
  }
  return false
}

/** Whether a permission for the packet names one of the groups: holds also where the address is no longer the group's. (reachability §2.11) */
export function groupsReference(
  world: World,
  groupIds: readonly string[],
  packet: Packet,
  referenced: readonly string[],
): boolean {
  return groupIds
    .flatMap(groupId => world.securityGroups.find(candidate => candidate.GroupId === groupId)?.IpPermissions ?? [])
    .filter(permission => permissionCovers(permission, packet))
    .flatMap(({ UserIdGroupPairs = [] }) => UserIdGroupPairs)
    .some(pair => pair.PeeringStatus !== 'deleted' && referenced.includes(pair.GroupId))
}

function permissionCovers(permission: RawPermission, packet: Packet): boolean {
  const named: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 }
  const protocol = named[permission.IpProtocol] ?? Number(permission.IpProtocol)
  if (protocol === -1) return true
  if (protocol !== packet.protocol) return false
  const from = numberOr(permission.FromPort, -1)
  const to = numberOr(permission.ToPort, -1)
  if (protocol === TCP || protocol === UDP) {
    return (from === -1 ? 0 : from) <= packet.destinationPort && packet.destinationPort <= (to === -1 ? 65535 : to)
  }
  if (protocol === 1 || protocol === 58) {
    if (isIpv4(packet.source) !== (protocol === 1) || (from === -1 && to !== -1)) return false
    return (from === -1 || from === packet.sourcePort) && (to === -1 || to === packet.destinationPort)
  }
  return true
}

function permissionNames(world: World, permission: RawPermission, other: Bits, peer: Peer | null): boolean {
  for (const { CidrIp } of permission.IpRanges ?? []) if (isIn(other, bitsOf(CidrIp))) return true
  for (const { CidrIpv6 } of permission.Ipv6Ranges ?? []) if (isIn(other, bitsOf(CidrIpv6))) return true
  for (const { PrefixListId } of permission.PrefixListIds ?? []) {
    for (const entry of world.prefixLists.get(PrefixListId) ?? []) if (isIn(other, bitsOf(entry))) return true
  }
  for (const pair of permission.UserIdGroupPairs ?? []) {
    if (pair.PeeringStatus === 'deleted' || peer === null) continue
    for (const member of world.interfaces) {
      const isMember = member.VpcId === peer.vpcId && member.Groups?.some(group => group.GroupId === pair.GroupId)
      if (isMember === true && holdsAddress(member, other)) return true
    }
  }
  return false
}

/** Whether a packet to the address is for the interface: one of its private addresses, or of its delegated prefixes. (reachability §2.3) */
export function holdsAddress(networkInterface: World['interfaces'][number], address: Bits): boolean {
  const { PrivateIpAddresses = [], Ipv6Addresses = [], Ipv4Prefixes = [], Ipv6Prefixes = [] } = networkInterface
  return (
    PrivateIpAddresses.some(({ PrivateIpAddress }) => bitsOf(PrivateIpAddress) === address) ||
    Ipv6Addresses.some(({ Ipv6Address }) => bitsOf(Ipv6Address) === address) ||
    Ipv4Prefixes.some(({ Ipv4Prefix }) => isIn(address, bitsOf(Ipv4Prefix))) ||
    Ipv6Prefixes.some(({ Ipv6Prefix }) => isIn(address, bitsOf(Ipv6Prefix)))
  )
}

function numberOr(value: number | string | null | undefined, otherwise: number): number {
  return value === null || value === undefined || value === '' ? otherwise : Number(value)
}
