import type { OpenPath } from '../../src/domain/network/open-path.ts'
import {
  bitsOf,
  firstIn,
  isIn,
  isIpv4,
  lastIn,
  neighbour,
  textOf,
  type Bits,
} from '../support/packet-simulator/bits.ts'
import { isInternetAddress } from '../support/packet-simulator/internet.ts'
import type { Delivery } from '../support/packet-simulator/deliver.ts'
import { balancerOf } from '../support/packet-simulator/listeners.ts'
import { clientPorts, simulate } from '../support/packet-simulator/simulate.ts'
import type { RawInterface } from '../support/packet-simulator/wire.ts'
import type { World } from '../support/packet-simulator/world.ts'
import type { Draw } from './draw.ts'

/** One question that the analysis and the simulator both answer. */
export interface Probe {
  readonly edgeId: string
  readonly source: Bits
  readonly protocol: 'TCP' | 'UDP'
  /** `null`: by load balancers and accelerators only, with every answer compared. */
  readonly interfaceId: string | null
  readonly port: number
}

/** Where rules, routes and reports begin and end. */
export interface Boundaries {
  readonly edgeIds: readonly string[]
  /** Of the internet, and of what is not. */
  readonly publicSources: readonly Bits[]
  readonly otherSources: readonly Bits[]
  readonly ports: readonly number[]
  readonly takers: readonly RawInterface[]
  readonly clientPorts: readonly number[]
  readonly relayPorts: readonly number[]
}

/** (reachability §7.2) */
export function boundariesOf(world: World, cidrs: readonly string[]): Boundaries {
  const prefixes = [...new Set([...cidrs, ...cidrsIn(world)])].map(bitsOf)
  const sources = prefixes.flatMap(around)
  return {
    edgeIds: [
      ...world.internetGateways.map(({ InternetGatewayId }) => InternetGatewayId),
      ...world.peerings.map(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId),
      ...world.vpnGateways.map(({ VpnGatewayId }) => VpnGatewayId),
      ...world.transitGateways.map(({ TransitGatewayId }) => TransitGatewayId),
      ...world.accelerators.map(({ AcceleratorArn }) => AcceleratorArn),
    ],
    publicSources: [...new Set(sources)].filter(isInternetAddress),
    otherSources: [...new Set(sources)].filter(source => !isIpv4(source) || !isInternetAddress(source)),
    ports: portsIn(world),
    takers: world.interfaces.filter(({ Attachment }) => Attachment?.InstanceId !== undefined),
    clientPorts: clientPorts(world),
    relayPorts: [
      ...world.listeners.map(({ Port }) => Port),
      ...world.classicLoadBalancers.flatMap(({ ListenerDescriptions = [] }) =>
        ListenerDescriptions.map(({ Listener }) => Listener.LoadBalancerPort),
      ),
    ],
  }
}

export function drawProbe(draw: Draw, boundaries: Boundaries): Probe | null {
  const { edgeIds, publicSources, otherSources, ports, takers } = boundaries
  if (edgeIds.length === 0 || takers.length === 0) return null
  const edgeId = draw.pick(edgeIds)
  const isInternet = edgeId.startsWith('igw-') || edgeId.startsWith('arn:')
  return {
    edgeId,
    source: draw.pick(isInternet === !draw.chance(8) ? publicSources : otherSources),
    protocol: draw.chance(3) ? 'UDP' : 'TCP',
    interfaceId: edgeId.startsWith('arn:') || draw.chance(5) ? null : draw.pick(takers).NetworkInterfaceId,
    port: draw.pick(ports),
  }
}

/** Every question at the boundaries: those that both answer, and through load balancers where there are any. */
export function* allProbes({ edgeIds, publicSources, otherSources, ports, takers, relayPorts }: Boundaries) {
  for (const edgeId of edgeIds) {
    for (const source of [...publicSources, ...otherSources]) {
      for (const protocol of ['TCP', 'UDP'] as const) {
        if (relayPorts.length > 0) yield { edgeId, source, protocol, interfaceId: null, port: 0 }
        for (const { NetworkInterfaceId: interfaceId } of takers) {
          for (const port of ports) yield { edgeId, source, protocol, interfaceId, port }
        }
      }
    }
  }
}

/** A corner of a reported path, or just outside of it. */
export function drawCorner(draw: Draw, path: OpenPath): Probe {
  const cidr = bitsOf(draw.pick(path.sources))
  const { begin, end } = path.ports
  return {
    edgeId: path.edge.id,
    source: draw.pick(around(cidr)),
    protocol: path.protocol,
    interfaceId: path.via.some(isRelay) ? null : path.interfaceId,
    port: draw.pick([begin, end, begin - 1, end + 1].filter(port => port >= 0 && port <= 65535)),
  }
}

