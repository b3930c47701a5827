import { formatIpAddress, holdsAddress, type Cidr, type IpAddress, type IpFamily } from '../../base/ip-range.ts'
import type { Edge, Hop } from '../../domain/network/open-path.ts'
import type { Peering, PeeringSide } from '../../domain/network/vpcs.ts'
import type { EdgeAnalysis, Entrance, Packet, Target, Trace, Way } from '../edge.ts'
import { membersIn } from '../filters/group-members.ts'
import { aclOfSubnet, aclTraffic } from '../filters/network-acls.ts'
import { replyPorts } from '../filters/packet-match.ts'
import type { GroupIdentity } from '../filters/security-groups.ts'
import { addressesRoutedTo, routeTo, routingOf, tableOfSubnet } from '../forwarding/routing.ts'
import { filtersOfSubnet, type SubnetFilters } from '../forwarding/subnet-filters.ts'
import { classOf, type AddressClass } from '../network/address-classes.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { isSameData } from '../network/same-data.ts'
import { EMPTY_SET, intersection, meets, type IntervalSet } from '../sets/interval-set.ts'
import {
  ALL_PORTS,
  equalTraffic,
  intersectTraffic,
  portsFrom,
  sourcesToAnyOf,
  subtractTraffic,
  trafficOf,
  unionOfTraffic,
  type Traffic,
} from '../sets/traffic.ts'
import {
  aclHop,
  blocks,
  chooseClientPort,
  deliveryHops,
  groupHop,
  passes,
  routeHop,
  type AclCrossing,
} from '../ways/hops.ts'
import { unknownWay, plainWay } from '../ways/way.ts'

/** From the addresses of a peered VPC, and from nothing behind it. (reachability §2.8) */
export const peering: EdgeAnalysis = {
  name: 'peering',

  entrancesOf(network, vpcId) {
    const active = network.tables.peerings.under('by-vpc', vpcId).filter(({ status }) => status === 'active')
    return active
      .filter(({ requester, accepter }) => requester.vpcId !== accepter.vpcId)
      .map(one => entrance(network, one, vpcId))
  },

  trace(network, packet, target) {
    const peerings = network.tables.peerings.under('by-vpc', target.interface.vpcId)
    return peerings.flatMap(one => tracesOver(network, one, packet, target))
  },
}

function farSide({ requester, accepter }: Peering, nearVpcId: string): PeeringSide {
  return requester.vpcId === nearVpcId ? accepter : requester
}

function entrance(network: Network, { id }: Peering, nearVpcId: string): Entrance {
  const edge: Edge = { kind: 'peering', id }
  return {
    edge,
    waysTo({ interface: { subnetId }, family, address }) {
      const vpc = network.tables.vpcs.get(nearVpcId)
      if (vpc !== null && !vpc.cidrs.some(cidr => holdsAddress(cidr, address))) return []
      const targets = classOf(network, address)
      if (sendersTo(network, id, nearVpcId, targets).length === 0) return []
      return network.memo('peering-ways', `${id} ${nearVpcId} ${subnetId} ${family} ${targets.key}`, () =>
        waysInto(network, edge, nearVpcId, subnetId, targets),
      )
    },
  }
}

/** Whence the far side sends to a target: a subnet, or the whole far VPC where its subnets were not described. */
interface Sender {
  readonly cidrs: readonly Cidr[]
  /** `null`: not described, nothing is filtered. */
  readonly aclId: string | null
  readonly assumption: string | null
}

function sendersTo(network: Network, peeringId: string, nearVpcId: string, targets: AddressClass): readonly Sender[] {
  return network.memo(
    'peering-senders',
    `${peeringId} ${nearVpcId} ${targets.key}`,
    () => {
      const record = network.tables.peerings.get(peeringId)
      if (record === null) return []
      const far = farSide(record, nearVpcId)
      const subnets = network.tables.subnets.under('by-vpc', far.vpcId)
      const vpc = network.tables.vpcs.get(far.vpcId)
      if (subnets.length === 0) {
        const assumption = `The subnets of ${far.vpcId} were not described: all of it is taken to use ${peeringId}.`
        return [{ cidrs: vpc?.cidrs ?? far.cidrs, aclId: null, assumption }]
      }
      return subnets.flatMap(({ id, cidrs }) => senderIn(network, id, cidrs, far.vpcId, peeringId, targets.first))
    },
    isSameData,
  )
}

