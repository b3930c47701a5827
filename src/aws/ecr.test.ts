import { describe, expect, it } from 'vitest'

import { SOME_TIME } from '../../test/support/builders.ts'
import { instant, type Instant } from '../base/clock.ts'
import { parseEcrHost } from '../inventory/ecr-host.ts'
import { ecr, type EcrSender } from './ecr.ts'

const HOST = parseEcrHost('123456789012.dkr.ecr.eu-west-1.amazonaws.com')!
const FIPS = parseEcrHost('123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com')!
const DIGEST = `sha256:${'a'.repeat(64)}`
const NO_ROLE = { roleArn: null, externalId: null }
const HOUR = 3_600_000

interface Sent {
  readonly name: string
  readonly input: Record<string, unknown>
}

/** A client of the SDK that answers from a list, in order. */
function sender(answers: readonly (object | Error)[]): EcrSender & { readonly sent: Sent[] } {
  const sent: Sent[] = []
  const send = async (command: { readonly input: object }): Promise<object> => {
    sent.push({ name: command.constructor.name, input: { ...command.input } })
    const answer = answers[sent.length - 1] ?? answers.at(-1) ?? {}
    if (answer instanceof Error) throw answer
    return answer
  }
  return { sent, send: send as EcrSender['send'], destroy() {} }
}

function loginUntil(expiresAt: number, proxyEndpoint = `https://${HOST.host}`): object {
  const authorizationToken = Buffer.from('AWS:a:secret').toString('base64')
  return { authorizationData: [{ authorizationToken, expiresAt: new Date(expiresAt), proxyEndpoint }] }
}

function named(name: string): Error {
  return Object.assign(new Error('so it is'), { name })
}

describe('the login of ECR', () => {
  it('is kept for eleven of its twelve hours', async () => {
    let now: Instant = SOME_TIME
    const client = sender([loginUntil(SOME_TIME + 12 * HOUR)])
    const registry = ecr(HOST, NO_ROLE, { now: () => now }, client)

    const first = await registry.address()
    now = instant(SOME_TIME + 11 * HOUR - 1)
    await registry.address()
    expect(client.sent).toHaveLength(1)
    now = instant(SOME_TIME + 11 * HOUR)
    await registry.address()

    expect(client.sent).toHaveLength(2)
    expect(client.sent[0]).toMatchObject({ input: { registryIds: ['123456789012'] } })
    expect(first).toEqual({
      ok: true,
      value: { url: `https://${HOST.host}`, credentials: { username: 'AWS', password: 'a:secret' }, isBasic: true },
    })
  })

  it.each([
    [
      'https://vpce-1.dkr.ecr.eu-west-1.vpce.amazonaws.com',
      HOST,
      'https://vpce-1.dkr.ecr.eu-west-1.vpce.amazonaws.com',
    ],
    ['http://127.0.0.1:4566', HOST, 'http://127.0.0.1:4566'],
    ['http://evil.example', HOST, null],
    ['ftp://evil.example', HOST, null],
    ['https://123456789012.dkr.ecr.us-gov-west-1.amazonaws.com', FIPS, `https://${FIPS.host}`],
  ])('for %s goes to the right place', async (endpoint, host, url) => {
    const registry = ecr(host, NO_ROLE, { now: () => SOME_TIME }, sender([loginUntil(SOME_TIME + HOUR, endpoint)]))

    const address = await registry.address()

    expect(address.ok ? address.value.url : null).toBe(url)
  })

  it.each([
    ['AccessDeniedException', 'access-denied'],
    ['CredentialsProviderError', 'access-denied'],
    ['ExpiredTokenException', 'access-denied'],
    ['ThrottlingException', 'unreachable'],
    ['TimeoutError', 'unreachable'],
  ])('tells %s as %s', async (name, is) => {
    const registry = ecr(HOST, NO_ROLE, { now: () => SOME_TIME }, sender([named(name)]))

    expect(await registry.address()).toMatchObject({ ok: false, error: { is, detail: `${name}: so it is` } })
  })

  it('is asked for once by all who want it at the same time', async () => {
    const client = sender([loginUntil(SOME_TIME + 13 * HOUR), loginUntil(SOME_TIME + 13 * HOUR)])
    const registry = ecr(HOST, NO_ROLE, { now: () => SOME_TIME }, client)

    const addresses = await Promise.all([registry.address(), registry.address(), registry.address()])

    expect(addresses.map(({ ok }) => ok)).toEqual([true, true, true])
    expect(client.sent).toHaveLength(1)
  })

  it('refuses a token that is no login', async () => {
    const empty = { authorizationData: [{ authorizationToken: 'eA==', expiresAt: new Date(SOME_TIME) }] }

    for (const answer of [empty, {}]) {
      expect(await ecr(HOST, NO_ROLE, { now: () => SOME_TIME }, sender([answer])).address()).toMatchObject({
        ok: false,
        error: { is: 'malformed' },
      })
    }
  })
})

