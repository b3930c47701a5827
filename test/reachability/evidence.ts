import { parseRecordedNetwork } from '../../src/aws/network/read-recorded.ts'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import type { Hop, OpenPath } from '../../src/domain/network/open-path.ts'
import { analyzeNetwork } from '../../src/reachability/analyze-network.ts'
import { bitsOf, isIn, isIpv4, type Bits } from '../support/packet-simulator/bits.ts'
import { aclDecision, groupsAllow, type Packet } from '../support/packet-simulator/filters.ts'
import { chooseRoute, vpcPrefixes } from '../support/packet-simulator/route-choice.ts'
import { simulate } from '../support/packet-simulator/simulate.ts'
import { worldOf, type World } from '../support/packet-simulator/world.ts'
import { isRelay } from './probes.ts'

/** A hop's sentence, read back: of whom it speaks and of which port. */
interface Claim {
  readonly address: Bits
  readonly port: number
}

/** What an independent reader of the proofs does not believe, each with its path. (reachability §7.6) */
export function doubtsAboutPaths(calls: readonly RecordedCall[]): {
  readonly paths: number
  readonly hops: number
  readonly doubts: readonly string[]
} {
  const world = worldOf(calls)
  const known = idsIn(calls)
  const paths = [...analyzeNetwork(parseRecordedNetwork(calls).snapshot, { globalAccelerator: true }).paths]
  const doubts = paths.flatMap(path =>
    doubtsAboutPath(world, known, path).map(
      doubt => `${path.edge.id} ${path.interfaceId} ${path.protocol} ${path.ports.begin}: ${doubt}`,
    ),
  )
  return { paths: paths.length, hops: paths.reduce((sum, { hops }) => sum + hops.length, 0), doubts }
}

/** As `doubtsAboutPaths`, of one path. `known`: every text that AWS answered. */
export function doubtsAboutPath(world: World, known: ReadonlySet<string>, path: OpenPath): readonly string[] {
  if (path.hops.length === 0) return ['it has no proof']
  const protocol = path.protocol === 'TCP' ? 6 : 17
  const closing = path.hops.filter(({ verdict }) => verdict !== 'passes').map(({ detail }) => `it is closed: ${detail}`)
  const strangers = [...path.hops, ...path.steps]
    .filter(({ componentId }) => !known.has(componentId))
    .map(({ componentId }) => `nobody described ${componentId}`)
  return [
    ...closing,
    ...strangers,
    ...path.hops.flatMap(hop => doubtAboutHop(world, hop, protocol, path.family === 'ipv4') ?? []),
    ...doubtsAboutSteps(world, path),
    ...(path.via.some(isRelay) ? [] : doubtsAboutOrder(world, path, protocol)),
  ]
}

/** Whether the rule that is named decides as it is said to; `null`: it does. */
export function doubtAboutHop(world: World, hop: Hop, protocol: number, isFour: boolean): string | null {
  const says = `${hop.rule ?? 'no rule'}: ${hop.detail}`
  switch (hop.componentType) {
    case 'AWS::EC2::NetworkAcl':
      return isAclRight(world, hop, protocol) ? null : says
    case 'AWS::EC2::RouteTable':
      return isRouteRight(world, hop) ? null : says
    case 'AWS::EC2::TransitGateway':
      return hop.rule === null || isTransitRouteRight(world, hop) ? null : says
    case 'AWS::EC2::SecurityGroup':
      return isGroupRight(world, hop, protocol, isFour) ? null : says
    default:
      return null
  }
}

