import { bitsOf, isIpv4, type Bits } from './bits.ts'
import { interfaceAt, isAnswered, isTaken, type Delivery } from './deliver.ts'
import type { Entry } from './enter.ts'
import { groupsAllow, groupsReference, type Packet } from './filters.ts'
import { balancerOf, groupsForClient, type Balancer, type Forwarding } from './listeners.ts'
import { subnetsHolding } from './route-choice.ts'
import { isSameChain, passesAcl, replyTo, type End, type Passage } from './passage.ts'
import { isDelivering, send } from './walk.ts'
import type { RawInterface, RawSubnet, RawTarget } from './wire.ts'
import type { World } from './world.ts'

const CHAIN_LIMIT = 3

/** A packet that was taken in by a node of a load balancer. */
export interface AtNode {
  readonly node: RawInterface
  /** As the client sent it. */
  readonly client: Packet
  readonly listenerPort: number
  /** Client ports that a new connection of the node may have. */
  readonly ports: readonly number[]
  readonly relays: readonly string[]
  readonly trace?: string[]
}

/** Whether a load balancer's node takes the client's packet, by its own groups. A network load balancer may have none. (reachability §2.11) */
export function nodeTakes(
  world: World,
  node: RawInterface,
  { passage }: Entry['end'],
  isFromInternet: boolean,
): boolean {
  const balancer = balancerOf(world, node)
  if (balancer === null || !balancer.isActive || (isFromInternet && balancer.isInternal)) return false
  const groups = balancer.groups
  return groups.length === 0 && balancer.kind === 'network'
    ? true
    : groupsAllow(world, groups, 'in', passage.packet, passage.identity)
}

/** Every instance that the node can pass the client's packet on to. */
export function relay(world: World, at: AtNode): readonly Delivery[] {
  const balancer = balancerOf(world, at.node)
  if (balancer === null || at.relays.length >= CHAIN_LIMIT) return []
  const found: Delivery[] = []
  for (const forwarding of groupsForClient(world, balancer, at.client, at.listenerPort)) {
    for (const target of forwarding.targets) found.push(...toTarget(world, at, balancer, forwarding, target))
  }
  return found
}

function toTarget(
  world: World,
  at: AtNode,
  balancer: Balancer,
  forwarding: Forwarding,
  target: RawTarget,
): readonly Delivery[] {
  const subnet = world.subnets.find(({ SubnetId }) => SubnetId === at.node.SubnetId)
  const port = target.Port ?? forwarding.port
  if (subnet === undefined || port === undefined) return []
  const relays = [...at.relays, balancer.id]
  return addressesOf(world, forwarding, target).flatMap(address => {
    if (!isInZone(world, balancer, forwarding, subnet, target, address)) return []
    const isSameFamily = isIpv4(address) === isIpv4(at.client.source)
    const isPreserved = forwarding.preserves && isSameFamily
    const nodeAddress = ownAddress(at.node, isIpv4(address))
    if (nodeAddress === null) return []
    const from = isPreserved ? [at.client.sourcePort] : at.ports
    return from.flatMap(sourcePort => {
      const packet: Packet = {
        protocol: at.client.protocol,
        source: isPreserved ? at.client.source : nodeAddress,
        destination: address,
        sourcePort,
        destinationPort: port,
      }
      const entries = isPreserved
        ? preservedLeg(world, subnet, packet, at.trace)
        : proxiedLeg(world, subnet, balancer, packet, at.trace)
      return entries
        .filter(({ end }) => isLetOut(world, balancer, end))
        .flatMap(entry => taken(world, at, entry, { balancer, isPreserved, relays, port }))
    })
  })
}

/** What the target does with it: an instance takes it, another load balancer passes it on. */
function taken(
  world: World,
  at: AtNode,
  entry: Entry,
  leg: {
    readonly balancer: Balancer
    readonly isPreserved: boolean
    readonly relays: readonly string[]
    readonly port: number
  },
): readonly Delivery[] {
  const { subnet, passage } = entry.end
  const taker = interfaceAt(world, subnet.SubnetId, passage.packet.destination)
  if (taker === undefined) return []
  // The reply to a client's own address is the load balancer's, not the routes'.
  const comesBack = leg.isPreserved || isAnswered(world, entry)
  const isReferenced =
    leg.isPreserved && groupsReference(world, idsOf(world, taker), passage.packet, leg.balancer.groups)
  if (balancerOf(world, taker) !== null) {
    if (!(isReferenced || nodeTakes(world, taker, entry.end, false)) || !comesBack) return []
    return relay(world, {
      ...at,
      node: taker,
      client: passage.packet,
      listenerPort: leg.port,
      relays: leg.relays,
    })
  }
  const instanceId = taker.Attachment?.InstanceId
  if (instanceId === undefined || !comesBack) return []
  if (!isTaken(world, taker, entry.end) && !(isReferenced && isDelivering(world, taker))) return []
  const { NetworkInterfaceId } = taker
  return [{ instanceId, interfaceId: NetworkInterfaceId, port: leg.port, relays: leg.relays, chain: passage.chain }]
}

