import type { ResourceId, Scope } from '../domain/ids.ts'
import type { JobQueue, Lane } from '../jobs/job-queue.ts'
import type { PushedImage, WorkRequests } from '../scanning/work-requests.ts'
import { applyEnablementJob, pollRegistryJob, refreshRepositoryJob, scanImageJob } from './jobs.ts'

/** What the API asks for, as jobs. A waiting job with the same key stands for all who ask meanwhile. */
export function workRequests(queue: JobQueue): WorkRequests {
  const refresh = ({ registryId, repository, digest }: PushedImage): Promise<void> =>
    queue.enqueue(
      refreshRepositoryJob,
      { registryId, repository, digests: [digest] },
      { lane: 'push', key: `${registryId}/${repository}@${digest}` },
    )
  return {
    applyEnablement: scope =>
      queue.enqueue(applyEnablementJob, { scope }, { lane: 'person', key: `${scope.accountId}/${scope.region}` }),
    pollRegistry: registryId => queue.enqueue(pollRegistryJob, { registryId }, { lane: 'person', key: registryId }),
    imagePushed: refresh,
    imageDeleted: refresh,
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
      key: `${scope.region}/${resourceId}`,
    })),
    { lane },
  )
}
