import { holdsAddress, parseCidr, parseIpAddress, type IpAddress } from '../../base/ip-range.ts'
import type { OpenPath } from '../../domain/network/open-path.ts'
import type { ListeningSocket, RuntimeFacts } from '../../domain/runtime-facts.ts'

const LOOPBACKS = ['127.0.0.0/8', '::1'].flatMap(text => parseCidr(text) ?? [])

/**
 * The sockets of a machine that answer on an open path, in order of their ports: those of its protocol and ports that wait
 * on every address, or on one that the path leads to. What waits on loopback alone cannot be reached.
 */
export function listeningOn(
  { protocol, ports, family, targetAddresses }: OpenPath,
  { listening }: RuntimeFacts,
): readonly ListeningSocket[] {
  const targets = new Set(targetAddresses)
  const answers = (socket: ListeningSocket): boolean => {
    if (!socket.protocol.startsWith(protocol.toLowerCase())) return false
    if (socket.port < ports.begin || socket.port > ports.end) return false
    const address = parseIpAddress(socket.address)
    // What cannot be read is not ruled out.
    if (address === null) return true
    if (LOOPBACKS.some(loopback => holdsAddress(loopback, address))) return false
    // A socket on every IPv6 address takes IPv4 too, unless it was told not to: the kernel's table does not say.
    if (isAnyAddress(address)) return address.family === family || address.family === 'ipv6'
    return address.family === family && targets.has(socket.address)
  }
  return listening.filter(answers).sort((a, b) => a.port - b.port || (a.address < b.address ? -1 : 1))
}

function isAnyAddress({ value }: IpAddress): boolean {
  return value === 0n
}
