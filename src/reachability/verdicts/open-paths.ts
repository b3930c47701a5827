import type { Hop, OpenPath, PathStep } from '../../domain/network/open-path.ts'
import { EDGE_KINDS } from '../edge-kinds.ts'
import { isOpen, type GroupSet, type Packet, type Target, type Way } from '../edge.ts'
import { TCP, UDP } from '../filters/packet-match.ts'
import { COMPONENT } from '../network/component-types.ts'
import type { Network } from '../network/network.ts'
import { portRangesOf, portSet, toPorts } from '../sets/traffic.ts'
import type { InterfaceVerdict, Passage } from './interface-verdict.ts'
import type { OpenRange } from './opening.ts'

/** The paths of one interface, in order of edge, family, chain, protocol and port. */
export function pathsOfInterface(network: Network, verdict: InterfaceVerdict): OpenPath[] {
  const paths: OpenPath[] = []
  for (const passage of verdict.passages) {
    for (const range of passage.opening.ranges) {
      const path = pathOf(network, verdict, passage, range)
      if (path !== null) paths.push(path)
    }
  }
  return paths
}

function pathOf(network: Network, verdict: InterfaceVerdict, passage: Passage, range: OpenRange): OpenPath | null {
  const { interface: eni, instance, instanceId } = verdict
  const targets = passage.targets.filter(({ ways }) => ways.some(way => range.ways.includes(way)))
  const [way] = range.ways
  const shown =
    way === undefined ? undefined : (targets.find(({ ways }) => ways.includes(way))?.target ?? targets[0]?.target)
  if (way === undefined || shown === undefined) return null
  const { addresses } = network
  // Nothing but what is asked for is worked out: hops are for those who read them.
  let hops: readonly Hop[] | null = null
  let steps: readonly PathStep[] | null = null
  return {
    accountId: instance?.accountId ?? eni.accountId,
    region: instance?.region ?? eni.region,
    instanceId,
    interfaceId: eni.id,
    edge: passage.edge,
    family: passage.family,
    protocol: range.protocol,
    ports: range.ports,
    get sources() {
      return addresses.textsOf(range.sources, passage.family)
    },
    confidence: instance === null ? 'assumed' : range.confidence,
    assumptions:
      instance === null
        ? [...range.assumptions, `The instance ${instanceId} was not described: it is taken to be there.`]
        : range.assumptions,
    targetAddresses: targets.map(({ target }) => target.text),
    publicAddresses: targets.flatMap(({ target }) => target.publicAddress ?? []),
    frontendPorts: range.frontendPorts,
    via: passage.via,
    instanceState: instance?.state ?? 'unknown',
    get steps() {
      return (steps ??= stepsOf(network, verdict, range, way, shown))
    },
    alternatePathCount: range.ways.length - 1,
    get hops() {
      return (hops ??= hopsOf(network, range, way, shown))
    },
  }
}

/** In the order and with the types that Amazon Inspector publishes. (reachability §1.2) */
function stepsOf(
  network: Network,
  { interface: eni, instanceId }: InterfaceVerdict,
  range: OpenRange,
  way: Way,
  { groups }: Target,
): readonly PathStep[] {
  const packet = samplePacket(network, range, way, groups)
  const group = packet === null ? null : way.admittingGroup(packet.protocol, groups, packet.source, packet.port)
  return [
    ...way.steps,
    ...(group === null ? [] : [{ componentId: group, componentType: COMPONENT.securityGroup }]),
    { componentId: eni.id, componentType: COMPONENT.networkInterface },
    { componentId: instanceId, componentType: COMPONENT.instance },
  ]
}

/** The proof: one packet that comes in, followed there and back. */
function hopsOf(network: Network, range: OpenRange, way: Way, target: Target): readonly Hop[] {
  const packet = samplePacket(network, range, way, target.groups)
  if (packet === null) return []
  const via = way.via.join(' ')
  const traces = EDGE_KINDS.flatMap(kind => kind.trace(network, packet, target)).filter(
    trace => trace.edge?.id === way.edge.id && trace.via.join(' ') === via && isOpen(trace),
  )
  return traces.sort((a, b) => a.hops.length - b.hops.length)[0]?.hops ?? []
}

/** To the lowest port of the range that the way shown leads to, from the lowest address that it lets in. */
function samplePacket(network: Network, range: OpenRange, way: Way, groups: GroupSet): Packet | null {
  const protocol = range.protocol === 'TCP' ? TCP : UDP
  const admitted = toPorts(way.admitted(protocol, groups).traffic, portSet(range.ports))
  const [first] = portRangesOf(admitted)
  const source = first === undefined ? null : network.addresses.firstOf(first.sources, way.family)
  if (first === undefined || source === null) return null
  return {
    edgeKind: way.edge.kind,
    edgeId: way.edge.id,
    source,
    protocol,
    port: first.ports.begin,
    clientPorts: network.options.clientPorts,
  }
}
