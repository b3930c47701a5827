import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import type { RawInterface, RawPermission, RawSubnet } from '../support/packet-simulator/wire.ts'
import {
  aGroup,
  ALLOW_ALL,
  anAcl,
  anInstance,
  anInterface,
  anInternetGateway,
  aPeering,
  aSubnet,
  aTable,
  aVpc,
  aVpnConnection,
  aVpnGateway,
  EGRESS_ANYWHERE,
  permission,
} from './makers.ts'
import type { Draw } from './draw.ts'
import { IPV4_POOL, IPV6_POOL, PORTS, type DrawnVpc } from './drawn-vpc.ts'
import { drawLoadBalancers } from './random-load-balancers.ts'
import { drawMiddleboxes, type Middleboxes } from './random-middleboxes.ts'
import { drawTransit } from './random-transit.ts'
import { recordedCalls, type NetworkParts } from './recorded-parts.ts'

/** One small network, as AWS would describe it: the same for the same choices. */
export function drawNetwork(draw: Draw): RecordedCall[] {
  return recordedCalls(drawParts(draw))
}

/** A drawn network whose parts can still be changed. */
export function drawParts(draw: Draw): NetworkParts {
  const prefixLists = draw.chance(4) ? [drawPrefixList(draw)] : []
  const vpcs = Array.from({ length: 1 + draw.below(3) }, (_, at) => drawVpc(draw, at))
  const peerings = drawPeerings(draw, vpcs)
  const interfaces = vpcs.flatMap(vpc => drawInterfaces(draw, vpc))
  const middleboxes = drawMiddleboxes(draw, vpcs, interfaces)
  const transit = drawTransit(draw, vpcs)
  const relays = drawLoadBalancers(draw, vpcs, interfaces)
  const instanceIds = [...new Set(interfaces.flatMap(({ Attachment }) => Attachment?.InstanceId ?? []))]
  return {
    prefixLists,
    vpcs: vpcs.map(({ vpc }) => vpc),
    subnets: vpcs.flatMap(({ subnets }) => subnets),
    interfaces: [...interfaces, ...relays.nodes],
    instances: instanceIds.map(id =>
      anInstance(id, draw.chance(12) ? draw.pick(['stopped', 'terminated']) : 'running'),
    ),
    securityGroups: vpcs.flatMap(vpc => vpc.groupIds.map(id => drawGroup(draw, id, vpc, vpcs, peerings, prefixLists))),
    acls: vpcs.flatMap(vpc => drawAcls(draw, vpc)),
    routeTables: vpcs.flatMap(vpc =>
      drawTables(draw, vpc, {
        peerOf: other =>
          peerings.find(({ ends }) => ends.includes(vpc) && ends.includes(other))?.peering.VpcPeeringConnectionId ??
          null,
        transit: transit.gatewayIds,
        middleboxes,
        prefixLists: prefixLists.map(({ id }) => id),
        others: vpcs.filter(other => other !== vpc),
      }),
    ),
    internetGateways: vpcs
      .filter(({ hasGateway }) => hasGateway)
      .map(({ letter, vpc }) => anInternetGateway(`igw-${letter}`, draw.chance(12) ? null : vpc.VpcId)),
    egressOnlyGateways: vpcs.map(({ letter, vpc }) => ({
      EgressOnlyInternetGatewayId: `eigw-${letter}`,
      Attachments: [{ VpcId: vpc.VpcId, State: 'attached' }],
    })),
    natGateways: vpcs.map(({ letter, vpc, subnets }) => ({
      NatGatewayId: `nat-${letter}`,
      VpcId: vpc.VpcId,
      SubnetId: subnets[0]?.SubnetId,
      State: 'available',
    })),
    peerings: peerings.map(({ peering }) => peering),
    vpnGateways: vpcs
      .filter(({ hasVpnGateway }) => hasVpnGateway)
      .map(({ letter, vpc }) => aVpnGateway(`vgw-${letter}`, vpc.VpcId)),
    ...drawLinks(draw, vpcs),
    ...middleboxes.parts,
    ...transit.parts,
    ...relays.parts,
    ...drawBlockPublicAccess(draw, vpcs),
  }
}

function drawPrefixList(draw: Draw) {
  const family = draw.chance(4) ? IPV6_POOL : IPV4_POOL
  return { id: 'pl-1', entries: Array.from({ length: draw.below(3) }, () => draw.pick(family)) }
}

