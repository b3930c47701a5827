import type { Distro, InventoryProblem, Package, PackageManager } from '../domain/inventory.ts'
import type { PurlType } from '../domain/namespace.ts'

/** One file of what is scanned, already read within the analyzer's limit. */
export interface ScannedFile {
  /** Relative to the root, `/` between parts, no leading slash. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** A package as one file describes it, before the distribution is known. */
export interface FoundPackage {
  readonly type: PurlType
  readonly name: string
  readonly version: string
  readonly arch: string | null
  readonly source: { readonly name: string; readonly version: string } | null
  readonly manager: PackageManager
  readonly vendor?: Package['vendor']
  readonly module?: Package['module']
  /** Where in an archive it lies, archives within apart by `:`; absent where the file itself is the place. */
  readonly inside?: string | undefined
}

/** An archive that nothing in it names for certain: an index of what was published may know it by its checksum. */
export interface UnnamedArchive {
  /** Of the whole archive, in hexadecimal. */
  readonly sha1: string
  /** As `FoundPackage.inside`. */
  readonly inside?: string | undefined
  /** The package that its manifest suggests, which stands where no index knows better; `null` where it suggests none. */
  readonly suggested: FoundPackage | null
  /** What to tell where nothing names it; `null` where nobody would miss it. */
  readonly missed: string | null
}

/** Paths (relative, no leading slash) that the operating system package named `owner` installed. */
export interface OwnedPaths {
  readonly owner: string
  readonly paths: readonly string[]
}

/** What one file says. */
export interface FileAnalysis {
  readonly packages: readonly FoundPackage[]
  readonly distro: Distro | null
  /** What operating system packages installed; a package database says so of many. `null` where the file says nothing. */
  readonly owned: readonly OwnedPaths[] | null
  /** Entries of the file that could not be read; the rest counts. */
  readonly problems: readonly InventoryProblem[]
  /** Archives in the file, or the file itself, that an index may name; absent where there are none. */
  readonly unnamed?: readonly UnnamedArchive[] | undefined
  /** Channels that the system takes operating system packages from (`Package.channels`); absent where it says none. */
  readonly channels?: readonly string[] | undefined
  /**
   * The release of a distribution that operating system packages come from, where that may be another than its os-release
   * says: then it wins for what packages are matched against. (apk repositories)
   */
  readonly packageRelease?: { readonly distroId: string; readonly versionId: string } | undefined
}

export const EMPTY_ANALYSIS: FileAnalysis = { packages: [], distro: null, owned: null, problems: [] }