function senderIn(
  network: Network,
  subnetId: string,
  cidrs: readonly Cidr[],
  vpcId: string,
  peeringId: string,
  target: IpAddress,
): readonly Sender[] {
  const table = tableOfSubnet(network, subnetId, vpcId)
  const choice = table === null ? null : routeTo(network, routingOf(network, table.id), target)
  const isSent = choice?.target?.is === 'peering' && choice.target.id === peeringId && !choice.isBlackhole
  if (table !== null && !isSent) return []
  const acl = aclOfSubnet(network, subnetId, vpcId)
  const lacking = [...(table === null ? ['route table'] : []), ...(acl === null ? ['network ACL'] : [])]
  const assumption =
    lacking.length === 0
      ? null
      : `The ${lacking.join(' and ')} of ${subnetId} was not described: it is taken to send over ${peeringId}.`
  return [{ cidrs, aclId: acl?.id ?? null, assumption }]
}

function waysInto(
  network: Network,
  edge: Edge,
  nearVpcId: string,
  subnetId: string,
  targets: AddressClass,
): readonly Way[] {
  const { family } = targets
  const filters = filtersOfSubnet(network, subnetId, nearVpcId)
  if ('remark' in filters) return [unknownWay(network, edge, family, filters.remark)]
  const senders = sendersTo(network, edge.id, nearVpcId, targets)
  const assumptions = senders.flatMap(({ assumption }) => assumption ?? [])
  // Answers to addresses of the target's own subnet are never routed, whatever its table says. (reachability §2.2)
  const own = addressesOfSubnet(network, subnetId, family)
  const isOverlapping = senders.some(({ cidrs }) => meets(network.addresses.setOf(cidrs, family), own))
  return [
    plainWay(network, {
      edge,
      family,
      via: [],
      steps: [{ componentId: edge.id, componentType: COMPONENT.peering }, ...filters.steps],
      assumptions: [...filters.assumptions, ...new Set(assumptions)],
      remarks: filters.remarks,
      frontendPorts: [],
      identity: identityOver(network, edge.id, nearVpcId),
      traffic: protocol => {
        const traffic = () => trafficOver(network, edge.id, nearVpcId, filters, targets, protocol)
        if (!isOverlapping) return traffic()
        const key = `${edge.id} ${nearVpcId} ${subnetId} ${filters.serial} ${targets.key} ${protocol}`
        const compute = () =>
          subtractTraffic(traffic(), trafficOf(ALL_PORTS, addressesOfSubnet(network, subnetId, family)))
        return network.memo('peering-traffic-overlapping', key, compute, equalTraffic)
      },
    }),
  ]
}

function addressesOfSubnet(network: Network, subnetId: string, family: IpFamily): IntervalSet {
  return network.addresses.setOf(network.tables.subnets.get(subnetId)?.cidrs ?? [], family)
}

/** From every sender, to the ports that both network ACLs let pass, if one client port lets the answer past both. */
function trafficOver(
  network: Network,
  peeringId: string,
  nearVpcId: string,
  filters: SubnetFilters,
  targets: AddressClass,
  protocol: number,
): Traffic {
  const { family, first } = targets
  return network.memo(
    'peering-traffic',
    `${peeringId} ${nearVpcId} ${filters.serial} ${targets.key} ${protocol}`,
    () => {
      const target = network.addresses.locate(first)
      const routed = addressesRoutedTo(routingOf(network, filters.tableId), family, { is: 'peering', id: peeringId })
      const outgoing = aclTraffic(network, filters.aclId, 'egress', family, protocol)
      const answers = replyPorts(protocol, network.options.clientPorts)
      const parts = sendersTo(network, peeringId, nearVpcId, targets).map(({ cidrs, aclId }) => {
        const sent = portsFrom(aclTraffic(network, aclId, 'egress', family, protocol), target)
        const taken = intersection(answers, portsFrom(aclTraffic(network, aclId, 'ingress', family, protocol), target))
        const from = intersection(network.addresses.setOf(cidrs, family), sourcesToAnyOf(outgoing, taken))
        return trafficOf(sent, intersection(from, routed))
      })
      return intersectTraffic(unionOfTraffic(parts), aclTraffic(network, filters.aclId, 'ingress', family, protocol))
    },
    equalTraffic,
  )
}

