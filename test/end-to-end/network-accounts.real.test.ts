import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMoto, type RunningMoto } from '../support/ecr-front.ts'
import { freePort } from '../support/free-port.ts'
import { makePeeredAccounts, motoClients, routeOver, type PeeredAccounts } from '../support/moto-network.ts'
import { startPostgres, type PostgresServer } from '../support/postgres.ts'
import {
  credentialsOf,
  eventually,
  removeHome,
  startCommand,
  startProduct,
  temporaryHome,
  type ProductOptions,
  type RunningProduct,
} from '../support/running-product.ts'
import { findingsOf } from '../support/server-views.ts'

const ACCOUNT = '123456789012'
const OTHER = '222222222222'
const REGION = 'us-east-1'
/** moto answers fifty calls, one after the other, on whatever machine. */
const SLOW_MS = 120_000
const OPEN = 'Port 5432 is reachable from a VPC Peering Connection - TCP'
let postgres: PostgresServer

beforeAll(async () => {
  postgres = await startPostgres()
}, 60_000)
afterAll(() => postgres?.stop())

describe.each(['PGlite', 'PostgreSQL'])('networks of two accounts, on %s', engine => {
  const home = temporaryHome()
  let moto: RunningMoto
  let clients: ReturnType<typeof motoClients>
  let network: PeeredAccounts
  let options: ProductOptions
  let server: RunningProduct

  beforeAll(async () => {
    moto = await startMoto(await freePort())
    clients = motoClients(moto.url, REGION)
    network = await makePeeredAccounts(clients.ec2, { endpoint: moto.url, region: REGION }, OTHER)
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: moto.url,
      OPENINSPECTOR_ACCOUNT: ACCOUNT,
      OPENINSPECTOR_REGION: REGION,
      ...(engine === 'PGlite' ? {} : { DATABASE_URL: await postgres.newDatabase('networks') }),
    }
    options = { home, env }
    server = await startProduct(options)
  }, 120_000)

  afterAll(async () => {
    await server?.kill('SIGTERM')
    network?.close()
    clients?.close()
    await moto?.stop()
    removeHome(home)
  })

  /** Of the database that the first account has. */
  async function statuses(): Promise<readonly string[]> {
    const filter = { findingType: [{ comparison: 'EQUALS', value: 'NETWORK_REACHABILITY' }] }
    const found = await findingsOf(server, filter)
    const own = found.filter(({ resources }) => resources.some(({ id }) => id === network.databaseInstance))
    return own.map(({ status, title }) => `${status} ${title}`)
  }

  async function notify(url: string, token: string, eventName: string): Promise<number> {
    const event = {
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.ec2',
      account: OTHER,
      region: REGION,
      detail: { eventName, awsRegion: REGION, recipientAccountId: OTHER },
    }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) })).status
  }

  it(
    'open a port of the one by a route of the other, within seconds of its event, and through kill -9',
    { timeout: 3 * SLOW_MS },
    async () => {
      const { accessKeyId, secretAccessKey } = credentialsOf(home)
      const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: REGION }
      const made = await startCommand(['account', 'add', OTHER, '--url', server.url], own)
      const [, id = '', secret = ''] =
        /AWS_ACCESS_KEY_ID=(\S+)\nexport AWS_SECRET_ACCESS_KEY=(\S+)/.exec(made.stdout) ?? []
      const others = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: REGION }
      const role = ['--role-arn', `arn:aws:iam::${OTHER}:role/audit`]
      const evaluations = (): number => server.stderr().split('networks evaluated').length - 1

      const watched = await startCommand(['network', 'watch', ...role, '--url', server.url], others)
      await eventually(async () => evaluations() > 0, 'the network of the other account is evaluated', SLOW_MS)
      await startCommand(['network', 'watch', '--url', server.url], own)
      await eventually(async () => evaluations() > 1, 'both are evaluated', SLOW_MS)
      const before = await statuses()
      const [, url = '', token = ''] = /Send them to: +(\S+)\n +Authorization: Bearer (\S+)/.exec(watched.stdout) ?? []
      await routeOver(network.other, network.peering, network.otherTable, '10.2.0.0/16')
      const taken = await notify(url, token, 'CreateRoute')
      // Before anything came of it.
      await server.kill('SIGKILL')
      server = await startProduct(options)
      const after = await eventually(
        async () => {
          const found = await statuses()
          return found.length > 0 && found
        },
        'the route opens the port',
        SLOW_MS,
      )
      const refused = await notify(new URL(new URL(url).pathname, server.url).href, 'another', 'CreateRoute')
      const shown = await startCommand(['network', 'show', '--url', server.url], others)

      expect(before).toEqual([])
      expect([taken, refused]).toEqual([202, 403])
      expect(after).toEqual([`ACTIVE ${OPEN}`])
      expect(shown.stdout).toMatch(/Changes told: {2}1, and 0 that do not matter here/)

      const unwatched = await startCommand(['network', 'unwatch', '--url', server.url], own)
      await eventually(async () => (await statuses()).join() === `CLOSED ${OPEN}`, 'its findings close', SLOW_MS)

      expect(unwatched.stdout).toContain('Its network findings close')
    },
  )
})
