import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'

/** Things that others name: without them a network would fail because things hang in the air. Only what is in them goes. */
const KEPT = new Set([
  'DescribeVpcs',
  'DescribeSubnets',
  'DescribeRouteTables',
  'DescribeNetworkAcls',
  'DescribeInternetGateways',
  'DescribeVpcPeeringConnections',
  'DescribeTransitGateways',
  'DescribeTransitGatewayAttachments',
  'DescribeTransitGatewayVpcAttachments',
  'DescribeTransitGatewayRouteTables',
])

/** Leaves out of the answers whatever can go without the network ceasing to fail: what is left is what a person must read. */
export function shrink(
  calls: readonly RecordedCall[],
  fails: (calls: readonly RecordedCall[]) => boolean,
): readonly RecordedCall[] {
  let small = structuredClone(calls)
  for (let before = -1; before !== sizeOf(small);) {
    before = sizeOf(small)
    for (const list of small.flatMap(droppableIn)) {
      for (let at = list.length - 1; at >= 0; at -= 1) {
        const [item] = list.splice(at, 1)
        if (!fails(small)) list.splice(at, 0, item)
      }
    }
    small = structuredClone(small)
  }
  return small
}

function droppableIn({ call, answer }: RecordedCall): unknown[][] {
  return listsIn(answer).slice(KEPT.has(call) ? 1 : 0)
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length
}

/** Every list within the answers, the outer ones first. */
function listsIn(value: unknown): unknown[][] {
  if (Array.isArray(value)) return [value, ...value.flatMap(listsIn)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listsIn) : []
}
