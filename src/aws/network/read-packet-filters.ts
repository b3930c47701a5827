import type {
  NetworkAcl,
  NetworkAclEntry,
  PrefixList,
  SecurityGroup,
  SecurityGroupPeer,
  SecurityGroupRule,
  TrafficFilter,
} from '../../domain/network/packet-filters.ts'
import type { Cidr } from '../../base/ip-range.ts'
import { eachOnce, inOrder, ownedBy, type Answers } from './answers.ts'
import { icmpOf, portsOf, protocolOf, trafficOfRule } from './traffic-filter.ts'
import { distinct } from './read-vpcs.ts'
import type { WireRecord } from './wire-record.ts'

/** The number from which on entries are AWS's own final deny. (EC2 API, NetworkAclEntry) */
const FINAL_DENY = 32_767

/** A peering that is in one of these states admits nothing any more. (EC2 API, VpcPeeringConnectionStateReason) */
const ENDED_PEERINGS = new Set(['deleted', 'deleting', 'expired', 'failed', 'rejected'])

export function readSecurityGroups(answers: Answers): readonly SecurityGroup[] {
  const rules = rulesByGroup(answers)
  const groups = eachOnce(answers.items('DescribeSecurityGroups', 'SecurityGroups'), record => {
    const id = record.id('GroupId')
    if (id === null) return null
    const ids = new Map((rules.get(id)?.rules ?? []).map(({ isEgress, rule }) => [contentOf(isEgress, rule), rule.id]))
    const permissions = (name: string, isEgress: boolean): readonly SecurityGroupRule[] =>
      rulesOfPermissions(answers, record, name, rule => {
        const content = contentOf(isEgress, rule)
        return ids.get(content) ?? `${id} ${content}`
      })
    return {
      ...ownedBy(record, id),
      name: record.text('GroupName') ?? '',
      vpcId: record.optionalId('VpcId'),
      ingress: permissions('IpPermissions', false),
      egress: permissions('IpPermissionsEgress', true),
    }
  })
  const described = new Set(groups.map(({ id }) => id))
  // Without DescribeSecurityGroups, the rules alone tell what the groups that have any let through.
  const others = [...rules].flatMap(([id, group]) => (described.has(id) ? [] : [groupOfRules(id, group)]))
  return inOrder([...groups, ...others])
}

export function readPrefixLists(answers: Answers): readonly PrefixList[] {
  const entries = entriesByList(answers)
  const managed = eachOnce(answers.items('DescribeManagedPrefixLists', 'PrefixLists'), record => {
    const id = record.id('PrefixListId')
    if (id === null || (record.word('State') ?? '').startsWith('delete')) return null
    const owner = record.optionalId('OwnerId')
    return {
      ...ownedBy(record, id),
      name: record.text('PrefixListName') ?? '',
      family: record.word('AddressFamily') === 'ipv6' ? ('ipv6' as const) : ('ipv4' as const),
      isAwsManaged: owner === 'AWS',
      entries: entries.get(id) ?? null,
    }
  })
  const described = new Set(managed.map(({ id }) => id))
  const others = eachOnce(answers.items('DescribePrefixLists', 'PrefixLists'), record => {
    const id = record.id('PrefixListId')
    if (id === null || described.has(id)) return null
    const cidrs = record.cidrs('Cidrs')
    return {
      ...ownedBy(record, id),
      name: record.text('PrefixListName') ?? '',
      family: cidrs[0]?.family ?? 'ipv4',
      isAwsManaged: true,
      entries: distinct(cidrs),
    }
  })
  return inOrder([...managed, ...others])
}