describe('the listing of ECR', () => {
  const listing = (answers: readonly (object | Error)[]) => {
    const client = sender(answers)
    return { client, registry: ecr(HOST, NO_ROLE, { now: () => SOME_TIME }, client) }
  }

  it('follows pages of repositories', async () => {
    const { client, registry } = listing([
      { repositories: [{ repositoryName: 'a' }], nextToken: 'more' },
      { repositories: [{ repositoryName: 'b' }, {}] },
    ])

    expect(await registry.repositories()).toEqual({ ok: true, value: ['a', 'b'] })
    expect(client.sent.map(({ input }) => input['nextToken'])).toEqual([undefined, 'more'])
  })

  it('takes push times, tags and archives of images, also of those without tags', async () => {
    const { client, registry } = listing([
      {
        imageDetails: [
          {
            imageDigest: DIGEST,
            imageTags: ['1', 'latest'],
            imagePushedAt: new Date(SOME_TIME),
            lastRecordedPullTime: new Date(SOME_TIME + 5000),
            imageStatus: 'ACTIVE',
          },
          { imageDigest: `sha256:${'b'.repeat(64)}`, imageStatus: 'ARCHIVED' },
          { imageDigest: 'sha512:abc' },
        ],
      },
    ])

    const images = await registry.images('team/app')

    expect(images).toMatchObject({
      ok: true,
      value: [
        {
          digest: DIGEST,
          tags: ['1', 'latest'],
          pushedAt: SOME_TIME,
          pulledAt: instant(SOME_TIME + 5000),
          isArchived: false,
        },
        { tags: [], pushedAt: null, pulledAt: null, isArchived: true },
      ],
    })
    expect(client.sent[0]?.input).toMatchObject({
      registryId: '123456789012',
      repositoryName: 'team/app',
      filter: { tagStatus: 'ANY', imageStatus: 'ANY' },
    })
  })

  it('takes a repository that is gone for an empty one', async () => {
    const { registry } = listing([named('RepositoryNotFoundException')])

    expect(await registry.images('team/app')).toEqual({ ok: true, value: [] })
  })

  it('gives up pages that never end', async () => {
    const { registry } = listing([{ repositories: [], nextToken: 'again' }])

    expect(await registry.repositories()).toMatchObject({ ok: false, error: { is: 'limit-exceeded' } })
  })
})

describe('parseEcrHost', () => {
  it.each([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['123456789012.dkr-ecr.eu-west-1.on.aws', 'eu-west-1'],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['12345.dkr.ecr.eu-west-1.amazonaws.com', null],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example', null],
    ['123456789012.dkr.ecr.169-254.amazonaws.com', null],
    ['public.ecr.aws', null],
  ])('reads %s as one in %s', (host, region) => {
    expect(parseEcrHost(host)?.region ?? null).toBe(region)
  })
})
