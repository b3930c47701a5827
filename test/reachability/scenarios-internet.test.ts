import { describe, expect, it } from 'vitest'
import {
  aGroup,
  ALLOW_ALL,
  anAcl,
  anInstance,
  anInterface,
  anInternetGateway,
  aSubnet,
  aTable,
  aVpc,
  aVpnConnection,
  aVpnGateway,
  permission,
} from './makers.ts'
import { plainNetwork, SSH_FROM_ANYWHERE, SUBNET, VPC } from './plain-network.ts'
import { recordedCalls } from './recorded-parts.ts'
import { analysisOf, judged, internetBut, verdictsOf } from './verdicts.ts'

const SSH = 'igw-1 eni-1 TCP 22-22 from'
const OPEN = [`${SSH} internet`]

describe('scenarios of reachability §8: internet gateways and routes', () => {
  it('1: SSH from anywhere is reachable, by gateway, ACL, group, interface and instance', () => {
    const parts = plainNetwork()

    expect(judged(parts)).toEqual(OPEN)
    const [path] = analysisOf(recordedCalls(parts)).paths
    expect(path?.steps.map(({ componentId }) => componentId)).toEqual(['igw-1', 'acl-1', 'sg-1', 'eni-1', 'i-1'])
    expect(path).toMatchObject({ confidence: 'certain', targetAddresses: ['10.0.1.10'], publicAddresses: ['54.0.0.1'] })
  })

  it('2: nothing is reachable without a public address', () => {
    expect(judged(plainNetwork({ addresses: ['10.0.1.10'] }))).toEqual([])
  })

  it('3: a main table without a route to the gateway keeps the subnet closed', () => {
    const other = aTable('rtb-2', VPC, ['0.0.0.0/0 igw-1'], 'subnet-2')
    const subnets = [aSubnet('subnet-2', 'vpc-1', ['10.0.2.0/24'])]
    expect(judged(plainNetwork({ routes: [], more: { routeTables: [other], subnets } }))).toEqual([])
  })

  it('4: without an association the main table decides', () => {
    const other = aTable('rtb-2', VPC, [], 'subnet-2')
    const subnets = [aSubnet('subnet-2', 'vpc-1', ['10.0.2.0/24'])]
    expect(judged(plainNetwork({ more: { routeTables: [other], subnets } }))).toEqual(OPEN)
  })

  it.each([
    [5, 'a blackhole', ['0.0.0.0/0 igw-1 blackhole']],
    [6, 'a NAT gateway', ['0.0.0.0/0 nat-1']],
  ])('%i: a default route to %s sends the answer elsewhere', (_, __, routes) => {
    expect(judged(plainNetwork({ routes }))).toEqual([])
  })

  it('5b: a blackhole for a part does not fall back to the default route', () => {
    expect(judged(plainNetwork({ routes: ['0.0.0.0/0 igw-1', '198.51.100.0/24 igw-1 blackhole'] }))).toEqual([
      `${SSH} ${internetBut('198.51.100.0/24')}`,
    ])
  })

  it('7: a detached gateway lets nothing in', () => {
    expect(judged({ ...plainNetwork(), internetGateways: [anInternetGateway('igw-1', null)] })).toEqual([])
  })

  it('8: a route for one prefix lets in that prefix', () => {
    expect(judged(plainNetwork({ routes: ['203.0.113.0/24 igw-1'] }))).toEqual([`${SSH} 203.0.113.0/24`])
  })

  it('9: two halves are anywhere', () => {
    expect(judged(plainNetwork({ routes: ['0.0.0.0/1 igw-1', '128.0.0.0/1 igw-1'] }))).toEqual(OPEN)
  })

  it('10: what the table sends to a VPN gateway cannot come in by the internet', () => {
    const more = {
      vpnGateways: [aVpnGateway('vgw-1', 'vpc-1')],
      vpnConnections: [aVpnConnection('vpn-1', 'vgw-1', null)],
    }
    expect(judged(plainNetwork({ routes: ['0.0.0.0/0 igw-1', '198.51.100.0/24 vgw-1'], more }))).toEqual([
      `${SSH} ${internetBut('198.51.100.0/24')}`,
      'vgw-1 eni-1 TCP 22-22 from 198.51.100.0/24',
    ])
  })

  it('11: private sources do not come by the internet', () => {
    expect(judged(plainNetwork({ ingress: [permission('tcp 22', '10.0.0.0/8')] }))).toEqual([])
  })

  it('12: one address is one source', () => {
    expect(judged(plainNetwork({ ingress: [permission('tcp 22', '8.8.8.8/32')] }))).toEqual([`${SSH} 8.8.8.8/32`])
  })
})

