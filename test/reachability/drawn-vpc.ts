import type { RawSubnet } from '../support/packet-simulator/wire.ts'
import type { aVpc } from './makers.ts'

/** Prefixes within each other, so that rules and routes of different places collide. */
export const IPV4_POOL = [
  '0.0.0.0/0',
  '0.0.0.0/1',
  '128.0.0.0/1',
  '198.51.100.0/24',
  '198.51.100.0/25',
  '198.51.100.7/32',
  '203.0.113.0/24',
  '10.0.0.0/8',
  '10.0.1.0/24',
  '10.0.1.64/26',
  '172.20.0.0/16',
  '192.168.0.0/16',
] as const
export const IPV6_POOL = ['::/0', '2000::/3', '2001:db8::/32', '2001:db8:b::/56', '2600::/16', '2600::7/128'] as const
export const PORTS = [22, 80, 443, 0, 1023, 1024, 8080, 32768, 65535] as const

export interface DrawnVpc {
  readonly vpc: ReturnType<typeof aVpc>
  readonly letter: string
  readonly hasIpv6: boolean
  readonly subnets: readonly RawSubnet[]
  readonly groupIds: readonly string[]
  readonly hasGateway: boolean
  readonly hasVpnGateway: boolean
}
