import { type Instant, parseInstant } from '../../base/clock.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { isJsonObject, type Json, type JsonObject, member } from '../../ecosystems/json-file.ts'
import { listIn, nameIn, objectIn, textIn } from './json-members.ts'
import {
  VEX_LIMITS,
  type VexDocument,
  type VexIdentity,
  VexProblems,
  type VexProduct,
  type VexStatement,
  type VexStatus,
} from './vex-statement.ts'

const STATUSES: ReadonlyMap<string, VexStatus> = new Map([
  ['not_affected', 'not-affected'],
  ['affected', 'affected'],
  ['fixed', 'fixed'],
  ['under_investigation', 'under-investigation'],
])

/**
 * An OpenVEX document, any publisher's. A statement that breaks a rule of the specification is a problem and says nothing.
 * (OpenVEX 0.2.0; of 0.0.x the shapes that only differ in that products and vulnerabilities are plain texts)
 */
export function readOpenVex(document: JsonObject, path: string): Result<VexDocument, string> {
  const listed = member(document, 'statements')
  if (!Array.isArray(listed)) return err('an OpenVEX document without a list of `statements`')
  const given = listIn(document, 'statements')
  if (given.length > VEX_LIMITS.statements) return err(`more than ${VEX_LIMITS.statements} statements`)
  const problems = new VexProblems()
  const statements: VexStatement[] = []
  const issued = timeIn(document, 'last_updated') ?? timeIn(document, 'timestamp')
  let products = 0
  for (const [at, item] of given.entries()) {
    const statement = isJsonObject(item) ? statementOf(item, issued) : 'it is no object'
    if (typeof statement === 'string') {
      problems.add(`statements[${at}] is not used: ${statement}`)
      continue
    }
    products += countOf(statement)
    if (products > VEX_LIMITS.products) return err(`more than ${VEX_LIMITS.products} products`)
    statements.push(statement)
  }
  const version = member(document, 'version')
  return ok({
    id: textIn(document, '@id') ?? path,
    format: 'OpenVEX',
    version: typeof version === 'number' ? String(version) : textIn(document, 'version'),
    author: textIn(document, 'author'),
    statements,
    problems: problems.all(),
  })
}

function countOf({ products }: VexStatement): number {
  return products.reduce((sum, { subcomponents }) => sum + 1 + subcomponents.length, 0)
}

/** A text says what is wrong with it. */
function statementOf(item: JsonObject, issued: Instant | null): VexStatement | string {
  const vulnerabilityIds = idsOf(member(item, 'vulnerability'))
  if (vulnerabilityIds.length === 0) return 'it names no vulnerability'
  const status = STATUSES.get(textIn(item, 'status') ?? '')
  if (status === undefined) return 'its status is none of OpenVEX'
  const listed = listIn(item, 'products')
  const shared = listIn(item, 'subcomponents')
  const products = listed.flatMap(product => productOf(product, shared) ?? [])
  if (products.length === 0) return 'it names no product by purl, CPE or SHA-256'
  const justification = textIn(item, 'justification')
  const impact = textIn(item, 'impact_statement')
  if (status === 'not-affected' && justification === null && impact === null) {
    return 'it says not_affected without a justification or an impact statement'
  }
  const timestamp = timeIn(item, 'last_updated') ?? timeIn(item, 'timestamp') ?? issued
  return { vulnerabilityIds, products, status, justification, impact, timestamp }
}

function idsOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  if (!isJsonObject(value)) return []
  const name = nameIn(value, 'name')
  const aliases = listIn(value, 'aliases').filter(alias => typeof alias === 'string' && alias.length <= 200)
  return [...(name === null ? [] : [name]), ...(aliases as readonly string[])].slice(0, VEX_LIMITS.names)
}

/** Parts that cannot be identified must not turn a statement about them into one about the whole product. */
function productOf(value: Json, shared: readonly Json[]): VexProduct | null {
  const identity = identityOf(value)
  if (identity === null) return null
  const own = isJsonObject(value) ? listIn(value, 'subcomponents') : []
  const listed = own.length > 0 ? own : shared
  const subcomponents = listed.flatMap(part => identityOf(part) ?? [])
  return listed.length > 0 && subcomponents.length === 0 ? null : { ...identity, subcomponents }
}

function identityOf(value: Json): VexIdentity | null {
  const id = typeof value === 'string' ? value : isJsonObject(value) ? nameIn(value, '@id') : null
  const object = isJsonObject(value) ? value : {}
  const identifiers = objectIn(object, 'identifiers')
  const hashes = objectIn(object, 'hashes')
  const names = [id, nameIn(identifiers, 'purl'), nameIn(identifiers, 'cpe22'), nameIn(identifiers, 'cpe23')]
  const known = names.filter(name => name !== null)
  const digest = nameIn(hashes, 'sha-256')
  const identity = {
    purls: [...new Set(known.filter(name => name.startsWith('pkg:')))],
    cpes: [...new Set(known.filter(name => name.startsWith('cpe:')))],
    sha256: digest !== null && /^[0-9a-f]{64}$/i.test(digest) ? [digest.toLowerCase()] : [],
  }
  return identity.purls.length + identity.cpes.length + identity.sha256.length === 0 ? null : identity
}

function timeIn(object: JsonObject, name: string): Instant | null {
  return parseInstant(textIn(object, name) ?? '')
}
