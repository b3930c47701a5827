import { crc32HighFirst, rawCrc32c } from '../../src/inventory/disk/ext/journal/checksums.ts'

/** A transaction in the journal of an ext file system. */
export interface SampleTransaction {
  /** Blocks of the file system, and what is written there. */
  readonly writes?: readonly (readonly [block: number, content: string])[]
  readonly revokes?: readonly number[]
  /** Time of its commit; without one it was not committed. */
  readonly seconds?: number | null
}

export type JournalChecksums = 'none' | 'commit' | 'version 2' | 'version 3'

export interface SampleJournal {
  readonly transactions: readonly SampleTransaction[]
  readonly checksums?: JournalChecksums
  readonly is64Bit?: boolean
  readonly isAsync?: boolean
  /** Blocks, the first included; those of fast commits come last. */
  readonly length?: number
  readonly fastCommitBlocks?: number
  readonly start?: number
  readonly sequence?: number
}

export const JOURNAL_BLOCK_BYTES = 1024
const MAGIC = 0xc03b3998
const UUID = Buffer.from('0123456789abcdef0123456789abcdef', 'hex')
const SEED = rawCrc32c(0xffff_ffff, UUID)

/** The blocks of a journal, written as the kernel writes them. (Linux Documentation/filesystems/ext4/journal.rst) */
export function journalBlocks(journal: SampleJournal): Buffer<ArrayBuffer>[] {
  const { transactions, checksums = 'none', length = 64, fastCommitBlocks = 0, start = 1, sequence = 1 } = journal
  const blocks = Array.from({ length }, () => Buffer.alloc(JOURNAL_BLOCK_BYTES))
  const end = length - fastCommitBlocks
  let at = start
  function add(block: Buffer<ArrayBuffer>): void {
    blocks[at] = block
    at = at + 1 < end ? at + 1 : 1
  }
  for (const [index, transaction] of transactions.entries()) {
    const number = (sequence + index) >>> 0
    for (const block of blocksOf(transaction, number, journal)) add(block)
  }
  blocks[0] = superblock(journal, checksums, length, fastCommitBlocks, start, sequence)
  return blocks
}

function superblock(
  { is64Bit, isAsync }: SampleJournal,
  checksums: JournalChecksums,
  length: number,
  fastCommitBlocks: number,
  start: number,
  sequence: number,
): Buffer<ArrayBuffer> {
  const block = header(4, 0)
  for (const [at, value] of [
    [0xc, JOURNAL_BLOCK_BYTES],
    [0x10, length],
    [0x14, 1],
    [0x18, sequence],
    [0x1c, start],
    [0x24, checksums === 'commit' ? 1 : 0],
    [0x54, fastCommitBlocks],
  ] as const) {
    block.writeUInt32BE(value, at)
  }
  const version = checksums === 'version 2' ? 0x8 : checksums === 'version 3' ? 0x10 : 0
  const features = 1 | (is64Bit ? 2 : 0) | (isAsync ? 4 : 0) | version | (fastCommitBlocks > 0 ? 0x20 : 0)
  block.writeUInt32BE(features, 0x28)
  UUID.copy(block, 0x30)
  if (version !== 0) block.writeUInt32BE(rawCrc32c(0xffff_ffff, block), 0xfc)
  return block
}

function blocksOf(
  { writes = [], revokes = [], seconds = 1000 }: SampleTransaction,
  sequence: number,
  { checksums = 'none', is64Bit = false }: SampleJournal,
): readonly Buffer<ArrayBuffer>[] {
  const blocks: Buffer<ArrayBuffer>[] = []
  let sum = 0xffff_ffff
  if (writes.length > 0) {
    const descriptor = header(1, sequence)
    const contents = writes.map(([, content]) => Buffer.alloc(JOURNAL_BLOCK_BYTES, content, 'latin1'))
    let at = 12
    for (const [index, [block]] of writes.entries()) {
      const content = contents[index] ?? Buffer.alloc(0)
      const isEscaped = content.readUInt32BE(0) === MAGIC
      if (isEscaped) content.writeUInt32BE(0, 0)
      const flags = (isEscaped ? 1 : 0) | (index > 0 ? 2 : 0) | (index + 1 === writes.length ? 8 : 0)
      at = writeTag(descriptor, at, block, flags, contentSum(sequence, content), checksums, is64Bit)
      if (index === 0) at += UUID.copy(descriptor, at)
    }
    blocks.push(sealed(descriptor, checksums), ...contents)
    for (const block of blocks) sum = crc32HighFirst(sum, block)
  }
  if (revokes.length > 0) {
    const block = header(5, sequence)
    let at = 16
    for (const revoked of revokes) {
      if (is64Bit) at = block.writeUInt32BE(Math.floor(revoked / 2 ** 32), at)
      at = block.writeUInt32BE(revoked >>> 0, at)
    }
    block.writeUInt32BE(at, 12)
    blocks.push(sealed(block, checksums))
  }
  if (seconds !== null) blocks.push(commit(sequence, seconds, sum, checksums))
  return blocks
}

function writeTag(
  descriptor: Buffer,
  at: number,
  block: number,
  flags: number,
  sum: number,
  checksums: JournalChecksums,
  is64Bit: boolean,
): number {
  descriptor.writeUInt32BE(block % 2 ** 32, at)
  if (checksums === 'version 3') {
    descriptor.writeUInt32BE(flags, at + 4)
    descriptor.writeUInt32BE(Math.floor(block / 2 ** 32), at + 8)
    return descriptor.writeUInt32BE(sum, at + 12)
  }
  if (checksums === 'version 2') descriptor.writeUInt16BE(sum & 0xffff, at + 4)
  descriptor.writeUInt16BE(flags, at + 6)
  if (is64Bit) descriptor.writeUInt32BE(Math.floor(block / 2 ** 32), at + 8)
  return at + 8 + (is64Bit ? 4 : 0) + (checksums === 'version 2' ? 2 : 0)
}

function commit(sequence: number, seconds: number, sum: number, checksums: JournalChecksums): Buffer<ArrayBuffer> {
  const block = header(2, sequence)
  block.writeBigUInt64BE(BigInt(seconds), 48)
  if (checksums === 'commit') {
    block.writeUInt8(1, 12)
    block.writeUInt8(4, 13)
    block.writeUInt32BE(sum, 16)
  } else if (checksums !== 'none') {
    block.writeUInt32BE(rawCrc32c(SEED, block), 16)
  }
  return block
}

function header(type: number, sequence: number): Buffer<ArrayBuffer> {
  const block = Buffer.alloc(JOURNAL_BLOCK_BYTES)
  block.writeUInt32BE(MAGIC, 0)
  block.writeUInt32BE(type, 4)
  block.writeUInt32BE(sequence, 8)
  return block
}

function sealed(block: Buffer<ArrayBuffer>, checksums: JournalChecksums): Buffer<ArrayBuffer> {
  if (checksums === 'version 2' || checksums === 'version 3') {
    block.writeUInt32BE(rawCrc32c(SEED, block), JOURNAL_BLOCK_BYTES - 4)
  }
  return block
}

function contentSum(sequence: number, content: Buffer): number {
  const number = Buffer.alloc(4)
  number.writeUInt32BE(sequence)
  return rawCrc32c(rawCrc32c(SEED, number), content)
}
