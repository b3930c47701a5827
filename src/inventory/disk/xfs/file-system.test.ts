import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { SparseImage } from '../../../../test/support/sparse-image.ts'
import { crc32c } from '../../../base/crc32c.ts'
import type { FileError } from '../../file-tree.ts'
import { DiskFault } from '../block-device.ts'
import type { DiskEntry, DiskFileSystem } from '../disk-file-system.ts'
import { diskTree } from '../disk-tree.ts'
import { openXfs } from './file-system.ts'

type Version = 'version-4' | 'version-5'
const VERSIONS = ['version-4', 'version-5'] as const

const PACKED = Object.fromEntries(
  VERSIONS.map(version => {
    const packed = readFileSync(join(import.meta.dirname, 'testdata', `${version}.sectors.gz`))
    return [version, new Uint8Array(gunzipSync(packed))]
  }),
) as Record<Version, Uint8Array>

describe('openXfs', () => {
  it.each(VERSIONS)('finds everything in %s', async version => {
    const { paths, errors, tree } = await walk(anImage(version))

    expect(errors).toEqual([])
    expect(paths.toSorted()).toEqual(PATHS)
    expect(await textOf(tree, 'etc/os-release')).toBe('ID=debian\nVERSION_ID="12"\n')
    expect(await textOf(tree, 'link')).toBe('ID=debian\nVERSION_ID="12"\n')
    expect(await textOf(tree, 'empty')).toBe('')
    const large = await tree.read('large', 10_000)
    expect(large.ok && large.value.every((byte, at) => byte === (at * at) % 251)).toBe(true)
  })

  it.each(VERSIONS)('names the file system of %s', async version => {
    const opened = await open(anImage(version))

    expect(opened).toMatchObject({
      type: 'xfs',
      uuid: '01234567-89ab-4cde-8f01-23456789abcd',
      label: 'root',
      notes: [],
      problem: null,
    })
  })

  it('leaves other file systems to other readers', async () => {
    const image = anImage('version-5')
    image.write(0, Buffer.from('NTFS'))

    expect(await openXfs(image)).toBeNull()
    expect(await openXfs(new SparseImage(new Uint8Array(0)))).toBeNull()
  })

  it.each<[string, Version, (image: SparseImage) => void]>([
    ['XFS version 3; versions 4 and 5 are read', 'version-4', image => put16(image, 100, 0x3003)],
    ['XFS feature: directories of version 1', 'version-4', image => put16(image, 100, 0x9084)],
    ['XFS feature: shared read-only', 'version-4', image => put16(image, 100, 0xb284)],
    ['XFS features2 0x10', 'version-4', image => put32(image, 200, 0x1a)],
    ['XFS incompatible feature zoned', 'version-5', image => put32(image, 216, 0x20b)],
    ['XFS incompatible feature zone_gaps, 0x80000000', 'version-5', image => put32(image, 216, 0x8000040b)],
  ])('refuses by name: %s', async (message, version, change) => {
    const image = anImage(version)
    change(image)

    const fault = await openXfs(image).catch((thrown: unknown) => thrown)

    expect(fault).toBeInstanceOf(DiskFault)
    expect(fault).toMatchObject({ reason: 'unsupported', message })
  })

  it.each<[string, (image: SparseImage) => void]>([
    ['a block size of 0', image => put32(image, 4, 0)],
    ['a block size of 1025', image => put32(image, 4, 1025)],
    ['a sector size of 256', image => put16(image, 102, 256)],
    ['an inode size of 128', image => put16(image, 104, 128)],
    ['2 inodes per block', image => put8(image, 123, 1)],
    ['a directory block size of 131072', image => put8(image, 192, 5)],
    ['4096 blocks per group', image => put8(image, 124, 5)],
    ['8192 blocks in 0 groups', image => put32(image, 88, 0)],
    ['the mark of an mkfs.xfs that did not end', image => put8(image, 126, 1)],
  ])('does not believe a superblock that tells of %s', async (what, change) => {
    const image = anImage('version-4')
    change(image)

    const fault = await openXfs(image).catch((thrown: unknown) => thrown)

    expect(fault).toMatchObject({ reason: 'malformed' })
    expect(String(fault)).toContain(what)
  })

  it.each<[string, (image: SparseImage) => void]>([
    ['the checksum of the superblock is wrong', image => put8(image, 127, 99)],
    [
      'its journal is on another device, so the newest changes may be missing',
      image => {
        put32(image, 48, 0)
        put32(image, 52, 0)
        sealSuperblock(image)
      },
    ],
    [
      'the file system is marked for xfs_repair',
      image => {
        put8(image, 219, image.bytes(219, 1)[0]! | 0x10)
        sealSuperblock(image)
      },
    ],
  ])('tells: %s', async (note, change) => {
    const image = anImage('version-5')
    change(image)

    const { notes, problem } = await open(image)

    expect([...notes, problem].filter(told => told !== null)).toEqual([note])
  })

  it('tells of a device that is smaller than its file system, and reads what there is', async () => {
    const packed = Uint8Array.from(PACKED['version-4'])
    new DataView(packed.buffer).setUint32(0, (20 << 20) / 512)

    const opened = await open(new SparseImage(packed))

    expect(opened.notes[0]).toMatch(/^the file system has 33554432 bytes, of which the device ends after 20971520$/)
    expect((await entriesOf(opened)).has('etc')).toBe(true)
  })

  it('reads a link that has blocks of its own, with a header', async () => {
    const image = anImage('version-5')
    const link = await inodeOf(image, 'longer-link')
    giveBlocks(image, link, FREE_BLOCK, 700, remoteLink(link.number, `/${'x'.repeat(699)}`))

    const opened = await open(image)
    const node = await opened.open(link.number)

    expect(Buffer.from(await node.read(0, 4096)).toString()).toBe(`/${'x'.repeat(699)}`)
  })

  it.each<[string, (header: Buffer) => void, boolean]>([
    ['has no header', header => void header.writeUInt32BE(0, 0), true],
    ['ends after 300 of its 700 bytes', header => void header.writeUInt32BE(300, 8), true],
    ['belongs to another', header => void header.writeUInt32BE(1, 36), true],
    ['is wrong', header => void header.writeUInt8(65, 200), false],
  ])('does not follow a link whose block %s', async (message, change, isSealed) => {
    const image = anImage('version-5')
    const link = await inodeOf(image, 'longer-link')
    const block = remoteLink(link.number, `/${'x'.repeat(699)}`)
    change(block)
    giveBlocks(image, link, FREE_BLOCK, 700, isSealed ? sealed(block, 12) : block)
    const node = await (await open(image)).open(link.number)

    await expect(node.read(0, 4096)).rejects.toThrow(message)
  })

  it('tells of a file on a realtime device instead of reading another place', async () => {
    const image = anImage('version-5')
    const file = await inodeOf(image, 'large')
    put16(image, file.offset + 90, 1)
    sealInode(image, file.offset)
    const { tree } = await walk(image)

    const read = await tree.read('large', 10_000)

    expect(read).toMatchObject({
      ok: false,
      error: { is: 'unreadable', detail: 'the file lies on an XFS realtime device' },
    })
  })

  it('reads holes and reserved blocks as zeros', async () => {
    const image = anImage('version-4')
    const file = await inodeOf(image, 'large')
    const extent = image.bytes(file.offset + 100, 16)
    // The file begins eight blocks later, and what it has there is only reserved.
    put32(image, file.offset + 100 + 4, new DataView(extent.buffer).getUint32(4) + (8 << 9))
    put32(image, file.offset + 60, 8 * 4096 + 9000)
    const { tree } = await walk(image)
    const shifted = await tree.read('large', 100_000)
    expect(shifted.ok && shifted.value.findIndex(byte => byte !== 0)).toBe(8 * 4096 + 1)

    put8(image, file.offset + 100, 0x80)
    const reserved = await tree.read('large', 100_000)
    expect(reserved.ok && reserved.value.every(byte => byte === 0)).toBe(true)
  })
})

