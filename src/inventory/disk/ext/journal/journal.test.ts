import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { JOURNAL_BLOCK_BYTES, journalBlocks } from '../../../../../test/support/journal-builder.ts'
import type { SampleJournal } from '../../../../../test/support/journal-builder.ts'
import { memoryDevice } from '../../../../../test/support/memory-device.ts'
import { diskTree } from '../../disk-tree.ts'
import { blockRuns } from '../block-map.ts'
import { openExt } from '../file-system.ts'
import { readExtInode } from '../inode.ts'
import { readExtSuperblock } from '../superblock.ts'
import { crc32HighFirst, rawCrc32c } from './checksums.ts'
import { readJournalSuperblock } from './journal-superblock.ts'
import { readJournalLog } from './read-log.ts'
import type { JournalLog } from './read-log.ts'
import { replayedDevice } from './replayed-device.ts'

const MAGIC = '\xc0;9\x98'

const sample = (): Buffer =>
  Buffer.from(gunzipSync(readFileSync(new URL('../testdata/ext4-dirty.img.gz', import.meta.url))))

describe('checksums of journals', () => {
  it('are those that catalogues of checksums give', () => {
    const digits = Buffer.from('123456789')

    expect(crc32HighFirst(0xffff_ffff, digits)).toBe(0x0376e6e7)
    expect(rawCrc32c(0xffff_ffff, digits)).toBe(~0xe3069283 >>> 0)
  })
})

const FORMS: readonly Omit<SampleJournal, 'transactions'>[] = [
  { checksums: 'none' },
  { checksums: 'none', is64Bit: true },
  { checksums: 'commit' },
  { checksums: 'version 2' },
  { checksums: 'version 2', is64Bit: true },
  { checksums: 'version 3' },
  { checksums: 'version 3', is64Bit: true },
]
const TRANSACTIONS: SampleJournal['transactions'] = [
  { writes: [[10, 'a'], [11, 'b'], [12, 'c']] },
  { writes: [[11, `${MAGIC}d`]], revokes: [10, 12] },
  { writes: [[12, 'e']] },
  { writes: [[13, 'not committed']], seconds: null },
] // prettier-ignore

describe.each(FORMS)('a journal with %o', form => {
  it('leaves the newest content of each block that was committed and not revoked', async () => {
    const log = await logOf(journalBlocks({ ...form, transactions: TRANSACTIONS }))

    expect(log).toMatchObject({ transactions: 3, nextSequence: 4, damage: null })
    expect([...log.blocks.keys()].sort((a, b) => a - b)).toEqual([11, 12])
    expect(log.blocks.get(11)).toMatchObject({ isEscaped: true })
    expect(log.blocks.get(12)).toMatchObject({ isEscaped: false })
  })

  it('is read around the end of its ring, and beyond the largest number', async () => {
    const blocks = journalBlocks({
      ...form,
      transactions: TRANSACTIONS,
      length: 20,
      start: 15,
      sequence: 0xffff_fffe,
    })

    expect(await logOf(blocks)).toMatchObject({ transactions: 3, nextSequence: 1, damage: null })
  })
})

describe.each(FORMS.filter(({ checksums }) => checksums !== 'none'))('a damaged journal with %o', form => {
  const damaged = (seconds: number, isAsync = false): Buffer[] => {
    const blocks = journalBlocks({ ...form, isAsync, transactions: [{ writes: [[10, 'a']] }, { writes: [[11, 'b']], seconds }] }) // prettier-ignore
    const descriptor = blocks[4]
    if (descriptor === undefined) throw new Error('no second transaction')
    descriptor[1000] = 1
    return blocks
  }

  it('counts up to the damage, and says so', async () => {
    const log = await logOf(damaged(1001))

    expect([...log.blocks.keys()]).toEqual([10])
    expect(log.damage).toBe('transaction 2 of the journal is damaged: it and later ones are not replayed')
  })

  it.each([
    ['is older than the one before: it is left from an earlier round', 999, false],
    ['may have been committed before it was written', 1001, true],
  ])('ends without a word where what is damaged %s', async (_, seconds, isAsync) => {
    const log = await logOf(damaged(seconds, isAsync))

    expect([...log.blocks.keys()]).toEqual([10])
    expect(log.damage).toBeNull()
  })
})