describe('scenarios of reachability §8: security groups and network ACLs', () => {
  it('13: all protocols are TCP and UDP', () => {
    expect(judged(plainNetwork({ ingress: [permission('all', '0.0.0.0/0')] }))).toEqual([
      'igw-1 eni-1 TCP 0-65535 from internet',
      'igw-1 eni-1 UDP 0-65535 from internet',
    ])
  })

  it('14: ICMP alone is no finding', () => {
    expect(judged(plainNetwork({ ingress: [permission('icmp 8--1', '0.0.0.0/0')] }))).toEqual([])
  })

  it('15: a deny with a lower number cuts a hole', () => {
    const acl = ['in 90 deny tcp 22 from 0.0.0.0/0', ...ALLOW_ALL]
    expect(judged(plainNetwork({ ingress: [permission('tcp 0-65535', '0.0.0.0/0')], acl }))).toEqual([
      'igw-1 eni-1 TCP 0-21 from internet',
      'igw-1 eni-1 TCP 23-65535 from internet',
    ])
  })

  it('16: a deny behind an allow does nothing', () => {
    const acl = ['in 110 deny tcp 22 from 0.0.0.0/0', ...ALLOW_ALL]
    expect(judged(plainNetwork({ ingress: [permission('tcp 0-65535', '0.0.0.0/0')], acl }))).toEqual([
      'igw-1 eni-1 TCP 0-65535 from internet',
    ])
  })

  it.each([
    [17, 'inbound', 'in 90 deny all from 198.51.100.0/24'],
    [21, 'outbound', 'out 90 deny all from 198.51.100.0/24'],
  ])('%i: an %s deny of a prefix takes it from the sources', (_, __, entry) => {
    expect(judged(plainNetwork({ acl: [entry, ...ALLOW_ALL] }))).toEqual([`${SSH} ${internetBut('198.51.100.0/24')}`])
  })

  it('18: an ACL that lets no client port out closes', () => {
    const acl = ['out 90 deny tcp 1024-65535 from 0.0.0.0/0', 'out 95 allow tcp 0-1023 from 0.0.0.0/0', ALLOW_ALL[0]!]
    expect(judged(plainNetwork({ acl }))).toEqual([])
  })

  it('19: some client ports are enough', () => {
    const acl = ['out 90 allow tcp 32768-60999 from 0.0.0.0/0', ALLOW_ALL[0]!]
    expect(judged(plainNetwork({ acl }))).toEqual(OPEN)
  })

  it('20: an ACL that lets only TCP out closes UDP', () => {
    const acl = ['out 90 allow tcp from 0.0.0.0/0', ALLOW_ALL[0]!]
    expect(judged(plainNetwork({ ingress: [permission('udp 53', '0.0.0.0/0')], acl }))).toEqual([])
  })

  it('22: an ACL with nothing but its last deny closes', () => {
    expect(judged(plainNetwork({ acl: [] }))).toEqual([])
  })

  it('23: ports of an entry for all protocols do not count', () => {
    const acl = ['in 90 allow all 443 from 0.0.0.0/0', 'out 90 allow all 443 from 0.0.0.0/0']
    expect(judged(plainNetwork({ acl }))).toEqual(OPEN)
  })

  it('24: two groups are two ranges', () => {
    const interfaces = [
      anInterface('eni-1', SUBNET, { instance: 'i-1', addresses: ['10.0.1.10=54.0.0.1'], groups: ['sg-1', 'sg-2'] }),
    ]
    const more = { securityGroups: [aGroup('sg-2', 'vpc-1', [permission('tcp 443', '0.0.0.0/0')])] }
    expect(judged(plainNetwork({ interfaces, more }))).toEqual([...OPEN, 'igw-1 eni-1 TCP 443-443 from internet'])
  })

  it('25: ranges of two groups that touch are one', () => {
    const interfaces = [
      anInterface('eni-1', SUBNET, { instance: 'i-1', addresses: ['10.0.1.10=54.0.0.1'], groups: ['sg-1', 'sg-2'] }),
    ]
    const ingress = [permission('tcp 8000-8050', '0.0.0.0/0')]
    const more = { securityGroups: [aGroup('sg-2', 'vpc-1', [permission('tcp 8051-8100', '0.0.0.0/0')])] }
    expect(judged(plainNetwork({ ingress, interfaces, more }))).toEqual(['igw-1 eni-1 TCP 8000-8100 from internet'])
  })

  it('26: ranges are cut where their sources differ', () => {
    const ingress = [permission('tcp 22', '203.0.113.0/24'), permission('tcp 0-65535', '192.0.2.1/32')]
    expect(judged(plainNetwork({ ingress }))).toEqual([
      'igw-1 eni-1 TCP 0-21 from 192.0.2.1/32',
      'igw-1 eni-1 TCP 22-22 from 192.0.2.1/32 203.0.113.0/24',
      'igw-1 eni-1 TCP 23-65535 from 192.0.2.1/32',
    ])
  })

  it('27: a group that admits itself admits nobody from outside', () => {
    expect(judged(plainNetwork({ ingress: [permission('all', 'sg-1')] }))).toEqual([])
  })

  it('28: a group that admits a bastion of the VPC admits nobody from outside', () => {
    const bastion = anInterface('eni-9', SUBNET, {
      instance: 'i-9',
      addresses: ['10.0.1.90=54.0.0.9'],
      groups: ['sg-9'],
    })
    const own = anInterface('eni-1', SUBNET, { instance: 'i-1', addresses: ['10.0.1.10=54.0.0.1'], groups: ['sg-1'] })
    const more = { securityGroups: [aGroup('sg-9', 'vpc-1', [])], instances: [anInstance('i-9')] }
    expect(judged(plainNetwork({ ingress: [permission('tcp 22', 'sg-9')], interfaces: [own, bastion], more }))).toEqual(
      [],
    )
  })

  it('85: rules of a group that another VPC owns apply where the group is associated', () => {
    const parts = plainNetwork()
    expect(judged({ ...parts, securityGroups: [aGroup('sg-1', 'vpc-other', [SSH_FROM_ANYWHERE])] })).toEqual(OPEN)
  })

  it.each([
    ['null and -1', { FromPort: null, ToPort: -1 }],
    ['-1 and -1', { FromPort: -1, ToPort: -1 }],
    ['nothing', {}],
  ])('92: ports given as %s are all ports', (_, ports) => {
    const ingress = [{ ...permission('tcp', '0.0.0.0/0'), ...ports }]
    expect(judged(plainNetwork({ ingress }))).toEqual(['igw-1 eni-1 TCP 0-65535 from internet'])
  })

  it('93: protocols given as numbers are tcp and udp', () => {
    const ingress = [permission('6 22', '0.0.0.0/0'), permission('17 53', '0.0.0.0/0')]
    expect(judged(plainNetwork({ ingress }))).toEqual([...OPEN, 'igw-1 eni-1 UDP 53-53 from internet'])
  })

  it('94: a hundred equal instances have a hundred findings', () => {
    const interfaces = Array.from({ length: 100 }, (_, at) =>
      anInterface(`eni-${at}`, SUBNET, {
        instance: `i-${at}`,
        addresses: [`10.0.1.${at + 10}=54.0.0.${at + 10}`],
        groups: ['sg-1'],
      }),
    )
    const instances = interfaces.map((_, at) => anInstance(`i-${at}`))
    const parts = { ...plainNetwork({ interfaces }), instances }

    const paths = [...analysisOf(recordedCalls(parts)).paths]
    expect(paths).toHaveLength(100)
    // One computation: what they share is one value.
    expect(new Set(paths.map(({ sources }) => sources)).size).toBe(1)
    expect(judged(parts)).toHaveLength(100)
  })
})

