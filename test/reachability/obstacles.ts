import { parseRecordedNetwork } from '../../src/aws/network/read-recorded.ts'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import { parseCidr } from '../../src/base/ip-range.ts'
import type { Hop } from '../../src/domain/network/open-path.ts'
import { why, type AnsweredWay } from '../../src/reachability/why.ts'
import { bitsOf, isIn, isIpv4, textOf } from '../support/packet-simulator/bits.ts'
import { isInternetAddress } from '../support/packet-simulator/internet.ts'
import { vpcPrefixes } from '../support/packet-simulator/route-choice.ts'
import type { RawAcl, RawPeering, RawRouteTable, RawSecurityGroup } from '../support/packet-simulator/wire.ts'
import { worldOf, type World } from '../support/packet-simulator/world.ts'
import type { Draw } from './draw.ts'
import { doubtAboutHop } from './evidence.ts'
import { boundariesOf, drawProbe, isRelay, simulated, textOfProbe, type Probe } from './probes.ts'
import { permission, route } from './makers.ts'

/**
 * Asks why what is closed is closed, and does not believe it: every obstacle must be one in the raw network, and where one
 * alone is named, taking it away must open the way in the packet simulator. (reachability §7.6)
 */
export function doubtsAboutObstacles(
  calls: readonly RecordedCall[],
  draw: Draw,
  probes: number,
): { readonly asked: number; readonly hops: number; readonly lifted: number; readonly doubts: readonly string[] } {
  const world = worldOf(calls)
  const boundaries = boundariesOf(world, [])
  const { snapshot } = parseRecordedNetwork(calls)
  const doubts: string[] = []
  let [asked, hops, lifted] = [0, 0, 0]
  for (let count = 0; count < probes; count += 1) {
    const probe = drawProbe(draw, boundaries)
    const from = probe === null ? null : parseCidr(`${textOf(probe.source)}/${isIpv4(probe.source) ? 32 : 128}`)
    if (probe === null || probe.interfaceId === null || from === null) continue
    const { interfaceId, port, edgeId } = probe
    const protocol = probe.protocol === 'TCP' ? 6 : 17
    const question = { to: interfaceId, from, protocol, port, edge: { id: edgeId } }
    const ways = why(snapshot, question, { globalAccelerator: true }).ways.filter(({ via }) => !via.some(isRelay))
    const isOpen = simulated(world, boundaries, probe).length > 0
    const doubt = (text: string) => doubts.push(`${textOfProbe(probe)}: ${text}`)
    asked += 1
    if (isOpen !== ways.some(way => way.isOpen))
      doubt(isOpen ? 'is open, and no way says so' : 'is closed, and a way says open')
    for (const { obstacles } of ways) {
      hops += obstacles.length
      for (const hop of obstacles) {
        const text = doubtAboutHop(world, hop, protocol, isIpv4(probe.source)) ?? doubtAboutPlace(world, hop, probe)
        if (text !== null) doubt(`${hop.verdict}: ${text}`)
      }
    }
    if (isOpen) continue
    for (const way of ways) {
      const without = liftedFrom(calls, way, probe)
      if (without === null) continue
      lifted += 1
      const open = simulated(worldOf(without), boundariesOf(worldOf(without), []), probe)
      if (open.length === 0) doubt(`without "${way.obstacles[0]?.detail}" it is closed still`)
    }
  }
  return { asked, hops, lifted, doubts }
}

/** Obstacles that are no filter's or table's rule. */
function doubtAboutPlace(world: World, hop: Hop, { edgeId, source, interfaceId }: Probe): string | null {
  const isInternet = edgeId.startsWith('igw-')
  const taker = world.interfaces.find(({ NetworkInterfaceId }) => NetworkInterfaceId === interfaceId)
  const reason: string = hop.verdict
  switch (reason) {
    case 'source-not-routable':
      return isInternet && isInternetAddress(source) ? hop.detail : null
    case 'no-public-address':
      return taker?.PrivateIpAddresses?.every(({ Association }) => Association?.PublicIp !== undefined) === true &&
        isIpv4(source)
        ? hop.detail
        : null
    case 'peering-not-active':
      return world.peerings.some(
        ({ VpcPeeringConnectionId, Status }) => VpcPeeringConnectionId === hop.componentId && Status?.Code === 'active',
      )
        ? hop.detail
        : null
    case 'no-internet-gateway':
      return world.internetGateways.some(
        ({ InternetGatewayId, Attachments }) =>
          InternetGatewayId === edgeId && Attachments?.some(({ VpcId }) => VpcId === taker?.VpcId),
      )
        ? hop.detail
        : null
    default:
      return null
  }
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] }

