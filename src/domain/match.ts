import type { AffectedRange, VendorState } from './advisory.ts'
import type { VulnerabilityId } from './ids.ts'
import type { InstalledPackage } from './inventory.ts'
import type { Namespace } from './namespace.ts'
import type { VersionParseError } from './version.ts'

/** One version held against one advisory entry. */
export type Verdict =
  | { readonly is: 'affected'; readonly by: AffectedRange | { readonly listedVersion: string } }
  | { readonly is: 'not-affected' }
  | { readonly is: 'undetermined'; readonly because: VersionParseError | { readonly is: 'under-investigation' } }

/** Why we say "affected": enough to repeat the comparison by hand. */
export interface MatchEvidence {
  readonly advisoryId: string
  readonly feed: string
  readonly namespace: Namespace
  /** The name and version that were compared: for deb those of the source package. */
  readonly comparedName: string
  readonly comparedVersion: string
  /** The range in words, e.g. `>= 1.0 and < 1.2-3 (dpkg)`. */
  readonly range: string
  readonly fixedVersion: string | null
  /** Where the vendor stands, when it says more than the range does. */
  readonly state?: VendorState
  /** The repository that the fix is for, when that is not the distribution's own. (`AffectedPackage.channel`) */
  readonly channel?: string
}

/** An installed package meets a vulnerability. Several advisories may say so; each is evidence. */
export interface Match {
  readonly package: InstalledPackage
  readonly vulnerabilityId: VulnerabilityId
  /** The highest fixed version among the evidence, `null` when no fix is known. */
  readonly fixedVersion: string | null
  readonly evidence: readonly MatchEvidence[]
  /** The release of a kernel that has the fix, is installed, and waits for the machine to start again. */
  readonly rebootInto?: string
}

/** A package about which nothing can be said. */
export interface Undetermined {
  readonly package: InstalledPackage
  readonly advisoryId: string | null
  readonly reason: string
}

/** What was left out on purpose, with a reason (a constant) that can be counted. */
export type NotExposed =
  | { readonly package: InstalledPackage; readonly reason: 'kernel-files-in-image' }
  /** A machine runs another kernel, or the package only holds files of one. */
  | { readonly package: InstalledPackage; readonly reason: 'kernel-not-running' }
  /** Affected, but every source that says so calls it no vulnerability worth a finding. (Debian `unimportant`) */
  | {
      readonly package: InstalledPackage
      readonly reason: 'vendor-unimportant'
      readonly vulnerabilityId: VulnerabilityId
    }

export interface MatchReport {
  readonly matches: readonly Match[]
  readonly undetermined: readonly Undetermined[]
  readonly notExposed: readonly NotExposed[]
  /** Content name of the advisory database that was used. */
  readonly advisoryVersion: string
}
