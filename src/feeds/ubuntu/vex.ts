import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Disposition } from './combine.ts'

/** What one VEX document says of one flaw, by source package. */
export interface VexDocument {
  readonly cve: string
  readonly description: string | null
  readonly statements: readonly VexStatement[]
}

export interface VexStatement {
  /** Name of the source package. */
  readonly name: string
  /** `distro=` of its purl, e.g. `jammy`, `esm-infra/focal`. */
  readonly distro: string
  readonly disposition: Disposition
}

export type VexRefusal = 'not-json' | 'not-an-object' | 'missing-field' | 'wrong-type' | 'limit-exceeded'

/**
 * Bounds on one document. Those of the kernel are the largest: some hundred sources with thousands of binary packages
 * each, for every architecture. (828,777 characters and 8,000 products for a flaw of gcc, observed; the rest inferred)
 */
const LIMITS = { statements: 20_000, products: 2_000_000, sources: 50_000, description: 4_000 } as const

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads an OpenVEX document of Canonical's about a CVE. Only products that are source packages are looked at: they name
 * the release, and their binaries follow them. `null` for a document that says nothing: a flaw that concerns no release has
 * no statements. A statement that is none costs itself, and is counted by `onSkip`. Pure.
 * (OpenVEX 0.2.0; documents of 2024 and 2025 in canonical/ubuntu-security-notices, observed)
 */
export function parseVex(text: string, onSkip: (reason: string) => void): Result<VexDocument | null, VexRefusal> {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return err('not-json')
  }
  if (!isFields(document)) return err('not-an-object')
  const statements = document['statements']
  if (statements === undefined) return err('missing-field')
  if (!Array.isArray(statements)) return err('wrong-type')
  if (statements.length > LIMITS.statements) return err('limit-exceeded')

  let cve: string | null = null
  let description: string | null = null
  let products = 0
  const found: VexStatement[] = []
  for (const statement of statements as readonly unknown[]) {
    if (!isFields(statement) || !Array.isArray(statement['products'])) {
      onSkip('malformed-statement')
      continue
    }
    const about = flawOf(statement['vulnerability'])
    if (about === null || (cve !== null && about.cve !== cve)) {
      onSkip(about === null ? 'statement-without-cve' : 'statement-about-another-cve')
      continue
    }
    cve ??= about.cve
    description ??= about.description
    const disposition = dispositionOf(statement)
    if (disposition === null) {
      onSkip('unknown-status')
      continue
    }
    products += statement['products'].length
    if (products > LIMITS.products) return err('limit-exceeded')
    for (const product of statement['products'] as readonly unknown[]) {
      const source = sourceOf(product)
      if (source === null) continue
      if (found.length === LIMITS.sources) return err('limit-exceeded')
      found.push({ ...source, disposition })
    }
  }
  return ok(cve === null ? null : { cve, description, statements: found })
}

function flawOf(value: unknown): { readonly cve: string; readonly description: string | null } | null {
  const name = isFields(value) ? value['name'] : value
  if (typeof name !== 'string' || !/^CVE-[0-9]{4}-[0-9]{4,12}$/.test(name)) return null
  const description = isFields(value) ? value['description'] : null
  const isText = typeof description === 'string' && description !== ''
  // Through JSON, because a slice would keep the whole text in memory.
  return {
    cve: name,
    description: isText ? (JSON.parse(JSON.stringify(description.slice(0, LIMITS.description))) as string) : null,
  }
}

/**
 * Canonical's states in the words of OpenVEX. `ignored` is told from `needed`, and `deferred` from `needs-triage`, by the
 * sentences that they are published with. (Canonical, "Ubuntu VEX data", table of states, 2025; the sentence about
 * packages without support observed by others over 156,000 statements)
 */
function dispositionOf(statement: Fields): Disposition | null {
  const action = textOf(statement['action_statement'])
  const notes = textOf(statement['status_notes'])
  switch (statement['status']) {
    case 'not_affected':
      return statement['justification'] === 'component_not_present' ? 'not-present' : 'not-affected'
    case 'fixed':
      return 'fixed'
    case 'under_investigation':
      return /\bdeferred\b/i.test(notes) ? 'deferred' : 'needs-triage'
    case 'affected':
      if (/\bno longer supported\b/i.test(action)) return 'end-of-life'
      if (!/\bdecided to not fix it\b/i.test(action)) return 'needed'
      return /\bend of (?:life|[a-z]+ support)\b/i.test(action) ? 'end-of-life' : 'will-not-fix'
    default:
      return null
  }
}

/** `pkg:deb/ubuntu/gitlab@8.5.8+dfsg-5?arch=source&distro=xenial`; until 2025 `?arch=src?distro=ubuntu/trusty`. */
const SOURCE = /^pkg:deb\/ubuntu\/([^@?#]{1,300})(?:@[^?#]*)?\?arch=(?:src|source)[&?]distro=([a-z0-9./-]{1,100})$/

function sourceOf(product: unknown): { readonly name: string; readonly distro: string } | null {
  const id = isFields(product) ? product['@id'] : product
  if (typeof id !== 'string' || id.length > 2_048) return null
  const [, name, distro] = SOURCE.exec(id) ?? []
  if (name === undefined || distro === undefined) return null
  try {
    return { name: name.includes('%') ? decodeURIComponent(name) : name, distro }
  } catch {
    return null
  }
}

/** The states stand in the first sentence or in the note behind it; what follows is prose. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 1_000) : ''
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
