import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { SignatureV4 } from '@smithy/signature-v4'
import { err, ok, type Result } from '../base/result.ts'

/** Speaks to a running server as any client does: signed, over its public routes. */
export interface ApiClient {
  post(path: string, body: unknown): Promise<Result<unknown, string>>
  get(path: string): Promise<Result<unknown, string>>
  remove(path: string): Promise<Result<unknown, string>>
}

export interface ApiClientSettings {
  readonly url: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Milliseconds that an answer may take. */
const TIMEOUT_MS = 30_000

type Environment = Readonly<Record<string, string | undefined>>

/** Where the server is: the option, else what the AWS tools read, else the local default. Without a trailing slash. */
export function serverUrl(env: Environment, url: string | undefined): string {
  const fallback = `http://127.0.0.1:${env['OPENINSPECTOR_PORT'] || '8520'}`
  return (url ?? env['AWS_ENDPOINT_URL_INSPECTOR2'] ?? env['AWS_ENDPOINT_URL'] ?? fallback).replace(/\/+$/, '')
}

/**
 * Credentials as the AWS tools find them: the variables, else the shared credentials file. The error says what is missing
 * and where to get it.
 */
export function apiClientSettings(env: Environment, url: string | undefined): Result<ApiClientSettings, string> {
  const credentials = credentialsOfEnvironment(env) ?? credentialsOfFile(env)
  if (credentials === null) {
    return err(
      'No credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE, to an access key of the server; its first start prints one.',
    )
  }
  return ok({
    url: serverUrl(env, url),
    region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || env['OPENINSPECTOR_REGION'] || 'us-east-1',
    ...credentials,
  })
}

type Credentials = Pick<ApiClientSettings, 'accessKeyId' | 'secretAccessKey'>

function credentialsOfEnvironment(env: Environment): Credentials | null {
  const accessKeyId = env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY']
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null
}

/** The profile's two keys; the file's other settings do not concern us. */
function credentialsOfFile(env: Environment): Credentials | null {
  const path = env['AWS_SHARED_CREDENTIALS_FILE'] || join(homedir(), '.aws', 'credentials')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    // No such file: the caller says which ways there are.
    return null
  }
  const profile = env['AWS_PROFILE'] || 'default'
  const values = new Map<string, string>()
  let section = ''
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[([^\]]+)\]\s*$/.exec(line)
    const [key, ...rest] = line.split('=')
    if (heading?.[1] !== undefined) section = heading[1].trim()
    else if (section === profile && key !== undefined && rest.length > 0) values.set(key.trim(), rest.join('=').trim())
  }
  const accessKeyId = values.get('aws_access_key_id')
  const secretAccessKey = values.get('aws_secret_access_key')
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null
}

export function apiClient(settings: ApiClientSettings): ApiClient {
  const signer = new SignatureV4({
    service: 'inspector2',
    region: settings.region,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    sha256: Sha256,
  })
  async function send(method: 'GET' | 'POST' | 'DELETE', path: string, body: string): Promise<Result<unknown, string>> {
    const url = new URL(settings.url + path)
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: {},
      headers: { host: url.host, ...(body === '' ? {} : { 'content-type': 'application/json' }) },
      body,
    })
    try {
      const response = await fetch(url, {
        method,
        headers: signed.headers,
        ...(body === '' ? {} : { body }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      return await answerOf(response)
    } catch (cause) {
      return err(`Cannot reach ${url.origin}: ${messageOf(cause)}. Is the server running (\`npm start\`)?`)
    }
  }
  return {
    post: (path, body) => send('POST', path, JSON.stringify(body)),
    get: path => send('GET', path, ''),
    remove: path => send('DELETE', path, ''),
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
