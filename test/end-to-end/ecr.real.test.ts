import { join } from 'node:path'
import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  PutImageCommand,
} from '@aws-sdk/client-ecr'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEcrFront, startMoto, type EcrFront, type RunningMoto } from '../support/ecr-front.ts'
import { freePort } from '../support/free-port.ts'
import {
  credentialsOf,
  eventually,
  removeHome,
  startCommand,
  startProduct,
  temporaryHome,
  type RunningProduct,
} from '../support/running-product.ts'
import { pushImage, startRegistry, type RunningRegistry } from '../support/running-registry.ts'
import { coverageOf, findingsOf } from '../support/server-views.ts'
import { npmPackages, SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

const ACCOUNT = '222222222222'
const HOST = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`
const ROLE = `arn:aws:iam::${ACCOUNT}:role/openinspector`
const home = temporaryHome()
const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not-a-secret' }
let moto: RunningMoto
let registry: RunningRegistry
let front: EcrFront
let server: RunningProduct
let aws: ECRClient
let digest = ''

/** What AWS's library finds in the environment of the product. */
function awsEnvironment(): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_ECR: front.url,
    AWS_ENDPOINT_URL_STS: moto.url,
  }
}

/** A client of the other account, as its own people would have. */
async function clientOfOwner(): Promise<ECRClient> {
  const sts = new STSClient({ region: 'us-east-1', endpoint: moto.url, credentials: keys })
  const { Credentials: session } = await sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'owner' }))
  return new ECRClient({
    region: 'us-east-1',
    endpoint: moto.url,
    credentials: {
      accessKeyId: session?.AccessKeyId ?? '',
      secretAccessKey: session?.SecretAccessKey ?? '',
      sessionToken: session?.SessionToken ?? '',
    },
  })
}

async function push(tag: string, packages: Record<string, string>): Promise<string> {
  const pushed = pushImage(home, `${registry.host}/shop/api:${tag}`, npmPackages(packages))
  const imageManifest = await (
    await fetch(`http://${registry.host}/v2/shop/api/manifests/${pushed}`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    })
  ).text()
  await aws.send(
    new PutImageCommand({
      repositoryName: 'shop/api',
      imageManifest,
      imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
      imageTag: tag,
      imageDigest: pushed,
    }),
  )
  return pushed
}

async function reasonOf(image: string): Promise<string | null> {
  const covered = (await coverageOf(server)).find(({ resourceId }) => resourceId.endsWith(image))
  return covered?.reason ?? null
}

beforeAll(async () => {
  moto = await startMoto(await freePort())
  registry = await startRegistry(join(home, 'registry'), await freePort(), {
    url: 'http://127.0.0.1:9/',
    token: 'none',
  })
  front = await startEcrFront(moto.url, `http://${registry.host}`, ACCOUNT)
  aws = await clientOfOwner()
  await aws.send(new CreateRepositoryCommand({ repositoryName: 'shop/api' }))
  digest = await push('1.0', { alpha: '1.0.0' })
  const feeds = join(home, 'feeds')
  writeNpmFeed(feeds, SMALL_ADVISORIES)
  server = await startProduct({ home, env: { OPENINSPECTOR_FEEDS: feeds, ...awsEnvironment() } })
}, 120_000)

afterAll(async () => {
  await server?.kill('SIGTERM')
  aws?.destroy()
  await front?.close()
  await registry?.stop()
  await moto?.stop()
  removeHome(home)
})

describe('a registry of ECR in another account', () => {
  it('is listed and read with a role, and its images have their own ARN and push time', async () => {
    const { accessKeyId, secretAccessKey } = credentialsOf(home)
    const role = ['--role-arn', ROLE, '--external-id', 'tenant-42', '--platform', 'linux/amd64']
    const added = await startCommand(
      ['registries', 'add', `ecr://${HOST}`, ...role, '--poll-seconds', '5', '--url', server.url],
      { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: 'us-east-1' },
    )
    expect(added.stdout).toContain(`Watching https://${HOST}`)

    const [finding] = await eventually(async () => {
      const found = await findingsOf(server, { ecrImageHash: [{ comparison: 'EQUALS', value: digest }] })
      return found.length > 0 && found
    }, 'the image is scanned')

    const described = await aws.send(new DescribeImagesCommand({ repositoryName: 'shop/api' }))
    const pushedAt = (described.imageDetails?.[0]?.imagePushedAt?.getTime() ?? 0) / 1000
    expect(finding?.resources[0]).toMatchObject({
      id: `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/shop/api/${digest}`,
      details: { awsEcrContainerImage: { repositoryName: 'shop/api', imageTags: ['1.0'], pushedAt } },
    })
    expect(front.operations).toEqual(expect.arrayContaining(['DescribeRepositories', 'DescribeImages']))
    expect(front.operations.filter(name => name === 'GetAuthorizationToken')).toHaveLength(1)
    expect(front.blobsServed()).toBeGreaterThan(0)
    expect(front.leakedLogins()).toBe(0)
  })

  it('is scanned from the command line with the credentials of the SDK', async () => {
    const scanned = await startCommand(['scan', `${HOST}/shop/api:1.0`, '--format', 'json'], {
      OPENINSPECTOR_HOME: home,
      ...awsEnvironment(),
    })

    expect(scanned.stderr).not.toMatch(/denied/)
    expect(JSON.parse(scanned.stdout)).toMatchObject({ results: [{ digest, packageCount: 1 }] })
  })

  it('loses what is deleted there', async () => {
    const other = await push('2.0', { alpha: '1.0.1' })
    await eventually(async () => (await reasonOf(other)) === 'SUCCESSFUL', 'the second image is scanned')

    await aws.send(new BatchDeleteImageCommand({ repositoryName: 'shop/api', imageIds: [{ imageDigest: other }] }))
    await fetch(`http://${registry.host}/v2/shop/api/manifests/${other}`, { method: 'DELETE' })

    await eventually(async () => (await reasonOf(other)) === null, 'the image has left coverage')
    expect(await reasonOf(digest)).toBe('SUCCESSFUL')
  })
})
