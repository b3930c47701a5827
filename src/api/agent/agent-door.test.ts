import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startServer, type RunningServer } from '../../../test/conformance/support/running-server.ts'
import { aScope, SOME_TIME } from '../../../test/support/builders.ts'
import { resourceId } from '../../domain/ids.ts'
import type { Host } from '../../scanning/host-store.ts'
import { agentRequest } from './agent-door.ts'
import { formatAgentToken, hashOf } from './agent-token.ts'

let server: RunningServer
const secret = 'x'.repeat(43)
const host: Host = {
  id: 'host-0123456789abcdef',
  scope: aScope(),
  name: 'web-1',
  resourceId: resourceId('mi-0123456789abcdef0'),
  tokenHash: hashOf(secret),
  createdAt: SOME_TIME,
  machineKey: null,
  identity: { hostName: 'web-1', ipV4Addresses: [], ipV6Addresses: [], agentVersion: '1.0.0' },
  lastSeenAt: null,
  sequence: 0,
  inventoryHash: null,
  runtimeHash: null,
}
const token = formatAgentToken(host.id, secret)
const inventory = { distro: null, packages: [], problems: [] }
const checkIn = { machineKey: hashOf('a machine'), identity: host.identity, inventoryHash: null, runtimeHash: null }

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => {
  server.ports.asked.length = 0
  server.ports.knownHosts.clear()
  // A bucket of its own for each test.
  server.ports.knownHosts.set(host.id, host)
})

async function post(path: string, body: string | Buffer, given: Record<string, string> = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...given }
  return fetch(`${server.endpoint}/openinspector/agent/${path}`, {
    method: 'POST',
    headers,
    body: new Uint8Array(Buffer.from(body)),
  })
}

function postInventory(value: unknown, sequence = 1): Promise<Response> {
  const text = JSON.stringify(value)
  return post(`inventory/${sequence}/${hashOf(text)}`, gzipSync(text), { 'content-encoding': 'gzip' })
}

describe('an agent with its token', () => {
  it('says hello and sends what is wanted', async () => {
    const hello = await post('check-in', JSON.stringify(checkIn))
    const sent = await postInventory(inventory, 7)

    expect(await hello.json()).toEqual({
      isWatched: true,
      wants: ['inventory', 'runtime'],
      sequence: 0,
      checkInSeconds: 1_800,
    })
    expect(await sent.json()).toEqual({ status: 'stored' })
    expect(server.ports.asked).toMatchObject([
      { is: 'check-in', hostId: host.id },
      { is: 'inventory', hostId: host.id, sent: { sequence: 7, inventory } },
    ])
  })

  it('is refused what is not as its path says, with the reason', async () => {
    const other = await post(`inventory/1/${hashOf('other')}`, JSON.stringify(inventory))
    const broken = await post(`inventory/1/${hashOf('x')}`, 'x', { 'content-encoding': 'gzip' })
    const layered = {
      type: 'npm',
      namespace: 'npm',
      name: 'a',
      version: '1',
      arch: null,
      source: null,
      manager: 'NPM',
      filePath: 'a',
      layer: {},
      ownedBy: null,
    }
    const image = await postInventory({ ...inventory, packages: [layered] })

    expect([other.status, broken.status, image.status]).toEqual([400, 400, 400])
    expect(await image.json()).toMatchObject({ fields: [{ name: 'packages.0.layer' }] })
    expect(server.ports.asked).toEqual([])
  })

  it('is refused a small body that inflates without end', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024))
    const hash = createHash('sha256').update('').digest('hex')

    const answer = await post(`inventory/1/${hash}`, bomb, { 'content-encoding': 'gzip' })

    expect(answer.status).toBe(413)
  })

  it('can send more than other callers, and not without end', async () => {
    const large = await post(`inventory/1/${hashOf('')}`, Buffer.alloc(3 * 1024 * 1024, 'x'))
    const tooLarge = await post(`inventory/1/${hashOf('')}`, Buffer.alloc(9 * 1024 * 1024, 'x'))

    expect(large.status).toBe(400)
    expect(tooLarge.status).toBe(413)
    expect(await tooLarge.json()).toMatchObject({ message: 'The request body is larger than 8388608 bytes.' })
  })

  it('may read nothing, and no operation takes its token', async () => {
    const headers = { authorization: `Bearer ${token}` }
    const answers = await Promise.all([
      fetch(`${server.endpoint}/openinspector/agent/check-in`, { headers }),
      fetch(`${server.endpoint}/openinspector/hosts`, { headers }),
      fetch(`${server.endpoint}/findings/list`, { method: 'POST', headers, body: '{}' }),
    ])

    for (const { status } of answers) expect([400, 403, 404]).toContain(status)
  })
})

describe('somebody else', () => {
  it.each([
    ['nothing', ''],
    ['another secret', `Bearer ${formatAgentToken(host.id, 'y'.repeat(43))}`],
    ['another host', `Bearer ${formatAgentToken('host-ffffffffffffffff', secret)}`],
    ['a part of the token', `Bearer ${token.slice(0, -1)}`],
    ['more than the token', `Bearer ${token}x`],
    ['another scheme', `Basic ${token}`],
  ])('is refused alike with %s', async (_what, authorization) => {
    const answer = await post('check-in', JSON.stringify(checkIn), { authorization })

    expect(answer.status).toBe(403)
    expect(await answer.json()).toEqual({ message: 'The host or its token is not known.' })
  })
})

describe('a path of agents', () => {
  it.each([
    ['check-in', true],
    ['check-in/', false],
    [`runtime/${hashOf('')}`, true],
    [`runtime/${hashOf('').toUpperCase()}`, false],
    [`inventory/1/${hashOf('')}`, true],
    [`inventory/01/${hashOf('')}`, false],
    [`inventory/1000000000000000/${hashOf('')}`, false],
    [`inventory/-1/${hashOf('')}`, false],
    [`inventory/1/2/${hashOf('')}`, false],
    ['', false],
  ])('is %s: %s', (path, isOne) => {
    expect(agentRequest(`/openinspector/agent/${path}`) !== null).toBe(isOne)
  })
})
