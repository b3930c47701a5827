export type IpFamily = 'ipv4' | 'ipv6'

/** One address as a number: 32 bits of IPv4, 128 of IPv6. */
export interface IpAddress {
  readonly family: IpFamily
  readonly value: bigint
}

/** Addresses `first` to `last`, both included. */
export interface IpRange {
  readonly family: IpFamily
  readonly first: bigint
  readonly last: bigint
}

/** A range that one prefix covers; `text` is its canonical spelling, host bits zero. */
export interface Cidr extends IpRange {
  readonly length: number
  readonly text: string
}

const BITS: Readonly<Record<IpFamily, number>> = { ipv4: 32, ipv6: 128 }

/** Dotted quad or RFC 4291 text, without a zone; `null` when it is neither. Octets bear no leading zero. */
export function parseIpAddress(text: string): IpAddress | null {
  if (text.length > 45) return null
  const value = text.includes(':') ? ipv6Value(text) : ipv4Value(text)
  return value === null ? null : { family: text.includes(':') ? 'ipv6' : 'ipv4', value }
}

/** `address/length`, or an address alone for the range that holds nothing else. Host bits are masked off. */
export function parseCidr(text: string): Cidr | null {
  const [addressText = '', lengthText, ...rest] = text.split('/', 3)
  const address = parseIpAddress(addressText)
  if (address === null || rest.length > 0) return null
  const bits = BITS[address.family]
  if (lengthText !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(lengthText)) return null
  const length = lengthText === undefined ? bits : Number(lengthText)
  return length > bits ? null : cidrOf(address, length)
}

/** The prefix of `length` bits that holds the address. */
export function cidrOf({ family, value }: IpAddress, length: number): Cidr {
  const hostBits = BigInt(BITS[family] - length)
  const first = (value >> hostBits) << hostBits
  const last = first + (1n << hostBits) - 1n
  return { family, first, last, length, text: `${formatIpAddress({ family, value: first })}/${length}` }
}

/** The fewest prefixes that hold exactly the range, in rising order. */
export function cidrsOfRange({ family, first, last }: IpRange): readonly Cidr[] {
  const cidrs: Cidr[] = []
  for (let start = first; start <= last;) {
    const hostBits = family === 'ipv4' ? hostBitsAt(Number(start), Number(last)) : wideHostBitsAt(start, last)
    cidrs.push(cidrOf({ family, value: start }, BITS[family] - hostBits))
    start += 1n << BigInt(hostBits)
  }
  return cidrs
}

export function holdsRange(outer: IpRange, inner: IpRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last
}

export function holdsAddress(range: IpRange, address: IpAddress): boolean {
  return range.family === address.family && range.first <= address.value && address.value <= range.last
}

/** Dotted quad, or IPv6 as RFC 5952 writes it: lower case, the longest run of zeros (of two groups or more) left out. */
export function formatIpAddress({ family, value }: IpAddress): string {
  if (family === 'ipv4') return [24n, 16n, 8n, 0n].map(shift => String((value >> shift) & 0xffn)).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16))
  let [bestStart, bestLength] = [-1, 1]
  for (let start = 0; start < 8; start += 1) {
    let end = start
    while (groups[end] === '0') end += 1
    if (end - start > bestLength) [bestStart, bestLength] = [start, end - start]
  }
  if (bestStart === -1) return groups.join(':')
  return `${groups.slice(0, bestStart).join(':')}::${groups.slice(bestStart + bestLength).join(':')}`
}

/** Bits that are free in the largest prefix that begins at `start` and ends by `last`. */
function hostBitsAt(start: number, last: number): number {
  let hostBits = 0
  for (let size = 2; hostBits < BITS.ipv4 && start % size === 0 && start + size - 1 <= last; size *= 2) hostBits += 1
  return hostBits
}

/** The same, of numbers that only a `bigint` holds. */
function wideHostBitsAt(start: bigint, last: bigint): number {
  let hostBits = 0
  for (let size = 2n; hostBits < BITS.ipv6 && start % size === 0n && start + size - 1n <= last; size *= 2n)
    hostBits += 1
  return hostBits
}

function ipv4Value(text: string): bigint | null {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every(octet => /^(?:0|[1-9][0-9]{0,2})$/.test(octet) && Number(octet) < 256)) {
    return null
  }
  return octets.reduce((value, octet) => value * 256n + BigInt(octet), 0n)
}

function ipv6Value(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map(groupsOf)
  if (head === null || head === undefined || tail === null) return null
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? missing !== 0 : missing < 1) return null
  const groups = [...head, ...Array<bigint>(missing).fill(0n), ...(tail ?? [])]
  return groups.reduce((value, group) => (value << 16n) + group, 0n)
}

/** `null` when a group is malformed; a dotted quad may stand for the last two. */
function groupsOf(half: string): bigint[] | null {
  if (half === '') return []
  const groups: bigint[] = []
  const parts = half.split(':')
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`))
    else {
      const quad = index === parts.length - 1 ? ipv4Value(part) : null
      if (quad === null) return null
      groups.push(quad >> 16n, quad & 0xffffn)
    }
  }
  return groups
}
