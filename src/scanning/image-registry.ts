import type { Instant } from '../base/clock.ts'
import type { Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import type { ImageError, ImageManifest, ImageSource } from '../inventory/image.ts'

/** One registry as the scanner sees it; `inventory/` reads it, `app/` joins the two. */
export interface ImageRegistry {
  /** Everything that a repository holds, from a registry that tells it in one go; absent where tags are asked one by one. */
  listing?(repository: string): Promise<Result<readonly ListedManifest[], ImageError>>
  repositories(): Promise<Result<readonly string[], ImageError>>
  tags(repository: string): Promise<Result<readonly string[], ImageError>>
  /** The digest that a tag points to, of an index or of a manifest; `null` when the tag is gone. */
  digestOf(repository: string, tag: string): Promise<Result<Digest | null, ImageError>>
  /** The images behind a digest: itself, or one per platform of an index. Empty when it holds no image (an attestation, a chart). */
  imagesOf(repository: string, digest: Digest): Promise<Result<readonly ImageManifest[], ImageError>>
  exists(repository: string, digest: Digest): Promise<Result<boolean, ImageError>>
  source(repository: string): ImageSource
  /** Platforms that are scanned; all of them when absent or empty. */
  readonly platforms?: readonly string[]
}

/** One manifest or index of a repository, as the registry's own list has it. */
export interface ListedManifest {
  readonly digest: Digest
  readonly tags: readonly string[]
  readonly pushedAt: Instant | null
  /** As far as the registry records pulls: ECR does about once a day. */
  readonly pulledAt: Instant | null
  /** Put away, so that it cannot be pulled until somebody restores it. (ECR `imageStatus`) */
  readonly isArchived: boolean
}
