import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { afterAll, describe, expect, it } from 'vitest'

import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { readVex } from '../../findings/vex/read-vex.ts'
import type { BlockSource } from '../../inventory/disk/block-device.ts'
import { DiskFault } from '../../inventory/disk/block-device.ts'
import { readRoot } from '../../inventory/read-root.ts'
import { readersHere } from '../../inventory/readers-here.ts'
import { nodeFileTree } from '../file-tree.ts'
import { readerPool } from './reader-pool.ts'

const SOURCES = join(import.meta.dirname, '../../')
const pool = readerPool({
  ecosystems: ECOSYSTEMS,
  analyzers: new URL('../../ecosystems/index.ts', import.meta.url),
  onUnprotected: reason => {
    throw new Error(reason)
  },
})
const here = readersHere(ECOSYSTEMS)
afterAll(() => pool.close())

const PURL = 'pkg:npm/lodash@4.17.20'
const SBOM = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  components: [
    { type: 'library', name: 'lodash', version: '4.17.20', purl: PURL, 'bom-ref': 'one' },
    { type: 'library', name: 'odd', purl: 'pkg:generic/odd@1', 'bom-ref': 'two' },
  ],
}
const VEX = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.com/vex/1',
  author: 'somebody',
  timestamp: '2026-01-01T00:00:00Z',
  version: 1,
  statements: [
    { vulnerability: { name: 'CVE-2021-23337' }, products: [{ '@id': PURL }], status: 'not_affected', justification: 'component_not_present' },
  ],
} // prettier-ignore

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

function ext4(broken: number | null): BlockSource {
  const image = gunzipSync(readFileSync(join(SOURCES, 'inventory/disk/ext/testdata/ext4.img.gz')))
  const blockBytes = 64 * 1024
  return {
    sizeBytes: image.length,
    blockBytes,
    blocksTotal: Math.ceil(image.length / blockBytes),
    async readBlock(index) {
      if (index === broken) throw new DiskFault('unreadable', `block ${index} is broken`)
      const block = image.subarray(index * blockBytes, (index + 1) * blockBytes)
      return block.every(byte => byte === 0) ? null : new Uint8Array(block)
    },
    async close() {},
  }
}

describe('readers in processes of their own', () => {
  it('find in a directory what is found here, in named files, executables and archives', async () => {
    const reader = pool.begin()
    const tree = nodeFileTree(join(SOURCES, 'ecosystems'))
    const there = await readRoot(tree, { ecosystems: ECOSYSTEMS, reader }).finally(() => reader.close())

    const expected = await readRoot(tree, { ecosystems: ECOSYSTEMS })
    expect(there).toEqual(expected)
    expect(there.packages.length).toBeGreaterThan(100)
  })

  it.each([
    ['a disk', null],
    ['a disk whose first block is broken', 0],
  ])('find on %s what is found here, with the blocks that it took', async (_what, broken) => {
    const reader = pool.begin()
    const lines: string[] = []
    const options = { progress: (line: string) => void lines.push(line) }
    const there = await reader.readDisk(ext4(broken), options).finally(() => reader.close())

    expect(there).toEqual(await here.begin().readDisk(ext4(broken), { progress: () => undefined }))
    expect(there.ok).toBe(broken === null)
    expect(lines.length).toBe(broken === null ? 1 : 0)
  })

  it('throw what the source of a disk throws', async () => {
    const reader = pool.begin()
    const source: BlockSource = { ...ext4(null), readBlock: () => Promise.reject(new Error('the network is gone')) }

    const reading = reader.readDisk(source, { progress: () => undefined }).finally(() => reader.close())

    await expect(reading).rejects.toThrow('the network is gone')
  })

  it.each([
    ['a document', SBOM],
    ['no document', '{"what":1}'],
    ['nothing', ''],
  ])('find in %s what is found here, with the references of packages', async (_what, document) => {
    const reader = pool.begin()
    const there = await reader.readSbom(bytesOf(document), 'x').finally(() => reader.close())

    expect(there).toEqual(await here.begin().readSbom(bytesOf(document), 'x'))
  })

  it.each([
    ['a VEX document', VEX],
    ['none', '[]'],
  ])('find in %s what is found here', async (_what, document) => {
    expect(await pool.readVex(bytesOf(document), 'x')).toEqual(readVex(bytesOf(document), 'x'))
  })
})