function drawVpc(draw: Draw, at: number): DrawnVpc {
  const letter = 'abc'[at] ?? 'x'
  const second = draw.chance(6) ? draw.below(3) : at
  const hasIpv6 = draw.chance(2)
  const vpc = aVpc(`vpc-${letter}`, [`10.0.${second}.0/24`, ...(hasIpv6 ? [`2001:db8:${letter}::/56`] : [])])
  const subnets = Array.from({ length: 1 + draw.below(2) }, (_, index) =>
    aSubnet(
      `subnet-${letter}${index}`,
      vpc.VpcId,
      [`10.0.${second}.${index * 64}/26`, ...(hasIpv6 ? [`2001:db8:${letter}:${index}::/64`] : [])],
      draw.pick(['a', 'a', 'b']),
    ),
  )
  const groupIds = Array.from({ length: 1 + draw.below(2) }, (_, index) => `sg-${letter}${index}`)
  return { vpc, letter, hasIpv6, subnets, groupIds, hasGateway: !draw.chance(5), hasVpnGateway: draw.chance(4) }
}

interface DrawnPeering {
  readonly peering: ReturnType<typeof aPeering>
  readonly ends: readonly DrawnVpc[]
}

function drawPeerings(draw: Draw, vpcs: readonly DrawnVpc[]): readonly DrawnPeering[] {
  return vpcs.flatMap((requester, at) =>
    vpcs.slice(at + 1).flatMap(accepter => {
      if (!draw.chance(2)) return []
      const drawn = draw.chance(8) ? draw.pick(['deleted', 'pending-acceptance', 'expired']) : 'active'
      // AWS refuses to peer VPCs whose IPv4 CIDRs overlap. (VPC peering guide, limitations)
      const status = isOverlapping(requester, accepter) ? 'failed' : drawn
      const id = `pcx-${requester.letter}${accepter.letter}`
      return [{ peering: aPeering(id, requester.vpc, accepter.vpc, status), ends: [requester, accepter] }]
    }),
  )
}

/** Drawn VPCs have one IPv4 CIDR of one size each: they overlap when those are equal. */
function isOverlapping(a: DrawnVpc, b: DrawnVpc): boolean {
  const [first, second] = [a, b].map(({ vpc }) => vpc.CidrBlockAssociationSet[0]?.CidrBlock)
  return first === second
}

function drawInterfaces(draw: Draw, vpc: DrawnVpc): readonly RawInterface[] {
  return Array.from({ length: 1 + draw.below(2) }, (_, at) => {
    const subnet = draw.pick(vpc.subnets)
    const id = `${vpc.letter}${at}`
    const base = subnet.CidrBlock?.replace(/[0-9]+\/26$/, '') ?? ''
    const first = Number(/([0-9]+)\/26$/.exec(subnet.CidrBlock ?? '')?.[1])
    const number = vpc.letter.charCodeAt(0) * 8 + at * 2
    const index = subnet.SubnetId.slice(-1)
    const addresses = [
      `${base}${first + 4 + at * 4}${draw.chance(6) ? '' : `=54.0.0.${number % 250}`}`,
      ...(draw.chance(6) ? [`${base}${first + 5 + at * 4}${draw.chance(2) ? `=54.0.1.${number % 250}` : ''}`] : []),
      ...(vpc.hasIpv6 && !draw.chance(3) ? [`2001:db8:${vpc.letter}:${index}::${at + 4}`] : []),
    ]
    const groups = vpc.groupIds.filter((_, of) => of === 0 || draw.chance(2))
    return anInterface(`eni-${id}`, subnet, {
      addresses,
      groups: draw.chance(20) ? [] : groups,
      isRouter: draw.chance(5),
      ...(draw.chance(16) ? {} : { instance: `i-${vpc.letter}${draw.chance(8) ? 0 : at}`, index: at }),
      ...(draw.chance(24) ? { status: 'available' } : {}),
    })
  })
}

function drawGroup(
  draw: Draw,
  id: string,
  own: DrawnVpc,
  vpcs: readonly DrawnVpc[],
  peerings: readonly DrawnPeering[],
  prefixLists: readonly { readonly id: string }[],
) {
  const drawn = (): RawPermission => {
    const from = draw.pick(PORTS)
    const to = Math.max(from, draw.chance(2) ? from : draw.pick(PORTS))
    const traffic = draw.pick([
      `tcp ${from}-${to}`,
      'all',
      `tcp ${from}-${to}`,
      `udp ${from}-${to}`,
      '6',
      'icmp 8--1',
      `17 ${from}-${to}`,
      'tcp',
    ])
    const peers = Array.from({ length: 1 + draw.below(2) }, () => drawPeer())
    return permission(traffic, ...peers)
  }
  const drawPeer = (): string => {
    if (draw.chance(5)) {
      const other = draw.pick(vpcs)
      const referenced = draw.pick(other.groupIds)
      const peering = peerings.find(({ ends }) => ends.includes(own) && ends.includes(other))
      return other === own || peering === undefined
        ? referenced
        : `${referenced}@${peering.peering.VpcPeeringConnectionId}`
    }
    if (prefixLists[0] !== undefined && draw.chance(4)) return prefixLists[0].id
    return draw.pick(draw.chance(4) ? IPV6_POOL : IPV4_POOL)
  }
  const open = draw.chance(2) ? [permission('all', '0.0.0.0/0', '::/0')] : []
  const ingress = [...open, ...Array.from({ length: 1 + draw.below(3) }, drawn)]
  return aGroup(id, own.vpc.VpcId, ingress, draw.chance(6) ? [drawn()] : EGRESS_ANYWHERE)
}