function isAclRight(world: World, { componentId, rule, detail, verdict }: Hop, protocol: number): boolean {
  const claim = claimIn(/(?:allows|denies) what goes (?:from|to) (\S+), port (\d+)\.$/, detail)
  const [, direction] = / (ingress|egress) rule /.exec(rule ?? '') ?? []
  if (claim === null || direction === undefined) return false
  const way = direction === 'ingress' ? 'in' : 'out'
  const subnet = world.subnets.find(({ SubnetId, VpcId }) => aclIdOf(world, SubnetId, VpcId) === componentId)
  if (subnet === undefined) return false
  const decision = aclDecision(world, subnet.SubnetId, way, packetOf(claim, protocol, claim.address))
  // AWS numbers the final denies; a proof may call them by their star.
  const by = decision.by.replace(/ (?:32767|32768)$/, ' *')
  const named = rule
    ?.replace(' ingress rule ', ' in ')
    .replace(' egress rule ', ' out ')
    .replace(/ (?:32767|32768)$/, ' *')
  return by === named && decision.allows === (verdict === 'passes')
}

function aclIdOf(world: World, subnetId: string, vpcId: string): string | undefined {
  const own = world.acls.find(acl => acl.Associations?.some(({ SubnetId }) => SubnetId === subnetId))
  return (own ?? world.acls.find(acl => acl.VpcId === vpcId && acl.IsDefault === true))?.NetworkAclId
}

/** That the route named holds the address, that none that is longer does, and that it leads where it is said to. */
function isRouteRight(world: World, { componentId, rule, detail, verdict }: Hop): boolean {
  const table = world.routeTables.find(({ RouteTableId }) => RouteTableId === componentId)
  const [, address, target] = /what goes to (\S+?)(?: to ([^,]+?))?(?:, not to .*)?\.$/.exec(detail) ?? []
  if (table === undefined) return false
  if (rule === null) {
    const [, wanted] = /has no route to (\S+?)[;.]/.exec(detail) ?? []
    return (
      verdict === 'no-route' &&
      wanted !== undefined &&
      chooseRoute(world, table, table.VpcId, bitsOf(wanted)).is === 'drop'
    )
  }
  const [, prefix, named] = /^\S+ (\S+) -> (.+)$/.exec(rule) ?? []
  if (address === undefined || prefix === undefined || named === undefined) return false
  const choice = chooseRoute(world, table, table.VpcId, bitsOf(address))
  const local = vpcPrefixes(world, table.VpcId)
  const longer = (table.Routes ?? [])
    .filter(({ Origin }) => Origin !== 'EnableVgwRoutePropagation' || !local.some(one => isIn(bitsOf(address), one)))
    .flatMap(
      route =>
        route.DestinationCidrBlock ??
        route.DestinationIpv6CidrBlock ??
        world.prefixLists.get(route.DestinationPrefixListId ?? '') ??
        [],
    )
    .map(bitsOf)
    .filter(one => isIn(bitsOf(address), one) && one.length > bitsOf(prefix).length)
  if (!isIn(bitsOf(address), bitsOf(prefix)) || longer.length > 0) return false
  if (choice.is === 'drop') return verdict === 'blackhole-route'
  const chosen = 'id' in choice ? choice.id : 'local'
  return (
    named === chosen &&
    (target === undefined || target === chosen || (target === 'the local route' && chosen === 'local'))
  )
}

function isTransitRouteRight(world: World, { rule, detail }: Hop): boolean {
  const [, tableId = '', prefix = '', named = ''] = /^(\S+) (\S+) -> (.+)$/.exec(rule ?? '') ?? []
  const [, address] = /(?:what goes|route) to (\S+) /.exec(detail) ?? []
  if (address === undefined) return false
  const holding = (world.tgwRoutes.get(tableId) ?? [])
    .filter(
      ({ DestinationCidrBlock }) =>
        DestinationCidrBlock !== undefined && isIn(bitsOf(address), bitsOf(DestinationCidrBlock)),
    )
    .sort((a, b) => bitsOf(b.DestinationCidrBlock ?? '').length - bitsOf(a.DestinationCidrBlock ?? '').length)
  const [best] = holding
  if (best?.DestinationCidrBlock !== prefix) return false
  const ids = new Set((best.TransitGatewayAttachments ?? []).map(one => one.TransitGatewayAttachmentId))
  return best.State === 'blackhole' ? named === 'blackhole' : named.split(' or ').every(id => ids.has(id))
}

