import { readFileSync, realpathSync } from 'node:fs'
import { hostname, networkInterfaces, release } from 'node:os'
import { join } from 'node:path'

/** What the machine we run on says about itself. */
export interface ThisHost {
  readonly machineId: string
  readonly hostName: string | null
  readonly ipV4Addresses: readonly string[]
  readonly ipV6Addresses: readonly string[]
  readonly runningKernel: string | undefined
}

/**
 * Reads the machine's id from the files that hold it for the life of the installation (machine-id(5)); where there is
 * none, as in a minimal container, the host name stands in.
 */
export function thisHost(root: string): ThisHost {
  const name = hostname()
  const addresses = Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .filter(address => !address.internal && !address.address.startsWith('fe80:'))
  return {
    machineId: machineId(root) ?? `host-name:${name}`,
    hostName: name === '' ? null : name,
    ipV4Addresses: addresses.filter(address => address.family === 'IPv4').map(address => address.address),
    ipV6Addresses: addresses.filter(address => address.family === 'IPv6').map(address => address.address),
    runningKernel: runningKernelOf(root),
  }
}

/**
 * What `uname -r` says, when `root` is the root of the machine we run on: another root, as a mounted disk, says nothing of
 * what runs. In a container it is the release of the host's kernel, which then fits no package. (uname(2))
 */
export function runningKernelOf(root: string): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return realpathSync(root) === '/' ? release() : undefined
  } catch {
    // A root that is not there is told by who reads it.
    return undefined
  }
}

function machineId(root: string): string | null {
  for (const path of ['etc/machine-id', 'var/lib/dbus/machine-id']) {
    try {
      const text = readFileSync(join(root, path), 'utf8').trim()
      if (/^[0-9a-f]{32}$/.test(text)) return text
    } catch {
      // Not every system has both files; the next one, or the host name, stands in.
    }
  }
  return null
}
