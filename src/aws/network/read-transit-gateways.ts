import type {
  TransitGateway,
  TransitGatewayAttachment,
  TransitGatewayRoute,
  TransitGatewayTable,
} from '../../domain/network/transit-gateways.ts'
import { eachOnce, ownedBy, type Answers } from './answers.ts'
import type { WireRecord } from './wire-record.ts'

type AttachmentKind = TransitGatewayAttachment['kind']

const KINDS: Readonly<Record<string, AttachmentKind>> = {
  vpc: 'vpc',
  vpn: 'vpn',
  'direct-connect-gateway': 'direct-connect-gateway',
  connect: 'connect',
  peering: 'peering',
}

export function readTransitGateways(answers: Answers): readonly TransitGateway[] {
  return eachOnce(answers.items('DescribeTransitGateways', 'TransitGateways'), record => {
    const id = record.id('TransitGatewayId')
    if (id === null) return null
    return {
      ...ownedBy(record, id),
      state: record.word('State') ?? 'unknown',
      supportsSecurityGroupReferences: record.record('Options')?.flag('SecurityGroupReferencingSupport') === true,
    }
  })
}

/**
 * What DescribeTransitGatewayAttachments tells of attachments of every kind, and what only the calls about VPC and peering
 * attachments do. Those two alone are enough for the attachments that they list.
 */
export function readTransitGatewayAttachments(answers: Answers): readonly TransitGatewayAttachment[] {
  const associated = associationsOf(answers)
  const each = (call: string, member: string, parse: (record: WireRecord) => TransitGatewayAttachment | null) =>
    eachOnce(answers.items(call, member), parse, sideOf)
  const ofVpcs = bySide(
    each('DescribeTransitGatewayVpcAttachments', 'TransitGatewayVpcAttachments', record =>
      vpcAttachmentOf(record, associated),
    ),
  )
  const ofPeers = bySide(
    (['requester', 'accepter'] as const).flatMap(side =>
      each('DescribeTransitGatewayPeeringAttachments', 'TransitGatewayPeeringAttachments', record =>
        peeringAttachmentOf(record, side, associated),
      ),
    ),
  )
  const general = bySide(
    each('DescribeTransitGatewayAttachments', 'TransitGatewayAttachments', record => attachmentOf(record, associated)),
  )
  const sides = new Set([...ofVpcs.keys(), ...ofPeers.keys(), ...general.keys()])
  return [...sides].sort().flatMap(side => {
    const [whole, vpc, peer] = [general.get(side), ofVpcs.get(side), ofPeers.get(side)]
    const base = whole ?? vpc ?? peer
    if (base === undefined) return []
    const { id, transitGatewayId } = base
    if (base.kind === 'vpc' && vpc === undefined) {
      const detail = `the subnets of the attachment ${id} were not recorded`
      answers.notRecorded('DescribeTransitGatewayVpcAttachments', base, id, detail)
    }
    return [
      {
        ...base,
        subnetIds: vpc?.subnetIds ?? null,
        isApplianceMode: vpc?.isApplianceMode === true,
        supportsSecurityGroupReferences: vpc?.supportsSecurityGroupReferences === true,
        associatedTableId: base.associatedTableId ?? associated(id, transitGatewayId),
      },
    ]
  })
}

export function readTransitGatewayTables(answers: Answers): readonly TransitGatewayTable[] {
  const routes = listsByTable(answers, 'SearchTransitGatewayRoutes', 'Routes', routeOf)
  const propagations = listsByTable(
    answers,
    'GetTransitGatewayRouteTablePropagations',
    'TransitGatewayRouteTablePropagations',
    record =>
      (record.word('State') ?? 'enabled').startsWith('enabl')
        ? (record.optionalId('TransitGatewayAttachmentId') ?? [])
        : [],
  )
  return eachOnce(answers.items('DescribeTransitGatewayRouteTables', 'TransitGatewayRouteTables'), record => {
    const id = record.id('TransitGatewayRouteTableId')
    const transitGatewayId = record.neededId('TransitGatewayId')
    if (id === null || transitGatewayId === null || record.word('State') === 'deleted') return null
    const propagating = propagations.get(id) ?? null
    return {
      ...ownedBy(record, id),
      transitGatewayId,
      propagatingAttachmentIds: propagating === null ? null : [...new Set(propagating)].sort(),
      routes: routes.get(id) ?? null,
    }
  })
}

