import type { IpFamily, IpRange } from '../../base/ip-range.ts'
import type { Network } from '../network/network.ts'
import { equalSets, type IntervalSet } from '../sets/interval-set.ts'

/** The private addresses in a VPC of all interfaces that bear the group. (reachability §2.4) */
export function membersIn(network: Network, vpcId: string, groupId: string, family: IpFamily): IntervalSet {
  return network.memo(
    'group-members',
    `${vpcId} ${groupId} ${family}`,
    () => {
      const ranges: IpRange[] = []
      for (const eni of network.tables.interfaces.under('by-group', groupId)) {
        if (eni.vpcId !== vpcId) continue
        ranges.push(...eni.prefixes)
        for (const { address } of eni.addresses) {
          ranges.push({ family: address.family, first: address.value, last: address.value })
        }
      }
      return network.addresses.setOf(ranges, family)
    },
    equalSets,
  )
}
