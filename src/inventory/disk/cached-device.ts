import { assertWithin, DiskFault } from './block-device.ts'
import type { BlockDevice, BlockSource, BlockUsage } from './block-device.ts'

export interface CachedDevice extends BlockDevice {
  usage(): BlockUsage
  /** Numbers of the blocks that were fetched, ascending: nothing else of the disk can have changed what was read. */
  blocksRead(): readonly number[]
}

export interface CacheOptions {
  /** Bytes of blocks that stay in memory. */
  readonly cacheBytes: number
  /** Blocks that are fetched at once; further ones wait their turn. */
  readonly parallelReads: number
}

/** One read may ask for this many bytes at most: readers of files ask for pieces. */
const MOST_READ_BYTES = 64 << 20

/** A source as a device: each block is fetched once while it is remembered, however many readers wait for it. */
export function cachedDevice(source: BlockSource, { cacheBytes, parallelReads }: CacheOptions): CachedDevice {
  const { blockBytes, sizeBytes } = source
  const mostBlocks = Math.max(1, Math.floor(cacheBytes / blockBytes))
  /** Insertion order is the order of use: the first is the one to forget. */
  const cached = new Map<number, Uint8Array>()
  const underway = new Map<number, Promise<Uint8Array>>()
  const fetched = new Set<number>()
  const waiting: (() => void)[] = []
  let reading = 0
  /** Every block that was never written. */
  let zeros: Uint8Array | null = null

  async function fetchBlock(index: number): Promise<Uint8Array> {
    if (reading >= parallelReads) await new Promise<void>(resolve => waiting.push(resolve))
    else reading += 1
    try {
      const length = Math.min(blockBytes, sizeBytes - index * blockBytes)
      const bytes = await source.readBlock(index)
      if (bytes === null) {
        zeros ??= new Uint8Array(blockBytes)
        return zeros.subarray(0, length)
      }
      if (bytes.byteLength < length) {
        throw new DiskFault('unreadable', `block ${index} has ${bytes.byteLength} of its ${length} bytes`)
      }
      fetched.add(index)
      return bytes
    } finally {
      // The place goes straight to the next in line, so that no newcomer can take it in between.
      const next = waiting.shift()
      if (next === undefined) reading -= 1
      else next()
    }
  }

  async function block(index: number): Promise<Uint8Array> {
    const known = cached.get(index)
    if (known !== undefined) {
      cached.delete(index)
      cached.set(index, known)
      return known
    }
    const pending = underway.get(index)
    if (pending !== undefined) return pending
    const started = fetchBlock(index)
      .then(bytes => {
        cached.set(index, bytes)
        for (const oldest of cached.keys()) {
          if (cached.size <= mostBlocks) break
          cached.delete(oldest)
        }
        return bytes
      })
      .finally(() => underway.delete(index))
    underway.set(index, started)
    return started
  }

  return {
    sizeBytes,
    async read(offset, length) {
      assertWithin(offset, length, sizeBytes)
      if (length > MOST_READ_BYTES) throw new DiskFault('limit-exceeded', `${length} bytes are asked for at once`)
      if (length === 0) return new Uint8Array(0)
      const first = Math.floor(offset / blockBytes)
      const last = Math.floor((offset + length - 1) / blockBytes)
      const from = offset - first * blockBytes
      if (first === last) return (await block(first)).subarray(from, from + length)
      const whole = new Uint8Array(length)
      const pieces = await Promise.all(Array.from({ length: last - first + 1 }, (_, at) => block(first + at)))
      let filled = 0
      for (const piece of pieces) {
        const part = piece.subarray(filled === 0 ? from : 0, (filled === 0 ? from : 0) + length - filled)
        whole.set(part, filled)
        filled += part.byteLength
      }
      return whole
    },
    usage: () => ({ blockBytes, blocksRead: fetched.size, blocksTotal: source.blocksTotal }),
    blocksRead: () => [...fetched].sort((a, b) => a - b),
  }
}
