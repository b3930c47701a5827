import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { MOST_CUSTOM_PATHS, MOST_PATH_CHARACTERS, type AgentSettings } from '../../app/agent/agent-settings.ts'
import { becomeAgent } from '../../app/agent/start-agent.ts'
import { readTokenFile } from '../../app/agent/token-file.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { plainText } from '../render/plain-text.ts'
import { productVersion } from '../version.ts'

export interface AgentOptions {
  readonly server: string
  readonly tokenFile: string
  readonly state?: string
  readonly root: string
  readonly path?: readonly string[]
  readonly plainHttp?: boolean
  readonly ec2?: boolean
  readonly searchHours: number
  readonly pollSeconds: number
  readonly longestPause: number
}

/** `openinspector agent`: becomes the lasting process, or says what is wrong. */
export function agent(options: AgentOptions, output: Output): ExitCode {
  const settings = settingsOf(options, process.env)
  if (!settings.ok) {
    output.note(plainText(settings.error))
    return EXIT_CODES.usage
  }
  return becomeAgent(settings.value, productVersion())
}

/** What the options mean, or the first thing that is wrong with them. */
export function settingsOf(
  options: AgentOptions,
  env: Readonly<Record<string, string | undefined>>,
): Result<AgentSettings, string> {
  const server = URL.parse(options.server)
  if (!server || (server.protocol !== 'https:' && server.protocol !== 'http:')) {
    return err('--server is an http or https URL, e.g. https://inspector.example.com')
  }
  if (server.username !== '' || server.password !== '' || server.search !== '' || server.hash !== '') {
    return err('--server has an address and perhaps a path, nothing else')
  }
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(server.hostname)
  if (server.protocol === 'http:' && !isLocal && options.plainHttp !== true) {
    return err('--server is not https: everybody on the way could read the token. (--plain-http if you mean it)')
  }
  const token = readTokenFile(options.tokenFile)
  if (!token.ok) return token
  const root = realRoot(options.root)
  if (root === null) return err(`--root: ${options.root} cannot be read`)
  const { path: paths = [] } = options
  const wrong = paths.find(path => !isCustomPath(path))
  if (wrong !== undefined) {
    return err(`--path: ${wrong} is not an absolute path of at most ${MOST_PATH_CHARACTERS} characters`)
  }
  if (paths.length > MOST_CUSTOM_PATHS) return err(`--path: at most ${MOST_CUSTOM_PATHS} may be given`)
  return ok({
    server: server.href.replace(/\/+$/, ''),
    tokenFile: resolve(options.tokenFile),
    stateDirectory: resolve(options.state ?? env['STATE_DIRECTORY'] ?? '/var/lib/openinspector-agent'),
    asksEc2: options.ec2 === true,
    root,
    paths: paths.map(path => path.replaceAll(/\/+/g, '/').replace(/^\/|\/$/g, '')),
    deepHours: options.searchHours,
    pollSeconds: options.pollSeconds,
    longestPauseSeconds: options.longestPause,
  })
}

function isCustomPath(path: string): boolean {
  const hasDots = path.split('/').some(part => part === '..' || part === '.')
  return path.startsWith('/') && !hasDots && !path.includes('\0') && path.length <= MOST_PATH_CHARACTERS
}

function realRoot(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}