/** What is in the way of a packet from `probe`, taken away in place; false where it cannot be. */
type Lift = (calls: readonly RecordedCall[], hop: Hop, probe: Probe, edgeId: string) => boolean

const LIFTS: Readonly<Record<string, Lift>> = {
  'network-acl-inbound': (calls, hop, probe) => allowAll(calls, hop, probe, false),
  'network-acl-outbound': (calls, hop, probe) => allowAll(calls, hop, probe, true),
  'security-group-inbound': admitAll,
  'peering-not-active': activate,
  'no-route': routeBack,
  'route-elsewhere': routeBack,
  'blackhole-route': routeBack,
}

/** The network without the one thing that is in the way; `null` where there are more, or it is none of those that can be taken away. */
function liftedFrom(
  calls: readonly RecordedCall[],
  { obstacles, edge }: AnsweredWay,
  probe: Probe,
): readonly RecordedCall[] | null {
  const [hop, ...others] = obstacles
  const lift = hop === undefined ? undefined : LIFTS[hop.verdict]
  if (hop === undefined || lift === undefined || others.length > 0 || edge === null) return null
  const without = structuredClone(calls)
  return lift(without, hop, probe, edge.id) ? without : null
}

function allowAll(calls: readonly RecordedCall[], { componentId }: Hop, { source }: Probe, Egress: boolean): boolean {
  const acls = rowsOf<RawAcl>(calls, 'DescribeNetworkAcls', 'NetworkAcls')
  const acl = acls.find(({ NetworkAclId }) => NetworkAclId === componentId)
  if (acl === undefined) return false
  const cidr = isIpv4(source) ? { CidrBlock: '0.0.0.0/0' } : { Ipv6CidrBlock: '::/0' }
  acl.Entries = [{ RuleNumber: 1, Egress, Protocol: '-1', RuleAction: 'allow', ...cidr }, ...(acl.Entries ?? [])]
  return true
}

function admitAll(calls: readonly RecordedCall[], { componentId }: Hop): boolean {
  const [id] = componentId.split(', ')
  const groups = rowsOf<RawSecurityGroup>(calls, 'DescribeSecurityGroups', 'SecurityGroups')
  const group = groups.find(({ GroupId }) => GroupId === id)
  if (group === undefined) return false
  group.IpPermissions = [...(group.IpPermissions ?? []), permission('all', '0.0.0.0/0', '::/0')]
  return true
}

function activate(calls: readonly RecordedCall[], { componentId }: Hop): boolean {
  const peerings = rowsOf<RawPeering>(calls, 'DescribeVpcPeeringConnections', 'VpcPeeringConnections')
  const peering = peerings.find(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === componentId)
  if (peering !== undefined) peering.Status = { Code: 'active' }
  return peering !== undefined
}

/** A route for the source alone, where the answer goes straight back to the edge: past appliances it needs more than one. */
function routeBack(
  calls: readonly RecordedCall[],
  { componentId, direction, detail }: Hop,
  { source }: Probe,
  edgeId: string,
): boolean {
  const tables = rowsOf<RawRouteTable>(calls, 'DescribeRouteTables', 'RouteTables')
  const table = tables.find(({ RouteTableId }) => RouteTableId === componentId)
  const isStraight = /^(?:igw|vgw|pcx)-/.test(edgeId) && direction === 'return' && detail.includes(edgeId)
  if (table === undefined || !isStraight) return false
  if (vpcPrefixes(worldOf(calls), table.VpcId).some(prefix => isIn(source, prefix))) return false
  const others = (table.Routes ?? []).filter(
    ({ DestinationCidrBlock, DestinationIpv6CidrBlock }) =>
      bitsOf(DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? '0.0.0.0/0') !== source,
  )
  table.Routes = [...others, route(`${textOf(source)}/${isIpv4(source) ? 32 : 128} ${edgeId}`)]
  return true
}

/** The rows of a copy of recorded calls, to be changed in place. The generator of the test wrote them. */
function rowsOf<Row>(calls: readonly RecordedCall[], name: string, list: string): readonly Changeable<Row>[] {
  return calls.flatMap(({ call, answer }) =>
    call === name ? ((answer as Record<string, Changeable<Row>[]>)[list] ?? []) : [],
  )
}
