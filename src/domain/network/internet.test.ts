import { describe, expect, it } from 'vitest'
import { holdsAddress, parseIpAddress } from '../../base/ip-range.ts'
import { INTERNET, isWholeInternet } from './internet.ts'

function isOnTheInternet(text: string): boolean {
  const address = parseIpAddress(text)!
  return INTERNET[address.family].some(cidr => holdsAddress(cidr, address))
}

describe('the internet', () => {
  it.each(['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '223.255.255.255', '2001:db8::1'])(
    'delivers from %s',
    text => {
      expect(isOnTheInternet(text)).toBe(true)
    },
  )

  it.each([
    '0.0.0.1',
    '10.0.0.0',
    '100.64.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
    'fd00::1',
  ])('delivers nothing from %s', text => {
    expect(isOnTheInternet(text)).toBe(false)
  })

  it('is known again by its prefixes', () => {
    const texts = INTERNET.ipv4.map(({ text }) => text)

    expect(isWholeInternet(texts)).toBe(true)
    expect(isWholeInternet(['2000::/3'])).toBe(true)
    expect(isWholeInternet(texts.slice(1))).toBe(false)
    expect(isWholeInternet([])).toBe(false)
  })
})
