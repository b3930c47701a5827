import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Subnet } from '../../domain/network/vpcs.ts'
import { DEFAULT_OPTIONS } from '../analysis-options.ts'
import { AddressSpace } from '../sets/address-space.ts'
import { Network } from './network.ts'
import { overlappingVpcs } from './overlapping-vpcs.ts'
import { aNetwork, aSubnet } from '../../../test/support/network-builder.ts'

/** Prefixes of few lengths in few places: they nest, touch and are equal. */
const cidrs = fc.oneof(
  fc.tuple(fc.nat(7), fc.integer({ min: 29, max: 32 })).map(([at, length]) => `10.0.0.${at * 4}/${length}`),
  fc.tuple(fc.nat(3), fc.constantFrom(62, 63, 64)).map(([at, length]) => `2001:db8:0:${at * 4}::/${length}`),
)
const subnets = fc
  .array(fc.tuple(fc.constantFrom('vpc-a', 'vpc-b', 'vpc-c', 'vpc-d'), cidrs), { maxLength: 12 })
  .map(drawn => drawn.map(([vpcId, text], index) => aSubnet(`subnet-${index}`, vpcId, text)))

function overlappingIn(all: readonly Subnet[]): readonly string[] {
  const network = new Network(aNetwork({ subnets: all }), new AddressSpace(), DEFAULT_OPTIONS)
  return [...overlappingVpcs(network)].sort()
}

describe('VPCs that overlap', () => {
  it('are those with an address that another has, too', () => {
    fc.assert(
      fc.property(subnets, all => {
        const ranges = all.flatMap(({ vpcId, cidrs }) => cidrs.map(range => ({ vpcId, ...range })))
        const met = ranges.filter(one =>
          ranges.some(
            other =>
              other.vpcId !== one.vpcId &&
              other.family === one.family &&
              other.first <= one.last &&
              one.first <= other.last,
          ),
        )

        expect(overlappingIn(all)).toEqual([...new Set(met.map(({ vpcId }) => vpcId))].sort())
      }),
      { numRuns: 500 },
    )
  })
})
