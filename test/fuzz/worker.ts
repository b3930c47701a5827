import { parentPort, workerData } from 'node:worker_threads'
import { Dice, mutate } from './mutations.ts'
import { LEAST_SECONDS, SECONDS_PER_MEGABYTE, type FuzzTarget } from './target.ts'
import { fuzzTargets } from './targets.ts'

/** What a worker is to do: inputs `from`, `from + 1`, … of one target, until the time is over or `count` are read. */
export interface FuzzTask {
  readonly target: string
  readonly seed: number
  readonly from: number
  readonly count: number
  readonly milliseconds: number
}

export type FuzzMessage =
  | { readonly is: 'reading'; readonly number: number }
  | { readonly is: 'finding'; readonly number: number; readonly what: string }
  | { readonly is: 'done'; readonly read: number; readonly slowestMs: number; readonly slowestNumber: number }

/** The input of a number: what a finding is told by, and read again with. */
export function inputOf(target: FuzzTarget, seed: number, number: number): Uint8Array {
  const dice = new Dice(seed * 1_000_003 + number)
  return mutate(dice.pick(target.seeds), target.seeds, dice)
}

async function work(task: FuzzTask, tell: (message: FuzzMessage) => void): Promise<void> {
  const target = (await fuzzTargets()).find(one => one.name === task.target)
  if (target === undefined) throw new Error(`there is no target ${task.target}`)
  const until = performance.now() + task.milliseconds
  let [read, slowestMs, slowestNumber] = [0, 0, task.from]
  for (let number = task.from; number < task.from + task.count && performance.now() < until; number++) {
    const input = inputOf(target, task.seed, number)
    tell({ is: 'reading', number })
    const before = process.threadCpuUsage()
    try {
      await target.run(input)
    } catch (thrown) {
      tell({ is: 'finding', number, what: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) })
    }
    const { user } = process.threadCpuUsage(before)
    const allowedMs = 1000 * Math.max(LEAST_SECONDS, SECONDS_PER_MEGABYTE * (input.length / 1024 ** 2))
    if (user / 1000 > allowedMs) {
      tell({
        is: 'finding',
        number,
        what: `${input.length} bytes took ${Math.round(user / 1000)} ms of processor time`,
      })
    }
    if (user / 1000 > slowestMs) [slowestMs, slowestNumber] = [user / 1000, number]
    const polluted = Object.keys(Object.prototype)
    if (polluted.length > 0) tell({ is: 'finding', number, what: `Object.prototype has ${polluted.join(', ')}` })
    read++
  }
  tell({ is: 'done', read, slowestMs, slowestNumber })
}

const port = parentPort
if (port !== null) await work(workerData as FuzzTask, message => port.postMessage(message))
