import {
  BatchGetAccountStatusCommand,
  DisableCommand,
  EnableCommand,
  ListCoverageCommand,
  ListFindingsCommand,
  paginateListCoverage,
  paginateListFindings,
} from '@aws-sdk/client-inspector2'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { instant } from '../../src/base/clock.ts'
import { parseAccountId } from '../../src/domain/ids.ts'
import { anEc2Description, aNetworkDetection, anOpenPath } from '../support/builders.ts'
import { aCoverage, aFinding, anImage, anInstance } from './support/examples.ts'
import { startServer } from './support/running-server.ts'
import type { RunningServer } from './support/running-server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => {
  server.ports.statuses.clear()
  server.ports.asked.length = 0
  server.ports.findingQueries.length = 0
  server.ports.coverageQueries.length = 0
})

describe('Enable, Disable and BatchGetAccountStatus through the JS SDK', () => {
  it('answers ENABLING with all five members and asks the workers to settle it', async () => {
    const answer = await server.client().send(new EnableCommand({ resourceTypes: ['EC2', 'ECR'] }))

    expect(answer.failedAccounts).toEqual([])
    expect(answer.accounts).toEqual([
      {
        accountId: '210987654321',
        status: 'ENABLING',
        resourceStatus: {
          ec2: 'ENABLING',
          ecr: 'ENABLING',
          lambda: 'DISABLED',
          lambdaCode: 'DISABLED',
          codeRepository: 'DISABLED',
        },
      },
    ])
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(server.ports.asked).toEqual([
      { is: 'enablement', scope: { accountId: '210987654321', region: 'eu-west-1' } },
    ])
  })

  it('reports an account that never enabled anything as disabled everywhere', async () => {
    const answer = await server.client().send(new BatchGetAccountStatusCommand({}))

    expect(answer.accounts?.[0]).toEqual({
      accountId: '210987654321',
      state: { status: 'DISABLED' },
      resourceState: {
        ec2: { status: 'DISABLED' },
        ecr: { status: 'DISABLED' },
        lambda: { status: 'DISABLED' },
        lambdaCode: { status: 'DISABLED' },
        codeRepository: { status: 'DISABLED' },
      },
    })
  })

  it('refuses other accounts one by one with status 200', async () => {
    const answer = await server
      .client()
      .send(new EnableCommand({ accountIds: ['111111111111', '210987654321'], resourceTypes: ['ECR'] }))

    expect(answer.accounts?.map(account => account.accountId)).toEqual(['210987654321'])
    expect(answer.failedAccounts).toEqual([
      {
        accountId: '111111111111',
        errorCode: 'ACCESS_DENIED',
        errorMessage: 'Invoking account does not have access to this account',
      },
    ])
  })

  it('refuses a scan type that this version cannot serve as Amazon refuses one that a Region lacks', async () => {
    const refused = server.client().send(new EnableCommand({ resourceTypes: ['ECR', 'LAMBDA_CODE'] }))

    await expect(refused).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'Lambda code scanning is not supported in eu-west-1',
    })
    expect(server.ports.statuses.size).toBe(0)
  })

  it('lets Disable of every type succeed when nothing is on', async () => {
    const resourceTypes = ['EC2', 'ECR', 'LAMBDA', 'LAMBDA_CODE', 'CODE_REPOSITORY'] as const

    const answer = await server.client().send(new DisableCommand({ resourceTypes: [...resourceTypes] }))

    expect(answer.accounts?.[0]?.status).toBe('DISABLED')
    expect(answer.failedAccounts).toEqual([])
  })

  it('keeps the Regions of one account apart', async () => {
    await server.client().send(new EnableCommand({ resourceTypes: ['ECR'] }))

    const elsewhere = await server.client({ region: 'us-east-1' }).send(new BatchGetAccountStatusCommand({}))

    expect(elsewhere.accounts?.[0]?.state?.status).toBe('DISABLED')
  })
})

