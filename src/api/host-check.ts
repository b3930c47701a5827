/**
 * Whether the `Host` of a request is a name that this server answers to. A page of another site that made its own name
 * point here (DNS rebinding) still sends that name. `names` are host names or addresses without a port.
 */
export function isServedHost(hosts: readonly string[], names: 'any' | readonly string[]): boolean {
  if (names === 'any') return true
  const [host] = hosts
  if (host === undefined || hosts.length > 1) return false
  const name = host.replace(/:[0-9]{1,5}$/, '').toLowerCase()
  return names.includes(name)
}

/** What a server answers to that listens on the loopback addresses only. */
export const LOOPBACK_HOST_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
