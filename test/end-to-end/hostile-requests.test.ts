import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { officialSigner } from '../conformance/support/signer.ts'
import { vulnerableImage } from '../support/hostile-images.ts'
import { startHostileRegistry, type HostileRegistry } from '../support/hostile-registry.ts'
import {
  credentialsOf,
  eventually,
  removeHome,
  startProduct,
  temporaryHome,
  type Credentials,
  type RunningProduct,
} from '../support/running-product.ts'
import { addRegistry, coverageOf, findingsOf } from '../support/server-views.ts'
import { SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

const home = temporaryHome()
const feeds = join(home, 'feeds')
let registry: HostileRegistry
let server: RunningProduct
let credentials: Credentials
let before: unknown

beforeAll(async () => {
  registry = await startHostileRegistry()
  registry.put('shop/api', '1.0', vulnerableImage('shop'))
  writeNpmFeed(feeds, SMALL_ADVISORIES)
  server = await startProduct({ home, env: { OPENINSPECTOR_FEEDS: feeds } })
  credentials = credentialsOf(home)
  await addRegistry(server, registry.url, 86_400)
  await eventually(async () => (await findingsOf(server)).length > 0, 'the image is scanned')
  before = await stored()
}, 60_000)

afterAll(async () => {
  await server?.kill('SIGTERM')
  await registry?.close()
  removeHome(home)
})

async function stored(): Promise<unknown> {
  const listed = await server.api.get('/openinspector/registries')
  const keys = await server.api.get('/openinspector/access-keys')
  return { findings: await findingsOf(server), coverage: await coverageOf(server), listed, keys }
}

interface Signing {
  readonly path?: string
  readonly method?: string
  readonly body?: string
  readonly at?: number
  readonly key?: Credentials
  readonly headers?: Readonly<Record<string, string>>
}

async function signed({ path = '/findings/list', method = 'POST', body = '{}', ...more }: Signing = {}) {
  const { accessKeyId, secretAccessKey } = more.key ?? credentials
  const signer = officialSigner({ id: accessKeyId, secret: secretAccessKey }, { region: 'us-east-1' })
  const url = new URL(server.url)
  const request = {
    method,
    protocol: 'http:',
    hostname: url.hostname,
    port: Number(url.port),
    path,
    headers: { host: url.host, 'content-type': 'application/json', ...more.headers },
    body,
  }
  const { headers } = await signer.sign(request, { signingDate: new Date(more.at ?? Date.now()) })
  return { path, method, headers, body }
}

type Sent = Awaited<ReturnType<typeof signed>>

async function send({ path, method, headers, body }: Sent) {
  const { host: _host, ...rest } = headers
  const response = await fetch(server.url + path, { method, headers: rest, body })
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), text: await response.text() }
}

/** Writes to a bare connection and reads until the server closes it or `limitMs` have passed. */
function exchange(text: string | Buffer, limitMs: number): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    let received = ''
    const timer = setTimeout(() => socket.destroy(), limitMs)
    socket.on('data', piece => (received += piece.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(received)
    })
    socket.write(text)
  })
}

const MINUTE_MS = 60_000
const WRITES = [
  { path: '/disable', body: '{"resourceTypes":["ECR"]}' },
  { path: '/openinspector/registries', body: '{"url":"http://127.0.0.1:1"}' },
  { path: '/openinspector/access-keys', body: '{}' },
  { path: '/openinspector/advisories/sync', body: '{}' },
]

describe('a running server and requests that are not genuine', () => {
  it.each(WRITES)('refuses to change anything for them: $path', async ({ path, body }) => {
    const wrong = { ...credentials, secretAccessKey: 'x'.repeat(40) }
    const stranger = { ...wrong, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }
    const good = await signed({ path, body })
    const cases: readonly (readonly [string, Sent, string])[] = [
      ['unsigned', { path, method: 'POST', headers: {}, body }, 'MissingAuthenticationTokenException'],
      ['stale', await signed({ path, body, at: Date.now() - 6 * MINUTE_MS }), 'InvalidSignatureException'],
      ['from the future', await signed({ path, body, at: Date.now() + 6 * MINUTE_MS }), 'InvalidSignatureException'],
      ['wrongly signed', await signed({ path, body, key: wrong }), 'InvalidSignatureException'],
      ['by a stranger', await signed({ path, body, key: stranger }), 'UnrecognizedClientException'],
      ['with another body', { ...good, body: body.replace('{', '{ ') }, 'InvalidSignatureException'],
    ]
    for (const [name, request, type] of cases) {
      const answer = await send(request)

      expect({ name, status: answer.status, type: answer.type }).toEqual({ name, status: 403, type })
      expect(JSON.parse(answer.text)).toMatchObject({ message: expect.any(String) as string })
      expect(answer.text).not.toMatch(/"code"|node:internal|\bat .*\.ts:/)
    }
  })
})

describe('a running server and bodies that mean harm', () => {
  it.each([
    ['malformed', '{"maxResults":', {}],
    ['deep', `{"filterCriteria":${'{"title":['.repeat(100_000)}`, {}],
    ['of another type', '{}', { 'content-type': 'text/xml' }],
    ['a list', '[]', {}],
    ['poisonous', '{"filterCriteria":{"title":"__proto__"}}', {}],
  ])('answers one that is %s in the shape of AWS', async (_name, body, headers) => {
    const answer = await send(await signed({ body, headers }))

    expect(answer).toMatchObject({ status: 400, type: 'ValidationException' })
    expect(JSON.parse(answer.text)).toMatchObject({ reason: 'CANNOT_PARSE', message: expect.any(String) as string })
  })

  it('does not take in ten megabytes', async () => {
    const answer = await send(await signed({ body: `{"x":"${'y'.repeat(10 << 20)}"}` })).catch(String)

    // The connection may be cut while the client still writes; an answer that came through says why.
    expect(typeof answer === 'string' ? answer : `${answer.status} ${answer.type}`).toMatch(
      /fetch failed|^413 ValidationException$/,
    )
    expect(server.rssMib()).toBeLessThan(900)
  })

  it('is not held up by bodies that never end', async () => {
    const { headers } = await signed({ body: '{"maxResults":1}' })
    const lines = Object.entries({ ...headers, 'content-length': '16' }).map(([name, value]) => `${name}: ${value}\r\n`)
    const hanging = Array.from({ length: 50 }, () =>
      exchange(`POST /findings/list HTTP/1.1\r\n${lines.join('')}\r\n{`, 1_500),
    )

    const startedAt = Date.now()
    const answer = await send(await signed())

    expect(answer.status).toBe(200)
    expect(Date.now() - startedAt).toBeLessThan(1_400)
    await Promise.all(hanging)
  })

  it.each([
    ['nothing that is HTTP', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01])],
    ['endless headers', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    ['a foreign name', 'GET /healthz HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n'],
  ])('refuses %s', async (_name, bytes) => {
    const answer = await exchange(bytes, 5_000)

    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  })
})

describe('a running server after all of that', () => {
  it('serves a good request, and what it stores is unchanged', async () => {
    expect(server.isAlive()).toBe(true)
    expect(await stored()).toEqual(before)
    expect(server.stderr()).not.toMatch(/uncaught|unhandled/i)
  })
})
