import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'

/** Without these a network does not fail for its reason, but because things hang in the air. */
const KEPT = new Set(['DescribeVpcs', 'DescribeSubnets'])

/** Leaves out of the answers whatever can go without the network ceasing to fail: what is left is what a person must read. */
export function shrink(
  calls: readonly RecordedCall[],
  fails: (calls: readonly RecordedCall[]) => boolean,
): readonly RecordedCall[] {
  let small = structuredClone(calls)
  for (let before = -1; before !== sizeOf(small);) {
    before = sizeOf(small)
    for (const list of small.filter(({ call }) => !KEPT.has(call)).flatMap(({ answer }) => listsIn(answer))) {
      for (let at = list.length - 1; at >= 0; at -= 1) {
        const [item] = list.splice(at, 1)
        if (!fails(small)) list.splice(at, 0, item)
      }
    }
    small = structuredClone(small)
  }
  return small
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length
}

/** Every list within the answers, the outer ones first. */
function listsIn(value: unknown): unknown[][] {
  if (Array.isArray(value)) return [value, ...value.flatMap(listsIn)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listsIn) : []
}