/** Groups are known beyond a peering of one Region, by the members' private addresses in the far VPC. (reachability §2.4) */
function identityOver(network: Network, peeringId: string, nearVpcId: string): GroupIdentity | null {
  const record = network.tables.peerings.get(peeringId)
  if (record === null) return null
  const [near, far] = [farSide(record, farSide(record, nearVpcId).vpcId), farSide(record, nearVpcId)]
  if (near.region !== null && far.region !== null && near.region !== far.region) return null
  return {
    key: `in ${far.vpcId}`,
    membersOf: (groupId, family) => {
      const isDescribed =
        network.tables.vpcs.get(far.vpcId) !== null && !network.lacks('DescribeNetworkInterfaces', far)
      if (isDescribed) return membersIn(network, far.vpcId, groupId, family)
      const group = network.tables.securityGroups.get(groupId)
      return group !== null && group.vpcId !== null && group.vpcId !== far.vpcId ? EMPTY_SET : null
    },
  }
}

function tracesOver(network: Network, record: Peering, packet: Packet, target: Target): readonly Trace[] {
  const { vpcId } = target.interface
  const far = farSide(record, vpcId)
  const farCidrs = network.tables.vpcs.get(far.vpcId)?.cidrs ?? far.cidrs
  const isBehind = farCidrs.some(cidr => holdsAddress(cidr, packet.source))
  // Who asks about all edges is not told of every peering that has nothing to do with the source.
  if (!isBehind && packet.edgeKind === null) return []
  const edge: Edge = { kind: 'peering', id: record.id }
  const decision = { id: record.id, type: COMPONENT.peering }
  const source = formatIpAddress(packet.source)
  const vpc = network.tables.vpcs.get(vpcId)
  const hops: Hop[] = []
  if (record.status !== 'active') {
    hops.push(blocks(decision, 'peering-not-active', `${record.id} is ${record.status}.`))
  }
  if (!isBehind) {
    const detail = `${source} is no address of ${far.vpcId}: a peering leads to the addresses of the far VPC only.`
    hops.push(blocks(decision, 'peering-not-transitive', detail))
  }
  if (vpc !== null && !vpc.cidrs.some(cidr => holdsAddress(cidr, target.address))) {
    hops.push(blocks(decision, 'destination-not-here', `${target.text} is no address of ${vpcId}.`))
  }
  const sender = isBehind ? senderOf(network, far.vpcId, packet.source) : null
  const farCrossing = sender === null ? [] : [{ subnetId: sender, vpcId: far.vpcId, remote: target.address }]
  const backIn = farCrossing.map<AclCrossing>(one => ({ ...one, direction: 'ingress', travels: 'return' }))
  const near = { subnetId: target.interface.subnetId, vpcId, remote: packet.source }
  const backOut: AclCrossing = { ...near, direction: 'egress', travels: 'return' }
  const clientPort = chooseClientPort(network, packet, [backOut, ...backIn])
  const wanted = { is: 'peering', id: record.id } as const
  if (sender !== null) {
    const isRouted = tableOfSubnet(network, sender, far.vpcId) !== null
    if (isRouted)
      hops.push(routeHop(network, { subnetId: sender, vpcId: far.vpcId }, target.address, wanted, 'forward'))
  } else if (isBehind && network.tables.subnets.under('by-vpc', far.vpcId).length > 0) {
    hops.push(blocks(decision, 'source-not-routable', `No subnet of ${far.vpcId} has the address ${source}.`))
  }
  const { protocol, port } = packet
  hops.push(
    ...farCrossing.map(one => aclHop(network, { ...one, direction: 'egress', travels: 'forward' }, protocol, port)),
    passes(decision, `${record.id} joins ${far.vpcId} and ${vpcId}.`),
    aclHop(network, { ...near, direction: 'ingress', travels: 'forward' }, protocol, port),
    groupHop(network, packet, target, identityOver(network, record.id, vpcId)),
    ...deliveryHops(network, target),
    routeHop(network, target.interface, packet.source, wanted, 'return'),
    aclHop(network, backOut, protocol, clientPort),
    ...backIn.map(one => aclHop(network, one, protocol, clientPort)),
  )
  return [{ edge, via: [], hops }]
}

function senderOf(network: Network, vpcId: string, source: IpAddress): string | null {
  const subnets = network.tables.subnets.under('by-vpc', vpcId)
  return subnets.find(({ cidrs }) => cidrs.some(cidr => holdsAddress(cidr, source)))?.id ?? null
}
