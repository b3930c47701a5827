import { describe, expect, it } from 'vitest'
import { aGroup, ALLOW_ALL, anAcl, anInstance, anInterface, aSubnet, aTable, aVpc, permission } from './makers.ts'
import { joined, plainNetwork, SUBNET } from './plain-network.ts'
import type { NetworkParts } from './recorded-parts.ts'
import { judged } from './verdicts.ts'

const FAR = aVpc('vpc-2', ['10.2.0.0/16'])
const FAR_SUBNETS = [
  aSubnet('subnet-2a', 'vpc-2', ['10.2.1.0/24']),
  aSubnet('subnet-2b', 'vpc-2', ['10.2.2.0/24'], 'b'),
]
const FROM_FAR = [permission('tcp 22', '10.2.0.0/16')]
const BACK = ['10.2.0.0/16 tgw-1']

interface TransitWish {
  readonly near?: readonly string[]
  readonly far?: readonly string[]
  /** Of the one table. */
  readonly routes?: readonly Readonly<Record<string, unknown>>[]
  readonly isAssociated?: readonly string[]
  readonly groups?: 'enable' | 'disable'
}

function routeTo(cidr: string, attachment: string, Type = 'propagated') {
  return {
    DestinationCidrBlock: cidr,
    Type,
    State: 'active',
    TransitGatewayAttachments: [{ TransitGatewayAttachmentId: attachment, ResourceType: 'vpc', ResourceId: 'vpc-x' }],
  }
}

function blackholeFor(cidr: string) {
  return { DestinationCidrBlock: cidr, Type: 'static', State: 'blackhole' }
}

/** The far VPC and the plain one on a transit gateway with one table, both associated with it and propagating. */
function transit(wish: TransitWish = {}, id = '1'): NetworkParts {
  const [near, far] = [`tgw-attach-${id}n`, `tgw-attach-${id}f`]
  const support = { SecurityGroupReferencingSupport: wish.groups ?? 'disable' }
  const attachments = [
    { attachment: near, vpc: 'vpc-1', subnets: wish.near ?? ['subnet-1'] },
    { attachment: far, vpc: 'vpc-2', subnets: wish.far ?? ['subnet-2a', 'subnet-2b'] },
  ]
  return {
    transitGateways: [{ TransitGatewayId: `tgw-${id}`, State: 'available', Options: support }],
    tgwAttachments: attachments.map(({ attachment, vpc }) => ({
      TransitGatewayAttachmentId: attachment,
      TransitGatewayId: `tgw-${id}`,
      ResourceType: 'vpc',
      ResourceId: vpc,
      State: 'available',
      ...((wish.isAssociated ?? [near, far]).includes(attachment)
        ? { Association: { TransitGatewayRouteTableId: `tgw-rtb-${id}`, State: 'associated' } }
        : {}),
    })),
    tgwVpcAttachments: attachments.map(({ attachment, vpc, subnets }) => ({
      TransitGatewayAttachmentId: attachment,
      TransitGatewayId: `tgw-${id}`,
      VpcId: vpc,
      State: 'available',
      SubnetIds: subnets,
      Options: support,
    })),
    tgwTables: [
      {
        id: `tgw-rtb-${id}`,
        transitGatewayId: `tgw-${id}`,
        routes: wish.routes ?? [routeTo('10.0.0.0/16', near), routeTo('10.2.0.0/16', far)],
        propagations: wish.routes === undefined ? [near, far] : [],
      },
    ],
  }
}

function farVpc(routes: readonly string[] = ['10.0.0.0/16 tgw-1']): NetworkParts {
  return {
    vpcs: [FAR],
    subnets: FAR_SUBNETS,
    routeTables: [aTable('rtb-2', FAR, routes, 'main')],
    acls: [anAcl('acl-2', 'vpc-2', ALLOW_ALL)],
  }
}

