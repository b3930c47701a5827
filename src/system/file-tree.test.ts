import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { fakeEcosystems } from '../../test/support/fake-ecosystems.ts'
import { sha256 } from '../../test/support/image-builder.ts'
import { readRoot } from '../inventory/read-root.ts'
import type { LayerRecord } from '../inventory/layer-cache.ts'
import { fileLayerCache } from './file-layer-cache.ts'
import { nodeFileTree } from './file-tree.ts'

let directory = ''
let root = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'openinspector-tree-'))
  root = join(directory, 'root')
  await mkdir(join(root, 'usr/lib'), { recursive: true })
  await mkdir(join(root, 'etc'))
  await mkdir(join(root, 'var/lib'), { recursive: true })
  await mkdir(join(root, 'data/dpkg'), { recursive: true })
  await writeFile(join(directory, 'secret'), 'secret')
  await writeFile(join(root, 'usr/lib/os-release'), 'debian')
  await writeFile(join(root, 'data/dpkg/status'), 'bash 1')
  await writeFile(join(root, 'package.json'), 'a 1')
  await symlink('/usr/lib/os-release', join(root, 'etc/os-release'))
  await symlink('../../../../../data/dpkg', join(root, 'var/lib/dpkg'))
  await symlink('../secret', join(root, 'escape'))
  await symlink(directory, join(root, 'outside'))
  await symlink('loop', join(root, 'loop'))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

describe('nodeFileTree', () => {
  it('resolves links as a process confined to the root would', async () => {
    const tree = nodeFileTree(root)
    const read = async (path: string) => {
      const result = await tree.read(path, 100)
      return result.ok ? Buffer.from(result.value).toString() : result.error.is
    }

    expect(await read('etc/os-release')).toBe('debian')
    expect(await read('var/lib/dpkg/status')).toBe('bash 1')
    expect(await read('escape')).toBe('not-found')
    expect(await read('outside/secret')).toBe('not-found')
    expect(await read('../secret')).toBe('outside-root')
    expect(await read('/etc/passwd')).toBe('outside-root')
    expect(await read('loop')).toBe('unreadable')
    expect(await read('usr')).toBe('unreadable')
    expect(await tree.read('package.json', 2)).toMatchObject({ ok: false, error: { is: 'too-large' } })
  })

  it('looks anew at a directory that was walked and has become a link that leads out', async () => {
    const place = await mkdtemp(join(directory, 'moved-'))
    for (const part of ['root/a/b', 'out/b']) await mkdir(join(place, part), { recursive: true })
    await writeFile(join(place, 'root/a/b/file'), 'inside')
    await writeFile(join(place, 'out/b/file'), 'outside')
    const tree = nodeFileTree(join(place, 'root'))
    for await (const _entry of tree.walk(() => {}));
    const before = await tree.read('a/b/file', 100)

    await rename(join(place, 'root/a'), join(place, 'root/c'))
    await symlink(join(place, 'out'), join(place, 'root/a'))
    const after = await tree.read('a/b/file', 100)

    expect(before.ok && Buffer.from(before.value).toString()).toBe('inside')
    expect(after).toMatchObject({ ok: false, error: { is: 'not-found' } })
  })

  it('tells size and permissions of a file that it has walked past, and nothing of a link', async () => {
    const tree = nodeFileTree(root)
    const before = await tree.look?.('usr/lib/os-release')
    for await (const _entry of tree.walk(() => {}));

    expect(before).toBeNull()
    expect(await tree.look?.('usr/lib/os-release')).toEqual({ sizeBytes: 6, mode: 0o644 })
    expect(await tree.look?.('etc/os-release')).toBeNull()
    expect(await tree.look?.('etc/nothing')).toBeNull()
  })

  it('walks every entry once, parents first, and follows no link', async () => {
    const paths: string[] = []
    for await (const { path, kind } of nodeFileTree(root).walk(() => {})) paths.push(`${path} ${kind}`)

    expect(paths.toSorted()).toEqual([
      'data directory', 'data/dpkg directory', 'data/dpkg/status file', 'escape symlink', 'etc directory',
      'etc/os-release symlink', 'loop symlink', 'outside symlink', 'package.json file', 'usr directory',
      'usr/lib directory', 'usr/lib/os-release file', 'var directory', 'var/lib directory', 'var/lib/dpkg symlink',
    ]) // prettier-ignore
    expect(paths.indexOf('usr directory')).toBeLessThan(paths.indexOf('usr/lib directory'))
  })

  it('serves readRoot, which finds packages and their distribution', async () => {
    const inventory = await readRoot(nodeFileTree(root), { ecosystems: fakeEcosystems })

    expect(inventory.distro?.id).toBe('debian')
    expect(inventory.packages.map(({ name, layer }) => [name, layer])).toEqual([['a', null]])
  })
})

describe('fileLayerCache', () => {
  const record: LayerRecord = {
    blob: sha256(Buffer.from('blob')),
    revision: 'r1',
    files: [
      { path: 'package.json', analyzer: 'x', analysis: { packages: [], distro: null, owned: null, problems: [] } },
    ],
    whiteouts: ['a'],
    opaqueDirectories: [],
    nonDirectories: [['', 'package.json/b']],
    directoriesWanted: [],
    links: [],
    problems: [],
  }

  it('gives back what was put, by blob and revision', async () => {
    const cache = fileLayerCache(join(directory, 'cache'))

    await cache.put(record)

    expect(await cache.get(record.blob, 'r1')).toEqual(record)
    expect(await cache.get(record.blob, 'r2')).toBeNull()
    expect(await cache.get(sha256(Buffer.from('other')), 'r1')).toBeNull()
  })

  it('takes a damaged or foreign entry as missing', async () => {
    const cache = fileLayerCache(join(directory, 'damaged'))
    await cache.put(record)
    const path = join(directory, 'damaged/r1', `${record.blob.slice(7)}.json`)

    await truncate(path, 50)
    expect(await cache.get(record.blob, 'r1')).toBeNull()

    await writeFile(path, JSON.stringify({ ...record, blob: sha256(Buffer.from('other')) }))
    expect(await cache.get(record.blob, 'r1')).toBeNull()
  })
})
