import { z } from 'zod'

import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { parseJsonAs } from './image-blobs.ts'
import type { ImageError } from './image.ts'
import type { RegistryLogin } from './registry-client.ts'

/** How a registry's login is kept, in Docker's `config.json` or Podman's `auth.json`. */
export type StoredLogin =
  | { readonly is: 'login'; readonly login: RegistryLogin }
  /** Kept by the program `docker-credential-<helper>`, under the name `server`. */
  | { readonly is: 'helper'; readonly helper: string; readonly server: string }
  | { readonly is: 'none' }

const secret = z.string().max(65_536)
const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: secret.nullish(),
        username: secret.nullish(),
        password: secret.nullish(),
        identitytoken: secret.nullish(),
      }),
    )
    .nullish(),
  credsStore: z.string().max(255).nullish(),
  credHelpers: z.record(z.string(), z.string().max(255)).nullish(),
})

/** The one registry whose login Docker keeps under another name than its host. (docker/cli, registry.IndexServer) */
const DOCKER_HUB = { host: 'registry-1.docker.io', server: 'https://index.docker.io/v1/' }

/**
 * The login for a repository: the longest of the names that stand for it (Podman keeps logins for namespaces), a login that
 * is written down before one that a helper keeps. (docker config.json; containers-auth.json(5))
 */
export function storedLogin(
  config: Uint8Array,
  what: string,
  host: string,
  repository: string,
): Result<StoredLogin, ImageError> {
  const parsed = parseJsonAs(configSchema, config, what)
  if (!parsed.ok) return parsed
  const auths = new Map(Object.entries(parsed.value.auths ?? {}).map(([key, value]) => [bareName(key), value]))
  const helpers = new Map(Object.entries(parsed.value.credHelpers ?? {}).map(([key, value]) => [bareName(key), value]))
  const hostName = host === DOCKER_HUB.host ? bareName(DOCKER_HUB.server) : host
  const names = namesOf(hostName, repository)
  const helperOfHost = helpers.get(hostName)
  if (helperOfHost === undefined) {
    for (const name of names) {
      const entry = auths.get(name)
      if (entry === undefined) continue
      const login = loginOf(entry)
      if (login === 'malformed') return err({ is: 'malformed', what, detail: `the login for ${name} cannot be read` })
      if (login !== null) return ok({ is: 'login', login })
    }
  }
  const helper = helperOfHost ?? parsed.value.credsStore ?? ''
  if (helper === '') return ok({ is: 'none' })
  const server = host === DOCKER_HUB.host ? DOCKER_HUB.server : host
  return ok({ is: 'helper', helper, server })
}

/** `https://host/v1/` as `host/v1`, as old Dockers wrote it, and any name without scheme and last slash. */
function bareName(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/+$/, '')
  return bare === 'docker.io' ? 'index.docker.io/v1' : bare
}

/** `host/team/app`, `host/team`, `host`, and the form with Docker's old API version. */
function namesOf(host: string, repository: string): readonly string[] {
  const parts = repository.split('/')
  const namespaces = parts.map((_, at) => [host, ...parts.slice(0, parts.length - at)].join('/'))
  return [...namespaces, host, `${host}/v1`, `${host}/v2`]
}

/** `null` for the empty entries that Docker leaves for logins in a store. */
function loginOf(entry: {
  readonly auth?: string | null | undefined
  readonly username?: string | null | undefined
  readonly password?: string | null | undefined
  readonly identitytoken?: string | null | undefined
}): RegistryLogin | null | 'malformed' {
  if (entry.identitytoken) return { username: '<token>', password: entry.identitytoken }
  if (entry.username && entry.password) return { username: entry.username, password: entry.password }
  if (!entry.auth) return null
  const text = Buffer.from(entry.auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return 'malformed'
  // Docker pads with NUL.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') }
}
