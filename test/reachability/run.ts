import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { compare, disagreesOn } from './agreement.ts'
import { drawSeeded } from './draw.ts'
import { drawNetwork } from './random-network.ts'
import { shrink } from './shrink.ts'

/**
 * `node test/reachability/run.ts --networks 200000 --seed 1`: holds the analysis against the packet simulator on random networks, the
 * seeds counting up from the first. `--probes` questions are asked of each network (default 40), on `--workers` threads.
 */
interface Share {
  readonly first: number
  readonly step: number
  readonly end: number
  readonly probes: number
}

interface Tally {
  networks: number
  asked: number
  open: number
  readonly failures: string[]
}

const port = parentPort
if (isMainThread || port === null) await main()
else port.postMessage(runShare(workerData as Share))

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      networks: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      probes: { type: 'string', default: '40' },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  })
  const [first, networks] = [Number(values.seed), Number(values.networks)]
  const [probes, step] = [Number(values.probes), Number(values.workers)]
  const startedAt = performance.now()
  const shares = Array.from({ length: step }, (_, at): Share => ({
    first: first + at,
    step,
    end: first + networks,
    probes,
  }))
  const tallies = await Promise.all(shares.map(inWorker))
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0)
  const failures = tallies.flatMap(tally => tally.failures)
  for (const failure of failures) console.log(failure)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  const counts = `${sum(tally => tally.networks)} networks, ${sum(tally => tally.asked)} questions, ${sum(tally => tally.open)} open`
  console.log(`seeds ${first} to ${first + networks - 1}: ${counts}, ${failures.length} disagreements, ${seconds} s`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

function inWorker(share: Share): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share })
    worker.once('message', (tally: Tally) => resolve(tally))
    worker.once('error', reject)
  })
}

function runShare({ first, step, end, probes }: Share): Tally {
  const tally: Tally = { networks: 0, asked: 0, open: 0, failures: [] }
  for (let seed = first; seed < end; seed += step) {
    const draw = drawSeeded(seed)
    const calls = drawNetwork(draw)
    const { asked, open, disagreement } = compare(calls, draw, probes)
    tally.networks += 1
    tally.asked += asked
    tally.open += open
    if (disagreement === null) continue
    const text = `seed ${seed}: ${disagreement.text}`
    const small = tally.failures.length < 3 ? shrink(calls, less => disagreesOn(less, disagreement.probe)) : []
    tally.failures.push(
      [text, ...small.filter(isTelling).map(({ call, answer }) => `  ${call} ${JSON.stringify(answer)}`)].join('\n'),
    )
  }
  return tally
}

function isTelling({ answer }: { readonly answer: unknown }): boolean {
  return JSON.stringify(answer).length > 60
}
