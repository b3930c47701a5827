import type { Instant } from '../base/clock.ts'
import type { FindingChange } from '../domain/finding.ts'

/** One change of a finding that is still to be announced. */
export interface OutboxEvent {
  /** Rises in the order of writing within one finding; also names the event, so that receivers can drop repeats. */
  readonly seq: number
  readonly at: Instant
  readonly change: FindingChange
}

/** Events that were committed with the changes they announce. Delivery is at least once. */
export interface Outbox {
  /**
   * The oldest events, at most `limit`. Each is hidden from other takers for `leaseSeconds`, then offered again unless
   * it was marked as delivered. Of one finding, none is offered while an earlier one is out.
   */
  take(limit: number, leaseSeconds: number): Promise<readonly OutboxEvent[]>
  markDelivered(seqs: readonly number[]): Promise<void>
  /** Drops events that nobody took in time, oldest first; history keeps the changes. Returns how many. */
  trim(limits: { readonly keepDays: number; readonly keepAtMost: number }): Promise<number>
}
