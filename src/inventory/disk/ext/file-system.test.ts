import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { memoryDevice } from '../../../../test/support/memory-device.ts'
import type { FileError, FileTree } from '../../file-tree.ts'
import { diskTree } from '../disk-tree.ts'
import { openExt } from './file-system.ts'

const SAMPLES = ['ext2', 'ext4', 'ext4-no-extents']
const SUPERBLOCK = 1024

function sample(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(join(import.meta.dirname, `testdata/${name}.img.gz`))))
}

async function open(image: Uint8Array) {
  const fileSystem = await openExt(memoryDevice(image))
  if (fileSystem === null) throw new Error('no ext file system')
  return fileSystem
}

async function treeOf(image: Uint8Array): Promise<FileTree> {
  return diskTree([{ path: '', fileSystem: await open(image) }])
}

async function walked(tree: FileTree): Promise<{ entries: string[]; errors: FileError[] }> {
  const errors: FileError[] = []
  const entries: string[] = []
  for await (const { path, kind } of tree.walk(error => errors.push(error))) entries.push(`${kind} ${path}`)
  return { entries: entries.sort(), errors }
}

async function contentOf(tree: FileTree, path: string): Promise<string> {
  const read = await tree.read(path, 1 << 20)
  if (!read.ok) return 'detail' in read.error ? read.error.detail : read.error.is
  return Buffer.from(read.value).toString('latin1')
}

/** 300 pieces of 100 bytes, 2 KiB from each other. */
const FRAGMENTS = Array.from({ length: 300 }, () => 'z'.repeat(100)).join('\0'.repeat(1948))
const EMPTY_FILES = Array.from(
  { length: 60 },
  (_, at) => `many/an-empty-file-with-a-longer-name-${String(at).padStart(2, '0')}`,
)
const FILES: Readonly<Record<string, string>> = {
  'etc/fstab': 'LABEL=gone /srv xfs defaults 0 0\n',
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  empty: '',
  tiny: 'z'.repeat(60),
  little: 'z'.repeat(100),
  middle: 'z'.repeat(3000),
  'second-name': 'z'.repeat(3000),
  fragments: FRAGMENTS,
  'deep/a/b/c/leaf': 'leaf',
  'small/one': '1',
  ...Object.fromEntries(EMPTY_FILES.map(path => [path, ''])),
}

describe.each(SAMPLES)('the sample %s', name => {
  const image = sample(name)

  it('says who it is', async () => {
    const fileSystem = await open(image)

    expect(fileSystem).toMatchObject({
      type: name.slice(0, 4),
      uuid: '11111111-2222-3333-4444-555555555555',
      label: 'sample',
      notes: [],
      problem: null,
    })
  })

  it('has every entry of the tree that it was made of', async () => {
    const { entries, errors } = await walked(await treeOf(image))

    expect(errors).toEqual([])
    expect(entries).toEqual(
      [
        ...['deep', 'deep/a', 'deep/a/b', 'deep/a/b/c', 'etc', 'lost+found', 'many', 'small'].map(
          path => `directory ${path}`,
        ),
        ...['deep/long', 'deep/short', 'loop', 'way'].map(path => `symlink ${path}`),
        ...[...Object.keys(FILES), 'hole'].map(path => `file ${path}`),
        'other pipe',
      ].sort(),
    )
  })

  it('has every byte of its files, also through links', async () => {
    const tree = await treeOf(image)

    for (const [path, content] of Object.entries(FILES)) expect(await contentOf(tree, path)).toBe(content)
    expect(await contentOf(tree, 'deep/short')).toBe(FILES['middle'])
    expect(await contentOf(tree, 'way/short')).toBe(FILES['middle'])
    expect(await contentOf(tree, 'loop')).toBe('too many symbolic links')
    expect(await contentOf(tree, 'pipe')).toBe('not a regular file')
  })

  it('reads any part of a file with holes', async () => {
    const file = await (await treeOf(image)).open('fragments')
    if (!file.ok) throw new Error(file.error.is)

    for (let offset = 0; offset < FRAGMENTS.length; offset += 7919) {
      const bytes = await file.value.read(offset, 5000)
      expect(Buffer.from(bytes).toString('latin1')).toBe(FRAGMENTS.slice(offset, offset + 5000))
    }
    expect((await file.value.read(FRAGMENTS.length + 5, 10)).byteLength).toBe(0)
  })

  it('answers damage of its superblock and groups with no more than a described failure', async () => {
    // The fields that are read end before 0x160; the first group lies in the block behind.
    const places = [...Array(0x160).keys()].map(at => SUPERBLOCK + at)
    for (const at of [...places, ...[...Array(64).keys()].map(at => 2 * SUPERBLOCK + at)]) {
      const damaged = image.slice()
      damaged[at] = 0xff - (damaged[at] ?? 0)
      const outcome = await openExt(memoryDevice(damaged)).then(
        async found =>
          found === null ? 'none' : (await walked(diskTree([{ path: '', fileSystem: found }]))).entries.length,
        (thrown: unknown) => (thrown instanceof Error ? thrown.name : 'thrown'),
      )

      expect(typeof outcome === 'number' || outcome === 'none' || outcome === 'DiskFault').toBe(true)
    }
  })
})

