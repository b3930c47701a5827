import { formatIpAddress, type IpAddress } from '../../base/ip-range.ts'
import type { NetworkInterface } from '../../domain/network/interfaces.ts'
import type { GroupSet, Target } from '../edge.ts'
import { groupSet } from '../filters/security-groups.ts'
import type { Network } from '../network/network.ts'

/** Addresses and delegated prefixes of an interface: all that is delivered to it. (reachability §2.3) */
export function targetsOf(network: Network, eni: NetworkInterface): readonly Target[] {
  const groups = groupSet(network, eni.securityGroupIds)
  const targets: Target[] = [...targetsOfAddresses(eni, groups)]
  for (const { family, first, text } of eni.prefixes) {
    const address: IpAddress = { family, value: first }
    targets.push({
      interface: eni,
      family,
      address,
      text: text ?? formatIpAddress(address),
      publicAddress: null,
      groups,
    })
  }
  return targets
}

/** The addresses of an interface, as if it had these groups. */
export function targetsOfAddresses(eni: NetworkInterface, groups: GroupSet): readonly Target[] {
  return eni.addresses.map(({ address, text, publicAddress }) => ({
    interface: eni,
    family: address.family,
    address,
    text,
    publicAddress,
    groups,
  }))
}
