import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { apiClient, type ApiClient } from '../../src/cli/api-client.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/openinspector.ts')

/** Milliseconds that a start may take before a test gives up: many times what it takes on an idle machine. */
const START_LIMIT_MS = 60_000

/** The environment of the product under test: what the machine says about AWS or us must not leak into it. */
function environment(env: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    value === undefined || /^(AWS_|OPENINSPECTOR_|DATABASE_URL$|NODE_OPTIONS$)/.test(name) ? [] : [[name, value]],
  )
  return { ...Object.fromEntries(kept), ...env }
}

export interface ProductOptions {
  /** Data directory; keep it to start again where a killed process ended. */
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  readonly role?: 'all' | 'api' | 'worker'
  /** Program and arguments that run the server, e.g. `['unshare', '-n']`. */
  readonly wrapper?: readonly string[]
}

/** `openinspector server` as its users run it: a process of its own. */
export interface RunningProduct {
  readonly url: string
  readonly child: ChildProcess
  readonly env: Readonly<Record<string, string>>
  stdout(): string
  stderr(): string
  /** Signed with the first credentials of the data directory. */
  readonly api: ApiClient
  /** As `api`, but a failure is an exception. */
  post<T = Record<string, unknown>>(path: string, body: unknown): Promise<T>
  rssMib(): number
  isAlive(): boolean
  /** Waits until the process has ended. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

export function temporaryHome(): string {
  return mkdtempSync(join(tmpdir(), 'openinspector-e2e-'))
}

export function removeHome(home: string): void {
  rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The first credentials that a server with this data directory wrote. */
export function credentialsOf(home: string): Credentials {
  const text = readFileSync(join(home, 'credentials'), 'utf8')
  const [, accessKeyId = '', secretAccessKey = ''] =
    /aws_access_key_id = (\S+)\naws_secret_access_key = (\S+)/.exec(text) ?? []
  return { accessKeyId, secretAccessKey }
}

export async function startProduct(options: ProductOptions): Promise<RunningProduct> {
  const { home, role = 'all', wrapper = [] } = options
  const env = environment({
    OPENINSPECTOR_HOME: home,
    OPENINSPECTOR_PORT: '0',
    OPENINSPECTOR_HOST_SCAN: 'off',
    OPENINSPECTOR_LOG_LEVEL: 'info',
    ...options.env,
  })
  const command = [
    ...wrapper,
    process.execPath,
    PROGRAM,
    'server',
    '--role',
    role,
    '--credentials-file',
    join(home, 'credentials'),
  ]
  const child = spawn(command[0] ?? '', command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null

  const deadline = Date.now() + START_LIMIT_MS
  const ready = /OpenInspector (?:listens on (http:\S+)|works) /
  while (!ready.test(stdout) || !/First credentials|Try:|works/.test(stdout)) {
    if (!isAlive()) throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}: ${stderr}${stdout}`)
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`the server did not start within ${START_LIMIT_MS} ms: ${stderr}${stdout}`)
    }
    await sleep(50)
  }
  const url = ready.exec(stdout)?.[1] ?? ''
  const api = apiClient({ url, region: 'us-east-1', ...(role === 'worker' ? NO_CREDENTIALS : credentialsOf(home)) })
  return {
    url,
    child,
    env,
    stdout: () => stdout,
    stderr: () => stderr,
    api,
    async post<T>(path: string, body: unknown): Promise<T> {
      const answer = await api.post(path, body)
      if (!answer.ok) throw new Error(`${path}: ${answer.error}`)
      return answer.value as T
    },
    rssMib: () => residentMib(child.pid ?? 0),
    isAlive,
    async kill(signal) {
      if (!isAlive()) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
  }
}

const NO_CREDENTIALS: Credentials = { accessKeyId: 'none', secretAccessKey: 'none' }

/** Resident memory of a process and its peak. (proc(5), /proc/pid/status) */
function residentMib(pid: number, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
}

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** One command of the command line, run to its end. This process goes on: it may be the server that is spoken to. */
export async function startCommand(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await once(child, 'close')
  return { status: child.exitCode, stdout, stderr }
}

/** Asks again and again until the answer is there; the error shows the last thing that was seen. */
export async function eventually<T>(
  look: () => Promise<T | null | undefined | false>,
  what: string,
  limitMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const seen = await look()
    if (seen !== null && seen !== undefined && seen !== false) return seen
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`)
    await sleep(100)
  }
}
