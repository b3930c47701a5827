import { describe, expect, it } from 'vitest'
import {
  anAttachment,
  aSubnet,
  aTable,
  aTransitTable,
  aVpc,
  cidr,
  owned,
} from '../../../test/support/network-builder.ts'
import { DOOR_TABLE, twoVpcs, open } from '../../../test/support/transit-networks.ts'
import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import { analyzeNetwork } from '../analyze-network.ts'

describe('networks on premises behind a transit gateway', () => {
  function withLink(kind: 'vpn' | 'direct-connect-gateway', parts: Partial<NetworkSnapshot> = {}): NetworkSnapshot {
    return twoVpcs({
      routeTables: [aTable('rtb-a', 'vpc-a', ['subnet-near', 'subnet-near-door'], ['0.0.0.0/0 tgw-1'])],
      transitGatewayAttachments: [
        anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door']),
        anAttachment('tgw-attach-link', 'link-1', [], { kind }),
      ],
      transitGatewayTables: [
        aTransitTable('tgw-rtb-1', ['10.1.0.0/16 tgw-attach-a', '172.20.0.0/16 tgw-attach-link propagated']),
      ],
      ...parts,
    })
  }

  it('are all that is routed to their attachment', () => {
    expect(open(withLink('vpn'))).toEqual(['tgw-1 22 172.20.0.0/16 certain'])
  })

  it.each([
    [['10.1.0.0/16'], ['tgw-1 22 172.20.0.0/16 certain']],
    [['10.9.0.0/16'], []],
    [null, ['tgw-1 22 172.20.0.0/16 assumed']],
  ])('come over Direct Connect when %j is announced: %j', (prefixes, expected) => {
    const association = {
      directConnectGatewayId: 'link-1',
      gatewayId: 'tgw-1',
      state: 'associated',
      allowedPrefixes: prefixes?.map(cidr) ?? null,
    }

    expect(open(withLink('direct-connect-gateway', { directConnectAssociations: [association] }))).toEqual(expected)
  })
})

describe('peered transit gateways', () => {
  const sides = [
    anAttachment('tgw-attach-p', 'tgw-2', [], { kind: 'peering', subnetIds: null }),
    anAttachment('tgw-attach-p', 'tgw-1', [], {
      kind: 'peering',
      subnetIds: null,
      transitGatewayId: 'tgw-2',
      associatedTableId: 'tgw-rtb-2',
    }),
  ]
  const far = anAttachment('tgw-attach-b', 'vpc-b', ['subnet-far-door'], {
    transitGatewayId: 'tgw-2',
    associatedTableId: 'tgw-rtb-2',
  })
  const routeTables = [
    aTable('rtb-a', 'vpc-a', ['subnet-near', 'subnet-near-door'], ['10.0.0.0/8 tgw-1']),
    aTable('rtb-b', 'vpc-b', ['subnet-far', 'subnet-other-zone'], ['10.0.0.0/8 tgw-2']),
    DOOR_TABLE,
  ]
  const tables = [
    aTransitTable('tgw-rtb-1', ['10.1.0.0/16 tgw-attach-a', '10.2.0.0/16 tgw-attach-p']),
    aTransitTable('tgw-rtb-2', ['10.1.0.0/16 tgw-attach-p', '10.2.0.0/16 tgw-attach-b'], 'tgw-2'),
  ]
  const near = anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door'])

  it('join the VPCs of both where each has static routes', () => {
    const parts = { routeTables, transitGatewayTables: tables, transitGatewayAttachments: [near, far, ...sides] }

    expect(open(twoVpcs(parts))).toEqual(['tgw-1 22 10.2.0.0/24 certain'])
  })

  it('stand for all that is routed to one that nobody described', () => {
    const parts = {
      routeTables,
      transitGatewayTables: tables.slice(0, 1),
      transitGatewayAttachments: [near, sides[0]!],
    }

    expect(open(twoVpcs(parts))).toEqual(['tgw-1 22 10.2.0.0/16 assumed'])
  })

  it('may send there and back before they deliver', () => {
    const [from, to] = sides
    const parts = {
      transitGatewayTables: [
        aTransitTable('tgw-rtb-1', ['10.1.0.0/16 tgw-attach-p', '10.2.0.0/16 tgw-attach-b']),
        aTransitTable('tgw-rtb-2', ['10.1.0.0/16 tgw-attach-p'], 'tgw-2'),
        aTransitTable('tgw-rtb-3', ['10.1.0.0/16 tgw-attach-a']),
      ],
      transitGatewayAttachments: [
        ...twoVpcs().transitGatewayAttachments,
        { ...from!, associatedTableId: 'tgw-rtb-3' },
        to!,
      ],
    }

    expect(open(twoVpcs(parts))).toEqual(['tgw-1 22 10.2.0.0/24 certain'])
  })

  it('end where they form a circle', () => {
    const circle = [
      aTransitTable('tgw-rtb-1', ['10.0.0.0/8 tgw-attach-p']),
      aTransitTable('tgw-rtb-2', ['10.0.0.0/8 tgw-attach-p'], 'tgw-2'),
    ]

    expect(
      open(twoVpcs({ routeTables, transitGatewayTables: circle, transitGatewayAttachments: [near, far, ...sides] })),
    ).toEqual([])
  })
})

