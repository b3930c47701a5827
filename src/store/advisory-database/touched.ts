import type { VulnerabilityId } from '../../domain/ids.ts'
import type { Namespace } from '../../domain/namespace.ts'
import type { AdvisorySubject } from '../../scanning/advisory-database.ts'
import { cveOf } from './vulnerability-ids.ts'

/** Names, and vulnerabilities, beyond which a change counts as a change of everything. */
export const TOUCHED_LIMIT = 100_000

/** What a writer laid hands on, whether or not it says something else in the end. Bounded: beyond the limit it is empty. */
export class Touched {
  private readonly bySubject = new Map<string, AdvisorySubject>()
  private readonly byVulnerability = new Map<VulnerabilityId, boolean>()
  private readonly limit: number
  private overflowed = false
  /** Whether a part with signals was written or removed. */
  hasSignals = false

  /** With a limit of 0 nothing is noted: for a version that has no predecessor. */
  constructor(limit = TOUCHED_LIMIT) {
    this.limit = limit
    this.overflowed = limit === 0
  }

  get isTooMuch(): boolean {
    return this.overflowed
  }

  get subjects(): Iterable<AdvisorySubject> {
    return this.bySubject.values()
  }

  /** With `true` where records came and none went: then more is said for sure, and nothing need be compared. */
  get vulnerabilities(): Iterable<readonly [VulnerabilityId, boolean]> {
    return this.byVulnerability
  }

  addSubject(namespace: Namespace, name: string): void {
    if (this.overflowed) return
    this.bySubject.set(`${namespace}\n${name}`, { namespace, name })
    if (this.bySubject.size > this.limit) this.overflow()
  }

  /** A CVE's own record tells whether it is rejected, also when it is withdrawn and about nothing. */
  addRecord(advisoryId: string): void {
    const cve = cveOf(advisoryId)
    if (cve !== null) this.addVulnerability(cve)
  }

  addVulnerability(id: VulnerabilityId, isNewRecord = false): void {
    if (this.overflowed) return
    this.byVulnerability.set(id, isNewRecord && this.byVulnerability.get(id) !== false)
    if (this.byVulnerability.size > this.limit) this.overflow()
  }

  private overflow(): void {
    this.overflowed = true
    this.bySubject.clear()
    this.byVulnerability.clear()
  }
}