function drawAcls(draw: Draw, { vpc, letter, subnets }: DrawnVpc) {
  const drawn = (id: string, for_: readonly string[]) => {
    const rules = ['in', 'out'].flatMap(direction =>
      Array.from({ length: draw.below(3) }, (_, at) => {
        const action = draw.chance(2) ? 'deny' : 'allow'
        const from = draw.pick(PORTS)
        const to = Math.max(from, draw.pick(PORTS))
        const traffic = draw.pick(['all', `tcp ${from}-${to}`, `tcp ${from}-${to}`, `udp ${from}-${to}`, 'tcp'])
        const cidr = draw.pick(draw.chance(4) ? IPV6_POOL : IPV4_POOL)
        return `${direction} ${draw.pick([10, 20, 30, 200]) + at} ${action} ${traffic} from ${cidr}`
      }),
    )
    return anAcl(id, vpc.VpcId, [...rules, ...(draw.chance(6) ? [] : ALLOW_ALL)], for_)
  }
  const own = subnets.filter(() => draw.chance(2)).map(({ SubnetId }) => SubnetId)
  return [drawn(`acl-${letter}0`, []), ...(own.length === 0 ? [] : [drawn(`acl-${letter}1`, own)])]
}

interface RouteChoices {
  readonly peerOf: (other: DrawnVpc) => string | null
  readonly transit: readonly string[]
  readonly middleboxes: Middleboxes
  readonly prefixLists: readonly string[]
  readonly others: readonly DrawnVpc[]
}

function drawTables(draw: Draw, drawn: DrawnVpc, choices: RouteChoices) {
  const { vpc, letter, subnets, hasGateway, hasVpnGateway } = drawn
  const middleboxes = choices.middleboxes.inVpc(vpc.VpcId)
  const boxes = middleboxes.map(({ id }) => id)
  // All traffic of the other subnets by one middlebox, both ways: what is left to chance seldom meets.
  const guard = middleboxes.length > 0 && draw.chance(2) ? draw.pick(middleboxes) : null
  const guarded = subnets.filter(({ SubnetId }) => guard !== null && SubnetId !== guard.subnetId)
  const peers = choices.others.flatMap(other => choices.peerOf(other) ?? [])
  const targets = [
    ...(hasGateway ? [`igw-${letter}`, `igw-${letter}`] : []),
    ...peers,
    ...choices.transit,
    ...(hasVpnGateway ? [`vgw-${letter}`, `vgw-${letter}`] : []),
    `nat-${letter}`,
    ...boxes,
  ]
  const drawnTable = (id: string, ...for_: readonly string[]) => {
    const routes = new Map<string, string>()
    const add = (destination: string, target: string, flag: string) => {
      const isLocal = destination === vpc.CidrBlock || destination.startsWith(`2001:db8:${letter}:`)
      // A tie of two prefix lists, or of two propagated routes, is a coin that AWS tosses.
      const key = flag === 'propagated' ? `${destination} propagated` : destination
      if (!isLocal && !routes.has(key)) routes.set(key, `${destination} ${target} ${flag}`.trim())
    }
    if (guard !== null && for_.some(name => guarded.some(({ SubnetId }) => SubnetId === name))) {
      add('0.0.0.0/0', guard.id, '')
      if (drawn.hasIpv6) add('::/0', guard.id, '')
    } else if (hasGateway && !draw.chance(4)) {
      add('0.0.0.0/0', `igw-${letter}`, '')
      if (drawn.hasIpv6) add('::/0', draw.chance(5) ? `eigw-${letter}` : `igw-${letter}`, '')
    }
    for (const other of choices.others) {
      const ways = [choices.peerOf(other) ?? [], choices.transit].flat()
      const way = ways.length === 0 || draw.chance(5) ? draw.pick(targets) : draw.pick(ways)
      const subnets = other.subnets.map(({ CidrBlock = '' }) => CidrBlock)
      add(draw.chance(3) ? draw.pick(subnets) : other.vpc.CidrBlock, way, '')
      if (draw.chance(4)) add(draw.pick(subnets), draw.pick(targets), '')
      if (other.hasIpv6 && !way.startsWith('vgw-')) add(`2001:db8:${other.letter}::/56`, way, '')
    }
    if (choices.transit.length > 0 && draw.chance(2)) {
      add(draw.pick(['172.20.0.0/16', '192.168.0.0/16']), draw.pick(choices.transit), '')
    }
    for (let count = draw.below(3); count > 0; count -= 1) {
      add(draw.pick(draw.chance(5) ? IPV6_POOL : IPV4_POOL), draw.pick(targets), draw.chance(8) ? 'blackhole' : '')
    }
    if (hasVpnGateway && !draw.chance(3)) add(draw.pick(IPV4_POOL), `vgw-${letter}`, 'propagated')
    if (choices.prefixLists[0] !== undefined && draw.chance(3)) add(choices.prefixLists[0], draw.pick(targets), '')
    if (boxes[0] !== undefined) {
      for (const { CidrBlock = '', SubnetId } of subnets) {
        if (draw.chance(4) && !for_.includes(SubnetId)) add(CidrBlock, draw.pick(boxes), '')
      }
      if (draw.chance(3)) add('0.0.0.0/0', draw.pick(boxes), '')
    }
    return aTable(id, vpc, [...routes.values()], ...for_)
  }
  const own = (guarded.length > 0 ? guarded : subnets.filter(() => draw.chance(2))).map(({ SubnetId }) => SubnetId)
  const gateways = [...(hasGateway ? [`igw-${letter}`] : []), ...(hasVpnGateway ? [`vgw-${letter}`] : [])]
  const edge = gateways.filter(() => boxes.length > 0 && (guard !== null || draw.chance(2)))
  return [
    drawnTable(`rtb-${letter}0`, 'main'),
    ...(own.length === 0 ? [] : [drawnTable(`rtb-${letter}1`, ...own)]),
    ...edge.map(gateway =>
      aTable(
        `rtb-${gateway}`,
        vpc,
        guard === null
          ? subnets.flatMap(({ CidrBlock = '' }) => (draw.chance(2) ? [`${CidrBlock} ${draw.pick(boxes)}`] : []))
          : guarded.flatMap(subnet => subnetCidrs(subnet).map(cidr => `${cidr} ${guard.id}`)),
        gateway,
      ),
    ),
  ]
}

