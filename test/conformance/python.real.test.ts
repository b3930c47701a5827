import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aCoverage, aFinding } from './support/examples.ts'
import { startServer } from './support/running-server.ts'
import type { RunningServer } from './support/running-server.ts'

/** The AWS CLI and a Python with boto3: named by the environment, else taken from the PATH; missing ones fail the test. */
const AWS_CLI = process.env['AWS_CLI'] ?? 'aws'
const PYTHON = process.env['PYTHON'] ?? 'python3'

const run = promisify(execFile)
let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.ports.statuses.clear())

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    AWS_ACCESS_KEY_ID: server.key.id,
    AWS_SECRET_ACCESS_KEY: server.key.secret,
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_INSPECTOR2: server.endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  }
}

async function aws(...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(AWS_CLI, ['inspector2', ...args, '--output', 'json'], { env: environment() })
  return JSON.parse(stdout)
}

/** Runs Python with `client` at hand; what it prints is JSON. */
async function python(script: string): Promise<unknown> {
  const program = `import boto3, json\nfrom botocore.exceptions import ClientError\nclient = boto3.client('inspector2')\n${script}`
  const { stdout } = await run(PYTHON, ['-c', program], { env: environment() })
  return JSON.parse(stdout)
}

describe('the AWS CLI', () => {
  it('turns scanning on and off and asks for its state', async () => {
    const enabled = await aws('enable', '--resource-types', 'EC2', 'ECR')
    const state = await aws('batch-get-account-status')

    expect(enabled).toMatchObject({
      accounts: [{ status: 'ENABLING', resourceStatus: { ec2: 'ENABLING', lambda: 'DISABLED' } }],
    })
    expect(state).toMatchObject({
      accounts: [{ resourceState: { ecr: { status: 'ENABLING' }, lambdaCode: { status: 'DISABLED' } } }],
    })

    server.ports.statuses.clear()
    expect(await aws('disable', '--resource-types', 'EC2', 'ECR', 'LAMBDA')).toMatchObject({
      accounts: [{ status: 'DISABLED' }],
    })
  })

  it('lists findings over pages, with a filter', async () => {
    server.ports.allFindings = Array.from({ length: 5 }, (_, number) => aFinding({}, number + 1))
    const criteria =
      '{"severity":[{"comparison":"EQUALS","value":"CRITICAL"}],"updatedAt":[{"startInclusive":"2026-01-01"}]}'

    const listed = await aws('list-findings', '--filter-criteria', criteria, '--page-size', '2', '--max-items', '5')

    expect(listed).toMatchObject({ findings: server.ports.allFindings.map(finding => ({ findingArn: finding.arn })) })
    expect(server.ports.findingQueries.at(-1)?.filter).toMatchObject({
      strings: { severity: [{ comparison: 'EQUALS', value: 'CRITICAL' }] },
      dates: { updatedAt: [{ from: Date.parse('2026-01-01'), to: null }] },
    })
  })

  it('lists coverage', async () => {
    server.ports.allCoverage = [aCoverage(), aCoverage({ reason: 'UNSUPPORTED_OS' })]

    const listed = await aws('list-coverage', '--page-size', '1')

    expect(listed).toMatchObject({
      coveredResources: [
        { scanStatus: { statusCode: 'ACTIVE', reason: 'SUCCESSFUL' } },
        { scanStatus: { statusCode: 'INACTIVE', reason: 'UNSUPPORTED_OS' } },
      ],
    })
  })

  it('is told what this version cannot do', async () => {
    const refused = aws(
      'list-tags-for-resource',
      '--resource-arn',
      'arn:aws:inspector2:eu-west-1:210987654321:owner/210987654321/filter/abc',
    )

    await expect(refused).rejects.toMatchObject({
      stderr: expect.stringContaining(
        '(AccessDeniedException) when calling the ListTagsForResource operation: ListTagsForResource is not supported in eu-west-1',
      ),
    })
  })
})

describe('boto3', () => {
  it('reads a finding with its times', async () => {
    server.ports.allFindings = [aFinding()]

    const seen = await python(`
page = next(iter(client.get_paginator('list_findings').paginate(sortCriteria={'field': 'SEVERITY', 'sortOrder': 'DESC'})))
finding = page['findings'][0]
print(json.dumps([finding['firstObservedAt'].timestamp(), finding['resources'][0]['details']['image']['imageDigest'], page['ResponseMetadata']['RequestId']]))`)

    expect(seen).toEqual([1_767_225_600.125, `sha256:${'a1'.repeat(32)}`, expect.stringMatching(/^[0-9a-f-]{36}$/)])
  })

  it('reads errors with their members', async () => {
    const seen = await python(`
def refused(call):
    try:
        call()
    except ClientError as error:
        return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode'], error.response.get('reason'), [f['name'] for f in error.response.get('fields', [])]]
print(json.dumps([
    refused(lambda: client.list_findings(nextToken='forged')),
    refused(lambda: client.enable(resourceTypes=['MARS'])),
    refused(lambda: client.enable(resourceTypes=['CODE_REPOSITORY'])),
    refused(lambda: client.untag_resource(resourceArn='arn:aws:inspector2:eu-west-1:210987654321:owner/a b/filter/(x)*', tagKeys=['a b', 'c'])),
    refused(lambda: client.describe_organization_configuration()),
]))`)

    expect(seen).toEqual([
      ['ValidationException', 400, 'FIELD_VALIDATION_FAILED', ['nextToken']],
      ['ValidationException', 400, 'FIELD_VALIDATION_FAILED', ['resourceTypes']],
      ['AccessDeniedException', 403, null, []],
      ['AccessDeniedException', 403, null, []],
      ['AccessDeniedException', 403, null, []],
    ])
  })

  it('is refused every operation of its newer model that this version lacks, by its name', async () => {
    const seen = await python(`
from botocore.model import OperationNotFoundError
from botocore import xform_name
client.meta.events.register('before-parameter-build.inspector2', lambda **_: None)
served = ['Enable', 'Disable', 'BatchGetAccountStatus', 'ListFindings', 'ListCoverage']
quiet = boto3.client('inspector2', config=boto3.session.Config(parameter_validation=False))
odd = []
for name in client.meta.service_model.operation_names:
    if name in served: continue
    args = {k: 'x' for k in (client.meta.service_model.operation_model(name).input_shape.required_members if client.meta.service_model.operation_model(name).input_shape else []) if k == 'resourceArn'}
    try:
        getattr(quiet, xform_name(name))(**args)
        odd.append(name)
    except ClientError as error:
        if error.response['Error']['Code'] != 'AccessDeniedException' or not error.response['Error']['Message'].startswith(name + ' is not supported'):
            odd.append([name, error.response['Error']])
print(json.dumps(odd))`)

    expect(seen).toEqual([])
  })
})
