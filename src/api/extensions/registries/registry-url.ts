/** Longest URL of a registry; a host name has at most 253 characters. */
export const REGISTRY_URL_LIMIT = 512

/**
 * `http(s)://host[:port]` in its one spelling, or `null`. Credentials have their own member: a URL is shown and logged.
 */
export function parseRegistryUrl(text: string): string | null {
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null
  const hasMore = url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== ''
  return hasMore || url.pathname !== '/' || url.hostname === '' ? null : `${url.protocol}//${url.host}`
}
