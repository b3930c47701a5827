import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../../../../test/support/debian-image.ts'
import { contentOf } from '../../../../../test/support/disk-content.ts'
import type { Content } from '../../../../../test/support/disk-content.ts'
import { memoryDevice } from '../../../../../test/support/memory-device.ts'
import type { DiskFileSystem } from '../../disk-file-system.ts'
import { openExt } from '../file-system.ts'

const MIB = 1 << 20
/** What a journal's own blocks begin with; a block of a file that begins so is written to the journal in another form. */
const MAGIC = Buffer.from('c03b3998', 'hex')
const folder = mkdtempSync(join(tmpdir(), 'openinspector-journal-'))
const [source, before, after, crashed, repaired] = ['source', 'before', 'after', 'crashed', 'repaired'].map(name =>
  join(folder, name),
) as [string, string, string, string, string]

beforeAll(() => {
  mkdirSync(join(source, 'old'), { recursive: true })
  writeFileSync(join(source, 'kept'), bytesOf(30_000, 1))
  for (let number = 0; number < 300; number += 1) writeFileSync(join(source, `old/file-${number}`), `${number}`)
  writeFileSync(join(folder, 'magic'), Buffer.concat([MAGIC, bytesOf(9000, 2)]))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SOUND = {
  problem: null,
  notes: [expect.stringMatching(/^was in use: \d+ blocks of \d transactions were taken from its journal$/)],
  isAsWritten: true,
}

/** The same change once written in place, and once only to the journal, as a power cut leaves it. */
describe.each([
  ['ext4', ['-t', 'ext4'], ''],
  ['ext4 with blocks of 1 KiB', ['-t', 'ext4', '-b', '1024'], '-c -v 3'],
  ['ext4 with checksums of version 3', ['-t', 'ext4', '-O', '64bit,metadata_csum'], '-c -v 3'],
  ['ext4 with checksums of version 2', ['-t', 'ext4', '-O', '64bit'], '-c -v 2'],
  ['ext4 of 32-bit numbers with checksums of version 2', ['-t', 'ext4', '-O', '^64bit,^metadata_csum'], '-c -v 2'],
  ['ext4 of 32-bit numbers with checksums of version 3', ['-t', 'ext4', '-O', '^64bit,^metadata_csum'], '-c -v 3'],
  ['ext4 with a journal of extents that lie apart', ['-t', 'ext4', '-b', '1024', '-g', '1024'], ''],
  ['ext3', ['-t', 'ext3'], ''],
  ['ext3 with blocks of 1 KiB', ['-t', 'ext3', '-b', '1024', '-I', '128'], ''],
] as const)('a dirty journal of %s', (_, options, opening) => {
  let changed: readonly number[]
  let expected: Content

  beforeAll(async () => {
    rmSync(before, { force: true })
    writeFileSync(before, '')
    truncateSync(before, 24 * MIB)
    runProgram('mke2fs', ['-q', '-F', '-J', 'size=4', ...options, '-d', source, before])
    copyFileSync(before, after)
    debugfs(after, [
      'mkdir new',
      `write ${folder}/magic magic`,
      `write ${folder}/magic new/magic`,
      'rm old/file-7',
      'symlink link kept',
      ...Array.from({ length: 60 }, (_, number) => `write ${source}/old/file-1 new/another-file-with-a-name-${number}`),
    ])
    changed = changedBlocks()
    expected = await contentOf(await open(after))
  }, 120_000)

  it('is replayed: the file system is what e2fsck makes of it', async () => {
    journal(opening, [`-b ${changed.join(',')} ${contentFile(after, changed)}`])

    expect(await replays()).toEqual({ ...SOUND, content: expected, repaired: expected })
  })

  it('counts the newest of several transactions, and none that was not committed', async () => {
    const [some, more] = [changed.slice(0, 5), changed.slice(3)]
    journal(opening, [
      `-b ${some.join(',')} ${garbageFile(some.length)}`,
      `-b ${more.join(',')} ${contentFile(after, more)}`,
      `-b ${some.join(',')} ${contentFile(after, some)}`,
      `-c -b ${changed.join(',')} ${garbageFile(changed.length)}`,
    ])

    expect(await replays()).toEqual({ ...SOUND, content: expected, repaired: expected })
  })

  /** debugfs 1.47 gives revocations of 32-bit numbers a checksum that neither e2fsck nor the kernel takes for right. */
  const areRevocationsSound = !(options.some(option => option.includes('^64bit')) && opening !== '')

  it.runIf(areRevocationsSound)('does not count what was revoked, unless it is written again', async () => {
    journalWithRevocation()

    expect(await replays()).toEqual({ ...SOUND, content: expected, repaired: expected })
  })

  it.runIf(!areRevocationsSound)('is not replayed from a damaged revocation on, as by e2fsck', async () => {
    journalWithRevocation()

    const { problem } = await open(crashed)

    expect(problem).toBe('was in use, and transaction 2 of the journal is damaged: it and later ones are not replayed')
    expect(() => runProgram('e2fsck', ['-fy', crashed])).toThrow('Journal transaction 2 was corrupt')
  })

  function journalWithRevocation(): void {
    const spoiled = [blockOfFile('kept'), blockOfFile('old/file-250'), changed[0] ?? 0]
    journal(opening, [
      `-b ${spoiled.join(',')} ${garbageFile(spoiled.length)}`,
      // By itself: with blocks to write, debugfs 1.47 loses the commit.
      `-r ${spoiled.join(',')}`,
      `-b ${changed.join(',')} ${contentFile(after, changed)}`,
    ])
  }

  /** What we read of the crashed image, of the one that e2fsck makes of it, and what debugfs reads there. */
  async function replays() {
    const opened = await open(crashed)
    const { problem, notes } = opened
    const content = await contentOf(opened)
    copyFileSync(crashed, repaired)
    runProgram('sh', ['-c', `e2fsck -fy ${repaired} || [ $? -eq 1 ]`])
    const dumped = join(folder, 'dumped')
    runProgram('debugfs', ['-R', `dump new/magic ${dumped}`, repaired])
    const isAsWritten = readFileSync(dumped).equals(readFileSync(join(folder, 'magic')))
    return { problem, notes, content, repaired: await contentOf(await open(repaired)), isAsWritten }
  }

  function changedBlocks(): readonly number[] {
    const [one, other, size] = [readFileSync(before), readFileSync(after), blockBytes()]
    const blocks = Array.from({ length: one.length / size }, (_, block) => block)
    return blocks.filter(block => !blockIn(one, block, size).equals(blockIn(other, block, size)))
  }

  function blockOfFile(path: string): number {
    return Number(runProgram('debugfs', ['-R', `bmap ${path} 0`, before]).trim())
  }
})

describe('a damaged journal', () => {
  it('is replayed up to the transaction that is damaged, and says so', async () => {
    makeDirty()
    const image = readFileSync(crashed)
    // The last commit of the two: its seconds.
    const commit = image.lastIndexOf(Buffer.from('c03b399800000002', 'hex'))
    image[commit + 55] = (image[commit + 55] ?? 0) ^ 1

    const opened = await openExt(memoryDevice(image))

    expect(opened?.notes).toEqual(['was in use: 1 blocks of 1 transactions were taken from its journal'])
    expect(opened?.problem).toMatch(/^was in use, and transaction \d+ of the journal is damaged: it and later ones are/)
  })

  it('loses one block whose checksum is wrong, and nothing else', async () => {
    makeDirty()
    const image = readFileSync(crashed)
    const content = image.lastIndexOf(Buffer.from('second'))
    image[content] = 0

    const opened = await openExt(memoryDevice(image))
    if (opened === null) throw new Error('the image is not taken for ext')
    const found = new Map(await contentOf(opened))

    expect(opened.problem).toBeNull()
    expect(found.get('kept')).toMatch(/the checksum of block \d+, in block \d+ of the journal is wrong/)
    expect([...found.values()].filter(text => text.includes('is wrong'))).toHaveLength(1)
  })

  it.each([
    ['superblock', 'c03b399800000004', 0x20, /the checksum of the journal superblock is wrong/],
    ['magic number', 'c03b399800000004', 0, /the journal does not begin as one/],
  ])('with a wrong %s is not replayed, and says so', async (_, magic, at, message) => {
    makeDirty()
    const image = readFileSync(crashed)
    const superblock = image.indexOf(Buffer.from(magic, 'hex'))
    image[superblock + at] = (image[superblock + at] ?? 0) ^ 1

    const opened = await openExt(memoryDevice(image))

    expect(opened?.notes).toEqual([])
    expect(opened?.problem).toMatch(message)
  })

  /** Two transactions with checksums of version 3; both write the first block of a file. */
  function makeDirty(): void {
    writeFileSync(before, '')
    truncateSync(before, 24 * MIB)
    runProgram('mke2fs', ['-q', '-F', '-t', 'ext4', '-J', 'size=4', '-d', source, before])
    const file = Number(runProgram('debugfs', ['-R', 'bmap kept 0', before]).trim())
    const second = join(folder, 'second')
    writeFileSync(second, Buffer.concat([Buffer.from('second'), bytesOf(4090, 3)]))
    journal('-c -v 3', [`-b ${file} ${contentFile(before, [file])}`, `-b ${file} ${second}`])
  }
})

/** Transactions in the journal of a copy of `before`, which is as if power was cut behind them. */
function journal(opening: string, transactions: readonly string[]): void {
  copyFileSync(before, crashed)
  debugfs(crashed, [`journal_open ${opening}`, ...transactions.map(one => `journal_write ${one}`), 'journal_close'])
  expect(runProgram('debugfs', ['-R', 'features', crashed])).toContain('needs_recovery')
}

function debugfs(image: string, commands: readonly string[]): void {
  const script = join(folder, 'commands')
  writeFileSync(script, `${commands.join('\n')}\n`)
  const said = runProgram('sh', ['-c', `debugfs -w -f ${script} ${image} 2>&1`])
  // It ends well whatever happens.
  if (/not found|Usage|rror|nvalid|too/.test(said)) throw new Error(said)
}

/** The blocks of an image, one after the other, in a file. */
function contentFile(image: string, blocks: readonly number[]): string {
  const [bytes, size] = [readFileSync(image), blockBytes()]
  const path = join(folder, `content-${blocks.length}`)
  writeFileSync(path, Buffer.concat(blocks.map(block => blockIn(bytes, block, size))))
  return path
}

function garbageFile(blocks: number): string {
  const path = join(folder, 'garbage')
  writeFileSync(path, bytesOf(blocks * blockBytes(), 4))
  return path
}

function blockBytes(): number {
  return 1024 << readFileSync(before).readUInt32LE(1024 + 0x18)
}

function blockIn(image: Buffer, block: number, size: number): Buffer {
  return image.subarray(block * size, (block + 1) * size)
}

function bytesOf(length: number, seed: number): Buffer {
  let state = seed
  return Buffer.from(
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return state >>> 16
    }),
  )
}

async function open(image: string): Promise<DiskFileSystem> {
  const opened = await openExt(memoryDevice(readFileSync(image)))
  if (opened === null) throw new Error('the image is not taken for ext')
  return opened
}