describe('scenarios of reachability §8: prefix lists', () => {
  it('32: each family of a rule with lists has its own sources', () => {
    const vpc = aVpc('vpc-1', ['10.0.0.0/16', '2001:db8:1::/56'])
    const subnet = aSubnet('subnet-1', 'vpc-1', ['10.0.1.0/24', '2001:db8:1:1::/64'])
    const more = {
      prefixLists: [
        { id: 'pl-4', entries: ['203.0.113.0/24'] },
        { id: 'pl-6', entries: ['2600:1::/32'] },
      ],
    }
    const addresses = ['10.0.1.10=54.0.0.1', '2001:db8:1:1::10']
    const routes = ['0.0.0.0/0 igw-1', '::/0 igw-1']
    const ingress = [permission('tcp 22', 'pl-4', 'pl-6')]
    expect(judged(plainNetwork({ vpc, subnet, addresses, routes, ingress, more }))).toEqual([
      `${SSH} 203.0.113.0/24`,
      `${SSH} 2600:1::/32`,
    ])
  })

  it('33: a list that nobody described opens nothing, and is told', () => {
    const parts = plainNetwork({ ingress: [permission('tcp 22', 'pl-unknown')] })

    expect(verdictsOf(parts)).toEqual([])
    const { notices } = analysisOf(recordedCalls(parts))
    expect(notices).toMatchObject([{ componentId: 'pl-unknown', weight: 'unknown', instanceIds: ['i-1'] }])
  })
})

