import type { Clock, Instant } from '../base/clock.ts'
import { ok, type Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import type { ImageError } from '../inventory/image.ts'
import type { ImageRegistry, ListedManifest } from './image-registry.ts'

/**
 * Milliseconds that one refresh spends on questions that end in failure before it gives up: a registry that hangs costs
 * its timeout each time. Broken images that are answered for at once cost next to nothing and hide no others.
 */
const FAILING_LIMIT_MS = 5 * 60_000

interface RepositoryContent {
  /** Every image with the tags that lead to it, directly or through an index. */
  readonly images: ReadonlyMap<Digest, FoundImage>
  /** Digests that stand for several images and are none themselves. */
  readonly indexes: ReadonlySet<Digest>
  /** Why something could not be read, the first of it; then nothing may be concluded from what is missing. */
  readonly failure: ImageError | null
}

export interface FoundImage {
  readonly tags: readonly string[]
  /** `null` where the registry does not tell. */
  readonly pushedAt: Instant | null
  readonly pulledAt: Instant | null
  readonly isArchived: boolean
}

/** What a look at a repository starts from: each digest with its own tags, and what the registry's list says of it. */
interface Roots {
  readonly tags: ReadonlyMap<Digest, readonly string[]>
  readonly listed: ReadonlyMap<Digest, ListedManifest>
}

/** Counts what failures cost; the first is kept. */
class Failures {
  first: ImageError | null = null
  #failingMs = 0
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether to go on. */
  note(error: ImageError, startedAt: Instant): boolean {
    this.first ??= error
    this.#failingMs += this.#clock.now() - startedAt
    return this.#failingMs <= FAILING_LIMIT_MS
  }
}

/**
 * What a repository holds now, with the digests that were announced as pushed. A listed digest that `isImage` knows is not
 * asked about again: a digest never changes. Fails only when the repository as a whole cannot be read.
 */
export async function readRepository(
  client: ImageRegistry,
  repository: string,
  pushedDigests: readonly Digest[],
  clock: Clock,
  isImage: (digest: Digest) => boolean,
): Promise<Result<RepositoryContent, ImageError>> {
  const failures = new Failures(clock)
  const roots = await (client.listing === undefined
    ? rootsByTags(client, repository, clock, failures)
    : rootsOfListing(client.listing(repository)))
  if (!roots.ok) return roots

  const { listed } = roots.value
  const announced = pushedDigests.map((digest): [Digest, readonly string[]] => [digest, []])
  const tagsOfImage = new Map<Digest, Set<string>>()
  const indexes = new Set<Digest>()
  for (const [root, rootTags] of new Map([...announced, ...roots.value.tags])) {
    const digests = await digestsBehind(root, rootTags)
    if (!digests.ok) return digests
    if (digests.value.length > 0 && !digests.value.includes(root)) indexes.add(root)
    for (const digest of digests.value) {
      const all = tagsOfImage.get(digest) ?? new Set<string>()
      for (const tag of rootTags) all.add(tag)
      tagsOfImage.set(digest, all)
    }
  }

  /** What a root stands for: itself, or the images of an index. Empty when nothing of it belongs into coverage. */
  async function digestsBehind(root: Digest, tags: readonly string[]): Promise<Result<readonly Digest[], ImageError>> {
    // Cannot be read before it is restored.
    if (listed.get(root)?.isArchived === true) return ok([root])
    const startedAt = clock.now()
    // Only announced: what a digest holds may be remembered, whether the registry still has it is not.
    const exists = tags.length > 0 || listed.has(root) ? ok(true) : await client.exists(repository, root)
    if (exists.ok && !exists.value) return ok([])
    if (listed.has(root) && isImage(root)) return ok([root])
    const found = exists.ok ? await client.imagesOf(repository, root) : exists
    if (found.ok) return ok(found.value.map(image => image.digest))
    // The tag moved, or the push was undone, between the two questions.
    if (found.error.is === 'not-found') return ok([])
    // A list without tags names what hangs on images as well: their signatures, attestations, SBOMs.
    if (found.error.is === 'artifact' && tags.length === 0 && listed.has(root)) return ok([])
    if (isPassing(found.error) && !failures.note(found.error, startedAt)) return found
    // What cannot be read as an image enters coverage under its own digest, where its scan says why.
    return ok([root])
  }

  const images = new Map(
    [...tagsOfImage].map(([digest, tags]): [Digest, FoundImage] => {
      const { pushedAt = null, pulledAt = null, isArchived = false } = listed.get(digest) ?? {}
      return [digest, { tags: [...tags].sort(), pushedAt, pulledAt, isArchived }]
    }),
  )
  return ok({ images, indexes, failure: failures.first })
}

async function rootsOfListing(
  asked: Promise<Result<readonly ListedManifest[], ImageError>>,
): Promise<Result<Roots, ImageError>> {
  const listing = await asked
  if (!listing.ok) return listing
  const listed = new Map(listing.value.map(manifest => [manifest.digest, manifest]))
  return ok({ listed, tags: new Map([...listed].map(([digest, { tags }]) => [digest, tags])) })
}

async function rootsByTags(
  client: ImageRegistry,
  repository: string,
  clock: Clock,
  failures: Failures,
): Promise<Result<Roots, ImageError>> {
  const names = await client.tags(repository)
  if (!names.ok) return names
  const tags = new Map<Digest, string[]>()
  for (const tag of names.value) {
    const startedAt = clock.now()
    const digest = await client.digestOf(repository, tag)
    if (!digest.ok) {
      if (!failures.note(digest.error, startedAt)) return digest
      continue
    }
    if (digest.value === null) continue
    const others = tags.get(digest.value)
    if (others === undefined) tags.set(digest.value, [tag])
    else others.push(tag)
  }
  return ok({ tags, listed: new Map() })
}

/** Whether another attempt may go better: nothing may be concluded from it. */
function isPassing(error: ImageError): boolean {
  return error.is === 'unreachable' || error.is === 'access-denied'
}
