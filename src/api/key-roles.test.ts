import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aKey, startServer, type RunningServer } from '../../test/conformance/support/running-server.ts'
import { officialSigner } from '../../test/conformance/support/signer.ts'
import type { KeyRole } from '../accounts/key-role.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => {
  for (const id of server.ports.keys.keys()) if (id !== server.key.id) server.ports.keys.delete(id)
})

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function call(key: typeof server.key, method: string, path: string, input: object = {}): Promise<Answer> {
  const service = path === '/scan/sbom' ? 'inspector-scan' : 'inspector2'
  const hasBody = method === 'POST'
  const body = hasBody ? JSON.stringify(input) : ''
  const headers = { host: `127.0.0.1:${server.port}`, ...(hasBody ? { 'content-type': 'application/json' } : {}) }
  const request = { method, protocol: 'http:', hostname: '127.0.0.1', path, headers, body }
  const signed = await officialSigner(key, { service }).sign(request)
  const answer = await fetch(server.endpoint + path, { method, headers: signed.headers, ...(hasBody ? { body } : {}) })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

function keyOf(role: KeyRole): typeof server.key {
  const key = aKey({ role })
  server.ports.keys.set(key.id, key)
  return key
}

/** Not even its own kind of input: what is refused is refused before that is looked at. */
const REQUESTS = {
  'inspector-scan:ScanSbom': ['POST', '/scan/sbom'],
  'inspector2:ListFindings': ['POST', '/findings/list'],
  'inspector2:Disable': ['POST', '/disable'],
  'openinspector:ListAccessKeys': ['GET', '/openinspector/access-keys'],
  'openinspector:CreateAccessKey': ['POST', '/openinspector/access-keys'],
} as const

describe.each<[KeyRole, readonly string[]]>([
  ['administrator', Object.keys(REQUESTS)],
  ['auditor', ['inspector2:ListFindings', 'openinspector:ListAccessKeys']],
  ['pipeline', ['inspector-scan:ScanSbom']],
])('a key of the role %s', (role, granted) => {
  it.each(Object.entries(REQUESTS))('is asked for %s', async (action, [method, path]) => {
    const key = keyOf(role)

    const { status, body } = await call(key, method, path, { role: 'nobody' })

    const words = `User: ${key.id} is not authorized to perform: ${action} because its role ${role} does not allow the ${action} action`
    expect([status === 403, body['message'] === words]).toEqual(
      granted.includes(action) ? [false, false] : [true, true],
    )
  })
})

describe('access keys', () => {
  it('get the role that is asked for, and that of an administrator when none is', async () => {
    const [pipeline, other] = [
      await call(server.key, 'POST', '/openinspector/access-keys', { role: 'pipeline' }),
      await call(server.key, 'POST', '/openinspector/access-keys', {}),
    ]

    expect([pipeline, other]).toMatchObject([
      { status: 201, body: { role: 'pipeline' } },
      { status: 201, body: { role: 'administrator' } },
    ])
  })

  it('may all be removed but the last of an administrator: it alone can make others', async () => {
    keyOf('pipeline')
    keyOf('auditor')

    const { status } = await call(server.key, 'DELETE', `/openinspector/access-keys/${server.key.id}`)

    expect(status).toBe(409)
  })
})
