import type { Result } from '../base/result.ts'
import type { Advisory } from '../domain/advisory.ts'
import type { Instant } from '../base/clock.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { ReleaseEnd } from '../domain/release-end.ts'
import type { EpssTable, Signal } from '../domain/signal.ts'

/** Where a feed's files are: a folder, a `file:` or an `http(s):` base URL in the upstream layout. */
export interface FeedFiles {
  /** For people, without credentials. */
  readonly base: string
  /** Answers `unchanged` when `validator` (of an earlier answer) still holds. */
  fetch(
    path: string,
    options: { readonly validator: string | null; readonly limitBytes: number },
  ): Promise<Result<FetchedFile | 'unchanged', FeedError>>
  /**
   * Files below an address that a file of this source names, as mirror lists do; `null` for an address that this source
   * must not lead to. Left out where no address can be followed.
   */
  below?(address: string): FeedFiles | null
  /** Left out where there are only files. */
  readonly api?: FeedApi
}

/** What a source answers beside its files: questions about what changed. */
export interface FeedApi {
  /** The time where the questions are asked, which a question may be about. */
  now(): Instant
  /**
   * The answer to one question, after as many waits as the source asks for. `not-found`: it answers none, as a mirror of
   * files alone.
   */
  ask(query: Readonly<Record<string, string>>, limitBytes: number): Promise<Result<Uint8Array, FeedError>>
}

export interface FetchedFile {
  readonly bytes: Uint8Array
  /** Opaque; handed back at the next fetch. `null` when the source gives none. */
  readonly validator: string | null
}

export type FeedError =
  | { readonly is: 'unreachable'; readonly what: string; readonly detail: string }
  | { readonly is: 'not-found'; readonly what: string }
  | { readonly is: 'malformed'; readonly what: string; readonly detail: string }
  | { readonly is: 'too-large'; readonly what: string; readonly limitBytes: number }

/** What one part of a feed (an OSV ecosystem, a year of NVD) yielded. */
export interface FeedPart {
  readonly part: string
  readonly advisories: readonly Advisory[]
  /** Facts about flaws that are no advisories; a part may hold these alone. */
  readonly signals?: readonly Signal[]
  /** As `signals`, for the one source that speaks about every CVE. */
  readonly epss?: EpssTable
  /** When releases of distributions leave support, each namespace once. */
  readonly releaseEnds?: readonly ReleaseEnd[]
  /** Records of the file, read or not. */
  readonly recordCount: number
  /** Records, or entries of records, that were left out: reason (a constant) to count, and the first few by name. */
  readonly skipped: readonly { readonly reason: string; readonly count: number; readonly examples: readonly string[] }[]
  readonly validator: string | null
  readonly newestModified: Instant | null
}

/**
 * What changed in a part since the fetch whose validator was handed in: for sources that publish a list of changes beside
 * too large a whole. The part then says the same as if its whole had been loaded. (matching-and-feeds §1.2
 * `modified_id.csv`, §1.3, §5.3, 7)
 */
export interface FeedPatch {
  readonly part: string
  /** Advisories that came or changed, whole; each id once. */
  readonly advisories: readonly Advisory[]
  /** Ids of advisories that are there no more, none of them in `advisories`; unknown ones are passed over. */
  readonly goneIds: readonly string[]
  /**
   * Replaces all that the part said before about the flaws named in `advisories` (by id or alias), `goneIds` and here.
   * Scores of EPSS are none of it: they all move every day, so that a part with them is only ever replaced.
   */
  readonly signals?: readonly Signal[]
  /** Records of the whole part after the change, as far as the source tells; else `null`: the database then counts on. */
  readonly recordCount: number | null
  /** Of the records named here; counted on until a whole load counts anew. */
  readonly skipped: FeedPart['skipped']
  /** Of the part after the change; also one that changed nothing may have another. */
  readonly validator: string | null
  /** `null`, or older than what is held: that stays. */
  readonly newestModified: Instant | null
}

export interface Feed {
  readonly id: string
  /** For people: what it is, under which licence. */
  readonly title: string
  readonly licence: string
  /** Names of the parts that this version can match, e.g. `Debian`, `npm`. */
  readonly parts: readonly string[]
  /** Whether a source may well be without some of the parts: one that it does not have is then told, not an error. */
  readonly mayLackParts?: boolean
  /**
   * Namespaces of which the last word is kept when a whole load speaks of them no more, because the source drops releases
   * at the end of their support. Left out where what is gone is gone.
   */
  readonly keepsGone?: (namespace: Namespace) => boolean
  /** Fetches and parses one part; one bad record never costs the others. */
  load(files: FeedFiles, part: string, validator: string | null): Promise<Result<FeedPart | 'unchanged', FeedError>>
  /**
   * Asked first for a part that is held, where the source publishes its changes: what changed since `validator`, or
   * `whole` when they do not reach back so far, cannot be believed, or the whole is cheaper. `load` then decides, as it
   * does after any failure but `unreachable`.
   */
  readonly patch?: (
    files: FeedFiles,
    part: string,
    validator: string,
  ) => Promise<Result<FeedPatch | 'unchanged' | 'whole', FeedError>>
}
