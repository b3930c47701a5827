import { OvalTables, own, SharedTexts } from './oval-tables.ts'
import type { OvalKey, OvalTest } from './oval-tables.ts'
import { XmlError } from '../base/xml.ts'
import type { XmlEvent } from '../base/xml.ts'

/** What is said about one definition beside its criteria, only what we read. (OVAL 5.x, `oval-def:definition`) */
export interface OvalDefinition {
  readonly id: string
  /** `patch`, `vulnerability`; `inventory` and others are not about flaws. */
  readonly kind: string
  readonly title: string
  readonly description: string
  /** CVEs by reference or `cve` element, each once. */
  readonly cves: readonly OvalCve[]
  /** Other references by their source, e.g. `elsa`. */
  readonly references: readonly { readonly source: string; readonly id: string; readonly url: string }[]
  readonly severity: string
  readonly issued: string
  readonly updated: string
  /** Microsoft's `true`, `false`, `Not Applicable`. */
  readonly patchable: string
  readonly criteria: OvalCriteria | null
}

export interface OvalCve {
  readonly id: string
  /** `<score>/CVSS:3.1/…` or `/CVSS:4.0/…` as written, of whom the vendor does not name as somebody else. */
  readonly cvss: readonly string[]
}

/** A tree of tests. */
export type OvalCriteria =
  | { readonly operator: string; readonly isNegated: boolean; readonly children: readonly OvalCriteria[] }
  | { readonly test: OvalKey; readonly isNegated: boolean }

/** Why a definition cannot be used. */
export type OvalRefusal = 'no-id' | 'criteria-too-large' | 'too-many-references'

/**
 * Bounds. The largest published file holds some 15,000 definitions and one some 4,000 criteria inside 7 others.
 * (Oracle Linux 8, SUSE Linux Enterprise 15; estimated from their sizes)
 */
const LIMITS = {
  definitions: 500_000,
  criteria: 100_000,
  criteriaDepth: 32,
  idCharacters: 256,
  references: 20_000,
  textCharacters: 2_048,
  descriptionCharacters: 8_000,
  scores: 16,
} as const

interface OpenDefinition {
  readonly id: string
  readonly kind: string
  readonly texts: Map<string, string>
  readonly cves: Map<string, Set<string>>
  readonly references: { source: string; id: string; url: string }[]
  issued: string
  updated: string
  criteria: OvalCriteria | null
  criteriaCount: number
  refusal: OvalRefusal | null
  /** The `cve` element that is open: its scores, and its text so far. */
  cve: { readonly scores: readonly string[]; text: string } | null
}

interface OpenCriteria {
  readonly operator: string
  readonly isNegated: boolean
  readonly children: OvalCriteria[]
}

const TEXTS: ReadonlySet<string> = new Set(['title', 'description', 'severity', 'patchable', 'advisory_date'])
const CVE = /^CVE-\d{4}-\d{4,12}$/

/**
 * Gathers a document from its events: definitions whole, tests, objects and states as small tables, because files name
 * tests before they say what these are. What is wrong with one definition costs that one.
 */
export class OvalReader {
  private readonly path: string[] = []
  private readonly found: OvalDefinition[] = []
  private count = 0
  private definition: OpenDefinition | null = null
  private readonly criteria: OpenCriteria[] = []
  private readonly shared = new SharedTexts()
  private readonly tables = new OvalTables(this.shared)
  private readonly onBad: (reason: OvalRefusal, name: string) => void

  constructor(onBad: (reason: OvalRefusal, name: string) => void) {
    this.onBad = onBad
  }

  /** Definitions so far, read or not. */
  get definitionCount(): number {
    return this.count
  }

  /** Complete when the document has ended. */
  get definitions(): readonly OvalDefinition[] {
    return this.found
  }

  /** `null` for a test that the document does not have, or has without its object or a state. */
  testOf(id: OvalKey): OvalTest | null {
    return this.tables.testOf(id)
  }

  /** Takes one event. Throws `XmlError` where the document is larger than any that is published. */
  take(event: XmlEvent): void {
    switch (event.is) {
      case 'open':
        this.path.push(localName(event.name))
        this.open(event.attributes)
        return
      case 'text':
        this.text(event.text)
        return
      case 'close':
        this.close()
        this.path.pop()
    }
  }

  private open(attributes: ReadonlyMap<string, string>): void {
    const [, section, , inner] = this.path
    const name = this.path.at(-1) ?? ''
    const depth = this.path.length
    if (section === 'definitions') {
      if (depth === 3 && name === 'definition') this.openDefinition(attributes)
      else if (this.definition !== null && depth > 3) this.inDefinition(this.definition, name, inner ?? '', attributes)
    } else this.tables.open(section ?? '', depth, name, attributes)
  }

  private openDefinition(attributes: ReadonlyMap<string, string>): void {
    if (++this.count > LIMITS.definitions) {
      throw new XmlError(`the document has more than ${LIMITS.definitions} definitions`)
    }
    this.criteria.length = 0
    const id = (attributes.get('id') ?? '').trim()
    this.definition = {
      // Cut short, it might be that of another.
      id: id.length > LIMITS.idCharacters ? '' : own(id),
      kind: this.shared.kept(attributes.get('class') ?? ''),
      texts: new Map(),
      cves: new Map(),
      references: [],
      issued: '',
      updated: '',
      criteria: null,
      criteriaCount: 0,
      refusal: null,
      cve: null,
    }
  }