describe('a damaged XFS', () => {
  it('loses one block of a directory and tells of it', async () => {
    const image = anImage('version-4')
    const [first] = await extentOf(image, await inodeOf(image, 'leaf'))
    // The length of the second entry's name.
    put8(image, first + 16 + 16 + 8, 255)

    const { paths, errors } = await walk(image)

    expect(errors).toMatchObject([
      {
        is: 'unreadable',
        path: 'leaf',
        detail: expect.stringMatching(/^block 0 of directory \d+ is damaged at byte \d+$/),
      },
    ])
    expect(paths.filter(path => path.startsWith('leaf/')).length).toBeGreaterThan(30)
    expect(paths.filter(path => path.startsWith('tree/'))).toHaveLength(200)
  })

  it.each<[string, (image: SparseImage, root: number) => void, RegExp]>([
    ['is of another level', (image, root) => put16(image, root, 3), /is none of level 2/],
    ['has more levels than any', (image, root) => put16(image, root, 999), /has \d+ children/],
    ['has no level', (image, root) => put16(image, root, 0), /has \d+ children/],
    ['has more children than room', (image, root) => put16(image, root + 2, 500), /has 500 children/],
    [
      'leads out of the disk',
      (image, root) => put32(image, root + 4 + 9 * 8, 0x00ffffff),
      /lie outside the file system/,
    ],
  ])('does not follow a tree of extents that %s', async (_, change, detail) => {
    const image = anImage('version-4')
    const { offset } = await inodeOf(image, 'tree')
    change(image, offset + 100)

    const { errors } = await walk(image)

    expect(errors).toMatchObject([{ is: 'unreadable', path: 'tree', detail: expect.stringMatching(detail) }])
  })

  it('ends when directories claim more than the disk', async () => {
    const image = anImage('version-4')
    const directory = await inodeOf(image, 'block')
    // Nine extents of which each is the first half of the first group.
    put32(image, directory.offset + 76, 9)
    for (let index = 0; index < 9; index += 1) {
      const at = directory.offset + 100 + index * 16
      const record = [0n, BigInt(index * 2048) << 9n, 0n, 2048n]
      for (const [word, value] of record.entries()) put32(image, at + word * 4, Number(value))
    }

    const { errors } = await walk(image)

    expect(errors).toMatchObject([
      { path: 'block', detail: expect.stringContaining('directories are larger than the file system') },
    ])
  })

  it.each<[string, (image: SparseImage, offset: number) => void, RegExp]>([
    ['no magic number', (image, offset) => put16(image, offset, 0), /^there is no inode/],
    ['another version', (image, offset) => put8(image, offset + 4, 3), /^there is no inode/],
    ['no mode', (image, offset) => put16(image, offset + 2, 0), /is not in use$/],
    ['an unknown format', (image, offset) => put8(image, offset + 5, 9), /has the XFS format 9$/],
    ['a size beyond all disks', (image, offset) => put32(image, offset + 56, 0xffffffff), /bytes$/],
    [
      'attributes outside itself',
      (image, offset) => put8(image, offset + 82, 200),
      /has its attributes outside itself$/,
    ],
    [
      'extents without room',
      (image, offset) => put32(image, offset + 76, 1000),
      /has 1000 extents and no room for them$/,
    ],
    ['content of its own', (image, offset) => put8(image, offset + 5, 1), /is a file without extents$/],
  ])('does not read a file whose inode has %s', async (_, change, detail) => {
    const image = anImage('version-4')
    change(image, (await inodeOf(image, 'large')).offset)
    const { tree } = await walk(image)

    expect(await tree.read('large', 100_000)).toMatchObject({
      ok: false,
      error: { detail: expect.stringMatching(detail) },
    })
  })

  it('does not read an inode of version 5 that lies where another belongs', async () => {
    const image = anImage('version-5')
    const [file, other] = [await inodeOf(image, 'large'), await inodeOf(image, 'empty')]
    image.write(file.offset, image.bytes(other.offset, 512))
    const { tree } = await walk(image)

    const detail = `inode ${file.number} belongs to another place or file system`
    expect(await tree.read('large', 100_000)).toMatchObject({ ok: false, error: { detail } })
  })
})

