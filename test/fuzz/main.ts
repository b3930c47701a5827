import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { fuzzTargets } from './targets.ts'

/**
 * `npm run fuzz`: reads mutated inputs for `--seconds` per target (default 10), from `--seed` (default: the time, printed).
 * `--target TEXT` takes the targets whose names hold the text; `--only NUMBER` reads one input again.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    target: { type: 'string', default: '' },
    only: { type: 'string' },
  },
})
const seed = Number(values.seed)
const milliseconds = Number(values.seconds) * 1000
if (!Number.isSafeInteger(seed) || !(milliseconds > 0)) throw new Error('--seed and --seconds are numbers')
const chosen = (await fuzzTargets()).filter(target => target.name.includes(values.target))
if (chosen.length === 0) throw new Error(`no target is named like ${values.target}`)
console.log(`seed ${seed}, ${chosen.length} targets, ${milliseconds / 1000} s each`)
let findings = 0
const waiting = chosen.values()

/** Reads one target after the other: as many at a time as there are processors, because what counts is processor time. */
async function readTargets(): Promise<void> {
  for (const { name } of waiting) {
    const range =
      values.only === undefined ? { count: Number.MAX_SAFE_INTEGER } : { from: Number(values.only), count: 1 }
    const report = await fuzz({ target: name, seed, milliseconds, ...range })
    findings += report.findings.length
    const told = report.findings.map(
      finding =>
        `  FINDING --target '${name}' --seed ${seed} --only ${finding.number}\n    ${finding.what.replaceAll('\n', '\n    ')}`,
    )
    const slowest = `slowest ${report.slowestMs.toFixed(0)} ms (input ${report.slowestNumber})`
    console.log([`${name}: ${report.read} inputs, ${slowest}`, ...told].join('\n'))
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, readTargets))
process.exitCode = findings === 0 ? 0 : 1
