import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ec2InstanceId, isEc2Instance } from './ec2-instance-id.ts'
import { nodeHttp } from './http-client.ts'

const ID = 'i-0123456789abcdef0'
const TOKEN_HEADER = 'x-aws-ec2-metadata-token'
let server: Server | null = null

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function idFrom(listener: RequestListener): Promise<string | null> {
  const started = createServer(listener)
  server = started
  await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
  const http = nodeHttp({ userAgent: 'test' })
  try {
    return await ec2InstanceId(http, `http://127.0.0.1:${(started.address() as AddressInfo).port}`)
  } finally {
    http.close()
  }
}

/** As version 2 of the service answers: without its token, nothing. */
function metadata(id: string): RequestListener {
  return (request, response) => {
    const isToken = request.method === 'PUT' && request.url === '/latest/api/token'
    if (isToken && request.headers[`${TOKEN_HEADER}-ttl-seconds`] !== undefined) return void response.end('the-token==')
    const isGranted = request.headers[TOKEN_HEADER] === 'the-token==' && request.url === '/latest/meta-data/instance-id'
    response.writeHead(isGranted ? 200 : 401).end(isGranted ? id : '')
  }
}

describe('ec2InstanceId', () => {
  it('asks for a token, and with it for the id', async () => {
    expect(await idFrom(metadata(ID))).toBe(ID)
  })

  it.each<[string, RequestListener]>([
    ['what is no id is said', metadata('i-0123; rm -rf /')],
    ['more is said than an id has', metadata(ID + ' '.repeat(10_000))],
    ['the token is refused', (_, response) => void response.writeHead(403).end()],
    ['the service is switched off', (_, response) => void response.writeHead(404).end('<html>')],
    ['the token would break a header', (_, response) => void response.end('a\r\nb: c')],
    ['we are sent elsewhere', (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['the answer breaks off', (_, response) => void response.writeHead(200, { 'content-length': '50' }).write('i-0')],
  ])('knows nothing where %s', async (_, listener) => {
    expect(await idFrom(listener)).toBeNull()
  })

  it('waits no longer than a moment for one who never answers', async () => {
    const begin = performance.now()

    expect(await idFrom(() => undefined)).toBeNull()
    expect(performance.now() - begin).toBeLessThan(5_000)
  })
})

describe('isEc2Instance', () => {
  it.each([
    ['a Nitro instance', { 'sys/class/dmi/id/sys_vendor': 'Amazon EC2\n' }, true],
    ['a Xen instance', { 'sys/hypervisor/uuid': 'ec2e1916-9099-7caf-fd21-012345abcdef\n' }, true],
    ['another cloud', { 'sys/class/dmi/id/sys_vendor': 'Google\n' }, false],
    ['a machine that does not say', {}, false],
  ])('says of %s', (_, files, isOne) => {
    const root = mkdtempSync(join(tmpdir(), 'openinspector-dmi-'))
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    }

    expect(isEc2Instance(root)).toBe(isOne)
    rmSync(root, { recursive: true })
  })
})
