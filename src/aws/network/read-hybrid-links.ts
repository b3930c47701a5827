import type {
  DirectConnectAssociation,
  VirtualInterface,
  VpnConnection,
  VpnGateway,
} from '../../domain/network/hybrid-links.ts'
import { stableJson } from '../../base/stable-json.ts'
import { eachOnce, ownedBy, type Answers } from './answers.ts'
import { distinct } from './read-vpcs.ts'
import type { WireRecord } from './wire-record.ts'

export function readVpnGateways(answers: Answers): readonly VpnGateway[] {
  return eachOnce(answers.items('DescribeVpnGateways', 'VpnGateways'), record => {
    const id = record.id('VpnGatewayId')
    if (id === null || isDeleted(record, 'State')) return null
    const attached = record.records('VpcAttachments').find(attachment => attachment.word('State') === 'attached')
    return { ...ownedBy(record, id), vpcId: attached?.optionalId('VpcId') ?? null }
  })
}

export function readVpnConnections(answers: Answers): readonly VpnConnection[] {
  return eachOnce(answers.items('DescribeVpnConnections', 'VpnConnections'), record => {
    const id = record.id('VpnConnectionId')
    if (id === null || isDeleted(record, 'State')) return null
    const telemetry = record.records('VgwTelemetry')
    const routes = record
      .records('Routes')
      .filter(route => (route.word('State') ?? 'available') === 'available')
      .map(route => route.cidr('DestinationCidrBlock'))
    return {
      ...ownedBy(record, id),
      state: record.word('State') ?? 'unknown',
      vpnGatewayId: record.optionalId('VpnGatewayId'),
      transitGatewayId: record.optionalId('TransitGatewayId'),
      hasStaticRoutesOnly: record.record('Options')?.flag('StaticRoutesOnly') === true,
      routes: distinct(routes),
      tunnelsUp: telemetry.length === 0 ? null : telemetry.filter(tunnel => tunnel.word('Status') === 'up').length,
    }
  })
}

/** Hosted and shared interfaces included; their names differ in nothing. (Direct Connect API, VirtualInterface) */
export function readVirtualInterfaces(answers: Answers): readonly VirtualInterface[] {
  return eachOnce(answers.items('DescribeVirtualInterfaces', 'VirtualInterfaces'), record => {
    const id = record.id('VirtualInterfaceId')
    const kind = record.word('VirtualInterfaceType')
    if (id === null || isDeleted(record, 'VirtualInterfaceState')) return null
    if (kind !== 'private' && kind !== 'public' && kind !== 'transit') {
      record.unreadable('VirtualInterfaceType', 'is not known')
      return null
    }
    return {
      ...ownedBy(record, id, 'OwnerAccount'),
      region: record.optionalId('Region') ?? record.source.region,
      kind,
      state: record.word('VirtualInterfaceState') ?? 'unknown',
      vpnGatewayId: record.optionalId('VirtualGatewayId'),
      directConnectGatewayId: record.optionalId('DirectConnectGatewayId'),
    }
  })
}

export function readDirectConnectAssociations(answers: Answers): readonly DirectConnectAssociation[] {
  const known = new Map<string, DirectConnectAssociation>()
  const records = answers.items('DescribeDirectConnectGatewayAssociations', 'DirectConnectGatewayAssociations')
  for (const record of records) {
    const directConnectGatewayId = record.neededId('DirectConnectGatewayId')
    const associated = record.record('AssociatedGateway')
    const gatewayId = associated?.optionalId('Id') ?? record.optionalId('VirtualGatewayId')
    if (directConnectGatewayId === null || gatewayId === null || isDeleted(record, 'AssociationState')) continue
    const prefixes = record.records('AllowedPrefixesToDirectConnectGateway').map(prefix => prefix.cidr('Cidr'))
    known.set(stableJson([directConnectGatewayId, gatewayId]), {
      directConnectGatewayId,
      gatewayId,
      state: record.word('AssociationState') ?? 'unknown',
      allowedPrefixes: record.has('AllowedPrefixesToDirectConnectGateway') ? distinct(prefixes) : null,
    })
  }
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, association]) => association)
}

/** Deleted things are listed for an hour or more. (reachability §2.16) */
function isDeleted(record: WireRecord, stateField: string): boolean {
  return (record.word(stateField) ?? '') === 'deleted' || (record.word(stateField) ?? '') === 'disassociated'
}
