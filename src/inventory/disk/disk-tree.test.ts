import { describe, expect, it } from 'vitest'
import { fakeFileSystem } from '../../../test/support/fake-file-system.ts'
import type { FakeDirectory } from '../../../test/support/fake-file-system.ts'
import type { FileError, FileTree } from '../file-tree.ts'
import { DEFAULT_DISK_LIMITS } from '../limits.ts'
import { diskTree } from './disk-tree.ts'

const directory = (entries: FakeDirectory['entries'], fault?: string): FakeDirectory =>
  fault === undefined ? { entries } : { entries, fault }

async function walked(tree: FileTree): Promise<{ paths: string[]; errors: FileError[] }> {
  const errors: FileError[] = []
  const paths: string[] = []
  for await (const { path, kind } of tree.walk(error => errors.push(error))) paths.push(`${kind[0]} ${path}`)
  return { paths, errors }
}

async function textOf(tree: FileTree, path: string): Promise<string> {
  const read = await tree.read(path, 1000)
  return read.ok
    ? Buffer.from(read.value).toString()
    : `${read.error.is}${'detail' in read.error ? `: ${read.error.detail}` : ''}`
}

const machine = fakeFileSystem(
  directory({
    etc: directory({ 'os-release': { link: '../usr/lib/os-release' }, absolute: { link: '/usr/lib/os-release' } }),
    usr: directory({ covered: 'not seen' }),
    var: directory({}),
    loop: { link: 'loop' },
    out: { link: '../../../var/lib/file' },
    way: { link: 'var' },
  }),
)
const user = fakeFileSystem(directory({ lib: directory({ 'os-release': 'ID=debian' }) }))
const variable = fakeFileSystem(
  directory({ lib: directory({ file: 'in var', up: { link: '../../usr/lib/os-release' } }) }),
)
const tree = diskTree([
  { path: '', fileSystem: machine },
  { path: 'usr', fileSystem: user },
  { path: 'var', fileSystem: variable },
])

describe('the tree of several file systems', () => {
  it('shows what is mounted in place of what it covers, parents before children', async () => {
    expect(await walked(tree)).toEqual({
      errors: [],
      paths: [
        'd etc', 'd usr', 'd var', 's loop', 's out', 's way', 's etc/os-release', 's etc/absolute', 'd usr/lib', 'f usr/lib/os-release',
        'd var/lib', 'f var/lib/file', 's var/lib/up',
      ], // prettier-ignore
    })
  })

  it.each([
    ['usr/lib/os-release', 'ID=debian'],
    ['etc/os-release', 'ID=debian'],
    ['etc/absolute', 'ID=debian'],
    ['var/lib/up', 'ID=debian'],
    ['way/lib/file', 'in var'],
    ['out', 'in var'],
    ['usr/covered', 'not-found'],
    ['usr', 'unreadable: not a regular file'],
    ['usr/lib/os-release/x', 'not-found'],
    ['loop', 'unreadable: too many symbolic links'],
    ['../etc/os-release', 'outside-root'],
    ['/etc/os-release', 'outside-root'],
  ])('reads %s as a process confined to it would: %s', async (path, expected) => {
    expect(await textOf(tree, path)).toBe(expected)
  })

  it('reads each file while it is walked', async () => {
    const texts: string[] = []
    for await (const { path, kind } of tree.walk(() => undefined)) {
      if (kind === 'file') texts.push(await textOf(tree, path))
    }

    expect(texts).toEqual(['ID=debian', 'in var'])
  })

  it('refuses a file above the limit before it reads it', async () => {
    expect(await tree.read('var/lib/file', 5)).toEqual({
      ok: false,
      error: { is: 'too-large', path: 'var/lib/file', sizeBytes: 6, limitBytes: 5 },
    })
  })
})

