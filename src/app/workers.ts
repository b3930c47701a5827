import { createHash } from 'node:crypto'
import { inTurn } from '../base/in-turn.ts'
import type { Log } from '../base/log.ts'
import { instant, type Instant } from '../base/clock.ts'
import type { ResourceId, Scope } from '../domain/ids.ts'
import { describeImageError } from '../inventory/describe-image-error.ts'
import { applyEnablement } from '../scanning/apply-enablement.ts'
import { markSilentHosts } from '../scanning/host-reports.ts'
import { pollRegistry } from '../scanning/poll-registry.ts'
import { refreshRepository } from '../scanning/refresh-repository.ts'
import type { ImageRegistry } from '../scanning/image-registry.ts'
import type { Registry } from '../scanning/registry-store.ts'
import { retireRegistry } from '../scanning/retire-registry.ts'
import { refreshSignals } from '../scanning/refresh-signals.ts'
import { planRematches, rematchScope } from '../scanning/rematch.ts'
import { scanHost } from '../scanning/scan-host.ts'
import { scanImage } from '../scanning/scan-image.ts'
import { systemClock } from '../system/clock.ts'
import { nodeFileTree } from '../system/file-tree.ts'
import { nodeHttp } from '../system/http-client.ts'
import { spareMemory } from '../system/spare-memory.ts'
import { thisHost } from '../system/this-host.ts'
import type { Config } from './config.ts'
import {
  applyEnablementJob,
  expireFindingsJob,
  markSilentHostsJob,
  pollDueRegistriesJob,
  planRematchesJob,
  pollRegistryJob,
  refreshRepositoryJob,
  rematchJob,
  retireRegistryJob,
  scanHostJob,
  scanImageJob,
  syncAdvisoriesJob,
} from './jobs.ts'
import { knownEcosystems } from './known-ecosystems.ts'
import { syncAdvisoriesFrom } from './local-advisories.ts'
import { startNetworkWorkers } from './network-workers.ts'
import type { Parts } from './parts.ts'
import { ecrClients } from './ecr-clients.ts'
import { registryClient } from './registry-client.ts'
import { enqueueScans } from './work-queue.ts'

