import type { Result } from '../base/result.ts'
import type { Advisory } from '../domain/advisory.ts'
import type { Instant } from '../base/clock.ts'
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
  /** Records of the file, read or not. */
  readonly recordCount: number
  /** Records, or entries of records, that were left out: reason (a constant) to count, and the first few by name. */
  readonly skipped: readonly { readonly reason: string; readonly count: number; readonly examples: readonly string[] }[]
  readonly validator: string | null
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
  /** Fetches and parses one part; one bad record never costs the others. */
  load(files: FeedFiles, part: string, validator: string | null): Promise<Result<FeedPart | 'unchanged', FeedError>>
}
