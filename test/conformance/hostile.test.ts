import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aKey, startServer } from './support/running-server.ts'
import { officialSigner } from './support/signer.ts'
import type { RunningServer } from './support/running-server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer({ requestTimeoutMs: 1_500 })
})
afterAll(() => server.close())

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

function send({ method = 'POST', path = '/findings/list', headers = {}, body = '' }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: server.port, method, path, headers, agent: false },
      response => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString()
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

interface Signing {
  readonly body?: string | Buffer
  readonly path?: string
  readonly method?: string
  readonly at?: Date
  readonly service?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly accessKeyId?: string
}

async function signed({ body = '{}', path = '/findings/list', method = 'POST', ...more }: Signing): Promise<Sent> {
  const id = more.accessKeyId ?? server.key.id
  const signer = officialSigner({ id, secret: server.key.secret }, { service: more.service ?? 'inspector2' })
  const headers = { host: `127.0.0.1:${server.port}`, 'content-type': 'application/json', ...more.headers }
  const request = { method, protocol: 'http:', hostname: '127.0.0.1', path, headers, body }
  const result = await signer.sign(request, { signingDate: more.at ?? new Date() })
  return { method, path, headers: result.headers, body }
}

/** Writes text to a bare connection and reads until the server closes it. */
function exchange(text: string): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(server.port, '127.0.0.1')
    let received = ''
    socket.on('data', piece => (received += piece.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(received))
    socket.write(text)
  })
}

describe('a request without a genuine signature', () => {
  it('is refused, whatever else it says', async () => {
    const good = await signed({})
    const stale = new Date(Date.now() - 6 * 60_000)
    const future = new Date(Date.now() + 6 * 60_000)
    const otherKey = aKey()
    const cases: readonly (readonly [string, Sent, number, string])[] = [
      ['unsigned', { body: '{}' }, 403, 'MissingAuthenticationTokenException'],
      ['stale', await signed({ at: stale }), 403, 'InvalidSignatureException'],
      ['from the future', await signed({ at: future }), 403, 'InvalidSignatureException'],
      ['for another service', await signed({ service: 's3' }), 403, 'InvalidSignatureException'],
      ['with another key', await signed({ accessKeyId: otherKey.id }), 403, 'UnrecognizedClientException'],
      ['with a changed body', { ...good, body: '{"maxResults":1}' }, 403, 'InvalidSignatureException'],
      ['for another path', { ...good, path: '/coverage/list' }, 403, 'InvalidSignatureException'],
      ['with a query added', { ...good, path: '/findings/list?x=1' }, 403, 'InvalidSignatureException'],
      ['with basic credentials', { headers: { authorization: 'Basic eDp5' } }, 400, 'IncompleteSignatureException'],
    ]
    for (const [name, request, status, type] of cases) {
      const answer = await send(request)

      expect({ name, status: answer.status, type: answer.headers['x-amzn-errortype'] }).toEqual({ name, status, type })
      expect(answer.body).not.toContain(server.key.secret)
      expect(JSON.parse(answer.body)).not.toHaveProperty('code')
    }
    expect((await send(good)).status).toBe(200)
  })

  it('is refused when a header that decides is repeated, changed or left unsigned', async () => {
    const good = await signed({})
    const authorization = good.headers?.['authorization'] ?? ''
    const without = authorization.replace(/;x-amz-date/, '')

    const unsigned = await send({ ...good, headers: { ...good.headers, authorization: without } })
    const wrongHash = await send({ ...good, headers: { ...good.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } })
    const broken = await send({ ...good, headers: { ...good.headers, authorization: authorization.slice(0, -1) } })

    expect(unsigned.headers['x-amzn-errortype']).toBe('IncompleteSignatureException')
    expect(wrongHash.status).toBe(403)
    expect(broken.headers['x-amzn-errortype']).toBe('IncompleteSignatureException')
  })

  it('is refused when it comes for a name that is not ours', async () => {
    const rebound = await send(await signed({ headers: { host: 'attacker.example' } }))

    expect(rebound.status).toBe(403)
    expect(rebound.headers['x-amzn-errortype']).toBe('AccessDeniedException')
  })
})

