import type { Accelerator } from '../../domain/network/accelerator.ts'
import type { EdgeAnalysis, Entrance, Target, Way } from '../edge.ts'
import { internetBlockOf } from '../filters/block-public-access.ts'
import { aclTraffic } from '../filters/network-acls.ts'
import { TCP, UDP } from '../filters/packet-match.ts'
import { answerable, filtersOfSubnet, type SubnetFilters } from '../forwarding/subnet-filters.ts'
import { COMPONENT } from '../network/component-types.ts'
import { internetSources } from '../network/internet-addresses.ts'
import type { Network } from '../network/network.ts'
import { has, setOfRuns, type IntervalSet } from '../sets/interval-set.ts'
import { fromSources, NO_TRAFFIC, toPorts } from '../sets/traffic.ts'
import { unknownWay, plainWay } from '../ways/way.ts'
import { traceToEndpoint } from './global-accelerator-trace.ts'
import { nodeDescription, primaryAddress, primaryInterface } from './relay-places.ts'

/**
 * From the internet through an accelerator: its endpoints need neither public address nor route, only an internet gateway on
 * their VPC, and see the clients' own addresses. Reported when asked for. (reachability §2.15)
 */
export const globalAccelerator: EdgeAnalysis = {
  name: 'global-accelerator',

  entrancesOf(network, vpcId) {
    if (!network.options.globalAccelerator || network.tables.internetGateways.under('by-vpc', vpcId).length === 0)
      return []
    return network.tables.accelerators
      .all()
      .filter(({ isEnabled }) => isEnabled)
      .map(({ arn }) => entrance(network, vpcId, arn))
  },

  trace(network, packet, target) {
    const { vpcId } = target.interface
    if (!network.options.globalAccelerator || network.tables.internetGateways.under('by-vpc', vpcId).length === 0)
      return []
    return network.tables.accelerators
      .all()
      .filter(({ isEnabled }) => isEnabled)
      .filter(one =>
        acceleratedPorts(network, one, target).some(
          ({ protocol, ports }) => protocol === packet.protocol && has(ports, packet.port),
        ),
      )
      .map(({ arn }) => traceToEndpoint(network, arn, packet, target))
  },
}

/** One endpoint's ports behind an accelerator. */
export interface AcceleratedPorts {
  readonly protocol: number
  /** On the endpoint. */
  readonly ports: IntervalSet
  /** On the accelerator, where they are others. */
  readonly frontendPorts: readonly number[]
  readonly assumption: string | null
}

/** What the accelerator sends to the target, if that is one of its endpoints. */
export function acceleratedPorts(
  network: Network,
  accelerator: Accelerator,
  target: Target,
): readonly AcceleratedPorts[] {
  if (target.family !== 'ipv4' || !isPrimary(network, target)) return []
  return accelerator.listeners.flatMap(({ protocol, ports, endpointGroups }) =>
    endpointGroups.flatMap(({ endpoints, overrides }) => {
      const endpoint = endpoints.find(({ id }) => isEndpoint(id, target))
      if (endpoint === undefined) return []
      const common = { protocol: protocol === 'TCP' ? TCP : UDP, assumption: assumptionOf(accelerator, endpoint) }
      const overridden = overrides.filter(({ listenerPort }) =>
        ports.some(({ begin, end }) => begin <= listenerPort && listenerPort <= end),
      )
      const left = ports.flatMap(({ begin, end }) => {
        const cuts = overridden.map(({ listenerPort }) => listenerPort).filter(port => begin <= port && port <= end)
        const starts = [begin, ...cuts.toSorted((a, b) => a - b).map(port => port + 1)]
        const ends = [...cuts.toSorted((a, b) => a - b), end + 1]
        return starts.map((start, index) => [start, ends[index] ?? start] as const)
      })
      return [
        { ...common, ports: setOfRuns(left), frontendPorts: [] },
        ...overridden.map(({ listenerPort, endpointPort }) =>
          Object.assign(
            { ports: setOfRuns([[endpointPort, endpointPort + 1]]), frontendPorts: [listenerPort] },
            common,
          ),
        ),
      ]
    }),
  )
}

function isPrimary(network: Network, { interface: eni, text, family }: Target): boolean {
  const instanceId = eni.attachment?.instanceId ?? null
  if (primaryAddress(eni, family)?.text !== text) return false
  return (
    instanceId === null ||
    primaryInterface(network.tables.interfaces.under('by-instance', instanceId))?.interface.id === eni.id
  )
}

function isEndpoint(id: string, { interface: eni }: Target): boolean {
  if (id === eni.attachment?.instanceId) return true
  const description = nodeDescription({ id, kind: 'application' })
  return description !== null && description === eni.description
}

function assumptionOf(
  { arn }: Accelerator,
  { id, preservesClientAddress }: { id: string; preservesClientAddress: boolean },
) {
  if (preservesClientAddress || id.startsWith('i-')) return null
  return `${arn} replaces clients' addresses before ${id}: what admits the clients is taken to admit it.`
}

function entrance(network: Network, vpcId: string, arn: string): Entrance {
  return {
    edge: { kind: 'global-accelerator', id: arn },
    waysTo(target) {
      const accelerator = network.tables.accelerators.get(arn)
      const { subnetId } = target.interface
      const found = accelerator === null ? [] : acceleratedPorts(network, accelerator, target)
      if (found.length === 0 || internetBlockOf(network, subnetId, vpcId).isBlocked) return []
      return found.flatMap(accelerated => {
        const { protocol, ports, frontendPorts } = accelerated
        if (ports.length === 0) return []
        const key = `${arn} ${subnetId} ${protocol} ${ports.join('-')} ${frontendPorts.join('+')} ${accelerated.assumption ?? ''}`
        return network.memo('accelerated-ways', key, () => waysInto(network, arn, vpcId, subnetId, accelerated))
      })
    },
  }
}

function waysInto(
  network: Network,
  arn: string,
  vpcId: string,
  subnetId: string,
  accelerated: AcceleratedPorts,
): readonly Way[] {
  const edge = { kind: 'global-accelerator', id: arn } as const
  const filters = filtersOfSubnet(network, subnetId, vpcId)
  if ('remark' in filters) return [unknownWay(network, edge, 'ipv4', filters.remark)]
  return [wayOver(network, edge.id, filters, accelerated)]
}

function wayOver(network: Network, arn: string, filters: SubnetFilters, accelerated: AcceleratedPorts): Way {
  return plainWay(network, {
    edge: { kind: 'global-accelerator', id: arn },
    family: 'ipv4',
    via: [arn],
    steps: [{ componentId: arn, componentType: COMPONENT.accelerator, componentArn: arn }, ...filters.steps],
    assumptions:
      accelerated.assumption === null ? filters.assumptions : [...filters.assumptions, accelerated.assumption],
    remarks: filters.remarks,
    frontendPorts: accelerated.frontendPorts,
    identity: null,
    traffic(protocol) {
      if (protocol !== accelerated.protocol) return NO_TRAFFIC
      const incoming = aclTraffic(network, filters.aclId, 'ingress', 'ipv4', protocol)
      const answered = answerable(network, filters.aclId, 'ipv4', protocol)
      const clients = fromSources(fromSources(incoming, internetSources(network, 'ipv4')), answered)
      return toPorts(clients, accelerated.ports)
    },
  })
}