describe('scenarios of reachability §8: interfaces and instances', () => {
  it('38: each interface has its own groups and subnet', () => {
    const hidden = aSubnet('subnet-2', 'vpc-1', ['10.0.2.0/24'])
    const interfaces = [
      anInterface('eni-0', hidden, { instance: 'i-1', addresses: ['10.0.2.10'], groups: ['sg-1'] }),
      anInterface('eni-1', SUBNET, { instance: 'i-1', index: 1, addresses: ['10.0.1.10=54.0.0.1'], groups: ['sg-2'] }),
    ]
    const more = {
      subnets: [hidden],
      routeTables: [aTable('rtb-2', VPC, [], 'subnet-2')],
      securityGroups: [aGroup('sg-2', 'vpc-1', [permission('tcp 443', '0.0.0.0/0')])],
    }
    expect(judged(plainNetwork({ interfaces, more }))).toEqual(['igw-1 eni-1 TCP 443-443 from internet'])
  })

  it('39: a public address may belong to a secondary private one', () => {
    const parts = plainNetwork({ addresses: ['10.0.1.10', '10.0.1.11=54.0.0.1'] })

    expect(judged(parts)).toEqual(OPEN)
    expect([...analysisOf(recordedCalls(parts)).paths][0]?.targetAddresses).toEqual(['10.0.1.11'])
  })

  it('40: an interface that is attached to nothing is no target', () => {
    const interfaces = [anInterface('eni-1', SUBNET, { addresses: ['10.0.1.10=54.0.0.1'], groups: ['sg-1'] })]
    expect(judged(plainNetwork({ interfaces }))).toEqual([])
  })

  it('41: a stopped instance keeps its finding, with its state', () => {
    const parts = { ...plainNetwork(), instances: [anInstance('i-1', 'stopped')] }

    expect(judged(parts)).toEqual(OPEN)
    expect([...analysisOf(recordedCalls(parts)).paths][0]?.instanceState).toBe('stopped')
  })

  it('41b: a terminated instance has none', () => {
    expect(judged({ ...plainNetwork(), instances: [anInstance('i-1', 'terminated')] })).toEqual([])
  })

  it('42: the address of a NAT gateway exposes nothing behind it', () => {
    const outer = aSubnet('subnet-2', 'vpc-1', ['10.0.2.0/24'])
    const interfaces = [
      anInterface('eni-1', SUBNET, { instance: 'i-1', addresses: ['10.0.1.10'], groups: ['sg-1'] }),
      {
        ...anInterface('eni-nat', outer, { addresses: ['10.0.2.10=54.0.0.7'], groups: [] }),
        Status: 'in-use',
        InterfaceType: 'nat_gateway',
        Attachment: { Status: 'attached', DeviceIndex: 1 },
      },
    ]
    const more = {
      subnets: [outer],
      routeTables: [aTable('rtb-2', VPC, ['0.0.0.0/0 igw-1'], 'subnet-2')],
      natGateways: [{ NatGatewayId: 'nat-1', VpcId: 'vpc-1', SubnetId: 'subnet-2', State: 'available' }],
      acls: [anAcl('acl-2', 'vpc-1', ALLOW_ALL, ['subnet-2'])],
    }
    expect(judged(plainNetwork({ interfaces, routes: ['0.0.0.0/0 nat-1'], more }))).toEqual([])
  })
})
