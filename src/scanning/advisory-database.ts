import type { Instant } from '../base/clock.ts'
import type { Advisory } from '../domain/advisory.ts'
import type { VulnerabilityId } from '../domain/ids.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { FeedPart, FeedPatch } from '../feeds/feed.ts'
import type { AdvisoryIndex } from '../matching/advisory-index.ts'

/** The state of one part of one feed in a database version. */
export interface FeedGeneration {
  readonly feed: string
  readonly part: string
  readonly recordCount: number
  readonly advisoryCount: number
  /** Facts about flaws that are no advisories: scores of EPSS, entries of KEV. */
  readonly signalCount: number
  readonly skipped: FeedPart['skipped']
  readonly validator: string | null
  readonly newestModified: Instant | null
  /** When the content was last fetched with success (changed or not); `null` while it never was. */
  readonly syncedAt: Instant | null
  /** Why the last attempt did not replace this generation; `null` when it did or nothing had changed. */
  readonly lastError: string | null
}

/**
 * The advisory database: immutable, content-named versions in one directory, one of them current.
 * A new version is written beside the old one and swapped in by a rename; a crash leaves the old or the new, whole.
 */
export interface AdvisoryDatabase {
  /** Content name of the current version, `null` before the first. */
  currentVersion(): string | null
  generations(): readonly FeedGeneration[]
  /** What a part says about the wanted namespaces: its advisories that do, each with those entries alone. */
  heldAbout(feed: string, part: string, isWanted: (namespace: Namespace) => boolean): readonly Advisory[]
  /** Opens the current version for reading; `null` before the first. It stays valid after a swap until closed. */
  open(): AdvisoryIndex | null
  /**
   * Builds and swaps in the version in which each update replaces or patches its part, or only records the outcome of
   * the attempt; parts not named keep their generation. Returns the new content name: the old one when nothing changed,
   * `null` while no part has ever been fetched with success.
   */
  apply(updates: readonly FeedUpdate[], now: Instant): Promise<string | null>
  /**
   * What the current version says otherwise than `version`; `everything` when that cannot be told any more: another
   * database, too long ago, or too much changed since.
   */
  changesSince(version: string): AdvisoryChanges | 'everything'
}

/** A name that advisories speak about: a namespace and a canonical package name in it. */
export interface AdvisorySubject {
  readonly namespace: Namespace
  readonly name: string
}

/** The difference of two versions, as far as it may change a match or a finding. Moved dates are none. */
export interface AdvisoryChanges {
  /** The version that the changes lead to. */
  readonly to: string
  /** Names of which the entries say something else: another advisory, range, state or vulnerability. */
  readonly subjects: readonly AdvisorySubject[]
  /** Namespaces that are covered, or decided by one feed, otherwise than before: everything in them may match otherwise. */
  readonly namespaces: readonly Namespace[]
  /** Vulnerabilities of which the records say something else: text, scores, references, other names. */
  readonly vulnerabilities: readonly VulnerabilityId[]
  /** Releases of which another end is told than before; absent when of none. */
  readonly releaseEnds?: readonly ReleaseEnding[]
}

/** A release whose end moved. */
export interface ReleaseEnding {
  readonly namespace: Namespace
  /** The first of the days that were or are told of: before it nothing follows from the change. */
  readonly earliest: Instant
}

export type FeedUpdate =
  | { readonly is: 'replace'; readonly feed: string; readonly content: FeedPart }
  /**
   * Changes rows of a part that is held. Nothing happens when its validator is no longer `since`: another process has
   * brought the part elsewhere, and what leads on from there is for the next sync to ask. No other update of the same
   * call may name the part.
   */
  | { readonly is: 'patch'; readonly feed: string; readonly since: string; readonly content: FeedPatch }
  | { readonly is: 'unchanged'; readonly feed: string; readonly part: string }
  | { readonly is: 'failed'; readonly feed: string; readonly part: string; readonly error: string }
  /** Takes the part out, with its generation; nothing happens when it is not there. */
  | { readonly is: 'remove'; readonly feed: string; readonly part: string }

/** Facts of a part that are no advisories. */
export function signalCountOf({
  signals,
  epss,
  releaseEnds,
}: Pick<FeedPart, 'signals' | 'epss' | 'releaseEnds'>): number {
  return (signals?.length ?? 0) + (epss?.ids.length ?? 0) + (releaseEnds?.length ?? 0)
}
