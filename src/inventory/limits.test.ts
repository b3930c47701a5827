import { describe, expect, it } from 'vitest'
import { fakeEcosystems } from '../../test/support/fake-ecosystems.ts'
import { buildImage, inPieces, sha256, sourceOf, type BuiltImage } from '../../test/support/image-builder.ts'
import { memoryFile, memoryTree } from '../../test/support/memory-tree.ts'
import { buildTar, type TarPart } from '../../test/support/tar-builder.ts'
import type { Http } from '../base/http.ts'
import { ok } from '../base/result.ts'
import { containersStorageSource } from './containers-storage-source.ts'
import type { FileTree } from './file-tree.ts'
import type { ImageSource } from './image.ts'
import { imagesOf } from './image-manifest.ts'
import { DEFAULT_IMAGE_LIMITS, IMAGE_SOURCE_LIMITS, ROOT_LIMITS, type ImageLimits } from './limits.ts'
import { readImage } from './read-image.ts'
import { readRoot } from './read-root.ts'
import { listTags } from './registry-listing.ts'
import { registrySource } from './registry-source.ts'
import { tarTree } from './tar-tree.ts'

const pkg = (path: string): TarPart => ({ path: `${path}/package.json`, content: `${path.slice(-40)} 1` })

function read(image: BuiltImage, limits: Partial<ImageLimits>, source: ImageSource = sourceOf(image)) {
  const cache = { get: async () => null, async put() {} }
  return readImage(source, image.manifest, { ecosystems: fakeEcosystems, cache, limits })
}

describe('an image', () => {
  const layers = [[pkg('a'), pkg('b')], [pkg('c')]]
  const image = buildImage(layers)
  const zeros = buildImage([[{ path: 'zeros', content: new Uint8Array(100_000) }]])
  const longName = buildImage([[pkg('d'.repeat(150))]])

  it.each<[keyof ImageLimits, number, BuiltImage]>([
    ['configBytes', 100, image],
    ['layersPerImage', 1, image],
    ['compressedLayerBytes', 50, image],
    ['uncompressedLayerBytes', 2000, image],
    ['entriesPerLayer', 1, image],
    ['pathCharactersPerLayer', 20, image],
    ['tarHeaderBytes', 100, longName],
    ['analyzedBytesPerLayer', 4, image],
  ])('is refused by name when it passes %s', async (name, value, hostile) => {
    expect(await read(hostile, { [name]: value })).toMatchObject({
      ok: false,
      error: { is: 'limit-exceeded', limit: name },
    })
    expect(await read(hostile, {})).toMatchObject({ ok: true })
  })

  it('may inflate without measure below inflateRatioFloorBytes, and to no more than inflateRatio above', async () => {
    expect(await read(zeros, { inflateRatio: 2, inflateRatioFloorBytes: 200_000 })).toMatchObject({ ok: true })
    expect(await read(zeros, { inflateRatio: 2, inflateRatioFloorBytes: 50_000 })).toMatchObject({
      error: { limit: 'inflateRatio' },
    })
    expect(await read(zeros, { inflateRatio: 1100, inflateRatioFloorBytes: 50_000 })).toMatchObject({ ok: true })
  })

  it('is refused when a layer takes longer than layerTimeoutMs', async () => {
    const waiting: ImageSource = {
      ...sourceOf(image),
      async openBlob(blob) {
        if (blob.digest === image.manifest.config.digest) return sourceOf(image).openBlob(blob)
        async function* pieces(): AsyncGenerator<Uint8Array> {
          await new Promise(resolve => setTimeout(resolve, 50))
          yield* inPieces(image.blobs.get(blob.digest) ?? Buffer.alloc(0), 10)
        }
        return ok(pieces())
      },
    }

    expect(await read(image, { layerTimeoutMs: 10 }, waiting)).toMatchObject({ error: { limit: 'layerTimeoutMs' } })
  })

  it.each<[keyof ImageLimits, number, readonly TarPart[], string]>([
    ['pathCharacters', 30, [pkg('a'), pkg('long'.repeat(10))], 'path-too-long'],
    ['pathParts', 3, [pkg('a'), pkg('1/2/3/4')], 'path-too-long'],
    [
      'retainedBytesPerLayer',
      2,
      [pkg('a'), { path: 'b/package.json', type: '1', linkTarget: 'a/package.json' }],
      'unread-hard-link',
    ],
    ['problemsPerLayer', 2, [pkg('a'), ...[1, 2, 3, 4].map(at => ({ path: `../${at}` }))], 'problems-not-listed'],
  ])('costs what passes %s, and says so', async (name, value, parts, reason) => {
    const hostile = buildImage([parts])

    const [bounded, whole] = [await read(hostile, { [name]: value }), await read(hostile, {})]

    const reasons = (result: typeof bounded): readonly string[] =>
      result.ok ? result.value.inventory.problems.map(problem => problem.reason) : [result.error.is]
    expect(reasons(bounded)).toContain(reason)
    expect(reasons(whole)).not.toContain(reason)
    expect(bounded.ok && bounded.value.inventory.packages.map(({ filePath }) => filePath)).toContain('a/package.json')
  })

  it('behind an index with more than manifestsPerIndex entries is refused', async () => {
    const others = [image, ...['x', 'y'].map(path => buildImage([[pkg(path)]]))]
    const entries = others.map(({ manifest: { mediaType, digest } }) => ({ mediaType, digest, size: 1 }))
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: entries }))
    const fetch = async (digest: string) =>
      ok(others.find(({ manifest }) => manifest.digest === digest)?.manifestBytes ?? index)

    const refused = await imagesOf(index, fetch, { ...DEFAULT_IMAGE_LIMITS, manifestsPerIndex: 2 }, 'it')

    expect(refused).toMatchObject({ ok: false, error: { is: 'limit-exceeded', limit: 'manifestsPerIndex' } })
    expect(await imagesOf(index, fetch, DEFAULT_IMAGE_LIMITS, 'it')).toMatchObject({ ok: true })
  })
})

