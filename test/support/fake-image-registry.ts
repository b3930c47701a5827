import { err, ok } from '../../src/base/result.ts'
import type { Digest } from '../../src/domain/ids.ts'
import type { ImageError, ImageManifest, ImageSource } from '../../src/inventory/image.ts'
import type { ImageRegistry } from '../../src/scanning/image-registry.ts'

/** Tests replace questions that they want answered otherwise. */
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** A registry whose whole content is two maps that a test changes as it likes. */
export interface FakeImageRegistry extends Mutable<ImageRegistry> {
  /** `repository:tag` to digest. */
  readonly tagged: Map<string, Digest>
  /** Digests that exist, with the images behind them; an error is answered as it stands. */
  readonly stored: Map<Digest, readonly Digest[] | ImageError>
}

export function fakeImageRegistry(): FakeImageRegistry {
  const tagged = new Map<string, Digest>()
  const stored = new Map<Digest, readonly Digest[] | ImageError>()
  const names = (): string[] => [...new Set([...tagged.keys()].map(name => name.split(':')[0] ?? ''))]
  return {
    tagged,
    stored,
    repositories: () => Promise.resolve(ok(names())),
    tags: repository =>
      Promise.resolve(
        ok([...tagged.keys()].filter(name => name.startsWith(`${repository}:`)).map(name => name.split(':')[1] ?? '')),
      ),
    digestOf: (repository, tag) => Promise.resolve(ok(tagged.get(`${repository}:${tag}`) ?? null)),
    imagesOf(_repository, digest) {
      const images = stored.get(digest)
      if (images === undefined) return Promise.resolve(err({ is: 'not-found', what: digest }))
      return Promise.resolve('is' in images ? err(images) : ok(images.map(aManifest)))
    },
    exists: (_repository, digest) =>
      Promise.resolve(
        ok([...stored].some(([root, images]) => root === digest || (!('is' in images) && images.includes(digest)))),
      ),
    source(): ImageSource {
      throw new Error('this registry holds no bytes')
    },
  }
}

function aManifest(digest: Digest): ImageManifest {
  const blob = { digest, mediaType: '', sizeBytes: 0 }
  return { digest, indexDigest: null, mediaType: '', config: blob, layers: [] }
}