/** What a person may like to see while the server works; the log has it all. */
export interface WorkEvents {
  advisoriesSynced(outcome: {
    readonly isReached: boolean
    readonly isChanged: boolean
    readonly error: string | null
  }): void
  syncing(feed: string, part: string): void
  hostScanned(resourceId: ResourceId): void
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const DAY_MS = 86_400_000
/** Days that a closed finding is kept: remediated, or its resource gone. (inspector-behaviour §2.3, documented) */
const KEEP_DAYS = { remediated: 30, gone: 3 } as const

/**
 * Days that the generation of a deleted finding is remembered, so that its ARN, which tickets and reports may hold, does not
 * come to mean another finding. Ours: Amazon's ARNs are random.
 */
const KEEP_GENERATIONS_DAYS = 3 * 365

/** Events wait this long, and this many, for a delivery that this version does not have yet. */
const KEEP_EVENTS = { keepDays: 7, keepAtMost: 1_000_000 } as const

/** Seconds between two looks for registries that are due; bounds how late a poll may be. */
const POLL_TICK_SECONDS = 5
/** Seconds after which a new advisory version is seen that no sync of ours brought. */
const REMATCH_TICK_SECONDS = 20
const HOST_SCAN_SECONDS = 6 * 3600
/** Milliseconds without large work after which its memory is given back. */
const QUIET_MS = 5_000
const EXPIRE_SECONDS = 3600
/** Silence counts in days; an hour more or less does not matter. */
const SILENCE_TICK_SECONDS = 3600
/** Seconds before an image that could not be read is tried again: soon and then slower, or slowly when little speaks for it. */
function pauseSeconds(attempt: number, mayHelp: boolean): number {
  return mayHelp ? Math.min(30 * 2 ** Math.min(attempt, 10), 3600) : 24 * 3600
}

/** Serves every kind of job. Returns what to close when the process ends. */
export async function startWorkers(
  config: Config,
  parts: Parts,
  log: Log,
  events: WorkEvents,
): Promise<{ close(): void }> {
  const http = nodeHttp()
  const spare = spareMemory(QUIET_MS)
  const aws = ecrClients()
  const registryParts = {
    http,
    memory: new Map(),
    ecrClients: aws,
    idleTimeoutMs: config.registryTimeoutMs,
    trustedHosts: config.trustedHosts,
    fetchForeignLayers: config.fetchForeignLayers,
    awsIdentityAccounts: config.awsIdentityAccounts,
  }
  const clientOf = (registry: Registry): ImageRegistry => registryClient(registryParts, registry)
  const { queue, store, registries, accounts } = parts
  const ecosystems = knownEcosystems(config)
  if (!ecosystems.ok) throw new Error(ecosystems.error)
  const scanParts = {
    store,
    advisories: parts.advisories,
    ecosystems: ecosystems.value,
    cache: parts.layers,
    readers: parts.readers,
    clock: systemClock,
    sha256,
  }
  const rematchParts = { ...scanParts, store: parts.rematches, database: parts.advisoryDatabase }

  async function isOn(scope: Scope, type: 'EC2' | 'ECR'): Promise<boolean> {
    const statuses = await accounts.statusesOf(scope)
    return statuses[type] === 'ENABLED' || statuses[type] === 'ENABLING'
  }

  async function watched(registryId: string): Promise<Registry | null> {
    const registry = await registries.find(registryId)
    return registry !== null && (await isOn(registry.scope, 'ECR')) ? registry : null
  }

  const oneScanPerImage = inTurn()

  await queue.work(scanImageJob, ({ scope, resourceId, registryId, attempt }, signal) =>
    oneScanPerImage(`${scope.accountId}/${scope.region}/${resourceId}`, async () => {
      const registry = await watched(registryId)
      const known = await store.find(scope, resourceId)
      // What a digest holds never changes: a second request for a scan that has succeeded meanwhile is fulfilled.
      if (registry === null || known === null || known.coverage.reason === 'SUCCESSFUL') return
      const end = await scanImage(scanParts, clientOf(registry), scope, resourceId, signal)
      log.info('image scan ended', { resourceId, ...end })
      if (end.is !== 'refused') return
      // A key of its own: a scan that is asked for meanwhile must not wait for this pause.
      const key = `again ${registryId}/${resourceId}`
      const startAfterSeconds = pauseSeconds(attempt, end.again)
      const input = { scope, resourceId, registryId, attempt: attempt + 1 }
      await queue.enqueue(scanImageJob, input, { lane: 'schedule', key, startAfterSeconds })
    }),
  )

  await queue.work(refreshRepositoryJob, async ({ registryId, repository, digests }) => {
    const registry = await watched(registryId)
    if (registry === null) return
    const client = clientOf(registry)
    const refreshed = await refreshRepository(scanParts, client, registry, repository, digests)
    const { discovered } = refreshed.ok ? refreshed.value : refreshed.error
    await enqueueScans(queue, registryId, registry.scope, discovered, 'push')
    if (!refreshed.ok) throw new Error(describeImageError(refreshed.error.error))
  })

  await queue.work(pollRegistryJob, async ({ registryId }, signal) => {
    const registry = await watched(registryId)
    if (registry === null) return
    const client = clientOf(registry)
    const discovered = (images: readonly ResourceId[]) =>
      enqueueScans(queue, registryId, registry.scope, images, 'schedule')
    const polled = await pollRegistry(scanParts, client, registry, discovered, signal)
    const failed = polled.ok ? polled.value.failed : []
    const [first] = failed
    const error = polled.ok
      ? first === undefined
        ? null
        : `${failed.length} repositories not read, first ${first.repository}: ${describeImageError(first.error)}`
      : describeImageError(polled.error)
    await registries.recordPoll(registryId, systemClock.now(), error)
    if (error !== null) log.warn('registry poll failed', { registryId, error })
  })

  await queue.work(retireRegistryJob, async ({ scope, url }, signal) => {
    const retired = await retireRegistry({ ...scanParts, registries }, scope, url, signal)
    log.info('registry retired', { url, images: retired })
  })

  await queue.work(pollDueRegistriesJob, async () => {
    for (const registry of await registries.due(systemClock.now())) {
      if (!(await isOn(registry.scope, 'ECR'))) continue
      await queue.enqueue(pollRegistryJob, { registryId: registry.id }, { lane: 'schedule', key: registry.id })
    }
  })

  let scoredWith: string | null = null
  let isSyncing = false

  async function refreshScores(signal: AbortSignal): Promise<void> {
    const version = parts.advisoryDatabase.currentVersion()
    const refreshed = await refreshSignals({ store: parts.signals, advisories: parts.advisories }, signal)
    scoredWith = version
    log.info('scores refreshed', { findings: refreshed })
  }

  await queue.work(syncAdvisoriesJob, async (_input, signal) => {
    isSyncing = true
    const synced = await syncAdvisoriesFrom(config.feeds, parts.advisoryDatabase, {
      log,
      signal,
      nvdApiKey: config.nvdApiKey,
      cveList: config.cveList,
      progress: (feed, part) => events.syncing(feed, part),
    }).finally(() => {
      isSyncing = false
    })
    const failed = synced.ok ? synced.value.parts.filter(part => part.outcome === 'failed') : []
    const error = synced.ok ? (failed[0]?.error ?? null) : synced.error
    await enqueueRematches()
    await refreshScores(signal)
    spare.afterWork()
    log.info('advisory sync ended', { version: parts.advisoryDatabase.currentVersion(), error })
    events.advisoriesSynced({
      isReached: synced.ok && synced.value.isReached,
      isChanged: synced.ok && synced.value.isChanged,
      error,
    })
  })

  /** Asked for often: another process may have brought the new advisories, and a crash must not leave findings behind. */
  async function enqueueRematches(): Promise<void> {
    for (const scope of await planRematches(rematchParts)) {
      await queue.enqueue(rematchJob, { scope }, { lane: 'advisory', key: `${scope.accountId}/${scope.region}` })
    }
  }

  await queue.work(planRematchesJob, async (_input, signal) => {
    await enqueueRematches()
    // An import, or a sync of another process, brings scores too; a sync of ours sees to them itself, once.
    if (!isSyncing && parts.advisoryDatabase.currentVersion() !== scoredWith) await refreshScores(signal)
  })

  await queue.work(rematchJob, ({ scope }, signal) => rematchScope(rematchParts, scope, signal))

  await queue.work(scanHostJob, async (_input, signal) => {
    const scope = { accountId: config.accountId, region: config.region }
    if (!config.hostScan || !(await isOn(scope, 'EC2'))) return
    const resource = await scanHost(scanParts, nodeFileTree(config.hostRoot), thisHost(config.hostRoot), scope, signal)
    spare.afterWork()
    if (resource !== null) events.hostScanned(resource.id)
  })

  const networks = await startNetworkWorkers(config, parts, { log, sha256, spare })

  await queue.work(applyEnablementJob, async ({ scope }) => {
    const on = await applyEnablement({ accounts, store, clock: systemClock, sha256 }, scope)
    if (on.includes('ECR')) {
      for (const registry of await registries.list(scope)) {
        await queue.enqueue(pollRegistryJob, { registryId: registry.id }, { lane: 'person', key: registry.id })
      }
    }
    if (on.includes('EC2')) await networks.turnedOn(scope)
    if (on.includes('EC2') && scope.accountId === config.accountId && scope.region === config.region) {
      await queue.enqueue(scanHostJob, {}, { lane: 'person', key: 'this-host' })
    }
  })

  await queue.work(markSilentHostsJob, async (_input, signal) => {
    const silent = await markSilentHosts({ hosts: parts.hosts, store, clock: systemClock }, signal)
    if (silent > 0) log.info('hosts are silent', { hosts: silent })
  })

  await queue.work(expireFindingsJob, async () => {
    const now = systemClock.now()
    const daysAgo = (days: number): Instant => instant(now - days * DAY_MS)
    await store.deleteClosedBefore({
      remediated: daysAgo(KEEP_DAYS.remediated),
      gone: daysAgo(KEEP_DAYS.gone),
      buried: daysAgo(KEEP_GENERATIONS_DAYS),
      now,
    })
    await parts.outbox.trim(KEEP_EVENTS)
  })

  await queue.repeat(pollDueRegistriesJob, {}, POLL_TICK_SECONDS)
  await queue.repeat(syncAdvisoriesJob, {}, config.syncIntervalMinutes * 60)
  await queue.repeat(planRematchesJob, {}, REMATCH_TICK_SECONDS)
  await queue.repeat(scanHostJob, {}, HOST_SCAN_SECONDS)
  await queue.repeat(markSilentHostsJob, {}, SILENCE_TICK_SECONDS)
  await queue.repeat(expireFindingsJob, {}, EXPIRE_SECONDS)
  spare.afterWork()
  return {
    close() {
      networks.close()
      spare.close()
      http.close()
      void aws.close()
    },
  }
}