function subnetCidrs({ CidrBlock = '', Ipv6CidrBlockAssociationSet = [] }: RawSubnet): readonly string[] {
  return [CidrBlock, ...Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock)]
}

function drawLinks(draw: Draw, vpcs: readonly DrawnVpc[]) {
  const gateways = vpcs.filter(({ hasVpnGateway }) => hasVpnGateway).map(({ letter }) => `vgw-${letter}`)
  return {
    vpnConnections: gateways.flatMap(gateway => {
      if (draw.chance(5)) return []
      const routes = draw.chance(2) ? [draw.pick(IPV4_POOL), draw.pick(IPV4_POOL)] : null
      return [{ ...aVpnConnection(`vpn-${gateway}`, gateway, routes), State: draw.chance(8) ? 'deleted' : 'available' }]
    }),
    virtualInterfaces: gateways
      .filter(() => draw.chance(8))
      .map(virtualGatewayId => ({
        virtualInterfaceId: `dxvif-${virtualGatewayId}`,
        virtualGatewayId,
        virtualInterfaceType: 'private',
        virtualInterfaceState: 'available',
      })),
    directConnectAssociations: gateways
      .filter(() => draw.chance(6))
      .map(id => ({
        directConnectGatewayId: 'dxgw-1',
        associatedGateway: { id, type: 'virtualPrivateGateway' },
        associationState: 'associated',
        allowedPrefixesToDirectConnectGateway: [
          { cidr: draw.pick(['10.0.0.0/8', '10.0.0.0/24', '10.0.1.0/26'] as const) },
        ],
      })),
  }
}

function drawBlockPublicAccess(draw: Draw, vpcs: readonly DrawnVpc[]): Pick<NetworkParts, 'blockPublicAccess'> {
  if (!draw.chance(12)) return {}
  const { vpc, subnets } = draw.pick(vpcs)
  const id = draw.chance(2) ? `subnet/${draw.pick(subnets).SubnetId}` : `vpc/${vpc.VpcId}`
  const exclusion = {
    ExclusionId: 'vpcbpa-exclude-1',
    ResourceArn: `arn:aws:ec2:eu-west-1:111122223333:${id}`,
    InternetGatewayExclusionMode: draw.pick(['allow-bidirectional', 'allow-egress']),
    State: 'create-complete',
  }
  const mode = draw.pick(['block-ingress', 'block-bidirectional'])
  return { blockPublicAccess: { mode, exclusions: draw.chance(2) ? [exclusion] : [] } }
}
