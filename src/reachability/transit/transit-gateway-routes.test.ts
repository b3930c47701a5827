import { describe, expect, it } from 'vitest'
import type { TransitGatewayRoute, TransitGatewayTable } from '../../domain/network/transit-gateways.ts'
import { winningRoutes } from './transit-gateway-routes.ts'
import { cidr, owned } from '../../../test/support/network-builder.ts'

function aRouteTo(to: string, attachmentIds: readonly string[], how = ''): TransitGatewayRoute {
  return {
    destination: to.startsWith('pl-') ? { is: 'prefix-list', prefixListId: to } : { is: 'cidr', cidr: cidr(to) },
    isPropagated: how.includes('propagated'),
    isBlackhole: how.includes('blackhole'),
    attachmentIds,
  }
}

function aTransitTable(routes: readonly TransitGatewayRoute[] | null): TransitGatewayTable {
  return { ...owned('tgw-rtb-1'), transitGatewayId: 'tgw-1', propagatingAttachmentIds: null, routes }
}

function kindOf(id: string) {
  return id.startsWith('vpn') ? 'vpn' : id.startsWith('dx') ? 'direct-connect-gateway' : 'vpc'
}

const LISTS: Readonly<Record<string, readonly string[]>> = { 'pl-1': ['10.1.0.0/16', '10.2.0.0/16'] }

function winners(routes: readonly TransitGatewayRoute[]): readonly string[] {
  const { entries } = winningRoutes(aTransitTable(routes), kindOf, id => LISTS[id]?.map(cidr) ?? null)
  return entries.map(({ cidr, hop }) => `${cidr.text} ${hop.is === 'blackhole' ? hop.is : hop.attachmentIds.join('+')}`)
}

describe('the routes of a transit gateway that can win', () => {
  it.each([
    ['static over propagated', ['10.1.0.0/16 vpc-b propagated', '10.1.0.0/16 vpn-a'], '10.1.0.0/16 vpn-a'],
    [
      'a static blackhole over a propagated route',
      ['10.1.0.0/16 vpc-b propagated', '10.1.0.0/16 x blackhole'],
      '10.1.0.0/16 blackhole',
    ],
    [
      'VPC over Direct Connect over VPN',
      ['10.1.0.0/16 vpn-a propagated', '10.1.0.0/16 dx-a propagated'],
      '10.1.0.0/16 dx-a',
    ],
    ['VPC over Direct Connect', ['10.1.0.0/16 dx-a propagated', '10.1.0.0/16 vpc-a propagated'], '10.1.0.0/16 vpc-a'],
  ])('chooses %s', (_, routes, expected) => {
    const parsed = routes.map(text => {
      const [to = '', attachment = '', how = ''] = text.split(' ')
      return aRouteTo(to, [attachment], how)
    })

    expect(winners(parsed)).toEqual([expected])
    expect(winners(parsed.toReversed())).toEqual([expected])
  })

  it('keeps equal-cost attachments together, in order', () => {
    expect(winners([aRouteTo('10.0.0.0/8', ['vpn-b', 'vpn-a'], 'propagated')])).toEqual(['10.0.0.0/8 vpn-a+vpn-b'])
  })

  it('puts a prefix list behind a static route and before a propagated one', () => {
    const routes = [
      aRouteTo('10.2.0.0/16', ['vpc-p'], 'propagated'),
      aRouteTo('10.1.0.0/16', ['vpc-s']),
      aRouteTo('pl-1', ['vpc-l']),
    ]

    expect(winners(routes).toSorted()).toEqual(['10.1.0.0/16 vpc-s', '10.2.0.0/16 vpc-l'])
  })

  it('names the prefix lists that it could not read', () => {
    const table = aTransitTable([aRouteTo('pl-9', ['vpc-a']), aRouteTo('pl-1', ['vpc-a'])])

    const { unreadPrefixLists } = winningRoutes(table, kindOf, id => LISTS[id]?.map(cidr) ?? null)

    expect(unreadPrefixLists).toEqual(['pl-9'])
  })

  it('has nothing to choose in a table that could not be read', () => {
    expect(winningRoutes(aTransitTable(null), kindOf, () => null).entries).toEqual([])
  })
})
