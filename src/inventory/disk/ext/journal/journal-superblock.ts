import { DiskFault } from '../../block-device.ts'
import { copyOf, viewOf } from '../../bytes.ts'
import { rawCrc32c } from './checksums.ts'

/** What replaying needs of the first block of a journal. Numbers in a journal are big-endian. (Linux Documentation/filesystems/ext4/journal.rst) */
export interface JournalSuperblock {
  readonly blockBytes: number
  /** First block of the ring. */
  readonly first: number
  /** The block behind the ring's last. */
  readonly end: number
  /** Where the oldest transaction that is not in its place begins; 0 when there is none. */
  readonly start: number
  /** Number of that transaction. */
  readonly sequence: number
  readonly has64BitNumbers: boolean
  /** Which checksums blocks carry: one per transaction in its commit, two lower or all four bytes per block. */
  readonly checksums: 'none' | 'commit' | 'version 2' | 'version 3'
  readonly hasAsyncCommit: boolean
  /** Where short commits are written, behind the ring; `null` without that feature. */
  readonly fastCommitAt: number | null
  /** What checksums of version 2 and 3 begin with. */
  readonly checksumSeed: number
}

export const JOURNAL_MAGIC = 0xc03b3998
const SUPERBLOCK_BYTES = 1024
const CHECKSUM_AT = 0xfc
const [VERSION_1, VERSION_2] = [3, 4]
const COMPAT_CHECKSUM = 0x1
const INCOMPAT = { revoke: 0x1, has64Bit: 0x2, asyncCommit: 0x4, checksum2: 0x8, checksum3: 0x10, fastCommit: 0x20 }
const KNOWN_INCOMPAT = Object.values(INCOMPAT).reduce((all, bit) => all | bit, 0)
/** `JBD2_DEFAULT_FAST_COMMIT_BLOCKS`: what 0 in the field means. */
const DEFAULT_FAST_COMMIT_BLOCKS = 256

/** Throws a `DiskFault` for what is no journal of `blockCount` blocks, or has features that are not known. */
export function readJournalSuperblock(block: Uint8Array, blockBytes: number, blockCount: number): JournalSuperblock {
  const view = viewOf(block)
  const version = view.getUint32(4)
  if (view.getUint32(0) !== JOURNAL_MAGIC || (version !== VERSION_1 && version !== VERSION_2)) {
    throw new DiskFault('malformed', 'the journal does not begin as one')
  }
  const [compat, incompat] = version === VERSION_1 ? [0, 0] : [view.getUint32(0x24), view.getUint32(0x28)]
  const unknown = incompat & ~KNOWN_INCOMPAT
  if (unknown !== 0) throw new DiskFault('unsupported', `the journal has unknown features 0x${unknown.toString(16)}`)
  const checksums = checksumsOf(compat, incompat)
  if (checksums.startsWith('version') && !hasChecksum(block)) {
    throw new DiskFault('malformed', 'the checksum of the journal superblock is wrong')
  }
  const length = view.getUint32(0x10)
  const shortBlocks = (incompat & INCOMPAT.fastCommit) === 0 ? 0 : view.getUint32(0x54) || DEFAULT_FAST_COMMIT_BLOCKS
  const [first, end, start] = [view.getUint32(0x14), length - shortBlocks, view.getUint32(0x1c)]
  check(view.getUint32(0xc) === blockBytes, `blocks of ${view.getUint32(0xc)} bytes`)
  check(length <= blockCount, `${length} blocks and has ${blockCount}`)
  check(first >= 1 && first < end, `a ring from block ${first} to ${end}`)
  check(start === 0 || (start >= first && start < end), `a start at block ${start}`)
  return {
    blockBytes,
    first,
    end,
    start,
    sequence: view.getUint32(0x18),
    has64BitNumbers: (incompat & INCOMPAT.has64Bit) !== 0,
    checksums,
    hasAsyncCommit: (incompat & INCOMPAT.asyncCommit) !== 0,
    fastCommitAt: shortBlocks === 0 ? null : end,
    checksumSeed: rawCrc32c(0xffff_ffff, block.subarray(0x30, 0x40)),
  }
}

function checksumsOf(compat: number, incompat: number): JournalSuperblock['checksums'] {
  if ((incompat & INCOMPAT.checksum3) !== 0) return 'version 3'
  if ((incompat & INCOMPAT.checksum2) !== 0) return 'version 2'
  return (compat & COMPAT_CHECKSUM) === 0 ? 'none' : 'commit'
}

function hasChecksum(block: Uint8Array): boolean {
  const copy = copyOf(block.subarray(0, SUPERBLOCK_BYTES))
  viewOf(copy).setUint32(CHECKSUM_AT, 0)
  return rawCrc32c(0xffff_ffff, copy) === viewOf(block).getUint32(CHECKSUM_AT)
}

function check(isGood: boolean, what: string): void {
  if (!isGood) throw new DiskFault('malformed', `the journal claims ${what}`)
}