function idsOf(world: World, taker: RawInterface): readonly string[] {
  return balancerOf(world, taker)?.groups ?? (taker.Groups ?? []).map(({ GroupId }) => GroupId)
}

/** A connection of the node's own, there and back by routes and network ACLs like any other. */
function proxiedLeg(
  world: World,
  subnet: RawSubnet,
  balancer: Balancer,
  packet: Packet,
  trace: string[] | undefined,
): readonly Entry[] {
  const passage = passageOf(packet, { vpcId: subnet.VpcId }, trace)
  return send(world, subnet, passage)
    .filter(end => end.is === 'subnet')
    .filter(end => end.subnet !== subnet || balancer.kind !== 'classic' || passesTwice(world, subnet, end.passage))
    .map(end => ({
      end,
      isBack: (back: End) =>
        back.is === 'subnet' &&
        back.subnet.SubnetId === subnet.SubnetId &&
        isSameChain(end.passage, back.passage) &&
        peeringsOf(end.passage) === peeringsOf(back.passage) &&
        (end.subnet !== subnet || balancer.kind !== 'classic' || passesTwice(world, subnet, back.passage)),
    }))
}

/** What crosses a peering there comes back by it; transit gateways may differ. */
function peeringsOf({ crossings }: Passage): string {
  return crossings.filter(id => id.startsWith('pcx-')).join()
}

/** Classic load balancers are filtered even where node and target share a subnet. */
function passesTwice(world: World, subnet: RawSubnet, passage: Passage): boolean {
  return passesAcl(world, subnet, 'out', passage) && passesAcl(world, subnet, 'in', passage)
}

/** With the client's own address: the load balancer tracks the reply, so that no route has to send it back. */
function preservedLeg(world: World, subnet: RawSubnet, packet: Packet, trace: string[] | undefined): readonly Entry[] {
  return send(world, subnet, { ...passageOf(packet, null, trace), isPassedOn: true })
    .filter(end => end.is === 'subnet')
    .filter(end => {
      const reply = replyTo(end.passage)
      if (end.subnet.SubnetId === subnet.SubnetId) return true
      return passesAcl(world, end.subnet, 'out', reply) && passesAcl(world, subnet, 'in', reply)
    })
    .map(end => ({ end, isBack: () => true }))
}

function passageOf(packet: Packet, identity: Passage['identity'], trace: string[] | undefined): Passage {
  return {
    packet,
    isReply: false,
    chain: [],
    crossings: [],
    identity,
    hops: 0,
    ...(trace === undefined ? {} : { trace }),
  }
}

function isLetOut(world: World, balancer: Balancer, end: Entry['end']): boolean {
  if (balancer.groups.length === 0) return balancer.kind === 'network'
  const keepsNames = end.passage.chain.length === 0 && end.passage.crossings.every(id => id.startsWith('pcx-'))
  const isNamed = keepsNames && (end.passage.crossings.length === 0 || end.passage.identity !== null)
  return groupsAllow(world, balancer.groups, 'out', end.passage.packet, isNamed ? { vpcId: end.subnet.VpcId } : null)
}

/** Addresses that the target stands for. (reachability §2.11) */
function addressesOf(world: World, forwarding: Forwarding, target: RawTarget): readonly Bits[] {
  if (forwarding.targetType === 'ip') return [bitsOf(target.Id)]
  if (forwarding.targetType === 'alb') {
    return world.interfaces
      .filter(candidate => balancerOf(world, candidate)?.id === target.Id)
      .map(node => ownAddress(node, true))
      .filter(address => address !== null)
  }
  if (forwarding.targetType !== 'instance') return []
  const primary = world.interfaces.find(
    ({ Attachment }) => Attachment?.InstanceId === target.Id && Attachment.DeviceIndex === 0,
  )
  const address = primary === undefined ? null : ownAddress(primary, !forwarding.isIpv6)
  return address === null ? [] : [address]
}

/** Only targets in the load balancer's zones, and without cross-zone balancing only in the node's own. */
function isInZone(
  world: World,
  balancer: Balancer,
  forwarding: Forwarding,
  node: RawSubnet,
  target: RawTarget,
  address: Bits,
): boolean {
  if (!balancer.subnetIds.includes(node.SubnetId)) return false
  if (forwarding.targetType === 'alb') return true
  const [home] = subnetsHolding(world, node.VpcId, address)
  const zone = home?.AvailabilityZone ?? target.AvailabilityZone ?? 'all'
  if (zone === 'all') return true
  const zones = balancer.subnetIds.map(id => world.subnets.find(({ SubnetId }) => SubnetId === id)?.AvailabilityZone)
  return zones.includes(zone) && (forwarding.isCrossZone || node.AvailabilityZone === zone)
}

function ownAddress(node: RawInterface, wantsIpv4: boolean): Bits | null {
  const { PrivateIpAddresses = [], Ipv6Addresses = [] } = node
  const primary = PrivateIpAddresses.find(({ Primary }) => Primary === true) ?? PrivateIpAddresses[0]
  const text = wantsIpv4 ? primary?.PrivateIpAddress : Ipv6Addresses[0]?.Ipv6Address
  return text === undefined ? null : bitsOf(text)
}
