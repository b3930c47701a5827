import { z } from 'zod'
import { err, ok } from '../../../base/result.ts'
import type { Result } from '../../../base/result.ts'
import { parseDigest } from '../../../domain/ids.ts'
import type { Digest } from '../../../domain/ids.ts'
import type { ApiError } from '../../protocol/errors.ts'
import { invalidMembers } from '../../protocol/errors.ts'
import type { JsonObject } from '../../protocol/json-body.ts'
import { parseBody } from '../extension.ts'

/** Events of one envelope; registries send them one by one or in small batches. */
const EVENT_LIMIT = 1_000

/** Kinds of manifest that describe an image or an index of images. (OCI image spec 1.1; Docker image manifest V2.2) */
const MANIFEST_MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
])

/** Repository names of the OCI distribution spec 1.1, length checked before the pattern. */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

/** Envelope of the distribution project's notifications; other members pass unread. */
const envelope = z.object({
  events: z
    .array(
      z.object({
        action: z.string().max(64),
        target: z.object({
          mediaType: z.string().max(256).nullish(),
          digest: z.string().max(256).nullish(),
          repository: z.string().max(255).nullish(),
        }),
      }),
    )
    .max(EVENT_LIMIT),
})

export interface ManifestEvent {
  readonly is: 'pushed' | 'deleted'
  readonly repository: string
  readonly digest: Digest
}

/**
 * The pushes and deletions of manifests that an envelope tells of, each once, in its order. Pulls, mounts and pushed
 * blobs are passed over. A deletion carries no media type, so it may be that of a blob: workers check before they act.
 */
export function manifestEvents(body: JsonObject): Result<readonly ManifestEvent[], ApiError> {
  const parsed = parseBody(envelope, body)
  if (!parsed.ok) return parsed
  const events = new Map<string, ManifestEvent>()
  for (const [index, { action, target }] of parsed.value.events.entries()) {
    const isPush = action === 'push' && MANIFEST_MEDIA_TYPES.has(target.mediaType ?? '')
    // Tags are deleted by name alone; the image that they named is seen at the next poll.
    const isDeletion = action === 'delete' && typeof target.digest === 'string' && target.digest !== ''
    if (!isPush && !isDeletion) continue
    const digest = parseDigest(target.digest ?? '')
    const repository = target.repository ?? ''
    if (digest === null)
      return err(invalidMembers([{ name: `events.${index}.target.digest`, message: 'must be sha256' }]))
    if (!REPOSITORY.test(repository)) {
      const message = 'must be the name of a repository'
      return err(invalidMembers([{ name: `events.${index}.target.repository`, message }]))
    }
    const event: ManifestEvent = { is: isPush ? 'pushed' : 'deleted', repository, digest }
    const key = `${event.is} ${repository}@${digest}`
    // A repeated event counts at its last place: push, delete, push ends with the image there.
    events.delete(key)
    events.set(key, event)
  }
  return ok([...events.values()])
}
