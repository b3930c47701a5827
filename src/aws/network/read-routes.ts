import type { Route, RouteTable, RouteTarget } from '../../domain/network/routes.ts'
import { eachOnce, ownedBy, type Answers } from './answers.ts'
import type { WireRecord } from './wire-record.ts'

type TargetKind = RouteTarget['is']

/** Members of a route that name its target, apart from `GatewayId`. (EC2 API, Route) */
const TARGETS: readonly (readonly [field: string, is: Exclude<TargetKind, 'local'>])[] = [
  ['NatGatewayId', 'nat-gateway'],
  ['TransitGatewayId', 'transit-gateway'],
  ['VpcPeeringConnectionId', 'peering'],
  ['NetworkInterfaceId', 'interface'],
  ['EgressOnlyInternetGatewayId', 'egress-only-gateway'],
  ['CarrierGatewayId', 'carrier-gateway'],
  ['LocalGatewayId', 'local-gateway'],
  ['CoreNetworkArn', 'core-network'],
  // An instance alone: AWS always names its interface beside it.
  ['InstanceId', 'other'],
  ['OdbNetworkArn', 'other'],
]

/** What `GatewayId` names, by the beginning of the id. */
const GATEWAYS: readonly (readonly [prefix: string, is: Exclude<TargetKind, 'local'>])[] = [
  ['igw-', 'internet-gateway'],
  ['vgw-', 'vpn-gateway'],
  ['vpce-', 'endpoint'],
  ['eigw-', 'egress-only-gateway'],
  ['nat-', 'nat-gateway'],
  ['tgw-', 'transit-gateway'],
  ['pcx-', 'peering'],
  ['eni-', 'interface'],
  ['cagw-', 'carrier-gateway'],
  ['lgw-', 'local-gateway'],
]

export function readRouteTables(answers: Answers): readonly RouteTable[] {
  return eachOnce(answers.items('DescribeRouteTables', 'RouteTables'), record => {
    const id = record.id('RouteTableId')
    const vpcId = record.neededId('VpcId')
    if (id === null || vpcId === null) return null
    const associations = record
      .records('Associations')
      .filter(association => !isEnding(association))
      .map(association => ({
        isMain: association.flag('Main') === true,
        subnetId: association.optionalId('SubnetId'),
        gatewayId: association.optionalId('GatewayId'),
      }))
    const routes = record.records('Routes')
    return {
      ...ownedBy(record, id),
      vpcId,
      isMain: associations.some(({ isMain }) => isMain),
      subnetIds: associations.flatMap(({ subnetId }) => subnetId ?? []).sort(),
      gatewayIds: associations.flatMap(({ gatewayId }) => gatewayId ?? []).sort(),
      routes: answers.mayHold(routes.length, record, 'Routes') ? routes.flatMap(routeOf) : [],
    }
  })
}

function isEnding(association: WireRecord): boolean {
  const state = association.has('AssociationState') ? association.word('AssociationState', 'State') : 'associated'
  return state === 'disassociated' || state === 'disassociating' || state === 'failed'
}

function routeOf(record: WireRecord): readonly Route[] {
  const prefixListId = record.optionalId('DestinationPrefixListId')
  const cidr = record.cidr('DestinationCidrBlock') ?? record.cidr('DestinationIpv6CidrBlock')
  const target = targetOf(record)
  if (cidr === null && prefixListId === null) {
    if (!record.has('DestinationCidrBlock')) record.unreadable('DestinationCidrBlock', 'is missing')
    return []
  }
  // `filtered`: the route of a gateway's table that AWS does not put into effect.
  const state = record.word('State') ?? 'active'
  if (state === 'filtered') return []
  return [
    {
      destination: cidr === null ? { is: 'prefix-list', prefixListId: prefixListId ?? '' } : { is: 'cidr', cidr },
      target,
      isBlackhole: state === 'blackhole',
      isPropagated: ['enablevgwroutepropagation', 'advertisement'].includes(record.word('Origin') ?? ''),
    },
  ]
}

function targetOf(record: WireRecord): RouteTarget {
  const gatewayId = record.optionalId('GatewayId')
  if (gatewayId === 'local') return { is: 'local' }
  // A local route whose traffic goes to an interface names only that one.
  for (const [field, is] of TARGETS) {
    const id = record.optionalId(field)
    if (id !== null) return { is, id }
  }
  const known = GATEWAYS.find(([prefix]) => gatewayId?.startsWith(prefix))
  return { is: known?.[1] ?? 'other', id: gatewayId ?? '' }
}
