/**
 * An address as text: `4` and 32 binary digits, or `6` and 128. A prefix is its beginning, so that "is in" is `startsWith`
 * and the longest prefix is the longest text. Slow, and hard to get wrong.
 */
export type Bits = string

const read = new Map<string, Bits>()

/** Of `10.0.0.1`, `2001:db8::1`, or a CIDR; an address alone is the prefix that holds nothing else. */
export function bitsOf(text: string): Bits {
  const known = read.get(text)
  if (known !== undefined) return known
  const [address = '', length] = text.split('/')
  const all = address.includes(':') ? `6${ipv6Digits(address)}` : `4${ipv4Digits(address)}`
  const bits = length === undefined ? all : all.slice(0, 1 + Number(length))
  read.set(text, bits)
  return bits
}

export function isIn(address: Bits, prefix: Bits): boolean {
  return address.startsWith(prefix)
}

export function isIpv4(bits: Bits): boolean {
  return bits.startsWith('4')
}

/** Dotted quad, or eight groups. */
export function textOf(address: Bits): string {
  const digits = address.slice(1)
  const size = isIpv4(address) ? 8 : 16
  const groups = Array.from({ length: isIpv4(address) ? 4 : 8 }, (_, at) =>
    Number.parseInt(digits.slice(at * size, (at + 1) * size), 2),
  )
  return isIpv4(address) ? groups.join('.') : groups.map(group => group.toString(16)).join(':')
}

/** The address itself where nothing is left to fill in. */
export function firstIn(prefix: Bits): Bits {
  return prefix.padEnd(isIpv4(prefix) ? 33 : 129, '0')
}

export function lastIn(prefix: Bits): Bits {
  return prefix.padEnd(isIpv4(prefix) ? 33 : 129, '1')
}

/** The address `step` further, `null` beyond the ends of the family. */
export function neighbour(address: Bits, step: 1 | -1): Bits | null {
  const digits = address.slice(1).split('')
  const [from, to] = step === 1 ? ['1', '0'] : ['0', '1']
  let at = digits.length - 1
  for (; at >= 0 && digits[at] === from; at -= 1) digits[at] = to
  if (at < 0) return null
  digits[at] = from
  return address.slice(0, 1) + digits.join('')
}

function ipv4Digits(text: string): string {
  return text
    .split('.')
    .map(octet => Number(octet).toString(2).padStart(8, '0'))
    .join('')
}

function ipv6Digits(text: string): string {
  const [head = '', tail] = text.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = Array<string>(8 - before.length - after.length).fill('0')
  return [...before, ...missing, ...after]
    .map(group => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
}
