import { cidrsOfRange, parseCidr, type Cidr, type IpFamily } from '../../base/ip-range.ts'

/** Never forwarded from the internet: private, shared, looped, link-local, multicast and reserved. (RFC 1918, 6598, 6890) */
const NOT_ON_THE_INTERNET = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
]

/** Every address from which the internet delivers: of IPv6, what is global unicast. (RFC 4291 §2.4) */
export const INTERNET: Readonly<Record<IpFamily, readonly Cidr[]>> = {
  ipv4: between(NOT_ON_THE_INTERNET),
  ipv6: ['2000::/3'].flatMap(text => parseCidr(text) ?? []),
}

const TEXTS = new Set(Object.values(INTERNET).map(cidrs => cidrs.map(({ text }) => text).join(' ')))

/** Whether canonical CIDRs of one family are the whole internet. */
export function isWholeInternet(sources: readonly string[]): boolean {
  return TEXTS.has(sources.join(' '))
}

/** What of IPv4 lies between prefixes that are in order, before the last of them. */
function between(texts: readonly string[]): readonly Cidr[] {
  const cidrs: Cidr[] = []
  let first = 0n
  for (const taken of texts.flatMap(text => parseCidr(text) ?? [])) {
    cidrs.push(...cidrsOfRange({ family: 'ipv4', first, last: taken.first - 1n }))
    first = taken.last + 1n
  }
  return cidrs
}
