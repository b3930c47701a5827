import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeLive, describeRecorded, type DescribedNetwork } from '../../src/app/network.ts'
import type { Result } from '../../src/base/result.ts'
import { parseRegion } from '../../src/domain/ids.ts'
import { startMoto, type RunningMoto } from '../support/ecr-front.ts'
import { freePort } from '../support/free-port.ts'
import { makeMotoNetwork, motoClients, openPort, type MotoNetwork } from '../support/moto-network.ts'
import {
  credentialsOf,
  eventually,
  removeHome,
  startCommand,
  startProduct,
  temporaryHome,
  type RunningProduct,
} from '../support/running-product.ts'
import { coverageOf, findingsOf } from '../support/server-views.ts'

/** That of whoever asks moto without a role. */
const ACCOUNT = '123456789012'
const REGION = 'us-east-1'
/** moto answers fifty calls, one after the other, on whatever machine. */
const SLOW_MS = 120_000
const home = temporaryHome()
const recorded = join(home, 'recorded')
let moto: RunningMoto
let clients: ReturnType<typeof motoClients>
let network: MotoNetwork
let awsEnvironment: Record<string, string>
let live: DescribedNetwork
let server: RunningProduct | undefined

beforeAll(async () => {
  moto = await startMoto(await freePort())
  clients = motoClients(moto.url, REGION)
  network = await makeMotoNetwork(clients, REGION)
  awsEnvironment = {
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: moto.url,
  }
  Object.assign(process.env, awsEnvironment)
  const region = parseRegion(REGION)
  const asked = { roleArns: [], externalId: null, regions: region === null ? null : [region], recordTo: recorded }
  live = valueOf(await describeLive(asked, () => undefined))
}, 180_000)

afterAll(async () => {
  for (const name of Object.keys(awsEnvironment ?? {})) Reflect.deleteProperty(process.env, name)
  await server?.kill('SIGTERM')
  clients?.close()
  await moto?.stop()
  removeHome(home)
})

