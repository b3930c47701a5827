import * as sdk from '@aws-sdk/client-inspector2'
import { EnableCommand, Inspector2Client, ListFindingsCommand } from '@aws-sdk/client-inspector2'
import type { FilterCriteria } from '@aws-sdk/client-inspector2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../src/api/operations/index.ts'
import { ok } from '../../src/base/result.ts'
import { SCOPE } from './support/examples.ts'
import { startServer } from './support/running-server.ts'
import type { RunningServer } from './support/running-server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** What a request needs before the SDK sends it or the server serves it. */
const INPUTS: Readonly<Record<string, object>> = {
  ListTagsForResource: { resourceArn: 'arn:aws:inspector2:eu-west-1:210987654321:owner/210987654321/filter/abc' },
  TagResource: { resourceArn: 'arn:aws:inspector2:eu-west-1:210987654321:owner/210987654321/filter/abc', tags: {} },
  UntagResource: { resourceArn: 'arn:aws:inspector2:eu-west-1:210987654321:owner/a b/filter/(x)*', tagKeys: ['a b'] },
  Enable: { resourceTypes: ['EC2'] },
  GetEncryptionKey: { scanType: 'CODE', resourceType: 'AWS_LAMBDA_FUNCTION' },
}

const OPERATION_NAMES = Object.keys(sdk).flatMap(name => (/^\w+Command$/.test(name) ? [name.slice(0, -7)] : []))

describe('all operations of the SDK', () => {
  it('are 81', () => {
    expect(OPERATION_NAMES).toHaveLength(81)
  })

  async function outcomeOf(name: string): Promise<unknown> {
    const Command: unknown = Reflect.get(sdk, `${name}Command`)
    // Every command of the package has one constructor, which takes the input.
    const command = Reflect.construct(Command as new () => object, [INPUTS[name] ?? {}])
    return server
      .client()
      .send(command as EnableCommand)
      .catch((error: unknown) => error)
  }
  const served = OPERATIONS.map(operation => operation.name)

  it.each(served)('%s is served', async name => {
    expect(await outcomeOf(name)).not.toBeInstanceOf(Error)
  })

  it.each(OPERATION_NAMES.filter(name => !served.includes(name)))('%s is refused by its name', async name => {
    const outcome = await outcomeOf(name)

    expect(outcome).toBeInstanceOf(sdk.AccessDeniedException)
    expect(outcome).toMatchObject({
      message: `${name} is not supported in eu-west-1: it is not available in this version of OpenInspector.`,
      $metadata: { httpStatusCode: 403 },
    })
  })
})

describe('a request that breaks the model', () => {
  async function refusalOf(input: object): Promise<unknown> {
    return server
      .client()
      .send(new ListFindingsCommand(input))
      .catch((error: unknown) => error)
  }

  it('is told which member breaks which constraint, in the words of Amazon', async () => {
    const command = new EnableCommand({ resourceTypes: ['MARS' as 'EC2'] })

    const refused = server.client().send(command)

    const rule =
      'Member must satisfy constraint: [Member must satisfy enum value set: [EC2, ECR, LAMBDA, LAMBDA_CODE, CODE_REPOSITORY]]'
    await expect(refused).rejects.toMatchObject({
      name: 'ValidationException',
      message: `1 validation error detected: Value at 'resourceTypes' failed to satisfy constraint: ${rule}`,
      reason: 'FIELD_VALIDATION_FAILED',
      fields: [{ name: 'resourceTypes', message: rule }],
      $metadata: { httpStatusCode: 400 },
    })
  })

  it('is told of a nested member by its path', async () => {
    const severity = [{ comparison: 'IS', value: 'HIGH' }] as unknown as FilterCriteria['severity']

    expect(await refusalOf({ maxResults: 101, filterCriteria: { severity } })).toMatchObject({
      message:
        "2 validation errors detected: Value at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100; " +
        "Value at 'filterCriteria.severity.1.member.comparison' failed to satisfy constraint: Member must satisfy enum value set: [EQUALS, PREFIX, NOT_EQUALS]",
    })
  })

  it('may use twenty conditions of one field, as Terraform does, and no more', async () => {
    const conditions = (count: number) => ({
      filterCriteria: { title: Array.from({ length: count }, (_, i) => ({ comparison: 'EQUALS', value: `${i}` })) },
    })

    expect(await refusalOf(conditions(20))).not.toBeInstanceOf(Error)
    expect(await refusalOf(conditions(21))).toMatchObject({ name: 'ValidationException' })
  })
})

describe('other errors', () => {
  it('names a request that failed inside and keeps the cause to the log', async () => {
    server.ports.brokenBy = new Error('the disk is full of secrets')

    const failed = server.client().send(new ListFindingsCommand({}))

    await expect(failed).rejects.toMatchObject({ name: 'InternalServerException', $metadata: { httpStatusCode: 500 } })
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('secrets') })
    server.ports.brokenBy = null
  })

  it('throttles a key that asks too often and says how long to wait', async () => {
    const slow = await startServer({ rateLimit: { burst: 1, perSecond: 0.5 } })
    try {
      await slow.client().send(new ListFindingsCommand({}))

      const second = slow.client().send(new ListFindingsCommand({}))

      await expect(second).rejects.toMatchObject({ name: 'ThrottlingException', retryAfterSeconds: 2 })
    } finally {
      await slow.close()
    }
  })

  it('is reached under a base path and for the Regions that it serves only', async () => {
    const based = await startServer({ basePath: '/inspector', regions: [SCOPE.region] })
    try {
      await expect(based.client().send(new ListFindingsCommand({}))).resolves.toMatchObject({ findings: [] })
      await expect(based.client({ region: 'us-east-1' }).send(new ListFindingsCommand({}))).rejects.toMatchObject({
        name: 'InvalidSignatureException',
        message: 'Credential should be scoped to a valid region.',
      })
    } finally {
      await based.close()
    }
  })

  it('does not know a session token', async () => {
    const { key, endpoint } = server
    const credentials = { accessKeyId: key.id, secretAccessKey: key.secret, sessionToken: 'stolen' }
    const client = new Inspector2Client({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 })

    await expect(client.send(new ListFindingsCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    })
    client.destroy()
  })
})

describe('a server that is told to stop', () => {
  it('answers the requests that it has begun', async () => {
    const stopping = await startServer()
    const answerEmpty = ok({ findings: [], next: null })
    let isSearching: () => void = () => undefined
    const begun = new Promise<void>(resolve => (isSearching = resolve))
    stopping.ports.findings.search = async () => {
      isSearching()
      await new Promise(resolve => setTimeout(resolve, 200))
      return answerEmpty
    }

    const answer = stopping.client().send(new ListFindingsCommand({}))
    await begun
    const closed = stopping.app.close()

    await expect(answer).resolves.toMatchObject({ findings: [] })
    await closed
    await stopping.close()
  })
})