/** The table of this transit gateway that the attachment's traffic is looked up in, as the tables tell it. */
type Associations = (attachmentId: string, transitGatewayId: string) => string | null

function associationsOf(answers: Answers): Associations {
  const gatewayOf = new Map(
    answers
      .items('DescribeTransitGatewayRouteTables', 'TransitGatewayRouteTables')
      .map(record => [record.optionalId('TransitGatewayRouteTableId'), record.optionalId('TransitGatewayId')]),
  )
  const known = new Map<string, string[]>()
  for (const answer of answers.of('GetTransitGatewayRouteTableAssociations')) {
    const tableId = answer.parameter('TransitGatewayRouteTableId')
    for (const association of tableId === null ? [] : answer.records('Associations')) {
      const attachmentId = association.optionalId('TransitGatewayAttachmentId')
      const isInEffect = (association.word('State') ?? 'associated') === 'associated'
      if (attachmentId === null || tableId === null || !isInEffect) continue
      known.set(attachmentId, [...(known.get(attachmentId) ?? []), tableId])
    }
  }
  // Both sides of a peering have one id, and each is associated with a table of its own gateway.
  return (attachmentId, transitGatewayId) =>
    known.get(attachmentId)?.find(tableId => (gatewayOf.get(tableId) ?? transitGatewayId) === transitGatewayId) ?? null
}

function attachmentOf(record: WireRecord, associated: Associations): TransitGatewayAttachment | null {
  const id = record.id('TransitGatewayAttachmentId')
  const transitGatewayId = record.neededId('TransitGatewayId')
  if (id === null || transitGatewayId === null) return null
  const association = record.record('Association')
  const isInEffect = (association?.word('State') ?? 'associated') === 'associated'
  const kind = record.word('ResourceType') ?? ''
  return {
    ...ownedBy(record, id, 'ResourceOwnerId'),
    transitGatewayId,
    kind: Object.hasOwn(KINDS, kind) ? (KINDS[kind] ?? 'other') : 'other',
    state: record.word('State') ?? 'unknown',
    resourceId: record.optionalId('ResourceId'),
    subnetIds: null,
    isApplianceMode: false,
    supportsSecurityGroupReferences: false,
    associatedTableId: tableOf(association, isInEffect) ?? associated(id, transitGatewayId),
  }
}

function vpcAttachmentOf(record: WireRecord, associated: Associations): TransitGatewayAttachment | null {
  const id = record.id('TransitGatewayAttachmentId')
  const transitGatewayId = record.neededId('TransitGatewayId')
  if (id === null || transitGatewayId === null) return null
  const options = record.record('Options')
  return {
    ...ownedBy(record, id, 'VpcOwnerId'),
    transitGatewayId,
    kind: 'vpc',
    state: record.word('State') ?? 'unknown',
    resourceId: record.optionalId('VpcId'),
    subnetIds: record.has('SubnetIds') ? [...new Set(record.ids('SubnetIds'))].sort() : null,
    isApplianceMode: options?.flag('ApplianceModeSupport') === true,
    supportsSecurityGroupReferences: options?.flag('SecurityGroupReferencingSupport') === true,
    associatedTableId: associated(id, transitGatewayId),
  }
}

/**
 * One side of a peering, as far as it belongs to who recorded it: within one account and Region both do, under one id. Where
 * nobody says whose a side is, it is taken for the requester's.
 */
