import type { IcmpFilter, PortRange, TrafficFilter } from '../../domain/network/packet-filters.ts'
import type { IntervalSet } from '../sets/interval-set.ts'
import { PORT_COUNT, portSet } from '../sets/traffic.ts'

export const TCP = 6
export const UDP = 17
const ICMP = 1
const ICMPV6 = 58

const EVERY_PORT: PortRange = { begin: 0, end: PORT_COUNT - 1 }

/** The destination ports that a rule speaks of for packets of the protocol; `null` when it does not speak of them at all. */
export function portsOf(filter: TrafficFilter, protocol: number): PortRange | null {
  if (filter.protocol === 'all') return EVERY_PORT
  if (filter.protocol !== protocol) return null
  if (protocol === TCP || protocol === UDP) return filter.ports.begin <= filter.ports.end ? filter.ports : null
  return protocol === ICMP || protocol === ICMPV6 ? icmpPorts(filter.icmp) : EVERY_PORT
}

/** The ports to which a target answers: those that the client may send from, the echo reply of ICMP. */
export function replyPorts(protocol: number, clientPorts: PortRange): IntervalSet {
  if (protocol === TCP || protocol === UDP) return portSet(clientPorts)
  if (protocol === ICMP) return portSet(icmpPorts({ type: 0, code: null }) ?? EVERY_PORT)
  return protocol === ICMPV6 ? portSet(icmpPorts({ type: 129, code: null }) ?? EVERY_PORT) : portSet(EVERY_PORT)
}

/** ICMP has types and codes where others have ports: `type * 256 + code`. */
function icmpPorts(icmp: IcmpFilter | null): PortRange | null {
  if (icmp === null || icmp.type === null) return (icmp?.code ?? null) === null ? EVERY_PORT : null
  const first = icmp.type * 256
  return icmp.code === null ? { begin: first, end: first + 255 } : { begin: first + icmp.code, end: first + icmp.code }
}