describe('a body that means harm', () => {
  it.each([
    ['is not JSON', '{"maxResults":'],
    ['is not an object', '[]'],
    ['is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['nests too deep', `{"a":${'['.repeat(200_000)}`],
    ['has a list where an object belongs', '{"filterCriteria":[]}'],
    ['has a string where a number belongs', '{"maxResults":"1"}'],
    ['has a number where a list belongs', '{"filterCriteria":{"title":3}}'],
  ])('that %s is answered with CANNOT_PARSE', async (_name, body) => {
    const answer = await send(await signed({ body }))

    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'CANNOT_PARSE' })
  })

  it('cannot reach a prototype', async () => {
    const body =
      '{"__proto__":{"maxResults":1},"__type":"x","constructor":1,"maxResults":5,"filterCriteria":{"__proto__":{"title":[]}}}'

    const answer = await send(await signed({ body }))

    expect(answer.status).toBe(200)
    expect(server.ports.findingQueries.at(-1)).toMatchObject({ limit: 5, filter: { strings: {} } })
    expect(Reflect.get({}, 'maxResults')).toBeUndefined()
  })

  it('is not read past its limit', async () => {
    const body = Buffer.alloc(10 << 20, 0x20)
    const request = await signed({ body })

    const answer = await send(request).catch((error: unknown) => String(error))

    // The connection may be cut while the client still writes; an answer that came through says why.
    expect(typeof answer === 'string' ? answer : `${answer.status}`).toMatch(/ECONNRESET|EPIPE|^413$/)
  })

  it('is not waited for without end', async () => {
    const { headers = {} } = await signed({ body: '{"maxResults":1}' })
    const lines = Object.entries({ ...headers, 'content-length': '16' }).map(([name, value]) => `${name}: ${value}\r\n`)
    const started = Date.now()

    const answer = await exchange(`POST /findings/list HTTP/1.1\r\n${lines.join('')}\r\n{`)

    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(Date.now() - started).toBeLessThan(10_000)
  })

  it('is not read at all when the key is not known', async () => {
    const { headers = {} } = await signed({ body: '{}', accessKeyId: aKey().id })
    const lines = Object.entries({ ...headers, 'content-length': '1000000' }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )

    const answer = await exchange(`POST /findings/list HTTP/1.1\r\n${lines.join('')}\r\n{`)

    expect(answer).toMatch(/^HTTP\/1\.1 403 [^]*UnrecognizedClientException/)
  })

  it('cannot hide a second request', async () => {
    const smuggled = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
    const head =
      'POST /findings/list HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n'

    const answer = await exchange(`${head}\r\n0\r\n\r\n${smuggled}`)

    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400'])
  })

  it('must say that it is JSON', async () => {
    const answer = await send(await signed({ headers: { 'content-type': 'text/plain' } }))

    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'CANNOT_PARSE' })
    expect(answer.status).toBe(400)
  })
})

describe('a path', () => {
  it.each(['/nothing', '/findings/list/', '/tags/', '/tags/a/b', '/%zz', '/openinspector/hooks/registry/x'])(
    'that leads nowhere is answered with 404: %s',
    async path => {
      const answer = await send({ path })

      expect(answer.status).toBe(404)
      expect(answer.headers['x-amzn-errortype']).toBe('UnknownOperationException')
    },
  )

  it('of the page and of the health check needs no signature and lets nothing in', async () => {
    const page = await send({ method: 'GET', path: '/' })
    const health = await send({ method: 'GET', path: '/healthz' })

    expect(page.body).toContain('<title>OpenInspector</title>')
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(health).toMatchObject({ status: 200, body: '{"status":"ok"}' })
  })

  it('takes an empty body for an empty object', async () => {
    expect((await send(await signed({ body: '' }))).status).toBe(200)
  })
})

describe('a request line of an unusual form', () => {
  it.each([
    [
      'an absolute target',
      'GET http://127.0.0.1/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
      '404',
    ],
    ['two Host headers', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil\r\nConnection: close\r\n\r\n', '403'],
    ['an unknown method', 'BREW /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n', '400'],
    ['a folded header', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n x\r\nConnection: close\r\n\r\n', '40'],
    ['endless headers', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, '431'],
  ])('with %s is not served', async (_name, text, status) => {
    const answer = await exchange(text)

    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`))
    expect(answer).not.toMatch(/"code"/)
  })
})
