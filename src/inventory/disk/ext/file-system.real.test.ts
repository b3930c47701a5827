import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../../../test/support/debian-image.ts'
import { contentOf, contentOfDirectory } from '../../../../test/support/disk-content.ts'
import type { Content } from '../../../../test/support/disk-content.ts'
import { memoryDevice } from '../../../../test/support/memory-device.ts'
import type { DiskFileSystem } from '../disk-file-system.ts'
import { openExt } from './file-system.ts'

const MIB = 1 << 20
const folder = mkdtempSync(join(tmpdir(), 'openinspector-ext-'))
const source = join(folder, 'source')
const image = join(folder, 'image')
let content: Content

beforeAll(async () => {
  makeSource()
  content = await contentOfDirectory(source)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('openExt', () => {
  it.each([
    ['ext4', 'ext4', ['-t', 'ext4']],
    ['ext4 with blocks of 1 KiB', 'ext4', ['-t', 'ext4', '-b', '1024']],
    ['ext4 with blocks of 64 KiB', 'ext4', ['-t', 'ext4', '-b', '65536']],
    ['ext4 with inline data', 'ext4', ['-t', 'ext4', '-O', 'inline_data', '-I', '256']],
    ['ext4 with large inodes', 'ext4', ['-t', 'ext4', '-O', 'inline_data', '-I', '1024']],
    ['ext4 without extents', 'ext4', ['-t', 'ext4', '-O', '^extents,^64bit']],
    ['ext4 with descriptors in their groups', 'ext4', ['-t', 'ext4', '-O', 'meta_bg,^resize_inode', '-b', '1024']],
    ['ext4 with clusters', 'ext4', ['-t', 'ext4', '-O', 'bigalloc', '-C', '16384']],
    ['ext4 with two copies of its superblock', 'ext4', ['-t', 'ext4', '-O', 'sparse_super2,^resize_inode']],
    ['ext3', 'ext3', ['-t', 'ext3']],
    ['ext2 with blocks of 1 KiB', 'ext2', ['-t', 'ext2', '-b', '1024']],
    ['ext2 without file types in directories', 'ext2', ['-t', 'ext2', '-O', '^filetype', '-I', '128']],
  ])('finds every byte of the directory that was copied into %s', async (_, type, options) => {
    makeImage(options)

    const opened = await openImage()

    expect(opened.type).toBe(type)
    expect(await contentOf(opened)).toEqual(content)
  })

  it('finds the same after e2fsck has indexed the directories', async () => {
    makeImage(['-t', 'ext4', '-b', '1024'])
    // 1: something was changed, which is what it was asked for.
    runProgram('sh', ['-c', `e2fsck -fyD ${image} || [ $? -eq 1 ]`])

    expect(runProgram('debugfs', ['-R', 'htree_dump /many', image])).toMatch(/Indirect levels: \d/)
    expect(await contentOf(await openImage())).toEqual(content)
  })

  it.each([
    ['an inode that is not in use', 'clri /deep', 'deep'],
    ['a size without end', 'set_inode_field /random size 0xffff0000000000', 'random'],
    ['an extent tree that is none', 'set_inode_field /random block[0] 0x12345678', 'random'],
    ['a directory that is said to be a file', 'set_inode_field /many mode 0100644', 'many'],
    ['a directory in blocks of another kind', 'set_inode_field /many flags 0', 'many'],
  ])('loses with %s that one and nothing else', async (_, command, damaged) => {
    makeImage(['-t', 'ext4'])
    runProgram('debugfs', ['-w', '-R', command, image])

    const found = await contentOf(await openImage())

    const isElsewhere = ([path]: readonly [string, string]): boolean =>
      path !== damaged && !path.startsWith(`${damaged}/`)
    expect(found.filter(isElsewhere)).toEqual(content.filter(isElsewhere))
    expect(new Map(found).get(damaged)).not.toBe(new Map(content).get(damaged))
  })
})

/** Trees that hurt: long directories, depth, holes, many pieces, sizes around those of blocks and inodes, links of every length. */
function makeSource(): void {
  mkdirSync(join(source, 'many'), { recursive: true })
  for (let number = 0; number < 1500; number += 1) {
    writeFileSync(
      join(source, 'many', `a-file-with-a-rather-long-name-${number}`),
      number % 500 === 0 ? `${number}` : '',
    )
  }
  const deep = join(source, 'deep', ...Array.from({ length: 100 }, (_, depth) => `d${depth}`))
  mkdirSync(deep, { recursive: true })
  writeFileSync(join(deep, 'leaf'), 'leaf')
  for (const size of [0, 1, 59, 60, 61, 155, 156, 157, 1023, 1024, 1025, 4095, 4096, 4097, 65_537]) {
    writeFileSync(join(source, `size-${size}`), bytesOf(size))
  }
  writeFileSync(join(source, 'random'), bytesOf(3 * MIB + 17))
  writePieces('fragments', 400, 16_384)
  writePieces('far apart', 5, 6 * MIB)
  mkdirSync(join(source, 'links'))
  for (const length of [1, 58, 59, 60, 61, 100, 900])
    symlinkSync('t/'.repeat(length).slice(0, length), join(source, `links/${length}`))
  for (const name of ['ünïcödé', 'n'.repeat(255), ' blank', '-', '…']) writeFileSync(join(source, name), name)
}

/** Not random, so that a failure can be had again; not regular, so that a piece in a wrong place shows. */
function bytesOf(length: number): Uint8Array {
  let state = length + 1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state >>> 16
  })
}

function writePieces(name: string, count: number, distance: number): void {
  const file = openSync(join(source, name), 'w')
  for (let number = 0; number < count; number += 1) writeSync(file, bytesOf(3000 + number), 0, 3000, number * distance)
  closeSync(file)
}

function makeImage(options: readonly string[]): void {
  rmSync(image, { force: true })
  writeFileSync(image, '')
  truncateSync(image, 64 * MIB)
  runProgram('mke2fs', ['-q', '-F', '-N', '8192', ...options, '-d', source, image])
}

async function openImage(): Promise<DiskFileSystem> {
  const opened = await openExt(memoryDevice(await readFile(image)))
  if (opened === null) throw new Error('the image is not taken for ext')
  return opened
}
