import { DiskFault } from '../../block-device.ts'
import { copyOf, viewOf } from '../../bytes.ts'
import { crc32HighFirst, rawCrc32c } from './checksums.ts'
import { JOURNAL_MAGIC } from './journal-superblock.ts'
import type { JournalSuperblock } from './journal-superblock.ts'

/** A block of the file system whose newest content lies in the journal. */
export interface LoggedBlock {
  /** Number of the block within the journal. */
  readonly journalBlock: number
  /** Its first four bytes are the journal's magic number, and were written as zeros. */
  readonly isEscaped: boolean
  /** Checksum of the content, as far as it is stored; `null` where none is. */
  readonly checksum: { readonly stored: number; readonly bits: 16 | 32; readonly sequence: number } | null
}

/** What the transactions of a journal leave behind. */
export interface JournalLog {
  /** By number of the block within the file system. */
  readonly blocks: ReadonlyMap<number, LoggedBlock>
  /** Transactions that were committed. */
  readonly transactions: number
  /** Number that the next transaction would have. */
  readonly nextSequence: number
  /** Why what follows is not replayed, though it was committed; `null` where nothing is missing. */
  readonly damage: string | null
}

export interface LogReader {
  readonly superblock: JournalSuperblock
  /** Blocks of the file system: a journal may write to these. */
  readonly blockCount: number
  /** Blocks of the log that may be walked over. */
  readonly mostBlocks: number
  readBlock(journalBlock: number): Promise<Uint8Array>
}

const BLOCK_TYPE = { descriptor: 1, commit: 2, revoke: 5 }
const HEADER_BYTES = 12
const REVOKE_HEADER_BYTES = 16
const UUID_BYTES = 16
const TAIL_BYTES = 4
const TAG = { escaped: 1, sameUuid: 2, last: 8 }
const CRC32_TYPE = 1

/** What one transaction says, until its commit makes it count. */
interface Transaction {
  readonly writes: [block: number, write: LoggedBlock][]
  readonly revoked: number[]
  /** A block of it has a wrong checksum or says what cannot be: it is damaged, or a remainder of an older round. */
  isDoubtful: boolean
  /** Checksum of version 1, over everything so far. */
  sum: number
}

/**
 * Walks the transactions from the oldest that counts to the newest that was committed, as recovery does: a block that is
 * written several times counts as last written, and one that is revoked does not count unless a later transaction writes
 * it again. Content is not read, except for checksums of the oldest kind. (Linux fs/jbd2/recovery.c, `do_one_pass`)
 */
export async function readJournalLog(reader: LogReader): Promise<JournalLog> {
  const { superblock } = reader
  const walk = new LogWalk(reader)
  const blocks = new Map<number, LoggedBlock & { readonly transaction: number }>()
  const revoked = new Map<number, number>()
  let [transactions, lastCommitTime, damage]: [number, bigint, string | null] = [0, 0n, null]
  for (let at = superblock.start === 0 ? null : superblock.start; at !== null;) {
    const sequence = (superblock.sequence + transactions) >>> 0
    const found = await walk.transaction(at, sequence)
    if (found === null) break
    const { commit, transaction, next } = found
    if (transaction.isDoubtful || !isCommitSound(superblock, commit, transaction.sum)) {
      const time = commitTime(commit)
      // Older than what precedes it: left from an earlier round of the ring, and no part of this one.
      if (time < lastCommitTime || superblock.hasAsyncCommit) break
      damage = `transaction ${sequence} of the journal is damaged: it and later ones are not replayed`
      break
    }
    for (const [block, write] of transaction.writes) blocks.set(block, { ...write, transaction: transactions })
    for (const block of transaction.revoked) revoked.set(block, transactions)
    lastCommitTime = commitTime(commit)
    transactions += 1
    at = next
  }
  for (const [block, { transaction }] of blocks) if ((revoked.get(block) ?? -1) >= transaction) blocks.delete(block)
  return { blocks, transactions, nextSequence: (superblock.sequence + transactions) >>> 0, damage }
}

class LogWalk {
  private readonly reader: LogReader
  private walked = 0
  private revoked = 0

  constructor(reader: LogReader) {
    this.reader = reader
  }

  /** The transaction that begins at a block of the journal; `null` where no such one was committed. */
  async transaction(from: number, sequence: number) {
    const { superblock } = this.reader
    const transaction: Transaction = { writes: [], revoked: [], isDoubtful: false, sum: 0xffff_ffff }
    for (let at = from; ;) {
      const block = copyOf(await this.reader.readBlock(at))
      const view = viewOf(block)
      if (view.getUint32(0) !== JOURNAL_MAGIC || view.getUint32(8) !== sequence) return null
      at = this.step(at)
      switch (view.getUint32(4)) {
        case BLOCK_TYPE.descriptor: {
          if (!isBlockSound(superblock, block)) transaction.isDoubtful = true
          const tags = readTags(superblock, block)
          if (superblock.checksums === 'commit') transaction.sum = crc32HighFirst(transaction.sum, block)
          for (const { block: target, ...tag } of tags) {
            if (target >= this.reader.blockCount) transaction.isDoubtful = true
            if (superblock.checksums === 'commit') {
              transaction.sum = crc32HighFirst(transaction.sum, await this.reader.readBlock(at))
            }
            const checksum = tag.checksum === null ? null : { ...tag.checksum, sequence }
            transaction.writes.push([target, { journalBlock: at, isEscaped: tag.isEscaped, checksum }])
            at = this.step(at)
          }
          break
        }
        case BLOCK_TYPE.revoke:
          if (!isBlockSound(superblock, block) || !this.revocations(block, transaction.revoked)) {
            transaction.isDoubtful = true
          }
          break
        case BLOCK_TYPE.commit:
          return { transaction, commit: block, next: at }
        default:
          return null
      }
    }
  }

