import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aCoverage } from '../../../test/conformance/support/examples.ts'
import { startServer } from '../../../test/conformance/support/running-server.ts'
import type { RunningServer } from '../../../test/conformance/support/running-server.ts'
import { officialSigner } from '../../../test/conformance/support/signer.ts'
import { EXTENSIONS, matchExtension } from './index.ts'
import { parseRegistryUrl } from './registries/registry-url.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer({ publicUrl: 'https://inspector.example.com/' })
})
afterAll(() => server.close())
beforeEach(() => {
  server.ports.knownRegistries.clear()
  server.ports.asked.length = 0
})

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function call(method: string, path: string, input?: object, key = server.key, at = server): Promise<Answer> {
  const body = input === undefined ? '' : JSON.stringify(input)
  const headers = { host: `127.0.0.1:${at.port}`, ...(body === '' ? {} : { 'content-type': 'application/json' }) }
  const request = { method, protocol: 'http:', hostname: '127.0.0.1', path, headers, body }
  const signed = await officialSigner(key).sign(request)
  const url = `${at.endpoint}${path}`
  const answer = await fetch(url, { method, headers: signed.headers, ...(body === '' ? {} : { body }) })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

describe('accounts', () => {
  const path = '/openinspector/accounts'

  it('are made once, with a key and scanning, by the account that the installation was made with', async () => {
    const operator = await startServer({ operatorAccount: server.key.accountId })
    operator.ports.keys.set(server.key.id, server.key)
    const known = new Set<string>()
    Object.assign(operator.ports.accounts, {
      addAccount: (id: string) => Promise.resolve(void known.add(id)),
      accountExists: (id: string) => Promise.resolve(known.has(id)),
    })

    const made = await call('POST', path, { accountId: '222222222222' }, server.key, operator)
    const again = await call('POST', path, { accountId: '222222222222' }, server.key, operator)
    const wrong = await call('POST', path, { accountId: '22' }, server.key, operator)

    expect(made).toMatchObject({ status: 201, body: { accountId: '222222222222' } })
    const key = operator.ports.keys.get(String(made.body['accessKeyId']))
    expect(key).toMatchObject({
      accountId: '222222222222',
      role: 'administrator',
      secret: made.body['secretAccessKey'],
    })
    expect(operator.ports.asked).toEqual([
      { is: 'enablement', scope: { accountId: '222222222222', region: 'eu-west-1' } },
    ])
    expect([again.status, wrong.status]).toEqual([409, 400])
    await operator.close()
  })

  it('are made by nobody else', async () => {
    expect((await call('POST', path, { accountId: '222222222222' })).status).toBe(403)
  })
})

describe('networks', () => {
  const path = '/openinspector/network'

  it('are watched with a role, evaluated at once and when asked, shown without the external id, and let go', async () => {
    const roleArn = `arn:aws:iam::${server.key.accountId}:role/audit`
    const before = server.ports.asked.length

    const watched = await call('POST', path, { roleArn, externalId: 'tenant-42' })
    const shown = await call('GET', path)
    const evaluated = await call('POST', `${path}/evaluate`)
    const removed = await call('DELETE', path)

    expect([watched.status, shown.status, evaluated.status, removed.status]).toEqual([201, 200, 200, 200])
    expect(shown.body).toMatchObject({ accountId: server.key.accountId, roleArn, lastEvaluatedAt: null })
    expect(JSON.stringify([watched.body, shown.body])).not.toContain('tenant-42')
    const { accountId } = server.key
    expect(watched.body).toMatchObject({
      eventUrl: `https://inspector.example.com/openinspector/hooks/network/${accountId}/eu-west-1`,
      eventToken: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(JSON.stringify(shown.body)).not.toMatch(/token/i)
    expect(server.ports.asked.slice(before).map(({ is }) => is)).toEqual(['network', 'network', 'unwatched'])
    expect([await call('GET', path), await call('DELETE', path), await call('POST', `${path}/evaluate`)]).toMatchObject(
      [{ status: 404 }, { status: 404 }, { status: 404 }],
    )
  })

  it('keep the token of their notices until another is asked for', async () => {
    const body = { roleArn: `arn:aws:iam::${server.key.accountId}:role/audit` }
    const first = await call('POST', path, body)
    const again = await call('POST', path, body)
    const another = await call('POST', path, { ...body, newEventToken: true })
    await call('DELETE', path)

    expect(again.body['eventToken']).toBeUndefined()
    expect(another.body['eventToken']).toMatch(/^[\w-]{43}$/)
    expect(another.body['eventToken']).not.toBe(first.body['eventToken'])
  })

  it.each([
    ["the server's identity, for an account that may not use it", {}, 'roleArn'],
    ['a role of another account', { roleArn: 'arn:aws:iam::999999999999:role/audit' }, 'roleArn'],
    ['an external id without a role', { externalId: 'tenant-42' }, 'externalId'],
    ['something that is no role', { roleArn: 'arn:aws:iam::999999999999:user/a' }, 'roleArn'],
  ])('are not watched with %s', async (_what, body, name) => {
    const answer = await call('POST', path, body)

    expect(answer).toMatchObject({ status: 400, body: { fields: [{ name }] } })
  })
})

describe('registries', () => {
  it('are added once, polled at once, listed without secrets and removed', async () => {
    const credentials = { username: 'robot', password: 'hunter2' }
    const added = await call('POST', '/openinspector/registries', {
      url: 'https://Registry.example.com:5000/',
      credentials,
    })
    const id = String(added.body['registryId'])

    expect(added.status).toBe(201)
    expect(added.body).toMatchObject({
      registryId: expect.stringMatching(/^reg-[0-9a-f]{16}$/),
      url: 'https://registry.example.com:5000',
      username: 'robot',
      pollIntervalSeconds: 300,
      webhookUrl: `https://inspector.example.com/openinspector/hooks/registry/${id}`,
      webhookToken: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(server.ports.asked).toEqual([{ is: 'poll', registryId: id }])

    const again = await call('POST', '/openinspector/registries', { url: 'https://registry.example.com:5000' })
    expect(again).toMatchObject({ status: 409, body: { resourceType: 'registry' } })

    const listed = await call('GET', '/openinspector/registries')
    expect(listed.body).toMatchObject({ registries: [{ registryId: id, lastPolledAt: null }] })
    expect(JSON.stringify(listed.body)).not.toMatch(/hunter2|webhookToken/)

    expect((await call('DELETE', `/openinspector/registries/${id}`)).status).toBe(200)
    expect((await call('DELETE', `/openinspector/registries/${id}`)).status).toBe(404)
    expect(server.ports.asked.slice(1)).toMatchObject([{ is: 'removed', url: 'https://registry.example.com:5000' }])
  })

  it('are refused with the field that is wrong', async () => {
    const answer = await call('POST', '/openinspector/registries', {
      url: 'https://u:p@example.com',
      pollIntervalSeconds: 1,
    })

    expect(answer).toMatchObject({
      status: 400,
      body: { reason: 'FIELD_VALIDATION_FAILED', fields: [{ name: 'url' }, { name: 'pollIntervalSeconds' }] },
    })
    expect(answer.body).not.toHaveProperty('code')
  })

  it.each([
    ['http://localhost:5000', 'http://localhost:5000'],
    ['HTTPS://Example.COM:443/', 'https://example.com'],
    ['https://[::1]:5000', 'https://[::1]:5000'],
    ['ftp://example.com', null],
    ['https://example.com/v2/', null],
    ['https://example.com/?a=b', null],
    ['https://user@example.com', null],
    ['example.com', null],
    ['file:///etc/passwd', null],
    ['ecr://123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
    ['ecr://123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example', null],
    ['ecr://169.254.169.254', null],
    ['ecr://user@123456789012.dkr.ecr.eu-west-1.amazonaws.com', null],
  ])('have the URL %s read as %s', (text, url) => {
    expect(parseRegistryUrl(text)).toEqual(url === null ? null : { url, isEcr: text.startsWith('ecr:') })
  })

  it('of ECR are kept with their role, and never show the external id', async () => {
    const url = 'ecr://123456789012.dkr.ecr.eu-west-1.amazonaws.com'
    const roleArn = 'arn:aws:iam::123456789012:role/scanners/read-only'
    const platforms = ['linux/amd64', 'linux/arm64/v8']

    const body = { url, roleArn, externalId: 'tenant-42', platforms }
    const added = await call('POST', '/openinspector/registries', body)

    expect(added.status).toBe(201)
    expect(added.body).toMatchObject({ url: url.replace('ecr:', 'https:'), kind: 'ecr', roleArn, platforms })
    expect(JSON.stringify(added.body)).not.toContain('tenant-42')
    const stored = [...server.ports.knownRegistries.values()].find(({ ecr }) => ecr !== null)
    expect(stored?.ecr).toEqual({ roleArn, externalId: 'tenant-42' })
  })

  it('of ECR without a role are for accounts that may use the credentials of the server', async () => {
    const trusting = await startServer({ awsIdentityAccounts: [server.key.accountId] })
    const body = { url: 'ecr://123456789012.dkr.ecr.eu-west-1.amazonaws.com' }
    try {
      const refused = await call('POST', '/openinspector/registries', body)
      const accepted = await call('POST', '/openinspector/registries', body, trusting.key, trusting)

      expect(refused).toMatchObject({ status: 400, body: { fields: [{ name: 'roleArn' }] } })
      expect(accepted).toMatchObject({ status: 201, body: { roleArn: null } })
    } finally {
      await trusting.close()
    }
  })

  it.each([
    [
      { url: 'ecr://123456789012.dkr.ecr.eu-west-1.amazonaws.com', credentials: { username: 'a', password: 'b' } },
      'credentials',
    ],
    [{ url: 'https://registry.example', roleArn: 'arn:aws:iam::123456789012:role/r' }, 'roleArn'],
    [{ url: 'https://registry.example', externalId: 'ab' }, 'externalId'],
    [{ url: 'ecr://123456789012.dkr.ecr.eu-west-1.amazonaws.com', roleArn: 'arn:aws:iam::1:user/x' }, 'roleArn'],
    [{ url: 'https://registry.example', platforms: ['../amd64'] }, 'platforms.0'],
  ])('are refused when %j does not fit together', async (body, field) => {
    const answer = await call('POST', '/openinspector/registries', body)

    expect(answer).toMatchObject({ status: 400, body: { fields: [{ name: field }] } })
  })
})

describe('access keys', () => {
  it('are made, used, listed without secrets and removed, but for the last', async () => {
    const last = await call('DELETE', `/openinspector/access-keys/${server.key.id}`)
    const made = await call('POST', '/openinspector/access-keys', { description: 'pipeline' })
    const key = { ...server.key, id: String(made.body['accessKeyId']), secret: String(made.body['secretAccessKey']) }

    expect(last).toMatchObject({ status: 409, body: { resourceId: server.key.id } })
    expect(made.status).toBe(201)
    const listed = await call('GET', '/openinspector/access-keys', undefined, key)
    expect(listed.body).toMatchObject({ accessKeys: [{}, { accessKeyId: key.id, description: 'pipeline' }] })
    expect(JSON.stringify(listed.body)).not.toContain(key.secret)
    expect((await call('DELETE', `/openinspector/access-keys/${key.id}`)).status).toBe(200)
    expect((await call('GET', '/openinspector/access-keys', undefined, key)).status).toBe(403)
  })
})

describe('advisories', () => {
  it('are looked at when somebody asks', async () => {
    const answer = await call('POST', '/openinspector/advisories/sync', {})

    expect(answer).toMatchObject({ status: 200, body: { status: 'QUEUED' } })
    expect(server.ports.asked).toEqual([{ is: 'sync' }])
  })
})

describe('coverage details', () => {
  it('say in words why a resource is not scanned', async () => {
    const problems = [{ path: 'var/lib/dpkg/status', reason: 'limit-exceeded', detail: 'larger than 64 MiB' }]
    server.ports.allCoverage = [
      aCoverage({ reason: 'ACCESS_DENIED', detail: 'the registry wants a password', problems }),
    ]

    const { body } = await call('POST', '/openinspector/coverage/list', { statusCode: 'INACTIVE' })

    expect(body).toMatchObject({
      resources: [
        { statusCode: 'INACTIVE', reason: 'ACCESS_DENIED', detail: 'the registry wants a password', problems },
      ],
    })
  })
})

describe('the list of extensions', () => {
  it('leads every method and path to one place', () => {
    for (const extension of EXTENSIONS) {
      const path = extension.path.replace('{id}', 'reg-0123456789abcdef')

      expect(matchExtension(extension.method, path)?.extension).toBe(extension)
    }
    expect(matchExtension('DELETE', '/openinspector/registries/a%2Fb')).toBeNull()
  })
})
