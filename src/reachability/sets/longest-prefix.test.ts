import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { cidrOf, holdsAddress, parseCidr, type Cidr } from '../../base/ip-range.ts'
import { AddressSpace } from './address-space.ts'
import { has } from './interval-set.ts'
import { partitionByPrefix, sharesOf, valueAt } from './longest-prefix.ts'

const bits = { ipv4: 32, ipv6: 128 } as const

// Addresses that differ in their first four bits only, so that prefixes nest and collide.
function prefixes(family: 'ipv4' | 'ipv6') {
  return fc
    .array(fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 4 })), { maxLength: 8 })
    .map(pairs => {
      const cidrs = pairs.map(([start, length]) =>
        cidrOf({ family, value: BigInt(start) << BigInt(bits[family] - 4) }, length),
      )
      return cidrs.filter((cidr, index) => cidrs.findIndex(other => other.text === cidr.text) === index)
    })
}

function longest(cidrs: readonly Cidr[], value: bigint, family: 'ipv4' | 'ipv6'): string | null {
  const holding = cidrs.filter(cidr => holdsAddress(cidr, { family, value }))
  return holding.sort((a, b) => b.length - a.length)[0]?.text ?? null
}

describe.each(['ipv4', 'ipv6'] as const)('prefixes of %s', family => {
  it('decide where they are the longest, and nowhere else', () => {
    fc.assert(
      fc.property(prefixes(family), cidrs => {
        const addresses = new AddressSpace()
        const partition = partitionByPrefix(
          addresses,
          family,
          cidrs.map(cidr => ({ cidr, value: cidr.text })),
        )
        const shares = sharesOf(partition, text => text)

        for (let start = 0n; start < 16n; start += 1n) {
          const value = (start << BigInt(bits[family] - 4)) + 1n
          const point = addresses.locate({ family, value })
          const expected = longest(cidrs, value, family)
          expect(valueAt(partition, point)).toBe(expected)
          for (const [text, share] of shares) expect(has(share, point)).toBe(text === expected)
        }
      }),
    )
  })
})

describe('an address space', () => {
  it('spells a set with the fewest prefixes, also where it learns of them one after the other', () => {
    const addresses = new AddressSpace()
    const texts = ['2001:db8::/33', '2001:db8:8000::/33', '2001:db8:1::1/128', '2001:db9::/48']
    const cidrs = texts.flatMap(text => parseCidr(text) ?? [])

    const set = addresses.setOf(cidrs, 'ipv6')

    expect(addresses.textsOf(set, 'ipv6')).toEqual(['2001:db8::/32', '2001:db9::/48'])
    expect(addresses.setOf(cidrs.toReversed(), 'ipv6')).toEqual(set)
    expect(addresses.textsOf(addresses.whole('ipv4'), 'ipv4')).toEqual(['0.0.0.0/0'])
  })

  it('gives up rather than confuse two addresses, and has room again when it starts with what it knows', () => {
    const addresses = new AddressSpace()
    const narrowing = Array.from({ length: 128 }, (_, length) =>
      cidrOf({ family: 'ipv6', value: (1n << 128n) - 2n }, length + 1),
    )

    expect(() => narrowing.map(cidr => addresses.setOf([cidr], 'ipv6'))).toThrow('no number is left')

    const wider = new AddressSpace(narrowing.flatMap(({ first, last }) => [first, last + 1n]))
    expect(narrowing.map(cidr => wider.textsOf(wider.setOf([cidr], 'ipv6'), 'ipv6'))).toEqual(
      narrowing.map(({ text }) => [text]),
    )
  })
})
