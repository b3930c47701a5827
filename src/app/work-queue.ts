import type { ResourceId, Scope } from '../domain/ids.ts'
import type { EnqueueOptions, JobQueue, Lane } from '../jobs/job-queue.ts'
import type { DescribedNetworkStore } from '../scanning/described-network-store.ts'
import type { PushedImage, WorkRequests } from '../scanning/work-requests.ts'
import {
  applyEnablementJob,
  describeNetworkJob,
  evaluateNetworksJob,
  pollRegistryJob,
  refreshRepositoryJob,
  retireRegistryJob,
  scanImageJob,
  syncAdvisoriesJob,
} from './jobs.ts'

/** Seconds that the removal of a registry may take after the work that follows it was asked for. */
const REMOVAL_SECONDS = 3

/** Seconds that notices of changes are gathered: templates and consoles change several things at once. */
const BURST_SECONDS = 3

/** What the API asks for, as jobs. A waiting job with the same key stands for all who ask meanwhile. */
export function workRequests(queue: JobQueue, descriptions: Pick<DescribedNetworkStore, 'request'>): WorkRequests {
  const imagePushed = ({ registryId, repository, digest }: PushedImage): Promise<void> =>
    queue.enqueue(
      refreshRepositoryJob,
      { registryId, repository, digests: [digest] },
      { lane: 'push', key: `${registryId}/${repository}@${digest}` },
    )
  return {
    applyEnablement: scope =>
      queue.enqueue(applyEnablementJob, { scope }, { lane: 'person', key: `${scope.accountId}/${scope.region}` }),
    describeNetwork: async scope => {
      await descriptions.request(scope, 'all')
      await enqueueDescription(queue, scope, { lane: 'person' })
    },
    networkChanged: async (scope, calls) => {
      await descriptions.request(scope, calls)
      await enqueueDescription(queue, scope, { lane: 'push', startAfterSeconds: BURST_SECONDS })
    },
    networkUnwatched: () => enqueueEvaluation(queue, 'person'),
    pollRegistry: registryId => queue.enqueue(pollRegistryJob, { registryId }, { lane: 'person', key: registryId }),
    registryRemoved: (scope, url) =>
      queue.enqueue(
        retireRegistryJob,
        { scope, url },
        {
          lane: 'person',
          key: `${scope.accountId}/${scope.region}/${url}`,
          startAfterSeconds: REMOVAL_SECONDS,
        },
      ),
    imagePushed,
    imageDeleted: ({ registryId, repository }) =>
      queue.enqueue(
        refreshRepositoryJob,
        { registryId, repository, digests: [] },
        { lane: 'push', key: `${registryId}/${repository}` },
      ),
    syncAdvisories: () => queue.enqueue(syncAdvisoriesJob, {}, { lane: 'person', key: 'asked' }),
  }
}

/** What was requested of one network is asked. */
export async function enqueueDescription(
  queue: JobQueue,
  scope: Scope,
  options: Pick<EnqueueOptions, 'lane' | 'startAfterSeconds'>,
): Promise<void> {
  await queue.enqueue(describeNetworkJob, { scope }, { ...options, key: `${scope.accountId}/${scope.region}` })
}

/** All networks are evaluated together, with whatever was described by then. */
export async function enqueueEvaluation(queue: JobQueue, lane: Lane): Promise<void> {
  await queue.enqueue(evaluateNetworksJob, {}, { lane, key: 'all' })
}

export async function enqueueScans(
  queue: JobQueue,
  registryId: string,
  scope: Scope,
  images: readonly ResourceId[],
  lane: Lane,
): Promise<void> {
  if (images.length === 0) return
  await queue.enqueueAll(
    scanImageJob,
    images.map(resourceId => ({
      input: { scope, resourceId, registryId, attempt: 0 },
      key: `${registryId}/${resourceId}`,
    })),
    { lane },
  )
}
