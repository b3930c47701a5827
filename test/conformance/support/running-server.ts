import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Inspector2Client } from '@aws-sdk/client-inspector2'
import type { AccessKey } from '../../../src/accounts/access-key.ts'
import { newAccessKey } from '../../../src/accounts/new-access-key.ts'
import { LOOPBACK_HOST_NAMES } from '../../../src/api/host-check.ts'
import { createApiServer } from '../../../src/api/server.ts'
import type { ApiServerOptions } from '../../../src/api/server.ts'
import { instant } from '../../../src/base/clock.ts'
import { silentLog } from '../../../src/base/log.ts'
import { SCOPE } from './examples.ts'
import { fakePorts } from './fake-ports.ts'
import type { FakePorts } from './fake-ports.ts'

export interface RunningServer {
  readonly app: FastifyInstance
  readonly ports: FakePorts
  readonly key: AccessKey
  readonly endpoint: string
  readonly port: number
  client(overrides?: { readonly secretAccessKey?: string; readonly region?: string }): Inspector2Client
  close(): Promise<void>
}

export function aKey(overrides: Partial<AccessKey> = {}): AccessKey {
  const key = newAccessKey(
    { accountId: SCOPE.accountId, description: null, role: 'administrator' },
    instant(0),
    randomBytes,
  )
  return { ...key, ...overrides }
}

function serverOptions(ports: FakePorts): ApiServerOptions {
  return {
    ports,
    log: silentLog,
    clock: { now: () => instant(Date.now()) },
    pageTokenSecret: Buffer.alloc(32, 7),
    regions: 'all',
    awsIdentityAccounts: [],
    hostNames: LOOPBACK_HOST_NAMES,
  }
}

/** The API on a free loopback port, on fakes, with one access key. */
export async function startServer(overrides: Partial<ApiServerOptions> = {}): Promise<RunningServer> {
  const ports = fakePorts()
  const key = aKey()
  ports.keys.set(key.id, key)
  const app = await createApiServer({ ...serverOptions(ports), ...overrides })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const endpoint = `${origin}${overrides.basePath ?? ''}`
  const clients: Inspector2Client[] = []
  return {
    app,
    ports,
    key,
    endpoint,
    port: Number(new URL(origin).port),
    client({ secretAccessKey = key.secret, region = SCOPE.region } = {}) {
      const credentials = { accessKeyId: key.id, secretAccessKey }
      const client = new Inspector2Client({ endpoint, region, credentials, maxAttempts: 1 })
      clients.push(client)
      return client
    },
    async close() {
      for (const client of clients) client.destroy()
      await app.close()
    },
  }
}
