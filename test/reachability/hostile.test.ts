import { describe, expect, it } from 'vitest'
import { parseRecordedNetwork } from '../../src/aws/network/read-recorded.ts'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import { analyzeNetwork } from '../../src/reachability/analyze-network.ts'
import { drawSeeded } from './draw.ts'
import { aGroup, aPeering, aTable, aVpc, permission } from './makers.ts'
import { plainNetwork, VPC } from './plain-network.ts'
import { drawNetwork } from './random-network.ts'
import { recordedCalls } from './recorded-parts.ts'
import { analysisOf, textsOf } from './verdicts.ts'

/** Far more than these take, on a machine that does ten other things: what is not bounded does not end. */
const BOUND_MS = 300_000

describe('hostile recordings', () => {
  it('prefix lists that name lists are lists without such entries', () => {
    const more = {
      prefixLists: [
        { id: 'pl-1', entries: ['pl-2'] },
        { id: 'pl-2', entries: ['pl-1'] },
      ],
    }
    const calls = recordedCalls(plainNetwork({ ingress: [permission('tcp 22', 'pl-1')], more }))

    const { snapshot } = parseRecordedNetwork(calls)
    expect(textsOf(analyzeNetwork(snapshot))).toEqual([])
    expect(snapshot.missing.filter(({ why }) => why === 'unreadable')).not.toEqual([])
  })

  it('a million rules are read, or what was left out is told', { timeout: BOUND_MS }, () => {
    const ranges = Array.from({ length: 1_000_000 }, (_, at) => ({
      CidrIp: `${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}.0/24`,
    }))
    const group = aGroup('sg-1', 'vpc-1', [{ ...permission('tcp 22'), IpRanges: ranges }])
    const calls = recordedCalls({ ...plainNetwork(), securityGroups: [group] })

    const { snapshot } = parseRecordedNetwork(calls)
    const analysis = analyzeNetwork(snapshot)

    const isReported =
      snapshot.missing.some(({ why }) => why === 'unreadable' || why === 'truncated') ||
      analysis.notices.some(({ weight }) => weight === 'unknown')
    expect(isReported || textsOf(analysis).length > 0).toBe(true)
    // What was left out is never taken for closed.
    expect(analysis.exposureOf('i-1')).not.toBe('none')
  })

  it('routes in a circle end', { timeout: BOUND_MS }, () => {
    const far = aVpc('vpc-2', ['10.2.0.0/16'])
    const more = {
      vpcs: [far],
      routeTables: [aTable('rtb-2', far, ['0.0.0.0/0 pcx-1'], 'main')],
      peerings: [aPeering('pcx-1', VPC, far), aPeering('pcx-2', VPC, far)],
    }
    const calls = recordedCalls(plainNetwork({ routes: ['0.0.0.0/0 pcx-1', '10.2.0.0/16 eni-1'], more }))
    expect(textsOf(analysisOf(calls))).toEqual([])
  })

  it('one id for several things is told, and which came first does not matter', () => {
    const open = recordedCalls(plainNetwork())
    const closed = recordedCalls({ securityGroups: [aGroup('sg-1', 'vpc-1', [])] })
    const groups = closed.filter(({ call }) => call === 'DescribeSecurityGroups')

    const [one, other] = [analysisOf([...open, ...groups]), analysisOf([...groups, ...open])]
    expect(textsOf(one)).toEqual(textsOf(other))
    expect(one.notices).toEqual(other.notices)
  })

  it('a recording that lacks calls says which, and never says closed', () => {
    const calls = recordedCalls(plainNetwork())
    const needed = [
      'DescribeRouteTables',
      'DescribeInternetGateways',
      'DescribeSecurityGroups',
      'DescribeNetworkInterfaces',
    ]
    for (const call of needed) {
      const analysis = analysisOf(calls.filter(recorded => recorded.call !== call))
      expect(analysis.missing.map(({ call: name }) => name)).toContain(call)
      expect(`${call}: ${analysis.exposureOf('i-1')}`).not.toBe(`${call}: none`)
    }
  })

  it('a recording that is cut or garbled anywhere is still answered', { timeout: BOUND_MS }, () => {
    const draw = drawSeeded(90_000)
    for (let round = 0; round < 150; round += 1) {
      const calls = drawNetwork(draw).map((recorded): RecordedCall =>
        Object.assign({}, recorded, { answer: garbled(draw.below, recorded.answer) }),
      )
      expect(() => textsOf(analysisOf(calls, { globalAccelerator: true }))).not.toThrow()
    }
  })
})

const JUNK: readonly unknown[] = [
  null,
  '',
  -1,
  1e300,
  '0.0.0.0/99',
  '::/200',
  [],
  {},
  'x'.repeat(5000),
  true,
  ['a'],
  'pl-1',
]

/** The answer with something replaced here and there. */
function garbled(below: (count: number) => number, value: unknown): unknown {
  if (below(60) === 0) return JUNK[below(JUNK.length)]
  if (Array.isArray(value)) return value.map(item => garbled(below, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, garbled(below, inner)]))
}
