import type { Instant } from '../base/clock.ts'
import type { Scope } from '../domain/ids.ts'

/** An account in a Region whose network is looked at again and again. */
export interface NetworkWatch {
  readonly scope: Scope
  readonly access: NetworkWatchAccess
  readonly createdAt: Instant
  /** When the last evaluation ended, well or not; `null` before the first. */
  readonly lastEvaluatedAt: Instant | null
  /** What the last evaluation failed with, `null` after a good one. */
  readonly lastError: string | null
  /** SHA-256, in hexadecimal, of the token that notices of changes come with; `null` where nobody may send any. */
  readonly eventTokenHash: string | null
  readonly events: ChangeEvents
}

/** Notices of changes that came so far. */
export interface ChangeEvents {
  readonly taken: number
  /** Those that change nothing that is looked at. */
  readonly ignored: number
  readonly lastAt: Instant | null
}

export const NO_EVENTS: ChangeEvents = { taken: 0, ignored: 0, lastAt: null }

/** The role that this server assumes to describe the network. */
export interface NetworkWatchAccess {
  /** `null`: with the server's own identity. */
  readonly roleArn: string | null
  /** What the role's trust policy asks for, so that nobody else's server can be sent there. */
  readonly externalId: string | null
}

/** One watch for each account and Region. */
export interface NetworkWatchStore {
  /** Watches from now on, or with another role or token from now on. */
  put(watch: NetworkWatch): Promise<void>
  find(scope: Scope): Promise<NetworkWatch | null>
  /** Watches whose last evaluation ended before `until`, or that have had none, of every account. */
  due(until: Instant): Promise<readonly NetworkWatch[]>
  recordEvaluation(scope: Scope, at: Instant, error: string | null): Promise<void>
  /** Counts a notice of a change. */
  noteEvent(scope: Scope, at: Instant, isTaken: boolean): Promise<void>
  remove(scope: Scope): Promise<boolean>
}