describe('an inspection VPC between two others', () => {
  const door = aSubnet('subnet-door', 'vpc-i', '10.3.0.0/28')
  const box = aSubnet('subnet-box', 'vpc-i', '10.3.0.16/28')
  const endpoint = {
    ...owned('vpce-1'),
    kind: 'GatewayLoadBalancer' as const,
    state: 'available',
    vpcId: 'vpc-i',
    serviceName: null,
    subnetIds: ['subnet-box'],
    interfaceIds: [],
    routeTableIds: [],
    securityGroupIds: [],
  }
  function inspected(inspectionRoute: string): NetworkSnapshot {
    const spokes = { associatedTableId: 'tgw-rtb-spokes' }
    return twoVpcs({
      vpcs: [...twoVpcs().vpcs, aVpc('vpc-i', '10.3.0.0/24')],
      subnets: [...twoVpcs().subnets, door, box],
      routeTables: [
        ...twoVpcs().routeTables,
        aTable('rtb-door', 'vpc-i', ['subnet-door'], ['0.0.0.0/0 vpce-1']),
        aTable('rtb-box', 'vpc-i', ['subnet-box'], [inspectionRoute]),
      ],
      endpoints: [endpoint],
      transitGatewayAttachments: [
        anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door'], spokes),
        anAttachment('tgw-attach-b', 'vpc-b', ['subnet-far-door'], spokes),
        anAttachment('tgw-attach-i', 'vpc-i', ['subnet-door'], {
          associatedTableId: 'tgw-rtb-inspected',
          isApplianceMode: true,
        }),
      ],
      transitGatewayTables: [
        aTransitTable('tgw-rtb-spokes', ['0.0.0.0/0 tgw-attach-i']),
        aTransitTable('tgw-rtb-inspected', ['10.1.0.0/16 tgw-attach-a', '10.2.0.0/16 tgw-attach-b']),
      ],
    })
  }

  it('is a part of the way, and what its appliance does an assumption', () => {
    const paths = open(inspected('0.0.0.0/0 tgw-1'))

    // The inspection VPC's own subnets have routes to the target as well, but only its box sends straight to the gateway.
    expect(paths).toContain('tgw-1 22 10.2.0.0/24 assumed vpce-1')
  })

  it('lets nothing through when its appliance has no way on', () => {
    expect(open(inspected('10.9.0.0/16 tgw-1'))).toEqual([])
  })

  it('lets nothing through when appliances are said to block', () => {
    const { paths } = analyzeNetwork(inspected('0.0.0.0/0 tgw-1'), { treatAppliancesAs: 'block' })

    expect([...paths].filter(({ via }) => via.length > 0)).toEqual([])
  })
})
