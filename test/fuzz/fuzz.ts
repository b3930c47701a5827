import { Worker } from 'node:worker_threads'
import { HEAP_MEGABYTES } from './target.ts'
import type { FuzzMessage, FuzzTask } from './worker.ts'

export interface FuzzFinding {
  readonly target: string
  readonly seed: number
  /** With `seed` this gives the input again: `npm run fuzz -- --target NAME --seed SEED --only NUMBER`. */
  readonly number: number
  readonly what: string
}

export interface FuzzReport {
  readonly target: string
  readonly read: number
  readonly slowestMs: number
  readonly slowestNumber: number
  readonly findings: readonly FuzzFinding[]
}

/** Silence after which a reader hangs, in milliseconds: no input takes so long even on a machine with much else to do. */
const SILENCE_MS = 30_000
const MOST_FINDINGS = 5

/**
 * Reads mutated inputs in a thread with a bounded heap. A reader that hangs or takes too much memory loses its thread:
 * that is a finding, and the inputs after it are read in a new one.
 */
export async function fuzz(task: Omit<FuzzTask, 'from'> & { readonly from?: number }): Promise<FuzzReport> {
  const findings: FuzzFinding[] = []
  const until = performance.now() + task.milliseconds
  let [from, read, slowestMs, slowestNumber] = [task.from ?? 0, 0, 0, 0]
  const end = from + task.count
  while (from < end && performance.now() < until && findings.length < MOST_FINDINGS) {
    const own = { ...task, from, count: end - from, milliseconds: until - performance.now() }
    const outcome = await runThread(own, (number, what) => {
      findings.push({ target: task.target, seed: task.seed, number, what })
    })
    read += outcome.read
    if (outcome.slowestMs > slowestMs) [slowestMs, slowestNumber] = [outcome.slowestMs, outcome.slowestNumber]
    from = outcome.next
  }
  return { target: task.target, read, slowestMs, slowestNumber, findings }
}

interface ThreadOutcome {
  readonly read: number
  readonly slowestMs: number
  readonly slowestNumber: number
  /** The first number that was not read. */
  readonly next: number
}

function runThread(task: FuzzTask, found: (number: number, what: string) => void): Promise<ThreadOutcome> {
  return new Promise(resolve => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: task,
      // Some hundred kilobytes of compiled code live there too, hence the young generation of its own.
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES, maxYoungGenerationSizeMb: 32 },
    })
    let current = task.from
    let outcome: ThreadOutcome | null = null
    let timer = setTimeout(hang, SILENCE_MS)
    function hang(): void {
      found(current, `no answer within ${SILENCE_MS / 1000} s`)
      void worker.terminate()
    }
    worker.on('message', (message: FuzzMessage) => {
      clearTimeout(timer)
      timer = setTimeout(hang, SILENCE_MS)
      if (message.is === 'reading') current = message.number
      else if (message.is === 'finding') found(message.number, message.what)
      else outcome = { ...message, next: task.from + task.count }
    })
    worker.on('error', error =>
      found(current, `the thread ended: ${error instanceof Error ? error.message : String(error)}`),
    )
    worker.on('exit', () => {
      clearTimeout(timer)
      resolve(outcome ?? { read: current - task.from, slowestMs: 0, slowestNumber: current, next: current + 1 })
    })
  })
}
