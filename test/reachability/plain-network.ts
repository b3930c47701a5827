import type { RawInterface, RawPermission, RawSubnet } from '../support/packet-simulator/wire.ts'
import {
  ALLOW_ALL,
  aGroup,
  anAcl,
  anInstance,
  anInterface,
  anInternetGateway,
  aSubnet,
  aTable,
  aVpc,
  permission,
} from './makers.ts'
import type { NetworkParts } from './recorded-parts.ts'

export const VPC = aVpc('vpc-1', ['10.0.0.0/16'])
export const DUAL_VPC = aVpc('vpc-1', ['10.0.0.0/16', '2001:db8:1::/56'])
export const SUBNET = aSubnet('subnet-1', 'vpc-1', ['10.0.1.0/24'])
export const DUAL_SUBNET = aSubnet('subnet-1', 'vpc-1', ['10.0.1.0/24', '2001:db8:1:1::/64'])
export const SSH_FROM_ANYWHERE = permission('tcp 22', '0.0.0.0/0')

/** What a scenario has other than the plain network. */
export interface Wish {
  readonly vpc?: ReturnType<typeof aVpc>
  readonly subnet?: RawSubnet
  readonly ingress?: readonly RawPermission[]
  /** Of the subnet's table, beside the local ones. */
  readonly routes?: readonly string[]
  readonly acl?: readonly string[]
  /** Of the interface, as `anInterface` takes them. */
  readonly addresses?: readonly string[]
  readonly interfaces?: readonly RawInterface[]
  readonly more?: NetworkParts
}

/**
 * The network that every scenario starts from: an instance with a public address in a subnet that is routed to an attached internet
 * gateway, the default network ACL, a group that admits SSH. (reachability §8)
 */
export function plainNetwork(wish: Wish = {}): NetworkParts {
  const vpc = wish.vpc ?? VPC
  const subnet = wish.subnet ?? SUBNET
  const own: NetworkParts = {
    vpcs: [vpc],
    subnets: [subnet],
    interfaces: wish.interfaces ?? [
      anInterface('eni-1', subnet, {
        instance: 'i-1',
        addresses: wish.addresses ?? ['10.0.1.10=54.0.0.1'],
        groups: ['sg-1'],
      }),
    ],
    instances: [anInstance('i-1')],
    securityGroups: [aGroup('sg-1', 'vpc-1', wish.ingress ?? [SSH_FROM_ANYWHERE])],
    acls: [anAcl('acl-1', 'vpc-1', wish.acl ?? ALLOW_ALL)],
    routeTables: [aTable('rtb-1', vpc, wish.routes ?? ['0.0.0.0/0 igw-1'], 'main')],
    internetGateways: [anInternetGateway('igw-1', 'vpc-1')],
  }
  return joined(own, wish.more ?? {})
}

/** Lists put one after another; what is no list is taken from the second where it has it. */
export function joined(first: NetworkParts, second: NetworkParts): NetworkParts {
  const all: Record<string, unknown> = { ...first }
  for (const [name, value] of Object.entries(second)) {
    const known = all[name]
    all[name] =
      Array.isArray(known) && Array.isArray(value) ? [...(known as unknown[]), ...(value as unknown[])] : value
  }
  return all
}
