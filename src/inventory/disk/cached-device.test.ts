import { describe, expect, it } from 'vitest'
import type { BlockSource } from './block-device.ts'
import { cachedDevice } from './cached-device.ts'

const BLOCK_BYTES = 16
const OPTIONS = { cacheBytes: 2 * BLOCK_BYTES, parallelReads: 4 }

/** Bytes 0, 1, 2, …, with a record of what is fetched. */
function aSource(sizeBytes: number, overrides: Partial<BlockSource> = {}) {
  const fetched: number[] = []
  let [underway, most] = [0, 0]
  const source: BlockSource = {
    sizeBytes,
    blockBytes: BLOCK_BYTES,
    blocksTotal: Math.ceil(sizeBytes / BLOCK_BYTES),
    async readBlock(index) {
      fetched.push(index)
      underway += 1
      most = Math.max(most, underway)
      await new Promise(resolve => setImmediate(resolve))
      underway -= 1
      const length = Math.min(BLOCK_BYTES, sizeBytes - index * BLOCK_BYTES)
      return Uint8Array.from({ length }, (_, at) => index * BLOCK_BYTES + at)
    },
    async close() {},
    ...overrides,
  }
  return { source, fetched, mostUnderway: () => most }
}

describe('a cached device', () => {
  it('gives every range as the source has it', async () => {
    const device = cachedDevice(aSource(100).source, OPTIONS)

    for (let offset = 0; offset <= 100; offset += 7) {
      for (let length = 0; offset + length <= 100; length += 9) {
        const expected = Array.from({ length }, (_, at) => offset + at)
        expect([...(await device.read(offset, length))]).toEqual(expected)
      }
    }
  })

  it('fetches a block once for all who wait for it', async () => {
    const { source, fetched } = aSource(100)
    const device = cachedDevice(source, OPTIONS)

    await Promise.all([device.read(0, 4), device.read(4, 4), device.read(10, 10)])

    expect(fetched).toEqual([0, 1])
  })

  it('forgets the block that was used longest ago', async () => {
    const { source, fetched } = aSource(100)
    const device = cachedDevice(source, OPTIONS)

    for (const block of [0, 1, 0, 2, 0, 1]) await device.read(block * BLOCK_BYTES, 1)

    expect(fetched).toEqual([0, 1, 2, 1])
  })

  it('fetches no more blocks at once than it may', async () => {
    const { source, fetched, mostUnderway } = aSource(1000)
    const device = cachedDevice(source, { cacheBytes: 1000, parallelReads: 3 })

    await device.read(0, 1000)

    expect(fetched).toHaveLength(63)
    expect(mostUnderway()).toBe(3)
  })

  it('counts different blocks, and names them', async () => {
    const device = cachedDevice(aSource(100).source, OPTIONS)

    for (const block of [3, 1, 2, 3, 1]) await device.read(block * BLOCK_BYTES, 1)

    expect(device.usage()).toEqual({ blockBytes: BLOCK_BYTES, blocksRead: 3, blocksTotal: 7 })
    expect(device.blocksRead()).toEqual([1, 2, 3])
  })

  it('reads blocks that were never written as zeros, at no cost', async () => {
    const device = cachedDevice(aSource(40, { readBlock: async () => null }).source, OPTIONS)

    expect([...(await device.read(0, 40))]).toEqual(Array.from({ length: 40 }, () => 0))
    expect(device.usage().blocksRead).toBe(0)
  })

  it('asks again after a failure, and holds up nobody else', async () => {
    let isBroken = true
    const good = aSource(100).source
    const device = cachedDevice(
      {
        ...good,
        readBlock: index => (index === 1 && isBroken ? Promise.reject(new Error('no answer')) : good.readBlock(index)),
      },
      { ...OPTIONS, parallelReads: 1 },
    )

    await expect(device.read(0, 40)).rejects.toThrow('no answer')
    isBroken = false

    expect((await device.read(0, 40)).byteLength).toBe(40)
  })

  it.each([
    ['before the beginning', -1, 2],
    ['beyond the end', 99, 2],
    ['a negative length', 5, -1],
    ['no number', Number.NaN, 1],
  ])('refuses %s', async (_what, offset, length) => {
    const device = cachedDevice(aSource(100).source, OPTIONS)

    await expect(device.read(offset, length)).rejects.toThrow('lie outside the 100 bytes')
  })

  it('says that a block is shorter than it must be', async () => {
    const device = cachedDevice(aSource(100, { readBlock: async () => new Uint8Array(3) }).source, OPTIONS)

    await expect(device.read(0, 16)).rejects.toThrow('block 0 has 3 of its 16 bytes')
  })
})
