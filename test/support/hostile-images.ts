import { gzipSync } from 'node:zlib'
import type { BlobDescriptor } from '../../src/inventory/image.ts'
import { buildImage, sha256, withManifest, type BuiltImage } from './image-builder.ts'
import type { HostileRegistry, Trick } from './hostile-registry.ts'
import { npmPackages } from './small-feeds.ts'
import { buildTar, tarHeader } from './tar-builder.ts'

/** An image that means harm, in a repository of its own beside a good one, and what must be said about it. */
export interface HostileImage {
  /** Also the repository's name. */
  readonly name: string
  /** Puts the image under the tag `bad`; returns the digest that it is covered under. */
  place(registry: HostileRegistry, repository: string): string
  /** Coverage reason and sentence. */
  readonly reason: string
  readonly says: RegExp
  /** What `openinspector scan` of the same reference ends with; 3 unless given. */
  readonly exitCode?: number
}

/** Where a redirect may lead in a test. */
export interface RedirectTargets {
  /** Base URL on another address of this machine; nothing may ever arrive there. */
  readonly forbidden: string
}

const OCI = 'application/vnd.oci.image'
const LAYER_TYPE = `${OCI}.layer.v1.tar+gzip`

/** An image that no other case has, with one vulnerable package. */
export function vulnerableImage(name: string): BuiltImage {
  return buildImage([[...npmPackages({ alpha: '1.0.0' }), { path: 'app/name', content: name }]])
}

function layerOf(image: BuiltImage): BlobDescriptor {
  const [layer] = image.manifest.layers
  if (layer === undefined) throw new Error('the image has no layer')
  return layer
}

function relabelled(image: BuiltImage, change: Partial<BlobDescriptor>): BuiltImage {
  const { blobs, diffIds, manifest } = image
  return withManifest({ blobs, diffIds, config: manifest.config, layers: [{ ...layerOf(image), ...change }] })
}

/** The image of `layer`'s compressed bytes, whatever they are. */
function imageOfLayer(bytes: Buffer): BuiltImage {
  const plain = buildImage([[{ path: 'unused' }]])
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: plain.diffIds } }),
  )
  const blobs = new Map([bytes, config].map(blob => [sha256(blob), blob]))
  return withManifest({
    blobs,
    diffIds: plain.diffIds,
    config: { digest: sha256(config), mediaType: `${OCI}.config.v1+json`, sizeBytes: config.length },
    layers: [{ digest: sha256(bytes), mediaType: LAYER_TYPE, sizeBytes: bytes.length }],
  })
}

/** 10 GiB of zeros behind the header of one file, in 10 MiB. */
function bomb(): BuiltImage {
  const pieceBytes = 64 << 20
  const piece = gzipSync(Buffer.alloc(pieceBytes))
  const header = tarHeader({ path: 'zeros', claimedSize: 160 * pieceBytes }, 0)
  const bytes = Buffer.concat([gzipSync(header), ...Array.from({ length: 160 }, () => piece)])
  return imageOfLayer(bytes)
}

/** Answers requests for one digest with something else. */
function forDigest(
  digest: string,
  kind: 'manifests' | 'blobs',
  act: (response: Parameters<Trick>[1]) => void,
  methods: readonly string[] = ['GET'],
): Trick {
  return (call, response) => {
    if (call.kind !== kind || call.reference !== digest || !methods.includes(call.method)) return false
    act(response)
    return true
  }
}

function status(code: number, headers: Readonly<Record<string, string>> = {}, body = '') {
  return (response: Parameters<Trick>[1]): void => {
    response.writeHead(code, headers)
    response.end(body)
  }
}

