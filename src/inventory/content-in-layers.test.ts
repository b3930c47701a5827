import { describe, expect, it } from 'vitest'
import { elfOf, goBuildInfo } from '../../test/support/executable-of.ts'
import { buildTar, type TarPart } from '../../test/support/tar-builder.ts'
import { zipOf } from '../../test/support/zip-of.ts'
import { parseDigest } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import { ok } from '../base/result.ts'
import { TarReader } from '../base/tar-reader.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { analyzerSet } from './analyzer-set.ts'
import type { FileTree } from './file-tree.ts'
import { inventoryOfFiles } from './inventory-of-files.ts'
import type { LayerRecord } from './layer-cache.ts'
import { LayerCollector } from './layer-collector.ts'
import { DEFAULT_IMAGE_LIMITS } from './limits.ts'
import { mergeLayers } from './merge-layers.ts'
import { readRoot } from './read-root.ts'
import { tarFault, tarLimitsOf } from './tar-fault.ts'

const analyzers = analyzerSet(ECOSYSTEMS)
const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`)!
const program = (version: string): Buffer =>
  elfOf([{ name: '.data', address: 0x1000, content: goBuildInfo(version, ''), isWritable: true }])
const archive = zipOf([{ name: 'META-INF/maven/a/b/pom.properties', content: 'groupId=a\nartifactId=b\nversion=1\n' }])
const executable = (path: string, content: Uint8Array): TarPart => ({ path, content, mode: 0o755 })

/** The record of a layer, read in pieces of this size. */
function recordOf(parts: readonly TarPart[], pieceBytes = 1 << 20): LayerRecord {
  const collector = new LayerCollector(analyzers, DEFAULT_IMAGE_LIMITS, 'layer')
  const tar = new TarReader(collector, tarLimitsOf(DEFAULT_IMAGE_LIMITS), tarFault('layer'))
  const bytes = buildTar(parts)
  for (let at = 0; at < bytes.length; at += pieceBytes) tar.push(bytes.subarray(at, at + pieceBytes))
  tar.end()
  return collector.record(DIGEST, analyzers.revision)
}

function inventoryOf(...layers: readonly (readonly TarPart[])[]): Inventory {
  const records = layers.map(parts => ({ record: recordOf(parts), ref: { diffId: DIGEST, digest: DIGEST } }))
  const merged = mergeLayers(records, analyzers)
  return inventoryOfFiles(merged.files, ECOSYSTEMS, merged.problems)
}

const found = (inventory: Inventory): readonly string[] =>
  inventory.packages.filter(pkg => pkg.type !== 'deb').map(pkg => `${pkg.filePath} ${pkg.name} ${pkg.version}`)

describe('programs and archives in layers', () => {
  const parts: readonly TarPart[] = [
    { path: 'etc/hostname', content: 'x\n' },
    executable('usr/bin/tool', program('go1.22.1')),
    executable('usr/bin/script', Buffer.from('#!/bin/sh\n'.repeat(1000))),
    { path: 'srv/tool', content: program('go1.20') },
    { path: 'app/b.jar', content: archive },
    { path: 'go.mod', content: 'module a\ngo 1.22\nrequire example.com/c v1.0.0\n' },
  ]

  it.each([1 << 20, 4096, 513, 100])('are read as they stream by in pieces of %d bytes', pieceBytes => {
    expect(recordOf(parts, pieceBytes)).toEqual(recordOf(parts))
    expect(found(inventoryOf(parts))).toEqual([
      'go.mod example.com/c v1.0.0',
      'usr/bin/tool stdlib 1.22.1',
      'app/b.jar a:b 1',
    ])
  })

  it('go when a later layer replaces or deletes them, or puts a directory in their place', () => {
    const lower = [executable('a', program('go1.1')), executable('b', program('go1.2')), executable('c', program('go1.3')), executable('d', program('go1.4'))] // prettier-ignore

    const inventory = inventoryOf(lower, [
      executable('a', Buffer.from('#!/bin/sh\n')),
      { path: '.wh.b', content: '' },
      { path: 'c/', type: '5' },
      { path: 'd/e/f.txt', content: 'x' },
    ])

    expect(found(inventory)).toEqual([])
  })

  it('count under each of their names', () => {
    const layer = [executable('bin/a', program('go1.22.1')), { path: 'bin/b', type: '1', linkTarget: 'bin/a' }]

    expect(found(inventoryOf(layer))).toEqual(['bin/a stdlib 1.22.1', 'bin/b stdlib 1.22.1'])
  })

  it('belong to the operating system package that lists them, in whatever layer the list is', () => {
    const list = { path: 'var/lib/dpkg/info/tool.list', content: '/.\n/usr\n/usr/bin\n/usr/bin/tool\n/app/b.jar\n' }
    const unnamed = { path: 'app/c-1.0.jar', content: zipOf([{ name: 'a.txt', content: 'x' }]) }

    const inventory = inventoryOf([...parts, unnamed], [list])

    expect(inventory.packages.map(({ name, ownedBy }) => [name, ownedBy])).toEqual([
      ['example.com/c', null],
      ['stdlib', 'tool'],
      ['a:b', 'tool'],
    ])
    expect(inventory.problems.map(({ reason }) => reason)).toEqual(['unidentified-archive'])
    const owned = inventoryOf([unnamed], [{ ...list, content: '/app/c-1.0.jar\n' }])
    expect(owned.problems).toEqual([])
  })

  it('are problems where they are stored with holes or break off', () => {
    const sparse = inventoryOf([{ path: 'a.jar', content: archive, type: 'S' }])

    expect(sparse.problems.map(({ reason }) => reason)).toEqual(['sparse-file'])
  })
})

describe('programs and archives in directories', () => {
  const contents = new Map([
    ['bin/tool', { bytes: program('go1.22.1'), mode: 0o755 }],
    ['bin/data', { bytes: program('go1.22.1'), mode: 0o644 }],
    ['lib/b.jar', { bytes: archive, mode: 0o644 }],
  ])

  function treeOf(read: (bytes: Uint8Array, offset: number, length: number) => Uint8Array): FileTree {
    return {
      async *walk() {
        for (const path of contents.keys()) yield { path, kind: 'file' }
      },
      read: async path => ok(contents.get(path)!.bytes),
      open: async path => {
        const { bytes, mode } = contents.get(path)!
        return ok({
          sizeBytes: bytes.length,
          mode,
          read: async (offset, length) => read(bytes, offset, length),
          async *stream() {},
          async close() {},
        })
      },
    }
  }

  it('are found by the same readers', async () => {
    const tree = treeOf((bytes, offset, length) => bytes.subarray(offset, offset + length))

    const inventory = await readRoot(tree, { ecosystems: ECOSYSTEMS })

    expect(found(inventory)).toEqual(['bin/tool stdlib 1.22.1', 'lib/b.jar a:b 1'])
    expect(inventory.problems).toEqual([])
  })

  it('cost a problem each when the disk fails', async () => {
    const tree = treeOf(() => {
      throw new Error('EIO')
    })

    const inventory = await readRoot(tree, { ecosystems: ECOSYSTEMS })

    expect(inventory.problems.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'bin/tool unreadable',
      'lib/b.jar unreadable',
    ])
  })
})
