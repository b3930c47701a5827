import { describe, expect, it } from 'vitest'
import { anAttachment, aTransitTable, cidr } from '../../../test/support/network-builder.ts'
import { twoVpcs } from '../../../test/support/transit-networks.ts'
import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import { why } from '../why.ts'

describe('why something cannot be reached over a transit gateway', () => {
  function obstacles(snapshot: NetworkSnapshot): readonly string[] {
    const { ways } = why(snapshot, {
      to: 'i-1',
      from: cidr('10.2.0.20/32'),
      protocol: 6,
      port: 22,
      edge: { kind: 'transit-gateway' },
    })
    return ways.flatMap(({ hops }) => hops.map(({ verdict }) => verdict).filter(verdict => verdict !== 'passes'))
  }

  it.each<[string, Partial<NetworkSnapshot>]>([
    ['transit-gateway-route', { transitGatewayTables: [aTransitTable('tgw-rtb-1', ['10.2.0.0/16 tgw-attach-b'])] }],
    [
      'transit-gateway-association',
      {
        transitGatewayAttachments: [
          anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door']),
          anAttachment('tgw-attach-b', 'vpc-b', ['subnet-far-door'], { associatedTableId: null }),
        ],
      },
    ],
    [
      'transit-gateway-zone',
      {
        transitGatewayAttachments: [
          anAttachment('tgw-attach-a', 'vpc-a', ['subnet-near-door']),
          anAttachment('tgw-attach-b', 'vpc-b', ['subnet-other-zone']),
        ],
      },
    ],
  ])('names %s', (reason, parts) => {
    expect(obstacles(twoVpcs(parts))).toContain(reason)
    expect(obstacles(twoVpcs())).not.toContain(reason)
  })

  it('names that packets come out elsewhere', () => {
    const line = anAttachment('tgw-attach-vpn', 'vpn-1', [], { kind: 'vpn', subnetIds: null })
    const parts = {
      transitGatewayAttachments: [...twoVpcs().transitGatewayAttachments, line],
      transitGatewayTables: [aTransitTable('tgw-rtb-1', ['10.1.0.0/16 tgw-attach-vpn', '10.2.0.0/16 tgw-attach-b'])],
    }

    expect(obstacles(twoVpcs(parts))).toContain('route-elsewhere')
    expect(
      why(twoVpcs(parts), { to: 'i-1', from: cidr('10.2.0.20/32'), protocol: 6, port: 22 }).ways,
    ).not.toContainEqual(expect.objectContaining({ isOpen: true }))
  })
})
