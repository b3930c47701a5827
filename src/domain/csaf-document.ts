/**
 * The wire shape of a CSAF 2.0 document (OASIS; `csaf_vex`, `csaf_security_advisory`), only what we read. Red Hat, SUSE and
 * others publish these. Written by hand, as for OSV: a whole load reads tens of thousands of megabyte documents.
 */
export interface CsafDocument {
  /** `document.tracking.id`, e.g. `CVE-2024-6923`, `RHSA-2024:6163`. */
  readonly id: string
  /** `document.tracking.status`: `final`, `interim`, `draft`; `deleted` for one that was taken back. */
  readonly status: string
  /** `document.tracking.version`. */
  readonly version: string | null
  /** `document.publisher.name`. */
  readonly publisher: string | null
  readonly title: string | null
  readonly published: string | null
  readonly modified: string | null
  /** `document.aggregate_severity.text`. */
  readonly severityWord: string | null
  /** Address of the document for people: its own reference that is no file. */
  readonly pageUrl: string | null
  readonly products: ReadonlyMap<string, CsafProduct>
  readonly relationships: ReadonlyMap<string, CsafRelationship>
  readonly vulnerabilities: readonly CsafVulnerability[]
}

/** A full product name, wherever in the tree it stands. */
export interface CsafProduct {
  readonly id: string
  readonly name: string
  readonly cpe: string | null
  readonly purl: string | null
  /** SHA-256 digests of its files, in hexadecimal. */
  readonly sha256: readonly string[]
}

/** `component` as a part of `platform`; either may itself be a relationship. */
export interface CsafRelationship {
  readonly component: string
  readonly platform: string
}

export type CsafStatus = 'fixed' | 'known_affected' | 'known_not_affected' | 'under_investigation'

export interface CsafVulnerability {
  readonly cve: string | null
  readonly title: string | null
  readonly description: string | null
  readonly released: string | null
  readonly references: readonly string[]
  readonly statuses: ReadonlyMap<CsafStatus, readonly string[]>
  readonly remediations: readonly CsafRemediation[]
  readonly scores: readonly CsafScore[]
  /** `threats` of category `impact`: the vendor's word, and for which products. */
  readonly impacts: readonly CsafImpact[]
  /** Why products are not affected, in the labels that OpenVEX uses too. (CSAF 2.0, 3.2.3.5) */
  readonly flags: readonly { readonly label: string; readonly productIds: readonly string[] }[]
}

export interface CsafImpact {
  readonly word: string
  readonly productIds: readonly string[]
}

export interface CsafRemediation {
  /** `vendor_fix`, `no_fix_planned`, `none_available`, `workaround`, … */
  readonly category: string
  readonly details: string
  readonly productIds: readonly string[]
}

export interface CsafScore {
  readonly system: 'CVSS_V2' | 'CVSS_V3' | 'CVSS_V4'
  readonly vector: string
  readonly productCount: number
}

export type CsafRefusal = 'not-json' | 'not-csaf' | 'missing-field' | 'wrong-type' | 'limit-exceeded'

/** A document that cannot be read as a whole; the message holds no text of it. */
export class CsafError extends Error {
  readonly reason: CsafRefusal

  constructor(reason: CsafRefusal, message: string) {
    super(message)
    this.name = 'CsafError'
    this.reason = reason
  }
}

/** Several times what the largest documents hold: kernel flaws list some 60,000 product ids. (observed, inferred) */
const LIMITS = {
  products: 500_000,
  relationships: 1_000_000,
  branchDepth: 32,
  vulnerabilities: 5_000,
  productIds: 2_000_000,
  listItems: 100_000,
  idCharacters: 1_024,
  textCharacters: 8_000,
  urlCharacters: 2_000,
  references: 100,
} as const

const STATUSES: ReadonlyMap<string, CsafStatus> = new Map([
  ['fixed', 'fixed'],
  // The first version, or the recommended one, that has the fix. (CSAF 2.0, 3.2.3.9)
  ['first_fixed', 'fixed'],
  ['recommended', 'fixed'],
  ['known_affected', 'known_affected'],
  ['first_affected', 'known_affected'],
  ['last_affected', 'known_affected'],
  ['known_not_affected', 'known_not_affected'],
  ['under_investigation', 'under_investigation'],
])

const SCORE_MEMBERS = [
  ['cvss_v3', 'CVSS_V3'],
  ['cvss_v4', 'CVSS_V4'],
  ['cvss_v2', 'CVSS_V2'],
] as const

type Fields = Readonly<Record<string, unknown>>

