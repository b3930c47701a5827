import { parseEcrHost } from '../../../inventory/ecr-host.ts'

/** Longest URL of a registry; a host name has at most 253 characters. */
export const REGISTRY_URL_LIMIT = 512

export interface RegistryUrl {
  /** `http(s)://host[:port]` in its one spelling. */
  readonly url: string
  /** Whether AWS is asked about it: written with `ecr:` as its scheme. */
  readonly isEcr: boolean
}

/**
 * `http(s)://host[:port]`, or `ecr://` and the host of a registry of Amazon ECR; `null` for everything else. Credentials have
 * their own member: a URL is shown and logged.
 */
export function parseRegistryUrl(text: string): RegistryUrl | null {
  const host = /^ecr:\/\/([^/]*)\/?$/.exec(text)?.[1]
  if (host !== undefined) return parseEcrHost(host) === null ? null : { url: `https://${host}`, isEcr: true }
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null
  const hasMore = url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== ''
  const isBare = !hasMore && url.pathname === '/' && url.hostname !== ''
  return isBare ? { url: `${url.protocol}//${url.host}`, isEcr: false } : null
}
