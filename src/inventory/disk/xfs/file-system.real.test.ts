import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../../../test/support/debian-image.ts'
import { makeXfsImage } from '../../../../test/support/xfs-image.ts'
import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import { cachedDevice } from '../cached-device.ts'
import type { DiskEntry, DiskFileSystem } from '../disk-file-system.ts'
import { openXfs } from './file-system.ts'

const MIB = 1 << 20
const folder = mkdtempSync(join(tmpdir(), 'openinspector-xfs-'))
const source = join(folder, 'source')
const image = join(folder, 'image')

beforeAll(() => makeSource(source))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('openXfs', () => {
  it.each([
    ['version 5', []],
    [
      'version 5 with all that mkfs.xfs can turn on',
      ['-m', 'rmapbt=1,reflink=1,bigtime=1,inobtcount=1', '-i', 'nrext64=1,sparse=1'],
    ],
    ['version 4', ['-m', 'crc=0']],
    ['version 4 without file types in directories', ['-m', 'crc=0', '-n', 'ftype=0']],
    ['sectors of 4096 bytes', ['-s', 'size=4096']],
    ['sectors of 4096 bytes in version 4', ['-m', 'crc=0', '-s', 'size=4096']],
    ['the smallest blocks and inodes', ['-m', 'crc=0', '-b', 'size=512', '-i', 'size=256']],
    ['blocks of 1 KiB and directory blocks of 64 KiB', ['-b', 'size=1024', '-n', 'size=65536']],
    ['the largest inodes and more groups', ['-i', 'size=2048', '-d', 'agcount=5']],
  ])('finds every byte of the directory that was copied into %s', async (_, options) => {
    makeXfsImage(source, image, options)

    const opened = await openImage()

    expect([opened.notes, opened.problem]).toEqual([[], null])
    expect(await contentOf(opened)).toEqual(await contentOfDirectory(source))
  })

  it.each([
    ['version 5', []],
    ['version 4 with small blocks', ['-m', 'crc=0', '-b', 'size=512', '-i', 'size=256']],
  ])('reads a tree of extents as xfs_db does, in %s', async (_, options) => {
    makeXfsImage(source, image, options)
    // mkfs.xfs copies files into one extent each, but a directory that grew beside its files has many. As a file it can be read.
    const database = runProgram('xfs_db', [
      '-r',
      '-c',
      'sb 0',
      '-c',
      'print blocksize',
      '-c',
      'print agblocks',
      '-c',
      'path /node',
      '-c',
      'print core.format',
      '-c',
      'bmap',
      image,
    ])
    expect(database).toContain('core.format = 3 (btree)')
    runProgram('xfs_db', ['-x', '-c', 'path /node', '-c', 'write core.mode 0100644', image])

    const opened = await openImage()
    const file = await opened.open((await entriesOf(opened, opened.rootNode)).get('node')?.node ?? 0)
    const expected = bytesOfExtents(database, file.sizeBytes)

    expect(Buffer.from(await file.read(0, file.sizeBytes)).equals(expected)).toBe(true)
    for (const [offset, length] of [
      [1, 5],
      [8191, 2],
      [100_000, 20_000],
      [file.sizeBytes - 3, 10],
    ] as const) {
      expect(Buffer.from(await file.read(offset, length))).toEqual(expected.subarray(offset, offset + length))
    }
  })

  it.each([2, 3, 250])('takes a log in its round %i for what it is', async round => {
    makeXfsImage(join(source, 'etc'), image, [])
    runProgram('xfs_db', ['-x', '-c', `logformat -c ${round}`, image])

    expect((await openImage()).problem).toBeNull()
  })

  it('tells of a log that does not end with an unmount', async () => {
    makeXfsImage(join(source, 'etc'), image, [])
    const start = /= (\d+)/.exec(runProgram('xfs_db', ['-r', '-c', 'sb 0', '-c', 'print logstart', image]))?.[1] ?? ''
    const at = /= (\d+)|\((\d+)\)/.exec(runProgram('xfs_db', ['-r', '-c', `convert fsblock ${start} byte`, image]))
    // The flags of the first operation, in the block behind the record's header.
    patch(Number(at?.[1] ?? at?.[2]) + 512 + 9, Buffer.from([0]))

    expect((await openImage()).problem).toMatch(
      /^was in use, and its journal is not replayed: in its record at block 0, /,
    )
  })

  it('tells of a directory block with a wrong checksum, and reads its entries', async () => {
    makeXfsImage(join(source, 'block'), image, [])
    runProgram('xfs_db', ['-x', '-c', 'path /', '-c', 'dblock 0', '-c', 'crc -i', image])
    const opened = await openImage()
    const names: string[] = []

    const listing = opened.list(opened.rootNode, ({ name }) => names.push(name))

    await expect(listing).rejects.toThrow(/^the checksum of block 0 of directory \d+ is wrong$/)
    expect(names.sort()).toEqual((await readdir(join(source, 'block'))).sort())
  })

  it.each([
    ['an inode', ['path /os-release', 'crc -i'], /^the checksum of inode \d+ is wrong$/],
    ['an inode that is free', ['path /os-release', 'write core.mode 0'], /^inode \d+ is not in use$/],
  ])('does not read %s whose checksum is wrong', async (_, commands, message) => {
    makeXfsImage(join(source, 'etc'), image, [])
    runProgram('xfs_db', ['-x', ...commands.flatMap(command => ['-c', command]), image])
    const opened = await openImage()
    const file = (await entriesOf(opened, opened.rootNode)).get('os-release')?.node ?? 0

    await expect(opened.open(file)).rejects.toThrow(message)
    await expect(opened.open(file)).rejects.toBeInstanceOf(DiskFault)
  })
})

