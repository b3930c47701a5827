import type { IpFamily } from '../../base/ip-range.ts'
import type { Edge } from '../../domain/network/open-path.ts'
import type { Admission, Remark, Way } from '../edge.ts'
import { admittingRule, groupFilter, type GroupIdentity } from '../filters/security-groups.ts'
import type { Network } from '../network/network.ts'
import { meets } from '../sets/interval-set.ts'
import { intersectTraffic, isNoTraffic, NO_TRAFFIC, portRangesOf, type Traffic } from '../sets/traffic.ts'

export interface PlainWay extends Omit<Way, 'serial' | 'admitted' | 'admittingGroup'> {
  /** What passes everything on the way in both directions, before the target's groups. Called again and again: remember it. */
  traffic(protocol: number): Traffic
  /** Who bears the identity of security groups on this way; `null`: nobody does. */
  readonly identity: GroupIdentity | null
}

const NOTHING: Admission = { traffic: NO_TRAFFIC, remarks: [] }

/** A way on which the target's groups see the client's own address. */
export function plainWay(network: Network, way: PlainWay): Way {
  const { family, identity } = way
  return {
    serial: network.nextSerial(),
    edge: way.edge,
    family,
    via: way.via,
    steps: way.steps,
    assumptions: way.assumptions,
    remarks: way.remarks,
    frontendPorts: way.frontendPorts,
    admitted(protocol, groups) {
      // The groups are asked first: where they let nothing pass, which is mostly so for UDP, the rest of the way is no matter.
      const filter = groupFilter(network, groups, 'ingress', family, protocol, identity)
      if (isNoTraffic(filter.traffic) && filter.undecided.length === 0) return NOTHING
      const arriving = way.traffic(protocol)
      if (isNoTraffic(arriving)) return NOTHING
      const remarks = filter.undecided.filter(({ ports }) =>
        portRangesOf(arriving).some(({ ports: { begin, end } }) => meets(ports, [begin, end + 1])),
      )
      return { traffic: intersectTraffic(arriving, filter.traffic), remarks: remarks.map(({ remark }) => remark) }
    },
    admittingGroup(protocol, groups, source, port) {
      return admittingRule(network, groups, 'ingress', { remote: source, protocol, port }, identity)?.groupId ?? null
    },
  }
}

/** A way of which nothing is known but that it may be there. */
export function unknownWay(network: Network, edge: Edge, family: IpFamily, remark: Remark): Way {
  return plainWay(network, {
    edge,
    family,
    via: [],
    steps: [],
    assumptions: [],
    remarks: [remark],
    frontendPorts: [],
    identity: null,
    traffic: () => NO_TRAFFIC,
  })
}