export function readNetworkAcls(answers: Answers): readonly NetworkAcl[] {
  return eachOnce(answers.items('DescribeNetworkAcls', 'NetworkAcls'), record => {
    const id = record.id('NetworkAclId')
    const vpcId = record.neededId('VpcId')
    if (id === null || vpcId === null) return null
    const records = record.records('Entries')
    const entries = answers.mayHold(records.length, record, 'Entries') ? records : []
    const ofDirection = (isEgress: boolean): readonly NetworkAclEntry[] =>
      entries
        .filter(entry => (entry.flag('Egress') === true) === isEgress)
        .flatMap(entryOf)
        .sort((a, b) => a.number - b.number || (a.cidr.text < b.cidr.text ? -1 : 1))
    return {
      ...ownedBy(record, id),
      vpcId,
      isDefault: record.flag('IsDefault') === true,
      subnetIds: record
        .records('Associations')
        .flatMap(association => association.optionalId('SubnetId') ?? [])
        .sort(),
      ingress: ofDirection(false),
      egress: ofDirection(true),
    }
  })
}

function entryOf(record: WireRecord): readonly NetworkAclEntry[] {
  const number = record.number('RuleNumber')
  if (number === null) {
    if (!record.has('RuleNumber')) record.unreadable('RuleNumber', 'is missing')
    return []
  }
  if (number >= FINAL_DENY) return []
  const protocol = protocolOf(record, 'Protocol')
  const action = record.word('RuleAction')
  const cidr = record.cidr('CidrBlock') ?? record.cidr('Ipv6CidrBlock')
  if (action !== 'allow' && action !== 'deny') {
    record.unreadable('RuleAction', 'is neither allow nor deny')
    return []
  }
  if (cidr === null && !record.has('CidrBlock') && !record.has('Ipv6CidrBlock')) {
    record.unreadable('CidrBlock', 'is missing')
  }
  if (protocol === null || cidr === null) return []
  const range = record.record('PortRange')
  const ports = portsOf(record, protocol, range?.number('From') ?? null, range?.number('To') ?? null)
  const icmp = record.record('IcmpTypeCode')
  if (ports === null) return []
  return [
    {
      number,
      action,
      cidr,
      protocol,
      ports,
      icmp: icmpOf(protocol, icmp?.number('Type') ?? null, icmp?.number('Code') ?? null),
    },
  ]
}

type Content = Omit<SecurityGroupRule, 'id'>

interface RulesOfGroup {
  readonly accountId: string | null
  readonly region: string | null
  readonly rules: { readonly isEgress: boolean; readonly rule: SecurityGroupRule }[]
}

/** What DescribeSecurityGroupRules lists, each rule with its id. */
function rulesByGroup(answers: Answers): ReadonlyMap<string, RulesOfGroup> {
  const groups = new Map<string, RulesOfGroup>()
  const rules = eachOnce(answers.items('DescribeSecurityGroupRules', 'SecurityGroupRules'), record => {
    const id = record.id('SecurityGroupRuleId')
    const groupId = record.neededId('GroupId')
    const traffic = trafficOfRule(record, 'IpProtocol')
    const peer = peerOfRule(record)
    if (id === null || groupId === null || traffic === null || peer === null) return null
    if (!answers.mayHold(1, record, 'GroupId')) return null
    return {
      ...ownedBy(record, id, 'GroupOwnerId'),
      groupId,
      isEgress: record.flag('IsEgress') === true,
      traffic,
      peer,
    }
  })
  for (const { id, groupId, accountId, region, isEgress, traffic, peer } of rules) {
    const group = groups.get(groupId) ?? { accountId, region, rules: [] }
    if (!matchesNothing(traffic)) group.rules.push({ isEgress, rule: { ...traffic, id, peer } })
    groups.set(groupId, group)
  }
  return groups
}

function groupOfRules(id: string, { accountId, region, rules }: RulesOfGroup): SecurityGroup {
  const ofDirection = (wanted: boolean): readonly SecurityGroupRule[] =>
    rules.filter(({ isEgress }) => isEgress === wanted).map(({ rule }) => rule)
  return { id, accountId, region, name: '', vpcId: null, ingress: ofDirection(false), egress: ofDirection(true) }
}

