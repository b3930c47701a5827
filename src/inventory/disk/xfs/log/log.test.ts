import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../../base/crc32c.ts'
import { contentOf } from '../../../../../test/support/disk-content.ts'
import type { Content } from '../../../../../test/support/disk-content.ts'
import { SparseImage } from '../../../../../test/support/sparse-image.ts'
import { deviceSlice } from '../../block-device.ts'
import type { DiskFileSystem } from '../../disk-file-system.ts'
import { openXfs } from '../file-system.ts'
import { readXfsSuperblock } from '../superblock.ts'
import type { XfsGeometry } from '../superblock.ts'
import { replayedXfs } from './replayed-device.ts'
import { findLogHead, LOG_BLOCK_BYTES, logRing, RECORD_MAGIC } from './ring.ts'

const TESTDATA = new URL('../testdata/', import.meta.url)
const SAMPLES = readdirSync(TESTDATA).flatMap(file => /^dirty-(.+)\.sectors\.gz$/.exec(file)?.[1] ?? [])

function unpacked(file: string): Buffer {
  return gunzipSync(readFileSync(new URL(file, TESTDATA)))
}

function sample(name: string): SparseImage {
  return new SparseImage(unpacked(`dirty-${name}.sectors.gz`))
}

async function open(image: SparseImage): Promise<DiskFileSystem> {
  const opened = await openXfs(image)
  if (opened === null) throw new Error('the image is not taken for XFS')
  return opened
}

function sorted(content: Content): Content {
  return content.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** What the kernel makes of the sample. */
function recovered(name: string): Content {
  return sorted(JSON.parse(unpacked(`dirty-${name}.tree.json.gz`).toString()) as Content)
}

async function geometryOf(
  image: SparseImage,
): Promise<XfsGeometry & { readonly log: NonNullable<XfsGeometry['log']> }> {
  const geometry = await readXfsSuperblock(image)
  if (geometry === null || geometry.log === null) throw new Error('the image has no log of its own')
  return { ...geometry, log: geometry.log }
}

describe.each(SAMPLES)('the log of a file system that was in use: %s', name => {
  it('is replayed: every file is what the kernel makes of it', async () => {
    const opened = await open(sample(name))

    expect(opened.problem).toBeNull()
    expect(opened.notes).toEqual([
      expect.stringMatching(/^was in use: \d+ changes of \d+ transactions were taken from its journal$/),
    ])
    expect(sorted(await contentOf(opened))).toEqual(recovered(name))
  })

  it('tells what is not there without it', async () => {
    const image = sample(name)
    const { log } = await geometryOf(image)
    for (const sector of image.sectors.keys()) {
      if (sector * 512 >= log.offset && sector * 512 < log.offset + log.sizeBytes) image.sectors.delete(sector)
    }

    const opened = await open(image)

    expect(opened.problem).toBeNull()
    expect(sorted(await contentOf(opened).catch(() => []))).not.toEqual(recovered(name))
  })
})

describe('a log in use around its end', () => {
  it.each([1, 2, 100, 1000, 1604])('is read when %i of its blocks lie before the end', async before => {
    const image = sample('many-transactions')
    await turn(image, before)

    const opened = await open(image)

    expect(opened.problem).toBeNull()
    expect(sorted(await contentOf(opened))).toEqual(recovered('many-transactions'))
  })
})

describe('a damaged log', () => {
  it('ends before a newest record that was not written as a whole', async () => {
    const image = sample('many-transactions')
    const { block } = await newestRecord(image)
    const before = await open(image)
    image.write((await geometryOf(image)).log.offset + (block + 1) * LOG_BLOCK_BYTES + 100, Uint8Array.of(1, 2, 3))

    const opened = await open(image)

    expect(opened.problem).toBeNull()
    expect(transactionsOf(opened)).toBe(transactionsOf(before) - 1)
  })

  it('is not replayed at all when an older record is wrong, and says where', async () => {
    const image = sample('many-transactions')
    const { tail } = await newestRecord(image)
    image.write((await geometryOf(image)).log.offset + (tail + 1) * LOG_BLOCK_BYTES + 20, Uint8Array.of(1, 2, 3))

    const { problem, notes } = await open(image)

    expect(notes).toEqual([])
    expect(problem).toBe(
      `was in use, and its journal is not replayed: in its record at block ${tail}, its checksum is wrong`,
    )
  })

  it.each([
    ['on another device', { log: null }, 'its journal is on another device, so the newest changes may be missing'],
    ['with features that are not known', { logFeatures: 2 }, 'was in use, and its journal is not replayed: its features 0x2 are unknown'],
  ])('%s is told', async (_, change, problem) => {
    const image = sample('packages')

    expect((await replayedXfs(image, { ...(await geometryOf(image)), ...change })).problem).toBe(problem)
  }) // prettier-ignore

  it.each([
    ['logBytes', 'more than 10 bytes of it are in use'],
    ['openTransactions', 'it has more than 0 open transactions'],
    ['openBytes', 'its open transactions have more than 10 bytes'],
    ['regions', 'its transactions have more than 10 regions'],
    ['changes', 'it has more than 10 changes'],
    ['bytes', 'its changes have more than 10 bytes'],
  ] as const)('that passes the limit of %s is not replayed', async (limit, message) => {
    const image = sample('packages')
    const most = 1e9
    const limits = {
      logBytes: most,
      openTransactions: most,
      openBytes: most,
      regions: most,
      changes: most,
      bytes: most,
    }
    const value = limit === 'openTransactions' ? 0 : 10

    const { problem, device } = await replayedXfs(image, await geometryOf(image), { ...limits, [limit]: value })

    expect(problem).toBe(`was in use, and its journal is not replayed: ${message}`)
    expect(device).toBe(image)
  })
})

describe('findLogHead', () => {
  it('finds the end of the newest round, and of what has no hole before it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 2, max: 600 })
          .chain(blocks => fc.tuple(fc.constant(blocks), fc.integer({ min: 1, max: blocks }))),
        fc.integer({ min: 1, max: 5 }),
        fc.option(fc.nat()),
        async ([blocks, written], round, hole) => {
          const rounds = Array.from({ length: blocks }, (_, block) => (block < written ? round : round - 1))
          // Half of a ring may have been on its way. The last block of a full one says what its rest is.
          const most = Math.min(written - 1, Math.floor(blocks / 2))
          const holeAt = hole === null || most < 1 ? written : written - 1 - (hole % most)
          const hasHole = holeAt < written && !(written === blocks && holeAt === blocks - 1)
          if (hasHole) rounds[holeAt] = round - 1
          const log = Buffer.alloc(blocks * LOG_BLOCK_BYTES)
          rounds.forEach((number, block) => log.writeUInt32BE(number, block * LOG_BLOCK_BYTES))
          const ring = logRing({ sizeBytes: log.length, read: async (at, length) => log.subarray(at, at + length) })

          expect(await findLogHead(ring)).toBe((hasHole ? holeAt : written) % blocks)
        },
      ),
    )
  })
})

