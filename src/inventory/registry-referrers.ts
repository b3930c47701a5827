import { z } from 'zod'

import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { Digest } from '../domain/ids.ts'
import { artifactKindOf } from './artifact-kind.ts'
import type { ImageError, Referrer } from './image.ts'
import { IMAGE_SOURCE_LIMITS } from './limits.ts'
import { digestSchema, parseJsonAs, readAll } from './image-blobs.ts'
import type { RegistryClient } from './registry-client.ts'
import { nextPath, scopeOf } from './registry-listing.ts'

const INDEX_MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json'

const indexSchema = z.object({
  manifests: z
    .array(
      z.object({
        digest: digestSchema,
        mediaType: z.string().max(255).default(''),
        artifactType: z.string().max(255).nullish(),
      }),
    )
    .max(IMAGE_SOURCE_LIMITS.referrers),
})

/** Tags under which cosign keeps what it attached before registries knew referrers. (cosign, specs/SIGNATURE_SPEC.md) */
const COSIGN_TAGS: readonly (readonly [suffix: string, kind: string])[] = [
  ['sig', 'a signature (cosign)'],
  ['att', 'an in-toto attestation'],
  ['sbom', 'an SBOM'],
]

/**
 * What is attached to a manifest: by the referrers API, by its tag form where a registry does not have the API, and by
 * cosign's older tags. Each once; nothing of it is fetched. (OCI distribution spec 1.1, listing referrers)
 */
export async function listReferrers(
  client: RegistryClient,
  repository: string,
  digest: Digest,
): Promise<Result<readonly Referrer[], ImageError>> {
  const found = new Map<Digest, Referrer>()
  const listed = await readIndexes(client, repository, `/v2/${repository}/referrers/${digest}`, found)
  if (!listed.ok) return listed
  const tag = digest.replace(':', '-')
  if (listed.value === 'not-there') {
    const tagged = await readIndexes(client, repository, `/v2/${repository}/manifests/${tag}`, found)
    if (!tagged.ok) return tagged
  }
  for (const [suffix, kind] of COSIGN_TAGS) {
    const attached = await digestOfTag(client, repository, `${tag}.${suffix}`)
    if (!attached.ok) return attached
    if (attached.value !== null && !found.has(attached.value)) {
      found.set(attached.value, { digest: attached.value, artifactType: null, kind })
    }
  }
  return ok([...found.values()])
}

async function readIndexes(
  client: RegistryClient,
  repository: string,
  firstPath: string,
  found: Map<Digest, Referrer>,
): Promise<Result<'read' | 'not-there', ImageError>> {
  const what = `the referrers in ${client.host}/${repository}`
  const seen = new Set<string>()
  let path: string | null = firstPath
  while (path !== null) {
    if (
      seen.has(path) ||
      seen.size >= IMAGE_SOURCE_LIMITS.referrerPages ||
      found.size > IMAGE_SOURCE_LIMITS.referrers
    ) {
      const detail = `more than ${IMAGE_SOURCE_LIMITS.referrers} entries or ${IMAGE_SOURCE_LIMITS.referrerPages} pages`
      return err({ is: 'limit-exceeded', what, limit: 'listing', detail })
    }
    seen.add(path)
    const sent = await client.get(path, scopeOf(repository), what, {
      accept: INDEX_MEDIA_TYPE,
      limitBytes: IMAGE_SOURCE_LIMITS.referrerPageBytes,
      redirects: 'same-origin',
    })
    if (!sent.ok) return isAbsence(sent.error) ? ok('not-there') : sent
    const bytes = await readAll(sent.value.body, IMAGE_SOURCE_LIMITS.referrerPageBytes, 'pageBytes', what)
    if (!bytes.ok) return bytes
    const index = parseJsonAs(indexSchema, bytes.value, what)
    if (!index.ok) return index
    for (const { digest, mediaType, artifactType = null } of index.value.manifests) {
      const kind = artifactKindOf({ artifactType, configMediaType: null, layerMediaTypes: [mediaType] })?.kind
      found.set(digest, { digest, artifactType, kind: kind ?? 'an OCI artifact' })
    }
    path = nextPath(sent.value.headers['link'] ?? '', sent.value.url)
  }
  return ok('read')
}

async function digestOfTag(
  client: RegistryClient,
  repository: string,
  tag: string,
): Promise<Result<Digest | null, ImageError>> {
  const what = `manifest ${client.host}/${repository}:${tag}`
  const sent = await client.get(`/v2/${repository}/manifests/${tag}`, scopeOf(repository), what, {
    method: 'HEAD',
    accept: 'application/vnd.oci.image.manifest.v1+json',
    limitBytes: 0,
    redirects: 'same-origin',
  })
  if (!sent.ok) return isAbsence(sent.error) ? ok(null) : sent
  await sent.value.discard()
  const digest = digestSchema.safeParse(sent.value.headers['docker-content-digest'] ?? '')
  return ok(digest.success ? digest.data : null)
}

/** Registries without the API answer 404; some refuse what they do not know. The images themselves were readable. */
function isAbsence(error: ImageError): boolean {
  return error.is === 'not-found' || (error.is === 'unreachable' && / answered 4\d\d$/.test(error.detail))
}
