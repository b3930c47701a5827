import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, describe, expect, it } from 'vitest'

import { ECOSYSTEMS } from '../../../test/support/bad-analyzers.ts'
import { buildImage, sourceOf } from '../../../test/support/image-builder.ts'
import { runUntilKilled } from '../../../test/support/killed-process.ts'
import { memoryTree } from '../../../test/support/memory-tree.ts'
import type { TarPart } from '../../../test/support/tar-builder.ts'
import type { LayerRecord } from '../../inventory/layer-cache.ts'
import type { ReaderLimits } from '../../inventory/limits.ts'
import { readImage } from '../../inventory/read-image.ts'
import { readRoot } from '../../inventory/read-root.ts'
import { type ReaderPool, readerPool } from './reader-pool.ts'

const cache = mkdtempSync(join(tmpdir(), 'openinspector-readers-'))
// As the command line has it: readers start in a third of the time.
enableCompileCache(cache)
const ANALYZERS = new URL('../../../test/support/bad-analyzers.ts', import.meta.url)
const pools: ReaderPool[] = []

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close()
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))

function aPool(limits: Partial<ReaderLimits> = {}, analyzers = ANALYZERS) {
  const unprotected: string[] = []
  const pool = readerPool({
    ecosystems: ECOSYSTEMS,
    analyzers,
    limits,
    isLasting: true,
    idleMs: 200,
    onUnprotected: reason => unprotected.push(reason),
  })
  pools.push(pool)
  return { pool, unprotected }
}

async function readLayers(pool: ReaderPool, layers: readonly (readonly TarPart[])[], signal?: AbortSignal) {
  const image = buildImage(layers)
  const kept: LayerRecord[] = []
  const read = await readImage(sourceOf(image), image.manifest, {
    ecosystems: ECOSYSTEMS,
    readers: pool,
    cache: { get: async () => null, put: async record => void kept.push(record) },
    ...(signal === undefined ? {} : { signal }),
  })
  return { read, kept }
}

async function readFiles(pool: ReaderPool, files: Readonly<Record<string, string>>) {
  const reader = pool.begin()
  const bytes = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]))
  const inventory = await readRoot(memoryTree(bytes), { ecosystems: ECOSYSTEMS, reader }).finally(() => reader.close())
  return {
    packages: inventory.packages.map(({ name }) => name).sort(),
    problems: inventory.problems.map(({ path, reason }) => `${path} ${reason}`),
  }
}

/** Readers that this process has started and that live. */
function readersOf(parent: number): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return children.filter(child => {
    try {
      return readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('reader-process')
    } catch {
      return false
    }
  }).length
}

const GOOD = { path: 'a/package.json', content: 'good 1' }
const QUICK = { fileTimeoutMs: 1_000 }
const FAULTS = [
  ['crash/it', 'analyzer-crashed', {}],
  ['exit/it', 'analyzer-crashed', {}],
  ['loop/it', 'analyzer-timeout', QUICK],
  ['fill/it', 'analyzer-out-of-memory', { heapBytes: 64 << 20 }],
  ['fill/all', 'analyzer-out-of-memory', { memoryBytes: 150 << 20 }],
  ['lie/rubbish', 'analyzer-crashed', {}],
  ['lie/huge', 'analyzer-crashed', {}],
  ['lie/not JSON', 'analyzer-crashed', {}],
  ['lie/another layer', 'analyzer-crashed', {}],
  ['lie/a question about nothing', 'analyzer-crashed', {}],
] as const

