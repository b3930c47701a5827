import type { AffectedPackage } from '../domain/advisory.ts'
import type { VulnerabilityId } from '../domain/ids.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { ReleaseEnd } from '../domain/release-end.ts'
import type { VulnerabilitySignals } from '../domain/signal.ts'
import type { Vulnerability } from '../domain/vulnerability.ts'

/** One advisory's word on one package name, with the vulnerabilities that it is about. */
export interface AdvisoryEntry {
  readonly advisoryId: string
  readonly feed: string
  readonly vulnerabilityIds: readonly VulnerabilityId[]
  readonly affected: AffectedPackage
}

/**
 * How much the advisories say about a namespace. Only the silence of a real feed means "not vulnerable"; where there is none,
 * or only the bundled handful, "no match" means "not known".
 */
export type Covering = 'fully' | 'by-starter-only' | 'not-at-all'

/** One version of the advisory database, open for reading. Withdrawn advisories are not in it. */
export interface AdvisoryIndex {
  /** Content name: equal content, equal name. */
  readonly version: string
  covers(namespace: Namespace): Covering
  entriesFor(namespace: Namespace, name: string): readonly AdvisoryEntry[]
  /** `matchedIds` are the advisories that led to it: whoever published them counts as the vendor. */
  vulnerability(id: VulnerabilityId, matchedIds?: readonly string[]): Vulnerability | null
  /** The part of `vulnerability` that changes every day; cheap, for asking about many. */
  signalsOf(id: VulnerabilityId): VulnerabilitySignals
  /** When releases of distributions end, one word for each namespace; absent where the database has no such source. */
  readonly releaseEnds?: () => ReadonlyMap<Namespace, ReleaseEnd>
  close(): void
}
