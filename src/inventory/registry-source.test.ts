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

  it('exchanges an identity token for an access token, by POST and without the login in the URL', async () => {
    const sent: HttpRequest[] = []
    const challenge = 'Bearer realm="https://auth.acme.test/token",service="reg"'
    const http = fakeHttp((url, request) => {
      if (url.startsWith('https://auth.')) sent.push(request)
      if (url.startsWith('https://auth.')) return { body: '{"access_token":"abc"}' }
      const isKnown = request.headers?.['authorization'] === 'Bearer abc'
      return isKnown ? { body: image.manifestBytes } : { status: 401, headers: { 'www-authenticate': challenge } }
    })
    const credentials = { username: '<token>', password: 'refresh me' }

    expect(await registrySource(http, { ...address, credentials }).manifests('latest')).toMatchObject({ ok: true })
    expect(http.asked[1]).toBe('https://auth.acme.test/token -')
    expect(sent[0]).toMatchObject({ method: 'POST', onlyPublic: false })
    expect(Object.fromEntries(new URLSearchParams(String(sent[0]?.body)))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh me',
      client_id: 'openinspector',
      service: 'reg',
      scope: 'repository:app:pull',
    })
  })

  it('asks a stranger for tokens on the open internet only, and gives it no login', async () => {
    const sent: HttpRequest[] = []
    const answering = () =>
      fakeHttp((url, request) => {
        sent.push(request)
        if (url.startsWith('https://evil.')) return { body: '{"token":"abc"}' }
        const isKnown = request.headers?.['authorization'] === 'Bearer abc'
        const headers = { 'www-authenticate': 'Bearer realm="https://evil.test/token"' }
        return isKnown ? { body: image.manifestBytes } : { status: 401, headers }
      })

    const withLogin = await registrySource(answering(), address).manifests('latest')
    expect(withLogin).toMatchObject({ ok: false, error: { is: 'access-denied' } })
    expect(sent).toHaveLength(1)

    const anonymous = await registrySource(answering(), { ...address, credentials: null }).manifests('latest')
    expect(anonymous).toMatchObject({ ok: true })
    expect(sent[2]).toMatchObject({ onlyPublic: true, redirects: 'same-origin' })

    const listed = { ...address, trustedHosts: ['evil.test'] }
    expect(await registrySource(answering(), listed).manifests('latest')).toMatchObject({ ok: true })
  })

  it('sends Basic at once to a registry that takes nothing else, and says what to try when denied', async () => {
    const http = fakeHttp((_url, { headers }) =>
      headers?.['authorization'] === 'Basic dTpw' ? { body: image.manifestBytes } : { status: 403 },
    )

    expect(await registrySource(http, { ...address, isBasic: true }).manifests('latest')).toMatchObject({ ok: true })
    expect(http.asked).toHaveLength(1)
    const advised = { ...address, credentials: null, deniedAdvice: 'Try harder' }
    expect(await registrySource(http, advised).manifests('latest')).toMatchObject({
      error: { is: 'access-denied', detail: expect.stringMatching(/Try harder$/) },
    })
  })

  it.each([
    ['application/vnd.cncf.helm.config.v1+json', ['application/vnd.cncf.helm.chart.content.v1.tar+gzip'], 'artifact'],
    ['application/vnd.oci.image.config.v1+json', ['application/vnd.dev.cosign.simplesigning.v1+json'], 'artifact'],
    [
      'application/vnd.oci.image.config.v1+json',
      ['application/vnd.oci.image.layer.v1.tar+gzip+encrypted'],
      'unsupported-media-type',
    ],
    ['application/vnd.acme.config', ['application/vnd.oci.image.layer.v1.tar'], 'unsupported-media-type'],
  ])('takes no configuration %s with layers %j for an image', async (mediaType, layers, is) => {
    const blob = { digest: image.manifest.config.digest, size: 1 }
    const body = JSON.stringify({
      schemaVersion: 2,
      config: { ...blob, mediaType },
      layers: layers.map(layer => ({ ...blob, mediaType: layer })),
    })

    expect(
      await registrySource(
        fakeHttp(() => ({ body })),
        address,
      ).manifests('x'),
    ).toMatchObject({ error: { is } })
  })

  it('fetches foreign layers only when asked to, over https, and without the login', async () => {
    const blob = {
      digest: image.manifest.config.digest,
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      sizeBytes: 3,
      urls: ['http://plain.test/a', 'https://gone.test/b', 'https://there.test/c'],
    }
    const sent: [string, HttpRequest][] = []
    const http = fakeHttp((url, request) => {
      sent.push([url, request])
      return url === 'https://there.test/c' ? { body: 'abc' } : { status: 404 }
    })

    expect(await registrySource(http, address).openBlob(blob)).toMatchObject({ error: { is: 'not-found' } })
    expect(sent).toHaveLength(1)
    expect(await registrySource(http, { ...address, fetchForeignLayers: true }).openBlob(blob)).toMatchObject({
      ok: true,
    })
    expect(sent.slice(2).map(([url]) => url)).toEqual(['https://gone.test/b', 'https://there.test/c'])
    for (const [, request] of sent.slice(2)) {
      expect(request).toMatchObject({ onlyPublic: true })
      expect(request.headers).toBeUndefined()
    }
  })

  it('lists what is attached to an image, by the API, by its tag, and by the tags of cosign', async () => {
    const { digest } = image.manifest
    const tag = digest.replace(':', '-')
    const sbom = entry(Buffer.from('sbom'), { artifactType: 'application/spdx+json' })
    const body = indexOf(sbom, entry(Buffer.from('other'), { artifactType: 'application/vnd.acme' }))
    const sig = sha256(Buffer.from('sig'))
    const withApi = fakeHttp(url => (url.endsWith(`/referrers/${digest}`) ? { body } : { status: 404 }))
    const withTags = fakeHttp(url => {
      if (url.endsWith(`/manifests/${tag}`)) return { body }
      return url.endsWith(`${tag}.sig`) ? { headers: { 'docker-content-digest': sig } } : { status: 404 }
    })
    const kinds = async (http: Http) => {
      const listed = await registrySource(http, address).referrers?.(digest)
      return listed?.ok === true ? listed.value.map(({ kind }) => kind) : listed
    }

    expect(await kinds(withApi)).toEqual(['an SBOM', 'an OCI artifact'])
    expect(await kinds(withTags)).toEqual(['an SBOM', 'an OCI artifact', 'a signature (cosign)'])
    expect(await kinds(fakeHttp(() => ({ status: 404 })))).toEqual([])
    expect(await kinds(fakeHttp(() => ({ status: 500 })))).toMatchObject({ error: { is: 'unreachable' } })
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
