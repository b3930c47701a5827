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

/** An OCI image layout: `oci-layout`, `index.json`, `blobs/`. A tag is an entry's `org.opencontainers.image.ref.name`. */
export function ociLayoutSource(tree: FileTree, options: { readonly limits?: Partial<ImageLimits> } = {}): ImageSource {
  const limits = { ...DEFAULT_IMAGE_LIMITS, ...options.limits }
  const fetch = (digest: Digest): Promise<Result<Uint8Array, ImageError>> =>
    readTreeFile(tree, blobPath(digest), limits.manifestBytes, 'manifestBytes', `manifest ${digest}`)

  async function manifests(selector: string | null): Promise<Result<readonly ImageManifest[], ImageError>> {
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
    const digest = parseDigest(selector) ?? entries.find(entry => nameOf(entry) === selector)?.digest
    if (digest === undefined) return err({ is: 'not-found', what: `image ${selector} in the image layout` })
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

function nameOf(entry: IndexEntry): string | null {
  return new Map(Object.entries(entry.annotations ?? {})).get(REF_NAME) ?? null
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`
}
