import { gzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { fakeEcosystems } from '../../test/support/fake-ecosystems.ts'
import { buildImage, sha256, type BuiltImage } from '../../test/support/image-builder.ts'
import { memoryFile, memoryTree } from '../../test/support/memory-tree.ts'
import { buildTar } from '../../test/support/tar-builder.ts'
import { containersStorageSource } from './containers-storage-source.ts'
import { imageArchiveSource } from './docker-archive-source.ts'
import type { FileTree } from './file-tree.ts'
import type { ImageSource } from './image.ts'
import { ociLayoutSource } from './oci-layout-source.ts'
import { readImage } from './read-image.ts'

const one = buildImage([[{ path: 'app/package.json', content: 'one 1' }]])
const two = buildImage([[{ path: 'app/package.json', content: 'two 2' }]], { compression: 'zstd' })
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

async function namesIn(source: ImageSource, selector: string | null): Promise<readonly string[] | string> {
  const found = await source.manifests(selector)
  if (!found.ok) return found.error.is
  const names: string[] = []
  for (const manifest of found.value) {
    const cache = { get: async () => null, async put() {} }
    const read = await readImage(source, manifest, { ecosystems: fakeEcosystems, cache })
    if (!read.ok) return read.error.is
    names.push(...read.value.inventory.packages.map(({ name }) => name))
  }
  return names
}

function blobFiles(...images: readonly BuiltImage[]): Map<string, Uint8Array> {
  const blobs = images.flatMap(image => Array.from(image.blobs.values()).concat(image.manifestBytes))
  return new Map(blobs.map(blob => [`blobs/sha256/${sha256(blob).slice(7)}`, blob]))
}

function entry(image: BuiltImage, annotations: Record<string, string>): object {
  const { mediaType, digest } = image.manifest
  return { mediaType, digest, size: image.manifestBytes.length, annotations }
}

describe('an OCI layout', () => {
  /** As `docker save` of an engine on containerd writes two images of one tag. */
  const saved = blobFiles(one, two).set(
    'index.json',
    bytesOf({
      schemaVersion: 2,
      manifests: [
        entry(one, {
          'io.containerd.image.name': 'docker.io/library/one:latest',
          'org.opencontainers.image.ref.name': 'latest',
        }),
        entry(two, {
          'io.containerd.image.name': 'docker.io/library/two:latest',
          'org.opencontainers.image.ref.name': 'latest',
        }),
      ],
    }),
  )

  it.each([
    ['docker.io/library/two:latest', ['two']],
    [one.manifest.digest, ['one']],
    ['latest', 'malformed'],
    [null, 'malformed'],
    ['docker.io/library/three:latest', 'not-found'],
  ])('with two images of one tag gives for %s: %j', async (selector, expected) => {
    expect(await namesIn(ociLayoutSource(memoryTree(saved)), selector)).toEqual(expected)
  })

  it('without an index is a content store, where a digest names an image', async () => {
    const store = ociLayoutSource(memoryTree(blobFiles(one, two)))

    expect(await namesIn(store, two.manifest.digest)).toEqual(['two'])
    expect(await namesIn(store, sha256(Buffer.from('else')))).toBe('not-found')
  })
})

describe('a docker archive', () => {
  const layerOf = (image: BuiltImage): Buffer => image.blobs.get(image.manifest.layers[0]!.digest)!
  const configOf = (image: BuiltImage): Buffer => image.blobs.get(image.manifest.config.digest)!
  const plain = buildImage([[{ path: 'app/package.json', content: 'plain 3' }]], { compression: 'none' })
  const archive = buildTar([
    {
      path: 'manifest.json',
      content: JSON.stringify([
        { Config: 'one.json', RepoTags: ['one:1'], Layers: ['one/layer.tar'] },
        { Config: 'two.json', RepoTags: ['docker.io/team/two:2', 'two:again'], Layers: ['two/layer.tar'] },
        { Config: 'plain.json', RepoTags: null, Layers: ['plain/layer.tar'] },
      ]),
    },
    ...Object.entries({ one, two, plain }).flatMap(([name, image]) => [
      { path: `${name}.json`, content: configOf(image) },
      { path: `${name}/layer.tar`, content: layerOf(image) },
    ]),
  ])

  it.each([
    ['one:1', ['one']],
    ['docker.io/library/one:1', ['one']],
    ['team/two:2', ['two']],
    ['two:again', ['two']],
    [plain.manifest.config.digest, ['plain']],
    ['none:1', 'not-found'],
    [null, 'malformed'],
  ])('of three images, with gzip, zstd and no compression, gives for %s: %j', async (selector, expected) => {
    const source = await imageArchiveSource(memoryFile(archive))

    expect(source.ok && (await namesIn(source.value, selector))).toEqual(expected)
  })

  it('that is compressed as a whole is refused with what to do', async () => {
    expect(await imageArchiveSource(memoryFile(gzipSync(archive)))).toMatchObject({
      ok: false,
      error: { is: 'unsupported-media-type', mediaType: expect.stringContaining('gunzip') },
    })
  })
})

describe('an image store of Podman', () => {
  const tar = buildTar([{ path: 'app/package.json', content: 'stored 1' }])
  const stored = buildImage([tar])
  const layer = 'a'.repeat(64)
  const header = tar.subarray(0, 512)
  const rest = tar.subarray(512 + 'stored 1'.length)
  const record = (entries: readonly object[]): Buffer =>
    gzipSync(entries.map(one => `${JSON.stringify(one)}\n`).join(''))
  const honest = record([
    { type: 2, payload: header.toString('base64'), position: 0 },
    { type: 1, name: './app/package.json', size: 8, payload: 'AAAAAAAAAAA=', position: 1 },
    { type: 2, payload: rest.toString('base64'), position: 2 },
  ])

  function store(change: { readonly record?: Buffer; readonly file?: string; readonly parent?: string } = {}) {
    const id = stored.manifest.config.digest.slice(7)
    const config = `=${Buffer.from(stored.manifest.config.digest).toString('base64')}`
    const files = new Map<string, Uint8Array>([
      ['overlay-images/images.json', bytesOf([{ id, names: ['localhost/team/app:latest'], layer }])],
      [`overlay-images/${id}/manifest`, stored.manifestBytes],
      [`overlay-images/${id}/${config}`, stored.blobs.get(stored.manifest.config.digest)!],
      [
        'overlay-layers/layers.json',
        bytesOf([{ id: layer, parent: change.parent, 'diff-digest': stored.diffIds[0], 'diff-size': tar.length }]),
      ],
      [`overlay-layers/${layer}.tar-split.gz`, change.record ?? honest],
      [`overlay/${layer}/diff/app/package.json`, Buffer.from(change.file ?? 'stored 1')],
    ])
    const below = (folder: string): FileTree =>
      memoryTree(
        new Map(
          [...files].flatMap(([path, bytes]): [string, Uint8Array][] => {
            if (folder === '.') return [[path, bytes]]
            return path.startsWith(`${folder}/`) ? [[path.slice(folder.length + 1), bytes]] : []
          }),
        ),
      )
    return containersStorageSource(below)
  }

  it.each(['team/app', 'localhost/team/app:latest', stored.manifest.config.digest.slice(7), null])(
    'is read by the name %s',
    async name => {
      expect(await namesIn(store(), name)).toEqual(['stored'])
    },
  )

  it('has nothing under another name', async () => {
    expect(await namesIn(store(), 'team/app:2')).toBe('not-found')
  })

  it.each<[string, Parameters<typeof store>[0], string]>([
    ['a file was changed after it was unpacked', { file: 'stored 2' }, 'wrong-digest'],
    ['a file has grown', { file: 'stored 1 and more' }, 'unreachable'],
    ['a file is gone', { record: record([{ type: 1, name: 'app/none', size: 1 }]) }, 'not-found'],
    ['a name leads out', { record: record([{ type: 1, name: '../../etc/shadow', size: 1 }]) }, 'unreachable'],
    ['the record is no record', { record: Buffer.from('nothing\n') }, 'unreachable'],
    ['the record never ends a line', { record: gzipSync(Buffer.alloc(5 << 20, 97)) }, 'unreachable'],
    [
      'the record promises more than the layer',
      { record: record([{ type: 2, payload: 'A'.repeat(40_000) }]) },
      'wrong-digest',
    ],
    ['a layer is its own parent', { parent: layer }, 'limit-exceeded'],
    ['a parent is not stored', { parent: 'b'.repeat(64) }, 'malformed'],
  ])('tells it when %s', async (_what, change, is) => {
    expect(await namesIn(store(change), null)).toBe(is)
  })
})
