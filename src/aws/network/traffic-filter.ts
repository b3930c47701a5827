import type { IcmpFilter, PortRange, ProtocolFilter, TrafficFilter } from '../../domain/network/packet-filters.ts'
import type { WireRecord } from './wire-record.ts'

/** IANA numbers of the protocols that AWS writes by name. (EC2 API, IpPermission) */
const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 }

export const EVERY_PORT: PortRange = { begin: 0, end: 65_535 }

/** `null` when the protocol is none: the rule cannot be read, and that is reported. */
export function protocolOf(record: WireRecord, name: string): ProtocolFilter | null {
  const text = record.text(name)?.toLowerCase() ?? ''
  if (text === '-1' || text === 'all' || text === 'any') return 'all'
  if (Object.hasOwn(PROTOCOLS, text)) return PROTOCOLS[text] ?? null
  if (/^[0-9]{1,3}$/.test(text) && Number(text) < 256) return Number(text)
  return record.unreadable(name, 'is no protocol')
}

/** `FromPort` and `ToPort` of a security group's rule: ports of TCP and UDP, type and code of ICMP. (reachability §2.4) */
export function trafficOfRule(record: WireRecord, protocolField: string): TrafficFilter | null {
  const protocol = protocolOf(record, protocolField)
  if (protocol === null) return null
  const [from, to] = [record.number('FromPort'), record.number('ToPort')]
  const ports = portsOf(record, protocol, from, to)
  return ports === null ? null : { protocol, ports, icmp: icmpOf(protocol, from, to) }
}

/** Ports where the protocol has any; a missing or negative end is the end of all ports. */
export function portsOf(
  record: WireRecord,
  protocol: ProtocolFilter,
  from: number | null,
  to: number | null,
): PortRange | null {
  if (protocol !== 6 && protocol !== 17) return EVERY_PORT
  return rangeOf(record, from, to)
}

/** `FromPort` and `ToPort` where they are ports. */
export function portRangeOf(record: WireRecord): PortRange | null {
  return rangeOf(record, record.number('FromPort'), record.number('ToPort'))
}

function rangeOf(record: WireRecord, from: number | null, to: number | null): PortRange | null {
  const range = {
    begin: from === null || from < 0 ? EVERY_PORT.begin : from,
    end: to === null || to < 0 ? EVERY_PORT.end : to,
  }
  if (range.begin <= range.end && range.end <= EVERY_PORT.end) return range
  return record.unreadable('FromPort', `and ToPort are no range of ports: ${range.begin} to ${range.end}`)
}

export function icmpOf(protocol: ProtocolFilter, type: number | null, code: number | null): IcmpFilter | null {
  if (protocol !== 1 && protocol !== 58) return null
  return { type: type === null || type < 0 ? null : type, code: code === null || code < 0 ? null : code }
}
