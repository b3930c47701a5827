import type { Result } from '../base/result.ts'
import type { ScanStatusReason } from '../domain/coverage.ts'
import type { Scope } from '../domain/ids.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import type { DescribedCall } from './described-call.ts'

/** Why a network could not be described at all; single calls that were refused are `missing` in a snapshot. */
export interface NetworkSourceError {
  readonly reason: Extract<ScanStatusReason, 'ACCESS_DENIED' | 'INTERNAL_ERROR'>
  /** One sentence for a person: what failed and what to do. */
  readonly detail: string
}

/** What AWS told of one network. */
export interface DescribedNetwork {
  /** Calls that were made: those that were wanted, and those that belong with them. */
  readonly asked: 'all' | readonly string[]
  readonly calls: readonly DescribedCall[]
}

/** Where networks are described. */
export interface NetworkSource {
  /** Asks AWS about an account in a Region; `null` where nobody said how. */
  describe(
    scope: Scope,
    calls: 'all' | readonly string[],
    signal: AbortSignal,
  ): Promise<Result<DescribedNetwork, NetworkSourceError> | null>
  /** The networks that were described, as one: their resources merged by id. */
  join(networks: AsyncIterable<KeptNetwork>): Promise<NetworkSnapshot>
}

/** What was kept of one network. */
export interface KeptNetwork {
  readonly scope: Scope
  readonly calls: readonly DescribedCall[]
}