function peeringAttachmentOf(
  record: WireRecord,
  side: 'requester' | 'accepter',
  associated: Associations,
): TransitGatewayAttachment | null {
  const id = record.id('TransitGatewayAttachmentId')
  const [requester, accepter] = [record.record('RequesterTgwInfo'), record.record('AccepterTgwInfo')]
  const isOurs = (one: WireRecord | null): boolean =>
    record.source.region !== null &&
    one?.text('Region') === record.source.region &&
    one.text('OwnerId') === record.source.accountId
  const isSeen = side === 'accepter' ? isOurs(accepter) : isOurs(requester) || !isOurs(accepter)
  if (!isSeen) return null
  const [own, peer] = side === 'accepter' ? [accepter, requester] : [requester, accepter]
  const transitGatewayId = own?.neededId('TransitGatewayId') ?? null
  if (id === null || own === null || transitGatewayId === null) return null
  return {
    id,
    accountId: own.optionalId('OwnerId') ?? record.source.accountId,
    region: own.optionalId('Region') ?? record.source.region,
    transitGatewayId,
    kind: 'peering',
    state: record.word('State') ?? 'unknown',
    resourceId: peer?.optionalId('TransitGatewayId') ?? null,
    subnetIds: null,
    isApplianceMode: false,
    supportsSecurityGroupReferences: false,
    associatedTableId: associated(id, transitGatewayId),
  }
}

function tableOf(association: WireRecord | null, isInEffect: boolean): string | null {
  return isInEffect ? (association?.optionalId('TransitGatewayRouteTableId') ?? null) : null
}

/** What calls about one table list; nothing for a table whose answer is incomplete. */
function listsByTable<T>(
  answers: Answers,
  call: string,
  member: string,
  parse: (record: WireRecord) => T | readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const lists = new Map<string, T[]>()
  const cut = new Set<string>()
  for (const answer of answers.of(call)) {
    const tableId = answer.parameter('TransitGatewayRouteTableId')
    if (tableId === null) continue
    if (answer.flag('AdditionalRoutesAvailable') === true) {
      cut.add(tableId)
      answers.truncated(answer.source, tableId, `${tableId} has more routes than one answer of AWS holds`)
    }
    const records = answer.records(member)
    if (!answers.mayHold(records.length, answer, member)) cut.add(tableId)
    else lists.set(tableId, [...(lists.get(tableId) ?? []), ...records.flatMap(parse)])
  }
  for (const tableId of cut) lists.delete(tableId)
  return lists
}

function routeOf(record: WireRecord): readonly TransitGatewayRoute[] {
  const cidr = record.cidr('DestinationCidrBlock')
  const prefixListId = record.optionalId('PrefixListId')
  const state = record.word('State') ?? 'active'
  if (state === 'deleted' || state === 'deleting') return []
  if (cidr === null && prefixListId === null) {
    if (!record.has('DestinationCidrBlock')) record.unreadable('DestinationCidrBlock', 'is missing')
    return []
  }
  const attachmentIds = record
    .records('TransitGatewayAttachments')
    .flatMap(attachment => attachment.optionalId('TransitGatewayAttachmentId') ?? [])
  return [
    {
      // A route that a prefix list brought is listed by prefix, and names the list beside it.
      destination: cidr === null ? { is: 'prefix-list', prefixListId: prefixListId ?? '' } : { is: 'cidr', cidr },
      isPropagated: record.word('Type') === 'propagated',
      isBlackhole: state === 'blackhole',
      attachmentIds: [...new Set(attachmentIds)].sort(),
    },
  ]
}

function sideOf({ id, transitGatewayId }: TransitGatewayAttachment): string {
  return `${id} ${transitGatewayId}`
}

function bySide(attachments: readonly TransitGatewayAttachment[]): ReadonlyMap<string, TransitGatewayAttachment> {
  return new Map(attachments.map(attachment => [sideOf(attachment), attachment]))
}
