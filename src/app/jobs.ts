import { z } from 'zod'
import { parseAccountId, parseDigest, parseRegion, resourceId, type Scope } from '../domain/ids.ts'
import type { JobDefinition } from '../jobs/job-queue.ts'

/** Every kind of work that waits in the queue. Each handler may run twice: it looks at the present before it acts. */

/** Seconds without a sign of life after which a job is handed to another worker. */
const HEARTBEAT_SECONDS = 30

const scope = z.object({ accountId: z.string(), region: z.string() }).transform((value, context): Scope => {
  const accountId = parseAccountId(value.accountId)
  const region = parseRegion(value.region)
  if (accountId !== null && region !== null) return { accountId, region }
  context.addIssue({ code: 'custom', message: 'not an account and a Region' })
  return z.NEVER
})

const id = z.string().min(1).transform(resourceId)

const digest = z.string().transform((text, context) => {
  const parsed = parseDigest(text)
  if (parsed !== null) return parsed
  context.addIssue({ code: 'custom', message: 'not a digest' })
  return z.NEVER
})

/**
 * Idempotent: an image is named by digest, its findings by identity. `attempt` counts the scans that were refused; each
 * plans the next itself, so that an image that cannot be read is tried again for as long as it is covered.
 */
export const scanImageJob = job(
  'scan-image',
  z.object({ scope, resourceId: id, registryId: z.string(), attempt: z.int().min(0) }),
  { concurrency: 2, retries: 5, timeoutSeconds: 3600 },
)

/** Idempotent: compares what the repository holds with what is in coverage. */
export const refreshRepositoryJob = job(
  'refresh-repository',
  z.object({ registryId: z.string(), repository: z.string(), digests: z.array(digest) }),
  { concurrency: 4, retries: 5, timeoutSeconds: 900 },
)

/** Idempotent: as refresh-repository, for every repository of a registry. */
export const pollRegistryJob = job('poll-registry', z.object({ registryId: z.string() }), {
  concurrency: 2,
  retries: 0,
  timeoutSeconds: 3600,
})

/** Idempotent: an image leaves coverage once, and none does while the registry is watched again. */
export const retireRegistryJob = job('retire-registry', z.object({ scope, url: z.url() }), {
  concurrency: 1,
  retries: 10,
  timeoutSeconds: 1800,
})

/** Idempotent: queues a poll for each registry whose time has come. */
export const pollDueRegistriesJob = job('poll-due-registries', z.object({}), {
  concurrency: 1,
  retries: 0,
  timeoutSeconds: 60,
})

/** Idempotent: an unchanged feed changes nothing. */
export const syncAdvisoriesJob = job('sync-advisories', z.object({}), {
  concurrency: 1,
  retries: 2,
  timeoutSeconds: 3600,
})

/** Idempotent: what is due is written with the version that made it so. */
export const planRematchesJob = job('plan-rematches', z.object({}), {
  concurrency: 1,
  retries: 2,
  timeoutSeconds: 600,
})

/** Idempotent: findings are decided by the stored inventory and the current advisories alone, and done work is not due. */
export const rematchJob = job('rematch', z.object({ scope }), {
  concurrency: 1,
  retries: 5,
  timeoutSeconds: 3600,
})

/** Idempotent: one inventory replaces another. */
export const scanHostJob = job('scan-host', z.object({}), { concurrency: 1, retries: 2, timeoutSeconds: 1800 })

/** Idempotent: a silence is noted once. */
export const markSilentHostsJob = job('mark-silent-hosts', z.object({}), {
  concurrency: 1,
  retries: 1,
  timeoutSeconds: 600,
})

/** Idempotent: settles whatever is still ENABLING or DISABLING. */
export const applyEnablementJob = job('apply-enablement', z.object({ scope }), {
  concurrency: 2,
  retries: 10,
  timeoutSeconds: 1800,
})

/** Idempotent: asks AWS what was requested of one network, once, and keeps the answer. */
export const describeNetworkJob = job('describe-network', z.object({ scope }), {
  concurrency: 2,
  retries: 2,
  timeoutSeconds: 3600,
  isExclusive: true,
})

/** Idempotent: findings are decided by what was described. One at a time: two would write over each other. */
export const evaluateNetworksJob = job('evaluate-networks', z.object({}), {
  concurrency: 1,
  retries: 5,
  timeoutSeconds: 3600,
  isExclusive: true,
})

/** Idempotent: has each network described whose time has come. */
export const describeDueNetworksJob = job('describe-due-networks', z.object({}), {
  concurrency: 1,
  retries: 0,
  timeoutSeconds: 60,
})

/** Idempotent: deletes what is past its time. */
export const expireFindingsJob = job('expire-findings', z.object({}), {
  concurrency: 1,
  retries: 1,
  timeoutSeconds: 600,
})

function job<Input>(
  name: string,
  input: z.ZodType<Input>,
  limits: Pick<JobDefinition<Input>, 'concurrency' | 'retries' | 'timeoutSeconds' | 'isExclusive'>,
): JobDefinition<Input> {
  return { name, parse: value => input.parse(value), heartbeatSeconds: HEARTBEAT_SECONDS, ...limits }
}