  /** Adds the blocks that a list of revocations names; `false` when it does not fit its block. */
  private revocations(block: Uint8Array, revoked: number[]): boolean {
    const { superblock, mostBlocks } = this.reader
    const view = viewOf(block)
    const end = view.getUint32(12)
    if (end > block.byteLength - (superblock.checksums.startsWith('version') ? TAIL_BYTES : 0)) return false
    const numberBytes = superblock.has64BitNumbers ? 8 : 4
    for (let at = REVOKE_HEADER_BYTES; at + numberBytes <= end; at += numberBytes) {
      this.revoked += 1
      if (this.revoked > mostBlocks) {
        throw new DiskFault('limit-exceeded', `the journal revokes more than ${mostBlocks} blocks`)
      }
      const high = superblock.has64BitNumbers ? view.getUint32(at) : 0
      revoked.push(high * 2 ** 32 + view.getUint32(at + numberBytes - 4))
    }
    return true
  }

  /** The block behind `at` in the ring. Ends a walk that has come round, and one that takes too long. */
  private step(at: number): number {
    const { superblock, mostBlocks } = this.reader
    this.walked += 1
    if (this.walked > superblock.end - superblock.first) {
      throw new DiskFault('malformed', 'the journal claims more blocks in use than it has')
    }
    if (this.walked > mostBlocks) {
      throw new DiskFault('limit-exceeded', `the journal has more than ${mostBlocks} blocks in use`)
    }
    return at + 1 < superblock.end ? at + 1 : superblock.first
  }
}

interface Tag {
  readonly block: number
  readonly isEscaped: boolean
  readonly checksum: { readonly stored: number; readonly bits: 16 | 32 } | null
}

/** The blocks that a descriptor lists: each is followed by its content. */
function readTags(superblock: JournalSuperblock, block: Uint8Array): readonly Tag[] {
  const { checksums, has64BitNumbers } = superblock
  const view = viewOf(block)
  const isWide = checksums === 'version 3'
  const tagBytes = isWide ? 16 : 8 + (has64BitNumbers ? 4 : 0) + (checksums === 'version 2' ? 2 : 0)
  const room = block.byteLength - (checksums.startsWith('version') ? TAIL_BYTES : 0)
  const tags: Tag[] = []
  for (let at = HEADER_BYTES; at + tagBytes <= room;) {
    const flags = isWide ? view.getUint32(at + 4) : view.getUint16(at + 6)
    tags.push({
      block: (has64BitNumbers ? view.getUint32(at + 8) : 0) * 2 ** 32 + view.getUint32(at),
      isEscaped: (flags & TAG.escaped) !== 0,
      checksum: isWide
        ? { stored: view.getUint32(at + 12), bits: 32 }
        : checksums === 'version 2'
          ? { stored: view.getUint16(at + 4), bits: 16 }
          : null,
    })
    if ((flags & TAG.last) !== 0) break
    at += tagBytes + ((flags & TAG.sameUuid) === 0 ? UUID_BYTES : 0)
  }
  return tags
}

/** Descriptors and revocations of version 2 and 3 end with their checksum. */
function isBlockSound({ checksums, checksumSeed }: JournalSuperblock, block: Uint8Array): boolean {
  if (!checksums.startsWith('version')) return true
  const at = block.byteLength - TAIL_BYTES
  const stored = viewOf(block).getUint32(at)
  return rawCrc32c(checksumSeed, withZeros(block, at)) === stored
}

const COMMIT = { checksumType: 12, checksumBytes: 13, checksum: 16, seconds: 48 }

function isCommitSound({ checksums, checksumSeed }: JournalSuperblock, commit: Uint8Array, sum: number): boolean {
  const view = viewOf(commit)
  const stored = view.getUint32(COMMIT.checksum)
  switch (checksums) {
    case 'none':
      return true
    case 'commit': {
      const [type, bytes] = [view.getUint8(COMMIT.checksumType), view.getUint8(COMMIT.checksumBytes)]
      // A journal keeps the feature when it is used without checksums again.
      return (type === 0 && bytes === 0 && stored === 0) || (type === CRC32_TYPE && bytes === 4 && stored === sum)
    }
    case 'version 2':
    case 'version 3':
      return rawCrc32c(checksumSeed, withZeros(commit, COMMIT.checksum)) === stored
  }
}

/** Seconds since 1970 by the clock of the machine that wrote. */
function commitTime(commit: Uint8Array): bigint {
  return viewOf(commit).getBigUint64(COMMIT.seconds)
}

function withZeros(block: Uint8Array, at: number): Uint8Array {
  const copy = copyOf(block)
  copy.fill(0, at, at + 4)
  return copy
}
