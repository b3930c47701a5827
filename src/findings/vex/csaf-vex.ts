import { parseInstant } from '../../base/clock.ts'
import { err, ok, type Result } from '../../base/result.ts'
import {
  CsafError,
  type CsafProduct,
  type CsafStatus,
  type CsafVulnerability,
  readCsaf,
} from '../../domain/csaf-document.ts'
import { moduleOfPurl } from '../../ecosystems/rpm-modules.ts'
import { type CsafProductIds, csafProductIds } from '../../domain/csaf-products.ts'
import {
  VEX_LIMITS,
  type VexDocument,
  type VexIdentity,
  VexProblems,
  type VexProduct,
  type VexStatement,
  type VexStatus,
} from './vex-statement.ts'

const STATUSES: Readonly<Record<CsafStatus, VexStatus>> = {
  fixed: 'fixed',
  known_affected: 'affected',
  known_not_affected: 'not-affected',
  under_investigation: 'under-investigation',
}

/** A CSAF 2.0 document of any profile, as statements: one for each status and reason of each vulnerability. */
export function readCsafVex(text: string): Result<VexDocument, string> {
  try {
    const document = readCsaf(text)
    if (document.status === 'deleted') return err('the document was taken back by its publisher')
    const problems = new VexProblems()
    const productIds = csafProductIds(document)
    const timestamp = parseInstant(document.modified ?? document.published ?? '')
    const statements: VexStatement[] = []
    let products = 0
    for (const [at, vulnerability] of document.vulnerabilities.entries()) {
      if (vulnerability.cve === null) {
        problems.add(`vulnerabilities[${at}] is not used: it names no CVE`)
        continue
      }
      for (const said of statementsOf(vulnerability, productIds, at, problems)) {
        products += said.products.length
        if (products > VEX_LIMITS.products) return err(`more than ${VEX_LIMITS.products} products`)
        if (statements.length >= VEX_LIMITS.statements) return err(`more than ${VEX_LIMITS.statements} statements`)
        statements.push({ vulnerabilityIds: [vulnerability.cve], timestamp, ...said })
      }
    }
    const { id, version, publisher: author } = document
    return ok({ id, format: 'CSAF', version, author, statements, problems: problems.all() })
  } catch (cause) {
    if (cause instanceof CsafError) return err(cause.message)
    throw cause
  }
}

type Said = Pick<VexStatement, 'products' | 'status' | 'justification' | 'impact'>

function statementsOf(
  vulnerability: CsafVulnerability,
  productIds: CsafProductIds,
  at: number,
  problems: VexProblems,
): readonly Said[] {
  const justifications = reasonsById(vulnerability.flags.map(({ label, productIds: ids }) => ({ reason: label, ids })))
  const impacts = reasonsById(vulnerability.impacts.map(({ word, productIds: ids }) => ({ reason: word, ids })))
  const groups = new Map<string, Said & { readonly products: VexProduct[] }>()
  const left = { unknown: 0, unreasoned: 0 }
  for (const [csafStatus, ids] of vulnerability.statuses) {
    const status = STATUSES[csafStatus]
    for (const id of ids) {
      const product = productOf(productIds.partsOf(id))
      const justification = justifications.get(id) ?? null
      const impact = impacts.get(id) ?? null
      if (product === null) left.unknown++
      else if (status === 'not-affected' && justification === null && impact === null) left.unreasoned++
      else {
        const key = JSON.stringify([status, justification, impact])
        const group = groups.get(key) ?? { products: [], status, justification, impact }
        group.products.push(product)
        groups.set(key, group)
      }
    }
  }
  const where = `vulnerabilities[${at}]`
  if (left.unknown > 0) problems.add(`${where}: ${left.unknown} products have no purl, CPE or SHA-256 to be known by`)
  // (CSAF 2.0, 4.5: a profile VEX document has a flag or an impact for each product that is not affected)
  if (left.unreasoned > 0) problems.add(`${where}: ${left.unreasoned} products are not affected without a reason`)
  return [...groups.values()]
}

function reasonsById(
  given: readonly { readonly reason: string; readonly ids: readonly string[] }[],
): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>()
  for (const { reason, ids } of given) for (const id of ids) if (!reasons.has(id)) reasons.set(id, reason)
  return reasons
}

/** A component in a module in a platform is said of that stream alone; other things between the two are not known. */
function productOf(parts: readonly CsafProduct[] | null): VexProduct | null {
  const [component, ...around] = parts ?? []
  const platform = around.at(-1)
  const modules = around.slice(0, -1).map(({ purl }) => moduleOfPurl(purl))
  const [module, ...others] = modules
  if (component === undefined || module === null || others.length > 0) return null
  const own = module === undefined ? identityOf(component) : inModule(component, module)
  if (own === null || platform === undefined) return own === null ? null : { ...own, subcomponents: [] }
  const whole = identityOf(platform)
  return whole === null ? null : { ...whole, subcomponents: [own] }
}

/** The same in the shape of newer documents, which name the module in the purl itself. */
function inModule({ purl }: CsafProduct, module: string): VexIdentity | null {
  if (purl === null || !purl.startsWith('pkg:rpm/') || purl.includes('#')) return null
  if (/[?&]rpmmod=/.test(purl)) return { purls: [purl], cpes: [], sha256: [] }
  const marked = `${purl}${purl.includes('?') ? '&' : '?'}rpmmod=${encodeURIComponent(module)}`
  return { purls: [marked], cpes: [], sha256: [] }
}

function identityOf({ purl, cpe, sha256 }: CsafProduct): VexIdentity | null {
  if (purl === null && cpe === null && sha256.length === 0) return null
  return { purls: purl === null ? [] : [purl], cpes: cpe === null ? [] : [cpe], sha256 }
}
