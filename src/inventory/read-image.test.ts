import { createGzip, gzipSync, zstdCompressSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { fakeEcosystems } from '../../test/support/fake-ecosystems.ts'
import { buildImage, inPieces, sha256, sourceOf, withManifest } from '../../test/support/image-builder.ts'
import type { BuiltImage } from '../../test/support/image-builder.ts'
import { buildTar, tarHeader } from '../../test/support/tar-builder.ts'
import type { TarPart } from '../../test/support/tar-builder.ts'
import { ok } from '../base/result.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import type { ImageSource } from './image.ts'
import type { LayerCache, LayerRecord } from './layer-cache.ts'
import type { ImageLimits } from './limits.ts'
import { readImage } from './read-image.ts'

function memoryCache(): LayerCache & { readonly records: Map<string, LayerRecord> } {
  const records = new Map<string, LayerRecord>()
  return {
    records,
    get: async (blob, revision) => records.get(`${blob} ${revision}`) ?? null,
    async put(record) {
      records.set(`${record.blob} ${record.revision}`, record)
    },
  }
}

async function read(
  image: BuiltImage,
  options: { cache?: LayerCache; limits?: Partial<ImageLimits>; source?: ImageSource } = {},
) {
  const { cache = memoryCache(), limits = {}, source = sourceOf(image) } = options
  return readImage(source, image.manifest, { ecosystems: fakeEcosystems, cache, limits })
}

async function inventoryOf(layers: readonly (readonly TarPart[])[]) {
  const result = await read(buildImage(layers))
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value.inventory
}

/** An image whose layer blobs are these bytes, under their own digests and one claimed diff id. */
function imageOfBlobs(...layers: readonly Buffer[]): BuiltImage {
  const built = buildImage([[]])
  const diffIds = layers.map(() => sha256(Buffer.from('another')))
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { diff_ids: diffIds } }))
  const described = (bytes: Buffer, mediaType: string) => ({
    digest: sha256(bytes),
    mediaType,
    sizeBytes: bytes.length,
  })
  return withManifest({
    blobs: new Map([config, ...layers].map(bytes => [sha256(bytes), bytes])),
    diffIds,
    config: described(config, built.manifest.config.mediaType),
    layers: layers.map(blob => described(blob, 'application/vnd.oci.image.layer.v1.tar+gzip')),
  })
}