describe('scenarios of reachability §8: transit gateways', () => {
  it('31: groups of another VPC hold over a transit gateway only where that is switched on', () => {
    const member = anInterface('eni-2', FAR_SUBNETS[0]!, {
      instance: 'i-2',
      addresses: ['10.2.1.20'],
      groups: ['sg-2'],
    })
    const parts = (groups: 'enable' | 'disable') =>
      plainNetwork({
        ingress: [permission('tcp 22', 'sg-2')],
        routes: BACK,
        more: joined(joined(farVpc(), transit({ groups })), {
          interfaces: [member],
          instances: [anInstance('i-2')],
          securityGroups: [aGroup('sg-2', 'vpc-2', [])],
        }),
      })

    expect(judged(parts('disable'))).toEqual([])
    expect(judged(parts('enable'))).toEqual(['tgw-1 eni-1 TCP 22-22 from 10.2.1.20/32'])
  })

  it('56: a side that is not propagated gets no answer', () => {
    const routes = [routeTo('10.0.0.0/16', 'tgw-attach-1n')]
    expect(
      judged(plainNetwork({ ingress: FROM_FAR, routes: BACK, more: joined(farVpc(), transit({ routes })) })),
    ).toEqual([])
  })

  it('56b: an attachment without an associated table sends nothing', () => {
    const more = joined(farVpc(), transit({ isAssociated: ['tgw-attach-1n'] }))
    expect(judged(plainNetwork({ ingress: FROM_FAR, routes: BACK, more }))).toEqual([])
  })

  it('57: a static blackhole takes its part from a propagated prefix', () => {
    const routes = [
      routeTo('10.0.0.0/16', 'tgw-attach-1n'),
      routeTo('10.2.0.0/16', 'tgw-attach-1f'),
      blackholeFor('10.2.1.0/24'),
    ]
    expect(
      judged(plainNetwork({ ingress: FROM_FAR, routes: BACK, more: joined(farVpc(), transit({ routes })) })),
    ).toEqual(['tgw-1 eni-1 TCP 22-22 from 10.2.2.0/24'])
  })

  it('58: a subnet in a zone that the attachment lacks sends nothing', () => {
    const more = joined(farVpc(), transit({ far: ['subnet-2a'] }))
    expect(judged(plainNetwork({ ingress: FROM_FAR, routes: BACK, more }))).toEqual([
      'tgw-1 eni-1 TCP 22-22 from 10.2.1.0/24',
    ])
  })

  it('59: the answer may go by another transit gateway', () => {
    const more = joined(farVpc(), joined(transit(), transit({}, '2')))
    expect(judged(plainNetwork({ ingress: FROM_FAR, routes: ['10.2.0.0/16 tgw-2'], more }))).toEqual([
      'tgw-1 eni-1 TCP 22-22 from 10.2.1.0/24 10.2.2.0/24',
    ])
  })

  it("60: the network ACL of the attachment's own subnet is not asked on the way to an instance in it", () => {
    const acl = ['in 90 deny tcp 22 from 10.2.1.0/24', ...ALLOW_ALL]
    expect(judged(plainNetwork({ ingress: FROM_FAR, routes: BACK, acl, more: joined(farVpc(), transit()) }))).toEqual([
      'tgw-1 eni-1 TCP 22-22 from 10.2.1.0/24 10.2.2.0/24',
    ])
  })

  it('60b: that of another subnet is', () => {
    const door = aSubnet('subnet-9', 'vpc-1', ['10.0.9.0/24'])
    const more = joined(joined(farVpc(), transit({ near: ['subnet-9'] })), {
      subnets: [door],
      acls: [anAcl('acl-3', 'vpc-1', ['in 90 deny tcp 22 from 10.2.1.0/24', ...ALLOW_ALL], [SUBNET.SubnetId])],
    })
    expect(judged(plainNetwork({ ingress: FROM_FAR, routes: BACK, more }))).toEqual([
      'tgw-1 eni-1 TCP 22-22 from 10.2.2.0/24',
    ])
  })
})