/** Reads the text of a document. Throws `CsafError`. */
export function readCsaf(text: string): CsafDocument {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new CsafError('not-json', 'the document is not JSON')
  }
  const root = fields(value, 'the document')
  const document = fields(root['document'], 'document')
  if (optional(document['category'])?.startsWith('csaf_') !== true) {
    throw new CsafError('not-csaf', 'document.category does not name a profile of CSAF')
  }
  const tracking = fields(document['tracking'], 'document.tracking')
  const tree = isFields(root['product_tree']) ? root['product_tree'] : {}
  const severity = isFields(document['aggregate_severity']) ? document['aggregate_severity'] : {}
  const groups = groupsOf(tree)
  const vulnerabilities = list(root['vulnerabilities'], 'vulnerabilities', LIMITS.vulnerabilities)
  return {
    id: required(tracking['id'], 'document.tracking.id'),
    status: optional(tracking['status']) ?? 'final',
    version: optional(tracking['version']),
    publisher: isFields(document['publisher']) ? optional(document['publisher']['name']) : null,
    title: shortened(document['title']),
    published: optional(tracking['initial_release_date']),
    modified: optional(tracking['current_release_date']),
    severityWord: optional(severity['text']),
    pageUrl: urlsOf(document['references']).find(url => !url.endsWith('.json')) ?? null,
    products: productsOf(tree),
    relationships: relationshipsOf(tree),
    vulnerabilities: vulnerabilities.map((item, at) => vulnerabilityOf(item, `vulnerabilities[${at}]`, groups)),
  }
}

/** Every product of the nested branches, of `full_product_names` and of the relationships. The first of an id counts. */
function productsOf(tree: Fields): ReadonlyMap<string, CsafProduct> {
  const found = new Map<string, CsafProduct>()
  const take = (value: unknown): void => {
    if (!isFields(value)) return
    const id = value['product_id']
    if (typeof id !== 'string' || id === '' || id.length > LIMITS.idCharacters || found.has(id)) return
    if (found.size >= LIMITS.products) throw tooMany('product_tree', LIMITS.products, 'products')
    const helper = isFields(value['product_identification_helper']) ? value['product_identification_helper'] : {}
    found.set(id, {
      id,
      name: optional(value['name']) ?? '',
      cpe: optional(helper['cpe']),
      purl: optional(helper['purl']),
      sha256: helper['hashes'] === undefined ? NO_HASHES : sha256Of(helper['hashes']),
    })
  }
  for (const product of list(tree['full_product_names'], 'product_tree.full_product_names', LIMITS.products)) {
    take(product)
  }
  const open: { readonly node: unknown; readonly depth: number }[] = []
  const descend = (value: unknown, depth: number): void => {
    const branches = list(value, 'product_tree.branches', LIMITS.products)
    if (branches.length > 0 && depth > LIMITS.branchDepth) {
      throw new CsafError('limit-exceeded', `product_tree.branches is nested deeper than ${LIMITS.branchDepth}`)
    }
    if (open.length + branches.length > LIMITS.products) throw tooMany('product_tree', LIMITS.products, 'branches')
    // Last in, first out: turned around, so that the order of the document decides which of two equal ids counts.
    for (let at = branches.length - 1; at >= 0; at--) open.push({ node: branches[at], depth })
  }
  descend(tree['branches'], 1)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isFields(next.node)) continue
    take(next.node['product'])
    descend(next.node['branches'], next.depth + 1)
  }
  return found
}

/** One for all products: few have any, and there are hundreds of thousands. */
const NO_HASHES: readonly string[] = []
const LIMIT_HASHES = 16

/** `[{ filename, file_hashes: [{ algorithm, value }] }]`; other algorithms name nothing that we know. (CSAF 2.0, 3.1.3.3.2) */
function sha256Of(value: unknown): readonly string[] {
  const files = Array.isArray(value) ? (value as readonly unknown[]).slice(0, LIMIT_HASHES).filter(isFields) : []
  return files.flatMap(file => {
    const hashes: unknown = file['file_hashes']
    if (!Array.isArray(hashes)) return []
    return (hashes as readonly unknown[]).slice(0, LIMIT_HASHES).flatMap(hash => {
      const digest = isFields(hash) && hash['algorithm'] === 'sha256' ? optional(hash['value']) : null
      return digest !== null && /^[0-9a-f]{64}$/i.test(digest) ? [digest.toLowerCase()] : []
    })
  })
}

function relationshipsOf(tree: Fields): ReadonlyMap<string, CsafRelationship> {
  const found = new Map<string, CsafRelationship>()
  for (const item of list(tree['relationships'], 'product_tree.relationships', LIMITS.relationships)) {
    if (!isFields(item) || !isFields(item['full_product_name'])) continue
    const id = optional(item['full_product_name']['product_id'])
    const component = optional(item['product_reference'])
    const platform = optional(item['relates_to_product_reference'])
    if (id !== null && component !== null && platform !== null && !found.has(id)) found.set(id, { component, platform })
  }
  return found
}

/** Lists of products that remediations, threats and flags name by one id. (CSAF 2.0, 3.2.2.4) */
type ProductGroups = ReadonlyMap<string, readonly string[]>

function groupsOf(tree: Fields): ProductGroups {
  const found = new Map<string, readonly string[]>()
  let members = 0
  for (const group of list(tree['product_groups'], 'product_tree.product_groups', LIMITS.listItems)) {
    const id = isFields(group) ? optional(group['group_id']) : null
    if (!isFields(group) || id === null || found.has(id)) continue
    const named = ids(group['product_ids'], 'product_tree.product_groups')
    members += named.length
    if (members > LIMITS.productIds) throw tooMany('product_tree.product_groups', LIMITS.productIds, 'products')
    found.set(id, named)
  }
  return found
}

