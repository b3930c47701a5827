import { createHash } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'

import { err, ok } from '../../src/base/result.ts'
import type { Digest } from '../../src/domain/ids.ts'
import { parseDigest } from '../../src/domain/ids.ts'
import type { BlobDescriptor, ImageManifest, ImageSource } from '../../src/inventory/image.ts'
import { buildTar } from './tar-builder.ts'
import type { TarPart } from './tar-builder.ts'

export interface BuiltImage {
  readonly manifest: ImageManifest
  readonly manifestBytes: Buffer
  readonly diffIds: readonly Digest[]
  /** Every blob but the manifest, by digest. */
  readonly blobs: Map<Digest, Buffer>
}

type Compression = 'gzip' | 'zstd' | 'none'

const LAYER_TYPES = { gzip: 'tar+gzip', zstd: 'tar+zstd', none: 'tar' } as const

export function sha256(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)!
}

/** An OCI image of the given layers, each a list of entries or a finished tar. */
export function buildImage(
  layers: readonly (readonly TarPart[] | Buffer)[],
  options: { readonly compression?: Compression; readonly architecture?: string } = {},
): BuiltImage {
  const { compression = 'gzip', architecture = 'amd64' } = options
  const blobs = new Map<Digest, Buffer>()
  const tars = layers.map(layer => (Buffer.isBuffer(layer) ? layer : buildTar(layer)))
  const descriptors = tars.map(tar =>
    addBlob(blobs, compress(tar, compression), `layer.v1.${LAYER_TYPES[compression]}`),
  )
  const diffIds = tars.map(sha256)
  const config = Buffer.from(
    JSON.stringify({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } }),
  )
  const configDescriptor = addBlob(blobs, config, 'config.v1+json')
  return withManifest({ blobs, diffIds, config: configDescriptor, layers: descriptors })
}

export function withManifest(parts: {
  readonly blobs: Map<Digest, Buffer>
  readonly diffIds: readonly Digest[]
  readonly config: BlobDescriptor
  readonly layers: readonly BlobDescriptor[]
}): BuiltImage {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifestBytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: wire(parts.config),
      layers: parts.layers.map(wire),
    }),
  )
  const { config, layers, blobs, diffIds } = parts
  const manifest = { digest: sha256(manifestBytes), indexDigest: null, mediaType, config, layers }
  return { manifest, manifestBytes, diffIds, blobs }
}

function wire({ mediaType, digest, sizeBytes }: BlobDescriptor): object {
  return { mediaType, digest, size: sizeBytes }
}

/** A source over the image's blobs that counts how often each is opened. */
export function sourceOf(image: BuiltImage): ImageSource & { readonly opened: Digest[] } {
  const opened: Digest[] = []
  return {
    opened,
    manifests: async () => ok([image.manifest]),
    async openBlob(blob) {
      opened.push(blob.digest)
      const bytes = image.blobs.get(blob.digest)
      return bytes === undefined ? err({ is: 'not-found', what: blob.digest }) : ok(inPieces(bytes, 1000))
    },
    async close() {},
  }
}

export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function addBlob(blobs: Map<Digest, Buffer>, bytes: Buffer, kind: string): BlobDescriptor {
  const digest = sha256(bytes)
  blobs.set(digest, bytes)
  return { digest, mediaType: `application/vnd.oci.image.${kind}`, sizeBytes: bytes.length }
}

function compress(tar: Buffer, compression: Compression): Buffer {
  if (compression === 'none') return tar
  return compression === 'gzip' ? gzipSync(tar) : zstdCompressSync(tar)
}
