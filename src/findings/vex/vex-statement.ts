import type { Instant } from '../../base/clock.ts'

/** Where somebody stands with a vulnerability in a product. (OpenVEX 0.2.0, status labels) */
export type VexStatus = 'not-affected' | 'affected' | 'fixed' | 'under-investigation'

/** Whether the status takes what it is said of out of what is left to do. */
export function suppresses(status: VexStatus): boolean {
  return status === 'not-affected' || status === 'fixed'
}

/** How a document names one thing: any of these may identify it. */
export interface VexIdentity {
  readonly purls: readonly string[]
  /** CPE 2.2 URIs and 2.3 names. */
  readonly cpes: readonly string[]
  /** SHA-256 digests in lower case hexadecimal. */
  readonly sha256: readonly string[]
  /** Only these versions of it, as its package manager writes them; absent for whatever the rest names. */
  readonly versions?: readonly string[]
}

/** A product, and the parts of it that are meant; without parts the product as a whole, or the package that it names. */
export interface VexProduct extends VexIdentity {
  readonly subcomponents: readonly VexIdentity[]
}

export interface VexStatement {
  /** The vulnerability's name, then its aliases. */
  readonly vulnerabilityIds: readonly string[]
  readonly products: readonly VexProduct[]
  readonly status: VexStatus
  /** Why it is not affected, in one of the labels that OpenVEX and CSAF share, or CycloneDX's own. */
  readonly justification: string | null
  /** The same in words. */
  readonly impact: string | null
  /** Of the statement, else of its document; `null` when neither says. */
  readonly timestamp: Instant | null
}

/** A VEX document of any format. */
export interface VexDocument {
  /** As the document names itself; the path it was read from when it does not. */
  readonly id: string
  readonly format: 'OpenVEX' | 'CSAF' | 'CycloneDX'
  readonly version: string | null
  readonly author: string | null
  readonly statements: readonly VexStatement[]
  /** What of it could not be used, in words, each with its place. */
  readonly problems: readonly string[]
}

/** Bounds on one document, and on all products of its statements together. Chosen by us, far above what is published. */
export const VEX_LIMITS = {
  bytes: 32 * 1024 * 1024,
  values: 2_000_000,
  depth: 64,
  statements: 50_000,
  products: 500_000,
  /** Ids of one vulnerability, and identifiers of one thing. */
  names: 100,
  problems: 100,
  textCharacters: 2_000,
} as const

/** Problems of one document: the first ones in words, the others as a count. */
export class VexProblems {
  private readonly shown: string[] = []
  private count = 0

  add(text: string): void {
    if (this.count++ < VEX_LIMITS.problems) this.shown.push(text)
  }

  all(): readonly string[] {
    const more = this.count - this.shown.length
    return more === 0 ? this.shown : [...this.shown, `and ${more} more`]
  }
}
