import { describeHttpError } from '../base/http.ts'
import type { Http } from '../base/http.ts'
import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { parseDigest } from '../domain/ids.ts'
import type { Digest } from '../domain/ids.ts'
import type { BlobDescriptor, ImageError, ImageSource, Referrer } from './image.ts'
import { digestOf, readAll } from './image-blobs.ts'
import { imagesOf, isForeignLayer, MANIFEST_MEDIA_TYPES } from './image-manifest.ts'
import { DEFAULT_IMAGE_LIMITS } from './limits.ts'
import type { ImageLimits } from './limits.ts'
import { RegistryClient } from './registry-client.ts'
import type { RegistryAddress } from './registry-client.ts'
import { scopeOf } from './registry-listing.ts'
import { listReferrers } from './registry-referrers.ts'

export interface RegistrySourceOptions extends RegistryAddress {
  readonly repository: string
  readonly limits?: Partial<ImageLimits>
  /** Fetch layers that the registry may not hold from where their manifest says. Off unless asked for. */
  readonly fetchForeignLayers?: boolean
}

/** One repository of a registry that speaks the distribution API, version 2. */
export function registrySource(http: Http, options: RegistrySourceOptions): ImageSource {
  const limits = { ...DEFAULT_IMAGE_LIMITS, ...options.limits }
  const client = new RegistryClient(http, options)
  const { repository } = options
  // The images of an index all ask for what is attached to the index.
  const referrers = new Map<Digest, Promise<Result<readonly Referrer[], ImageError>>>()
  return {
    async manifests(selector) {
      const reference = selector ?? 'latest'
      const fetched = await fetchManifest(client, repository, reference, limits)
      if (!fetched.ok) return fetched
      const what = `manifest ${repository}:${reference}`
      return imagesOf(fetched.value, digest => fetchManifest(client, repository, digest, limits), limits, what)
    },
    async openBlob(blob) {
      const path = `/v2/${repository}/blobs/${blob.digest}`
      // The reader knows the size and complains first, and more exactly; this only stops a body without end.
      const limitBytes = blob.sizeBytes + 1024 * 1024
      const what = `blob ${blob.digest} of ${client.host}/${repository}`
      const sent = await client.get(path, scopeOf(repository), what, { limitBytes, redirects: 'any-public' })
      if (sent.ok) return ok(sent.value.body)
      const isElsewhere = sent.error.is === 'not-found' && isForeignLayer(blob) && options.fetchForeignLayers === true
      return isElsewhere ? openForeignLayer(http, blob, options) : sent
    },
    referrers(digest) {
      const asked = referrers.get(digest) ?? listReferrers(client, repository, digest)
      referrers.set(digest, asked)
      return asked
    },
    async close() {},
  }
}

/** The first of its places that has it; each must be a public https one. Its digest is checked as that of any other layer. */
async function openForeignLayer(
  http: Http,
  blob: BlobDescriptor,
  options: RegistrySourceOptions,
): Promise<Result<AsyncIterable<Uint8Array>, ImageError>> {
  const what = `foreign layer ${blob.digest}`
  let failure = 'its manifest names no https address'
  for (const url of blob.urls ?? []) {
    if (!url.startsWith('https://')) continue
    const sent = await http.send(url, {
      limitBytes: blob.sizeBytes + 1024 * 1024,
      idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
      redirects: 'any-public',
      onlyPublic: true,
    })
    if (sent.ok && sent.value.status === 200) return ok(sent.value.body)
    if (sent.ok) await sent.value.discard()
    failure = sent.ok ? `${url} answered ${sent.value.status}` : describeHttpError(sent.error)
  }
  return err({ is: 'unreachable', what, detail: failure })
}

async function fetchManifest(
  client: RegistryClient,
  repository: string,
  reference: string,
  limits: ImageLimits,
): Promise<Result<Buffer, ImageError>> {
  const what = `manifest ${client.host}/${repository}:${reference}`
  const limitBytes = limits.manifestBytes
  const sent = await client.get(manifestPath(repository, reference), scopeOf(repository), what, {
    accept: MANIFEST_MEDIA_TYPES.join(', '),
    limitBytes,
    redirects: 'any-public',
  })
  if (!sent.ok) return sent
  const bytes = await readAll(sent.value.body, limitBytes, 'manifestBytes', what)
  if (!bytes.ok) return bytes
  const expected = parseDigest(reference) ?? parseDigest(sent.value.headers['docker-content-digest'] ?? '')
  const actual = digestOf(bytes.value)
  if (expected !== null && expected !== actual) return err({ is: 'wrong-digest', what, expected, actual })
  return bytes
}

/**
 * The digest that a tag stands for now: asked with HEAD, and with GET where a registry does not answer that with a
 * digest. The bytes are not fetched twice: a digest that was only claimed is checked when the manifest is read.
 */
export async function resolveTag(
  http: Http,
  address: RegistryAddress,
  repository: string,
  tag: string,
): Promise<Result<Digest, ImageError>> {
  const client = new RegistryClient(http, address)
  const what = `manifest ${client.host}/${repository}:${tag}`
  const head = await headManifest(client, repository, tag, what)
  if (!head.ok && head.error.is !== 'unreachable') return head
  const claimed = head.ok ? parseDigest(head.value) : null
  if (claimed !== null) return ok(claimed)
  const fetched = await fetchManifest(client, repository, tag, DEFAULT_IMAGE_LIMITS)
  if (!fetched.ok) return fetched
  const digest = parseDigest(digestOf(fetched.value))
  return digest === null ? err({ is: 'malformed', what, detail: 'no digest' }) : ok(digest)
}

/** Whether the registry still holds the manifest. Only a plain 404 counts as "no". */
export async function manifestExists(
  http: Http,
  address: RegistryAddress,
  repository: string,
  digest: Digest,
): Promise<Result<boolean, ImageError>> {
  const client = new RegistryClient(http, address)
  const what = `manifest ${client.host}/${repository}@${digest}`
  const head = await headManifest(client, repository, digest, what)
  if (head.ok) return ok(true)
  return head.error.is === 'not-found' ? ok(false) : head
}

async function headManifest(
  client: RegistryClient,
  repository: string,
  reference: string,
  what: string,
): Promise<Result<string, ImageError>> {
  const sent = await client.get(manifestPath(repository, reference), scopeOf(repository), what, {
    method: 'HEAD',
    accept: MANIFEST_MEDIA_TYPES.join(', '),
    limitBytes: 0,
    redirects: 'any-public',
  })
  if (!sent.ok) return sent
  await sent.value.discard()
  return ok(sent.value.headers['docker-content-digest'] ?? '')
}

function manifestPath(repository: string, reference: string): string {
  return `/v2/${repository}/manifests/${encodeURIComponent(reference).replace('%3A', ':')}`
}
