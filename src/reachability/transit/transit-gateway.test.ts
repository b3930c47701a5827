import { describe, expect, it } from 'vitest'
import {
  aGroup,
  anAcl,
  anAttachment,
  anInterface,
  aSubnet,
  aTable,
  aTransitTable,
  aVpc,
  cidr,
} from '../../../test/support/network-builder.ts'
import {
  NEAR,
  NEAR_DOOR,
  FAR,
  DOOR_ACL,
  DOOR_TABLE,
  GATEWAY,
  twoVpcs,
  open,
} from '../../../test/support/transit-networks.ts'
import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import { analyzeNetwork } from '../analyze-network.ts'
import { why } from '../why.ts'

describe('a transit gateway', () => {
  it('lets in the subnets of other VPCs that have a route, in enabled zones', () => {
    expect(open(twoVpcs())).toEqual(['tgw-1 22 10.2.0.0/24 certain'])
  })

  it('shows gateway and attachment as the first steps', () => {
    const [path] = analyzeNetwork(twoVpcs()).paths

    expect(path!.steps.map(({ componentId }) => componentId)).toEqual([
      'tgw-1',
      'tgw-attach-a',
      'acl-a',
      'sg-1',
      'eni-1',
      'i-1',
    ])
  })

  it.each<[string, Partial<NetworkSnapshot>]>([
    [
      'the target is not propagated into the table of the source',
      { transitGatewayTables: [aTransitTable('tgw-rtb-1', ['10.2.0.0/16 tgw-attach-b'])] },
    ],
    [
      'the source is not propagated into the table of the target',
      { transitGatewayTables: [aTransitTable('tgw-rtb-1', ['10.1.0.0/16 tgw-attach-a'])] },
    ],
    [
      'a static blackhole is more specific than the propagated route',
      {
        transitGatewayTables: [
          aTransitTable('tgw-rtb-1', [
            '10.1.0.0/16 tgw-attach-a propagated',
            '10.1.0.0/24 tgw-attach-a blackhole',
            '10.2.0.0/16 tgw-attach-b propagated',
          ]),
        ],
      },
    ],
    [
      'an attachment has no association',
      {
        transitGatewayAttachments: [
          anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door'], { associatedTableId: null }),
          anAttachment('tgw-attach-b', 'vpc-b', ['subnet-far-door']),
        ],
      },
    ],
    [
      'an attachment is gone',
      {
        transitGatewayAttachments: [
          anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door']),
          anAttachment('tgw-attach-b', 'vpc-b', ['subnet-far-door'], { state: 'deleted' }),
        ],
      },
    ],
    [
      'the near VPC has no route back',
      {
        routeTables: [
          aTable('rtb-a', 'vpc-a', ['subnet-near', 'subnet-near-door'], []),
          ...twoVpcs().routeTables.slice(1),
        ],
      },
    ],
    [
      'the far VPC has no route',
      {
        routeTables: [
          twoVpcs().routeTables[0]!,
          aTable('rtb-b', 'vpc-b', ['subnet-far', 'subnet-other-zone'], []),
          DOOR_TABLE,
        ],
      },
    ],
    [
      "the network ACL of the attachment's subnet stops what goes to the target",
      {
        networkAcls: [
          anAcl('acl-a', 'vpc-a', ['subnet-near']),
          anAcl('acl-door', 'vpc-a', ['subnet-near-door'], {
            egress: ['1 deny tcp/22 10.1.0.0/24', '2 allow all 0.0.0.0/0'],
          }),
          anAcl('acl-b', 'vpc-b', ['subnet-far', 'subnet-other-zone']),
          DOOR_ACL,
        ],
      },
    ],
    [
      'the network ACL of the far subnet takes no answer',
      {
        networkAcls: [
          anAcl('acl-a', 'vpc-a', ['subnet-near', 'subnet-near-door']),
          anAcl('acl-b', 'vpc-b', ['subnet-far', 'subnet-other-zone'], { ingress: ['1 allow tcp/0-1023 0.0.0.0/0'] }),
          DOOR_ACL,
        ],
      },
    ],
  ])('lets nothing in when %s', (_, parts) => {
    expect(open(twoVpcs(parts))).toEqual([])
  })

  it('does not ask the network ACL of a subnet that holds the attachment about what comes in for it', () => {
    const parts = {
      transitGatewayAttachments: [
        anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near']),
        anAttachment('tgw-attach-b', 'vpc-b', ['subnet-far-door']),
      ],
    }
    const closed = (aclSubnets: readonly string[]) => [
      anAcl('acl-a', 'vpc-a', aclSubnets, { ingress: ['1 deny all 10.2.0.0/16', '2 allow all 0.0.0.0/0'] }),
      anAcl('acl-b', 'vpc-b', ['subnet-far', 'subnet-other-zone']),
      DOOR_ACL,
    ]

    expect(open(twoVpcs({ ...parts, networkAcls: closed(['subnet-near', 'subnet-near-door']) }))).toHaveLength(1)
    expect(open(twoVpcs({ networkAcls: closed(['subnet-near', 'subnet-near-door']) }))).toEqual([])
  })

  it('needs one client port that the network ACLs of both sides let back', () => {
    const acls = (near: string, far: string) => [
      anAcl('acl-a', 'vpc-a', ['subnet-near', 'subnet-near-door'], {
        egress: [`1 allow tcp/${near} 0.0.0.0/0`, '2 allow all 10.1.0.0/16'],
      }),
      anAcl('acl-b', 'vpc-b', ['subnet-far', 'subnet-other-zone'], { ingress: [`1 allow tcp/${far} 0.0.0.0/0`] }),
      DOOR_ACL,
    ]

    expect(open(twoVpcs({ networkAcls: acls('1024-2000', '2000-3000') }))).toHaveLength(1)
    expect(open(twoVpcs({ networkAcls: acls('1024-1999', '2000-3000') }))).toEqual([])
  })

  it('answers over another transit gateway', () => {
    const parts = {
      routeTables: [
        aTable('rtb-a', 'vpc-a', ['subnet-near', 'subnet-near-door'], ['10.0.0.0/8 tgw-2']),
        ...twoVpcs().routeTables.slice(1),
      ],
      transitGateways: [GATEWAY, { ...GATEWAY, id: 'tgw-2' }],
      transitGatewayAttachments: [
        ...twoVpcs().transitGatewayAttachments,
        anAttachment('tgw-attach-a2', 'vpc-a', ['subnet-near-door'], {
          transitGatewayId: 'tgw-2',
          associatedTableId: 'tgw-rtb-2',
        }),
        anAttachment('tgw-attach-b2', 'vpc-b', ['subnet-far-door'], {
          transitGatewayId: 'tgw-2',
          associatedTableId: 'tgw-rtb-2',
        }),
      ],
      transitGatewayTables: [
        aTransitTable('tgw-rtb-1', ['10.1.0.0/16 tgw-attach-a']),
        aTransitTable('tgw-rtb-2', ['10.2.0.0/16 tgw-attach-b2'], 'tgw-2'),
      ],
    }

    expect(open(twoVpcs(parts))).toEqual(['tgw-1 22 10.2.0.0/24 certain'])
  })

  it('may take packets round by another transit gateway into the VPC that they are already in', () => {
    const door = aTable('rtb-a-door', 'vpc-a', ['subnet-near-door'], ['10.1.0.0/23 tgw-2'])
    const near = aTable('rtb-a', 'vpc-a', ['subnet-near'], ['10.0.0.0/8 tgw-1'])
    const parts = {
      routeTables: [near, door, ...twoVpcs().routeTables.slice(1)],
      transitGateways: [GATEWAY, { ...GATEWAY, id: 'tgw-2' }],
      transitGatewayAttachments: [
        ...twoVpcs().transitGatewayAttachments,
        anAttachment('tgw-attach-2a', 'vpc-a', ['subnet-near'], {
          transitGatewayId: 'tgw-2',
          associatedTableId: 'tgw-rtb-2',
        }),
      ],
      transitGatewayTables: [
        ...twoVpcs().transitGatewayTables,
        aTransitTable('tgw-rtb-2', ['10.1.0.0/16 tgw-attach-2a'], 'tgw-2'),
      ],
    }

    expect(open(twoVpcs(parts))).toEqual(['tgw-2 22 10.2.0.0/24 certain'])
  })

  it('knows members of groups in other VPCs only where everything supports that', () => {
    const group = { securityGroups: [aGroup('sg-1', ['tcp/22 sg-far']), aGroup('sg-far', [])] }
    const support = (near: boolean, gateway: boolean) => ({
      ...group,
      transitGateways: [{ ...GATEWAY, supportsSecurityGroupReferences: gateway }],
      transitGatewayAttachments: [
        anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door'], { supportsSecurityGroupReferences: near }),
        anAttachment('tgw-attach-b', 'vpc-b', ['subnet-far-door'], { supportsSecurityGroupReferences: true }),
      ],
    })

    expect(open(twoVpcs(support(true, true)))).toEqual(['tgw-1 22 10.2.0.20/32 certain'])
    expect(open(twoVpcs(support(true, false)))).toEqual([])
    expect(open(twoVpcs(support(false, true)))).toEqual([])
  })

  it.each([
    ['of the VPC that it reaches', FAR, ['tgw-1 22 10.2.0.20/32 certain']],
    ['of another VPC with the same addresses, which it does not', aSubnet('subnet-twin', 'vpc-c', '10.2.0.0/24'), []],
  ])('takes addresses for members %s', (_, subnet, expected) => {
    const supports = { supportsSecurityGroupReferences: true }
    const parts = {
      vpcs: [...twoVpcs().vpcs, aVpc('vpc-c', '10.2.0.0/16')],
      subnets: [...twoVpcs().subnets, aSubnet('subnet-twin', 'vpc-c', '10.2.0.0/24')],
      interfaces: [twoVpcs().interfaces[0]!, anInterface('eni-far', subnet, ['10.2.0.20'], ['sg-far'])],
      securityGroups: [aGroup('sg-1', ['tcp/22 sg-far']), aGroup('sg-far', [])],
      transitGateways: [{ ...GATEWAY, ...supports }],
      transitGatewayAttachments: [
        anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door'], supports),
        anAttachment('tgw-attach-b', 'vpc-b', ['subnet-far-door'], supports),
        anAttachment('tgw-attach-c', 'vpc-c', ['subnet-twin'], supports),
      ],
    }

    expect(open(twoVpcs(parts))).toEqual(expected)
  })

  /** Packets of `vpc-b` come back to it by `tgw-1`, and turn into `tgw-2` by an attachment in this subnet. */
  function turnedRound(second: string): Partial<NetworkSnapshot> {
    return {
      routeTables: [
        ...twoVpcs().routeTables.slice(0, 2),
        aTable('rtb-b-door', 'vpc-b', ['subnet-far-door'], ['10.1.0.0/16 tgw-2']),
      ],
      transitGateways: [GATEWAY, { ...GATEWAY, id: 'tgw-2' }],
      transitGatewayAttachments: [
        ...twoVpcs().transitGatewayAttachments,
        ...['a', 'b'].map(name =>
          anAttachment(`tgw-attach-${name}2`, `vpc-${name}`, [name === 'a' ? 'subnet-near-door' : second], {
            transitGatewayId: 'tgw-2',
            associatedTableId: 'tgw-rtb-2',
          }),
        ),
      ],
      transitGatewayTables: [
        aTransitTable('tgw-rtb-1', ['10.1.0.0/16 tgw-attach-b', '10.2.0.0/16 tgw-attach-b']),
        aTransitTable('tgw-rtb-2', ['10.1.0.0/16 tgw-attach-a2'], 'tgw-2'),
      ],
    }
  }

  it('sends back by the attachment that packets came in by, where its table says so', () => {
    expect(open(twoVpcs(turnedRound('subnet-far-door')))).toEqual(['tgw-2 22 10.2.0.0/24+10.2.255.0/28 certain'])
  })

  it.each([
    ['lets in what the network ACL of its own subnet lets in', '10.2.0.0/16', 1],
    ['keeps out what the network ACL of its own subnet keeps out', '10.9.0.0/16', 0],
  ])('that packets turn into %s', (_, admitted, count) => {
    const parts = {
      ...turnedRound('subnet-second-door'),
      subnets: [...twoVpcs().subnets, aSubnet('subnet-second-door', 'vpc-b', '10.2.254.0/28')],
      networkAcls: [
        ...twoVpcs().networkAcls,
        anAcl('acl-second', 'vpc-b', ['subnet-second-door'], { ingress: [`1 allow all ${admitted}`] }),
      ],
    }

    const found = twoVpcs(parts)

    expect(open(found)).toHaveLength(count)
    expect(why(found, { to: 'i-1', from: cidr('10.2.0.20/32'), protocol: 6, port: 22 }).verdict).toBe(
      count === 0 ? 'closed' : 'open',
    )
  })

  it('says that it assumes routes in a VPC that nobody described', () => {
    const parts = { vpcs: [aVpc('vpc-a', '10.1.0.0/16')], subnets: [NEAR, NEAR_DOOR] }

    expect(open(twoVpcs(parts))).toEqual(['tgw-1 22 10.2.0.0/16 assumed'])
  })

  it('remarks that it does not know what a table holds that could not be read', () => {
    const unread = { ...aTransitTable('tgw-rtb-1', []), routes: null }

    const { paths, notices } = analyzeNetwork(twoVpcs({ transitGatewayTables: [unread] }))

    expect([...paths]).toEqual([])
    expect(notices.map(({ reason, weight }) => `${reason} ${weight}`)).toContain(
      'transit-gateway-routes-not-read unknown',
    )
  })
})