/** Products that an item names one by one, and by their groups. `room` is what all items of a vulnerability may still name. */
function namedBy(item: Fields, groups: ProductGroups, room: { left: number }, where: string): readonly string[] {
  const own = ids(item['product_ids'], where)
  const groupIds = ids(item['group_ids'], where)
  if (groupIds.length === 0) return own
  const all = new Set(own)
  for (const id of new Set(groupIds)) {
    const members = groups.get(id) ?? []
    room.left -= members.length
    if (room.left < 0) throw tooMany(where, LIMITS.productIds, 'products by their groups')
    for (const member of members) all.add(member)
  }
  return [...all]
}

function vulnerabilityOf(value: unknown, where: string, groups: ProductGroups): CsafVulnerability {
  const item = fields(value, where)
  const room = { left: LIMITS.productIds }
  const cve = optional(item['cve'])
  const notes = list(item['notes'], `${where}.notes`, LIMITS.listItems).filter(isFields)
  return {
    cve: cve !== null && /^CVE-\d{4}-\d{4,12}$/.test(cve) ? cve : null,
    title: shortened(item['title']),
    description: shortened(notes.find(note => note['category'] === 'description')?.['text']),
    released: optional(item['release_date']),
    references: urlsOf(item['references']),
    statuses: statusesOf(item['product_status'], where),
    remediations: list(item['remediations'], `${where}.remediations`, LIMITS.listItems)
      .filter(isFields)
      .map(remediation => ({
        category: optional(remediation['category']) ?? '',
        details: shortened(remediation['details']) ?? '',
        productIds: namedBy(remediation, groups, room, `${where}.remediations`),
      })),
    scores: list(item['scores'], `${where}.scores`, LIMITS.listItems).filter(isFields).flatMap(scoresOf),
    impacts: list(item['threats'], `${where}.threats`, LIMITS.listItems)
      .filter(isFields)
      .filter(threat => threat['category'] === 'impact')
      .flatMap(threat => {
        const word = optional(threat['details'])
        return word === null ? [] : [{ word, productIds: namedBy(threat, groups, room, `${where}.threats`) }]
      }),
    flags: list(item['flags'], `${where}.flags`, LIMITS.listItems)
      .filter(isFields)
      .flatMap(flag => {
        const label = optional(flag['label'])
        return label === null ? [] : [{ label, productIds: namedBy(flag, groups, room, `${where}.flags`) }]
      }),
  }
}

function statusesOf(value: unknown, where: string): ReadonlyMap<CsafStatus, readonly string[]> {
  const found = new Map<CsafStatus, readonly string[]>()
  if (value === undefined || value === null) return found
  const groups = fields(value, `${where}.product_status`)
  for (const [name, status] of STATUSES) {
    if (!Object.hasOwn(groups, name)) continue
    const listed = ids(groups[name], `${where}.product_status`)
    found.set(status, [...(found.get(status) ?? []), ...listed])
  }
  return found
}

function scoresOf(score: Fields): CsafScore[] {
  const found: CsafScore[] = []
  for (const [member, system] of SCORE_MEMBERS) {
    const vector = isFields(score[member]) ? optional(score[member]['vectorString']) : null
    if (vector !== null) found.push({ system, vector, productCount: countOf(score['products']) })
  }
  return found
}

function urlsOf(value: unknown): readonly string[] {
  const urls = new Set<string>()
  for (const reference of Array.isArray(value) ? (value as readonly unknown[]) : []) {
    if (urls.size >= LIMITS.references) break
    const url = isFields(reference) ? reference['url'] : null
    if (typeof url === 'string' && url.length <= LIMITS.urlCharacters && /^https?:\/\/\S+$/.test(url)) urls.add(url)
  }
  return [...urls]
}

function ids(value: unknown, where: string): readonly string[] {
  return list(value, where, LIMITS.productIds).filter(id => typeof id === 'string')
}

function countOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fields(value: unknown, where: string): Fields {
  if (isFields(value)) return value
  throw new CsafError(value === undefined ? 'missing-field' : 'wrong-type', `${where} is not an object`)
}

function list(value: unknown, where: string, limit: number): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new CsafError('wrong-type', `${where} is not a list`)
  if (value.length > limit) throw tooMany(where, limit, 'items')
  return value
}

function tooMany(where: string, limit: number, what: string): CsafError {
  return new CsafError('limit-exceeded', `${where} has more than ${limit} ${what}`)
}

function required(value: unknown, where: string): string {
  const text = optional(value)
  if (text === null) throw new CsafError('missing-field', `${where} is missing`)
  return text
}

/** A short text; `null` for none, an empty one, and one that is far too long for what it should be. */
function optional(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= LIMITS.idCharacters ? value : null
}

/** Prose, cut where it gets long. */
function shortened(value: unknown): string | null {
  if (typeof value !== 'string' || value.trim() === '') return null
  const text = value.trim()
  return text.length <= LIMITS.textCharacters ? text : `${text.slice(0, LIMITS.textCharacters - 1)}…`.toWellFormed()
}
