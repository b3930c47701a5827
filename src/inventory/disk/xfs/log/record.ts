import { crc32c } from '../../../../base/crc32c.ts'
import { err, ok } from '../../../../base/result.ts'
import type { Result } from '../../../../base/result.ts'
import { copyOf, viewOf } from '../../bytes.ts'
import { uuidAt } from '../superblock.ts'
import { LOG_BLOCK_BYTES, RECORD_MAGIC, roundOf } from './ring.ts'
import type { LogRing } from './ring.ts'

/** What was written to the log at once: operations of several transactions. */
export interface LogRecord {
  readonly block: number
  /** Blocks that it takes, headers included. */
  readonly blockCount: number
  /** Round and block of the record: its place in the order of all changes. */
  readonly lsn: bigint
  /** The oldest record that was not yet written in place everywhere when this one was written. */
  readonly tailLsn: bigint
  readonly operations: number
  /** mkfs.xfs and kernels before 2012 write none. */
  readonly hasChecksum: boolean
  /** As it was before the numbers of the round were written over it. */
  readonly content: Uint8Array
}

/** `XLOG_MAX_RECORD_BSIZE` */
const MOST_CONTENT_BYTES = 256 * 1024
/** A record has at most that content and 8 blocks of header. */
export const MOST_RECORD_BLOCKS = MOST_CONTENT_BYTES / LOG_BLOCK_BYTES + 8
const CONTENT_BYTES_PER_HEADER = 32 * 1024
const WORDS_PER_HEADER = CONTENT_BYTES_PER_HEADER / LOG_BLOCK_BYTES
/** Offsets in `xlog_rec_header`. Words: what the first four bytes of each content block were. */
const AT = { version: 8, length: 12, lsn: 16, tailLsn: 24, crc: 32, operations: 40, words: 44, format: 300, uuid: 304, size: 320 } // prettier-ignore
/** Further headers hold their round and words. (`xlog_rec_ext_header`) */
const EXTENSION_WORDS_AT = 4
const EXTENSION_BYTES = EXTENSION_WORDS_AT + WORDS_PER_HEADER * 4
/** The header's own size, of which its checksum is: on all machines, and on 32-bit x86. */
const HEADER_SIZES = [328, 324]
const LITTLE_ENDIAN = 1

/** The record at a block of the log, or what is wrong with it. Each of its blocks must be of the record's round. */
export async function readLogRecord(ring: LogRing, block: number, uuid: string): Promise<Result<LogRecord, string>> {
  const header = viewOf(await ring.read(block, 1))
  if (header.getUint32(0) !== RECORD_MAGIC) return err('no record begins there')
  const version = header.getUint32(AT.version)
  if (version === 0 || version > 3) return err(`its version is ${version}`)
  const [lsn, length] = [header.getBigUint64(AT.lsn), header.getUint32(AT.length)]
  if (lsn !== BigInt(roundOf(header, 0)) * 2n ** 32n + BigInt(block)) return err('it says that it lies elsewhere')
  if (length === 0 || length > MOST_CONTENT_BYTES) return err(`it has ${length} bytes`)
  const format = header.getUint32(AT.format)
  if (format !== LITTLE_ENDIAN) return err(`its numbers have the form ${format}, not that of a little-endian Linux`)

  const sizeBytes = (version & 2) === 0 ? 0 : header.getUint32(AT.size)
  if (sizeBytes > MOST_CONTENT_BYTES) return err(`its buffer has ${sizeBytes} bytes`)
  const headers = Math.max(1, Math.ceil(sizeBytes / CONTENT_BYTES_PER_HEADER))
  const contentBlocks = Math.ceil(length / LOG_BLOCK_BYTES)
  const blockCount = headers + contentBlocks
  if (contentBlocks > headers * WORDS_PER_HEADER) return err(`it has ${length} bytes and ${headers} headers`)
  if (blockCount > ring.blockCount) return err('it is larger than the journal')

  const whole = await ring.read(block, blockCount)
  if (uuidAt(whole, AT.uuid) !== uuid) return err('it belongs to another file system')
  const strange = blockOfAnotherRound(whole, block, ring.blockCount)
  if (strange !== null) return err(`its block ${strange} is of another round`)
  const hasChecksum = header.getUint32(AT.crc) !== 0
  if (hasChecksum && !isSound(whole, headers, length)) return err('its checksum is wrong')
  return ok({
    block,
    blockCount,
    lsn,
    tailLsn: header.getBigUint64(AT.tailLsn),
    operations: header.getUint32(AT.operations),
    hasChecksum,
    content: contentOf(whole, headers, contentBlocks).subarray(0, length),
  })
}

/** Index of the first such block; `null` where there is none. Behind the end of the ring the next round begins. */
function blockOfAnotherRound(whole: Uint8Array, block: number, ringBlocks: number): number | null {
  const view = viewOf(whole)
  const round = roundOf(view, 0)
  // The number that records begin with is no round.
  const next = round + 1 === RECORD_MAGIC ? round + 2 : round + 1
  for (let index = 1; index * LOG_BLOCK_BYTES < whole.byteLength; index += 1) {
    const expected = block + index < ringBlocks ? round : next
    if (view.getUint32(index * LOG_BLOCK_BYTES) !== expected) return index
  }
  return null
}

/** Whether the checksum is right. (`xlog_cksum`) */
function isSound(whole: Uint8Array, headers: number, length: number): boolean {
  const stored = viewOf(whole).getUint32(AT.crc, true)
  const first = copyOf(whole.subarray(0, LOG_BLOCK_BYTES))
  first.fill(0, AT.crc, AT.crc + 4)
  return HEADER_SIZES.some(size => {
    let crc = crc32c(first.subarray(0, size))
    for (let header = 1; header < headers; header += 1) {
      const at = header * LOG_BLOCK_BYTES
      crc = crc32c(whole.subarray(at, at + EXTENSION_BYTES), crc)
    }
    const at = headers * LOG_BLOCK_BYTES
    return crc32c(whole.subarray(at, at + length), crc) === stored
  })
}

function contentOf(whole: Uint8Array, headers: number, contentBlocks: number): Uint8Array {
  const content = copyOf(whole.subarray(headers * LOG_BLOCK_BYTES))
  for (let block = 0; block < contentBlocks; block += 1) {
    const [header, index] = [Math.floor(block / WORDS_PER_HEADER), block % WORDS_PER_HEADER]
    const wordsAt = header === 0 ? AT.words : header * LOG_BLOCK_BYTES + EXTENSION_WORDS_AT
    const at = wordsAt + index * 4
    content.set(whole.subarray(at, at + 4), block * LOG_BLOCK_BYTES)
  }
  return content
}
