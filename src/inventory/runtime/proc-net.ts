import type { ListeningSocket } from '../../domain/runtime-facts.ts'

/** A socket of `/proc/net/*` that waits for others, with the inode by which processes hold it. */
export interface OpenSocket {
  readonly protocol: ListeningSocket['protocol']
  readonly address: string
  readonly port: number
  readonly inode: string
}

/** Largest `/proc/net` file in characters that is read: a busy proxy has some hundred thousand connections. */
export const PROC_NET_LIMIT = 64 * 1024 * 1024

/** `LISTEN` of TCP; of UDP, that no peer was chosen. (Linux include/net/tcp_states.h; proc(5), /proc/net/tcp) */
const WAITING = { tcp: '0A', udp: '07' } as const

/**
 * The waiting sockets of `/proc/net/tcp`, `tcp6`, `udp` or `udp6`: a line each, addresses in hexadecimal in the byte order
 * of the machine. A line that is none is passed by. UDP sockets with a peer are clients.
 */
export function readProcNet(
  text: string,
  protocol: ListeningSocket['protocol'],
  isLittleEndian: boolean,
  limit: number,
): readonly OpenSocket[] {
  const state = WAITING[protocol.startsWith('tcp') ? 'tcp' : 'udp']
  const sockets: OpenSocket[] = []
  for (let start = 0; start < text.length && sockets.length < limit;) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const fields = text
      .slice(start, Math.min(end, start + 512))
      .trim()
      .split(/ +/)
    start = end + 1
    const [, local = '', remote = '', shown, , , , , , inode = ''] = fields
    if (shown !== state || !/^[0-9]{1,20}$/.test(inode) || !/^[0-9A-F]+:0000$/.test(remote)) continue
    const parsed = parseEndpoint(local, isLittleEndian)
    if (parsed !== null) sockets.push({ protocol, ...parsed, inode })
  }
  return sockets
}

/** `0100007F:1F90`, or 32 digits for IPv6. */
function parseEndpoint(text: string, isLittleEndian: boolean): { address: string; port: number } | null {
  const [, digits, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(text) ?? []
  if (digits === undefined || port === undefined) return null
  const bytes: number[] = []
  for (let word = 0; word < digits.length; word += 8) {
    const four = [0, 2, 4, 6].map(at => Number.parseInt(digits.slice(word + at, word + at + 2), 16))
    bytes.push(...(isLittleEndian ? four.reverse() : four))
  }
  const address = bytes.length === 4 ? bytes.join('.') : ipv6Text(bytes)
  return { address, port: Number.parseInt(port, 16) }
}

/** The short form of RFC 5952: the longest run of zeros becomes `::`. */
function ipv6Text(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16),
  )
  if (groups.slice(0, 5).every(group => group === '0') && groups[5] === 'ffff') {
    return `::ffff:${bytes.slice(12).join('.')}`
  }
  let best = { at: -1, length: 1 }
  for (let at = 0; at < 8;) {
    let length = 0
    while (groups[at + length] === '0') length += 1
    if (length > best.length) best = { at, length }
    at += Math.max(1, length)
  }
  if (best.at < 0) return groups.join(':')
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`
}
