import type { Instant } from '../../base/clock.ts'
import type { AccountId, Digest, VulnerabilityId } from '../../domain/ids.ts'
import type { InstalledPackage, Inventory } from '../../domain/inventory.ts'
import type { ResourceType } from '../../domain/resource.ts'

/** What an SBOM is about. */
export interface SbomSubject {
  readonly kind: 'image' | 'host' | 'directory'
  /** As a person would name it: an image reference, a host name, a path. */
  readonly name: string
  /** Of the image's manifest. */
  readonly digest: Digest | null
  /** `amd64`, `arm64`; `null` where it is not known. */
  readonly architecture: string | null
  /** `pkg:oci/…`; `null` for what has no such name. */
  readonly purl: string | null
  /** Owner of the resource and its type in the API; `null` for what no server knows. */
  readonly accountId: AccountId | null
  readonly resourceType: ResourceType | null
}

/** Packages of the inventory that a vulnerability affects. */
export interface AffectedPackages {
  readonly id: VulnerabilityId
  readonly packages: readonly InstalledPackage[]
}

/** Everything that an SBOM is made of: equal values give equal bytes. */
export interface SbomToWrite {
  readonly subject: SbomSubject
  readonly inventory: Inventory
  /** Listed where findings are asked for as well; else none. */
  readonly vulnerabilities: readonly AffectedPackages[]
  readonly createdAt: Instant
  /** Of this program. */
  readonly productVersion: string
}
