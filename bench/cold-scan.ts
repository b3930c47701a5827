import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'

import { openReaders } from '../src/app/open-readers.ts'
import { ECOSYSTEMS } from '../src/ecosystems/index.ts'
import { describeImageError } from '../src/inventory/describe-image-error.ts'
import type { LayerCache } from '../src/inventory/layer-cache.ts'
import { ociLayoutSource } from '../src/inventory/oci-layout-source.ts'
import { readImage } from '../src/inventory/read-image.ts'
import { nodeFileTree } from '../src/system/file-tree.ts'
import { buildLargeImage } from './images.ts'

const PARALLEL = 2
const ROUNDS = 5

interface Measured {
  readonly wallMs: number
  readonly cpuMs: number
  readonly inflatedBytes: number
  readonly peakRssBytes: number
}

/** Cold scan of an image of 2 GB against inflating its layers alone, each in processes of its own, taking turns. */
export async function measureColdScan(): Promise<void> {
  const kept = process.env['OPENINSPECTOR_BENCH_IMAGE']
  const directory = kept ?? (await mkdtemp(join(tmpdir(), 'openinspector-bench-')))
  try {
    if (kept === undefined) {
      console.log('building the image (about two minutes) ...')
      await buildLargeImage(directory)
    }
    const runs = { inflate: [] as Measured[], scan: [] as Measured[] }
    for (let round = 0; round < ROUNDS; round += 1) {
      const inflated = await measureInChild('inflate', directory)
      const scanned = await measureInChild('scan', directory)
      runs.inflate.push(inflated)
      runs.scan.push({ ...scanned, inflatedBytes: inflated.inflatedBytes })
    }
    console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`)
    const inflate = report('inflating alone', runs.inflate)
    const scan = report('cold scan', runs.scan)
    const ratios = runs.scan.map((run, at) => run.wallMs / (runs.inflate[at]?.wallMs ?? 1)).sort((a, b) => a - b)
    const rounded = ratios.map(ratio => ratio.toFixed(2)).join(' ')
    console.log(`wall ratio: best/best ${(scan.wallMs / inflate.wallMs).toFixed(2)}, by round ${rounded} (target 1.2)`)
    console.log(`processor time ratio: ${(scan.cpuMs / inflate.cpuMs).toFixed(2)}`)
  } finally {
    if (kept === undefined) await rm(directory, { recursive: true, force: true })
  }
}

function report(name: string, runs: readonly Measured[]): Measured {
  const best = runs.reduce((a, b) => (b.wallMs < a.wallMs ? b : a))
  const peakMb = Math.max(...runs.map(run => run.peakRssBytes)) / 1e6
  const rate = best.inflatedBytes / 1e6 / (best.wallMs / 1000)
  const walls = runs.map(run => run.wallMs.toFixed(0)).join(' ')
  console.log(
    `${name}: ${rate.toFixed(0)} MB/s, wall ms ${walls}, processor ms ${best.cpuMs.toFixed(0)}, peak memory ${peakMb.toFixed(0)} MB`,
  )
  return best
}

function measureInChild(mode: 'inflate' | 'scan', directory: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [import.meta.filename, mode, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Sources are compiled once, as the command line has it.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'openinspector-bench-compiled') },
    })
    let output = ''
    child.stdout.on('data', (piece: Buffer) => {
      output += piece.toString('utf8')
    })
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(JSON.parse(output) as Measured)
      else reject(new Error(`${mode} ended with ${code}`))
    })
  })
}

async function inflateLayers(directory: string): Promise<number> {
  const tree = nodeFileTree(directory)
  const found = await ociLayoutSource(tree).manifests(null)
  if (!found.ok) throw new Error(describeImageError(found.error))
  const waiting = [...(found.value[0]?.layers ?? [])]
  let inflatedBytes = 0
  async function work(): Promise<void> {
    for (let layer = waiting.shift(); layer !== undefined; layer = waiting.shift()) {
      const opened = await ociLayoutSource(tree).openBlob(layer)
      if (!opened.ok) throw new Error(describeImageError(opened.error))
      const gunzip = createGunzip({ chunkSize: 1 << 20 })
      const ended = new Promise((resolve, reject) => gunzip.once('end', resolve).once('error', reject))
      gunzip.on('data', (chunk: Buffer) => {
        inflatedBytes += chunk.length
      })
      for await (const piece of opened.value) {
        if (!gunzip.write(piece)) await new Promise(resolve => gunzip.once('drain', resolve))
      }
      gunzip.end()
      await ended
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return inflatedBytes
}

async function scan(directory: string): Promise<void> {
  const source = ociLayoutSource(nodeFileTree(directory))
  const found = await source.manifests(null)
  if (!found.ok) throw new Error(describeImageError(found.error))
  const manifest = found.value[0]
  if (manifest === undefined) throw new Error('no image')
  const cache: LayerCache = { get: async () => null, async put() {} }
  const readers = openReaders(reason => console.error(reason))
  const result = await readImage(source, manifest, { ecosystems: ECOSYSTEMS, readers, cache })
  readers.close()
  if (!result.ok) throw new Error(describeImageError(result.error))
  if (result.value.inventory.packages.length < 1000) throw new Error('packages are missing')
}

async function runChild(mode: string, directory: string): Promise<void> {
  await readFile(join(directory, 'index.json'))
  const watched = watchProcesses()
  const startedAt = performance.now()
  let inflatedBytes = 0
  if (mode === 'inflate') inflatedBytes = await inflateLayers(directory)
  else await scan(directory)
  const wallMs = performance.now() - startedAt
  const usage = process.resourceUsage()
  const cpuMs = (usage.userCPUTime + usage.systemCPUTime) / 1000 + watched.childrenCpuMs()
  const measured: Measured = { wallMs, cpuMs, inflatedBytes, peakRssBytes: watched.peakBytes() }
  process.stdout.write(JSON.stringify(measured))
}

/**
 * Memory of this process and of its readers together, at its peak: what each holds alone, and once what they share, which is
 * the program and its libraries; and the processor time of the readers. (proc(5), statm and stat)
 */
function watchProcesses(): { peakBytes(): number; childrenCpuMs(): number } {
  let peak = 0
  const cpuMs = new Map<number, number>()
  const look = (): void => {
    let own = 0
    let shared = 0
    const children = childrenOf(process.pid)
    for (const pid of children) cpuMs.set(pid, cpuMsOf(pid) ?? cpuMs.get(pid) ?? 0)
    for (const pid of [process.pid, ...children]) {
      const [, resident = 0, common = 0] = pagesOf(pid)
      own += resident - common
      shared = Math.max(shared, common)
    }
    peak = Math.max(peak, (own + shared) * PAGE_BYTES)
  }
  look()
  const timer = setInterval(look, 50)
  return {
    peakBytes() {
      clearInterval(timer)
      return peak
    },
    childrenCpuMs: () => [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0),
  }
}

const PAGE_BYTES = 4096

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

const MS_PER_TICK = 10

/** User and system time; `null` when the process has ended. */
function cpuMsOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
  } catch {
    return null
  }
}

function pagesOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number)
  } catch {
    // It has ended meanwhile.
    return []
  }
}

const [, script, mode, directory] = process.argv
if (script === import.meta.filename && mode !== undefined && directory !== undefined) await runChild(mode, directory)
