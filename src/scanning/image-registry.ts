import type { Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import type { ImageError, ImageManifest, ImageSource } from '../inventory/image.ts'

/** One registry as the scanner sees it; `inventory/` reads it, `app/` joins the two. */
export interface ImageRegistry {
  repositories(): Promise<Result<readonly string[], ImageError>>
  tags(repository: string): Promise<Result<readonly string[], ImageError>>
  /** The digest that a tag points to, of an index or of a manifest; `null` when the tag is gone. */
  digestOf(repository: string, tag: string): Promise<Result<Digest | null, ImageError>>
  /** The images behind a digest: itself, or one per platform of an index. Empty when it holds no image (an attestation, a chart). */
  imagesOf(repository: string, digest: Digest): Promise<Result<readonly ImageManifest[], ImageError>>
  exists(repository: string, digest: Digest): Promise<Result<boolean, ImageError>>
  source(repository: string): ImageSource
}