function peerOfRule(record: WireRecord): SecurityGroupPeer | null {
  const cidr = record.cidr('CidrIpv4') ?? record.cidr('CidrIpv6')
  if (cidr !== null) return { is: 'cidr', cidr }
  const prefixListId = record.optionalId('PrefixListId')
  if (prefixListId !== null) return { is: 'prefix-list', prefixListId }
  const group = record.record('ReferencedGroupInfo')
  if (group !== null) return peerGroup(group)
  if (!record.has('CidrIpv4') && !record.has('CidrIpv6')) record.unreadable('CidrIpv4', 'and other peers are missing')
  return null
}

/** One rule for each peer of each permission. */
function rulesOfPermissions(
  answers: Answers,
  group: WireRecord,
  name: string,
  idOf: (rule: Content) => string,
): readonly SecurityGroupRule[] {
  return group.records(name).flatMap(permission => {
    const traffic = trafficOfRule(permission, 'IpProtocol')
    if (traffic === null || matchesNothing(traffic)) return []
    const cidrs = (list: string, field: string): readonly SecurityGroupPeer[] =>
      permission.records(list).flatMap((range): readonly SecurityGroupPeer[] => {
        const cidr = range.cidr(field)
        if (cidr === null && !range.has(field)) range.unreadable(field, 'is missing')
        return cidr === null ? [] : [{ is: 'cidr', cidr }]
      })
    const peers: readonly SecurityGroupPeer[] = [
      ...cidrs('IpRanges', 'CidrIp'),
      ...cidrs('Ipv6Ranges', 'CidrIpv6'),
      ...permission.records('PrefixListIds').flatMap((list): readonly SecurityGroupPeer[] => {
        const prefixListId = list.neededId('PrefixListId')
        return prefixListId === null ? [] : [{ is: 'prefix-list', prefixListId }]
      }),
      ...permission.records('UserIdGroupPairs').flatMap(pair => peerGroup(pair) ?? []),
    ]
    if (!answers.mayHold(peers.length, permission, 'IpRanges')) return []
    const { protocol, ports, icmp } = traffic
    return peers.map(peer => ({ id: idOf({ protocol, ports, icmp, peer }), protocol, ports, icmp, peer }))
  })
}

function peerGroup(record: WireRecord): SecurityGroupPeer | null {
  const groupId = record.neededId('GroupId')
  if (groupId === null) return null
  return {
    is: 'group',
    groupId,
    accountId: record.optionalId('UserId'),
    peeringId: record.optionalId('VpcPeeringConnectionId'),
    isStale: ENDED_PEERINGS.has(record.word('PeeringStatus') ?? ''),
  }
}

/** A code without a type is an ICMP rule that AWS takes and that no packet fits. (reachability §2.4) */
function matchesNothing({ icmp }: TrafficFilter): boolean {
  return icmp !== null && icmp.type === null && icmp.code !== null
}

function contentOf(isEgress: boolean, { protocol, ports, icmp, peer }: Content): string {
  const what =
    icmp === null
      ? `${protocol} ${ports.begin}-${ports.end}`
      : `${protocol} ${icmp.type ?? 'any'}/${icmp.code ?? 'any'}`
  const who = peer.is === 'cidr' ? peer.cidr.text : peer.is === 'prefix-list' ? peer.prefixListId : peer.groupId
  return `${isEgress ? 'egress' : 'ingress'} ${what} ${who}`
}

function entriesByList(answers: Answers): ReadonlyMap<string, readonly Cidr[]> {
  const entries = new Map<string, Cidr[]>()
  for (const answer of answers.of('GetManagedPrefixListEntries')) {
    const id = answer.parameter('PrefixListId')
    if (id === null) continue
    const listed = answer.records('Entries')
    if (!answers.mayHold(listed.length, answer, 'Entries')) continue
    const cidrs = listed.flatMap(entry => {
      const cidr = entry.cidr('Cidr')
      if (cidr === null && !entry.has('Cidr')) entry.unreadable('Cidr', 'is missing')
      return cidr ?? []
    })
    entries.set(id, [...(entries.get(id) ?? []), ...cidrs])
  }
  return new Map([...entries].map(([id, cidrs]) => [id, distinct(cidrs)]))
}
