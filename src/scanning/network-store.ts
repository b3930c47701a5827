import type { Coverage } from '../domain/coverage.ts'
import type { Finding, FindingChange, PackageFinding } from '../domain/finding.ts'
import type { ResourceId, Scope } from '../domain/ids.ts'
import type { ExposureLevel } from '../domain/network/open-path.ts'
import type { Resource } from '../domain/resource.ts'
import type { BuriedGenerations } from '../findings/reconcile.ts'
import type { KnownResource } from './scan-store.ts'

/** What the evaluations of an instance's network left behind. */
export interface NetworkState {
  /** Of scan type NETWORK. */
  readonly coverage: Coverage
  readonly exposure: ExposureLevel
}

/** An instance as it is now, its row locked. */
export interface HeldInstance {
  readonly id: ResourceId
  /** `null` when it is new to us. */
  readonly known: KnownResource | null
  readonly isRetired: boolean
  /** `null` before its first evaluation. */
  readonly network: NetworkState | null
  /** The newest generation of each of its network findings. */
  readonly findings: readonly Finding[]
  /** What is left of findings that were deleted. */
  readonly buried: BuriedGenerations
}

export interface NetworkOutcome {
  readonly resource: Resource
  /** Of scan type PACKAGE: the resource's own, or why its packages are not read. */
  readonly packageCoverage: Coverage
  readonly network: NetworkState
  readonly changes: readonly FindingChange[]
  /** What becomes of each open package finding, of which there may be thousands; `keep` leaves them unread. */
  readonly packageFindings: 'keep' | ((finding: PackageFinding) => FindingChange | null)
}

/** Instances and what their networks open, for writing. */
export interface NetworkStore {
  /**
   * Locks the instances in the order of their ids (making rows for new ones) and applies all outcomes in one transaction:
   * resource, coverage, exposure, findings, history and events. `decide` may run again. A resource that was out of coverage
   * comes back without its inventory.
   */
  commitAll(scope: Scope, ids: readonly ResourceId[], decide: (instance: HeldInstance) => NetworkOutcome): Promise<void>
  /** Evaluated instances that are in coverage, in id order after `after`. */
  evaluated(scope: Scope, after: ResourceId | null, limit: number): Promise<readonly ResourceId[]>
  /** Says of all evaluated instances of the scope why they could not be evaluated again; what is known of them stays. */
  markFailed(scope: Scope, failure: Pick<Coverage, 'reason' | 'detail'>): Promise<void>
}
