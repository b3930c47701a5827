/** One library of retire.js, only what we read. (`jsrepository-v4.json`) */
export interface RetireLibrary {
  readonly key: string
  /** `null`: no package of npm is known to be the library. */
  readonly npmName: string | null
  readonly vulnerabilities: readonly RetireVulnerability[]
  /** Statements of the library that could not be read. */
  readonly badCount: number
}

export interface RetireVulnerability {
  readonly atOrAbove: string | null
  readonly below: string
  readonly severity: string | null
  readonly summary: string | null
  readonly cwes: readonly string[]
  readonly cves: readonly string[]
  readonly ghsa: string | null
  /** Another id of the statement, e.g. `retid-73`, `issue-2432`; `null` where it has none. */
  readonly ownId: string | null
  readonly links: readonly string[]
}

const LIMITS = { vulnerabilities: 10_000, items: 500, textCharacters: 2_048, versionCharacters: 200 } as const

/** Identifiers beside CVE and GHSA, the steadiest first. */
const OWN_IDS = ['retid', 'issue', 'bug', 'PR', 'release', 'osvdb', 'tenable', 'gist', 'blog'] as const

type Fields = Readonly<Record<string, unknown>>

/** Reads one library; `null` when it is no object with a list of vulnerabilities. */
export function readLibrary(key: string, value: unknown): RetireLibrary | null {
  if (!isFields(value) || !Array.isArray(value['vulnerabilities'])) return null
  const entries: readonly unknown[] = value['vulnerabilities']
  if (entries.length > LIMITS.vulnerabilities) return null
  const name = value['npmname']
  const vulnerabilities = entries.map(readVulnerability)
  const read = vulnerabilities.filter(vulnerability => vulnerability !== null)
  return {
    key,
    npmName: typeof name === 'string' && /^(?:@[\w.~-]{1,100}\/)?[\w.~-]{1,200}$/.test(name) ? name : null,
    vulnerabilities: read,
    badCount: vulnerabilities.length - read.length,
  }
}

function readVulnerability(value: unknown): RetireVulnerability | null {
  if (!isFields(value)) return null
  const below = versionOf(value['below'])
  const atOrAbove = value['atOrAbove'] === undefined ? null : versionOf(value['atOrAbove'])
  if (below === null || (atOrAbove === null && value['atOrAbove'] !== undefined)) return null
  const identifiers = isFields(value['identifiers']) ? value['identifiers'] : {}
  const ghsa = identifiers['githubID']
  const severity = value['severity']
  return {
    atOrAbove,
    below,
    severity: typeof severity === 'string' && /^[a-z]{1,20}$/i.test(severity) ? severity : null,
    summary: textOf(identifiers['summary']),
    cwes: texts(value['cwe']),
    cves: texts(identifiers['CVE']).filter(id => /^CVE-\d{4}-\d{4,12}$/.test(id)),
    ghsa: typeof ghsa === 'string' && /^GHSA(?:-[a-z0-9]{4}){3}$/.test(ghsa) ? ghsa : null,
    ownId: ownIdOf(identifiers),
    links: texts(value['info']).filter(link => /^https?:\/\/[^\s"'<>\\]+$/.test(link)),
  }
}

function ownIdOf(identifiers: Fields): string | null {
  for (const name of OWN_IDS) {
    const id = textOf(identifiers[name])
    if (id !== null && /^[\w.-]{1,60}$/.test(id)) return `${name.toLowerCase()}-${id}`
  }
  return null
}

function versionOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= LIMITS.versionCharacters ? value : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, LIMITS.textCharacters) : null
}

function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return []
  return value
    .slice(0, LIMITS.items)
    .filter(item => typeof item === 'string')
    .filter(text => text.length <= LIMITS.textCharacters)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
