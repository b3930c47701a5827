import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { advisoriesForTest, type TestAdvisories } from '../support/starter-advisories.ts'
import { type RunningServer, startServer } from './support/running-server.ts'

/** The AWS CLI and a Python with boto3: named by the environment, else taken from the PATH; missing ones fail the test. */
const AWS_CLI = process.env['AWS_CLI'] ?? 'aws'
const PYTHON = process.env['PYTHON'] ?? 'python3'
const SBOM = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  components: [{ type: 'library', name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' }],
}

const run = promisify(execFile)
const home = mkdtempSync(join(tmpdir(), 'openinspector-scan-api-'))
const file = join(home, 'sbom.json')
let server: RunningServer
let advisories: TestAdvisories

beforeAll(async () => {
  writeFileSync(file, JSON.stringify(SBOM))
  advisories = await advisoriesForTest(home)
  server = await startServer()
  server.ports.advisoryIndex = advisories.index()
})
afterAll(async () => {
  await server.close()
  advisories.close()
  rmSync(home, { recursive: true })
})

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    AWS_ACCESS_KEY_ID: server.key.id,
    AWS_SECRET_ACCESS_KEY: server.key.secret,
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  }
}

/** Runs Python with `client` and `sbom` at hand; what it prints is JSON. */
async function python(script: string): Promise<unknown> {
  const program = [
    'import boto3, json',
    'from botocore.exceptions import ClientError',
    `client = boto3.client('inspector-scan', endpoint_url='${server.endpoint}')`,
    `sbom = json.load(open('${file}'))`,
    script,
  ].join('\n')
  const { stdout } = await run(PYTHON, ['-c', program], { env: environment() })
  return JSON.parse(stdout)
}

describe('the Inspector Scan API', () => {
  it('scans a document of the AWS CLI', async () => {
    const args = ['inspector-scan', 'scan-sbom', '--sbom', `file://${file}`, '--endpoint-url', server.endpoint]
    const { stdout } = await run(AWS_CLI, [...args, '--output', 'json'], { env: environment() })

    expect(JSON.parse(stdout)).toMatchObject({
      sbom: {
        specVersion: '1.5',
        vulnerabilities: expect.arrayContaining([expect.objectContaining({ id: 'CVE-2021-23337' })]),
      },
    })
  })

  it('scans a document of boto3, in both formats', async () => {
    const seen = await python(`
answers = [client.scan_sbom(sbom=sbom), client.scan_sbom(sbom=sbom, outputFormat='INSPECTOR')]
print(json.dumps([[v['id'] for v in a['sbom']['vulnerabilities']] for a in answers]))`)

    expect(seen).toEqual([expect.arrayContaining(['CVE-2021-23337']), expect.arrayContaining(['CVE-2021-23337'])])
  })

  it('is refused with reasons and fields', async () => {
    const seen = await python(`
from botocore.config import Config
def refused(**given):
    try:
        boto3.client('inspector-scan', endpoint_url=client.meta.endpoint_url, config=Config(parameter_validation=False)).scan_sbom(**given)
    except ClientError as error:
        return [error.response['Error']['Code'], error.response.get('reason'), [f['name'] for f in error.response.get('fields', [])]]
print(json.dumps([
    refused(),
    refused(sbom={'spdxVersion': 'SPDX-2.3'}),
    refused(sbom=sbom, outputFormat='PDF'),
    refused(sbom={**sbom, 'components': sbom['components'] * 2001}),
]))`)

    expect(seen).toEqual([
      ['ValidationException', 'FIELD_VALIDATION_FAILED', ['sbom']],
      ['ValidationException', 'UNSUPPORTED_SBOM_TYPE', []],
      ['ValidationException', 'FIELD_VALIDATION_FAILED', ['outputFormat']],
      ['ValidationException', 'FIELD_VALIDATION_FAILED', ['sbom.components']],
    ])
  })

  it('takes no signature that was made for another service', async () => {
    const seen = await python(`
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
import urllib.request, urllib.error
request = AWSRequest(method='POST', url=client.meta.endpoint_url + '/scan/sbom', data=json.dumps({'sbom': sbom}), headers={'content-type': 'application/json'})
SigV4Auth(boto3.Session().get_credentials(), 'inspector2', 'eu-west-1').add_auth(request)
try:
    urllib.request.urlopen(urllib.request.Request(request.url, request.data.encode(), dict(request.headers)))
except urllib.error.HTTPError as error:
    print(json.dumps([error.code, error.headers['x-amzn-errortype']]))`)

    expect(seen).toEqual([403, 'InvalidSignatureException'])
  })

  it('tells a broken server from a bad request', async () => {
    server.ports.advisoryIndex = null

    const seen = await python(`
try:
    client.scan_sbom(sbom=sbom)
except ClientError as error:
    print(json.dumps([error.response['Error']['Code'], error.response['reason']]))`)

    server.ports.advisoryIndex = advisories.index()
    expect(seen).toEqual(['InternalServerException', 'OTHER'])
  })
})
