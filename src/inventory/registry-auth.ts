/** What a registry asks for with 401. (RFC 9110 section 11.6.1; distribution spec, token authentication) */
export type AuthChallenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer'
      readonly realm: string
      readonly service: string | null
      readonly scope: string | null
    }

const LONGEST_HEADER = 8192

/** The challenge that we can answer, Bearer before Basic; `null` when there is none. */
export function parseAuthChallenge(header: string): AuthChallenge | null {
  if (header.length > LONGEST_HEADER) return null
  let basic: AuthChallenge | null = null
  for (const match of header.matchAll(/(?:^|,)\s*(basic|bearer)(?=\s|,|$)/gi)) {
    if (match[1]?.toLowerCase() === 'basic') {
      basic = { scheme: 'basic' }
      continue
    }
    const parameters = parametersOf(header.slice(match.index + match[0].length))
    const realm = parameters.get('realm')
    if (realm === undefined) continue
    return {
      scheme: 'bearer',
      realm,
      service: parameters.get('service') ?? null,
      scope: parameters.get('scope') ?? null,
    }
  }
  return basic
}

/** `name="value"` pairs up to the first thing that is none. */
function parametersOf(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  const pair = /\s*,?\s{0,64}([A-Za-z]{1,32})=(?:"((?:[^"\\]|\\.){0,4096})"|([^\s",]{1,4096}))/y
  for (let match = pair.exec(text); match !== null; match = pair.exec(text)) {
    parameters.set((match[1] ?? '').toLowerCase(), match[3] ?? (match[2] ?? '').replaceAll(/\\(.)/g, '$1'))
  }
  return parameters
}

/**
 * How far a token service that a registry names is trusted. `own`: the registry's site, or one that the operator or this
 * list names; it may be inside the network, and gets the login. `stranger`: asked on the open internet and without login.
 */
export type RealmTrust = 'own' | 'stranger' | 'refused'

/** Registries whose tokens come from another site. (their answers to `/v2/`, looked at in November 2026) */
const KNOWN_TOKEN_HOSTS: Readonly<Record<string, string>> = {
  'dhi.io': 'auth.docker.io',
  'lscr.io': 'ghcr.io',
}

/** Whom to ask for tokens. Plain http only at the registry's own origin. */
export function trustOfRealm(realm: string, registryUrl: string, trustedHosts: readonly string[]): RealmTrust {
  if (!URL.canParse(realm)) return 'refused'
  const { protocol, origin, hostname, host, username, password } = new URL(realm)
  if (username !== '' || password !== '') return 'refused'
  const registry = new URL(registryUrl)
  if (protocol === 'http:') return origin === registry.origin ? 'own' : 'refused'
  if (protocol !== 'https:') return 'refused'
  const isListed = trustedHosts.includes(hostname) || trustedHosts.includes(host)
  const isKnown =
    Object.hasOwn(KNOWN_TOKEN_HOSTS, registry.hostname) && KNOWN_TOKEN_HOSTS[registry.hostname] === hostname
  return isListed || isKnown || isSameSite(hostname, registry.hostname) ? 'own' : 'stranger'
}

/** Second labels under which anybody may register a name in the domains of countries, e.g. `co.uk`. */
const SHARED_LABELS = new Set(['ac', 'co', 'com', 'edu', 'go', 'gob', 'gov', 'ne', 'net', 'or', 'org'])

/** One name below the other, or both below one that belongs to somebody: `auth.docker.io` and `registry-1.docker.io`. */
function isSameSite(a: string, b: string): boolean {
  if (a === b) return true
  const isAddress = (host: string): boolean => host.startsWith('[') || /^[0-9.]+$/.test(host)
  if (isAddress(a) || isAddress(b)) return false
  const owned = (host: string): string => {
    const labels = host.split('.')
    const [second = '', top = ''] = labels.slice(-2)
    const isShared = top.length === 2 && SHARED_LABELS.has(second)
    return labels.length > (isShared ? 2 : 1) ? labels.slice(isShared ? -3 : -2).join('.') : host
  }
  return owned(a) === owned(b)
}

export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