describe('what an ext file system may be', () => {
  const image = sample('ext4')
  const INCOMPAT_AT = SUPERBLOCK + 0x60

  function withIncompat(flag: number): Uint8Array {
    const changed = image.slice()
    const view = new DataView(changed.buffer)
    view.setUint32(INCOMPAT_AT, view.getUint32(INCOMPAT_AT, true) | flag, true)
    return changed
  }

  it('is none without its magic, or where there is no room', async () => {
    expect(await openExt(memoryDevice(new Uint8Array(4096)))).toBeNull()
    expect(await openExt(memoryDevice(new Uint8Array(100)))).toBeNull()
  })

  it.each([
    [0x1, 'compression'],
    [0x8, 'journal_dev'],
    [0x1000, 'dirdata'],
    [0x0800_0000, 'feature 0x8000000'],
  ])('is refused by name with the feature %i', async (flag, name) => {
    await expect(openExt(memoryDevice(withIncompat(flag)))).rejects.toThrow(name)
  })

  it('is read as it lies, which is told, when it was in use and has no journal', async () => {
    const { problem, notes } = await open(withIncompat(0x4))

    expect(problem).toBe('was in use, and its journal is not replayed: it is on another device, or nowhere')
    expect(notes).toEqual([])
  })

  it('is read as far as it is there when the device ends early', async () => {
    const { errors } = await walked(await treeOf(image.slice(0, 20_000)))

    expect(errors[0]).toMatchObject({ is: 'unreadable', path: '' })
  })
})

/** Damage in one inode, told by its number; `ext2` has inodes of 128 bytes or more behind the table's block. */
function inodeAt(image: Uint8Array, number: number): DataView {
  const view = new DataView(image.buffer)
  const bytes = view.getUint16(SUPERBLOCK + 0x58, true)
  const table = view.getUint32(2048 + 8, true)
  return new DataView(image.buffer, table * 1024 + (number - 1) * bytes, bytes)
}

async function inodeOf(image: Uint8Array, name: string): Promise<number> {
  const fileSystem = await open(image)
  let found = 0
  await fileSystem.list(2, entry => {
    if (entry.name === name) found = entry.node
  })
  return found
}