describe('a network that AWS describes', () => {
  it('is the same when it is recorded and read again', async () => {
    const again = valueOf(await describeRecorded(recorded))

    expect(again.snapshot).toEqual(live.snapshot)
    expect(again.warnings).toEqual([])
    expect(live.snapshot.takenAt).toBeGreaterThan(0)
    expect(live.snapshot.vpcs.length).toBeGreaterThanOrEqual(2)
  })

  it('names the calls that AWS did not answer', () => {
    const answered = new Set(['DescribeVpcs', 'DescribeInstances', 'DescribeLoadBalancers', 'DescribeTargetHealth'])

    expect(live.snapshot.missing.filter(({ call }) => answered.has(call))).toEqual([])
    for (const { why } of live.snapshot.missing) expect(why).not.toBe('not-recorded')
  })

  it('opens what was opened, to nobody else', async () => {
    const printed = await startCommand(['reachability', recorded, '--format', 'json'], { OPENINSPECTOR_HOME: home })
    const { paths } = JSON.parse(printed.stdout) as { readonly paths: readonly ListedPath[] }
    const told = paths.map(({ instanceId, protocol, ports, edge, frontendPorts }) =>
      [instanceId, protocol, ports.begin, ports.end, edge.id, ...frontendPorts].join(' '),
    )

    const { webInstance, appInstance, databaseInstance, internetGateway, peering } = network
    expect(told.toSorted()).toEqual(
      [
        `${webInstance} TCP 22 22 ${internetGateway}`,
        `${appInstance} TCP 8080 8080 ${internetGateway} 80`,
        `${databaseInstance} TCP 5432 5432 ${peering}`,
        // What everybody may do, the peer may as well, over its own way.
        `${webInstance} TCP 22 22 ${peering}`,
        `${appInstance} TCP 8080 8080 ${peering} 80`,
      ].toSorted(),
    )
    const web = paths.find(({ instanceId, edge }) => instanceId === webInstance && edge.id !== peering)
    expect(web?.sources).not.toContain('203.0.113.0/24')
    expect(web?.sources).toContain('8.0.0.0/7')
    const database = paths.find(({ instanceId }) => instanceId === databaseInstance)
    expect(database?.sources).toEqual(['10.0.1.0/24'])
  })

  it('is asked for with a role, and is that of the role’s account', async () => {
    const region = parseRegion(REGION)
    const roleArns = ['arn:aws:iam::222222222222:role/audit']
    const asked = { roleArns, externalId: 'tenant-42', regions: region === null ? null : [region], recordTo: null }

    const { snapshot } = valueOf(await describeLive(asked, () => undefined))

    expect(snapshot.vpcs.length).toBeGreaterThan(0)
    expect(new Set(snapshot.vpcs.map(({ accountId }) => accountId))).toEqual(new Set(['222222222222']))
    expect(snapshot.instances).toEqual([])
  })

  it('is asked live from the command line, with progress for nobody and an answer for everybody', async () => {
    const question = ['--to', network.webInstance, '--port', '22', '--from', '203.0.113.9']
    const closed = await startCommand(['reachability', '--live', '--regions', REGION, ...question], awsEnvironment)
    const open = await startCommand(['reachability', recorded, ...question.slice(0, 4)], awsEnvironment)

    expect(closed.stdout).toMatch(/^Closed: TCP 22 of i-/)
    expect(closed.stdout).toContain('STOPS HERE (network-acl-inbound)')
    expect(open.stdout).toMatch(/^Open: TCP 22 of i-/)
  })

  it('becomes findings of the account that watches it, and follows what changes', async () => {
    const env = { ...awsEnvironment, OPENINSPECTOR_ACCOUNT: ACCOUNT, OPENINSPECTOR_REGION: REGION }
    server = await startProduct({ home, env })
    const { accessKeyId, secretAccessKey } = credentialsOf(home)
    const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: REGION }
    const running = server
    const titles = async (): Promise<readonly string[]> => {
      const filter = { findingType: [{ comparison: 'EQUALS', value: 'NETWORK_REACHABILITY' }] }
      return (await findingsOf(running, filter)).map(({ title }) => title).toSorted()
    }

    const watched = await startCommand(['network', 'watch', '--url', server.url], own)
    const first = await eventually(
      async () => {
        const found = await titles()
        return found.length === 5 && found
      },
      'the network becomes findings',
      SLOW_MS,
    )
    await openPort(clients.ec2, network.webGroup, 3389)
    await startCommand(['network', 'evaluate', '--url', server.url], own)
    await eventually(async () => (await titles()).length === 7, 'another port becomes a finding', SLOW_MS)
    const shown = await startCommand(['network', 'show', '--url', server.url], own)

    expect(watched.stdout).toContain(ACCOUNT)
    expect(first).toEqual([
      'Port 22 is reachable from a VPC Peering Connection - TCP',
      'Port 22 is reachable from an Internet Gateway - TCP',
      'Port 5432 is reachable from a VPC Peering Connection - TCP',
      'Port 8080 is reachable from a VPC Peering Connection - TCP',
      'Port 8080 is reachable from an Internet Gateway - TCP',
    ])
    expect(await titles()).toContain('Port 3389 is reachable from an Internet Gateway - TCP')
    expect(shown.stdout).toMatch(/Last evaluated/)
    const ids = (await coverageOf(server)).map(({ resourceId }) => resourceId)
    expect(ids).toEqual(expect.arrayContaining([network.webInstance, network.appInstance, network.databaseInstance]))
  })
})

interface ListedPath {
  readonly instanceId: string
  readonly protocol: string
  readonly ports: { readonly begin: number; readonly end: number }
  readonly edge: { readonly id: string }
  readonly sources: readonly string[]
  readonly frontendPorts: readonly number[]
}

function valueOf(described: Result<DescribedNetwork, string>): DescribedNetwork {
  if (!described.ok) throw new Error(described.error)
  return described.value
}
