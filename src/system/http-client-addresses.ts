import { BlockList, isIP } from 'node:net'

/** Networks that no redirect may lead into. (IANA special-purpose address registries, RFC 6890 and successors) */
const NOT_PUBLIC_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12],
  ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15],
  ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] // prettier-ignore
const NOT_PUBLIC_IPV6: readonly (readonly [string, number])[] = [
  ['::', 96], ['64:ff9b:1::', 48], ['100::', 64], ['2001::', 23], ['2001:db8::', 32], ['2002::', 16],
  ['3fff::', 20], ['5f00::', 16], ['fc00::', 7], ['fe80::', 9], ['ff00::', 8],
] // prettier-ignore

const notPublic = new BlockList()
for (const [network, bits] of NOT_PUBLIC_IPV4) notPublic.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of NOT_PUBLIC_IPV6) notPublic.addSubnet(network, bits, 'ipv6')

/** Whether an address, without brackets, is one of the public internet: an IPv4 address in IPv6 counts as itself. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 0) return false
  if (family === 4) return !notPublic.check(address, 'ipv4')
  const embedded = embeddedIpv4(address)
  return embedded === null ? !notPublic.check(address, 'ipv6') : !notPublic.check(embedded, 'ipv4')
}

/** The IPv4 address behind `::ffff:0:0/96` (mapped) or `64:ff9b::/96` (NAT64). (RFC 4291, RFC 6052) */
function embeddedIpv4(address: string): string | null {
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1)
  const match = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical)
  if (match === null) return null
  const high = Number.parseInt(match[1] ?? '', 16)
  const low = Number.parseInt(match[2] ?? '', 16)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
