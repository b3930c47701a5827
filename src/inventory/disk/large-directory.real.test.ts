import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../../test/support/debian-image.ts'
import { memoryDevice } from '../../../test/support/memory-device.ts'
import { makeXfsImage } from '../../../test/support/xfs-image.ts'
import { cachedDevice } from './cached-device.ts'
import type { OpenFileSystem } from './disk-file-system.ts'
import { diskTree } from './disk-tree.ts'
import { openExt } from './ext/file-system.ts'
import { openXfs } from './xfs/file-system.ts'

const ENTRIES = 100_000
/** Files in which something is; entries of the directory share them, as links do. */
const FILES = 1000
/** The entry that is read by its path. */
const SOUGHT = 77_777
const MIB = 1 << 20
/** As of a disk behind a network, so that what is read counts. */
const BLOCK_BYTES = 512 * 1024
/** Measured: 2 to 3 s, on two cores that did other things besides. */
const MOST_MS = 10_000
const folder = mkdtempSync(join(tmpdir(), 'openinspector-large-'))
const source = join(folder, 'source')
const image = join(folder, 'image')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a directory of 100,000 entries', () => {
  it.each([
    ['blocks of 1 KiB', ['-b', '1024']],
    ['blocks of 4 KiB', ['-b', '4096']],
  ])('of ext4, indexed, with %s is read in bounded time', async (_, options) => {
    makeExtImage(options)
    expect(runProgram('debugfs', ['-R', 'htree_dump /many', image])).toMatch(/Indirect levels: [1-9]/)

    expect(await readBy(openExt)).toEqual(EXPECTED)
  })

  it('of xfs with a tree of extents is read in bounded time', async () => {
    rmSync(source, { recursive: true, force: true })
    for (let number = 0; number < ENTRIES; number += 1) write(join('many', nameOf(number)), '')
    write(join('many', nameOf(SOUGHT)), contentOf(SOUGHT))
    makeXfsImage(source, image, ['-i', 'maxpct=90'], 192 * MIB)
    const format = runProgram('xfs_db', ['-r', '-c', 'path /many', '-c', 'print core.format', image])
    expect(format).toContain('core.format = 3 (btree)')

    expect(await readBy(openXfs)).toEqual(EXPECTED)
  })
})

/**
 * mke2fs looks through a directory for each entry that it adds, which takes an hour for so many. So the blocks of the
 * directory are copied in as those of a file, which is then said to be one; e2fsck counts the links and makes the index.
 */
function makeExtImage(options: readonly string[]): void {
  const blockBytes = Number(options[1])
  for (let number = 0; number < FILES; number += 1) write(join('files', String(number)), contentOf(number))
  write('many', '.'.repeat(blockBytes))
  runProgram('truncate', ['-s', String(256 * MIB), image])
  const make = ['-q', '-F', '-t', 'ext4', '-N', '4000', '-O', '^metadata_csum', ...options]
  runProgram('mke2fs', [...make, '-d', source, image])
  const inodes = new Map<string, number>()
  for (const [, inode, name = ''] of runProgram('debugfs', ['-R', 'ls -p /files', image]).matchAll(
    /^\/(\d+)\/\d+\/\d+\/\d+\/(\d+)\//gm,
  )) {
    inodes.set(name, Number(inode))
  }
  const blocks = join(folder, 'blocks')
  writeFileSync(
    blocks,
    directoryBlocks(blockBytes, number => inodes.get(String(number % FILES)) ?? 0),
  )
  const commands = join(folder, 'commands')
  writeFileSync(commands, `rm many\nwrite ${blocks} many\nset_inode_field many mode 040755\n`)
  runProgram('debugfs', ['-w', '-f', commands, image])
  // 1: something was changed, which is what it was asked for.
  runProgram('sh', ['-c', `e2fsck -fyD ${image} > /dev/null || [ $? -eq 1 ]`])
}

/** Entries one after the other, as ext2 wrote them. */
function directoryBlocks(blockBytes: number, inodeOf: (number: number) => number): Buffer {
  const blocks: Buffer[] = []
  let at = blockBytes
  let last = 0
  function add(inode: number, name: string, kind: number): void {
    const length = 8 + Math.ceil(name.length / 4) * 4
    if (at + length > blockBytes) {
      blocks.push(Buffer.alloc(blockBytes))
      at = 0
    }
    const block = blocks.at(-1) ?? Buffer.alloc(0)
    block.writeUInt32LE(inode, at)
    // To the end, until another follows.
    block.writeUInt16LE(blockBytes - at, at + 4)
    block.writeUInt8(name.length, at + 6)
    block.writeUInt8(kind, at + 7)
    block.write(name, at + 8)
    if (at > 0) block.writeUInt16LE(at - last, last + 4)
    last = at
    at += length
  }
  add(2, '.', 2)
  add(2, '..', 2)
  for (let number = 0; number < ENTRIES; number += 1) add(inodeOf(number), nameOf(number), 1)
  return Buffer.concat(blocks)
}

function write(path: string, content: string): void {
  const whole = join(source, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, content)
}

function contentOf(number: number): string {
  return `content ${number % FILES}`
}

const EXPECTED = {
  entries: ENTRIES,
  first: nameOf(0),
  last: nameOf(ENTRIES - 1),
  found: contentOf(SOUGHT),
  isQuick: true,
  isReadOnce: true,
}

function nameOf(number: number): string {
  return `a-file-with-a-name-of-usual-length-${String(number).padStart(6, '0')}`
}

/** Walks the image and reads one file by its path, as a scan does. */
async function readBy(open: OpenFileSystem) {
  const bytes = await readFile(image)
  let fetched = 0
  const memory = memoryDevice(bytes)
  const device = cachedDevice(
    {
      sizeBytes: bytes.length,
      blockBytes: BLOCK_BYTES,
      blocksTotal: Math.ceil(bytes.length / BLOCK_BYTES),
      async readBlock(index) {
        fetched += 1
        return memory.read(index * BLOCK_BYTES, Math.min(BLOCK_BYTES, bytes.length - index * BLOCK_BYTES))
      },
      async close() {},
    },
    { cacheBytes: 64 * MIB, parallelReads: 16 },
  )
  const begin = performance.now()
  const fileSystem = await open(device)
  if (fileSystem === null) throw new Error('the image is taken for something else')
  const tree = diskTree([{ path: '', fileSystem }])
  const names: string[] = []
  for await (const { path, kind } of tree.walk(error => expect(error).toBeNull())) {
    if (path.startsWith('many/') && kind === 'file') names.push(path.slice('many/'.length))
  }
  const read = await tree.read(`many/${nameOf(SOUGHT)}`, 100)
  const ms = performance.now() - begin
  console.log(`${ms.toFixed(0)} ms, ${fetched} blocks fetched`)
  const sorted = names.sort()
  return {
    entries: new Set(sorted).size,
    first: sorted[0],
    last: sorted.at(-1),
    found: read.ok ? Buffer.from(read.value).toString() : read.error,
    isQuick: ms < MOST_MS,
    isReadOnce: fetched === device.usage().blocksRead,
  }
}
