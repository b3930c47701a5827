import { assertNever } from '../../base/assert-never.ts'
import type { Match } from '../../domain/match.ts'
import {
  includesPackage,
  isOneOf,
  parsePurlPattern,
  type PurlPattern,
  type PurlSubject,
  purlSubject,
} from './match-purl.ts'
import { isArtefact, type VexArtefact } from './vex-artefact.ts'
import { suppresses } from './vex-statement.ts'
import type { VexDocument, VexIdentity, VexProduct, VexStatement, VexStatus } from './vex-statement.ts'

/** A match that a statement takes out of what is left to do. It is shown, never lost. */
export interface VexSuppressed {
  readonly match: Match
  readonly document: VexDocument
  readonly statement: VexStatement
}

export interface VexOutcome {
  readonly matches: readonly Match[]
  readonly suppressed: readonly VexSuppressed[]
}

interface Entry {
  readonly document: VexDocument
  readonly statement: VexStatement
  /** Place among all statements: the later wins among equals. */
  readonly order: number
}

/**
 * Holds matches of one artefact against what documents say. Of all statements about a match the latest counts; of equally
 * late ones the one that leaves more to do. `not-affected` and `fixed` suppress. Vendors' own feeds are below this, and
 * what a user suppresses is above it: neither is looked at here. (matching-and-feeds §7)
 */
export function applyVex(
  matches: readonly Match[],
  documents: readonly VexDocument[],
  artefact: VexArtefact,
): VexOutcome {
  const byId = statementsById(documents)
  const purls = new Map<string, PurlPattern | null>()
  const patternOf = (text: string): PurlPattern | null => {
    let pattern = purls.get(text)
    if (pattern === undefined) purls.set(text, (pattern = parsePurlPattern(text)))
    return pattern
  }
  // Asked again for every match, and the answer is always the same.
  const scanned = new Map<VexProduct, boolean>()
  const isScanned = (product: VexProduct): boolean => {
    let known = scanned.get(product)
    if (known === undefined) scanned.set(product, (known = isArtefact(product, artefact)))
    return known
  }
  const concerns = (statement: VexStatement, subject: PurlSubject): boolean => {
    const isPackage = ({ purls: given, versions }: VexIdentity): boolean =>
      isOneOf(versions, subject.own) &&
      given.some(text => {
        const pattern = patternOf(text)
        return pattern !== null && includesPackage(pattern, subject)
      })
    return statement.products.some(product =>
      product.subcomponents.length === 0
        ? isPackage(product) || isScanned(product)
        : isScanned(product) && product.subcomponents.some(isPackage),
    )
  }
  const left: Match[] = []
  const suppressed: VexSuppressed[] = []
  for (const match of matches) {
    const ids = new Set([match.vulnerabilityId, ...match.evidence.map(({ advisoryId }) => advisoryId)])
    const candidates = new Set([...ids].flatMap(id => byId.get(id.toUpperCase()) ?? []))
    if (candidates.size === 0) {
      left.push(match)
      continue
    }
    const subject = purlSubject(match.package, artefact.distro)
    let latest: Entry | null = null
    for (const entry of candidates) {
      if ((latest === null || overrides(entry, latest)) && concerns(entry.statement, subject)) latest = entry
    }
    if (latest !== null && suppresses(latest.statement.status)) {
      suppressed.push({ match, document: latest.document, statement: latest.statement })
    } else left.push(match)
  }
  return { matches: left, suppressed }
}

function statementsById(documents: readonly VexDocument[]): ReadonlyMap<string, readonly Entry[]> {
  const byId = new Map<string, Entry[]>()
  let order = 0
  for (const document of documents) {
    for (const statement of document.statements) {
      const entry = { document, statement, order: order++ }
      for (const id of new Set(statement.vulnerabilityIds.map(text => text.toUpperCase()))) {
        const known = byId.get(id)
        if (known === undefined) byId.set(id, [entry])
        else known.push(entry)
      }
    }
  }
  return byId
}

/** A statement without a time is older than any with one. */
function overrides(a: Entry, b: Entry): boolean {
  const [aTime, bTime] = [a.statement.timestamp ?? -Infinity, b.statement.timestamp ?? -Infinity]
  if (aTime !== bTime) return aTime > bTime
  const [aOpen, bOpen] = [openness(a.statement.status), openness(b.statement.status)]
  return aOpen === bOpen ? a.order > b.order : aOpen > bOpen
}

function openness(status: VexStatus): number {
  switch (status) {
    case 'affected':
      return 2
    case 'under-investigation':
      return 1
    case 'fixed':
    case 'not-affected':
      return 0
    default:
      return assertNever(status)
  }
}
