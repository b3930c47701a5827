import { DiskFault } from '../../block-device.ts'
import { viewOf } from '../../bytes.ts'
import type { LogRecord } from './record.ts'

/** One thing that a transaction changed: what it is, then its bytes, in as many regions as the first of them says. */
export type LogItem = readonly Uint8Array[]

/** A transaction that was committed. */
export interface LogTransaction {
  /** Of the record in which it began; changes of one transaction all count as of then. */
  readonly lsn: bigint
  readonly items: readonly LogItem[]
}

/** What is open at once, so that a log of many beginnings and no ends costs little. */
export interface TransactionLimits {
  readonly openTransactions: number
  readonly openBytes: number
  readonly regions: number
}

/** Transaction (4 bytes), length (4), who wrote it (1), flags (1), padding (2). (`xlog_op_header`) */
const OPERATION_BYTES = 12
const CLIENTS = { transaction: 0x69, log: 0xaa }
const FLAG = { start: 1, commit: 2, goesOn: 4, isContinued: 8, end: 16, unmount: 32 }
const HEADER_MAGIC = 0x5452_414e // 'TRAN'
const HEADER_BYTES = 16
/** A buffer of 64 KiB of which every other 128 bytes were changed. (`XLOG_MAX_REGIONS_IN_ITEM`) */
const MOST_REGIONS = 257
/** A region of 64 KiB goes on over a few records, which have 16 KiB and more. */
const MOST_PIECES = 16

interface OpenTransaction {
  readonly lsn: bigint
  /** Bytes of the header that have come; it may be cut anywhere. */
  header: Uint8Array
  readonly items: {
    readonly count: number
    readonly regions: Uint8Array[]
    /** Of which the last region was put together. */
    pieces: number
  }[]
  bytes: number
}

/** Puts transactions together out of the operations of records, which are given in their order. (linux/fs/xfs/xfs_log_recover.c) */
export class TransactionAssembly {
  private readonly limits: TransactionLimits
  private readonly open = new Map<number, OpenTransaction>()
  private openBytes = 0
  private regions = 0

  constructor(limits: TransactionLimits) {
    this.limits = limits
  }

  /** Hands each transaction that ends within a record to `committed`, in the order of their ends. */
  add(record: LogRecord, committed: (transaction: LogTransaction) => void): void {
    const { content, operations, block } = record
    const view = viewOf(content)
    let at = 0
    for (let index = 0; index < operations && at < content.byteLength; index += 1) {
      const dataAt = at + OPERATION_BYTES
      if (dataAt > content.byteLength) throw damaged(block, `operation ${index} is cut off`)
      const [id, length] = [view.getUint32(at), view.getUint32(at + 4)]
      const [client, flags] = [view.getUint8(at + 8), view.getUint8(at + 9)]
      if (client !== CLIENTS.transaction && client !== CLIENTS.log) {
        throw damaged(block, `operation ${index} is of nobody (${client})`)
      }
      if (dataAt + length > content.byteLength) throw damaged(block, `operation ${index} has ${length} bytes`)
      this.operation(record, id, flags, content.subarray(dataAt, dataAt + length), committed)
      at = dataAt + length
    }
  }

  private operation(
    record: LogRecord,
    id: number,
    flags: number,
    data: Uint8Array,
    committed: (transaction: LogTransaction) => void,
  ): void {
    const transaction = this.open.get(id)
    if (transaction === undefined) {
      // What has no beginning began before the oldest record that counts, or is no transaction: an unmounting.
      if ((flags & FLAG.start) === 0) return
      if (this.open.size >= this.limits.openTransactions) {
        throw new DiskFault('limit-exceeded', `it has more than ${this.limits.openTransactions} open transactions`)
      }
      this.open.set(id, { lsn: record.lsn, header: new Uint8Array(0), items: [], bytes: 0 })
      return
    }
    const isContinued = (flags & FLAG.isContinued) !== 0
    const kind = flags & ~FLAG.end & ~FLAG.isContinued & (isContinued ? ~FLAG.goesOn : ~0)
    if (isContinued && kind === 0) return this.continueRegion(record, transaction, data)
    if (!isContinued && (kind === 0 || kind === FLAG.goesOn)) return this.addRegion(record, transaction, data)
    if (kind !== FLAG.commit && kind !== FLAG.unmount)
      throw damaged(record.block, `an operation has the flags ${flags}`)
    this.open.delete(id)
    this.openBytes -= transaction.bytes
    if (kind === FLAG.commit) committed({ lsn: transaction.lsn, items: itemsOf(record, transaction) })
  }

  private addRegion(record: LogRecord, transaction: OpenTransaction, data: Uint8Array): void {
    if (data.byteLength === 0) return
    this.spend(transaction, data)
    if (transaction.header.byteLength < HEADER_BYTES) return addToHeader(record, transaction, data)
    const last = transaction.items.at(-1)
    if (last !== undefined && last.regions.length < last.count) {
      last.regions.push(data)
      last.pieces = 1
      return
    }
    const count = data.byteLength < 4 ? 0 : viewOf(data).getUint16(2, true)
    if (count === 0 || count > MOST_REGIONS) throw damaged(record.block, `an item has ${count} regions`)
    transaction.items.push({ count, regions: [data], pieces: 1 })
  }

  private continueRegion(record: LogRecord, transaction: OpenTransaction, data: Uint8Array): void {
    this.spend(transaction, data)
    if (transaction.header.byteLength < HEADER_BYTES) return addToHeader(record, transaction, data)
    const last = transaction.items.at(-1)
    const region = last?.regions.at(-1)
    if (last === undefined || region === undefined) throw damaged(record.block, 'nothing is continued')
    last.pieces += 1
    if (last.pieces > MOST_PIECES) throw damaged(record.block, `a region goes on more than ${MOST_PIECES} times`)
    last.regions[last.regions.length - 1] = Buffer.concat([region, data])
  }

  private spend(transaction: OpenTransaction, data: Uint8Array): void {
    transaction.bytes += data.byteLength
    this.openBytes += data.byteLength
    this.regions += 1
    if (this.openBytes > this.limits.openBytes) {
      throw new DiskFault('limit-exceeded', `its open transactions have more than ${this.limits.openBytes} bytes`)
    }
    if (this.regions > this.limits.regions) {
      throw new DiskFault('limit-exceeded', `its transactions have more than ${this.limits.regions} regions`)
    }
  }
}

function addToHeader(record: LogRecord, transaction: OpenTransaction, data: Uint8Array): void {
  const header = Buffer.concat([transaction.header, data])
  if (header.byteLength > HEADER_BYTES || (header.byteLength >= 4 && header.readUInt32LE(0) !== HEADER_MAGIC)) {
    throw damaged(record.block, 'a transaction does not begin as one')
  }
  transaction.header = header
}

function itemsOf(record: LogRecord, { items }: OpenTransaction): readonly LogItem[] {
  const last = items.at(-1)
  if (last !== undefined && last.regions.length < last.count) {
    throw damaged(record.block, `an item of a transaction has ${last.regions.length} of its ${last.count} regions`)
  }
  return items.map(({ regions }) => regions)
}

function damaged(block: number, what: string): DiskFault {
  return new DiskFault('malformed', `in the record at block ${block} of the journal, ${what}`)
}
