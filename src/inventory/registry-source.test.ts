import { describe, expect, it } from 'vitest'

import { buildImage, inPieces, sha256 } from '../../test/support/image-builder.ts'
import type { Http, HttpRequest } from '../base/http.ts'
import { ok } from '../base/result.ts'
import { describeImageError } from './describe-image-error.ts'
import { parseImageReference } from './image-reference.ts'
import { listTags } from './registry-listing.ts'
import { registrySource } from './registry-source.ts'

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

function fakeHttp(answer: (url: string, request: HttpRequest) => Answer): Http & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async send(url, request) {
      asked.push(`${url} ${request.headers?.['authorization'] ?? '-'}`)
      const { status = 200, headers = {}, body = '' } = answer(url, request)
      return ok({ status, headers, url, body: inPieces(Buffer.from(body), 65_536), async discard() {} })
    },
  }
}

const address = { url: 'https://registry.acme.test', repository: 'app', credentials: { username: 'u', password: 'p' } }
const image = buildImage([[{ path: 'a' }]])
const indexType = 'application/vnd.oci.image.index.v1+json'

function indexOf(...manifests: object[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }))
}

function entry(bytes: Buffer, more: object = {}): object {
  return { mediaType: indexType, digest: sha256(bytes), size: bytes.length, ...more }
}

describe('registrySource', () => {
  it('fetches a token with the credentials and uses it, once per scope', async () => {
    const challenge = 'Bearer realm="https://auth.acme.test/token",service="reg",scope="repository:app:pull"'
    const http = fakeHttp((url, { headers }) => {
      if (url.startsWith('https://auth.acme.test/')) return { body: '{"token":"abc"}' }
      if (headers?.['authorization'] !== 'Bearer abc')
        return { status: 401, headers: { 'www-authenticate': challenge } }
      return { body: image.manifestBytes }
    })
    const source = registrySource(http, address)

    const first = await source.manifests('latest')
    await source.manifests('latest')

    expect(first.ok && first.value[0]?.digest).toBe(image.manifest.digest)
    expect(http.asked).toEqual([
      'https://registry.acme.test/v2/app/manifests/latest -',
      'https://auth.acme.test/token?service=reg&scope=repository%3Aapp%3Apull Basic dTpw',
      'https://registry.acme.test/v2/app/manifests/latest Bearer abc',
      'https://registry.acme.test/v2/app/manifests/latest Bearer abc',
    ])
  })

  it.each(['http://evil.test/token', 'ftp://x/', 'https://u:p@auth.test/'])(
    'sends nothing to the realm %s',
    async realm => {
      const http = fakeHttp(() => ({ status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } }))

      const found = await registrySource(http, address).manifests('latest')

      expect(found).toMatchObject({ ok: false, error: { is: 'access-denied' } })
      expect(http.asked).toHaveLength(1)
    },
  )

  it('speaks no http to a distant host unless asked to', async () => {
    const http = fakeHttp(() => ({ body: image.manifestBytes }))
    const distant = { ...address, url: 'http://registry.acme.test' }

    expect(await registrySource(http, distant).manifests('a')).toMatchObject({ error: { is: 'access-denied' } })
    expect(await registrySource(http, { ...distant, allowHttp: true }).manifests('a')).toMatchObject({ ok: true })
  })

  it('refuses a repository name that would change the request', async () => {
    const http = fakeHttp(() => ({}))

    for (const repository of ['../../admin', 'a?b', 'a#b', 'a b']) {
      const found = await registrySource(http, { ...address, repository }).manifests('latest')
      expect(found).toMatchObject({ ok: false, error: { is: 'malformed' } })
    }
    expect(http.asked).toEqual([])
  })

  it('refuses a huge manifest, one of another digest, and one that is index and image at once', async () => {
    const both = JSON.stringify({ ...(JSON.parse(image.manifestBytes.toString()) as object), manifests: [] })
    const read = (body: Uint8Array | string, selector = 'x') =>
      registrySource(
        fakeHttp(() => ({ body })),
        address,
      ).manifests(selector)

    expect(await read(Buffer.alloc(5 << 20, 32))).toMatchObject({ error: { is: 'limit-exceeded' } })
    expect(await read(image.manifestBytes, sha256(Buffer.from('other')))).toMatchObject({
      error: { is: 'wrong-digest' },
    })
    expect(await read(both)).toMatchObject({ error: { is: 'malformed' } })
    expect(await read('{"schemaVersion":1}')).toMatchObject({ error: { is: 'unsupported-media-type' } })
  })

  it('finds the images of nested indexes, without attestations and platforms that are not there', async () => {
    const inner = indexOf(
      entry(image.manifestBytes),
      entry(Buffer.from('gone')),
      entry(Buffer.from('a'), { platform: { os: 'unknown', architecture: 'unknown' } }),
      entry(Buffer.from('b'), { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }),
    )
    const outer = indexOf(entry(inner), entry(inner))
    const stored = new Map([inner, outer, image.manifestBytes].map(bytes => [sha256(bytes) as string, bytes]))
    const http = fakeHttp(url => {
      const name = url.split('/').pop()!
      const body = name === 'multi' ? outer : stored.get(name)
      return body === undefined ? { status: 404 } : { body }
    })

    const found = await registrySource(http, address).manifests('multi')

    expect(found.ok && found.value.map(({ digest, indexDigest }) => [digest, indexDigest])).toEqual([
      [image.manifest.digest, sha256(inner)],
    ])
    expect(http.asked).toHaveLength(4)
  })

  it('stops at indexes nested too deep', async () => {
    let top = indexOf(entry(image.manifestBytes))
    const stored = new Map([[sha256(top) as string, top]])
    for (let depth = 0; depth < 6; depth += 1) {
      top = indexOf(entry(top))
      stored.set(sha256(top), top)
    }
    const http = fakeHttp(url => ({ body: stored.get(url.split('/').pop()!) ?? top }))

    expect(await registrySource(http, address).manifests('deep')).toMatchObject({ error: { limit: 'indexDepth' } })
  })

  it('follows pages on the registry itself and stops when they lead in a circle', async () => {
    const paged = fakeHttp(url =>
      url.includes('last=')
        ? { body: '{"tags":["b"]}' }
        : { body: '{"tags":["a"]}', headers: { link: '<https://evil.test/v2/app/tags/list?last=a>; rel="next"' } },
    )
    const circle = fakeHttp(() => ({
      body: '{"tags":["a"]}',
      headers: { link: '</v2/app/tags/list?last=a>; rel=next' },
    }))

    expect(await listTags(paged, address, 'app')).toEqual({ ok: true, value: ['a', 'b'] })
    expect(paged.asked.every(line => line.startsWith('https://registry.acme.test/'))).toBe(true)
    expect(await listTags(circle, address, 'app')).toMatchObject({ error: { is: 'limit-exceeded' } })
  })
})

