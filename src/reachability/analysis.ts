import type { ExposureLevel, NetworkNotice, NetworkVerdict, OpenPath } from '../domain/network/open-path.ts'
import { INTERNET_EDGES, type Remark } from './edge.ts'
import { unfollowedFrom } from './edges/unfollowed.ts'
import { GONE_STATES } from './network/instance-states.ts'
import type { Network } from './network/network.ts'
import { remarksOn, verdictsInSubnet, type InterfaceVerdict } from './verdicts/interface-verdict.ts'
import { pathsOfInterface } from './verdicts/open-paths.ts'

/** What one run says of all instances. Paths are made when they are iterated, their hops and steps when they are read. */
export interface NetworkAnalysis extends NetworkVerdict {
  /** Of all instances that were described or have an interface, in order. */
  readonly instanceIds: readonly string[]
  /** In order of interface, edge, family, protocol, port; none for an instance that was not described. */
  pathsOf(instanceId: string): readonly OpenPath[]
  /** `unknown` where something undescribed may open more, and for an instance that was not described. */
  exposureOf(instanceId: string): ExposureLevel
}

/** A view of the network as it is now. */
export function analysisOf(network: Network): NetworkAnalysis {
  const { tables } = network
  let notices: readonly NetworkNotice[] | null = null
  let instanceIds: readonly string[] | null = null
  const pathsOf = (instanceId: string): OpenPath[] => {
    return verdictsOn(network, instanceId).flatMap(verdict => pathsOfInterface(network, verdict))
  }
  const allIds = (): readonly string[] => (instanceIds ??= idsOfInstances(network))
  return {
    get instanceIds() {
      return allIds()
    },
    paths: {
      *[Symbol.iterator]() {
        for (const id of allIds()) yield* pathsOf(id)
      },
    },
    get notices() {
      return (notices ??= noticesOf(network, allIds()))
    },
    get missing() {
      return tables.missing.all()
    },
    pathsOf,
    exposureOf: instanceId => exposureOf(network, instanceId),
  }
}

function verdictsOn(network: Network, instanceId: string): readonly InterfaceVerdict[] {
  return network.tables.interfaces
    .under('by-instance', instanceId)
    .flatMap(({ id, subnetId }) => verdictsInSubnet(network, subnetId).get(id) ?? [])
}

function idsOfInstances({ tables }: Network): readonly string[] {
  const ids = new Set(tables.instances.all().map(({ id }) => id))
  for (const { attachment } of tables.interfaces.all()) {
    if (attachment !== null && attachment.instanceId !== null) ids.add(attachment.instanceId)
  }
  return [...ids].sort()
}

function exposureOf(network: Network, instanceId: string): ExposureLevel {
  const verdicts = verdictsOn(network, instanceId)
  const open = verdicts.flatMap(({ passages }) => passages.filter(({ opening }) => opening.ranges.length > 0))
  if (open.some(({ edge }) => INTERNET_EDGES.has(edge.kind))) return 'internet'
  const remarks = [
    ...verdicts.flatMap(({ passages }) => passages.flatMap(({ opening }) => opening.remarks)),
    ...remarksOnInstance(network, instanceId),
  ]
  if (remarks.some(({ weight }) => weight === 'unknown')) return 'unknown'
  return open.length > 0 ? 'connected-networks' : 'none'
}

/** Why nothing can be said of an instance that has no verdict, and what cannot be said of one that has. */
function remarksOnInstance(network: Network, instanceId: string): readonly Remark[] {
  const { tables } = network
  const instance = tables.instances.get(instanceId)
  const interfaces = tables.interfaces.under('by-instance', instanceId)
  if (interfaces.length > 0)
    return interfaces.flatMap(({ subnetId, vpcId }) => unfollowedFrom(network, subnetId, vpcId))
  if (instance !== null && GONE_STATES.has(instance.state)) return []
  const detail = `No network interface of ${instanceId} was described: what reaches it is not known.`
  return [{ reason: 'interfaces-not-described', componentId: instanceId, weight: 'unknown', detail }]
}

function noticesOf(network: Network, instanceIds: readonly string[]): readonly NetworkNotice[] {
  const notices = new Map<string, { readonly remark: Remark; readonly instanceIds: Set<string> }>()
  const add = (remark: Remark, instanceId: string | null): void => {
    const key = `${remark.reason} ${remark.componentId}`
    const notice = notices.get(key) ?? { remark, instanceIds: new Set<string>() }
    notices.set(key, notice)
    if (instanceId !== null) notice.instanceIds.add(instanceId)
  }
  for (const instanceId of instanceIds) {
    for (const { passages } of verdictsOn(network, instanceId)) {
      for (const { opening } of passages) for (const remark of opening.remarks) add(remark, instanceId)
    }
    for (const remark of remarksOnInstance(network, instanceId)) add(remark, instanceId)
  }
  for (const { id } of network.tables.vpcs.all()) for (const remark of remarksOn(network, id)) add(remark, null)
  for (const id of network.overlappingIds) add(overlapping(id), null)
  return [...notices.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { remark, instanceIds }]) => {
      const { reason, componentId, weight, detail } = remark
      return { reason, componentId, instanceIds: [...instanceIds].sort(), weight, detail }
    })
}

function overlapping(id: string): Remark {
  const detail = `${id} was described several times, with different content: one of the descriptions was taken.`
  return { reason: 'overlapping-ids', componentId: id, weight: 'unknown', detail }
}