describe('a hostile file system', () => {
  it('is left where a directory leads back into itself', async () => {
    const fileSystem = fakeFileSystem(directory({ a: directory({ back: { node: 1 }, self: { node: 2 } }) }))

    const { paths, errors } = await walked(diskTree([{ path: '', fileSystem }]))

    expect(paths).toEqual(['d a', 'd a/back', 'd a/self'])
    expect(errors.map(error => error.path)).toEqual(['a/back', 'a/self'])
  })

  it('keeps the entries that came before the damage, and tells of it', async () => {
    const fileSystem = fakeFileSystem(directory({ bad: directory({ kept: 'x' }, 'a torn block'), good: 'y' }))

    const { paths, errors } = await walked(diskTree([{ path: '', fileSystem }]))

    expect(paths).toEqual(['d bad', 'f good', 'f bad/kept'])
    expect(errors).toEqual([{ is: 'unreadable', path: 'bad', detail: 'a torn block' }])
  })

  it('costs an entry whose node cannot be read, and no more', async () => {
    const fileSystem = fakeFileSystem(directory({ nowhere: { node: 99 }, good: 'y' }))

    const { paths, errors } = await walked(diskTree([{ path: '', fileSystem }]))

    expect(paths).toEqual(['f good'])
    expect(errors).toEqual([{ is: 'unreadable', path: 'nowhere', detail: 'there is no node 99' }])
  })

  it('ends at each limit, and says so', async () => {
    const nested = directory({ a: directory({ b: directory({ c: 'x' }) }) })
    const wide = directory({ a: '', b: '', c: '' })
    const long = directory({ abcdef: '', ok: '' })
    const link = directory({ l: { link: 'x'.repeat(30) } })
    const at = (root: FakeDirectory, limits: Partial<typeof DEFAULT_DISK_LIMITS>): FileTree =>
      diskTree([{ path: '', fileSystem: fakeFileSystem(root) }], { ...DEFAULT_DISK_LIMITS, ...limits })

    const deep = await walked(at(nested, { directoryDepth: 2 }))
    const inOne = await walked(at(wide, { entriesPerDirectory: 2 }))
    const inAll = await walked(at(wide, { entriesPerTree: 2 }))
    const path = await walked(at(long, { pathCharacters: 5 }))

    expect(deep.paths).toEqual(['d a', 'd a/b'])
    expect(deep.errors).toEqual([{ is: 'unreadable', path: 'a/b', detail: 'deeper than 2 directories' }])
    expect(inOne.paths).toEqual(['f a', 'f b'])
    expect(inOne.errors).toEqual([{ is: 'unreadable', path: '', detail: 'more than 2 entries in one directory' }])
    expect(inAll.paths).toEqual(['f a', 'f b'])
    expect(inAll.errors).toMatchObject([{ detail: 'more than 2 entries; the rest of the disk is not read' }])
    expect(path.paths).toEqual(['f ok'])
    expect(path.errors).toMatchObject([{ detail: 'a path of more than 5 characters' }])
    expect(await textOf(at(link, { linkBytes: 20 }), 'l')).toBe('unreadable: a link of more than 20 bytes')
  })

  it('gives no more bytes of files than it may, however many names one has', async () => {
    const names = directory({ a: 'x'.repeat(60), b: { node: 2 }, c: { node: 2 } })
    const fileSystem = fakeFileSystem(names)
    const small = diskTree([{ path: '', fileSystem }], { ...DEFAULT_DISK_LIMITS, contentBytes: 130 })

    const texts = [await textOf(small, 'a'), await textOf(small, 'b'), await textOf(small, 'c')]

    expect(texts.map(text => text.length)).toEqual([60, 60, expect.any(Number)])
    expect(texts[2]).toBe('unreadable: more than 130 bytes of files; the rest of them is not read')
  })

  it('forgets names that it need not remember, and finds the files all the same', async () => {
    const inner = directory(Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, `${at}`])))
    const fileSystem = fakeFileSystem(directory({ a: inner, b: directory({ x: 'x' }) }))
    const small = diskTree([{ path: '', fileSystem }], { ...DEFAULT_DISK_LIMITS, rememberedEntries: 10 })

    await walked(small)

    expect(await textOf(small, 'a/f49')).toBe('49')
    expect(await textOf(small, 'b/x')).toBe('x')
  })

  it('lists no more than directoriesAhead at once', async () => {
    const wide = fakeFileSystem(
      directory(Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`d${at}`, directory({ f: 'x' })]))),
    )
    let [open, most] = [0, 0]
    const counting = {
      ...wide,
      async list(...given: Parameters<typeof wide.list>) {
        open += 1
        most = Math.max(most, open)
        await new Promise(resolve => setImmediate(resolve))
        open -= 1
        return wide.list(...given)
      },
    }

    const { paths } = await walked(
      diskTree([{ path: '', fileSystem: counting }], { ...DEFAULT_DISK_LIMITS, directoriesAhead: 3 }),
    )

    expect(paths).toHaveLength(100)
    expect(most).toBe(3)
  })

  it('ends the walk when the source itself fails', async () => {
    const fileSystem = fakeFileSystem(directory({ a: directory({}) }), {
      list: () => Promise.reject(new Error('the credentials have expired')),
    })

    await expect(walked(diskTree([{ path: '', fileSystem }]))).rejects.toThrow('expired')
  })
})