describe('parseImageReference', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  it.each([
    ['alpine', 'registry-1.docker.io', 'library/alpine', 'latest', null],
    ['docker.io/team/app:1.2', 'registry-1.docker.io', 'team/app', '1.2', null],
    ['localhost:5000/app', 'localhost:5000', 'app', 'latest', null],
    ['ghcr.io/a/b/c@' + digest, 'ghcr.io', 'a/b/c', null, digest],
    ['[::1]:5000/a__b:t@' + digest, '[::1]:5000', 'a__b', 't', digest],
  ])('reads %s', (text, host, repository, tag, expected) => {
    expect(parseImageReference(text)).toEqual({ ok: true, value: { host, repository, tag, digest: expected } })
  })

  it.each(['', 'UPPER', 'a//b', 'a:', 'a@sha256:x', '../a', 'a/../b', 'a b', 'x.y:99/', `a${'/a'.repeat(600)}`])(
    'refuses %j',
    text => {
      expect(parseImageReference(text).ok).toBe(false)
    },
  )
})

describe('describeImageError', () => {
  it('shows control characters instead of sending them', () => {
    const text = describeImageError({ is: 'malformed', what: 'a\u001b[2Jb\u202e', detail: 'c\nd' })

    expect(text).toBe(String.raw`a\u001b[2Jb\u202e is malformed: c\u000ad`)
  })
})