/** `interface port` of each instance that the simulator connects to. */
export function simulated(world: World, boundaries: Boundaries, probe: Probe, trace?: string[]): readonly string[] {
  const protocol = probe.protocol === 'TCP' ? 6 : 17
  const found = new Set<string>()
  const send = (destination: Bits, destinationPort: number) => {
    for (const sourcePort of boundaries.clientPorts) {
      const packet = { protocol, source: probe.source, destination, sourcePort, destinationPort }
      const { forward, connections } = simulate(world, probe.edgeId, packet, trace)
      for (const delivery of connections) found.add(keyOf(delivery))
      // Without firewalls and load balancers nothing looks at the client's port on the way there.
      if (forward.length === 0 && world.firewalls.length === 0 && probe.interfaceId !== null) break
    }
  }
  if (probe.interfaceId !== null) {
    const taker = world.interfaces.find(({ NetworkInterfaceId }) => NetworkInterfaceId === probe.interfaceId)
    for (const address of taker === undefined ? [] : contacts(taker, probe)) send(address, probe.port)
    const wanted = `${probe.interfaceId} ${probe.port}`
    return [...found].filter(key => key === wanted)
  }
  if (probe.edgeId.startsWith('arn:')) {
    const accelerator = world.accelerators.find(({ AcceleratorArn }) => AcceleratorArn === probe.edgeId)
    for (const text of accelerator?.IpSets?.flatMap(({ IpAddresses }) => IpAddresses) ?? []) {
      for (const port of boundaries.ports) send(bitsOf(text), port)
    }
  }
  for (const node of world.interfaces) {
    if (balancerOf(world, node) === null) continue
    for (const address of contacts(node, probe)) for (const port of boundaries.relayPorts) send(address, port)
  }
  return [...found].sort()
}

/** The same, as the analysis reports it. */
export function reported(paths: readonly OpenPath[], probe: Probe, ports: readonly number[]): readonly string[] {
  const found = new Set<string>()
  for (const path of paths) {
    if (path.edge.id !== probe.edgeId || path.protocol !== probe.protocol) continue
    if ((path.family === 'ipv4') !== isIpv4(probe.source)) continue
    if (!path.sources.some(cidr => isIn(probe.source, bitsOf(cidr)))) continue
    if (probe.interfaceId === null) {
      if (!path.via.some(isRelay)) continue
      for (const port of ports) if (isPortIn(path, port)) found.add(`${path.interfaceId} ${port}`)
    } else if (path.interfaceId === probe.interfaceId && isPortIn(path, probe.port) && !path.via.some(isRelay)) {
      found.add(`${path.interfaceId} ${probe.port}`)
    }
  }
  return [...found].sort()
}

export function textOfProbe(probe: Probe): string {
  const to = probe.interfaceId === null ? 'load balancers' : `${probe.interfaceId} ${probe.port}`
  return `${probe.edgeId}: ${probe.protocol} from ${textOf(probe.source)} to ${to}`
}

/** Of what a path goes through: what has listeners, unlike an appliance. */
export function isRelay(id: string): boolean {
  return id.includes(':elasticloadbalancing:') || id.includes(':globalaccelerator:') || id.startsWith('classic-')
}

function isPortIn({ ports }: OpenPath, port: number): boolean {
  return ports.begin <= port && port <= ports.end
}

function keyOf({ interfaceId, port }: Delivery): string {
  return `${interfaceId} ${port}`
}

/** The addresses that a client beyond the edge contacts. */
function contacts(taker: RawInterface, { edgeId, source }: Probe): readonly Bits[] {
  if (!isIpv4(source)) return (taker.Ipv6Addresses ?? []).map(({ Ipv6Address }) => bitsOf(Ipv6Address))
  return (taker.PrivateIpAddresses ?? []).flatMap(({ PrivateIpAddress, Association }) => {
    const text = edgeId.startsWith('igw-') ? Association?.PublicIp : PrivateIpAddress
    return text === undefined ? [] : [bitsOf(text)]
  })
}

const edges = new Map<Bits, readonly Bits[]>()

/** The first and last address of a prefix, and their neighbours outside. */
function around(prefix: Bits): readonly Bits[] {
  const known = edges.get(prefix)
  if (known !== undefined) return known
  const [first, last] = [firstIn(prefix), lastIn(prefix)]
  const found = [first, last, neighbour(first, -1), neighbour(last, 1)].filter(address => address !== null)
  edges.set(prefix, found)
  return found
}

/** Every text in the answers that is an address or prefix. */
function cidrsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return /^[0-9a-f:.]+\/[0-9]+$|^[0-9]+(?:\.[0-9]+){3}$/.test(value) ? [value] : []
  if (value instanceof Map) return [...value.values()].flatMap(cidrsIn)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(cidrsIn) : []
}

function portsIn(world: World): readonly number[] {
  const ports = new Set<number>()
  const add = (from: number, to: number) => {
    for (const port of [from - 1, from, from + 1, to - 1, to, to + 1]) if (port >= 0 && port <= 65535) ports.add(port)
  }
  for (const { IpPermissions = [], IpPermissionsEgress = [] } of world.securityGroups) {
    for (const { FromPort, ToPort } of [...IpPermissions, ...IpPermissionsEgress]) {
      add(Number(FromPort ?? 0), Number(ToPort ?? 65535))
    }
  }
  for (const { Entries = [] } of world.acls) {
    for (const { PortRange } of Entries) add(PortRange?.From ?? 0, PortRange?.To ?? 65535)
  }
  for (const targets of world.targets.values()) for (const { Port } of targets) if (Port !== undefined) add(Port, Port)
  for (const { ListenerDescriptions = [] } of world.classicLoadBalancers) {
    for (const { Listener } of ListenerDescriptions) add(Listener.InstancePort, Listener.InstancePort)
  }
  if (world.firewallPolicies.size > 0 || world.accelerators.length > 0)
    for (const port of [22, 80, 443, 1023]) add(port, port)
  return [...ports]
}
