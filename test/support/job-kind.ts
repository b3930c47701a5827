import { z } from 'zod'
import type { JobDefinition } from '../../src/jobs/job-queue.ts'

const INPUT = z.object({ n: z.number() })

/** A kind of work that two processes share. */
export const aJobKind: JobDefinition<{ n: number }> = {
  name: 'shared-kind',
  parse: input => INPUT.parse(input),
  concurrency: 1,
  retries: 0,
  heartbeatSeconds: 10,
  timeoutSeconds: 60,
}
