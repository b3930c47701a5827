import { createHash, randomUUID } from 'node:crypto'
import { PgBoss, type Job, type JobInsert, type JobResult } from 'pg-boss'
import type { Log } from '../base/log.ts'
import { LANES, type JobDefinition, type JobQueue, type Lane } from './job-queue.ts'

/** What the queue needs of a database. Statements come with values, or several in one text without. */
export interface QueueDatabase {
  readonly engine: 'pglite' | 'postgres'
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  listen(
    channel: string,
    onNotification: (payload: string) => void,
    onConnect: () => void,
  ): Promise<{ close(): Promise<void> }>
}

/**
 * Seconds between two looks for work while notifications arrive (they wake workers at once; this catches pauses that
 * have ended) and while they do not, and between two looks for jobs whose worker died.
 */
const POLL_SECONDS = { notified: 2, alone: 0.5, deadWorkers: 5 }
/** How long ended jobs are kept: long enough to be looked at, short enough that the table stays small. */
const KEEP_ENDED_SECONDS = 6 * 3600
/** Longest pause in seconds before a retry; the first takes about a second and each further one twice as long. */
const LONGEST_RETRY_PAUSE_SECONDS = 300
/** Attempts beyond a kind's own that are for workers that died: a job that kills its worker each time ends at last. */
const DEAD_WORKER_ATTEMPTS = 3
/** Seconds that a handler has to end after its signal said that time is up. */
const STOPPING_SECONDS = 5
/** Smallest heartbeat that the library takes. */
const SHORTEST_HEARTBEAT_SECONDS = 10
/** Jobs that one statement inserts. */
const INSERT_BATCH = 1_000

/** The queue in the product's own database, by pg-boss; its tables are in the schema `pgboss`. */
export async function pgBossQueue(database: QueueDatabase, options: { readonly log: Log }): Promise<JobQueue> {
  const { log } = options
  const boss = new PgBoss({
    db: {
      executeSql: (text, values) => database.executeSql(text, values),
      listen: (channel, onNotification, onConnect) => database.listen(channel, onNotification, onConnect),
    },
    backend: database.engine,
    useListenNotify: true,
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: POLL_SECONDS.deadWorkers,
    monitorIntervalSeconds: POLL_SECONDS.deadWorkers,
    maintenanceIntervalSeconds: 3600,
  })
  boss.on('error', error => log.warn('job queue error', { error: error.message }))
  boss.on('warning', warning => log.warn('job queue warning', { warning: warning.message }))
  await boss.start()
  if (database.engine === 'pglite') await handOverJobsOfTheLastRun(boss, database)

  const queues = new Map<string, Promise<void>>()
  const repeats = new Set<NodeJS.Timeout>()
  let stopped = false

  /** Makes the queue of a kind on first use, and brings an existing one in line with the definition. */
  function ready(definition: JobDefinition<unknown>): Promise<void> {
    let made = queues.get(definition.name)
    if (made === undefined) {
      made = makeQueue(boss, definition)
      // A failure is reported to whoever waits now, and tried again by whoever comes next.
      made.catch(() => queues.delete(definition.name))
      queues.set(definition.name, made)
    }
    return made
  }

  return {
    async enqueue(definition, input, { lane, key, startAfterSeconds }) {
      await ready(definition)
      await boss.send(definition.name, { input }, jobOptions(lane, key, startAfterSeconds))
    },

    async enqueueAll(definition, jobs, { lane, startAfterSeconds }) {
      await ready(definition)
      for (let start = 0; start < jobs.length; start += INSERT_BATCH) {
        const batch = jobs.slice(start, start + INSERT_BATCH)
        await boss.insert(
          definition.name,
          batch.map(({ input, key }) => jobInsert({ input }, jobOptions(lane, key, startAfterSeconds))),
        )
      }
    },

    async work(definition, handler) {
      await ready(definition)
      let id: string | null = null
      // The library rests between two single jobs; a worker that has just ended one looks for the next at once.
      const lookAgain = (): void => {
        if (id !== null) boss.notifyWorker(id)
      }
      id = await boss.work<object, unknown, WorkerOptions>(
        definition.name,
        workerOptions(definition),
        async ([job]) => {
          if (job === undefined) return []
          const result = await runJob(definition, job, handler, log)
          lookAgain()
          return [result]
        },
      )
      lookAgain()
    },

    async repeat(definition, input, everySeconds) {
      await ready(definition)
      // A slot of time takes one job, from whichever process asks first; a missed slot is simply the next one.
      const ask = async (): Promise<void> => {
        await boss.send(
          definition.name,
          { input },
          { ...jobOptions('schedule', 'repeat', undefined), singletonSeconds: everySeconds },
        )
      }
      const everyMs = everySeconds * 1000
      const next = (): void => {
        if (stopped) return
        const timer = setTimeout(
          () => {
            repeats.delete(timer)
            ask().catch((error: unknown) =>
              log.warn('repeating job not queued', { job: definition.name, error: String(error) }),
            )
            next()
          },
          // Shortly after the slot begins, so that clocks that differ a little agree on which one it is.
          Math.min(everyMs - (Date.now() % everyMs) + 50, 2 ** 31 - 1),
        ).unref()
        repeats.add(timer)
      }
      await ask()
      next()
    },

    async pending() {
      const { rows } = await database.executeSql(
        `select count(*)::integer as count from pgboss.job where state in ('created', 'retry', 'active')`,
      )
      return Number(rows[0]?.['count'])
    },

    async stop(graceMs) {
      stopped = true
      for (const timer of repeats) clearTimeout(timer)
      await boss.stop({ graceful: true, timeout: graceMs, close: false })
    },
  }
}

