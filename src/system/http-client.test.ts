import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, describe, expect, it } from 'vitest'

import type { HttpRequest } from '../base/http.ts'
import { nodeHttp } from './http-client.ts'
import { isPublicAddress } from './http-client-addresses.ts'

const servers: Server[] = []
const http = nodeHttp({ lookup: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]) })

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(server => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(resolve))
    }),
  )
})

const request: HttpRequest = { limitBytes: 1000, idleTimeoutMs: 300, redirects: 'any-public' }

async function bodyOf(url: string, options: Partial<HttpRequest> = {}): Promise<string> {
  const sent = await http.send(url, { ...request, ...options })
  if (!sent.ok) throw new Error(sent.error.is)
  let text = ''
  for await (const piece of sent.value.body) text += Buffer.from(piece).toString()
  return text
}

describe('nodeHttp', () => {
  it('hands out status, lower-case headers and the body', async () => {
    const url = await serve((_request, response) => response.writeHead(418, { 'X-Name': ['a', 'b'] }).end('hello'))

    const sent = await http.send(url, request)

    expect(sent.ok && [sent.value.status, sent.value.headers['x-name']]).toEqual([418, 'a, b'])
    expect(await bodyOf(url)).toBe('hello')
  })

  it('fails a body that is too large, stalls or breaks off, each by name', async () => {
    const large = await serve((_request, response) => response.end('x'.repeat(2000)))
    const stalling = await serve((_request, response) => {
      response.write('x')
    })
    const breaking = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy())
    })

    await expect(bodyOf(large)).rejects.toMatchObject({ reason: 'too-large' })
    await expect(bodyOf(stalling)).rejects.toMatchObject({ reason: 'stalled' })
    await expect(bodyOf(breaking)).rejects.toMatchObject({ reason: 'broken-off' })
  })

  it('gives up on a server that never answers', async () => {
    const url = await serve(() => {})

    expect(await http.send(url, request)).toMatchObject({ ok: false, error: { is: 'timed-out', timeoutMs: 300 } })
  })

  it.each([
    'http://169.254.169.254/latest/meta-data/', 'http://10.0.0.1/', 'http://[::1]/', 'http://[::ffff:10.0.0.1]/',
    'http://0.0.0.0/', 'http://[fd00::1]/', 'http://2130706434/', 'http://user:secret@example.org/', 'file:///etc/passwd',
  ])('refuses a redirect to %s', async location => {
    const url = await serve((_request, response) => response.writeHead(302, { location }).end())

    expect(await http.send(url, request)).toMatchObject({ ok: false, error: { is: 'redirect-refused' } })
  }) // prettier-ignore

  it('refuses a redirect to a name that resolves to a private address', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: 'http://rebind.test/' }).end())
    const rebinding = nodeHttp({ lookup: (_h, _o, callback) => callback(null, [{ address: '10.1.2.3', family: 4 }]) })

    expect(await rebinding.send(url, request)).toMatchObject({ ok: false, error: { is: 'redirect-refused' } })
  })

  it('follows a redirect to another port of the first address without Authorization', async () => {
    let seen: string | undefined = 'never asked'
    const target = await serve((incoming, response) => {
      seen = incoming.headers.authorization
      response.end('there')
    })
    const url = await serve((_request, response) => response.writeHead(307, { location: target }).end())

    expect(await bodyOf(url, { headers: { Authorization: 'secret' } })).toBe('there')
    expect(seen).toBeUndefined()
    expect(await http.send(url, { ...request, redirects: 'same-origin' })).toMatchObject({ ok: false })
  })

  it('asks no private address for a URL that came out of a document, not even over a kept connection', async () => {
    let asked = 0
    const url = await serve((_request, response) => {
      asked += 1
      response.end('there')
    })
    await bodyOf(url)

    const sent = await http.send(url, { ...request, onlyPublic: true })

    expect(sent).toMatchObject({ ok: false, error: { is: 'redirect-refused' } })
    expect(asked).toBe(1)
  })

  it('stops after five redirects', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: '/' }).end())

    expect(await http.send(url, request)).toMatchObject({ ok: false, error: { is: 'redirect-refused' } })
  })
})

describe('isPublicAddress', () => {
  it.each([
    ['8.8.8.8', true], ['2606:4700::1111', true], ['64:ff9b::808:808', true], ['::ffff:8.8.8.8', true],
    ['127.0.0.1', false], ['169.254.169.254', false], ['100.64.0.1', false], ['172.31.0.1', false], ['0.0.0.0', false],
    ['::', false], ['::1', false], ['fe80::1', false], ['fd00:ec2::254', false], ['::ffff:169.254.169.254', false],
    ['64:ff9b::a00:1', false], ['2002:7f00:1::', false], ['255.255.255.255', false], ['not an address', false],
  ])('says of %s: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected)
  }) // prettier-ignore
})
