import { holdsAddress, type IpAddress, type IpFamily } from '../../base/ip-range.ts'
import { INTERNET } from '../../domain/network/internet.ts'
import type { IntervalSet } from '../sets/interval-set.ts'
import type { Network } from './network.ts'

/** Every source from which the internet delivers. */
export function internetSources(network: Network, family: IpFamily): IntervalSet {
  return network.memo('internet-sources', family, () => network.addresses.setOf(INTERNET[family], family))
}

/** Whether an internet gateway of the VPC has anything to deliver to the address. (reachability §2.6) */
export function hasInternetAddress(
  network: Network,
  vpcId: string,
  address: IpAddress,
  publicAddress: string | null,
): boolean {
  if (address.family === 'ipv4') return publicAddress !== null
  if (!INTERNET.ipv6.some(cidr => holdsAddress(cidr, address))) return false
  const vpc = network.tables.vpcs.get(vpcId)
  return vpc === null || vpc.cidrs.some(cidr => holdsAddress(cidr, address))
}
