import type { Advisory } from '../domain/advisory.ts'
import type { VulnerabilityId } from '../domain/ids.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { AdvisoryEntry, AdvisoryIndex } from './advisory-index.ts'

/** An advisory as its source published it, with what the database made of it. */
export interface CatalogueRecord {
  readonly advisory: Omit<Advisory, 'affected'>
  /** The part of the feed that it came with, and the content name of that part. */
  readonly part: string
  readonly contentVersion: string
  /** The vulnerabilities that it is about before rejected CVEs are left out; none when it is withdrawn. */
  readonly about: readonly VulnerabilityId[]
  /** Those that are left. */
  readonly standing: readonly VulnerabilityId[]
}

/** One advisory's word on one package name, whether it counts or not. */
export interface CatalogueEntry {
  readonly record: CatalogueRecord
  readonly entry: AdvisoryEntry
  /** The vendor's own feed, which alone counts in this namespace; `null` when every feed counts or this is that feed. */
  readonly silencedBy: string | null
}

/** A name that advisories speak about, and how many entries do. */
export interface CatalogueName {
  readonly namespace: Namespace
  readonly name: string
  readonly entryCount: number
}

/** A list that was cut: `total` tells of how many. */
export interface Bounded<Item> {
  readonly items: readonly Item[]
  readonly total: number
}

/** What a search found, best first: exact, then by prefix, then anywhere. */
export interface CatalogueFound {
  readonly names: Bounded<CatalogueName>
  readonly vulnerabilities: Bounded<{ readonly id: VulnerabilityId; readonly advisoryCount: number }>
  readonly advisories: Bounded<{ readonly id: string; readonly feed: string; readonly part: string }>
}

/**
 * One version of the advisory database for people's questions: also what matching never reads, because it does not
 * count. Slower than `AdvisoryIndex`; asked a few times by one command.
 */
export interface AdvisoryCatalogue {
  readonly version: string
  /** What matching reads, of the same version. */
  readonly index: AdvisoryIndex
  /** Names of versions that this one was made from, newest first, as far as it remembers. */
  readonly earlierVersions: readonly string[]
  /** Entries of a name that are about the vulnerability, before or after rejected CVEs are left out. */
  entriesAbout(namespace: Namespace, name: string, id: VulnerabilityId): readonly CatalogueEntry[]
  /** Every namespace that has entries of this very name. */
  namespacesWith(name: string): readonly CatalogueName[]
  /** Records about a vulnerability, in order of their ids; withdrawn ones that name it come last. */
  recordsAbout(id: VulnerabilityId, limit: number): Bounded<CatalogueRecord>
  /** Records with exactly this id: one for each feed or part that carries it. */
  recordsNamed(advisoryId: string): readonly CatalogueRecord[]
  /** What the records of an id, or those about a vulnerability, say about packages. */
  entriesOf(id: string, limit: number): Bounded<CatalogueEntry>
  /** The vulnerabilities that an id stands for: its own, that of the advisory so named, that of an alias. */
  vulnerabilitiesNamed(id: string): readonly VulnerabilityId[]
  search(text: string, limit: number): CatalogueFound
  close(): void
}
