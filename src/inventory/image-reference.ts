import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { parseDigest } from '../domain/ids.ts'
import type { Digest } from '../domain/ids.ts'
import type { ImageError } from './image.ts'

export interface ImageReference {
  /** Host, with a port when one was written; `registry-1.docker.io` for Docker Hub. */
  readonly host: string
  readonly repository: string
  /** `null` when only a digest was given; `latest` when neither was. */
  readonly tag: string | null
  readonly digest: Digest | null
}

const LONGEST_REFERENCE = 1024
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const HOST =
  /^(?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9])(?:\.(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]))*|\[[0-9A-Fa-f:]{2,45}\])(?::[0-9]{1,5})?$/
const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])

/** Reads `[host/]path[:tag][@digest]`. (distribution/reference, reference.go; Docker Hub's `library/` default) */
export function parseImageReference(text: string): Result<ImageReference, ImageError> {
  const what = `image reference ${JSON.stringify(text.slice(0, 200))}`
  const no = (detail: string): Result<ImageReference, ImageError> => err({ is: 'malformed', what, detail })
  if (text.length > LONGEST_REFERENCE) return no('longer than 1024 characters')
  const at = text.indexOf('@')
  const digest = at === -1 ? null : parseDigest(text.slice(at + 1))
  if (at !== -1 && digest === null) return no('what follows @ is not a sha256 digest')
  const named = at === -1 ? text : text.slice(0, at)
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  const tag = colon === -1 ? null : named.slice(colon + 1)
  if (tag !== null && !TAG.test(tag)) return no('not a tag')
  const path = colon === -1 ? named : named.slice(0, colon)
  const slash = path.indexOf('/')
  const first = slash === -1 ? '' : path.slice(0, slash)
  const hasHost = /[.:]|^localhost$/.test(first) || first !== first.toLowerCase()
  const host = hasHost ? first : 'docker.io'
  if (!HOST.test(host)) return no('not a registry host')
  const rest = hasHost ? path.slice(slash + 1) : path
  if (rest.length > 255 || !rest.split('/').every(part => COMPONENT.test(part))) return no('not a repository name')
  const isDockerHub = DOCKER_HUB.has(host)
  return ok({
    host: isDockerHub ? 'registry-1.docker.io' : host,
    repository: isDockerHub && !rest.includes('/') ? `library/${rest}` : rest,
    tag: tag ?? (digest === null ? 'latest' : null),
    digest,
  })
}
