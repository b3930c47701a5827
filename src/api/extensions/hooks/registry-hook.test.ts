import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SCOPE } from '../../../../test/conformance/support/examples.ts'
import { startServer } from '../../../../test/conformance/support/running-server.ts'
import type { RunningServer } from '../../../../test/conformance/support/running-server.ts'
import { instant } from '../../../base/clock.ts'
import { manifestEvents } from './notification.ts'

const ID = 'reg-0123456789abcdef'
const TOKEN = 'the-token-of-this-registry'
const DIGEST = `sha256:${'c3'.repeat(32)}`
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
  server.ports.knownRegistries.set(ID, {
    id: ID,
    scope: SCOPE,
    url: 'http://registry:5000',
    credentials: null,
    ecr: null,
    platforms: [],
    webhookToken: TOKEN,
    pollIntervalSeconds: 300,
    createdAt: instant(0),
    lastPolledAt: null,
    lastError: null,
  })
})
afterAll(() => server.close())
beforeEach(() => {
  server.ports.asked.length = 0
})

function notify(body: string, { id = ID, token = TOKEN } = {}): Promise<Response> {
  return fetch(`${server.endpoint}/openinspector/hooks/registry/${id}`, {
    method: 'POST',
    body,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/vnd.docker.distribution.events.v2+json',
    },
  })
}

function event(action: string, target: object): object {
  return { id: 'x', action, target, request: { addr: '10.0.0.1' } }
}

describe('the webhook of a registry', () => {
  it('hands pushes and deletions of manifests to the workers, in order, each once', async () => {
    const pushed = event('push', { mediaType: MANIFEST, digest: DIGEST, repository: 'shop/cart', tag: '1.4' })
    const blob = event('push', { mediaType: 'application/octet-stream', digest: DIGEST, repository: 'shop/cart' })
    const pulled = event('pull', { mediaType: MANIFEST, digest: DIGEST, repository: 'shop/cart' })
    const deleted = event('delete', { digest: DIGEST, repository: 'shop/old' })
    const untagged = event('delete', { repository: 'shop/cart', tag: '1.3' })

    const answer = await notify(JSON.stringify({ events: [deleted, blob, pulled, pushed, untagged, pushed] }))

    expect(answer.status).toBe(202)
    expect(await answer.json()).toEqual({ accepted: 2 })
    expect(server.ports.asked).toEqual([
      { is: 'deleted', registryId: ID, repository: 'shop/old', digest: DIGEST },
      { is: 'pushed', registryId: ID, repository: 'shop/cart', digest: DIGEST },
    ])
  })

  it.each([
    ['a wrong token', { token: 'another' }],
    ['a token with more to it', { token: `${TOKEN}x` }],
    ['an unknown registry', { id: 'reg-ffffffffffffffff' }],
  ])('does not open to %s', async (_name, overrides) => {
    const answer = await notify('{"events":[]}', overrides)

    expect(answer.status).toBe(403)
    expect(await answer.json()).toEqual({ message: 'The registry or its token is not known.' })
    expect(server.ports.asked).toEqual([])
  })

  it.each([
    ['no JSON', 'events'],
    ['no envelope', '{}'],
    ['too many events', JSON.stringify({ events: Array.from({ length: 1_001 }, () => event('pull', {})) })],
    [
      'no digest',
      JSON.stringify({ events: [event('push', { mediaType: MANIFEST, digest: 'md5:1', repository: 'a' })] }),
    ],
    [
      'no name',
      JSON.stringify({ events: [event('push', { mediaType: MANIFEST, digest: DIGEST, repository: '../a' })] }),
    ],
  ])('refuses what has %s', async (_name, body) => {
    const answer = await notify(body)

    expect(answer.status).toBe(400)
    expect(answer.headers.get('x-amzn-errortype')).toBe('ValidationException')
    expect(server.ports.asked).toEqual([])
  })

  it('reads a hostile repository name quickly', () => {
    const repository = `a${'-a'.repeat(126)}!`
    const started = performance.now()

    const read = manifestEvents({ events: [event('push', { mediaType: MANIFEST, digest: DIGEST, repository })] })

    expect(read.ok).toBe(false)
    expect(performance.now() - started).toBeLessThan(100)
  })

  it('keeps the last word on an image that is pushed and deleted in turn', () => {
    const push = event('push', { mediaType: MANIFEST, digest: DIGEST, repository: 'a' })
    const deletion = event('delete', { digest: DIGEST, repository: 'a' })

    const read = manifestEvents({ events: [push, deletion, push] })

    expect(read.ok ? read.value.map(one => one.is) : []).toEqual(['deleted', 'pushed'])
  })
})