function makeSource(directory: string): void {
  function file(path: string, content: string | Uint8Array): void {
    const whole = join(directory, path)
    mkdirSync(join(whole, '..'), { recursive: true })
    writeFileSync(whole, content)
  }
  file('etc/os-release', 'ID=debian\nVERSION_ID="12"\n')
  file('empty', '')
  mkdirSync(join(directory, 'nothing'))
  file('large', Buffer.from(Array.from({ length: 3_000_001 }, (_, at) => (at * at) % 251)))
  // Forms of a directory: in its inode, one block, blocks with an index of one block, blocks with a tree for an index.
  for (const [form, count] of [
    ['short', 3],
    ['block', 60],
    ['leaf', 300],
    ['node', 4000],
  ] as const) {
    for (let index = 0; index < count; index += 1)
      file(`${form}/${index}-${'n'.repeat(index % 60)}`, `${form} ${index}`)
  }
  file(`${Array.from({ length: 60 }, (_, depth) => `d${depth}`).join('/')}/leaf`, 'deep')
  file(`name-of-255-bytes/${'é'.repeat(127)}x`, 'long')
  symlinkSync('etc/os-release', join(directory, 'link'))
  symlinkSync(`/${'far/'.repeat(35)}away`, join(directory, 'longer-link'))
}

/** The image through the cache of blocks that all disks are read through. */
async function openImage(): Promise<DiskFileSystem> {
  const fileSystem = await openXfs(imageDevice())
  if (fileSystem === null) throw new Error('mkfs.xfs made something else')
  return fileSystem
}

function imageDevice(): BlockDevice {
  const { size } = statSync(image)
  const blockBytes = 512 * 1024
  return cachedDevice(
    {
      sizeBytes: size,
      blockBytes,
      blocksTotal: Math.ceil(size / blockBytes),
      async readBlock(index) {
        const descriptor = openSync(image, 'r')
        const bytes = Buffer.alloc(Math.min(blockBytes, size - index * blockBytes))
        readSync(descriptor, bytes, 0, bytes.byteLength, index * blockBytes)
        closeSync(descriptor)
        return bytes
      },
      async close() {},
    },
    { cacheBytes: 64 * MIB, parallelReads: 4 },
  )
}

async function entriesOf(fileSystem: DiskFileSystem, directory: number): Promise<Map<string, DiskEntry>> {
  const entries = new Map<string, DiskEntry>()
  await fileSystem.list(directory, entry => entries.set(entry.name, entry))
  return entries
}

/** Every path with what is there: `directory`, the target of a link, or the content of a file. */
async function contentOf(fileSystem: DiskFileSystem): Promise<Map<string, string>> {
  const content = new Map<string, string>()
  async function visit(directory: number, path: string): Promise<void> {
    for (const [name, entry] of await entriesOf(fileSystem, directory)) {
      const node = await fileSystem.open(entry.node)
      if (entry.kind !== null) expect(entry.kind).toBe(node.kind)
      const here = `${path}/${name}`
      if (node.kind === 'directory') await visit(entry.node, here)
      const bytes = node.kind === 'directory' ? '' : Buffer.from(await node.read(0, node.sizeBytes)).toString('latin1')
      content.set(here, `${node.kind} ${bytes}`)
    }
  }
  await visit(fileSystem.rootNode, '')
  return sorted(content)
}

async function contentOfDirectory(directory: string): Promise<Map<string, string>> {
  const content = new Map<string, string>()
  for (const path of await readdir(directory, { recursive: true })) {
    const whole = join(directory, path)
    const stat = await lstat(whole)
    if (stat.isDirectory()) content.set(`/${path}`, 'directory ')
    else if (stat.isSymbolicLink()) content.set(`/${path}`, `symlink ${await readlink(whole)}`)
    else content.set(`/${path}`, `file ${await readFile(whole, 'latin1')}`)
  }
  return sorted(content)
}

function sorted(content: Map<string, string>): Map<string, string> {
  return new Map([...content].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What `bmap` of xfs_db says a file consists of, out of the image. */
function bytesOfExtents(database: string, sizeBytes: number): Buffer {
  const [blockBytes, groupBlocks] = ['blocksize', 'agblocks'].map(name =>
    Number(new RegExp(`${name} = (\\d+)`).exec(database)?.[1]),
  ) as [number, number]
  const whole = Buffer.alloc(sizeBytes)
  const descriptor = openSync(image, 'r')
  for (const found of database.matchAll(/data offset (\d+) startblock \d+ \((\d+)\/(\d+)\) count (\d+)/g)) {
    const [fileBlock, group, inGroup, count] = found.slice(1).map(Number) as [number, number, number, number]
    const [at, from] = [fileBlock * blockBytes, (group * groupBlocks + inGroup) * blockBytes]
    if (at < sizeBytes) readSync(descriptor, whole, at, Math.min(count * blockBytes, sizeBytes - at), from)
  }
  closeSync(descriptor)
  return whole
}

function patch(offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(image, 'r+')
  writeSync(descriptor, bytes, 0, bytes.byteLength, offset)
  closeSync(descriptor)
}
