import type {
  BlockPublicAccess,
  EgressOnlyGateway,
  InternetBlockMode,
  InternetGateway,
  NatGateway,
  Peering,
  PeeringSide,
  Subnet,
  Vpc,
} from '../../domain/network/vpcs.ts'
import type { Cidr } from '../../base/ip-range.ts'
import { eachOnce, ownedBy, type Answers } from './answers.ts'
import type { WireRecord } from './wire-record.ts'

/** States in which nothing is left of a thing that AWS still lists for an hour. (reachability §2.16) */
const GONE = new Set(['deleted', 'deleting', 'failed'])

export function readVpcs(answers: Answers): readonly Vpc[] {
  return eachOnce(answers.items('DescribeVpcs', 'Vpcs'), record => {
    const id = record.id('VpcId')
    if (id === null) return null
    const associated = [
      ...record
        .records('CidrBlockAssociationSet')
        .flatMap(block => associatedCidr(block, 'CidrBlock', 'CidrBlockState')),
      ...record
        .records('Ipv6CidrBlockAssociationSet')
        .flatMap(block => associatedCidr(block, 'Ipv6CidrBlock', 'Ipv6CidrBlockState')),
    ]
    return {
      ...ownedBy(record, id),
      cidrs: distinct([record.cidr('CidrBlock'), ...associated]),
      internetBlock: internetBlockOf(record),
    }
  })
}

export function readSubnets(answers: Answers): readonly Subnet[] {
  return eachOnce(answers.items('DescribeSubnets', 'Subnets'), record => {
    const id = record.id('SubnetId')
    const vpcId = record.neededId('VpcId')
    if (id === null || vpcId === null) return null
    const ipv6 = record
      .records('Ipv6CidrBlockAssociationSet')
      .flatMap(block => associatedCidr(block, 'Ipv6CidrBlock', 'Ipv6CidrBlockState'))
    return {
      ...ownedBy(record, id),
      vpcId,
      zone: record.optionalId('AvailabilityZoneId') ?? record.optionalId('AvailabilityZone') ?? '',
      cidrs: distinct([record.cidr('CidrBlock'), ...ipv6]),
      internetBlock: internetBlockOf(record),
    }
  })
}

export function readInternetGateways(answers: Answers): readonly InternetGateway[] {
  return eachOnce(answers.items('DescribeInternetGateways', 'InternetGateways'), record =>
    gatewayOf(record, 'InternetGatewayId'),
  )
}

export function readEgressOnlyGateways(answers: Answers): readonly EgressOnlyGateway[] {
  return eachOnce(answers.items('DescribeEgressOnlyInternetGateways', 'EgressOnlyInternetGateways'), record =>
    gatewayOf(record, 'EgressOnlyInternetGatewayId'),
  )
}

export function readNatGateways(answers: Answers): readonly NatGateway[] {
  return eachOnce(answers.items('DescribeNatGateways', 'NatGateways'), record => {
    const id = record.id('NatGatewayId')
    const [vpcId, subnetId] = [record.optionalId('VpcId'), record.optionalId('SubnetId')]
    // A regional gateway has no subnet: routes name it alike, and it lets nothing in.
    if (id === null || vpcId === null || GONE.has(record.word('State', 'Name') ?? '')) return null
    const kind = record.word('ConnectivityType') === 'private' ? 'private' : 'public'
    return { ...ownedBy(record, id), vpcId, subnetId: subnetId ?? '', kind }
  })
}

export function readPeerings(answers: Answers): readonly Peering[] {
  return eachOnce(answers.items('DescribeVpcPeeringConnections', 'VpcPeeringConnections'), record => {
    const id = record.id('VpcPeeringConnectionId')
    const requester = sideOf(record, 'RequesterVpcInfo')
    const accepter = sideOf(record, 'AccepterVpcInfo')
    if (id === null || requester === null || accepter === null) return null
    const owned = { ...ownedBy(record, id), accountId: requester.accountId ?? record.source.accountId }
    return { ...owned, status: record.word('Status', 'Code') ?? 'unknown', requester, accepter }
  })
}