describe('ListFindings through the JS SDK', () => {
  it('returns a finding with every member that is known and none that is not', async () => {
    server.ports.allFindings = [aFinding()]

    const { findings } = await server.client().send(new ListFindingsCommand({}))

    expect(findings).toMatchSnapshot()
    expect(findings?.[0]).not.toHaveProperty('exploitAvailable')
    expect(findings?.[0]).not.toHaveProperty('epss')
  })

  it('returns a network finding with its path, and what AWS says of the instance', async () => {
    const resource = anInstance()
    if (resource.details.type !== 'AWS_EC2_INSTANCE') throw new Error('not an instance')
    const details = { ...resource.details, ec2: anEc2Description() }
    const path = anOpenPath({ instanceId: resource.id })
    const longer = Array.from({ length: 40 }, (_, index) => path.steps[index % path.steps.length]!)
    const finding = { ...aFinding(), resource: { ...resource, details } }
    server.ports.allFindings = [
      { ...finding, detection: aNetworkDetection(path) },
      { ...finding, arn: aFinding({}, 2).arn, detection: aNetworkDetection({ ...path, steps: longer }) },
    ]

    const { findings } = await server.client().send(new ListFindingsCommand({}))

    expect(findings?.[0]).toMatchSnapshot()
    expect(findings?.[0]).toMatchObject({
      type: 'NETWORK_REACHABILITY',
      title: 'Port 22 is reachable from an Internet Gateway - TCP',
      severity: 'MEDIUM',
      networkReachabilityDetails: { openPortRange: { begin: 22, end: 22 }, protocol: 'TCP' },
    })
    // As many as the model takes.
    expect(findings?.[1]?.networkReachabilityDetails?.networkPath?.steps).toHaveLength(30)
    expect(findings?.[0]).not.toHaveProperty('packageVulnerabilityDetails')
    expect(findings?.[0]).not.toHaveProperty('fixAvailable')
  })

  it('tells what is known of exploits and their probability', async () => {
    const { detection } = aFinding()
    const exploit = { isAvailable: true, lastKnownAt: instant(Date.UTC(2021, 11, 10)) }
    server.ports.allFindings = [
      aFinding({ detection: { ...detection, exploit, epssScore: 0.97553 } }, 1),
      aFinding({ detection: { ...detection, exploit: { isAvailable: false, lastKnownAt: null }, epssScore: 0 } }, 2),
    ]

    const { findings } = await server.client().send(new ListFindingsCommand({}))

    expect(findings?.[0]).toMatchObject({
      exploitAvailable: 'YES',
      exploitabilityDetails: { lastKnownExploitAt: new Date('2021-12-10T00:00:00Z') },
      epss: { score: 0.97553 },
    })
    expect(findings?.[1]).toMatchObject({ exploitAvailable: 'NO', epss: { score: 0 } })
    expect(findings?.[1]).not.toHaveProperty('exploitabilityDetails')
  })

  it('describes an instance with the AWS object and the neutral one', async () => {
    server.ports.allFindings = [aFinding({ resource: anInstance() })]

    const { findings } = await server.client().send(new ListFindingsCommand({}))

    expect(findings?.[0]?.resources?.[0]).toMatchObject({
      id: 'i-0a1b2c3d4e5f60718',
      tags: { team: 'payments' },
      details: { awsEc2Instance: { platform: 'DEBIAN_12' }, vm: { vmName: 'cart-1', platform: 'DEBIAN_12' } },
    })
  })

  it('walks all pages once with the SDK paginator', async () => {
    server.ports.allFindings = Array.from({ length: 25 }, (_, number) => aFinding({}, number + 1))
    const seen: (string | undefined)[] = []

    const config = { client: server.client(), pageSize: 10 }
    for await (const page of paginateListFindings(config, { sortCriteria: { field: 'SEVERITY', sortOrder: 'DESC' } })) {
      seen.push(...(page.findings ?? []).map(finding => finding.findingArn))
    }

    expect(seen).toEqual(server.ports.allFindings.map(finding => finding.arn))
    expect(server.ports.findingQueries.map(query => query.limit)).toEqual([10, 10, 10])
  })

  it('hands filters of every kind to the store', async () => {
    await server.client().send(
      new ListFindingsCommand({
        filterCriteria: {
          severity: [{ comparison: 'EQUALS', value: 'CRITICAL' }],
          updatedAt: [{ startInclusive: new Date(1_690_000_000_500) }],
          inspectorScore: [{ lowerInclusive: 7.5, upperInclusive: 10 }],
          resourceTags: [{ comparison: 'EQUALS', key: 'team' }],
          portRange: [{ beginInclusive: 22, endInclusive: 80 }],
          vulnerablePackages: [{ name: { comparison: 'PREFIX', value: 'lib' }, epoch: { lowerInclusive: 1 } }],
        },
        maxResults: 7,
      }),
    )

    expect(server.ports.findingQueries).toEqual([
      {
        region: 'eu-west-1',
        accountIds: ['210987654321'],
        limit: 7,
        after: null,
        sort: null,
        filter: {
          strings: { severity: [{ comparison: 'EQUALS', value: 'CRITICAL' }] },
          dates: { updatedAt: [{ from: 1_690_000_000_500, to: null }] },
          numbers: { inspectorScore: [{ from: 7.5, to: 10 }] },
          resourceTags: [{ key: 'team', value: null }],
          portRange: [{ from: 22, to: 80 }],
          vulnerablePackages: [{ name: { comparison: 'PREFIX', value: 'lib' }, epoch: { from: 1, to: null } }],
        },
      },
    ])
  })

  it('refuses a token that was given for other filters', async () => {
    server.ports.allFindings = [aFinding({}, 1), aFinding({}, 2)]
    const first = await server.client().send(new ListFindingsCommand({ maxResults: 1 }))

    const reused = server.client().send(
      new ListFindingsCommand({
        nextToken: first.nextToken,
        filterCriteria: { severity: [{ comparison: 'EQUALS', value: 'LOW' }] },
      }),
    )

    await expect(reused).rejects.toMatchObject({
      name: 'ValidationException',
      reason: 'FIELD_VALIDATION_FAILED',
      fields: [{ name: 'nextToken' }],
    })
  })

  it('shows nobody the findings of another account', async () => {
    const scope = { ...anImage().scope, accountId: parseAccountId('111111111111')! }
    server.ports.allFindings = [aFinding({ resource: anImage({ scope }) })]

    const { findings } = await server.client().send(new ListFindingsCommand({}))

    expect(findings).toEqual([])
  })
})

describe('ListCoverage through the JS SDK', () => {
  it('says how a resource is scanned and why not', async () => {
    server.ports.allCoverage = [
      aCoverage(),
      aCoverage({ resource: anInstance(), reason: 'NO_INVENTORY', lastScannedAt: null }),
    ]

    const { coveredResources } = await server.client().send(new ListCoverageCommand({}))

    expect(coveredResources).toMatchSnapshot()
  })

  it('walks all pages once with the SDK paginator', async () => {
    server.ports.allCoverage = Array.from({ length: 5 }, () => aCoverage())
    let count = 0

    for await (const page of paginateListCoverage({ client: server.client(), pageSize: 2 }, {})) {
      count += page.coveredResources?.length ?? 0
    }

    expect(count).toBe(5)
  })

  it('finds nothing by tags of a kind of resource that is not scanned', async () => {
    server.ports.allCoverage = [aCoverage()]

    const filterCriteria = { lambdaFunctionTags: [{ comparison: 'EQUALS' as const, key: 'team' }] }
    const { coveredResources } = await server.client().send(new ListCoverageCommand({ filterCriteria }))

    expect(coveredResources).toEqual([])
    expect(server.ports.coverageQueries).toEqual([])
  })
})
