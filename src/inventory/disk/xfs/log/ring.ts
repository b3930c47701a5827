import { DiskFault } from '../../block-device.ts'
import type { BlockDevice } from '../../block-device.ts'
import { viewOf } from '../../bytes.ts'

/** Unit in which the log counts, whatever the sectors of its device are. */
export const LOG_BLOCK_BYTES = 512
/** What a record begins with. No other block of a log does: all begin with the number of their round. */
export const RECORD_MAGIC = 0xfeed_babe
/** Blocks that may have been on their way at once: 8 buffers of 256 KiB. What is younger may have holes. (`XLOG_TOTAL_REC_SHIFT`) */
const BLOCKS_IN_FLIGHT = 4096

/** The log as a ring of blocks: what is written behind its end goes on at its beginning, in the next round. */
export interface LogRing {
  readonly blockCount: number
  /** Blocks in a row, around the end. */
  read(block: number, count: number): Promise<Uint8Array>
}

export function logRing(log: BlockDevice): LogRing {
  const blockCount = Math.floor(log.sizeBytes / LOG_BLOCK_BYTES)
  async function readStraight(block: number, count: number): Promise<Uint8Array> {
    return log.read(block * LOG_BLOCK_BYTES, count * LOG_BLOCK_BYTES)
  }
  return {
    blockCount,
    async read(block, count) {
      if (count > blockCount) throw new DiskFault('malformed', `${count} blocks are more than the journal has`)
      const before = Math.min(count, blockCount - block)
      if (before === count) return readStraight(block, count)
      return Buffer.concat([await readStraight(block, before), await readStraight(0, count - before)])
    },
  }
}

/** Number of the round in which a block was written; 0 for never. */
export function roundOf(view: DataView, at: number): number {
  return view.getUint32(at) === RECORD_MAGIC ? view.getUint32(at + 4) : view.getUint32(at)
}

/**
 * Block behind the newest that was written before any is missing; `null` for a log that was never written. The newest round
 * fills the ring up to there, the round before it (or none) the rest. Buffers of the log are written at once and end in any
 * order, so that a block of the older round may lie before newer ones: those count for nothing. (`xlog_find_head`)
 */
export async function findLogHead(ring: LogRing): Promise<number | null> {
  const { blockCount } = ring
  if (blockCount < 2) throw new DiskFault('malformed', `the journal has ${blockCount} blocks`)
  const roundAt = async (block: number): Promise<number> => roundOf(viewOf(await ring.read(block, 1)), 0)
  const [newest, oldest] = [await roundAt(0), await roundAt(blockCount - 1)]
  if (newest === 0) return null
  if (oldest !== newest && oldest !== newest - 1 && oldest !== 0) {
    throw new DiskFault('malformed', `the journal begins in round ${newest} and ends in round ${oldest}`)
  }

  let end = blockCount
  if (newest !== oldest) {
    let from = 0
    end = blockCount - 1
    while (end - from > 1) {
      const middle = Math.floor((from + end) / 2)
      if ((await roundAt(middle)) === oldest) end = middle
      else from = middle
    }
  }

  const scanned = Math.min(Math.floor(blockCount / 2), BLOCKS_IN_FLIGHT)
  const first = (end - scanned + blockCount) % blockCount
  const view = viewOf(await ring.read(first, scanned))
  for (let index = 0; index < scanned; index += 1) {
    const block = (first + index) % blockCount
    // Before its first round is over, the end of the ring says nothing.
    const expected = block < end ? newest : oldest
    if (expected !== 0 && roundOf(view, index * LOG_BLOCK_BYTES) !== expected) return block
  }
  return end % blockCount
}