/** A block that version 5 has and mkfs.xfs left empty. */
const FREE_BLOCK = 20_384

const PATHS = [
  'a', 'a/b', 'a/b/c', 'block', 'empty', 'etc', 'etc/os-release', 'large', 'leaf', 'link', 'longer-link', 'nothing', 'tree',
  ...numbered(40, index => `block/file-${index.padStart(2, '0')}`),
  ...numbered(60, index => `leaf/${index.padStart(2, '0')}-${'n'.repeat(200)}`),
  ...numbered(200, index => `tree/${index.padStart(3, '0')}-${'n'.repeat(240)}`),
].sort() // prettier-ignore

function numbered(count: number, name: (index: string) => string): readonly string[] {
  return Array.from({ length: count }, (_, index) => name(String(index)))
}

function anImage(version: Version): SparseImage {
  return new SparseImage(PACKED[version])
}

async function open(image: SparseImage): Promise<DiskFileSystem> {
  const opened = await openXfs(image)
  if (opened === null) throw new Error('this is no XFS')
  return opened
}

async function walk(image: SparseImage) {
  const tree = diskTree([{ path: '', fileSystem: await open(image) }])
  const paths: string[] = []
  const errors: FileError[] = []
  for await (const { path } of tree.walk(error => errors.push(error))) paths.push(path)
  return { tree, paths, errors }
}

