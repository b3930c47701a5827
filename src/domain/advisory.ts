import type { Instant } from '../base/clock.ts'
import type { Namespace } from './namespace.ts'
import type { SchemeId, Version, VersionParseError } from './version.ts'

/** Affected versions: `introduced <= v`, and `v` before `end`, in the order of one scheme. (OSV `affected[].ranges[]`) */
export interface AffectedRange<S extends SchemeId = SchemeId> {
  readonly scheme: S
  readonly introduced: Version<S> | 'beginning'
  readonly end: RangeEnd<S>
}

export type RangeEnd<S extends SchemeId = SchemeId> =
  { readonly fixed: Version<S> } | { readonly lastAffected: Version<S> } | 'no-fix-known'

/** A range that the source published and we cannot read: its package is undetermined, not safe. */
export interface UnreadableRange {
  readonly unreadable: VersionParseError
}

/**
 * Where a vendor stands with a flaw of its package, when the ranges alone do not tell: why there is no fix, or that it
 * counts as no vulnerability. Without a state the ranges speak: fixed, or affected and not fixed yet.
 * (matching-and-feeds §2.1, §2.3)
 */
export type VendorState =
  /** Decided: no fix will come. */
  | 'will-not-fix'
  /** No notice of its own; fixed, if ever, with a later update. (Debian no-dsa, postponed) */
  | 'deferred'
  /** The vendor no longer looks after the package in this release. */
  | 'end-of-life'
  /** Not worth a finding in the vendor's eyes: counted, not shown. */
  | 'unimportant'
  /**
   * The vendor has looked and found that its builds do not have the flaw, whatever the ranges cover: worth keeping where
   * another source, or a less particular entry of the same one, says otherwise. (CSAF VEX `known_not_affected`)
   */
  | 'not-affected'
  /** The vendor has not looked into it to the end: undetermined where the ranges would say affected. (CSAF VEX) */
  | 'under-investigation'
  /** There is a fix, but only for subscribers of a channel that this system does not take builds from. (Ubuntu Pro) */
  | 'fixed-for-subscribers'

/** What one advisory says about one package name. */
export interface AffectedPackage {
  readonly namespace: Namespace
  /** In the ecosystem's canonical spelling; for deb the source package. */
  readonly name: string
  readonly ranges: readonly (AffectedRange | UnreadableRange)[]
  /** Versions listed one by one, as published; a union with `ranges`. Empty for operating system packages. */
  readonly versions: readonly string[]
  readonly state?: VendorState
  /**
   * Nobody at the source has checked the ranges against the code: they are copied from elsewhere, and count less than
   * those of a source that did. (Go vulnerability database, `review_status`; matching-and-feeds §2.10)
   */
  readonly isUnreviewed?: true
  /**
   * The repository beside the distribution's own that builds this line of the package, e.g. `kernel-5.15`. What says
   * nothing is the distribution's own. (Amazon Linux 2 extras, RHEL's extended update streams, Ubuntu Pro; matching-and-feeds
   * §2.3, §2.4)
   */
  readonly channel?: string
  /**
   * Architectures whose builds the entry speaks about, as packages name theirs; absent for all. Builds for no particular
   * one (`noarch`, `all`) always count. (matching-and-feeds §2.4)
   */
  readonly arches?: readonly string[]
  /**
   * `name:stream` of the module whose builds the entry speaks about, where the source says so: then a package of another
   * module is none of them. Absent does not mean "outside modules". (Oracle's OVAL; matching-and-feeds §2.4)
   */
  readonly module?: string
  /**
   * Systems that the entry speaks about, as Go (`goos`) and Rust (`target_os`) name them; absent for all. Only kept where
   * none of them is Linux, which is what is scanned: the source then says that builds for Linux are not affected.
   */
  readonly operatingSystems?: readonly string[]
}

/** A severity statement as its source wrote it. */
export type ReportedSeverity =
  | {
      readonly system: 'CVSS_V2' | 'CVSS_V3' | 'CVSS_V4'
      readonly vector: string
      /** Who scored, when that is not who stands behind the advisory: NVD passes on the scores of others. */
      readonly source?: string
    }
  /**
   * A CVSS number from 0 to 10 in tenths, of a source that keeps no vector (Photon, RubySec): it rates, but there is
   * nothing to recompute or to show as CVSS.
   */
  | { readonly system: 'score'; readonly score: number; readonly source?: string }
  /** The vendor's own word, e.g. Ubuntu `medium`, GHSA `HIGH`. */
  | { readonly system: 'word'; readonly word: string }

/** What one source published. Many advisories may speak about one vulnerability. (OSV schema 1.7) */
export interface Advisory {
  readonly id: string
  /** The feed that carried it, e.g. `osv`, `starter`. */
  readonly feed: string
  /**
   * Who stands behind it, in the words of `packageVulnerabilityDetails.source`: `NVD`, `DEBIAN_CVE`, `UBUNTU_CVE`,
   * `GITHUB`. (Literals beyond the first three are not published by AWS: inferred.)
   */
  readonly source: string
  readonly sourceUrl: string | null
  /** Other ids of the same flaw (symmetric). */
  readonly aliases: readonly string[]
  /** Flaws that this record is about, e.g. the CVEs of a DSA (not symmetric). */
  readonly upstream: readonly string[]
  readonly summary: string | null
  readonly details: string | null
  readonly severities: readonly ReportedSeverity[]
  readonly references: readonly string[]
  readonly published: Instant | null
  readonly modified: Instant | null
  readonly withdrawn: Instant | null
  readonly affected: readonly AffectedPackage[]
}
