import { gzipSync } from 'node:zlib'
import { containersStorageSource } from '../../src/inventory/containers-storage-source.ts'
import { describeImageError } from '../../src/inventory/describe-image-error.ts'
import { imageArchiveSource } from '../../src/inventory/docker-archive-source.ts'
import { storedLogin } from '../../src/inventory/docker-config.ts'
import type { ImageError, ImageSource } from '../../src/inventory/image.ts'
import { ImageFault } from '../../src/inventory/image-fault.ts'
import { imagesOf } from '../../src/inventory/image-manifest.ts'
import { DEFAULT_IMAGE_LIMITS } from '../../src/inventory/limits.ts'
import { parseAuthChallenge, trustOfRealm } from '../../src/inventory/registry-auth.ts'
import { ociLayoutSource } from '../../src/inventory/oci-layout-source.ts'
import { assembleTar } from '../../src/inventory/tar-split.ts'
import { buildImage, inPieces } from '../support/image-builder.ts'
import { memoryFile, memoryTree } from '../support/memory-tree.ts'
import { buildTar } from '../support/tar-builder.ts'
import type { FuzzTarget } from './target.ts'

const image = buildImage([[{ path: 'app/package.json', content: 'one 1' }]])
const bytesOf = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const LAYER = 'a'.repeat(64)

/** Readers of what registries, archives, stores and login files say about images. */
export function imageTargets(): readonly FuzzTarget[] {
  return [
    {
      name: 'image manifest',
      seeds: [
        image.manifestBytes,
        bytesOf({ schemaVersion: 2, manifests: [{ digest: image.manifest.digest, size: 1 }] }),
      ],
      async run(input) {
        const read = await imagesOf(input, async () => ({ ok: true, value: input }), DEFAULT_IMAGE_LIMITS, 'it')
        if (!read.ok) describe(read.error)
      },
    },
    {
      name: 'oci layout',
      seeds: [
        bytesOf({
          manifests: [{ digest: image.manifest.digest, annotations: { 'org.opencontainers.image.ref.name': 'x' } }],
        }),
      ],
      run: input => askFor(ociLayoutSource(memoryTree(new Map([['index.json', input]]))), [null, 'x']),
    },
    {
      name: 'docker archive',
      seeds: [
        buildTar([
          {
            path: 'manifest.json',
            content: JSON.stringify([{ Config: 'c.json', RepoTags: ['a:1'], Layers: ['l.tar'] }]),
          },
          { path: 'c.json', content: image.blobs.get(image.manifest.config.digest) ?? '' },
          { path: 'l.tar', content: gzipSync(buildTar([{ path: 'a' }])) },
        ]),
      ],
      async run(input) {
        const source = await imageArchiveSource(memoryFile(input))
        if (source.ok) await askFor(source.value, [null, 'a:1'])
        else describe(source.error)
      },
    },
    {
      name: 'image store',
      seeds: [
        bytesOf([{ id: LAYER, names: ['a:1'], layer: LAYER }]),
        bytesOf([{ id: LAYER, parent: '', 'diff-digest': image.diffIds[0], 'diff-size': 10 }]),
      ],
      run(input) {
        const files = new Map([
          ['overlay-images/images.json', input],
          ['overlay-layers/layers.json', input],
          [`overlay-images/${LAYER}/manifest`, image.manifestBytes],
        ])
        return askFor(
          containersStorageSource(() => memoryTree(files)),
          [null, 'a:1'],
        )
      },
    },
    {
      name: 'tar-split',
      seeds: [
        bytesOf('{"type":2,"payload":"AAAA","position":0}\n{"type":1,"name":"a","size":1,"position":1}\n'),
        bytesOf('{"type":1,"name_raw":"YQ==","size":1}\n{"type":1,"name":"b","size":0}\n'),
      ],
      async run(input) {
        try {
          const files = memoryTree(new Map([['a', bytesOf('x')]]))
          for await (const piece of assembleTar(inPieces(input, 4096), files, DEFAULT_IMAGE_LIMITS, 'it')) void piece
        } catch (thrown) {
          if (!(thrown instanceof ImageFault)) throw thrown
          describe(thrown.error)
        }
      },
    },
    {
      name: 'login file',
      seeds: [
        bytesOf({
          auths: { 'registry.example': { auth: 'YTpi' }, 'https://index.docker.io/v1/': { identitytoken: 'x' } },
        }),
        bytesOf({ credsStore: 'desktop', credHelpers: { 'registry.example': 'cloud' } }),
      ],
      run(input) {
        for (const host of ['registry.example', 'registry-1.docker.io']) {
          const read = storedLogin(input, 'it', host, 'team/app')
          if (!read.ok) describe(read.error)
        }
      },
    },
    {
      name: 'auth challenge',
      seeds: [bytesOf('Bearer realm="https://auth.example/token",service="a",scope="b", Basic realm="c"')],
      run(input) {
        const challenge = parseAuthChallenge(Buffer.from(input).toString('latin1'))
        if (challenge?.scheme === 'bearer') trustOfRealm(challenge.realm, 'https://registry.example', [])
      },
    },
  ]
}

async function askFor(source: ImageSource, selectors: readonly (string | null)[]): Promise<void> {
  for (const selector of selectors) {
    const read = await source.manifests(selector)
    if (!read.ok) describe(read.error)
  }
  await source.close()
}

/** Every failure can be told to a person. */
function describe(error: ImageError): void {
  if (describeImageError(error) === '') throw new Error('a failure without words')
}
