import type { Ecr } from '../aws/ecr.ts'
import { stableJson } from '../base/stable-json.ts'
import { parseEcrHost } from '../inventory/ecr-host.ts'
import type { EcrAccess } from '../scanning/registry-store.ts'
import { systemClock } from '../system/clock.ts'

/** Registries of ECR that are kept ready, with their logins: more than are watched by many accounts. */
const MOST_CLIENTS = 1000

export interface EcrClients {
  /** The client for a host, the same one for the same role. */
  of(host: string, access: EcrAccess): Promise<Ecr>
  close(): Promise<void>
}

/** Clients of ECR, made when they are first asked for: AWS's library is only loaded by those who need it. */
export function ecrClients(): EcrClients {
  const known = new Map<string, Promise<Ecr>>()

  async function open(host: string, access: EcrAccess): Promise<Ecr> {
    const parsed = parseEcrHost(host)
    if (parsed === null) throw new Error(`${host} is stored as a registry of ECR, which it is not`)
    const { ecr } = await import('../aws/ecr.ts')
    return ecr(parsed, access, systemClock)
  }

  return {
    of(host, access) {
      const key = stableJson({ host, ...access })
      const ready = known.get(key)
      if (ready !== undefined) return ready
      const [oldest] = known.keys()
      if (known.size >= MOST_CLIENTS && oldest !== undefined) known.delete(oldest)
      const opened = open(host, access)
      known.set(key, opened)
      return opened
    },
    async close() {
      for (const client of known.values()) (await client).close()
    },
  }
}