interface WorkerOptions {
  readonly batchSize: 1
  readonly localConcurrency: number
  readonly pollingIntervalSeconds: number
  readonly notifyPollingIntervalSeconds: number
  readonly heartbeatRefreshSeconds: number
  readonly perJobResults: true
}

function workerOptions(definition: JobDefinition<unknown>): WorkerOptions {
  return {
    batchSize: 1,
    localConcurrency: definition.concurrency,
    pollingIntervalSeconds: POLL_SECONDS.alone,
    notifyPollingIntervalSeconds: POLL_SECONDS.notified,
    heartbeatRefreshSeconds: heartbeatSeconds(definition) / 4,
    perJobResults: true,
  }
}

async function makeQueue(boss: PgBoss, definition: JobDefinition<unknown>): Promise<void> {
  const options = {
    notify: true,
    retryLimit: definition.retries + DEAD_WORKER_ATTEMPTS,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: LONGEST_RETRY_PAUSE_SECONDS,
    // The handler is stopped by our own clock, so that a late attempt counts like any other that failed.
    expireInSeconds: definition.timeoutSeconds + STOPPING_SECONDS + 10,
    heartbeatSeconds: heartbeatSeconds(definition),
    deleteAfterSeconds: KEEP_ENDED_SECONDS,
  }
  // `short`: one waiting job for each key. A running job has another state and does not count. `stately`: and one running.
  await boss.createQueue(definition.name, { ...options, policy: definition.isExclusive === true ? 'stately' : 'short' })
  await boss.updateQueue(definition.name, options)
}

function heartbeatSeconds(definition: JobDefinition<unknown>): number {
  return Math.max(definition.heartbeatSeconds, SHORTEST_HEARTBEAT_SECONDS)
}

function jobInsert(data: object, options: ReturnType<typeof jobOptions>): JobInsert {
  return { ...options, data }
}

/** A job without a key of its own gets one that no other has. Long keys are told apart by their hash. */
function jobOptions(lane: Lane, key: string | undefined, startAfterSeconds: number | undefined) {
  const ownKey =
    key === undefined ? randomUUID() : key.length > 100 ? createHash('sha256').update(key).digest('hex') : key
  return {
    priority: LANES[lane],
    singletonKey: ownKey,
    ...(startAfterSeconds === undefined ? {} : { startAfter: startAfterSeconds }),
  }
}

async function runJob<Input>(
  definition: JobDefinition<Input>,
  job: Job,
  handler: (input: Input, signal: AbortSignal) => Promise<void>,
  log: Log,
): Promise<JobResult> {
  const fields = { job: definition.name, id: job.id, attempt: job.retryCount + 1 }
  let input: Input
  try {
    input = definition.parse('input' in job.data ? job.data.input : undefined)
  } catch (error) {
    log.error('job input not understood', { ...fields, error: String(error) })
    return { id: job.id, status: 'deadletter', output: { message: 'input not understood' } }
  }
  try {
    await withinTime(definition.timeoutSeconds, job.signal, signal => handler(input, signal))
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const output = { message: error instanceof Error ? error.message : String(error) }
    // Without a dead letter queue, `deadletter` is the end whatever attempts the queue still allows.
    if (job.retryCount >= definition.retries) {
      log.error('job failed for good', { ...fields, error: output.message })
      return { id: job.id, status: 'deadletter', output }
    }
    log.warn('job failed', { ...fields, error: output.message })
    return { id: job.id, status: 'failed', output }
  }
}

async function withinTime(
  seconds: number,
  stop: AbortSignal,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const late = new AbortController()
  const running = run(AbortSignal.any([stop, late.signal]))
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`stopped after ${seconds} s`)
      late.abort(error)
      timer = setTimeout(() => reject(error), STOPPING_SECONDS * 1000)
      running.then(
        () => reject(error),
        () => reject(error),
      )
    }, seconds * 1000)
  })
  try {
    await Promise.race([running, tooLate])
    late.signal.throwIfAborted()
  } finally {
    clearTimeout(timer)
  }
}

/** The embedded database has one process: what it finds running at its start belongs to a run that was killed. */
async function handOverJobsOfTheLastRun(boss: PgBoss, database: QueueDatabase): Promise<void> {
  await database.executeSql(`
    update pgboss.job set heartbeat_on = 'epoch' where state = 'active' and heartbeat_seconds is not null;
    update pgboss.queue set monitor_claim_on = null`)
  await boss.supervise()
}
