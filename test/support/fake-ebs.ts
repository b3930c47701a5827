import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EBSClient } from '@aws-sdk/client-ebs'

export const FAKE_BLOCK_BYTES = 512 * 1024

/** What an answer may be instead of the right one: an error by its name, with its `Reason`, or a body of one's own. */
export type FakeAnswer =
  | { readonly status: number; readonly error: string; readonly reason?: string }
  | { readonly body: Uint8Array; readonly headers?: Readonly<Record<string, string>> }

export interface FakeEbsOptions {
  readonly volumeGib?: number
  /** Blocks of one page, at most what was asked for. */
  readonly pageBlocks?: number
  readonly changed?: readonly number[]
  /** Asked first, with `list`, `changed` or the number of a block, and the token that came with it; `null` answers rightly. */
  readonly instead?: (what: 'list' | 'changed' | number, token: string) => FakeAnswer | null
}

export interface FakeEbs {
  readonly client: EBSClient
  readonly requests: readonly string[]
  /** Every token given from now on is another, and those before are not taken any more. */
  endTokens(): void
  stop(): Promise<void>
}

/** The EBS direct APIs on a loopback port, for one snapshot, with paging and block tokens as AWS documents them. */
export async function startFakeEbs(
  blocks: ReadonlyMap<number, Uint8Array>,
  options: FakeEbsOptions = {},
): Promise<FakeEbs> {
  const requests: string[] = []
  let generation = 1
  const written = [...blocks.keys()].sort((a, b) => a - b)

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://fake')
    requests.push(`${url.pathname}${url.search}`)
    const [, , , kind, block] = url.pathname.split('/')
    const what = block !== undefined ? Number(block) : kind === 'changedblocks' ? 'changed' : 'list'
    const instead = options.instead?.(what, url.searchParams.get('blockToken') ?? '') ?? null
    if (instead !== null) return send(response, instead)
    if (typeof what === 'number') return sendBlock(response, what, url.searchParams.get('blockToken') ?? '')
    const all = what === 'list' ? written : (options.changed ?? [])
    const from = Number(url.searchParams.get('pageToken') ?? url.searchParams.get('startingBlockIndex') ?? 0)
    const count = Math.min(Number(url.searchParams.get('maxResults')), options.pageBlocks ?? 10_000)
    const rest = all.filter(index => index >= from)
    const page = rest.slice(0, count).map(index => ({ BlockIndex: index, BlockToken: `token-${generation}-${index}` }))
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        [what === 'list' ? 'Blocks' : 'ChangedBlocks']: page,
        VolumeSize: options.volumeGib ?? 1,
        BlockSize: FAKE_BLOCK_BYTES,
        ...(rest.length > count ? { NextToken: String(rest[count]) } : {}),
      }),
    )
  }

  function sendBlock(response: ServerResponse, index: number, token: string): void {
    const body = blocks.get(index)
    if (token !== `token-${generation}-${index}` || body === undefined) {
      return send(response, { status: 400, error: 'ValidationException', reason: 'INVALID_BLOCK_TOKEN' })
    }
    send(response, { body })
  }

  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    client: new EBSClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret-of-the-test' },
      maxAttempts: 3,
    }),
    requests,
    endTokens() {
      generation += 1
    },
    async stop() {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

function send(response: ServerResponse, answer: FakeAnswer): void {
  if ('error' in answer) {
    response.writeHead(answer.status, { 'content-type': 'application/json', 'x-amzn-errortype': answer.error })
    response.end(JSON.stringify({ Message: `told by ${answer.error}`, Reason: answer.reason }))
    return
  }
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'x-amz-data-length': String(answer.body.byteLength),
    'x-amz-checksum': createHash('sha256').update(answer.body).digest('base64'),
    'x-amz-checksum-algorithm': 'SHA256',
    ...answer.headers,
  })
  response.end(answer.body)
}
