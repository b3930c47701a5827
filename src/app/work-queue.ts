import type { ResourceId, Scope } from '../domain/ids.ts'
import type { JobQueue, Lane } from '../jobs/job-queue.ts'
import type { PushedImage, WorkRequests } from '../scanning/work-requests.ts'
import {
  applyEnablementJob,
  evaluateNetworkJob,
  pollRegistryJob,
  refreshRepositoryJob,
  retireRegistryJob,
  scanImageJob,
  syncAdvisoriesJob,
} from './jobs.ts'

/** Seconds that the removal of a registry may take after the work that follows it was asked for. */
const REMOVAL_SECONDS = 3

/** What the API asks for, as jobs. A waiting job with the same key stands for all who ask meanwhile. */
export function workRequests(queue: JobQueue): WorkRequests {
  const imagePushed = ({ registryId, repository, digest }: PushedImage): Promise<void> =>
    queue.enqueue(
      refreshRepositoryJob,
      { registryId, repository, digests: [digest] },
      { lane: 'push', key: `${registryId}/${repository}@${digest}` },
    )
  return {
    applyEnablement: scope =>
      queue.enqueue(applyEnablementJob, { scope }, { lane: 'person', key: `${scope.accountId}/${scope.region}` }),
    evaluateNetwork: scope =>
      queue.enqueue(evaluateNetworkJob, { scope }, { lane: 'person', key: `${scope.accountId}/${scope.region}` }),
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