/** Moves what counts of a log so that `before` of its blocks lie before the end of the ring, in round 5, and the others in round 6. */
async function turn(image: SparseImage, before: number): Promise<void> {
  const { log } = await geometryOf(image)
  const { tail } = await newestRecord(image)
  const count = log.sizeBytes / LOG_BLOCK_BYTES
  const device = deviceSlice(image, log.offset, log.sizeBytes)
  const head = (await findLogHead(logRing(device))) ?? 0
  const start = count - before
  const blocks = Array.from({ length: head - tail }, (_, index) =>
    Buffer.from(image.bytes(log.offset + (tail + index) * LOG_BLOCK_BYTES, LOG_BLOCK_BYTES)),
  )
  const lsnOf = (block: number): bigint => {
    const place = block - tail + start
    return place < count ? 5n * 2n ** 32n + BigInt(place) : 6n * 2n ** 32n + BigInt(place - count)
  }
  for (const [index, block] of blocks.entries()) {
    const isRecord = block.readUInt32BE(0) === RECORD_MAGIC
    block.writeUInt32BE(Number(lsnOf(tail + index) >> 32n), isRecord ? 4 : 0)
    if (!isRecord) continue
    block.writeBigUInt64BE(lsnOf(tail + index), 16)
    block.writeBigUInt64BE(lsnOf(Math.max(tail, block.readUInt32BE(28))), 24)
  }
  for (const [index, block] of blocks.entries()) {
    if (block.readUInt32BE(0) !== RECORD_MAGIC) continue
    block.writeUInt32LE(0, 32)
    const content = Buffer.concat(blocks.slice(index + 1, index + 520)).subarray(0, block.readUInt32BE(12))
    block.writeUInt32LE(crc32c(content, crc32c(block.subarray(0, 328))), 32)
  }
  const old = Buffer.alloc(LOG_BLOCK_BYTES)
  for (let place = 0; place < count; place += 1) {
    const block = blocks[(place - start + count) % count]
    old.writeUInt32BE(5)
    image.sectors.set(log.offset / LOG_BLOCK_BYTES + place, Uint8Array.from(block ?? old))
  }
}

async function newestRecord(image: SparseImage): Promise<{ readonly block: number; readonly tail: number }> {
  const { log } = await geometryOf(image)
  const device = deviceSlice(image, log.offset, log.sizeBytes)
  let block = ((await findLogHead(logRing(device))) ?? 0) - 1
  const at = (offset: number): number => Buffer.from(image.bytes(log.offset + offset, 4)).readUInt32BE()
  while (at(block * LOG_BLOCK_BYTES) !== RECORD_MAGIC) block -= 1
  return { block, tail: at(block * LOG_BLOCK_BYTES + 28) }
}

function transactionsOf({ notes }: DiskFileSystem): number {
  return Number(/of (\d+) transactions/.exec(notes.join())?.[1])
}
