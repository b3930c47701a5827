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

/** Whether secrets may go to `realm`: the registry's own origin, or any host that is spoken to over https. */
export function isTrustedRealm(realm: string, registryUrl: string): boolean {
  if (!URL.canParse(realm)) return false
  const { protocol, origin, username, password } = new URL(realm)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && origin === new URL(registryUrl).origin)
}

export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