describe('an image archive', () => {
  it('with more than archiveEntries files is refused', async () => {
    const header = buildTar([{ path: 'a' }], false)
    const many = Buffer.concat(Array.from({ length: IMAGE_SOURCE_LIMITS.archiveEntries + 1 }, () => header))

    const refused = await tarTree(memoryFile(many), 'it')

    expect(refused).toMatchObject({ ok: false, error: { is: 'limit-exceeded' } })
    expect(await tarTree(memoryFile(many.subarray(header.length)), 'it')).toMatchObject({ ok: true })
  })

  it('is asked in vain for a file behind more than archiveLinks links', async () => {
    const chain = Array.from({ length: IMAGE_SOURCE_LIMITS.archiveLinks + 1 }, (_, at) => ({
      path: `${at + 1}`,
      type: '2',
      linkTarget: `${at}`,
    }))
    const tree = await tarTree(memoryFile(buildTar([{ path: '0', content: 'x' }, ...chain])), 'it')
    if (!tree.ok) throw new Error(tree.error.is)

    expect(await tree.value.read(`${IMAGE_SOURCE_LIMITS.archiveLinks}`, 10)).toMatchObject({ ok: true })
    expect(await tree.value.read(`${IMAGE_SOURCE_LIMITS.archiveLinks + 1}`, 10)).toMatchObject({ ok: false })
  })
})

describe('an image store', () => {
  it('with a list of more than storeListBytes is refused', async () => {
    const files = new Map([['overlay-images/images.json', new Uint8Array(IMAGE_SOURCE_LIMITS.storeListBytes + 1)]])

    const refused = await containersStorageSource(() => memoryTree(files)).manifests(null)

    expect(refused).toMatchObject({ ok: false, error: { is: 'limit-exceeded', limit: 'listBytes' } })
  })
})