async function textOf(tree: ReturnType<typeof diskTree>, path: string): Promise<string> {
  const read = await tree.read(path, 1000)
  return read.ok ? Buffer.from(read.value).toString() : read.error.is
}

async function entriesOf(opened: DiskFileSystem): Promise<ReadonlyMap<string, DiskEntry>> {
  const entries = new Map<string, DiskEntry>()
  await opened.list(opened.rootNode, entry => entries.set(entry.name, entry))
  return entries
}

interface Inode {
  readonly number: number
  readonly offset: number
}

/** Where an entry of the root has its inode. Groups have as many blocks as their bits can count in both images. */
async function inodeOf(image: SparseImage, name: string): Promise<Inode> {
  const number = (await entriesOf(await open(image))).get(name)?.node ?? 0
  return { number, offset: number * new DataView(image.bytes(104, 2).buffer).getUint16(0) }
}

/** Byte offset and blocks of the first extent of an inode of version 4. */
async function extentOf(image: SparseImage, inode: Inode): Promise<readonly [number, number]> {
  const view = new DataView(image.bytes(inode.offset + 100, 16).buffer)
  return [(view.getUint32(8) * 2 ** 11 + (view.getUint32(12) >>> 21)) * 4096, view.getUint32(12) & 0x1fffff]
}

function remoteLink(inode: number, target: string): Buffer {
  const block = Buffer.alloc(1024)
  block.write('XSLM')
  block.writeUInt32BE(target.length, 8)
  block.writeBigUInt64BE(BigInt(inode), 32)
  block.write(target, 56)
  return sealed(block, 12)
}

/** Gives an inode of version 5 one extent of one block with that content. */
function giveBlocks(image: SparseImage, inode: Inode, block: number, sizeBytes: number, content: Uint8Array): void {
  put8(image, inode.offset + 5, 2)
  put32(image, inode.offset + 60, sizeBytes)
  for (const at of [24, 76]) put32(image, inode.offset + at, 0)
  // The count lies in another place when the file may have many extents.
  put32(image, inode.offset + ((image.bytes(inode.offset + 127, 1)[0]! & 0x10) === 0 ? 76 : 28), 1)
  for (const [word, value] of [0, 0, Math.floor(block / 2 ** 11), block * 2 ** 21 + 1].entries()) {
    put32(image, inode.offset + 176 + word * 4, value >>> 0)
  }
  sealInode(image, inode.offset)
  image.write(block * 1024, content)
}

function sealInode(image: SparseImage, offset: number): void {
  image.write(offset, sealed(Buffer.from(image.bytes(offset, 512)), 100))
}

function sealSuperblock(image: SparseImage): void {
  image.write(0, sealed(Buffer.from(image.bytes(0, 512)), 224))
}

function sealed(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt32LE(0, at)
  bytes.writeUInt32LE(crc32c(bytes), at)
  return bytes
}

function put8(image: SparseImage, at: number, value: number): void {
  image.write(at, Uint8Array.of(value))
}

function put16(image: SparseImage, at: number, value: number): void {
  image.write(at, Uint8Array.of(value >>> 8, value))
}

function put32(image: SparseImage, at: number, value: number): void {
  image.write(at, Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value))
}
