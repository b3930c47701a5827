import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { err, ok, type Result } from '../base/result.ts'
import { describeImageError } from '../inventory/describe-image-error.ts'
import { storedLogin } from '../inventory/docker-config.ts'
import type { ImageReference } from '../inventory/image-reference.ts'
import type { RegistryLogin } from '../inventory/registry-client.ts'
import { askCredentialHelper } from '../system/credential-helper.ts'

/** User name and password for the registry that `scan` reads from; only ever sent to that registry. */
const REGISTRY_USERNAME = 'OPENINSPECTOR_REGISTRY_USERNAME'
const REGISTRY_PASSWORD = 'OPENINSPECTOR_REGISTRY_PASSWORD'

/** A file of logins holds a few kilobytes. */
const CONFIG_LIMIT_BYTES = 1024 * 1024

export interface FoundLogin {
  readonly login: RegistryLogin | null
  /** What would have been tried if it were allowed: one sentence for whoever is denied access. */
  readonly advice: string | null
}

/** The login that the environment names for `scan`. */
export function loginOfEnvironment(): RegistryLogin | null {
  const username = process.env[REGISTRY_USERNAME]
  const password = process.env[REGISTRY_PASSWORD]
  return username && password ? { username, password } : null
}

/** The login that Docker or Podman keeps for a repository. A helper is a program: it is run only when that is allowed. */
export async function loginOfConfigFiles(
  { host, repository }: ImageReference,
  runsHelpers: boolean,
): Promise<Result<FoundLogin, string>> {
  for (const path of configFiles()) {
    const read = await readConfigFile(path)
    if (!read.ok) return read
    if (read.value === null) continue
    const stored = storedLogin(read.value, path, host, repository)
    if (!stored.ok) return err(describeImageError(stored.error))
    if (stored.value.is === 'login') return ok({ login: stored.value.login, advice: null })
    if (stored.value.is === 'none') continue
    const { helper, server } = stored.value
    if (!runsHelpers) {
      const advice = `Its login may be kept by docker-credential-${helper}, which is only run with --credential-helpers`
      return ok({ login: null, advice })
    }
    const asked = await askCredentialHelper(helper, server)
    if (!asked.ok) return err(`${path}: ${asked.error}.`)
    if (asked.value !== null) return ok({ login: asked.value, advice: null })
  }
  return ok({ login: null, advice: null })
}

/** `null` when there is none. Links are followed: it is a file of whoever runs this. */
async function readConfigFile(path: string): Promise<Result<Uint8Array | null, string>> {
  try {
    const { size } = await stat(path)
    return size > CONFIG_LIMIT_BYTES ? err(`${path} is too large for a file of logins.`) : ok(await readFile(path))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return code === 'ENOENT' || code === 'ENOTDIR' ? ok(null) : err(`Cannot read ${path}: ${code}.`)
  }
}

/** In the order of containers-auth.json(5), then Docker's own. */
function configFiles(): readonly string[] {
  const {
    REGISTRY_AUTH_FILE: named,
    XDG_RUNTIME_DIR: runtime,
    XDG_CONFIG_HOME: config,
    DOCKER_CONFIG: docker,
  } = process.env
  return [
    ...(named ? [named] : []),
    ...(runtime ? [join(runtime, 'containers/auth.json')] : []),
    join(config || join(homedir(), '.config'), 'containers/auth.json'),
    join(docker || join(homedir(), '.docker'), 'config.json'),
  ]
}
