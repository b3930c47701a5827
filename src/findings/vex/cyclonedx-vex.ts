import { parseInstant } from '../../base/clock.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { type JsonObject, member } from '../../ecosystems/json-file.ts'
import { nameIn, objectIn, objectsIn, textIn } from './json-members.ts'
import {
  suppresses,
  VEX_LIMITS,
  type VexDocument,
  type VexIdentity,
  VexProblems,
  type VexProduct,
  type VexStatement,
  type VexStatus,
} from './vex-statement.ts'

/** (CycloneDX 1.4 to 1.7, `impactAnalysisState`; matching-and-feeds §7) */
const STATUSES: ReadonlyMap<string, VexStatus> = new Map([
  ['not_affected', 'not-affected'],
  ['false_positive', 'not-affected'],
  ['resolved', 'fixed'],
  ['resolved_with_pedigree', 'fixed'],
  ['exploitable', 'affected'],
  ['in_triage', 'under-investigation'],
])

/** The vulnerabilities of a CycloneDX document that somebody has analysed. */
export function readCycloneDxVex(document: JsonObject, path: string): Result<VexDocument, string> {
  const listed = objectsIn(document, 'vulnerabilities')
  if (listed.length > VEX_LIMITS.statements) return err(`more than ${VEX_LIMITS.statements} vulnerabilities`)
  const metadata = objectIn(document, 'metadata')
  const components = componentsByRef(document, objectIn(metadata, 'component'))
  const subject = identityOf(objectIn(metadata, 'component'))
  const issued = parseInstant(textIn(metadata, 'timestamp') ?? '')
  const problems = new VexProblems()
  const statements: VexStatement[] = []
  let count = 0
  for (const [at, item] of listed.entries()) {
    const analysis = objectIn(item, 'analysis')
    const state = textIn(analysis, 'state')
    // A vulnerability that nobody has analysed is a report, not a statement.
    if (state === null) continue
    const status = STATUSES.get(state)
    const vulnerabilityIds = idsOf(item)
    const where = `vulnerabilities[${at}] is not used:`
    const unread = (): void => problems.add(`vulnerabilities[${at}]: what it says of ranges of versions is not used`)
    const products = productsOf(item, components, subject, status !== undefined && suppresses(status), unread)
    count += products.length
    if (count > VEX_LIMITS.products) return err(`more than ${VEX_LIMITS.products} products`)
    if (status === undefined) problems.add(`${where} its state is none of CycloneDX`)
    else if (vulnerabilityIds.length === 0) problems.add(`${where} it has no id`)
    else if (products.length === 0) problems.add(`${where} it affects nothing that has a purl, CPE or SHA-256`)
    else {
      const updated = textIn(analysis, 'lastUpdated') ?? textIn(analysis, 'firstIssued') ?? textIn(item, 'updated')
      statements.push({
        vulnerabilityIds,
        products,
        status,
        justification: textIn(analysis, 'justification') ?? (state === 'false_positive' ? state : null),
        impact: textIn(analysis, 'detail'),
        timestamp: parseInstant(updated ?? '') ?? issued,
      })
    }
  }
  const version = member(document, 'version')
  return ok({
    id: textIn(document, 'serialNumber') ?? path,
    format: 'CycloneDX',
    version: typeof version === 'number' ? String(version) : null,
    author: authorOf(metadata),
    statements,
    problems: problems.all(),
  })
}

function authorOf(metadata: JsonObject): string | null {
  const [author] = objectsIn(metadata, 'authors')
  return author === undefined ? textIn(objectIn(metadata, 'supplier'), 'name') : textIn(author, 'name')
}

function idsOf(item: JsonObject): readonly string[] {
  const ids = [nameIn(item, 'id'), ...objectsIn(item, 'references').map(reference => nameIn(reference, 'id'))]
  return [...new Set(ids.filter(id => id !== null))].slice(0, VEX_LIMITS.names)
}

function componentsByRef(document: JsonObject, subject: JsonObject): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>()
  const open = [subject, ...objectsIn(document, 'components')]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const ref = nameIn(next, 'bom-ref')
    if (ref !== null && !found.has(ref)) found.set(ref, next)
    for (const nested of objectsIn(next, 'components')) open.push(nested)
  }
  return found
}

/**
 * What `affects` names: a component of the document, or a purl as it stands. Where the document says what it is about, its
 * components are parts of that and of nothing else.
 */
function productsOf(
  item: JsonObject,
  components: ReadonlyMap<string, JsonObject>,
  subject: VexIdentity | null,
  isExcused: boolean,
  onRange: () => void,
): readonly VexProduct[] {
  return objectsIn(item, 'affects').flatMap((affected): VexProduct[] => {
    const ref = nameIn(affected, 'ref') ?? ''
    const component = components.get(ref)
    const named =
      component === undefined
        ? ref.startsWith('pkg:')
          ? { purls: [ref], cpes: [], sha256: [] }
          : null
        : identityOf(component)
    if (named === null) return []
    const versions = versionsOf(affected, isExcused, onRange)
    const identity = versions === null ? named : { ...named, versions }
    if (subject === null || isSame(named, subject)) return [{ ...identity, subcomponents: [] }]
    return [{ ...subject, subcomponents: [identity] }]
  })
}

/** Versions that one entry may list. Chosen by us. */
const MOST_VERSIONS = 10_000

/**
 * The versions that an entry is about; `null` where it lists none, which is any. The analysis is one of the versions that
 * are listed as affected, as scanners write them, and where it excuses, of those that are listed as unaffected too.
 * (CycloneDX 1.4 to 1.7, `affects[].versions`)
 */
function versionsOf(affected: JsonObject, isExcused: boolean, onRange: () => void): readonly string[] | null {
  const listed = objectsIn(affected, 'versions').slice(0, MOST_VERSIONS)
  if (listed.length === 0) return null
  return listed.flatMap(entry => {
    const said = textIn(entry, 'status') ?? 'affected'
    if (said !== 'affected' && !(said === 'unaffected' && isExcused)) return []
    const version = nameIn(entry, 'version')
    if (version === null && nameIn(entry, 'range') !== null) onRange()
    return version === null ? [] : [version]
  })
}

function isSame(a: VexIdentity, b: VexIdentity): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function identityOf(component: JsonObject): VexIdentity | null {
  const purl = nameIn(component, 'purl')
  const cpe = nameIn(component, 'cpe')
  const sha256 = objectsIn(component, 'hashes').flatMap(hash => {
    const content = nameIn(hash, 'alg') === 'SHA-256' ? nameIn(hash, 'content') : null
    return content !== null && /^[0-9a-f]{64}$/i.test(content) ? [content.toLowerCase()] : []
  })
  if (purl === null && cpe === null && sha256.length === 0) return null
  return { purls: purl === null ? [] : [purl], cpes: cpe === null ? [] : [cpe], sha256 }
}
