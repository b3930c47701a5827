import type { Result } from '../base/result.ts'
import type { AffectedPackage } from '../domain/advisory.ts'
import type { Distro, InstalledPackage, InventoryProblem, Package } from '../domain/inventory.ts'
import type { Namespace, PurlType } from '../domain/namespace.ts'
import type { Version, VersionScheme } from '../domain/version.ts'
import type { ContentAnalyzer } from './content-analyzer.ts'
import type { FileAnalysis, FoundPackage, ScannedFile } from './file-analysis.ts'
import type { FileOwners } from './file-owners.ts'

export {
  EMPTY_ANALYSIS,
  type FileAnalysis,
  type FoundPackage,
  type OwnedPaths,
  type ScannedFile,
} from './file-analysis.ts'

/** The face of one folder: everything that the rest must know about one packaging system. */
export interface Ecosystem {
  readonly purlType: PurlType
  readonly scheme: VersionScheme
  /** Whether packages belong to a distribution (deb) rather than to an application (npm). */
  readonly isOperatingSystem: boolean
  readonly analyzers: readonly Analyzer[]
  /** Readers of executables and archives; absent where packages show in named files only. */
  readonly contentAnalyzers?: readonly ContentAnalyzer[]
  /**
   * The published artefact that has this SHA-1 (hexadecimal), from an index that this installation keeps; `null` for one
   * that the index does not know. Absent where there is no index. (maven)
   */
  readonly publishedAs?: (sha1: string) => FoundPackage | null
  /** Whose file a running program is. Absent where packages are no operating system's. */
  readonly fileOwners?: FileOwners
  /** What is not read, or cannot be judged, in whole sentences: docs/reference/matching.md is made of them. */
  readonly knownLimits: readonly string[]

  /**
   * Where a package found beside this distribution is to be matched; `null` when that cannot be told. `name` is the
   * package's, where it is about one: some advisories speak about certain names of a type only. (generic)
   */
  namespaceOf(distro: Distro | null, name?: string): Namespace | null
  /** Our namespace for an ecosystem string of the OSV schema (`Debian:11`, `npm`); `null` for another's. */
  namespaceOfOsv(osvEcosystem: string): Namespace | null
  /** The one spelling under which advisories and packages meet. */
  canonicalName(name: string): string
  /** The name and version that advisories speak about: for deb those of the source package. */
  advisorySubject(pkg: Package): { readonly name: string; readonly version: string }
  /**
   * A second name and version that advisories of the same namespace may speak about: the source package, where the vendor
   * names now what was built and now what it was built from. Entries of both names are weighed together, by
   * `rankOfAdvisory`. `null` where the vendor has one way only. (rpm: `kernel.src`)
   */
  readonly sourceSubject?: (pkg: Package) => { readonly name: string; readonly version: string } | null
  /**
   * Why this build cannot be judged by the advisories of its namespace (a constant that can be counted), because
   * another channel builds it; `null` when it can. Such a package is undetermined where it would count as affected.
   * `channels` are those of the entries that say "affected": where one of them builds the package, it can be judged.
   */
  otherChannelOf(pkg: Package, channels?: readonly string[]): string | null
  /**
   * The ranges of one advisory entry that speak about the line of builds which this package comes from; none when the
   * entry is about other lines only. Absent where a name has one line per namespace. (rpm modules, matching-and-feeds
   * §2.4; references that move inside one line, such as Composer's `2.x-dev`). `module` is `AffectedPackage.module`.
   */
  readonly rangesAbout?: (pkg: Package, ranges: AffectedPackage['ranges'], module?: string) => AffectedPackage['ranges']
  /**
   * What an entry about a channel (`AffectedPackage.channel`) means for this package: the entry itself or another with
   * fewer ranges or another state, `null` when it is about builds that this package is none of. Absent where no feed has
   * channels: such an entry then counts for nobody.
   */
  readonly entryOfChannel?: (pkg: Package, entry: AffectedPackage, channel: string) => AffectedPackage | null
  /**
   * What `uname -r` may say while the kernel of this package runs, best first; none for what is no kernel or its modules.
   * Absent where no package is a kernel. (matching-and-feeds §2.6)
   */
  readonly kernelReleases?: (pkg: Package) => readonly string[]
  /** Whether the package holds headers, documents or build tools of a kernel, but none that could run. (deb, rpm) */
  holdsNoRunnableKernel(pkg: Package): boolean
  /**
   * How far an advisory source is believed where several speak about one vulnerability of one package: only the verdicts
   * of the highest rank given count. Equal ranks count alike. `entry` and `pkg` are given where the package is known: a
   * channel that it takes builds from may know better than the distribution's own. (matching-and-feeds §2.3, §2.10)
   */
  rankOfAdvisory(advisoryId: string, entry?: AffectedPackage, pkg?: Package): number
  /** The packages of an inventory without those of this type that only announce or repeat what is installed beside them. */
  withoutCopies(packages: readonly InstalledPackage[]): readonly InstalledPackage[]
  /** How the API shows a version: `epoch`, `version` and `release` apart for operating systems. */
  versionParts(version: string): VersionParts
  /** `fixedInVersion` as the API writes it: `0:1.2-3` for operating systems, the bare version otherwise. */
  formatFixedVersion(version: Version): string
  /** A command that installs the fix of this package. */
  remediation(pkg: Package): string
  /** A command that gets a fix which is for subscribers only. Absent where no vendor has such fixes. (Ubuntu Pro) */
  readonly subscriberRemediation?: (pkg: Package, vulnerabilityId: string) => string
}

export interface VersionParts {
  readonly epoch: number
  readonly version: string
  readonly release: string | null
}

export interface Analyzer {
  /** `<purl type>/<file kind>` */
  readonly id: string
  /** Raise when the same file would now yield something else: stored layers are read anew. */
  readonly revision: number
  /** Largest file in bytes that is read; a larger one is a problem, never silence. */
  readonly limitBytes: number
  /** Asked for every file of every image: string checks only. */
  wants(path: string): boolean
  /** Pure. Fails only when nothing of the file can be believed. */
  analyze(file: ScannedFile): Result<FileAnalysis, InventoryProblem>
}
