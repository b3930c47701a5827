import { cpus } from 'node:os'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { NetworkAnalyzer } from '../src/reachability/incremental.ts'
import { anEstate, withChangedGroup } from './estate.ts'

/** Instances; others may be named behind the benchmark. */
const SIZES = [1000, 10_000, 100_000]
const CHANGES = 20

interface Measured {
  readonly instances: number
  readonly fullMs: number
  readonly pathsMs: number
  readonly paths: number
  readonly changeMs: number
  readonly changed: number
  readonly snapshotBytes: number
  readonly bytes: number
}

const port = parentPort
if (!isMainThread && port !== null) port.postMessage(measure(workerData as number))

/** Whole runs over estates of three sizes, each in a thread of its own, then one changed security group in each. */
export async function measureReachability(): Promise<void> {
  console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`)
  console.log('instances  full run     paths       one changed group   heap: snapshot, analysed   process RSS')
  const named = process.argv.slice(3).map(Number)
  for (const instances of named.length > 0 ? named : SIZES) {
    const measured = await inThread(instances)
    const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`
    console.log(
      [
        String(instances).padStart(9),
        `${measured.fullMs.toFixed(0)} ms`.padStart(9),
        `${measured.paths} in ${measured.pathsMs.toFixed(0)} ms`.padStart(18),
        `${measured.changeMs.toFixed(1)} ms (${measured.changed} instances)`.padStart(26),
        `${megabytes(measured.snapshotBytes)}, ${megabytes(measured.bytes)}`.padStart(18),
        megabytes(process.memoryUsage.rss()).padStart(10),
      ].join('  '),
    )
  }
}

function inThread(instances: number): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: instances,
      resourceLimits: { maxOldGenerationSizeMb: 2048 },
    })
    worker.once('message', (measured: Measured) => resolve(measured))
    worker.once('error', reject)
  })
}

function measure(instances: number): Measured {
  const snapshot = anEstate(instances)
  const snapshotBytes = process.memoryUsage().heapUsed
  const startedAt = performance.now()
  const analyzer = new NetworkAnalyzer(snapshot)
  const fullMs = performance.now() - startedAt
  const pathsAt = performance.now()
  let paths = 0
  for (const path of analyzer.analysis.paths) paths += path.sources.length > 0 ? 1 : 0
  const pathsMs = performance.now() - pathsAt
  const step = Math.max(1, Math.floor(snapshot.securityGroups.length / CHANGES))
  const groups = snapshot.securityGroups.filter((_, at) => at % step === 0).slice(0, CHANGES)
  const times = groups.map(group => {
    const changedAt = performance.now()
    const { changedInstanceIds } = analyzer.update({ securityGroups: { put: [withChangedGroup(group)], removed: [] } })
    return { ms: performance.now() - changedAt, changed: changedInstanceIds.length }
  })
  times.sort((a, b) => a.ms - b.ms)
  const slowest = times.at(-1) ?? { ms: 0, changed: 0 }
  const bytes = process.memoryUsage().heapUsed
  return { instances, fullMs, pathsMs, paths, changeMs: slowest.ms, changed: slowest.changed, snapshotBytes, bytes }
}
