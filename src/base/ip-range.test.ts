import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidrsOfRange, formatIpAddress, parseCidr, parseIpAddress } from './ip-range.ts'

const addresses = fc.oneof(fc.ipV4(), fc.ipV6())

describe('addresses', () => {
  it('come back as they were written', () => {
    for (const text of [
      '0.0.0.0',
      '255.255.255.255',
      '10.0.0.1',
      '::',
      '::1',
      '2001:db8::1',
      '1:0:0:2::3',
      'fd00:ec2::254',
    ]) {
      expect(formatIpAddress(parseIpAddress(text)!)).toBe(text)
    }
  })

  it('are read in every spelling, and written in one', () => {
    expect(formatIpAddress(parseIpAddress('2001:DB8:0:0:0:0:0:1')!)).toBe('2001:db8::1')
    expect(formatIpAddress(parseIpAddress('::ffff:10.0.0.1')!)).toBe('::ffff:a00:1')
    expect(formatIpAddress(parseIpAddress('1:0:2:3:4:5:6:7')!)).toBe('1:0:2:3:4:5:6:7')
  })

  it.each([
    '',
    '1.2.3',
    '01.2.3.4',
    '256.0.0.1',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '12345::',
    'fe80::1%eth0',
  ])('are refused where another reader might read another address: %s', text => {
    expect(parseIpAddress(text)).toBeNull()
  })

  it('agree with the platform on what an address is', () => {
    fc.assert(
      fc.property(fc.oneof(addresses, fc.stringMatching(/^[0-9a-f:.]{0,20}$/)), text => {
        expect(parseIpAddress(text) !== null).toBe(isIP(text) !== 0)
      }),
    )
  })
})

describe('prefixes', () => {
  it('lose their host bits', () => {
    expect(parseCidr('10.1.2.3/8')?.text).toBe('10.0.0.0/8')
    expect(parseCidr('2001:db8::5/32')?.text).toBe('2001:db8::/32')
    expect(parseCidr('10.0.0.7')?.text).toBe('10.0.0.7/32')
  })

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '::/129', '10.0.0.0/8/8'])('are refused: %s', text => {
    expect(parseCidr(text)).toBeNull()
  })

  it('hold what the platform says that they hold', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (base, other, length) => {
        const cidr = parseCidr(`${base}/${length}`)!
        const list = new BlockList()
        list.addSubnet(base, length)
        const { value } = parseIpAddress(other)!
        expect(cidr.first <= value && value <= cidr.last).toBe(list.check(other))
      }),
    )
  })

  it('cover a range without a gap or an overlap', () => {
    fc.assert(
      fc.property(addresses, fc.bigInt(0n, 5_000n), (text, size) => {
        const { family, value } = parseIpAddress(text)!
        const end = family === 'ipv4' ? 0xffff_ffffn : (1n << 128n) - 1n
        const last = value + size > end ? end : value + size
        const cidrs = cidrsOfRange({ family, first: value, last })
        expect(cidrs[0]?.first).toBe(value)
        expect(cidrs.at(-1)?.last).toBe(last)
        expect(cidrs.slice(1).map(cidr => cidr.first)).toEqual(cidrs.slice(0, -1).map(cidr => cidr.last + 1n))
      }),
    )
  })
})