/** A good image whose layer is answered for by `act`. */
function withLayerTrick(
  act: (response: Parameters<Trick>[1], layer: Buffer) => void,
): (registry: HostileRegistry, repository: string) => string {
  return (registry, repository) => {
    const image = vulnerableImage(repository)
    const { digest } = layerOf(image)
    const bytes = image.blobs.get(digest) ?? Buffer.alloc(0)
    registry.play(
      repository,
      forDigest(digest, 'blobs', response => act(response, bytes)),
    )
    return registry.put(repository, 'bad', image)
  }
}

/** A good image whose manifest is answered for by `act` when it is asked for by digest. */
function withManifestTrick(
  act: (response: Parameters<Trick>[1]) => void,
): (registry: HostileRegistry, repository: string) => string {
  return (registry, repository) => {
    const image = vulnerableImage(repository)
    const tagged = registry.put(repository, 'bad', image)
    // `scan` asks by tag, the server by digest.
    const byDigest = forDigest(tagged, 'manifests', act)
    const byTag = forDigest('bad', 'manifests', act)
    registry.play(repository, (call, response) => byDigest(call, response) || byTag(call, response))
    return tagged
  }
}

function put(image: (repository: string) => Pick<BuiltImage, 'manifestBytes' | 'blobs'>) {
  return (registry: HostileRegistry, repository: string): string => registry.put(repository, 'bad', image(repository))
}

function manifestOnly(value: object): Pick<BuiltImage, 'manifestBytes' | 'blobs'> {
  return { manifestBytes: Buffer.from(JSON.stringify(value)), blobs: new Map() }
}

function redirectTo(location: string) {
  return withLayerTrick(status(302, { location }))
}

/** Indexes in indexes, one more than is followed, with a good image at the end. */
function nestedIndexes(registry: HostileRegistry, repository: string): string {
  const image = vulnerableImage(repository)
  for (const bytes of image.blobs.values()) registry.putBlob(repository, bytes)
  let digest = registry.putManifest(repository, image.manifestBytes)
  let bytes = image.manifestBytes
  for (let depth = 0; depth < 6; depth += 1) {
    const mediaType = `${OCI}.index.v1+json`
    const manifests = [{ mediaType, digest, size: bytes.length }]
    bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
    digest = registry.putManifest(repository, bytes)
  }
  return registry.put(repository, 'bad', { manifestBytes: bytes, blobs: new Map() })
}

/** An index that the registry serves again for the digest that it lists. */
function circularIndex(registry: HostileRegistry, repository: string): string {
  const mediaType = `${OCI}.index.v1+json`
  const claimed = sha256(Buffer.from(`circle in ${repository}`))
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType, manifests: [{ mediaType, digest: claimed, size: 300 }] }),
  )
  registry.play(
    repository,
    forDigest(claimed, 'manifests', response => response.end(bytes), ['GET', 'HEAD']),
  )
  return registry.put(repository, 'bad', { manifestBytes: bytes, blobs: new Map() })
}

function escapingTar(): Buffer {
  const target = '/tmp/openinspector-escaped'
  return buildTar([
    { path: '../../../../tmp/openinspector-escaped', content: 'out' },
    { path: target, content: 'out' },
    { path: 'app/link', type: '2', linkTarget: '../../../../../../etc' },
    { path: 'app/link/passwd', content: 'root' },
    { path: 'app/hard', type: '1', linkTarget: '../../../../etc/shadow' },
    { path: 'app/node_modules/x/../../../../package.json', content: '{}' },
    { path: 'dev/sda', type: '4' },
    ...npmPackages({ alpha: '1.0.0' }),
  ])
}

