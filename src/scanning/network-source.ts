import type { Result } from '../base/result.ts'
import type { ScanStatusReason } from '../domain/coverage.ts'
import type { Scope } from '../domain/ids.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'

/** Why a network could not be described at all; single calls that were refused are `missing` in a snapshot. */
export interface NetworkSourceError {
  readonly reason: Extract<ScanStatusReason, 'ACCESS_DENIED' | 'INTERNAL_ERROR'>
  /** One sentence for a person: what failed and what to do. */
  readonly detail: string
}

/** Where networks are described. */
export interface NetworkSource {
  /**
   * The network of an account in a Region as it is now, with those of other accounts and Regions where they help; `null`
   * where nobody said how to ask AWS about it.
   */
  snapshotOf(scope: Scope, signal: AbortSignal): Promise<Result<NetworkSnapshot, NetworkSourceError> | null>
}