function isGroupRight(
  world: World,
  { componentId, rule, detail, verdict }: Hop,
  protocol: number,
  isFour: boolean,
): boolean {
  const incoming = claimIn(/what comes from (\S+) to port (\d+)/, detail)
  const claim = incoming ?? claimIn(/send to (\S+), port (\d+)\.$/, detail)
  if (claim === null) return false
  const direction = incoming === null ? 'out' : 'in'
  const packet = packetOf(claim, protocol, claim.address)
  const peers = [null, ...world.vpcs.map(({ VpcId }) => ({ vpcId: VpcId }))]
  const allows = (ids: readonly string[], peer: (typeof peers)[number]) =>
    groupsAllow(world, ids, direction, packet, peer)
  // Whether names of groups hold on the way is for the packet simulator to say: without them nothing may be admitted.
  if (verdict !== 'passes') return !allows(componentId.split(', '), null)
  // A network load balancer that passes clients on bears its own groups' name, whatever their addresses.
  const isByName = rule?.includes(' sg-') === true
  if (!isByName && !peers.some(peer => allows([componentId], peer))) return false
  return rule !== null && isRuleRight(rule, componentId, direction, claim, protocol, isFour)
}

/** What a rule without an id of its own is called by: `sg-1 ingress 6 22-22 0.0.0.0/0`. */
function isRuleRight(
  rule: string,
  groupId: string,
  direction: 'in' | 'out',
  { address, port }: Claim,
  protocol: number,
  isFour: boolean,
): boolean {
  const [group, way, of, ports = '', peer = ''] = rule.split(' ')
  const [from = 0, to = 0] = ports.split('-').map(Number)
  const isCidr = peer.includes('/')
  return (
    group === groupId &&
    way === (direction === 'in' ? 'ingress' : 'egress') &&
    (of === 'all' || (Number(of) === protocol && from <= port && port <= to)) &&
    (!isCidr || (isIn(address, bitsOf(peer)) && isIpv4(address) === !peer.includes(':'))) &&
    (isIpv4(address) || !isFour)
  )
}

/** That the published steps begin at the edge and end at the instance, with filters that are on the way. */
function doubtsAboutSteps(world: World, path: OpenPath): readonly string[] {
  const ids = path.steps.map(({ componentId }) => componentId)
  const eni = world.interfaces.find(({ NetworkInterfaceId }) => NetworkInterfaceId === path.interfaceId)
  const own = path.steps.slice(-3)
  const [group, ...ends] = own.map(({ componentId }) => componentId)
  return [
    ...(ids[0] === path.edge.id ? [] : [`the first step is ${ids[0]}`]),
    ...(ends.join() === `${path.interfaceId},${path.instanceId}` ? [] : [`the last steps are ${ends.join()}`]),
    ...(eni?.Groups?.some(({ GroupId }) => GroupId === group) === true
      ? []
      : [`the step ${group} is none of its groups`]),
    ...(ids.some((id, at) => id === ids[at + 1]) ? [`a step is told twice in ${ids.join()}`] : []),
    ...(path.via.every(id => ids.includes(id)) ? [] : [`the steps lack some of ${path.via.join()}`]),
  ]
}