/** Every kind of harm that a registry can do. */
export function hostileImages({ forbidden }: RedirectTargets): readonly HostileImage[] {
  return [
    {
      name: 'truncated-layer',
      reason: 'INTERNAL_ERROR',
      says: /^cannot read layer sha256:[0-9a-f]+: .*broke off after \d+ bytes$/,
      place: withLayerTrick((response, layer) => {
        response.writeHead(200, { 'content-length': layer.length })
        response.write(layer.subarray(0, layer.length >> 1))
        setTimeout(() => response.destroy(), 20)
      }),
    },
    {
      name: 'short-layer',
      reason: 'INTERNAL_ERROR',
      says: /^layer sha256:[0-9a-f]+ is not what its digest says: expected \d+ bytes, got \d+ bytes$/,
      place: withLayerTrick((response, layer) => response.end(layer.subarray(0, layer.length >> 1))),
    },
    {
      name: 'wrong-layer',
      reason: 'INTERNAL_ERROR',
      says: /^layer sha256:[0-9a-f]+ is not what its digest says: expected sha256:/,
      place: withLayerTrick((response, layer) => {
        const other = Buffer.from(layer)
        other.fill(0x41, layer.length - 8)
        response.end(other)
      }),
    },
    {
      name: 'size-too-small',
      reason: 'INTERNAL_ERROR',
      says: /^layer sha256:[0-9a-f]+ is not what its digest says: expected 20 bytes, got more$/,
      place: put(repository => relabelled(vulnerableImage(repository), { sizeBytes: 20 })),
    },
    {
      name: 'size-too-large',
      reason: 'INTERNAL_ERROR',
      says: /^layer sha256:[0-9a-f]+ is not what its digest says: expected 1000000 bytes, got \d+ bytes$/,
      place: put(repository => relabelled(vulnerableImage(repository), { sizeBytes: 1_000_000 })),
    },
    {
      name: 'size-enormous',
      reason: 'IMAGE_SIZE_EXCEEDED',
      says: /^layer sha256:[0-9a-f]+ passes the limit compressedLayerBytes: \d+ bytes$/,
      place: put(repository => relabelled(vulnerableImage(repository), { sizeBytes: 2 ** 50 })),
    },
    {
      name: 'escaping-tar',
      reason: 'SUCCESSFUL',
      says: /gaps/,
      exitCode: 0,
      place: put(() => buildImage([escapingTar()])),
    },
    {
      name: 'bomb',
      reason: 'IMAGE_SIZE_EXCEEDED',
      says: /^layer sha256:[0-9a-f]+ passes the limit inflateRatio: /,
      place: put(bomb),
    },
    {
      name: 'hanging-blob',
      reason: 'INTERNAL_ERROR',
      says: /^cannot read layer sha256:[0-9a-f]+: no answer from http:.* within 3000 ms$/,
      place: withLayerTrick((response, layer) => {
        response.writeHead(200, { 'content-length': layer.length })
        response.write(layer.subarray(0, 10))
      }),
    },
    {
      name: 'hanging-manifest',
      reason: 'INTERNAL_ERROR',
      says: /^cannot read manifest .*hanging-manifest.*: no answer from http:.* within 3000 ms$/,
      place: withManifestTrick(() => undefined),
    },
    {
      name: 'redirect-to-link-local',
      reason: 'INTERNAL_ERROR',
      says: /refused the redirect .*169\.254\.169\.254 is not a public address$/,
      place: redirectTo('http://169.254.169.254/latest/meta-data/iam/security-credentials/'),
    },
    {
      name: 'redirect-to-loopback',
      reason: 'INTERNAL_ERROR',
      says: /refused the redirect .*127\.0\.0\.2 is not a public address$/,
      place: redirectTo(`${forbidden}/secret`),
    },
    {
      name: 'redirect-to-file',
      reason: 'INTERNAL_ERROR',
      says: /refused the redirect .*file:\/\/\/etc\/passwd: not an http or https URL/,
      place: redirectTo('file:///etc/passwd'),
    },
    {
      name: 'redirect-forever',
      reason: 'INTERNAL_ERROR',
      says: /refused the redirect .*more than 5 redirects$/,
      place: (registry, repository) => {
        const image = vulnerableImage(repository)
        const { digest } = layerOf(image)
        const location = `/v2/${repository}/blobs/${digest}`
        registry.play(repository, forDigest(digest, 'blobs', status(307, { location })))
        return registry.put(repository, 'bad', image)
      },
    },
    {
      name: 'always-401',
      reason: 'ACCESS_DENIED',
      says: /^access to manifest .*always-401.* was denied: the registry asks for a user name and password/,
      place: withManifestTrick(status(401, { 'www-authenticate': 'Basic realm="x"' })),
    },
    {
      name: 'always-500',
      reason: 'INTERNAL_ERROR',
      says: /^cannot read manifest .*always-500.*: the registry answered 500$/,
      place: withManifestTrick(status(500)),
    },
    {
      name: 'web-page',
      reason: 'INTERNAL_ERROR',
      says: /^manifest .*web-page.* is (malformed: not JSON|not what its digest says: .*)$/,
      place: withManifestTrick(status(200, { 'content-type': 'text/html' }, '<html>Log in</html>')),
    },
    {
      name: 'web-page-stored',
      reason: 'INTERNAL_ERROR',
      says: /^manifest .*web-page-stored.* is malformed: not JSON$/,
      place: put(() => ({ manifestBytes: Buffer.from('<html>Log in</html>'), blobs: new Map() })),
    },
    {
      name: 'huge-manifest',
      reason: 'IMAGE_SIZE_EXCEEDED',
      says: /^manifest .*huge-manifest.* passes the limit manifestBytes: /,
      place: put(() => ({ manifestBytes: Buffer.alloc(5 << 20, 0x20), blobs: new Map() })),
    },
    {
      name: 'no-config',
      reason: 'INTERNAL_ERROR',
      says: /^blob sha256:[0-9a-f]+ of .*no-config was not found$/,
      place: put(repository => ({ manifestBytes: vulnerableImage(repository).manifestBytes, blobs: new Map() })),
    },
    {
      name: 'foreign-layer',
      reason: 'UNSUPPORTED_MEDIA_TYPE',
      says: /^layer sha256:[0-9a-f]+ is a foreign layer, kept at /,
      place: put(repository => {
        const image = vulnerableImage(repository)
        const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
        image.blobs.delete(layerOf(image).digest)
        return relabelled(image, { mediaType })
      }),
    },
    {
      name: 'helm-chart',
      reason: 'UNSUPPORTED_MEDIA_TYPE',
      says: /^manifest .*helm-chart.* is a Helm chart, not an image: application\/vnd\.cncf\.helm\.config/,
      place: put(() => {
        const config = {
          mediaType: 'application/vnd.cncf.helm.config.v1+json',
          digest: sha256(Buffer.from('c')),
          size: 1,
        }
        return manifestOnly({ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers: [] })
      }),
    },
    {
      name: 'attestations-only',
      reason: 'UNSUPPORTED_MEDIA_TYPE',
      says: /^manifest .*attestations-only.* has a type that cannot be scanned: an index that lists no image$/,
      place: put(() => {
        const platform = { os: 'unknown', architecture: 'unknown' }
        const one = { mediaType: `${OCI}.manifest.v1+json`, digest: sha256(Buffer.from('att')), size: 3, platform }
        return manifestOnly({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests: [one] })
      }),
    },
    {
      name: 'nested-indexes',
      reason: 'IMAGE_SIZE_EXCEEDED',
      says: /^manifest .* passes the limit indexDepth: more than \d+ nested indexes$/,
      place: nestedIndexes,
    },
    {
      name: 'circular-index',
      reason: 'INTERNAL_ERROR',
      says: /^manifest .* is not what its digest says: expected sha256:/,
      place: circularIndex,
    },
    {
      name: 'garbage-database',
      reason: 'INTERNAL_ERROR',
      says: /var\/lib\/dpkg\/status/,
      exitCode: 4,
      place: put(() =>
        buildImage([
          [
            { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\n' },
            { path: 'var/lib/dpkg/status', content: Buffer.alloc(100_000, 0xfe) },
          ],
        ]),
      ),
    },
  ]
}
