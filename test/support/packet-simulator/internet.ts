import { bitsOf, isIn, isIpv4, type Bits } from './bits.ts'
import type { RawSubnet } from './wire.ts'
import type { World } from './world.ts'

/** Addresses that no packet from or to the internet bears. (reachability §2.6, RFC 1918, 6598, 6890) */
export const NOT_ON_THE_INTERNET = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
]

export function isInternetAddress(address: Bits): boolean {
  if (!isIpv4(address)) return isIn(address, bitsOf('2000::/3'))
  return !NOT_ON_THE_INTERNET.some(cidr => isIn(address, bitsOf(cidr)))
}

/** The public address that the VPC's internet gateway shows for a private one. */
export function publicAddressOf(world: World, vpcId: string, privateAddress: Bits): Bits | null {
  for (const { VpcId, PrivateIpAddresses = [] } of world.interfaces) {
    for (const { PrivateIpAddress, Association } of PrivateIpAddresses) {
      if (VpcId !== vpcId || bitsOf(PrivateIpAddress) !== privateAddress) continue
      if (Association?.PublicIp !== undefined) return bitsOf(Association.PublicIp)
    }
  }
  return null
}

/** The private address that a public one stands for in the VPC. */
export function privateAddressOf(world: World, vpcId: string, publicAddress: Bits): Bits | null {
  for (const { VpcId, PrivateIpAddresses = [] } of world.interfaces) {
    for (const { PrivateIpAddress, Association } of PrivateIpAddresses) {
      if (VpcId !== vpcId || Association?.PublicIp === undefined) continue
      if (bitsOf(Association.PublicIp) === publicAddress) return bitsOf(PrivateIpAddress)
    }
  }
  return null
}

/**
 * What VPC Block Public Access does to connections from the internet to the subnet: the state that AWS shows on the subnet or its VPC,
 * else the account's option and its exclusions. (reachability §2.6)
 */
export function internetMode(world: World, subnet: RawSubnet): string {
  const vpc = world.vpcs.find(({ VpcId }) => VpcId === subnet.VpcId)
  const shown = subnet.BlockPublicAccessStates?.InternetGatewayBlockMode
  if (shown !== undefined) return shown
  const option = world.blockOptions.find(({ Region, Account }) => Region === vpc?.Region && Account === vpc?.Account)
  const mode = vpc?.BlockPublicAccessStates?.InternetGatewayBlockMode ?? option?.InternetGatewayBlockMode ?? 'off'
  if (mode === 'off') return 'off'
  const exclusions = world.blockExclusions.filter(({ ResourceArn }) =>
    [subnet.SubnetId, subnet.VpcId].includes(ResourceArn.slice(ResourceArn.lastIndexOf('/') + 1)),
  )
  return exclusions.some(exclusion => exclusion.InternetGatewayExclusionMode === 'allow-bidirectional') ? 'off' : mode
}
