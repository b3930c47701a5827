import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'

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
    `${name}: ${rate.toFixed(0)} MB/s, wall ms ${walls}, processor ms ${best.cpuMs.toFixed(0)}, peak RSS ${peakMb.toFixed(0)} MB`,
  )
  return best
}

function measureInChild(mode: 'inflate' | 'scan', directory: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [import.meta.filename, mode, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
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
  const result = await readImage(source, manifest, { ecosystems: ECOSYSTEMS, cache })
  if (!result.ok) throw new Error(describeImageError(result.error))
  if (result.value.inventory.packages.length < 1000) throw new Error('packages are missing')
}

async function runChild(mode: string, directory: string): Promise<void> {
  await readFile(join(directory, 'index.json'))
  const startedAt = performance.now()
  let inflatedBytes = 0
  if (mode === 'inflate') inflatedBytes = await inflateLayers(directory)
  else await scan(directory)
  const wallMs = performance.now() - startedAt
  const usage = process.resourceUsage()
  const cpuMs = (usage.userCPUTime + usage.systemCPUTime) / 1000
  // maxRSS is in KiB.
  const measured: Measured = { wallMs, cpuMs, inflatedBytes, peakRssBytes: usage.maxRSS * 1024 }
  process.stdout.write(JSON.stringify(measured))
}

const [, script, mode, directory] = process.argv
if (script === import.meta.filename && mode !== undefined && directory !== undefined) await runChild(mode, directory)
