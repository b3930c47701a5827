import type { BlockDevice } from '../block-device.ts'
import { viewOf } from '../bytes.ts'

/** Unit in which the log counts. */
const BLOCK_BYTES = 512
const RECORD_MAGIC = 0xfeedbabe
/** A record has at most 256 KiB and 8 blocks of header. (`XLOG_MAX_RECORD_BSIZE`) */
const MOST_RECORD_BLOCKS = 512 + 8
const BYTES_PER_HEADER_BLOCK = 32 * 1024
const UNMOUNT = 0x20

/**
 * Whether the file system was unmounted: then nothing in its log is missing elsewhere. The log is a ring of records, each
 * block marked with the number of the round that wrote it; it is clean when the newest record says "unmounted".
 * (XFS Algorithms & Data Structures, ch. 14; `xlog_find_head`, `xlog_check_unmount_rec`)
 */
export async function isXfsLogClean(log: BlockDevice): Promise<boolean> {
  const blockCount = Math.floor(log.sizeBytes / BLOCK_BYTES)
  if (blockCount < 2) return false
  const roundOf = async (block: number): Promise<number> => {
    const view = viewOf(await log.read(block * BLOCK_BYTES, BLOCK_BYTES))
    return view.getUint32(0) === RECORD_MAGIC ? view.getUint32(4) : view.getUint32(0)
  }
  const [first, last] = [await roundOf(0), await roundOf(blockCount - 1)]
  // Never written.
  if (first === 0) return true

  // The newest record ends where the round before begins, or the part that no round has reached.
  let head = blockCount
  if (first !== last) {
    let [newest, oldest] = [0, blockCount - 1]
    while (oldest - newest > 1) {
      const middle = Math.floor((newest + oldest) / 2)
      if ((await roundOf(middle)) === last) oldest = middle
      else newest = middle
    }
    head = oldest
  }
  return endsWithUnmount(log, head)
}

async function endsWithUnmount(log: BlockDevice, head: number): Promise<boolean> {
  const from = Math.max(0, head - MOST_RECORD_BLOCKS)
  const view = viewOf(await log.read(from * BLOCK_BYTES, (head - from) * BLOCK_BYTES))
  for (let at = view.byteLength - BLOCK_BYTES; at >= 0; at -= BLOCK_BYTES) {
    if (view.getUint32(at) !== RECORD_MAGIC) continue
    const headerBytes = Math.max(1, Math.ceil(view.getUint32(at + 320) / BYTES_PER_HEADER_BLOCK)) * BLOCK_BYTES
    const [isVersion2, contentBytes] = [(view.getUint32(at + 8) & 2) !== 0, view.getUint32(at + 12)]
    const contentAt = at + (isVersion2 ? headerBytes : BLOCK_BYTES)
    // One operation, which is the unmounting, and nothing behind it. A record that wraps around the end says more than that.
    if (contentAt + Math.max(contentBytes, BLOCK_BYTES) > view.byteLength) return false
    const isNewest = contentAt + Math.ceil(contentBytes / BLOCK_BYTES) * BLOCK_BYTES === view.byteLength
    return isNewest && view.getUint32(at + 40) === 1 && (view.getUint8(contentAt + 9) & UNMOUNT) !== 0
  }
  return false
}
