import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import { compare, compareAll, disagreesOn } from './agreement.ts'
import { drawSeeded } from './draw.ts'
import { doubtsAboutPaths } from './evidence.ts'
import { doubtsAboutObstacles } from './obstacles.ts'
import { drawNetwork } from './random-network.ts'
import { shrink } from './shrink.ts'
import { countOfTinyWorlds, tinyWorldAt } from './tiny-worlds.ts'

/**
 * `node test/reachability/run.ts --networks 200000 --seed 1`: holds the analysis against the packet simulator on random networks, the
 * seeds counting up from the first. `--probes` questions are asked of each network (default 40), on `--workers` threads.
 * With `--exhaustive`: every question about every tiny world instead. With `--evidence`: proofs of what is open and obstacles of
 * what is closed are read back and held against the raw networks, too.
 */
interface Share {
  readonly first: number
  readonly step: number
  readonly end: number
  readonly probes: number
  readonly isExhaustive: boolean
  readonly readsEvidence: boolean
}

interface Tally {
  networks: number
  asked: number
  open: number
  /** Decisions that were read back. */
  hops: number
  readonly failures: string[]
}

/** Questions of each network whose obstacles are read back. */
const OBSTACLE_PROBES = 12

const port = parentPort
if (isMainThread || port === null) await main()
else port.postMessage(runShare(workerData as Share))

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      networks: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      probes: { type: 'string', default: '40' },
      exhaustive: { type: 'boolean', default: false },
      evidence: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  })
  const isExhaustive = values.exhaustive
  const [first, networks] = isExhaustive ? [0, countOfTinyWorlds()] : [Number(values.seed), Number(values.networks)]
  const [probes, step] = [Number(values.probes), Number(values.workers)]
  const startedAt = performance.now()
  const shares = Array.from({ length: step }, (_, at): Share => ({
    first: first + at,
    step,
    end: first + networks,
    probes,
    isExhaustive,
    readsEvidence: values.evidence,
  }))
  const tallies = await Promise.all(shares.map(inWorker))
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0)
  const failures = tallies.flatMap(tally => tally.failures)
  for (const failure of failures) console.log(failure)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  const read = values.evidence ? `, ${sum(tally => tally.hops)} decisions read back` : ''
  const counts = `${sum(tally => tally.networks)} networks, ${sum(tally => tally.asked)} questions, ${sum(tally => tally.open)} open${read}`
  console.log(
    `${isExhaustive ? 'tiny worlds' : 'seeds'} ${first} to ${first + networks - 1}: ${counts}, ${failures.length} disagreements, ${seconds} s`,
  )
  process.exitCode = failures.length === 0 ? 0 : 1
}

function inWorker(share: Share): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share })
    worker.once('message', (tally: Tally) => resolve(tally))
    worker.once('error', reject)
  })
}

function runShare({ first, step, end, probes, isExhaustive, readsEvidence }: Share): Tally {
  const tally: Tally = { networks: 0, asked: 0, open: 0, hops: 0, failures: [] }
  for (let number = first; number < end; number += step) {
    const { calls, text, answered } = isExhaustive ? askAll(number) : askSome(number, probes)
    tally.networks += 1
    tally.asked += answered.asked
    tally.open += answered.open
    if (readsEvidence) {
      const { hops, doubts } = doubtsAbout(calls, number)
      tally.hops += hops
      tally.failures.push(...doubts.map(doubt => `${text}: ${doubt}`))
    }
    const { disagreement } = answered
    if (disagreement === null) continue
    const small = tally.failures.length < 3 ? shrink(calls, less => disagreesOn(less, disagreement.probe)) : []
    tally.failures.push(
      [
        `${text}: ${disagreement.text}`,
        ...small.filter(isTelling).map(({ call, answer }) => `  ${call} ${JSON.stringify(answer)}`),
      ].join('\n'),
    )
  }
  return tally
}

function doubtsAbout(calls: readonly RecordedCall[], seed: number) {
  const paths = doubtsAboutPaths(calls)
  const obstacles = doubtsAboutObstacles(calls, drawSeeded(seed), OBSTACLE_PROBES)
  return { hops: paths.hops + obstacles.hops, doubts: [...paths.doubts, ...obstacles.doubts] }
}

interface Asked {
  readonly calls: readonly RecordedCall[]
  readonly text: string
  readonly answered: ReturnType<typeof compare>
}

function askSome(seed: number, probes: number): Asked {
  const draw = drawSeeded(seed)
  const calls = drawNetwork(draw)
  return { calls, text: `seed ${seed}`, answered: compare(calls, draw, probes) }
}

function askAll(number: number): Asked {
  const { calls, text } = tinyWorldAt(number)
  return { calls, text, answered: compareAll(calls) }
}

function isTelling({ answer }: { readonly answer: unknown }): boolean {
  return JSON.stringify(answer).length > 60
}
