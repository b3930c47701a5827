import { describe, expect, it } from 'vitest'
import {
  aGroup,
  ALLOW_ALL,
  anAcl,
  anInstance,
  anInterface,
  anInternetGateway,
  aPeering,
  aSubnet,
  aTable,
  aVpc,
  aVpnConnection,
  aVpnGateway,
  permission,
} from './makers.ts'
import { joined, plainNetwork, VPC } from './plain-network.ts'
import { recordedCalls, type NetworkParts } from './recorded-parts.ts'
import { analysisOf, judged, verdictsOf } from './verdicts.ts'

const FAR = aVpc('vpc-2', ['10.2.0.0/16'])
const FAR_SUBNETS = [aSubnet('subnet-2a', 'vpc-2', ['10.2.1.0/24']), aSubnet('subnet-2b', 'vpc-2', ['10.2.2.0/24'])]
const POSTGRES = permission('tcp 5432', '10.2.0.0/16')

/** A peered VPC whose subnets route to the plain one, and back as the plain network's own routes say. */
function farVpc(peering = aPeering('pcx-1', VPC, FAR), farRoutes = ['10.0.0.0/16 pcx-1']): NetworkParts {
  return {
    vpcs: [FAR],
    subnets: FAR_SUBNETS,
    routeTables: [aTable('rtb-2', FAR, farRoutes, 'main')],
    acls: [anAcl('acl-2', 'vpc-2', ALLOW_ALL)],
    peerings: [peering],
  }
}

describe('scenarios of reachability §8: peering', () => {
  it('29: a group of a peer VPC stands for the private addresses of its members', () => {
    const member = anInterface('eni-2', FAR_SUBNETS[0]!, {
      instance: 'i-2',
      addresses: ['10.2.1.20'],
      groups: ['sg-2'],
    })
    const more = joined(farVpc(), {
      interfaces: [member],
      instances: [anInstance('i-2')],
      securityGroups: [aGroup('sg-2', 'vpc-2', [])],
    })
    const ingress = [permission('tcp 22', 'sg-2@pcx-1')]
    expect(judged(plainNetwork({ ingress, routes: ['10.2.0.0/16 pcx-1'], more }))).toEqual([
      'pcx-1 eni-1 TCP 22-22 from 10.2.1.20/32',
    ])
  })

  it('30: a reference over a deleted peering is stale', () => {
    const stale = { GroupId: 'sg-2', VpcPeeringConnectionId: 'pcx-1', PeeringStatus: 'deleted' }
    const ingress = [{ ...permission('tcp 22'), UserIdGroupPairs: [stale] }]
    const more = farVpc(aPeering('pcx-1', VPC, FAR, 'deleted'))
    const parts = plainNetwork({ ingress, routes: ['10.2.0.0/16 pcx-1 blackhole'], more })

    expect(judged(parts)).toEqual([])
    expect(analysisOf(recordedCalls(parts)).notices.filter(({ weight }) => weight === 'unknown')).toEqual([])
  })

  it('43: a CIDR of the peer lets in the subnets that route here', () => {
    expect(judged(plainNetwork({ ingress: [POSTGRES], routes: ['10.2.0.0/16 pcx-1'], more: farVpc() }))).toEqual([
      'pcx-1 eni-1 TCP 5432-5432 from 10.2.1.0/24 10.2.2.0/24',
    ])
  })

  it('43b: a far subnet with another table is no source', () => {
    const more = joined(farVpc(), { routeTables: [aTable('rtb-2b', FAR, [], 'subnet-2b')] })
    expect(judged(plainNetwork({ ingress: [POSTGRES], routes: ['10.2.0.0/16 pcx-1'], more }))).toEqual([
      'pcx-1 eni-1 TCP 5432-5432 from 10.2.1.0/24',
    ])
  })

  it('43c: a peer that was not described sends from its blocks, as far as is assumed', () => {
    const more = { peerings: [aPeering('pcx-1', VPC, FAR)] }
    const parts = plainNetwork({ ingress: [POSTGRES], routes: ['10.2.0.0/16 pcx-1'], more })

    expect(judged(parts)).toEqual(['pcx-1 eni-1 TCP 5432-5432 from 10.2.0.0/16'])
    expect([...analysisOf(recordedCalls(parts)).paths][0]?.confidence).toBe('assumed')
  })

  it('44: without a route back there is no connection', () => {
    expect(judged(plainNetwork({ ingress: [POSTGRES], routes: [], more: farVpc() }))).toEqual([])
  })

  it('45: a route back to one subnet lets in that one', () => {
    expect(judged(plainNetwork({ ingress: [POSTGRES], routes: ['10.2.2.0/24 pcx-1'], more: farVpc() }))).toEqual([
      'pcx-1 eni-1 TCP 5432-5432 from 10.2.2.0/24',
    ])
  })

  it('46: peering is not transitive', () => {
    const third = aVpc('vpc-3', ['10.3.0.0/16'])
    const more = joined(farVpc(undefined, ['10.0.0.0/16 pcx-1', '10.3.0.0/16 pcx-2']), {
      vpcs: [third],
      subnets: [aSubnet('subnet-3', 'vpc-3', ['10.3.1.0/24'])],
      routeTables: [aTable('rtb-3', third, ['10.0.0.0/8 pcx-2'], 'main')],
      acls: [anAcl('acl-3', 'vpc-3', ALLOW_ALL)],
      peerings: [aPeering('pcx-2', FAR, third)],
    })
    const ingress = [permission('tcp 22', '10.3.0.0/16')]
    expect(judged(plainNetwork({ ingress, routes: ['10.0.0.0/8 pcx-1'], more }))).toEqual([])
  })

  it("47: a peer's internet gateway is not a way in", () => {
    const more = joined(farVpc(undefined, ['10.0.0.0/16 pcx-1', '0.0.0.0/0 igw-2']), {
      internetGateways: [anInternetGateway('igw-2', 'vpc-2')],
    })
    const ingress = [permission('tcp 22', '0.0.0.0/0')]
    expect(judged(plainNetwork({ ingress, routes: ['0.0.0.0/0 pcx-1'], addresses: ['10.0.1.10'], more }))).toEqual([
      'pcx-1 eni-1 TCP 22-22 from 10.2.1.0/24 10.2.2.0/24',
    ])
  })

  it('48: of two peers with one CIDR each has the part that is routed to it', () => {
    const twin = aVpc('vpc-3', ['10.2.0.0/16'])
    const more = joined(farVpc(), {
      vpcs: [twin],
      subnets: [aSubnet('subnet-3a', 'vpc-3', ['10.2.1.0/24']), aSubnet('subnet-3b', 'vpc-3', ['10.2.2.0/24'])],
      routeTables: [aTable('rtb-3', twin, ['10.0.0.0/16 pcx-2'], 'main')],
      acls: [anAcl('acl-3', 'vpc-3', ALLOW_ALL)],
      peerings: [aPeering('pcx-2', VPC, twin)],
    })
    const routes = ['10.2.1.0/24 pcx-1', '10.2.2.0/24 pcx-2']
    expect(judged(plainNetwork({ ingress: [POSTGRES], routes, more }))).toEqual([
      'pcx-1 eni-1 TCP 5432-5432 from 10.2.1.0/24',
      'pcx-2 eni-1 TCP 5432-5432 from 10.2.2.0/24',
    ])
  })

  it.each(['pending-acceptance', 'expired'])('49: a peering that is %s carries nothing', status => {
    const more = farVpc(aPeering('pcx-1', VPC, FAR, status))
    expect(judged(plainNetwork({ ingress: [POSTGRES], routes: ['10.2.0.0/16 pcx-1'], more }))).toEqual([])
  })

  it('91: of a deleted and an active peering of one pair the active one counts', () => {
    const more = joined(farVpc(undefined, ['10.0.0.0/16 pcx-1']), {
      peerings: [aPeering('pcx-0', VPC, FAR, 'deleted')],
    })
    expect(judged(plainNetwork({ ingress: [POSTGRES], routes: ['10.2.0.0/16 pcx-1'], more }))).toEqual([
      'pcx-1 eni-1 TCP 5432-5432 from 10.2.1.0/24 10.2.2.0/24',
    ])
  })
})

