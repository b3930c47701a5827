import type { Digest } from './ids.ts'
import type { Namespace, PurlType } from './namespace.ts'

/**
 * `packageManager` of the API, and `OTHER` where it has no word: Hex, pub, Swift, GitHub Actions, Bitnami, CRAN, Conan,
 * and what no package manager installed.
 * The field is optional, so answers leave it out there: a wrong word would send its reader to the wrong tool, and SDKs
 * may refuse one that is not in their list. (inspector-behaviour §1.2; that the field may be absent is in the model)
 */
export const PACKAGE_MANAGERS = [
  'BUNDLER', 'CARGO', 'COMPOSER', 'NPM', 'NUGET', 'PIPENV', 'POETRY', 'YARN', 'GOBINARY', 'GOMOD', 'JAR', 'OS', 'PIP',
  'PYTHONPKG', 'NODEPKG', 'POM', 'GEMSPEC', 'DOTNET_CORE', 'OTHER',
] as const // prettier-ignore

export type PackageManager = (typeof PACKAGE_MANAGERS)[number]

/** The operating system that an inventory speaks for, from os-release. */
export interface Distro {
  /** `ID`, e.g. `debian`. */
  readonly id: string
  /** `VERSION_ID`, e.g. `11`; `null` for rolling and testing releases. */
  readonly versionId: string | null
  /** `VERSION_CODENAME`, e.g. `bullseye`. */
  readonly codename: string | null
  readonly prettyName: string | null
}

/** The image layer that brought the current copy of a package. */
export interface LayerRef {
  /** SHA-256 of the uncompressed tar. */
  readonly diffId: Digest
  /** SHA-256 of the blob in the registry; `null` when an SBOM says the layer without it. */
  readonly digest: Digest | null
}

/** Which package, apart from where it was found: two resources that hold it share its verdicts. */
export interface Package {
  readonly type: PurlType
  /** `null` when the distribution is unknown: the package is listed and cannot be matched. */
  readonly namespace: Namespace | null
  readonly name: string
  /** As its package manager writes it, epoch included. */
  readonly version: string
  /** As its package manager writes it (`amd64`, `all`); `null` where the ecosystem has none. */
  readonly arch: string | null
  /** The source package that built it, when that differs from `name` and `version`. (deb, rpm, apk) */
  readonly source: { readonly name: string; readonly version: string } | null
  /** Who built it, in its own words; absent where the package does not say. (rpm `VENDOR`) */
  readonly vendor?: string | undefined
  /** `name:stream` of the module that it was built in; absent outside modules. (rpm `MODULARITYLABEL`) */
  readonly module?: string | undefined
  /**
   * Channels beside the distribution's own that the system takes builds from, in the words of `AffectedPackage.channel`,
   * sorted; absent where it takes none, or does not say. (Ubuntu Pro's `esm-infra`, RHEL's `eus:9.4`)
   */
  readonly channels?: readonly string[] | undefined
}

/** A package found in one place of one resource. */
export interface InstalledPackage extends Package {
  readonly manager: PackageManager
  /** Path of the file that says so, relative to the root, without a leading slash; empty when an SBOM does not say. */
  readonly filePath: string
  readonly layer: LayerRef | null
  /** Name of the operating system package whose files include this one: that package is matched in its stead. */
  readonly ownedBy: string | null
}

/** Something that could not be read. It costs one file, is shown in coverage, and never counts as "not vulnerable". */
export interface InventoryProblem {
  /** Path inside the resource, or the layer digest for a problem of a whole layer. */
  readonly path: string
  /** A constant that can be counted, e.g. `limit-exceeded`, `malformed-package-database`. */
  readonly reason: string
  readonly detail: string
}

/** What one resource holds. Order is stable: by type, name, version, path. */
export interface Inventory {
  readonly distro: Distro | null
  /** What `uname -r` says on a machine that runs; absent for images and disks. */
  readonly runningKernel?: string | undefined
  readonly packages: readonly InstalledPackage[]
  readonly problems: readonly InventoryProblem[]
}
