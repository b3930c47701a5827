import type { Clock, Instant } from '../base/clock.ts'
import { ok, type Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import type { ImageError } from '../inventory/image.ts'
import type { ImageRegistry } from './image-registry.ts'

/**
 * Milliseconds that one refresh spends on questions that end in failure before it gives up: a registry that hangs costs
 * its timeout each time. Broken images that are answered for at once cost next to nothing and hide no others.
 */
const FAILING_LIMIT_MS = 5 * 60_000

interface RepositoryContent {
  /** Every image with the tags that lead to it, directly or through an index. */
  readonly images: ReadonlyMap<Digest, readonly string[]>
  /** Digests that stand for several images and are none themselves. */
  readonly indexes: ReadonlySet<Digest>
  /** Why something could not be read, the first of it; then nothing may be concluded from what is missing. */
  readonly failure: ImageError | null
}

/**
 * What a repository holds now, with the digests that were announced as pushed. Fails only when the repository as a whole
 * cannot be read.
 */
export async function readRepository(
  client: ImageRegistry,
  repository: string,
  pushedDigests: readonly Digest[],
  clock: Clock,
): Promise<Result<RepositoryContent, ImageError>> {
  const tags = await client.tags(repository)
  if (!tags.ok) return tags
  let failure: ImageError | null = null
  let failingMs = 0
  /** Whether to go on. */
  const noteFailure = (error: ImageError, startedAt: Instant): boolean => {
    failure ??= error
    failingMs += clock.now() - startedAt
    return failingMs <= FAILING_LIMIT_MS
  }

  const tagsOfRoot = new Map<Digest, string[]>(pushedDigests.map(digest => [digest, []]))
  for (const tag of tags.value) {
    const startedAt = clock.now()
    const digest = await client.digestOf(repository, tag)
    if (!digest.ok) {
      if (!noteFailure(digest.error, startedAt)) return digest
      continue
    }
    if (digest.value === null) continue
    const others = tagsOfRoot.get(digest.value)
    if (others === undefined) tagsOfRoot.set(digest.value, [tag])
    else others.push(tag)
  }

  const tagsOfImage = new Map<Digest, Set<string>>()
  const indexes = new Set<Digest>()
  for (const [root, rootTags] of tagsOfRoot) {
    const startedAt = clock.now()
    // Only announced: what a digest holds may be remembered, whether the registry still has it is not.
    const exists = rootTags.length > 0 ? ok(true) : await client.exists(repository, root)
    if (exists.ok && !exists.value) continue
    const found = exists.ok ? await client.imagesOf(repository, root) : exists
    // The tag moved, or the push was undone, between the two questions.
    if (!found.ok && found.error.is === 'not-found') continue
    if (!found.ok && isPassing(found.error) && !noteFailure(found.error, startedAt)) return found
    // What cannot be read as an image enters coverage under its own digest, where its scan says why.
    const digests = found.ok ? found.value.map(image => image.digest) : [root]
    if (!digests.includes(root)) indexes.add(root)
    for (const digest of digests) {
      const all = tagsOfImage.get(digest) ?? new Set<string>()
      for (const tag of rootTags) all.add(tag)
      tagsOfImage.set(digest, all)
    }
  }
  const images = new Map([...tagsOfImage].map(([digest, all]) => [digest, [...all].sort()]))
  return ok({ images, indexes, failure })
}

/** Whether another attempt may go better: nothing may be concluded from it. */
function isPassing(error: ImageError): boolean {
  return error.is === 'unreachable' || error.is === 'access-denied'
}
