import { assertWithin, DiskFault } from '../../block-device.ts'
import type { BlockDevice } from '../../block-device.ts'
import { DEFAULT_DISK_LIMITS } from '../../../limits.ts'
import { copyOf, viewOf } from '../../bytes.ts'
import type { ReplayedDevice } from '../../replayed-device.ts'
import { blockRuns } from '../block-map.ts'
import type { BlockRun } from '../block-map.ts'
import { readExtInode } from '../inode.ts'
import type { ExtSuperblock } from '../superblock.ts'
import { rawCrc32c } from './checksums.ts'
import { JOURNAL_MAGIC, readJournalSuperblock } from './journal-superblock.ts'
import type { JournalSuperblock } from './journal-superblock.ts'
import { readJournalLog } from './read-log.ts'
import type { JournalLog, LoggedBlock } from './read-log.ts'

/** First block of the area of fast commits: tag (2 bytes), length (2), features (4), transaction (4), little-endian. */
const FAST_COMMIT_HEAD = 9

/**
 * Puts what the journal of a file system that was in use has committed over the blocks of its device: the disk as the
 * kernel would see it after a power cut. Nothing is copied but the places; the content is read when it is asked for, and
 * held against its checksum then. What cannot be replayed is said; the disk is then read as it lies.
 */
export async function replayedDevice(
  device: BlockDevice,
  superblock: ExtSuperblock,
  mostBlocks = DEFAULT_DISK_LIMITS.journalBlocks,
): Promise<ReplayedDevice> {
  if (!superblock.needsRecovery) return { device, note: null, problem: null }
  try {
    const journal = await openJournal(device, superblock)
    const log = await readJournalLog({ ...journal, blockCount: superblock.blockCount, mostBlocks })
    const missing = log.damage === null ? await fastCommits(journal, log) : `was in use, and ${log.damage}`
    const note = `was in use: ${log.blocks.size} blocks of ${log.transactions} transactions were taken from its journal`
    return { device: overlay(device, journal, log), note, problem: missing }
  } catch (thrown) {
    if (!(thrown instanceof DiskFault)) throw thrown
    return { device, note: null, problem: `was in use, and its journal is not replayed: ${thrown.message}` }
  }
}

interface Journal {
  readonly superblock: JournalSuperblock
  readonly readBlock: (journalBlock: number) => Promise<Uint8Array>
}

async function openJournal(device: BlockDevice, superblock: ExtSuperblock): Promise<Journal> {
  const { blockBytes, journalInode } = superblock
  if (journalInode === 0) throw new DiskFault('unsupported', 'it is on another device, or nowhere')
  const inode = await readExtInode(device, superblock, journalInode)
  if (inode.kind !== 'file') throw new DiskFault('malformed', `inode ${journalInode} is no file`)
  const blockCount = Math.min(Math.floor(inode.sizeBytes / blockBytes), superblock.blockCount)
  const runs = await blockRuns(device, superblock, inode, 0, blockCount)
  async function readBlock(journalBlock: number): Promise<Uint8Array> {
    const run = runAt(runs, journalBlock)
    if (run === null) throw new DiskFault('malformed', `block ${journalBlock} of the journal is missing`)
    return device.read((run.diskBlock + journalBlock - run.fileBlock) * blockBytes, blockBytes)
  }
  return { superblock: readJournalSuperblock(await readBlock(0), blockBytes, blockCount), readBlock }
}

/** The run that holds a block, by halving: a journal may lie in many pieces. */
function runAt(runs: readonly BlockRun[], block: number): BlockRun | null {
  let [from, end] = [0, runs.length]
  while (from < end) {
    const middle = (from + end) >>> 1
    const run = runs[middle]
    if (run === undefined || block < run.fileBlock) end = middle
    else if (block >= run.fileBlock + run.count) from = middle + 1
    else return run
  }
  return null
}

/** Fast commits tell operations instead of blocks; they are not carried out, which is told when there are any. */
async function fastCommits({ superblock, readBlock }: Journal, log: JournalLog): Promise<string | null> {
  if (superblock.fastCommitAt === null) return null
  const view = viewOf(await readBlock(superblock.fastCommitAt))
  const isCurrent = view.getUint16(0, true) === FAST_COMMIT_HEAD && view.getUint32(8, true) === log.nextSequence
  return isCurrent ? 'was in use: the fast commits of its journal, the newest changes, are not replayed' : null
}

function overlay(device: BlockDevice, journal: Journal, { blocks }: JournalLog): BlockDevice {
  if (blocks.size === 0) return device
  const { blockBytes } = journal.superblock
  const sound = new Set<number>()

  async function contentOf(block: number, logged: LoggedBlock): Promise<Uint8Array> {
    const bytes = await journal.readBlock(logged.journalBlock)
    if (!sound.has(block)) {
      checkContent(journal.superblock, block, logged, bytes)
      sound.add(block)
    }
    if (!logged.isEscaped) return bytes
    const copy = copyOf(bytes)
    viewOf(copy).setUint32(0, JOURNAL_MAGIC)
    return copy
  }

  return {
    sizeBytes: device.sizeBytes,
    async read(offset, length) {
      assertWithin(offset, length, device.sizeBytes)
      const [first, end] = [Math.floor(offset / blockBytes), Math.ceil((offset + length) / blockBytes)]
      let whole: Uint8Array | null = null
      for (let block = first; block < end; block += 1) {
        const logged = blocks.get(block)
        if (logged === undefined) continue
        const at = block * blockBytes
        const [from, until] = [Math.max(offset, at), Math.min(offset + length, at + blockBytes)]
        const part = (await contentOf(block, logged)).subarray(from - at, until - at)
        if (part.byteLength === length) return part
        whole ??= copyOf(await device.read(offset, length))
        whole.set(part, from - offset)
      }
      return whole ?? device.read(offset, length)
    },
  }
}

function checkContent(
  { checksumSeed }: JournalSuperblock,
  block: number,
  { checksum, journalBlock }: LoggedBlock,
  bytes: Uint8Array,
): void {
  if (checksum === null) return
  const sequence = new Uint8Array(4)
  viewOf(sequence).setUint32(0, checksum.sequence)
  const found = rawCrc32c(rawCrc32c(checksumSeed, sequence), bytes)
  if ((checksum.bits === 32 ? found : found & 0xffff) === checksum.stored) return
  const where = `block ${block}, in block ${journalBlock} of the journal`
  throw new DiskFault('malformed', `the checksum of ${where} is wrong`)
}
