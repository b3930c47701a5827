import type { InventoryProblem } from '../../domain/inventory.ts'
import { ProblemList, quoted } from '../../ecosystems/problem.ts'
import { SBOM_LIMITS } from '../limits.ts'

export interface SbomProperty {
  readonly name: string
  readonly value: string
}

/** A component of CycloneDX or a package of SPDX, in the words that both share. */
export interface SbomComponent {
  /** `bom-ref` or `SPDXID`. */
  readonly ref: string | null
  readonly kind: 'operating-system' | 'package' | 'container' | 'other'
  /** Whether the document is about it, rather than about something that it holds. */
  readonly isSubject: boolean
  readonly name: string
  readonly version: string | null
  readonly purl: string | null
  /** `properties` of CycloneDX; annotations of SPDX that are written as such. */
  readonly properties: readonly SbomProperty[]
  /** Paths at which it was seen, the telling one first. */
  readonly locations: readonly string[]
}

/** An SBOM of any format, read but not yet understood. */
export interface SbomDocument {
  /** `CycloneDX 1.5`, `SPDX-2.3`. */
  readonly format: string
  /** Of the document as a whole. */
  readonly properties: readonly SbomProperty[]
  readonly components: readonly SbomComponent[]
  readonly problems: readonly InventoryProblem[]
  /** SPDX `documentNamespace`: Amazon Inspector writes the platform into it. */
  readonly namespace: string | null
}

/** Collects the components of one document within its limits. */
export class SbomCollector {
  readonly problems: ProblemList
  private readonly components: SbomComponent[] = []
  private leftOut = 0
  private longProperties = 0

  constructor(path: string) {
    this.problems = new ProblemList(path)
  }

  add(component: SbomComponent): void {
    if (this.components.length >= SBOM_LIMITS.components) this.leftOut++
    else this.components.push({ ...component, properties: this.bounded(component.properties) })
  }

  document(format: string, properties: readonly SbomProperty[], namespace: string | null): SbomDocument {
    const kept = this.bounded(properties)
    if (this.leftOut > 0) {
      this.problems.add(
        'limit-exceeded',
        `${this.leftOut} components after the first ${SBOM_LIMITS.components} are not read`,
      )
    }
    if (this.longProperties > 0) {
      const told = `${this.longProperties} components have more than ${SBOM_LIMITS.properties} properties`
      this.problems.add('limit-exceeded', `${told}; the rest of them is not read`)
    }
    return { format, properties: kept, components: this.components, problems: this.problems.all(), namespace }
  }

  private bounded(properties: readonly SbomProperty[]): readonly SbomProperty[] {
    if (properties.length <= SBOM_LIMITS.properties) return properties
    this.longProperties++
    return properties.slice(0, SBOM_LIMITS.properties)
  }
}

/** Names in one message. */
const SHOWN = 5
/** Kinds of things that may go unread; the words hold text of the document, so their number must be bounded. */
const LIMIT_KINDS = 50

/** What of a document could not become a package: counted by kind, with some names, because one by one it would bury the rest. */
export class UnreadComponents {
  private readonly kinds = new Map<string, { readonly reason: string; words: string; shown: string[]; count: number }>()

  /** `words` go behind "12 components". */
  add(reason: string, words: string, name: string): void {
    const isNew = !this.kinds.has(`${reason} ${words}`)
    const told = isNew && this.kinds.size >= LIMIT_KINDS ? 'of further kinds' : words
    const key = `${reason} ${told}`
    const kind = this.kinds.get(key) ?? { reason, words: told, shown: [], count: 0 }
    kind.count++
    if (kind.shown.length < SHOWN) kind.shown.push(quoted(name))
    this.kinds.set(key, kind)
  }

  problems(path: string): readonly InventoryProblem[] {
    return [...this.kinds.values()].map(({ reason, words, shown, count }) => {
      const names = `${shown.join(', ')}${count > shown.length ? ', …' : ''}`
      return { path, reason, detail: `${count} ${count === 1 ? 'component' : 'components'} ${words}: ${names}` }
    })
  }
}
