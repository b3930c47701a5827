import { DiskFault } from '../../block-device.ts'
import { viewOf } from '../../bytes.ts'
import type { XfsGeometry } from '../superblock.ts'
import { ChangeCollection } from './collect.ts'
import type { ChangeLimits } from './collect.ts'
import { MOST_RECORD_BLOCKS, readLogRecord } from './record.ts'
import type { LogRecord } from './record.ts'
import { findLogHead, LOG_BLOCK_BYTES, RECORD_MAGIC } from './ring.ts'
import type { LogRing } from './ring.ts'
import { TransactionAssembly } from './transactions.ts'
import type { TransactionLimits } from './transactions.ts'

/** What a log may cost that is replayed. */
export interface LogLimits extends TransactionLimits, ChangeLimits {
  /** Of the ring, between the oldest record that counts and the newest. */
  readonly logBytes: number
}

/** What a log of a file system that was in use tells; `null` for one that was unmounted: then nothing is missing elsewhere. */
export interface XfsLog {
  readonly changes: ChangeCollection
  /** Place of the newest record that counts. */
  readonly headLsn: bigint
}

/** Records that may have been on their way when the power went: of them, those behind the first hole count for nothing. */
const RECORDS_IN_FLIGHT = 8
const UNMOUNT = 0x20
const FLAGS_AT = 9

/**
 * Finds the newest record, from it the oldest that counts, and reads all between them. A record that was not written as a
 * whole ends the log there, if it is one of the newest; elsewhere the log is damaged, and a `DiskFault` says where.
 * (XFS Algorithms & Data Structures, ch. 14; linux/fs/xfs/xfs_log_recover.c)
 */
export async function readXfsLog(
  ring: LogRing,
  geometry: XfsGeometry,
  deviceBytes: number,
  limits: LogLimits,
): Promise<XfsLog | null> {
  let head = await findLogHead(ring)
  if (head === null) return null
  for (let shortened = 0; shortened <= RECORDS_IN_FLIGHT; shortened += 1) {
    const newest = await newestRecord(ring, head, geometry)
    if (newest.record === null) {
      head = newest.at
      continue
    }
    if (isUnmount(newest.record)) return null
    const changes = new ChangeCollection(geometry, deviceBytes, limits)
    const broken = await collect(ring, geometry, newest.record, head, changes, limits)
    if (broken === null) return { changes, headLsn: newest.record.lsn }
    head = broken
  }
  throw new DiskFault('malformed', `more than ${RECORDS_IN_FLIGHT} of its newest records are damaged`)
}

/** The record that ends at the head; without one, where it begins, for then the log ends there. */
async function newestRecord(
  ring: LogRing,
  head: number,
  geometry: XfsGeometry,
): Promise<{ readonly at: number; readonly record: LogRecord | null }> {
  const { blockCount } = ring
  const count = Math.min(blockCount, MOST_RECORD_BLOCKS)
  const first = (head - count + blockCount) % blockCount
  const view = viewOf(await ring.read(first, count))
  for (let index = count - 1; index >= 0; index -= 1) {
    if (view.getUint32(index * LOG_BLOCK_BYTES) !== RECORD_MAGIC) continue
    const at = (first + index) % blockCount
    const record = await readLogRecord(ring, at, geometry.uuid)
    const isWhole = record.ok && record.value.blockCount === count - index
    return { at, record: isWhole ? record.value : null }
  }
  throw new DiskFault('malformed', `no record of it ends at block ${head}`)
}

/** One operation, which is the unmounting. Before that everything was written in place. */
function isUnmount({ operations, content }: LogRecord): boolean {
  return operations === 1 && content.byteLength > FLAGS_AT && ((content[FLAGS_AT] ?? 0) & UNMOUNT) !== 0
}

/** Reads from the oldest record that counts to the head; where a record of the newest is not whole, its block. */
async function collect(
  ring: LogRing,
  geometry: XfsGeometry,
  newest: LogRecord,
  head: number,
  changes: ChangeCollection,
  limits: LogLimits,
): Promise<number | null> {
  const { blockCount } = ring
  const tail = Number(newest.tailLsn & 0xffff_ffffn)
  if (tail >= blockCount || newest.tailLsn > newest.lsn || newest.lsn - newest.tailLsn > 2n ** 33n) {
    throw new DiskFault('malformed', `its newest record counts from block ${tail} on, where none can be`)
  }
  let left = (head - tail + blockCount) % blockCount || blockCount
  if (left * LOG_BLOCK_BYTES > limits.logBytes) {
    throw new DiskFault('limit-exceeded', `more than ${limits.logBytes} bytes of it are in use`)
  }
  const assembly = new TransactionAssembly(limits)
  let [at, before] = [tail, newest.tailLsn - 1n]
  while (left > 0) {
    const record = await readLogRecord(ring, at, geometry.uuid)
    const wrong = !record.ok
      ? record.error
      : record.value.lsn <= before
        ? 'it is older than the one before'
        : record.value.blockCount > left
          ? 'it goes on behind the newest'
          : geometry.hasChecksums && !record.value.hasChecksum
            ? 'it has no checksum'
            : null
    if (wrong !== null || !record.ok) {
      if (left <= RECORDS_IN_FLIGHT * MOST_RECORD_BLOCKS && at !== tail) return at
      throw new DiskFault('malformed', `in its record at block ${at}, ${wrong}`)
    }
    assembly.add(record.value, transaction => changes.add(transaction))
    before = record.value.lsn
    left -= record.value.blockCount
    at = (at + record.value.blockCount) % blockCount
  }
  return null
}