describe('a registry', () => {
  const address = { url: 'https://registry.acme.test', repository: 'app', credentials: null }
  const next = (path: string) => ({ link: `<${path}>; rel="next"` })

  /** Answers the n-th request, from 1 on. */
  function registry(
    answer: (count: number) => { body: string | Uint8Array; headers?: Record<string, string>; status?: number },
  ): Http & { readonly count: () => number } {
    let count = 0
    return {
      count: () => count,
      async send(url) {
        count += 1
        const { status = 200, headers = {}, body } = answer(count)
        return ok({ status, headers, url, body: inPieces(Buffer.from(body), 65_536), async discard() {} })
      },
    }
  }

  it('whose token has more than tokenBytes is refused', async () => {
    const challenge = { 'www-authenticate': 'Bearer realm="https://registry.acme.test/token",service="a"' }
    const large = new Uint8Array(IMAGE_SOURCE_LIMITS.tokenBytes + 1).fill(32)
    const http = registry(count => (count === 1 ? { status: 401, headers: challenge, body: '' } : { body: large }))

    expect(await registrySource(http, address).manifests('x')).toMatchObject({ error: { limit: 'tokenBytes' } })
  })

  it('that lists more than listPageBytes, listPages or listNames is not followed', async () => {
    const large = registry(() => ({ body: new Uint8Array(IMAGE_SOURCE_LIMITS.listPageBytes + 1).fill(32) }))
    const endless = registry(count => ({ body: '{"tags":["a"]}', headers: next(`/v2/app/tags/list?last=${count}`) }))
    const names = (page: number): string =>
      Array.from({ length: IMAGE_SOURCE_LIMITS.listNames / 2 + 1 }, (_, at) => `"${page}-${at}"`).join(',')
    const wordy = registry(count => ({
      body: `{"tags":[${names(count)}]}`,
      headers: next(`/v2/app/tags/list?last=${count}`),
    }))

    expect(await listTags(large, address, 'app')).toMatchObject({ error: { limit: 'pageBytes' } })
    expect(await listTags(endless, address, 'app')).toMatchObject({ error: { is: 'limit-exceeded' } })
    expect(endless.count()).toBe(IMAGE_SOURCE_LIMITS.listPages)
    expect(await listTags(wordy, address, 'app')).toMatchObject({ error: { is: 'limit-exceeded' } })
    expect(wordy.count()).toBe(2)
  })

  it('with more than referrerPageBytes, referrerPages or referrers attached to an image is not followed', async () => {
    const digest = sha256(Buffer.from('x'))
    const referrers = (http: Http) => registrySource(http, address).referrers?.(digest)
    const entries = (page: number, length: number): string =>
      Array.from({ length }, (_, at) => `{"digest":"${sha256(Buffer.from(`${page}-${at}`))}"}`).join(',')
    const paged = (perPage: number) =>
      registry(count => ({
        body: `{"manifests":[${entries(count, perPage)}]}`,
        headers: next(`/v2/app/referrers/${digest}?page=${count}`),
      }))
    const [endless, many] = [paged(1), paged(IMAGE_SOURCE_LIMITS.referrers / 2 + 1)]
    const large = registry(() => ({ body: new Uint8Array(IMAGE_SOURCE_LIMITS.referrerPageBytes + 1).fill(32) }))

    expect(await referrers(large)).toMatchObject({ error: { limit: 'pageBytes' } })
    expect(await referrers(endless)).toMatchObject({ error: { is: 'limit-exceeded' } })
    expect(endless.count()).toBe(IMAGE_SOURCE_LIMITS.referrerPages)
    expect(await referrers(many)).toMatchObject({ error: { is: 'limit-exceeded' } })
    expect(many.count()).toBe(2)
  })
})

describe('a directory', () => {
  it('with more problems than are listed has the others counted', async () => {
    const tree: FileTree = {
      ...memoryTree(new Map()),
      async *walk(onError) {
        for (let at = 0; at < ROOT_LIMITS.problems + 3; at += 1) {
          onError({ is: 'unreadable', path: `${at}`, detail: 'damaged' })
        }
        yield* []
      },
    }

    const { problems } = await readRoot(tree, { ecosystems: fakeEcosystems })

    expect(problems).toHaveLength(ROOT_LIMITS.problems + 1)
    expect(problems).toContainEqual({
      path: '',
      reason: 'problems-not-listed',
      detail: '3 more problems are not listed',
    })
  })
})
