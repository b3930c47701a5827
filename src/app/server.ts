import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { AccessKey } from '../accounts/access-key.ts'
import { newAccessKey } from '../accounts/new-access-key.ts'
import type { Log } from '../base/log.ts'
import { LOOPBACK_HOST_NAMES } from '../api/host-check.ts'
import { changedCalls } from '../aws/network/change-notice.ts'
import { createApiServer } from '../api/server.ts'
import { systemClock } from '../system/clock.ts'
import type { Config } from './config.ts'
import { openParts, type Parts } from './parts.ts'
import { workRequests } from './work-queue.ts'
import { startWorkers, type WorkEvents } from './workers.ts'

export type Role = 'all' | 'api' | 'worker'

export interface RunningServer {
  /** `http://host:port`; `null` for a worker, which does not listen. */
  readonly url: string | null
  /** Made by this start because there was none: its secret is shown once. */
  readonly firstKey: AccessKey | null
  readonly parts: Parts
  /** Lets running requests and jobs finish, then closes everything. Safe to call twice. */
  stop(): Promise<void>
}

/** Starts the API, the workers, or both, as `role` says. */
export async function startServer(config: Config, role: Role, log: Log, events: WorkEvents): Promise<RunningServer> {
  const parts = await openParts(config, log)
  const closers: (() => Promise<void> | void)[] = []
  let stopping: Promise<void> | null = null
  const stop = (): Promise<void> => (stopping ??= closeAll(closers, parts))
  try {
    const firstKey = await prepareAccount(config, parts)
    const url = role === 'worker' ? null : await listen(config, parts, log, closers)
    if (role !== 'api') {
      const workers = await startWorkers(config, parts, log, events)
      closers.push(() => workers.close())
      await workRequests(parts.queue, parts.describedNetworks).applyEnablement({
        accountId: config.accountId,
        region: config.region,
      })
    }
    return { url, firstKey, parts, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function closeAll(closers: readonly (() => Promise<void> | void)[], parts: Parts): Promise<void> {
  for (const close of closers) await close()
  await parts.close()
}

/**
 * The first start makes the account, turns its scan types on and gives it a key; later starts change nothing. The key
 * comes last: a start that was cut short begins again.
 */
async function prepareAccount(config: Config, parts: Parts): Promise<AccessKey | null> {
  if ((await parts.accessKeys.count()) > 0) return null
  const { accountId, region } = config
  const now = systemClock.now()
  await parts.accounts.addAccount(accountId, now)
  await parts.accounts.changeStatuses({ accountId, region }, () => ({ EC2: 'ENABLING', ECR: 'ENABLING' }), now)
  const key = newAccessKey(
    { accountId, description: 'made by the first start', role: 'administrator' },
    now,
    randomBytes,
  )
  await parts.accessKeys.add(key)
  return key
}

async function listen(
  config: Config,
  parts: Parts,
  log: Log,
  closers: (() => Promise<void> | void)[],
): Promise<string> {
  const proxied = config.publicUrl === null ? null : new URL(config.publicUrl)
  const api = await createApiServer({
    ports: { ...parts, changedCalls, work: workRequests(parts.queue, parts.describedNetworks) },
    log,
    clock: systemClock,
    pageTokenSecret: parts.derivedKey('page tokens'),
    regions: 'all',
    awsIdentityAccounts: config.awsIdentityAccounts,
    operatorAccount: config.accountId,
    hostNames: isLoopback(config.host)
      ? [...LOOPBACK_HOST_NAMES, ...(proxied === null ? [] : [proxied.hostname])]
      : 'any',
    ...(config.publicUrl === null ? {} : { publicUrl: config.publicUrl }),
    ...(proxied === null || proxied.pathname === '/' ? {} : { basePath: proxied.pathname }),
  })
  closers.push(() => api.close())
  await api.listen({ host: config.host, port: config.port })
  const { address, port } = api.server.address() as AddressInfo
  const host = address.includes(':') ? `[${address}]` : address
  log.info('listening', { host, port })
  return `http://${host}:${port}`
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
