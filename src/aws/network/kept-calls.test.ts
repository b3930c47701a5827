import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { call, recordedNetwork } from '../../../test/support/recorded-network.ts'
import { instant } from '../../base/clock.ts'
import { keptCalls, recordedOf } from './kept-calls.ts'
import { parseRecordedNetwork } from './read-recorded.ts'
import type { RecordedCall } from './recorded-calls.ts'

const scope = { accountId: '111122223333', region: 'eu-west-1' }

describe('answers that are kept', () => {
  it('describe the same network', () => {
    const calls = recordedNetwork().map(each => Object.assign({}, each, scope))

    const again = [...recordedOf(scope, keptCalls(calls))]

    expect(parseRecordedNetwork(again)).toEqual(parseRecordedNetwork(calls))
  })

  it('come back as they were, whatever they hold, failures and parameters included', () => {
    const answer = fc.jsonValue().map(value => JSON.parse(JSON.stringify(value)) as unknown)
    const recorded = fc.record({
      call: fc.constantFrom('DescribeVpcs', 'DescribeSubnets', 'DescribeRules'),
      answer: fc.oneof(answer, fc.constant({ deniedWith: 'AccessDenied' })),
      parameters: fc.constantFrom({ ListenerArn: 'arn:1' }, { __proto__x: 'y' }),
      recordedAt: fc.nat().map(instant),
    })

    fc.assert(
      fc.property(fc.array(recorded), list => {
        const calls: RecordedCall[] = list.map(each => Object.assign({}, each, scope))
        const byCall = [...Map.groupBy(calls, each => each.call).values()].flat()
        expect([...recordedOf(scope, keptCalls(calls))]).toEqual(byCall)
      }),
    )
  })

  it('are in several parts where one would be large', () => {
    const page = call('DescribeTags', { Tags: ['x'.repeat(3_000_000)] })

    const parts = keptCalls([page, page, page])

    expect(parts).toHaveLength(3)
    expect([...recordedOf(scope, parts)]).toHaveLength(3)
  })

  it('are cut off beyond keptCharacters, and say so', () => {
    const vpcs = call('DescribeVpcs', { Vpcs: [{ VpcId: 'vpc-1' }] })
    const subnets = call('DescribeSubnets', { Subnets: [{ SubnetId: 'subnet-1' }] })

    const kept = [...recordedOf(scope, keptCalls([vpcs, subnets], { keptCharacters: 60 }))]

    expect(parseRecordedNetwork(kept).snapshot.missing).toContainEqual(
      expect.objectContaining({ call: 'DescribeSubnets', why: 'truncated' }),
    )
    expect(parseRecordedNetwork(kept).snapshot.vpcs).toHaveLength(1)
  })
})
