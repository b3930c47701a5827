import type { Instant } from '../base/clock.ts'
import type { ResourceId, Scope } from '../domain/ids.ts'
import type { DescribedCall } from './described-call.ts'
import type { NetworkSourceError } from './network-source.ts'

/** How a watched network was last described. */
export interface NetworkDescription {
  readonly scope: Scope
  /** When AWS last told all that it was asked; `null` before the first time. */
  readonly describedAt: Instant | null
  /** What the attempt failed with that came after `describedAt`; `null` where it is the last. */
  readonly failure: NetworkSourceError | null
}

/** Calls that are to be asked again, and what tells them from later wishes. */
export interface RequestedCalls {
  readonly calls: 'all' | readonly string[]
  /** How often each was asked for, by name. */
  readonly marks: ReadonlyMap<string, number>
}

/**
 * What AWS last described of each watched account and Region, with what is to be asked again. Sealed at rest: it tells where
 * an estate is open. Whatever a network that nobody watches is sent is dropped.
 */
export interface DescribedNetworkStore {
  /** Durable when it returns: the calls are asked again, whatever dies meanwhile. */
  request(scope: Scope, calls: 'all' | readonly string[]): Promise<void>
  requested(scope: Scope): Promise<RequestedCalls>
  /**
   * Replaces the calls of `asked`, or everything, and forgets what was requested up to `settled`, in one transaction.
   */
  put(scope: Scope, described: PutDescription, settled: RequestedCalls): Promise<void>
  /** What was described stays; what was requested up to `settled` is forgotten. */
  fail(scope: Scope, failure: NetworkSourceError, settled: RequestedCalls): Promise<void>
  /** Of every network that is watched, in order of account and Region. */
  list(): Promise<readonly NetworkDescription[]>
  /** In order of calls. */
  read(scope: Scope): Promise<readonly DescribedCall[]>
  remove(scope: Scope): Promise<void>
  /** Accounts and Regions that are evaluated or described although nobody watches their networks any more. */
  unwatched(): Promise<readonly Scope[]>
  /** Instances have no network any more: neither its coverage nor how far they are open. */
  forget(scope: Scope, ids: readonly ResourceId[]): Promise<void>
  /** Everything that is not `except` was looked at and found as it is stored. */
  confirm(scope: Scope, at: Instant, except: readonly ResourceId[]): Promise<void>
  /** Names the evaluation whose outcomes are stored; `null` before the first. */
  evaluation(): Promise<string | null>
  /** Says, before anything is stored, whose outcomes those will be from now on. */
  beginEvaluation(id: string): Promise<void>
}

export interface PutDescription {
  readonly asked: 'all' | readonly string[]
  readonly calls: readonly DescribedCall[]
  readonly at: Instant
}