export function readBlockPublicAccess(answers: Answers): readonly BlockPublicAccess[] {
  const exclusions = answers.items('DescribeVpcBlockPublicAccessExclusions', 'VpcBlockPublicAccessExclusions')
  const known = new Map<string, BlockPublicAccess>()
  for (const answer of answers.of('DescribeVpcBlockPublicAccessOptions')) {
    const options = answer.record('VpcBlockPublicAccessOptions')
    const mode = options?.word('InternetGatewayBlockMode')
    if (options === null || mode === null || mode === undefined) continue
    const accountId = options.optionalId('AwsAccountId') ?? answer.source.accountId
    const region = options.optionalId('AwsRegion') ?? answer.source.region
    const parsed = blockModeOf(options, 'InternetGatewayBlockMode', mode)
    if (parsed === null) continue
    const own = exclusions.filter(
      ({ source }) => source.accountId === answer.source.accountId && source.region === answer.source.region,
    )
    const exclusionsOfScope = own.flatMap(exclusionOf).sort((a, b) => (a.id < b.id ? -1 : 1))
    known.set(`${accountId ?? ''} ${region ?? ''}`, { accountId, region, mode: parsed, exclusions: exclusionsOfScope })
  }
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}

function gatewayOf(record: WireRecord, idField: string): InternetGateway | null {
  const id = record.id(idField)
  if (id === null) return null
  const attached = record
    .records('Attachments')
    .find(attachment => ['available', 'attached'].includes(attachment.word('State', 'Name') ?? ''))
  return { ...ownedBy(record, id), vpcId: attached?.optionalId('VpcId') ?? null }
}

function sideOf(record: WireRecord, name: string): PeeringSide | null {
  const side = record.record(name)
  const vpcId = side?.neededId('VpcId') ?? null
  if (side === null || vpcId === null) return null
  const blocks = [
    side.cidr('CidrBlock'),
    ...side.records('CidrBlockSet').map(block => block.cidr('CidrBlock')),
    ...side.records('Ipv6CidrBlockSet').map(block => block.cidr('Ipv6CidrBlock')),
  ]
  return { vpcId, accountId: side.optionalId('OwnerId'), region: side.optionalId('Region'), cidrs: distinct(blocks) }
}

function exclusionOf(record: WireRecord): BlockPublicAccess['exclusions'] {
  const id = record.id('ExclusionId')
  const state = record.word('State') ?? ''
  if (id === null || state.startsWith('delete-complete') || state.startsWith('disable')) return []
  const resourceId = record.neededId('ResourceArn')?.split('/').at(-1)
  const mode = record.word('InternetGatewayExclusionMode')
  if (mode !== 'allow-bidirectional' && mode !== 'allow-egress') {
    record.unreadable('InternetGatewayExclusionMode', 'is not known')
    return []
  }
  return resourceId === undefined
    ? []
    : [{ id, resourceId, allows: mode === 'allow-egress' ? 'egress' : 'bidirectional' }]
}

/** What EC2 itself says of the VPC or subnet, account settings and exclusions taken together. (reachability §2.6) */
function internetBlockOf(record: WireRecord): InternetBlockMode | null {
  const states = record.record('BlockPublicAccessStates')
  const mode = states?.word('InternetGatewayBlockMode')
  return states === null || mode === null || mode === undefined
    ? null
    : blockModeOf(states, 'InternetGatewayBlockMode', mode)
}

function blockModeOf(record: WireRecord, name: string, mode: string): InternetBlockMode | null {
  return mode === 'off' || mode === 'block-bidirectional' || mode === 'block-ingress'
    ? mode
    : record.unreadable(name, 'is not known')
}

function associatedCidr(block: WireRecord, cidrField: string, stateField: string): readonly Cidr[] {
  const state = block.has(stateField) ? block.word(stateField, 'State') : 'associated'
  const cidr = state === 'associated' ? block.cidr(cidrField) : null
  return cidr === null ? [] : [cidr]
}

/** In order of address, IPv4 first. */
export function distinct(cidrs: readonly (Cidr | null)[]): readonly Cidr[] {
  const known = new Map<string, Cidr>()
  for (const cidr of cidrs) if (cidr !== null) known.set(cidr.text, cidr)
  return [...known.values()].sort(
    (a, b) =>
      a.family.localeCompare(b.family) || (a.first < b.first ? -1 : a.first > b.first ? 1 : a.length - b.length),
  )
}