describe('damage', () => {
  it('of an extent tree costs the file', async () => {
    const image = sample('ext4')
    inodeAt(image, await inodeOf(image, 'fragments')).setUint16(0x28, 0, true)

    const tree = await treeOf(image)

    expect(await contentOf(tree, 'fragments')).toMatch(/damaged extent tree$/)
    expect(await contentOf(tree, 'middle')).toBe(FILES['middle'])
  })

  it('of a block number leads nowhere', async () => {
    const image = sample('ext2')
    inodeAt(image, await inodeOf(image, 'middle')).setUint32(0x28, 0xffff_fff0, true)

    expect(await contentOf(await treeOf(image), 'middle')).toMatch(/leads to block 4294967280 of 1024$/)
  })

  it('of a table of block numbers that leads to itself ends with the size that is asked for', async () => {
    const image = sample('ext2')
    const inode = inodeAt(image, await inodeOf(image, 'fragments'))
    const indirect = inode.getUint32(0x28 + 12 * 4, true)
    new DataView(image.buffer).setUint32(indirect * 1024, indirect, true)
    for (const level of [13, 14]) inode.setUint32(0x28 + level * 4, indirect, true)

    expect(await contentOf(await treeOf(image), 'fragments')).toHaveLength(FRAGMENTS.length)
  })

  it('of a size is bounded by what the caller takes', async () => {
    const image = sample('ext2')
    inodeAt(image, await inodeOf(image, 'middle')).setUint32(0x6c, 0xffff, true)

    expect(await contentOf(await treeOf(image), 'middle')).toBe('too-large')
  })

  it('of a directory costs the entries of that block', async () => {
    const image = sample('ext2')
    const inode = inodeAt(image, await inodeOf(image, 'many'))
    const first = inode.getUint32(0x28, true)
    new DataView(image.buffer).setUint16(first * 1024 + 4, 3, true)

    const { entries, errors } = await walked(await treeOf(image))

    expect(errors).toMatchObject([{ path: 'many', detail: 'a directory block has an entry that does not fit' }])
    const left = entries.filter(entry => entry.startsWith('file many/')).length
    expect(left).toBeGreaterThan(20)
    expect(left).toBeLessThan(60)
  })

  it('that makes a directory its own parent is told once', async () => {
    const image = sample('ext2')
    const deep = inodeAt(image, await inodeOf(image, 'deep'))
    const block = deep.getUint32(0x28, true)
    // The first entry after "." and "..": "a" or one of the links, whose number is set to that of the directory.
    new DataView(image.buffer).setUint32(block * 1024 + 24, await inodeOf(image, 'deep'), true)

    const { errors } = await walked(await treeOf(image))

    expect(errors.length).toBeLessThanOrEqual(1)
  })

  it('that lets directories share blocks ends when they have more than fit the disk', async () => {
    const image = sample('ext2')
    const inode = inodeAt(image, await inodeOf(image, 'many'))
    const fileSystem = await open(image)
    // A table of block numbers that names one block again and again.
    const [table, block] = [inode.getUint32(0x28, true), inode.getUint32(0x2c, true)]
    for (let at = 0; at < 256; at += 1) new DataView(image.buffer).setUint32(table * 1024 + at * 4, block, true)
    inode.setUint32(0x28, block, true)
    inode.setUint32(0x28 + 12 * 4, table, true)
    inode.setUint32(0x4, 268 * 1024, true)
    const many = await inodeOf(image, 'many')

    async function listTimes(times: number): Promise<void> {
      for (let time = 0; time < times; time += 1) await fileSystem.list(many, () => undefined)
    }

    await expect(listTimes(1000)).rejects.toThrow('directories have more bytes than fit the disk')
  })

  it('of inline data names what is missing', async () => {
    const image = sample('ext4')
    inodeAt(image, await inodeOf(image, 'little')).setUint32(0x4, 9000, true)

    expect(await contentOf(await treeOf(image), 'little')).toMatch(
      /^inode \d+ holds 100 of its 9000 bytes of inline data$/,
    )
  })

  it('is not what an encrypted file is: that is told by name', async () => {
    const image = sample('ext4')
    const inode = inodeAt(image, await inodeOf(image, 'middle'))
    inode.setUint32(0x20, inode.getUint32(0x20, true) | 0x800, true)

    expect(await contentOf(await treeOf(image), 'middle')).toMatch(/is encrypted \(fscrypt\)$/)
  })
})