describe('a journal', () => {
  it('that writes where no block is ends there', async () => {
    const transactions = [{ writes: [[10, 'a']] }, { writes: [[2 ** 40, 'b']] }] as const

    expect(await logOf(journalBlocks({ is64Bit: true, transactions }))).toMatchObject({
      transactions: 1,
      damage: 'transaction 2 of the journal is damaged: it and later ones are not replayed',
    })
  })

  it.each([
    ['uses more blocks', [{ writes: [[10, 'a'], [11, 'b'], [12, 'c']] }], /more than 3 blocks in use/],
    ['revokes more', [{ revokes: [1, 2] }, { revokes: [3, 4] }], /revokes more than 3 blocks/],
  ] as const)('that %s than journalBlocks is not replayed', async (_, transactions, message) => {
    await expect(logOf(journalBlocks({ transactions }), 3)).rejects.toThrow(message)
  }) // prettier-ignore

  it('that comes round without an end is not replayed', async () => {
    const blocks = journalBlocks({ transactions: [{ writes: Array.from({ length: 20 }, (_, at) => [at, 'x'] as const) }], length: 8 }) // prettier-ignore
    const whole = journalBlocks({ transactions: [{ writes: Array.from({ length: 20 }, (_, at) => [at, 'x'] as const) }] }) // prettier-ignore
    blocks[1] = whole[1] ?? Buffer.alloc(0)

    await expect(logOf(blocks)).rejects.toThrow('the journal claims more blocks in use than it has')
  })

  it.each<[string, number, number, RegExp]>([
    ['another size of blocks', 0xc, 4096, /claims blocks of 4096 bytes/],
    ['more blocks than its file', 0x10, 65, /claims 65 blocks and has 64/],
    ['a ring without blocks', 0x14, 64, /claims a ring from block 64 to 64/],
    ['a start outside of its ring', 0x1c, 64, /claims a start at block 64/],
    ['a feature that nobody knows', 0x28, 0x40, /unknown features 0x40/],
    ['another kind of block first', 4, 1, /does not begin as one/],
  ])('with %s is refused', (_, at, value, message) => {
    const [block = Buffer.alloc(0)] = journalBlocks({ transactions: [] })
    block.writeUInt32BE(value, at)

    expect(() => readJournalSuperblock(block, JOURNAL_BLOCK_BYTES, 64)).toThrow(message)
  })
})

describe('the sample ext4-dirty', () => {
  it('is read as the kernel would after a power cut', async () => {
    const fileSystem = await openExt(memoryDevice(sample()))
    if (fileSystem === null) throw new Error('no ext file system')
    const tree = diskTree([{ path: '', fileSystem }])

    expect(fileSystem.problem).toBeNull()
    expect(fileSystem.notes).toEqual(['was in use: 10 blocks of 3 transactions were taken from its journal'])
    for (const [path, content] of [
      ['etc/os-release', 'ID=debian\nVERSION_ID="11"\n'],
      ['var/newest', 'newest'],
      ['var/escaped', `${MAGIC}escaped`],
    ] as const) {
      const read = await tree.read(path, 4096)
      expect([path, read.ok ? Buffer.from(read.value).toString('latin1') : read.error]).toEqual([path, content])
    }
  })

  it('is changed by no reading', async () => {
    const image = sample()
    const fileSystem = await openExt(memoryDevice(image))
    if (fileSystem === null) throw new Error('no ext file system')
    for await (const { path } of diskTree([{ path: '', fileSystem }]).walk(() => undefined)) expect(path).not.toBe('')

    expect(image.equals(sample())).toBe(true)
  })

  it.each([
    [
      'with fast commits behind the newest transaction says that these are missing',
      2,
      expect.stringContaining('fast commits of its journal'),
    ],
    ['with fast commits of an older transaction misses nothing', 1, null],
  ])('%s', async (_, transaction, message) => {
    const blocks = journalBlocks({ transactions: [{ writes: [[1000, 'x']] }], fastCommitBlocks: 8 })
    const head = blocks[56] ?? Buffer.alloc(0)
    head.writeUInt16LE(9, 0)
    head.writeUInt16LE(8, 2)
    head.writeUInt32LE(transaction, 8)

    const { problem, note } = await replayed(blocks)

    expect(note).toBe('was in use: 1 blocks of 1 transactions were taken from its journal')
    expect(problem).toEqual(message)
  })

  it('gives bytes across blocks that are in the journal and blocks that are not', async () => {
    const { device } = await replayed(journalBlocks({ transactions: [{ writes: [[1000, 'x'], [1002, 'y']] }] })) // prettier-ignore
    const read = Buffer.from(await device.read(1000 * 1024 - 2, 2 * 1024 + 4)).toString('latin1')

    expect([read.slice(0, 4), read.slice(1024, 1028), read.slice(-4)]).toEqual(['\0\0xx', 'xx\0\0', '\0\0yy'])
    await expect(device.read(device.sizeBytes - 1, 2)).rejects.toThrow('lie outside')
  })
})

async function replayed(blocks: readonly Buffer[]) {
  const image = sample()
  const device = memoryDevice(image)
  const superblock = await readExtSuperblock(device)
  if (superblock === null) throw new Error('no ext file system')
  const journal = await readExtInode(device, superblock, superblock.journalInode)
  for (const { fileBlock, diskBlock, count } of await blockRuns(device, superblock, journal, 0, blocks.length)) {
    const run = blocks.slice(fileBlock, fileBlock + count)
    Buffer.concat(run).copy(image, diskBlock * JOURNAL_BLOCK_BYTES)
  }
  return replayedDevice(device, superblock)
}

async function logOf(blocks: readonly Buffer[], mostBlocks = 1000): Promise<JournalLog> {
  const [first = Buffer.alloc(0)] = blocks
  const superblock = readJournalSuperblock(first, JOURNAL_BLOCK_BYTES, blocks.length)
  const readBlock = async (at: number): Promise<Uint8Array> => blocks[at] ?? Buffer.alloc(JOURNAL_BLOCK_BYTES)
  return readJournalLog({ superblock, blockCount: 5000, mostBlocks, readBlock })
}
