import { measureColdScan } from './cold-scan.ts'
import { measureExposure } from './exposure.ts'
import { measureLargeArchive } from './large-archive.ts'
import { measureListFindings } from './list-findings.ts'
import { measureManyFiles } from './many-files.ts'
import { measureMatching } from './matching.ts'
import { measureReachability } from './reachability.ts'
import { measureRematch } from './rematch.ts'
import { measureChangedSync, measureCompile, measureUnchangedSync } from './sync.ts'
import { measureWarmScan } from './warm-scan.ts'

/** Every benchmark by name: `npm run bench -- <name>`. They print what they measured and never gate a test. */
const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  'cold-scan': measureColdScan,
  compile: measureCompile,
  exposure: measureExposure,
  'large-archive': measureLargeArchive,
  'list-findings': measureListFindings,
  'many-files': measureManyFiles,
  matching: measureMatching,
  reachability: measureReachability,
  rematch: measureRematch,
  'sync-100-changed': measureChangedSync,
  'sync-unchanged': measureUnchangedSync,
  'warm-scan': measureWarmScan,
}

const name = process.argv[2] ?? ''
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
if (benchmark === undefined) {
  console.error(`name a benchmark: ${Object.keys(benchmarks).join(', ')}`)
  process.exitCode = 2
} else await benchmark()