/** That the simulator asks the same network ACLs in the same order, there and back, of the packet that the proof follows. */
function doubtsAboutOrder(world: World, path: OpenPath, protocol: number): readonly string[] {
  const claim = sampleIn(path)
  const target = path.hops.flatMap(({ componentId, detail }) =>
    componentId === path.interfaceId ? (/has the address (\S+)\.$/.exec(detail)?.[1] ?? []) : [],
  )[0]
  if (claim === null || target === undefined) return ['it does not say what it follows']
  const isOfPath = path.sources.some(cidr => isIn(claim.address, bitsOf(cidr)))
  if (!isOfPath || claim.port < path.ports.begin || claim.port > path.ports.end)
    return ['it follows a packet that is not of the path']
  const acls = path.hops.filter(({ componentType }) => componentType === 'AWS::EC2::NetworkAcl')
  const back = acls.find(({ direction }) => direction === 'return')
  const clientPort = Number(/port (\d+)\.$/.exec(back?.detail ?? '')?.[1] ?? 1024)
  const shown = path.hops.flatMap(({ detail }) => /translates (\S+) to/.exec(detail)?.[1] ?? [])
  const isTranslated = path.edge.kind === 'internet-gateway' && isIpv4(claim.address)
  const contacts = !isTranslated ? [target] : shown.length > 0 ? shown : path.publicAddresses
  for (const contact of contacts) {
    const trace: string[] = []
    const packet: Packet = {
      protocol,
      source: claim.address,
      destination: bitsOf(contact.split('/')[0] ?? ''),
      sourcePort: clientPort,
      destinationPort: claim.port,
    }
    const { connections } = simulate(world, path.edge.id, packet, trace)
    if (!connections.some(({ interfaceId }) => interfaceId === path.interfaceId)) continue
    return doubtsAboutAcls(world, path, acls, trace)
  }
  return [`the simulator does not connect from port ${clientPort}`]
}

/** The packet that the proof follows: what the target's own groups are asked about. */
function sampleIn({ hops }: OpenPath): Claim | null {
  const own = hops.findLast(({ detail }) => detail.includes('; replies pass.'))
  return claimIn(/what comes from (\S+) to port (\d+)/, own?.detail ?? '')
}

function doubtsAboutAcls(
  world: World,
  path: OpenPath,
  acls: readonly Hop[],
  trace: readonly string[],
): readonly string[] {
  const turn = trace.indexOf('reply')
  const askedIn = (lines: readonly string[]) =>
    lines.flatMap(line => /: (acl-\S+ (?:in|out) \S+) allows$/.exec(line)?.[1] ?? [])
  // Where AWS may choose between doors, and where several places may send, the simulator goes by all of them.
  const hasDenials = trace.some(line => line.endsWith('denies'))
  const hasDoors = world.tgwVpcAttachments.some(({ SubnetIds = [] }) => SubnetIds.length > 1)
  const isSingle = !hasDenials && !hasDoors && trace.lastIndexOf('reply') === turn
  return (['forward', 'return'] as const).flatMap(leg => {
    const asked = askedIn(leg === 'forward' ? trace.slice(0, turn) : trace.slice(turn))
    const named = acls
      .filter(({ direction }) => direction === leg)
      .map(({ rule }) => rule?.replace(' ingress rule ', ' in ').replace(' egress rule ', ' out ') ?? '')
    let at = 0
    for (const one of asked) if (one === named[at]) at += 1
    const isWhole = isSingle && (leg === 'return' || path.edge.kind !== 'transit-gateway')
    const isRight = at === named.length && (!isWhole || asked.length === named.length)
    return isRight ? [] : [`${leg}: the simulator asks [${asked.join(', ')}], the proof [${named.join(', ')}]`]
  })
}

function claimIn(pattern: RegExp, detail: string): Claim | null {
  const [, address, port] = pattern.exec(detail) ?? []
  return address === undefined || port === undefined ? null : { address: bitsOf(address), port: Number(port) }
}

/** Both ends are the same: filters look at one of them. */
function packetOf({ port }: Claim, protocol: number, address: Bits): Packet {
  return { protocol, source: address, destination: address, sourcePort: port, destinationPort: port }
}

/** Every text in the answers: what bears an id is among them. */
export function idsIn(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof value === 'string') found.add(value)
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) idsIn(one, found)
  return found
}
