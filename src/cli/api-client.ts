import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { err, ok, type Result } from '../base/result.ts'

/** Speaks to a running server as any client does: signed, over its public routes. */
export interface ApiClient {
  post(path: string, body: unknown): Promise<Result<unknown, string>>
}

export interface ApiClientSettings {
  readonly url: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Milliseconds that an answer may take. */
const TIMEOUT_MS = 30_000

/** Reads the usual AWS variables; the error says what is missing and where to get it. */
export function apiClientSettings(
  env: Readonly<Record<string, string | undefined>>,
  url: string | undefined,
): Result<ApiClientSettings, string> {
  const accessKeyId = env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY']
  if (!accessKeyId || !secretAccessKey) {
    return err(
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to an access key of the server (its first start prints one; `openinspector access-key create` makes more).',
    )
  }
  return ok({
    url: (url ?? env['AWS_ENDPOINT_URL_INSPECTOR2'] ?? env['AWS_ENDPOINT_URL'] ?? 'http://127.0.0.1:8520').replace(
      /\/+$/,
      '',
    ),
    region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? env['OPENINSPECTOR_REGION'] ?? 'us-east-1',
    accessKeyId,
    secretAccessKey,
  })
}

export function apiClient(settings: ApiClientSettings): ApiClient {
  const signer = new SignatureV4({
    service: 'inspector2',
    region: settings.region,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    sha256: Sha256,
  })
  return {
    async post(path, body) {
      const url = new URL(settings.url + path)
      const text = JSON.stringify(body)
      const signed = await signer.sign({
        method: 'POST',
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port === '' ? {} : { port: Number(url.port) }),
        path: url.pathname,
        query: {},
        headers: { host: url.host, 'content-type': 'application/json' },
        body: text,
      })
      let response: Response
      try {
        response = await fetch(url, {
          method: 'POST',
          headers: signed.headers,
          body: text,
          redirect: 'error',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        })
      } catch (cause) {
        return err(`Cannot reach ${url.origin}: ${messageOf(cause)}. Is the server running (\`npm start\`)?`)
      }
      return answerOf(response)
    },
  }
}

async function answerOf(response: Response): Promise<Result<unknown, string>> {
  const text = await response.text()
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return err(`The server answered ${response.status} with something that is no JSON. Is it an OpenInspector server?`)
  }
  if (response.ok) return ok(body)
  const name = response.headers.get('x-amzn-errortype') ?? `HTTP ${response.status}`
  const message = typeof body === 'object' && body !== null ? String(Reflect.get(body, 'message') ?? '') : ''
  return err(`${name}: ${message}`)
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? cause.cause.message : cause.message
}

/** The hash that the signer asks for, on Node's own crypto. */
class Sha256 {
  private readonly secret: Parameters<typeof createHmac>[1] | null
  private hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.secret = secret === undefined ? null : bytesOf(secret)
    this.hash = this.fresh()
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytesOf(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest())
  }

  reset(): void {
    this.hash = this.fresh()
  }

  private fresh(): ReturnType<typeof createHash> | ReturnType<typeof createHmac> {
    return this.secret === null ? createHash('sha256') : createHmac('sha256', this.secret)
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}
