import { describe, expect, it } from 'vitest'

import { call } from '../../../test/support/recorded-network.ts'
import { DEFAULT_NETWORK_LIMITS, type NetworkLimits } from './limits.ts'
import { parseRecordedNetwork, type ParsedNetwork } from './read-recorded.ts'
import type { RecordedCall } from './recorded-calls.ts'

describe('a recorded network that passes a limit', () => {
  it.each([
    ['answers', { answers: 1 }, [vpcs('10.0.0.0/16'), call('DescribeSubnets', { Subnets: [] })], '*', 'truncated'],
    ['itemsPerList', { itemsPerList: 1 }, [vpcs('10.0.0.0/16', '10.1.0.0/16')], 'DescribeVpcs', 'unreadable'],
    ['rules', { rules: 1 }, [rules(2)], 'DescribeSecurityGroups', 'unreadable'],
    ['idCharacters', { idCharacters: 4 }, [vpcs('10.0.0.0/16')], 'DescribeVpcs', 'unreadable'],
    ['reports', { reports: 1 }, [vpcs('a', 'b', 'c')], 'DescribeVpcs', 'unreadable'],
  ])('is missing what lies beyond %s, by name', (_name, limits, calls, name, why) => {
    const { missing } = parse(calls, limits).snapshot

    expect(missing).toContainEqual(expect.objectContaining({ call: name, why }))
  })

  it('counts reports of single resources beyond the limit as reports of the whole call', () => {
    const { missing } = parse([vpcs('a', 'b', 'c')], { reports: 1 }).snapshot

    expect(missing.filter(({ why }) => why === 'unreadable').map(({ resourceId }) => resourceId)).toEqual([
      'vpc-0',
      null,
    ])
  })

  it('keeps no text of more than textCharacters', () => {
    const groups = call('DescribeSecurityGroups', { SecurityGroups: [{ GroupId: 'sg-1', GroupName: 'a'.repeat(9) }] })

    expect(parse([groups], { textCharacters: 4 }).snapshot.securityGroups[0]?.name).toBe('aaaa')
  })

  it('lists no more warnings than warnings, and counts the rest', () => {
    const { warnings } = parse([vpcs('10.0.0.1/16', '10.1.0.1/16', '10.2.0.1/16')], { warnings: 1 })

    expect(warnings).toHaveLength(2)
    expect(warnings[1]).toBe('and 2 more warnings')
  })

  it('is read in bounded time: a group with a hundred thousand rules', () => {
    const started = performance.now()
    const { snapshot } = parse([rules(100_000)], {})

    expect(snapshot.securityGroups[0]?.ingress.length).toBe(100_000)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

function parse(calls: readonly RecordedCall[], limits: Partial<NetworkLimits>): ParsedNetwork {
  return parseRecordedNetwork(calls, { ...DEFAULT_NETWORK_LIMITS, ...limits })
}

function vpcs(...cidrs: readonly string[]): RecordedCall {
  return call('DescribeVpcs', { Vpcs: cidrs.map((CidrBlock, index) => ({ VpcId: `vpc-${index}`, CidrBlock })) })
}

function rules(count: number): RecordedCall {
  const ranges = Array.from({ length: count }, (_, index) => ({
    CidrIp: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`,
  }))
  const permission = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: ranges }
  return call('DescribeSecurityGroups', { SecurityGroups: [{ GroupId: 'sg-1', IpPermissions: [permission] }] })
}
