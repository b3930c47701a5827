import type { VulnerabilityId } from '../domain/ids.ts'

/** What findings show of a vulnerability that moves without anything happening to them. */
export interface QuietSignals {
  readonly vulnerabilityId: VulnerabilityId
  readonly epssScore: number | null
  /** Whether a source that would know has no exploit. The news that there is one is for `reconcile`. */
  readonly isKnownUnexploited: boolean
}

/** Signals of findings, of all accounts, by vulnerability. */
export interface SignalStore {
  /** Vulnerabilities of findings that are not closed, in id order, in pages of `limit` after `after`. */
  openVulnerabilities(after: VulnerabilityId | null, limit: number): Promise<readonly VulnerabilityId[]>
  /** Makes open findings show these; neither history nor event. Returns how many showed something else. */
  refresh(signals: readonly QuietSignals[]): Promise<number>
}
