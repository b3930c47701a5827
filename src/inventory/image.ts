import type { Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import type { Pieces } from './file-tree.ts'

/** What an image reference, layout or archive turned out to hold, one per platform; attestations are left out. */
export interface ImageManifest {
  /** SHA-256 of the manifest as received. */
  readonly digest: Digest
  /** The index that lists it, when it is one of several platforms. */
  readonly indexDigest: Digest | null
  readonly mediaType: string
  readonly config: BlobDescriptor
  readonly layers: readonly BlobDescriptor[]
}

export interface BlobDescriptor {
  readonly digest: Digest
  readonly mediaType: string
  /** As the manifest claims; checked while reading. */
  readonly sizeBytes: number
  /** Where a foreign layer says it can be had; nobody has checked who is there. */
  readonly urls?: readonly string[]
}

export interface ImageConfig {
  readonly architecture: string
  readonly os: string
  readonly variant: string | null
  readonly author: string | null
  readonly createdAt: number | null
  readonly diffIds: readonly Digest[]
}

/** Where images come from: a registry, an OCI layout, a docker archive. Every digest is checked by the caller's reader. */
export interface ImageSource {
  /** Manifests for `selector` (a tag, a digest, or `null` for the only image there is); several for a multi-arch index. */
  manifests(selector: string | null): Promise<Result<readonly ImageManifest[], ImageError>>
  /** The blob's bytes as they come; the reader checks size and digest. */
  openBlob(blob: BlobDescriptor): Promise<Result<Pieces, ImageError>>
  /** What is attached to an image (signatures, SBOMs, attestations); absent where the source cannot tell. */
  referrers?(digest: Digest): Promise<Result<readonly Referrer[], ImageError>>
  close(): Promise<void>
}

/** An artifact that names an image as its subject. Its content is not read. */
export interface Referrer {
  readonly digest: Digest
  /** As it calls itself, e.g. `application/spdx+json`; `null` when it does not say. */
  readonly artifactType: string | null
  /** In words, e.g. `an SBOM`. */
  readonly kind: string
}

/** Every way in which an image cannot be read. Mapped to coverage reasons in `scanning/`, to exit codes in the CLI. */
export type ImageError =
  | { readonly is: 'not-found'; readonly what: string }
  | { readonly is: 'access-denied'; readonly what: string; readonly detail: string }
  | { readonly is: 'unreachable'; readonly what: string; readonly detail: string }
  | { readonly is: 'malformed'; readonly what: string; readonly detail: string }
  | { readonly is: 'wrong-digest'; readonly what: string; readonly expected: string; readonly actual: string }
  | { readonly is: 'unsupported-media-type'; readonly what: string; readonly mediaType: string }
  /** Something else than an image, recognised: a chart, a signature. `kind` has its article. */
  | { readonly is: 'artifact'; readonly what: string; readonly kind: string; readonly mediaType: string }
  /** A layer that its manifest says is kept elsewhere, and that we were not told to fetch from there. */
  | { readonly is: 'foreign-layer'; readonly what: string; readonly urls: readonly string[] }
  | { readonly is: 'limit-exceeded'; readonly what: string; readonly limit: string; readonly detail: string }

export interface ImageInventory {
  readonly manifest: ImageManifest
  readonly config: ImageConfig
  readonly inventory: Inventory
}

/** Progress of one image, for people; calls are cheap and may be dropped. */
export interface ImageProgress {
  layer(done: number, total: number, fromCache: boolean): void
}
