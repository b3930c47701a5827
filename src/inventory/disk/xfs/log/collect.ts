import { DiskFault } from '../../block-device.ts'
import type { XfsGeometry } from '../superblock.ts'
import type { InodeChunkChange, LogChange } from './change.ts'
import { readLogItem } from './items.ts'
import type { BufferPlace, ReadItem } from './items.ts'
import { LOG_BLOCK_BYTES } from './ring.ts'
import type { LogTransaction } from './transactions.ts'

/** What is kept of a log in memory. */
export interface ChangeLimits {
  readonly changes: number
  readonly bytes: number
}

/** Order of the items of one transaction: blocks as a whole before what lies in them, cancelling last. (`xlog_recover_reorder_trans`) */
const TURN: Readonly<Record<ReadItem['is'], number>> = {
  buffer: 0,
  'inode chunk': 0,
  inode: 1,
  intent: 1,
  'intent done': 1,
  cancelled: 2,
}
/** Memory that a change takes beside its bytes; about, so that many small ones count. */
const BYTES_PER_CHANGE = 200

/**
 * The changes of a log that count. One in a block that is cancelled later does not: it was freed, and may hold content of a
 * file by now, which no log tells. The kernel walks twice for that; here what was kept is dropped.
 */
export class ChangeCollection {
  private readonly geometry: XfsGeometry
  private readonly deviceBytes: number
  private readonly limits: ChangeLimits
  /** By the buffer that they lie in. */
  private readonly kept = new Map<number, LogChange[]>()
  /** Inodes that were made, by every block of theirs. */
  private readonly chunks = new Map<number, InodeChunkChange>()
  private readonly intents = new Map<bigint, readonly number[]>()
  private order = 0
  private bytes = 0
  transactions = 0

  constructor(geometry: XfsGeometry, deviceBytes: number, limits: ChangeLimits) {
    this.geometry = geometry
    this.deviceBytes = deviceBytes
    this.limits = limits
  }

  add({ lsn, items }: LogTransaction): void {
    this.transactions += 1
    const read = items.flatMap(item => readLogItem(item, this.geometry, this.deviceBytes) ?? [])
    for (const item of read.sort((a, b) => TURN[a.is] - TURN[b.is])) {
      switch (item.is) {
        case 'buffer':
        case 'inode':
        case 'inode chunk':
          this.keep({ ...item.change, lsn, order: this.order }, item.place)
          break
        case 'cancelled':
          this.cancel(item.place)
          break
        case 'intent':
          this.intents.set(item.id, item.inodes)
          this.spend(item.inodes.length * 8)
          break
        case 'intent done':
          this.intents.delete(item.id)
          break
      }
    }
  }

  changes(): readonly LogChange[] {
    return [...[...this.kept.values()].flat(), ...new Set(this.chunks.values())]
  }

  /** Files of which a part was to be moved when the log ended: it may be missing, or be where it was. */
  unfinished(): ReadonlySet<number> {
    return new Set([...this.intents.values()].flat())
  }

  private keep(change: LogChange, place: BufferPlace): void {
    this.spend(bytesOf(change))
    if (change.is === 'inode chunk') {
      for (const block of this.blocksOf(change)) this.chunks.set(block, change)
      return
    }
    const list = this.kept.get(keyOf(place))
    if (list === undefined) this.kept.set(keyOf(place), [change])
    else list.push(change)
  }

  private cancel(place: BufferPlace): void {
    for (const change of this.kept.get(keyOf(place)) ?? []) this.bytes -= bytesOf(change)
    this.kept.delete(keyOf(place))
    const chunk = this.chunks.get(place.block)
    if (chunk !== undefined) for (const block of this.blocksOf(chunk)) this.chunks.delete(block)
  }

  private blocksOf({ offset, length }: InodeChunkChange): readonly number[] {
    const { blockBytes } = this.geometry
    return Array.from({ length: length / blockBytes }, (_, index) => (offset + index * blockBytes) / LOG_BLOCK_BYTES)
  }

  private spend(bytes: number): void {
    this.order += 1
    this.bytes += bytes
    const { changes, bytes: mostBytes } = this.limits
    if (this.order > changes) throw new DiskFault('limit-exceeded', `it has more than ${changes} changes`)
    if (this.bytes > mostBytes) throw new DiskFault('limit-exceeded', `its changes have more than ${mostBytes} bytes`)
  }
}

/** Buffers have at most 128 blocks, and devices less than 2^44. */
function keyOf({ block, blockCount }: BufferPlace): number {
  return block * 256 + blockCount
}

function bytesOf(change: LogChange): number {
  switch (change.is) {
    case 'buffer':
      return change.patches.reduce((sum, { bytes }) => sum + bytes.byteLength, BYTES_PER_CHANGE)
    case 'inode':
      return BYTES_PER_CHANGE + change.core.byteLength + (change.fork?.bytes.byteLength ?? 0)
    case 'inode chunk':
      return BYTES_PER_CHANGE
  }
}