describe('a layer', () => {
  it('says in a process of its own what it says in this one', async () => {
    const { pool, unprotected } = aPool()

    const { read, kept } = await readLayers(pool, [[GOOD], [{ path: 'b/package.json', content: 'other 2' }]])

    expect(unprotected).toEqual([])
    expect(read.ok && read.value.inventory.packages.map(({ name }) => name)).toEqual(['good', 'other'])
    expect(kept.map(({ files }) => files.length)).toEqual([1, 1])
  })

  it.each(FAULTS)('with %s costs that file and is told as %s', async (path, reason, limits) => {
    const { pool } = aPool(limits)

    const { read } = await readLayers(pool, [[{ path, content: 'x' }, GOOD]])

    if (!read.ok) throw new Error(JSON.stringify(read.error))
    expect(read.value.inventory.packages.map(({ name }) => name)).toEqual(['good'])
    expect(read.value.inventory.problems).toMatchObject([
      { path, reason, detail: expect.stringContaining('npm/bad') as string },
    ])
  })

  it('with more bad files than restartsPerLayer is refused, with the last of them', async () => {
    const { pool } = aPool({ restartsPerLayer: 2 })
    const parts = [1, 2, 3].map(number => ({ path: `exit/${number}`, content: 'x' }))

    const { read, kept } = await readLayers(pool, [parts])

    expect(read).toMatchObject({ ok: false, error: { is: 'malformed', detail: expect.stringContaining('exit/2') } })
    expect(kept).toEqual([])
  })

  it('is given up at once when its scan is aborted', async () => {
    const { pool } = aPool()
    const startedAt = performance.now()

    const reading = readLayers(pool, [[{ path: 'loop/it', content: 'x' }]], AbortSignal.timeout(1_500))

    await expect(reading).rejects.toThrow('timeout')
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})

describe('a directory', () => {
  it.each(FAULTS.filter(([path]) => /crash|loop|question/.test(path)))(
    'with %s costs that file and is told as %s',
    async (path, reason, limits) => {
      const { pool } = aPool(limits)
      const more = Object.fromEntries([1, 2, 3].map(number => [`m${number}/package.json`, `m${number} 1`]))

      const found = await readFiles(pool, { 'a/package.json': 'a 1', [path]: 'x', ...more })

      expect(found).toEqual({ packages: ['a', 'm1', 'm2', 'm3'], problems: [`${path} ${reason}`] })
    },
  )

  it('with more bad files than restartsPerTree has each further file as a problem', async () => {
    const { pool } = aPool({ restartsPerTree: 1 })

    const found = await readFiles(pool, { 'exit/1': 'x', 'exit/2': 'x', 'a/package.json': 'a 1' })

    expect(found.packages).toEqual([])
    expect(found.problems).toHaveLength(3)
  })
})

describe('a reader', () => {
  it('cannot read, write, start, load or reach anything, and knows nothing', async () => {
    const visits: string[] = []
    const server = createServer(socket => {
      visits.push('somebody came')
      socket.destroy()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    process.env['OPENINSPECTOR_TEST_SECRET'] = 'x'
    const reader = aPool().pool.begin()

    await reader.readFile({ path: 'probe/begin', bytes: Buffer.from(String(port)) })
    await new Promise(resolve => setTimeout(resolve, 300))
    const [outcome] = await reader.readFile({ path: 'probe/end', bytes: Buffer.from('') })
    reader.close()
    server.close()
    delete process.env['OPENINSPECTOR_TEST_SECRET']

    const told = outcome?.analysis.packages.map(({ name }) => name) ?? []
    expect(told.filter(line => !line.endsWith(': denied'))).toEqual(['environment: empty', 'directory: /'])
    expect(told).toHaveLength(25)
    expect(visits).toEqual([])
  })

  it(
    'ends with its parent, however that ends and whatever it does',
    { skip: !existsSync('/usr/bin/setpriv') },
    async () => {
      const [line = ''] = await runUntilKilled('killed-reader-parent.ts', [], 1)

      const pids = line.split(' ')
      expect(pids.length).toBeGreaterThan(0)
      for (const pid of pids) await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 5_000 }).toBe(false)
    },
  )

  it('is gone soon after its target is, and a new one reads the next', async () => {
    const { pool } = aPool()

    for (const name of ['first', 'second']) {
      const found = await readFiles(pool, { 'a/package.json': `${name} 1` })
      expect(found.packages).toEqual([name])
      await expect.poll(() => readersOf(process.pid), { timeout: 5_000 }).toBe(0)
    }
  })

  it('is waited for where there are as many as processes says', async () => {
    const { pool } = aPool({ processes: 1 })
    const first = pool.begin()
    const second = pool.begin()
    const file = { path: 'a/package.json', bytes: Buffer.from('a 1') }
    await first.readFile(file)
    let isRead = false

    const reading = second.readFile(file).then(() => {
      isRead = true
    })
    await new Promise(resolve => setTimeout(resolve, 300))
    const before = [isRead, readersOf(process.pid)]
    first.close()
    await reading
    second.close()

    expect(before).toEqual([false, 1])
  })

  it('that takes longer to start than startTimeoutMs is not waited for', async () => {
    const { pool, unprotected } = aPool({ startTimeoutMs: 1 })

    const found = await readFiles(pool, { 'a/package.json': 'a 1' })

    expect(found.packages).toEqual(['a'])
    expect(unprotected).toEqual(['it took too long'])
  })

  it.each([
    ['that cannot be loaded', new URL('./nothing.ts', import.meta.url)],
    ['with other analyzers', new URL('../../../test/support/fake-readers-of-others.ts', import.meta.url)],
  ])('%s is said, and the files are read here', async (_what, analyzers) => {
    const { pool, unprotected } = aPool({}, analyzers)

    const found = await readFiles(pool, { 'a/package.json': 'a 1', 'b/package.json': 'b 1' })

    expect(found.packages).toEqual(['a', 'b'])
    expect(unprotected).toHaveLength(1)
  })
})
