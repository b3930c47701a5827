import { randomUUID } from 'node:crypto'
import { instant } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import type { Log } from '../base/log.ts'
import type { Scope } from '../domain/ids.ts'
import { isOn } from '../scanning/apply-network.ts'
import { describeNetwork } from '../scanning/describe-network.ts'
import { watchedNetworks } from '../scanning/evaluate-networks.ts'
import { systemClock } from '../system/clock.ts'
import type { SpareMemory } from '../system/spare-memory.ts'
import type { Config } from './config.ts'
import { describeDueNetworksJob, describeNetworkJob, evaluateNetworksJob } from './jobs.ts'
import { liveNetworkSource } from './live-network-source.ts'
import type { Parts } from './parts.ts'
import { enqueueDescription, enqueueEvaluation } from './work-queue.ts'

/** Amazon Inspector looks at networks twice a day. (network-reachability §1.1, documented) */
const INTERVAL_MS = 12 * 3600 * 1000
/** Bounds how late a description may be that is due. */
const TICK_SECONDS = 60
/** Seconds before a network is asked for again that could not be described: a role, or AWS, may be back by then. */
const AGAIN_SECONDS = 600
/** Milliseconds without an evaluation after which what was worked out is given back. */
const IDLE_MS = 30 * 60 * 1000

interface NetworkWorkerTools {
  readonly log: Log
  readonly sha256: Sha256Hex
  readonly spare: Pick<SpareMemory, 'afterWork'>
}

export interface NetworkWorkers {
  /** Scanning of instances was turned on: nothing that is stored of their networks is up to date. */
  turnedOn(scope: Scope): Promise<void>
  close(): void
}

/** Serves the jobs that describe networks, and the one that evaluates them all together. */
export async function startNetworkWorkers(
  config: Pick<Config, 'awsIdentityAccounts'>,
  parts: Parts,
  { log, sha256, spare }: NetworkWorkerTools,
): Promise<NetworkWorkers> {
  const { queue, accounts, networkWatches, describedNetworks: descriptions } = parts
  const source = liveNetworkSource({ watches: networkWatches, awsIdentityAccounts: config.awsIdentityAccounts })
  const common = { source, descriptions, accounts, clock: systemClock }
  const networks = watchedNetworks({
    ...common,
    networks: parts.networks,
    store: parts.store,
    sha256,
    newId: randomUUID,
  })
  let idle: NodeJS.Timeout | undefined

  async function askForAll(scope: Scope, lane: 'person' | 'schedule'): Promise<void> {
    await descriptions.request(scope, 'all')
    await enqueueDescription(queue, scope, { lane })
  }

  await queue.work(describeNetworkJob, async ({ scope }, signal) => {
    const end = await describeNetwork(common, scope, signal)
    if (end.is === 'nothing-to-do') return
    const error = end.is === 'failed' ? end.detail : null
    await networkWatches.recordEvaluation(scope, systemClock.now(), error)
    if (error === null) log.info('network described', { ...scope, ...end })
    else log.warn('network not described', { ...scope, error })
    // Also after a failure: what is stored says how old it is.
    await enqueueEvaluation(queue, 'person')
    if (error === null) return
    await descriptions.request(scope, 'all')
    const again = { lane: 'schedule', key: `again ${scope.accountId}/${scope.region}` } as const
    await queue.enqueue(describeNetworkJob, { scope }, { ...again, startAfterSeconds: AGAIN_SECONDS })
  })

  await queue.work(evaluateNetworksJob, async (_input, signal) => {
    clearTimeout(idle)
    const end = await networks.evaluate(signal)
    log.info('networks evaluated', { ...end })
    idle = setTimeout(() => networks.forget(), IDLE_MS).unref()
    spare.afterWork()
  })

  await queue.work(describeDueNetworksJob, async () => {
    for (const { scope } of await networkWatches.due(instant(systemClock.now() - INTERVAL_MS))) {
      if (await isOn({ accounts }, scope)) await askForAll(scope, 'schedule')
    }
  })

  await queue.repeat(describeDueNetworksJob, {}, TICK_SECONDS)
  return {
    async turnedOn(scope) {
      await descriptions.beginEvaluation(randomUUID())
      if ((await networkWatches.find(scope)) !== null) await askForAll(scope, 'person')
    },
    close: () => clearTimeout(idle),
  }
}
