import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RunningMoto {
  readonly url: string
  stop(): Promise<void>
}

/** moto's server: AWS's APIs without signatures checked. Throws when it is not installed in the interpreter that PYTHON names. */
export async function startMoto(port: number): Promise<RunningMoto> {
  const python = process.env['PYTHON'] ?? 'python3'
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  for (let attempt = 0; ; attempt += 1) {
    if (child.exitCode !== null || attempt > 300) throw new Error(`moto does not answer at ${url} (PYTHON=${python})`)
    const isUp = await fetch(`${url}/moto-api/`).then(
      response => response.ok,
      () => false,
    )
    if (isUp) break
    await sleep(100)
  }
  return {
    url,
    async stop() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/**
 * ECR as its clients see it: AWS's API by moto, the registry by a real one behind AWS's login, and blobs only by a redirect
 * to another origin that, as S3 does, refuses a request with two kinds of authorization.
 */
export interface EcrFront {
  readonly url: string
  /** Operations that were asked for, e.g. `DescribeImages`. */
  readonly operations: string[]
  /** Blobs that the other origin handed out. */
  blobsServed(): number
  /** Requests that carried AWS's login to the other origin. */
  leakedLogins(): number
  close(): Promise<void>
}

export async function startEcrFront(motoUrl: string, registryUrl: string, accountId: string): Promise<EcrFront> {
  const operations: string[] = []
  const login = `Basic ${Buffer.from(`AWS:${accountId}-auth-token`).toString('base64')}`
  let served = 0
  let leaked = 0

  const storage = await listen((incoming, outgoing) => {
    if (incoming.headers.authorization !== undefined) leaked += 1
    served += 1
    forward(incoming, outgoing, registryUrl)
  })
  const front = await listen((incoming, outgoing) => {
    const path = incoming.url ?? ''
    if (!path.startsWith('/v2/')) {
      void answerApi(incoming, outgoing)
    } else if (incoming.headers.authorization !== login) {
      outgoing
        .writeHead(401, { 'www-authenticate': 'Basic realm="https://ecr.test/",service="ecr.amazonaws.com"' })
        .end()
    } else if (path.includes('/blobs/')) {
      outgoing.writeHead(307, { location: `${storage.url}${path}` }).end()
    } else {
      forward(incoming, outgoing, registryUrl)
    }
  })

  async function answerApi(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece)
    const operation = String(incoming.headers['x-amz-target']).split('.').pop() ?? ''
    operations.push(operation)
    const { host: _host, 'content-length': _length, connection: _connection, ...headers } = incoming.headers
    const answer = await fetch(motoUrl, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: Buffer.concat(pieces),
    })
    const text = await answer.text()
    outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    outgoing.end(operation === 'GetAuthorizationToken' ? withOwnEndpoint(text) : text)
  }

  /** moto names AWS's own host, and an end of the login that is long past. */
  function withOwnEndpoint(text: string): string {
    const expiresAt = Date.now() / 1000 + 12 * 3600
    const answer = JSON.parse(text) as { authorizationData: object[] }
    const authorizationData = answer.authorizationData.map(data => ({ ...data, expiresAt, proxyEndpoint: front.url }))
    return JSON.stringify({ ...answer, authorizationData })
  }

  return {
    url: front.url,
    operations,
    blobsServed: () => served,
    leakedLogins: () => leaked,
    async close() {
      await Promise.all([front.close(), storage.close()])
    },
  }
}

async function listen(answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void) {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: string): void {
  const { authorization: _authorization, host: _host, ...headers } = incoming.headers
  const sent = httpRequest(`${target}${incoming.url ?? ''}`, { method: incoming.method ?? 'GET', headers }, answer => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  sent.on('error', () => outgoing.destroy())
  incoming.pipe(sent)
}