describe('readImage', () => {
  it.each(['gzip', 'zstd', 'none'] as const)('finds packages with their layers in a %s image', async compression => {
    const image = buildImage(
      [
        [
          { path: './etc/os-release', content: 'debian' },
          { path: 'var/lib/dpkg/status', content: 'bash 1\ncurl 2' },
        ],
        [{ path: 'app/node_modules/a/package.json', content: 'a 3' }],
        [{ path: 'var/lib/dpkg/status', content: 'bash 1\ncurl 3' }],
      ],
      { compression },
    )

    const result = await read(image)

    expect(result.ok && result.value.inventory.distro?.id).toBe('debian')
    const found = result.ok ? result.value.inventory.packages : []
    expect(found.map(({ name, version, namespace, layer }) => [name, version, namespace, layer?.diffId])).toEqual([
      ['bash', '1', 'debian:1', image.diffIds[0]],
      ['curl', '3', 'debian:1', image.diffIds[2]],
      ['a', '3', 'npm', image.diffIds[1]],
    ])
    expect(found[2]?.layer?.digest).toBe(image.manifest.layers[1]?.digest)
  })

  it('does not open layers that the cache knows, and reads a repeated layer once', async () => {
    const layer = [{ path: 'package.json', content: 'a 1' }]
    const image = buildImage([layer, [], layer])
    const cache = memoryCache()
    const first = sourceOf(image)
    const second = sourceOf(image)

    const cold = await read(image, { cache, source: first })
    const warm = await read(image, { cache, source: second })

    expect(first.opened).toHaveLength(3)
    expect(second.opened).toEqual([image.manifest.config.digest])
    expect(warm).toEqual(cold)
  })

  it('reads gzip of several members and zstd of several frames whole', async () => {
    const tar = buildTar([
      { path: 'a/package.json', content: 'a 1' },
      { path: 'b/package.json', content: 'b 1' },
    ])
    const cuts = [0, 512, 600, 1024, tar.length]
    const members = cuts.slice(1).map((end, at) => tar.subarray(cuts[at], end))
    const skippable = Buffer.from('502a4d1804000000abcdabcd', 'hex')
    const blobs = [
      Buffer.concat(members.map(member => gzipSync(member))),
      Buffer.concat([...members.map(member => zstdCompressSync(member)), skippable]),
    ]

    for (const blob of blobs) {
      const result = await read(imageOfBlobs(blob))
      expect(result.ok && result.value.inventory.packages.map(({ name }) => name)).toEqual(['a', 'b'])
    }
  })

  it('keeps what parsed and reports a broken file, a large file, a sparse file and an escaping path', async () => {
    const inventory = await inventoryOf([
      [
        { path: 'a/package.json', content: 'a 1' },
        { path: 'b/package.json', content: 'broken' },
        { path: 'c/package.json', content: 'x'.repeat(2000) },
        { path: 'd/package.json', content: 'x', pax: { 'GNU.sparse.major': '1' } },
        { path: '../package.json', content: 'e 1' },
        { path: 'x/../../package.json', content: 'e 1' },
        { path: '/f/package.json', content: 'f 1' },
      ],
    ])

    expect(inventory.packages.map(({ name, filePath }) => [name, filePath])).toEqual([
      ['a', 'a/package.json'],
      ['f', 'f/package.json'],
    ])
    expect(inventory.problems.map(({ reason }) => reason).sort()).toEqual(
      ['limit-exceeded', 'malformed', 'path-leaves-root', 'path-leaves-root', 'sparse-file'].sort(),
    )
  })

  it('reads a hard link as the earlier file it names, and says so when that was not read', async () => {
    const inventory = await inventoryOf([
      [
        { path: 'store/package.json', content: 'a 1' },
        { path: 'app/package.json', type: '1', linkTarget: 'store/package.json' },
        { path: 'bad/package.json', type: '1', linkTarget: '../../etc/passwd' },
      ],
    ])

    expect(inventory.packages.map(({ filePath }) => filePath)).toEqual(['app/package.json', 'store/package.json'])
    expect(inventory.problems).toMatchObject([{ path: 'bad/package.json', reason: 'unread-hard-link' }])
  })

  it('lets the last of two entries with one path count', async () => {
    const inventory = await inventoryOf([
      [
        { path: 'package.json', content: 'a 1' },
        { path: 'package.json', content: 'a 2' },
        { path: 'b/package.json', content: 'b 1' },
        { path: 'b/package.json', type: '2', linkTarget: '/etc/passwd' },
      ],
    ])

    expect(inventory.packages.map(({ version }) => version)).toEqual(['2'])
  })

  it('names the owner of a file that dpkg installed, also through the merged /usr', async () => {
    const inventory = await inventoryOf([
      [
        { path: 'var/lib/dpkg/info/node-a.list', content: 'usr/share/nodejs/a/package.json\nlib/b/package.json' },
        { path: 'usr/share/nodejs/a/package.json', content: 'a 1' },
        { path: 'usr/lib/b/package.json', content: 'b 1' },
        { path: 'app/package.json', content: 'c 1' },
      ],
    ])

    expect(inventory.packages.map(({ name, ownedBy }) => [name, ownedBy])).toEqual([
      ['a', 'node-a'],
      ['b', 'node-a'],
      ['c', null],
    ])
  })

  it('reports a package database behind a link whose target was not read', async () => {
    const inventory = await inventoryOf([
      [
        { path: 'usr/lib/os-release', content: 'debian' },
        { path: 'etc/os-release', type: '2', linkTarget: '../usr/lib/os-release' },
        { path: 'var/lib/dpkg/status', type: '2', linkTarget: '/usr/share/dpkg-status' },
      ],
    ])

    expect(inventory.distro?.id).toBe('debian')
    expect(inventory.problems).toMatchObject([{ path: 'var/lib/dpkg/status', reason: 'unread-link-target' }])
  })

  it.each<[string, BuiltImage, string]>([
    [
      'a truncated gzip stream',
      imageOfBlobs(gzipSync(buildTar([{ path: 'a', content: 'b' }])).subarray(0, 40)),
      'malformed',
    ],
    [
      'a truncated zstd stream',
      imageOfBlobs(zstdCompressSync(buildTar([{ path: 'a', content: 'b' }])).subarray(0, 40)),
      'malformed',
    ],
    [
      'a truncated tar',
      imageOfBlobs(buildTar([{ path: 'a', content: 'x'.repeat(600) }]).subarray(0, 700)),
      'malformed',
    ],
    ['a lying size', imageOfBlobs(tarHeader({ path: 'a', claimedSize: 1e12 }, 0)), 'malformed'],
    ['a wrong header checksum', imageOfBlobs(buildTar([{ path: 'a', corruptChecksum: true }])), 'malformed'],
    ['a lying PAX size', imageOfBlobs(buildTar([{ path: 'a', pax: { size: '99999' } }])), 'malformed'],
    ['bytes that are no archive', imageOfBlobs(Buffer.alloc(4096, 7)), 'malformed'],
    ['bzip2', imageOfBlobs(Buffer.from('BZh91AY&SY')), 'unsupported-media-type'],
    ['xz', imageOfBlobs(Buffer.from('fd377a585a000000', 'hex')), 'unsupported-media-type'],
    [
      'a huge extended header',
      imageOfBlobs(tarHeader({ path: 'x', type: 'x', claimedSize: 2 ** 31 }, 0)),
      'limit-exceeded',
    ],
  ])('refuses %s and caches nothing', async (_name, image, expected) => {
    const cache = memoryCache()

    const result = await read(image, { cache })

    expect(result.ok ? 'read' : result.error.is).toBe(expected)
    expect(cache.records.size).toBe(0)
  })

  it('reads each blob, whatever diffID it claims to have', async () => {
    const layer = (name: string) => gzipSync(buildTar([{ path: `${name}/package.json`, content: `${name} 1` }]))

    const result = await read(imageOfBlobs(layer('a'), layer('b')))

    expect(result.ok && result.value.inventory.packages.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('refuses a blob that is shorter, longer or other than its descriptor says', async () => {
    const image = buildImage([[{ path: 'package.json', content: 'a 1' }]])
    const digest = image.manifest.layers[0]!.digest
    const right = image.blobs.get(digest)!
    for (const wrong of [right.subarray(0, -1), Buffer.concat([right, right]), Buffer.from(right).fill(0, 9, 10)]) {
      image.blobs.set(digest, wrong)
      const result = await read(image)
      expect(result.ok ? 'read' : result.error.is).toBe('wrong-digest')
    }
  })

  it('stops a gzip bomb of 10 GB by its ratio, soon', async () => {
    const image = imageOfBlobs(await bomb(10 * 1024))
    const started = performance.now()

    const result = await read(image)

    expect(result).toMatchObject({ ok: false, error: { is: 'limit-exceeded', limit: 'inflateRatio' } })
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('stops at endless entries and at too many bytes', async () => {
    const entries = Array.from({ length: 50 }, (_, at) => ({ path: `f${at}` }))
    const many = await read(buildImage([entries]), { limits: { entriesPerLayer: 40 } })
    const large = await read(buildImage([entries]), { limits: { uncompressedLayerBytes: 5000 } })

    expect(many).toMatchObject({ ok: false, error: { is: 'limit-exceeded', limit: 'entriesPerLayer' } })
    expect(large).toMatchObject({ ok: false, error: { is: 'limit-exceeded', limit: 'uncompressedLayerBytes' } })
  })

  it('describes a source that breaks off as unreachable', async () => {
    const image = buildImage([[{ path: 'package.json', content: 'a 1' }]])
    const breaking: ImageSource = {
      ...sourceOf(image),
      async openBlob(blob) {
        if (blob.digest === image.manifest.config.digest) return sourceOf(image).openBlob(blob)
        async function* pieces(): AsyncGenerator<Uint8Array> {
          yield* inPieces(image.blobs.get(blob.digest)!.subarray(0, 20), 10)
          throw Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })
        }
        return ok(pieces())
      },
    }

    const result = await read(image, { source: breaking })

    expect(result).toMatchObject({ ok: false, error: { is: 'unreachable' } })
  })

  it('rejects with the reason of an aborted signal', async () => {
    const image = buildImage([[{ path: 'package.json', content: 'a 1' }]])
    const signal = AbortSignal.abort(new Error('stopped by hand'))
    const options = { ecosystems: fakeEcosystems, cache: memoryCache(), signal }

    await expect(readImage(sourceOf(image), image.manifest, options)).rejects.toThrow('stopped by hand')
  })
})

/** A gzip stream of this many MiB of zeros: the same compressed member repeated, so that making it costs nothing. */
async function bomb(mebibytes: number): Promise<Buffer> {
  const member = await new Promise<Buffer>((resolve, reject) => {
    const pieces: Buffer[] = []
    const gzip = createGzip({ level: 9 })
    gzip.on('data', (piece: Buffer) => pieces.push(piece))
    gzip.on('end', () => resolve(Buffer.concat(pieces)))
    gzip.on('error', reject)
    for (let count = 0; count < 64; count += 1) gzip.write(Buffer.alloc(1 << 20))
    gzip.end()
  })
  return Buffer.concat(Array.from({ length: mebibytes / 64 }, () => member))
}

describe('a file that names nothing but where packages come from', () => {
  it('is kept, through the cache too', async () => {
    const image = buildImage([
      [
        { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.18.4\n' },
        { path: 'lib/apk/db/installed', content: 'P:musl\nV:1.2.4-r1\n' },
      ],
      [{ path: 'etc/apk/repositories', content: 'https://dl-cdn.alpinelinux.org/alpine/edge/main\n' }],
    ])
    const cache = memoryCache()
    const again = { ecosystems: ECOSYSTEMS, cache, limits: {} }

    for (const _time of ['first', 'from the cache']) {
      const result = await readImage(sourceOf(image), image.manifest, again)
      expect(result.ok && result.value.inventory.packages.map(({ namespace }) => namespace)).toEqual(['alpine:edge'])
    }
  })
})
