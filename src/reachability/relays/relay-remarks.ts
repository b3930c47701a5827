import type { Remark } from '../edge.ts'
import type { Network } from '../network/network.ts'
import { relayById, relaysInto } from './relay-index.ts'

/** What of the VPC's load balancers is not known. */
export function remarksOnRelays(network: Network, vpcId: string): readonly Remark[] {
  const remarks: Remark[] = []
  for (const id of relaysInto(network, vpcId)) {
    for (const listener of relayById(network, id)?.listeners ?? []) {
      if (listener.rules === null) remarks.push(unknown('listener-rules-not-described', listener.id ?? id, 'the rules'))
      for (const { pools } of listener.rules ?? []) {
        for (const { targets, targetGroupId } of pools) {
          if (targets === null) remarks.push(unknown('targets-not-described', targetGroupId ?? id, 'the targets'))
        }
      }
    }
  }
  return distinctRemarks(remarks)
}

/** Each once. */
export function distinctRemarks(remarks: readonly Remark[]): readonly Remark[] {
  return [...new Map(remarks.map(remark => [`${remark.reason} ${remark.componentId}`, remark])).values()]
}

function unknown(reason: string, componentId: string, what: string): Remark {
  const detail = `${componentId}: ${what} were not described. What is behind is not known and not reported.`
  return { reason, componentId, weight: 'unknown', detail }
}
