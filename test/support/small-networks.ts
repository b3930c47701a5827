import fc from 'fast-check'

import type { NetworkSnapshot } from '../../src/domain/network/network-snapshot.ts'
import {
  aGroup,
  anAcl,
  aNetwork,
  anInstance,
  anInterface,
  aSubnet,
  aTable,
  aVpc,
  cidr,
  owned,
} from './network-builder.ts'

const VPCS = ['1', '2'] as const
const SUBNETS = VPCS.flatMap(vpc => [
  aSubnet(`subnet-${vpc}a`, `vpc-${vpc}`, [`10.${vpc}.1.0/24`, `2001:db8:${vpc}:1::/64`]),
  aSubnet(`subnet-${vpc}b`, `vpc-${vpc}`, [`10.${vpc}.2.0/24`, `2001:db8:${vpc}:2::/64`]),
])

const sourceTexts = [
  '0.0.0.0/0',
  '203.0.113.0/24',
  '10.0.0.0/8',
  '10.2.1.0/24',
  '::/0',
  '2001:db8::/32',
  'pl-1',
  'sg-1',
  'sg-2',
]
const ports = ['tcp/22', 'tcp/80-90', 'udp/53', 'tcp', 'all']
const rule = fc
  .tuple(fc.constantFrom(...ports), fc.constantFrom(...sourceTexts))
  .map(([what, from]) => `${what} ${from}`)
const group = (id: string) => fc.uniqueArray(rule, { minLength: 1, maxLength: 4 }).map(rules => aGroup(id, rules))

const entry = fc
  .tuple(
    fc.constantFrom('allow', 'allow', 'allow', 'deny'),
    fc.constantFrom('all', 'all', 'all', 'tcp/22', 'tcp/1024-65535', 'udp'),
    fc.constantFrom('0.0.0.0/0', '0.0.0.0/0', '::/0', '203.0.113.128/25', '10.0.0.0/8'),
  )
  .map(parts => parts.join(' '))
const entries = fc
  .array(entry, { minLength: 1, maxLength: 4 })
  .map(texts => texts.map((text, index) => `${index + 1} ${text}`))
const acl = (vpc: string) =>
  fc
    .record({ ingress: entries, egress: entries, subnets: fc.subarray(['a', 'b']), isDefault: fc.boolean() })
    .map(({ ingress, egress, subnets, isDefault }) =>
      Object.assign(
        anAcl(
          `acl-${vpc}`,
          `vpc-${vpc}`,
          subnets.map(name => `subnet-${vpc}${name}`),
          { ingress, egress },
        ),
        { isDefault },
      ),
    )

const table = (vpc: string, other: string) =>
  fc
    .record({
      routes: fc.subarray(
        [
          '0.0.0.0/0 igw-1',
          '::/0 igw-1',
          `10.${other}.0.0/16 pcx-1`,
          '203.0.113.0/25 vgw-1',
          'pl-1 pcx-1',
          '172.16.0.0/12 vgw-1',
        ],
        { minLength: 2 },
      ),
      subnets: fc.subarray(['a', 'b']),
      isMain: fc.boolean(),
    })
    .map(({ routes, subnets, isMain }) =>
      aTable(
        `rtb-${vpc}`,
        `vpc-${vpc}`,
        subnets.map(name => `subnet-${vpc}${name}`),
        [`10.${vpc}.0.0/16 local`, ...routes],
        { isMain },
      ),
    )

const host = (index: number) =>
  fc
    .record({
      subnet: fc.constantFrom(...SUBNETS),
      isPublic: fc.boolean(),
      hasIpv6: fc.boolean(),
      groups: fc.subarray(['sg-1', 'sg-2', 'sg-3'], { minLength: 1 }),
      status: fc.constantFrom('in-use', 'in-use', 'in-use', 'available'),
    })
    .map(({ subnet, isPublic, hasIpv6, groups, status }) => {
      const address = `${subnet.cidrs[0]!.text.replace('0/24', '')}${10 + index}`
      const addresses = [isPublic ? `${address}=198.51.100.${index}` : address]
      if (hasIpv6) addresses.push(`${subnet.cidrs[1]!.text.replace('/64', '')}${index + 1}`)
      return anInterface(`eni-${index}`, subnet, addresses, groups, { instanceId: `i-${index}`, status })
    })

/** Two VPCs with a few of everything that decides, so small that rules, routes and addresses collide. */
export const smallNetworks: fc.Arbitrary<NetworkSnapshot> = fc
  .record({
    groups: fc.tuple(group('sg-1'), group('sg-2')),
    acls: fc.tuple(acl('1'), acl('2')),
    tables: fc.tuple(table('1', '2'), table('2', '1')),
    hosts: fc.tuple(host(0), host(1), host(2), host(3)),
    list: fc.subarray(['203.0.113.0/24', '198.18.0.0/15', '2001:db8:ff::/48']),
    gatewayIn: fc.constantFrom('vpc-1', 'vpc-1', 'vpc-1', null),
    peeringStatus: fc.constantFrom('active', 'active', 'deleted'),
    state: fc.constantFrom('running', 'stopped', 'terminated'),
    vpnState: fc.constantFrom('available', 'deleted'),
    block: fc.constantFrom('off', null, null, null, 'block-ingress'),
    described: fc.subarray(['subnets', 'networkAcls', 'routeTables', 'vpcs'], { minLength: 3 }),
  })
  .map(parts => {
    const side = (vpc: string) => ({
      vpcId: `vpc-${vpc}`,
      accountId: null,
      region: 'eu-west-1',
      cidrs: [cidr(`10.${vpc}.0.0/16`)],
    })
    const network = aNetwork({
      vpcs: VPCS.map(vpc =>
        Object.assign(aVpc(`vpc-${vpc}`, `10.${vpc}.0.0/16`, `2001:db8:${vpc}::/48`), { internetBlock: parts.block }),
      ),
      subnets: SUBNETS,
      instances: parts.hosts.map((_, index) => anInstance(`i-${index}`, index === 0 ? { state: parts.state } : {})),
      interfaces: parts.hosts,
      securityGroups: parts.groups,
      networkAcls: parts.acls,
      routeTables: parts.tables,
      prefixLists: [{ ...owned('pl-1'), name: '', family: 'ipv4', isAwsManaged: false, entries: parts.list.map(cidr) }],
      internetGateways: [{ ...owned('igw-1'), vpcId: parts.gatewayIn }],
      peerings: [{ ...owned('pcx-1'), status: parts.peeringStatus, requester: side('1'), accepter: side('2') }],
      vpnGateways: [{ ...owned('vgw-1'), vpcId: 'vpc-1' }],
      vpnConnections: [
        {
          ...owned('vpn-1'),
          state: parts.vpnState,
          vpnGatewayId: 'vgw-1',
          transitGatewayId: null,
          hasStaticRoutesOnly: false,
          routes: [],
          tunnelsUp: null,
        },
      ],
    })
    const absent = (['subnets', 'networkAcls', 'routeTables', 'vpcs'] as const).filter(
      name => !parts.described.includes(name),
    )
    return Object.assign(network, Object.fromEntries(absent.map(name => [name, []])))
  })
