import { describe, expect, it } from 'vitest'
import { aScope } from '../../../test/support/builders.ts'
import { aNetwork, anInstance, aSubnet, aVpc, owned } from '../../../test/support/network-builder.ts'
import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import { joinedNetworks, ownersOf } from './joined-networks.ts'

const one = aScope()
const other = aScope({ accountId: '222222222222' })
const third = aScope({ accountId: '333333333333' })
const watched = [one, other, third]

const theirs = { accountId: other.accountId }

function isJoined(snapshot: NetworkSnapshot, a = one, b = other): boolean {
  return joinedNetworks(snapshot, ownersOf(snapshot), watched)(a, b)
}

function aPeering(accepter: string, accountId: string): NetworkSnapshot['peerings'][number] {
  const requester = { vpcId: 'vpc-1', accountId: one.accountId, region: one.region, cidrs: [] }
  return {
    ...owned('pcx-1'),
    status: 'active',
    requester,
    accepter: { vpcId: accepter, accountId, region: one.region, cidrs: [] },
  }
}

describe('watched networks', () => {
  const vpcs = [aVpc('vpc-1', '10.0.0.0/16'), { ...aVpc('vpc-2', '10.1.0.0/16'), ...theirs }]

  it('are joined by what names a resource of the other', () => {
    expect(isJoined(aNetwork({ vpcs, subnets: [aSubnet('subnet-1', 'vpc-2', '10.1.0.0/24')] }))).toBe(true)
    expect(isJoined(aNetwork({ vpcs, peerings: [aPeering('vpc-2', other.accountId)] }))).toBe(true)
  })

  it('are joined over others, and with those alone', () => {
    const far = { ...aSubnet('subnet-3', 'vpc-2', '10.1.0.0/24'), accountId: third.accountId }
    const snapshot = aNetwork({ vpcs, peerings: [aPeering('vpc-2', other.accountId)], subnets: [far] })

    expect(isJoined(snapshot, one, third)).toBe(true)
    expect(isJoined(aNetwork({ vpcs, subnets: [far] }), one, third)).toBe(false)
    expect(isJoined(aNetwork({ vpcs, subnets: [far] }), other, third)).toBe(true)
  })

  it('are joined with one that was never described, by its account', () => {
    expect(isJoined(aNetwork({ vpcs: vpcs.slice(0, 1), peerings: [aPeering('vpc-2', other.accountId)] }))).toBe(true)
  })

  it('are joined by no tag, name or description, which anybody may write', () => {
    const tags = { note: 'vpc-2', vpc: other.accountId }

    expect(isJoined(aNetwork({ vpcs, instances: [anInstance('i-1', { tags })] }))).toBe(false)
  })

  it('are joined with themselves, and with nobody where nothing is described', () => {
    expect(isJoined(aNetwork(), one, one)).toBe(true)
    expect(isJoined(aNetwork())).toBe(false)
  })
})
