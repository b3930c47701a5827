import type { Instant } from '../base/clock.ts'
import type { Namespace } from './namespace.ts'

/** What a source of dates says of one release of a distribution. (endoflife.date, `eolFrom`, `isEol`, `eoesFrom`) */
export interface ReleaseEnd {
  readonly namespace: Namespace
  /** For people, as the source writes it, e.g. `Debian 11 (Bullseye)`. */
  readonly label: string
  /** Begin of the last day of the vendor's support for everybody; `day-unknown` when it is over and nobody says since when. */
  readonly ends: Instant | 'day-unknown' | 'not-planned'
  /** Begin of the last day of support that must be bought or is given by others; `null` where there is none. */
  readonly extendedUntil: Instant | null
  /** The source's page about it. */
  readonly page: string
}

/** Where a release stands today, after all sources have been heard. */
export type ReleaseStanding =
  | {
      readonly is: 'ended'
      /** Begin of the last supported day; `null` when nobody says which it was. */
      readonly lastDay: Instant | null
      /** As `ReleaseEnd.extendedUntil`: told, never counted as support. */
      readonly extendedUntil: Instant | null
      readonly source: ReleaseEndSource
      readonly page: string
      /** `null` where no source has words for it. */
      readonly label: string | null
    }
  | { readonly is: 'supported' }
  /** No source speaks about it, which is no promise. */
  | { readonly is: 'unknown' }

/** Whose date counted: the table that Amazon Inspector documents, or endoflife.date. */
export type ReleaseEndSource = 'AMAZON_INSPECTOR' | 'ENDOFLIFE_DATE'
