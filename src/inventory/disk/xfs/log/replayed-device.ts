import { DEFAULT_DISK_LIMITS } from '../../../limits.ts'
import { assertWithin, deviceSlice, DiskFault } from '../../block-device.ts'
import type { BlockDevice } from '../../block-device.ts'
import { copyOf } from '../../bytes.ts'
import type { ReplayedDevice } from '../../replayed-device.ts'
import type { XfsGeometry } from '../superblock.ts'
import { applyChanges } from './apply.ts'
import type { LogChange } from './change.ts'
import { readXfsLog } from './read-log.ts'
import type { LogLimits } from './read-log.ts'
import { logRing } from './ring.ts'

const LIMITS: LogLimits = {
  logBytes: DEFAULT_DISK_LIMITS.xfsLogBytes,
  openTransactions: DEFAULT_DISK_LIMITS.xfsOpenTransactions,
  openBytes: DEFAULT_DISK_LIMITS.xfsChangeBytes,
  regions: DEFAULT_DISK_LIMITS.xfsRegions,
  changes: DEFAULT_DISK_LIMITS.xfsRegions,
  bytes: DEFAULT_DISK_LIMITS.xfsChangeBytes,
}
/** What overlaps is made together. Inodes that are made at once have 128 KiB at most, and a sound log has no chains of overlaps. */
const MOST_CELL_BYTES = 1 << 20
/** Parts of the device that stay in memory as they are after the changes. */
const CACHE_BYTES = 16 << 20

/** What a log that was replayed leaves to say. */
export interface ReplayedXfs extends ReplayedDevice {
  /** Files whose content was being moved when the log ended. */
  readonly unfinished: ReadonlySet<number>
}

/**
 * Puts what the log of a file system that was in use has committed over its device, as the kernel would after a power cut.
 * The log is read as a whole; a part of the device with changes only when it is asked for, and they are made then. What
 * cannot be replayed is said; the disk is then read as it lies.
 */
export async function replayedXfs(
  device: BlockDevice,
  geometry: XfsGeometry,
  limits: LogLimits = LIMITS,
): Promise<ReplayedXfs> {
  const asItLies = { device, note: null, problem: null, unfinished: new Set<number>() }
  if (geometry.log === null) {
    return { ...asItLies, problem: 'its journal is on another device, so the newest changes may be missing' }
  }
  const { offset, sizeBytes } = geometry.log
  try {
    if (geometry.logFeatures !== 0) {
      throw new DiskFault('unsupported', `its features 0x${geometry.logFeatures.toString(16)} are unknown`)
    }
    if (offset + sizeBytes > device.sizeBytes) throw new DiskFault('malformed', 'it ends behind the device')
    const log = await readXfsLog(logRing(deviceSlice(device, offset, sizeBytes)), geometry, device.sizeBytes, limits)
    if (log === null) return asItLies
    const { changes, headLsn } = log
    const kept = changes.changes()
    const cells = cellsOf(kept)
    return {
      device: cells.length === 0 ? device : overlay(device, cells, geometry, headLsn),
      note: `was in use: ${kept.length} changes of ${changes.transactions} transactions were taken from its journal`,
      problem: null,
      unfinished: changes.unfinished(),
    }
  } catch (thrown) {
    if (!(thrown instanceof DiskFault)) throw thrown
    return { ...asItLies, problem: `was in use, and its journal is not replayed: ${thrown.message}` }
  }
}

/** Changes that overlap, or touch, and the bytes that they lie in. */
interface Cell {
  readonly offset: number
  readonly length: number
  readonly changes: readonly LogChange[]
}

function cellsOf(changes: readonly LogChange[]): readonly Cell[] {
  const cells: Cell[] = []
  let [offset, end, members]: [number, number, LogChange[]] = [0, 0, []]
  function close(): void {
    if (members.length === 0) return
    if (end - offset > MOST_CELL_BYTES) {
      throw new DiskFault('malformed', `it changes ${end - offset} bytes at ${offset} in parts that overlap`)
    }
    cells.push({ offset, length: end - offset, changes: members.sort((a, b) => a.order - b.order) })
  }
  for (const change of changes.toSorted((a, b) => a.offset - b.offset)) {
    if (members.length > 0 && change.offset < end) {
      members.push(change)
      end = Math.max(end, change.offset + change.length)
      continue
    }
    close()
    ;[offset, end, members] = [change.offset, change.offset + change.length, [change]]
  }
  close()
  return cells
}

function overlay(device: BlockDevice, cells: readonly Cell[], geometry: XfsGeometry, headLsn: bigint): BlockDevice {
  /** Insertion order is the order of use: the first is the one to forget. */
  const made = new Map<Cell, Uint8Array>()
  let madeBytes = 0

  async function contentOf(cell: Cell): Promise<Uint8Array> {
    const known = made.get(cell)
    if (known !== undefined) {
      made.delete(cell)
      made.set(cell, known)
      return known
    }
    const bytes = copyOf(await device.read(cell.offset, cell.length))
    applyChanges(bytes, cell.offset, cell.changes, geometry, headLsn)
    if (!made.has(cell)) madeBytes += bytes.byteLength
    made.set(cell, bytes)
    for (const oldest of made.keys()) {
      if (madeBytes <= CACHE_BYTES) break
      madeBytes -= oldest.length
      made.delete(oldest)
    }
    return bytes
  }

  return {
    sizeBytes: device.sizeBytes,
    async read(offset, length) {
      assertWithin(offset, length, device.sizeBytes)
      let whole: Uint8Array | null = null
      for (let index = firstBehind(cells, offset); index < cells.length; index += 1) {
        const cell = cells[index]
        if (cell === undefined || cell.offset >= offset + length) break
        const [from, until] = [Math.max(offset, cell.offset), Math.min(offset + length, cell.offset + cell.length)]
        const part = (await contentOf(cell)).subarray(from - cell.offset, until - cell.offset)
        if (part.byteLength === length) return part
        whole ??= copyOf(await device.read(offset, length))
        whole.set(part, from - offset)
      }
      return whole ?? device.read(offset, length)
    },
  }
}

/** Index of the first cell that ends behind an offset. They are in order and do not overlap. */
function firstBehind(cells: readonly Cell[], offset: number): number {
  let [from, end] = [0, cells.length]
  while (from < end) {
    const middle = (from + end) >>> 1
    const cell = cells[middle]
    if (cell !== undefined && cell.offset + cell.length <= offset) from = middle + 1
    else end = middle
  }
  return from
}