describe('scenarios of reachability §8: virtual private gateways', () => {
  const RDP = [permission('tcp 3389', '0.0.0.0/0')]
  const gateway = { vpnGateways: [aVpnGateway('vgw-1', 'vpc-1')] }
  const link = { ...gateway, vpnConnections: [aVpnConnection('vpn-1', 'vgw-1', null)] }

  it('50: propagated prefixes come in by a VPN', () => {
    const routes = ['172.20.0.0/16 vgw-1 propagated']
    expect(judged(plainNetwork({ ingress: RDP, routes, more: link }))).toEqual([
      'vgw-1 eni-1 TCP 3389-3389 from 172.20.0.0/16',
    ])
  })

  it('51: without a route back to the gateway nothing connects by it', () => {
    const verdicts = ['igw-1 eni-1 TCP 3389-3389 from internet']
    expect(judged(plainNetwork({ ingress: RDP, more: link }))).toEqual(verdicts)
  })

  it('52: a gateway without any line is told and opens nothing', () => {
    const parts = plainNetwork({ ingress: RDP, routes: ['172.20.0.0/16 vgw-1'], more: gateway })

    expect(judged(parts)).toEqual([])
    const { notices } = analysisOf(recordedCalls(parts))
    expect(notices).toMatchObject([{ reason: 'dangling-vpn-gateway', componentId: 'vgw-1', weight: 'note' }])
  })

  it('53: a static VPN brings its routes, whatever else is sent to the gateway', () => {
    const more = { ...gateway, vpnConnections: [aVpnConnection('vpn-1', 'vgw-1', ['192.168.0.0/16'])] }
    expect(judged(plainNetwork({ ingress: RDP, routes: ['0.0.0.0/0 vgw-1'], more }))).toEqual([
      'vgw-1 eni-1 TCP 3389-3389 from 192.168.0.0/16',
    ])
  })

  it('54: a propagated route inside the VPC changes nothing', () => {
    const parts = (routes: readonly string[]) => plainNetwork({ ingress: RDP, routes, more: link })
    const without = ['172.20.0.0/16 vgw-1 propagated']
    expect(judged(parts([...without, '10.0.1.0/24 vgw-1 propagated']))).toEqual(verdictsOf(parts(without)))
  })

  it('55: a static route wins over a propagated one for the same prefix', () => {
    const routes = ['198.51.100.0/24 igw-1', '198.51.100.0/24 vgw-1 propagated']
    expect(judged(plainNetwork({ ingress: RDP, routes, more: link }))).toEqual([
      'igw-1 eni-1 TCP 3389-3389 from 198.51.100.0/24',
    ])
  })
})