  private inDefinition(
    open: OpenDefinition,
    name: string,
    inner: string,
    attributes: ReadonlyMap<string, string>,
  ): void {
    if (inner === 'criteria') return this.inCriteria(open, name, attributes)
    if (name === 'reference') this.reference(open, attributes)
    else if (name === 'issued') open.issued = own((attributes.get('date') ?? '').slice(0, 64))
    else if (name === 'updated') open.updated = own((attributes.get('date') ?? '').slice(0, 64))
    else if (name === 'cve') {
      const scores = [attributes.get('cvss4'), attributes.get('cvss3')].filter(score => score !== undefined)
      open.cve = { scores: scores.map(score => own(score.slice(0, 512))), text: '' }
    }
  }

  private reference(open: OpenDefinition, attributes: ReadonlyMap<string, string>): void {
    if (open.references.length + open.cves.size >= LIMITS.references) {
      open.refusal ??= 'too-many-references'
      return
    }
    const id = (attributes.get('ref_id') ?? '').trim().slice(0, LIMITS.textCharacters)
    // SUSE writes `Mitre CVE-2021-29154` and `SUSE CVE-2021-29154`.
    const cve = /(?:^| )(CVE-\d{4}-\d{4,12})$/.exec(id)?.[1]
    const url = attributes.get('ref_url') ?? ''
    const source = this.shared.kept((attributes.get('source') ?? '').slice(0, LIMITS.textCharacters))
    if (cve !== undefined) this.addCve(open, own(cve), [])
    else open.references.push({ source, id: own(id), url: url.length > LIMITS.textCharacters ? '' : own(url) })
  }

  private addCve(open: OpenDefinition, id: string, scores: readonly string[]): void {
    let known = open.cves.get(id)
    if (known === undefined) open.cves.set(id, (known = new Set()))
    if (known.size < LIMITS.scores) for (const score of scores) known.add(score)
  }

  private inCriteria(open: OpenDefinition, name: string, attributes: ReadonlyMap<string, string>): void {
    if (++open.criteriaCount > LIMITS.criteria || this.criteria.length >= LIMITS.criteriaDepth) {
      open.refusal ??= 'criteria-too-large'
    }
    const isNegated = ['true', '1'].includes(attributes.get('negate') ?? '')
    if (name === 'criteria') {
      // The operator that the standard gives to a group which names none.
      this.criteria.push({ operator: this.shared.kept(attributes.get('operator') ?? 'AND'), isNegated, children: [] })
    } else if (name === 'criterion' && open.refusal === null) {
      this.criteria.at(-1)?.children.push({ test: this.tables.key('test', attributes.get('test_ref')), isNegated })
    } else if (name === 'extend_definition' && open.refusal === null) {
      // Another definition as a condition: no vendor that we read has one, so it is kept as a test that nobody knows.
      this.criteria.at(-1)?.children.push({ test: '', isNegated })
    }
  }

  private text(text: string): void {
    const open = this.definition
    if (open === null) {
      this.tables.text(text)
      return
    }
    if (open.cve !== null) {
      if (open.cve.text.length < LIMITS.textCharacters) open.cve.text += text
      return
    }
    const name = this.path.at(-1) ?? ''
    if (this.path[3] !== 'metadata' || !TEXTS.has(name)) return
    const limit = name === 'description' ? LIMITS.descriptionCharacters : LIMITS.textCharacters
    const known = open.texts.get(name) ?? ''
    if (known.length < limit) open.texts.set(name, known + text.slice(0, limit - known.length))
  }

  private close(): void {
    const name = this.path.at(-1) ?? ''
    const depth = this.path.length
    if (this.definition !== null) {
      if (name === 'cve') this.closeCve(this.definition)
      else if (name === 'criteria' && this.path[3] === 'criteria') this.closeCriteria(this.definition)
      else if (depth === 3 && name === 'definition') this.closeDefinition(this.definition)
    } else this.tables.close(depth)
  }

  private closeCve(open: OpenDefinition): void {
    const { cve } = open
    open.cve = null
    if (cve === null) return
    // SUSE: `CVE-2025-23016 at SUSE` beside `… at NVD`, whose scores are not the vendor's.
    const [id = '', by = ''] = cve.text.trim().split(' at ', 2)
    if (!CVE.test(id)) return
    if (open.cves.size >= LIMITS.references) open.refusal ??= 'too-many-references'
    else this.addCve(open, own(id), by === '' || by === 'SUSE' ? cve.scores : [])
  }

  private closeCriteria(open: OpenDefinition): void {
    const closed = this.criteria.pop()
    if (closed === undefined) return
    const parent = this.criteria.at(-1)
    if (open.refusal !== null) return
    if (parent === undefined) open.criteria = closed
    else parent.children.push(closed)
  }

  private closeDefinition(open: OpenDefinition): void {
    this.definition = null
    if (open.id === '' || open.refusal !== null) {
      this.onBad(open.refusal ?? 'no-id', open.id === '' ? `definition ${this.count}` : open.id)
      return
    }
    const text = (name: string): string => own((open.texts.get(name) ?? '').trim())
    this.found.push({
      id: open.id,
      kind: open.kind,
      title: text('title'),
      description: text('description'),
      cves: [...open.cves].map(([id, scores]) => ({ id, cvss: [...scores] })),
      references: open.references,
      severity: text('severity'),
      issued: open.issued === '' ? text('advisory_date') : open.issued,
      updated: open.updated,
      patchable: text('patchable'),
      criteria: open.criteria,
    })
  }
}

/** Element names without their prefix: `linux-def:rpminfo_test`. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
