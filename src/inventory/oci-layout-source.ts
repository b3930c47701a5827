import { z } from 'zod'

import { err } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { parseDigest } from '../domain/ids.ts'
import type { Digest } from '../domain/ids.ts'
import type { FileTree } from './file-tree.ts'
import type { ImageError, ImageManifest, ImageSource } from './image.ts'
import { digestOf, digestSchema, parseJsonAs } from './image-blobs.ts'
import { imagesOf } from './image-manifest.ts'
import { DEFAULT_IMAGE_LIMITS } from './limits.ts'
import type { ImageLimits } from './limits.ts'
import { openTreeBlob, readTreeFile } from './tree-blobs.ts'

const indexSchema = z.object({
  manifests: z.array(z.object({ digest: digestSchema, annotations: z.record(z.string(), z.string()).nullish() })),
})
type IndexEntry = z.infer<typeof indexSchema>['manifests'][number]

const REF_NAME = 'org.opencontainers.image.ref.name'
/** The whole name, which `docker save` and `ctr export` write; `REF_NAME` then holds the bare tag. (containerd, images/annotations.go) */
const CONTAINERD_NAME = 'io.containerd.image.name'

/**
 * An OCI image layout: `oci-layout`, `index.json`, `blobs/`. An image is named by its digest or by an entry's annotation. A
 * content store of containerd is one without an index: there an image has its digest alone.
 */
export function ociLayoutSource(tree: FileTree, options: { readonly limits?: Partial<ImageLimits> } = {}): ImageSource {
  const limits = { ...DEFAULT_IMAGE_LIMITS, ...options.limits }
  const fetch = (digest: Digest): Promise<Result<Uint8Array, ImageError>> =>
    readTreeFile(tree, blobPath(digest), limits.manifestBytes, 'manifestBytes', `manifest ${digest}`)

  async function manifests(selector: string | null): Promise<Result<readonly ImageManifest[], ImageError>> {
    const asked = selector === null ? null : parseDigest(selector)
    if (asked !== null) return imagesBehind(asked)
    const what = 'index.json of the image layout'
    const bytes = await readTreeFile(tree, 'index.json', limits.manifestBytes, 'manifestBytes', what)
    if (!bytes.ok) return bytes
    const index = parseJsonAs(indexSchema, bytes.value, what)
    if (!index.ok) return index
    const entries = index.value.manifests
    if (selector === null) {
      const names = new Set(entries.map(nameOf).filter(name => name !== null))
      if (names.size < 2) return imagesOf(bytes.value, fetch, limits, what)
      const detail = `it holds ${names.size} images; name one of: ${[...names].slice(0, 10).join(', ')}`
      return err({ is: 'malformed', what, detail })
    }
    const digests = new Set(entries.filter(entry => isNamed(entry, selector)).map(entry => entry.digest))
    const [digest] = digests
    if (digest === undefined) return err({ is: 'not-found', what: `image ${selector} in the image layout` })
    if (digests.size === 1) return imagesBehind(digest)
    return err({
      is: 'malformed',
      what,
      detail: `${digests.size} images are called ${selector}; name one by its digest`,
    })
  }

  async function imagesBehind(digest: Digest): Promise<Result<readonly ImageManifest[], ImageError>> {
    const manifest = await fetch(digest)
    if (!manifest.ok) return manifest
    const actual = digestOf(manifest.value)
    if (actual !== digest) return err({ is: 'wrong-digest', what: `manifest ${digest}`, expected: digest, actual })
    return imagesOf(manifest.value, fetch, limits, `manifest ${digest}`)
  }

  return {
    manifests,
    openBlob: blob => openTreeBlob(tree, blobPath(blob.digest), `blob ${blob.digest}`),
    async close() {},
  }
}

function nameOf({ annotations }: IndexEntry): string | null {
  const all = new Map(Object.entries(annotations ?? {}))
  return all.get(CONTAINERD_NAME) ?? all.get(REF_NAME) ?? null
}

function isNamed({ annotations }: IndexEntry, name: string): boolean {
  const all = new Map(Object.entries(annotations ?? {}))
  return all.get(CONTAINERD_NAME) === name || all.get(REF_NAME) === name
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`
}
