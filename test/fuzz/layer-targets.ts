import { gzipSync, zstdCompressSync } from 'node:zlib'
import { TarReader } from '../../src/base/tar-reader.ts'
import type { TarEntry } from '../../src/base/tar-reader.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import { analyzerSet } from '../../src/inventory/analyzer-set.ts'
import { decompress } from '../../src/inventory/decompress.ts'
import { describeImageError } from '../../src/inventory/describe-image-error.ts'
import { readImageConfig } from '../../src/inventory/image-blobs.ts'
import { ImageFault } from '../../src/inventory/image-fault.ts'
import { LayerCollector } from '../../src/inventory/layer-collector.ts'
import { DEFAULT_IMAGE_LIMITS } from '../../src/inventory/limits.ts'
import { tarFault, tarLimitsOf } from '../../src/inventory/tar-fault.ts'
import { buildImage, inPieces, sha256 } from '../support/image-builder.ts'
import { buildTar, tarHeader } from '../support/tar-builder.ts'
import type { FuzzTarget } from './target.ts'

const BLOCK_BYTES = 512
const MIB = 1024 * 1024
/** Small, so that mutated inputs reach them. */
const LIMITS = {
  ...DEFAULT_IMAGE_LIMITS,
  uncompressedLayerBytes: 8 * MIB,
  inflateRatioFloorBytes: MIB,
  entriesPerLayer: 1000,
  problemsPerLayer: 50,
}

const TAR = buildTar([
  { path: './etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20.1\n' },
  { path: 'usr/', type: '5' },
  { path: 'usr/lib/os-release', type: '2', linkTarget: '../../etc/os-release' },
  { path: `app/${'long/'.repeat(40)}package.json`, content: '{"name":"a","version":"1.0.0"}' },
  {
    path: 'app/package.json',
    content: '{"name":"b","version":"1.0.0"}',
    pax: { path: 'srv/package.json', size: '30' },
  },
  { path: 'app/link.json', type: '1', linkTarget: 'app/package.json' },
  { path: 'lib/apk/db/installed', content: 'P:musl\nV:1.2.5-r0\nA:x86_64\n\n' },
  { path: 'var/.wh.old', content: '' },
  { path: 'opt/.wh..wh..opq', content: '' },
  { path: 'sparse', type: 'S', content: 'x' },
  { path: 'app/a.jar', content: 'PK\x05\x06', mode: 0o755 },
])

/** Layers as they stream by: the headers of tar, the frames of gzip and Zstandard, and the configuration that names them. */
export function layerTargets(): readonly FuzzTarget[] {
  const analyzers = analyzerSet(ECOSYSTEMS)
  return [
    {
      name: 'layer tar',
      seeds: [TAR, tarHeader({ path: 'a', claimedSize: 2 ** 40 }, 0)],
      unitInputs: 50,
      run(input) {
        const sealed = withGoodChecksums(input)
        const pieces = [13, 511, 4096, sealed.length || 1]
        const said = pieces.map(size => entriesOf(sealed, size))
        if (new Set(said).size > 1) throw new Error('what a tar holds depends on how it was cut')
        onlyFaults(() => {
          const collector = new LayerCollector(analyzers, LIMITS, 'it')
          const tar = new TarReader(collector, tarLimitsOf(LIMITS), tarFault('it'))
          tar.push(sealed)
          tar.end()
          const record = collector.record(sha256(sealed), analyzers.revision)
          for (const { path } of record.files) {
            if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
              throw new Error(`a path that leads out: ${path}`)
            }
          }
          if (record.problems.length > LIMITS.problemsPerLayer + 1) throw new Error('too many problems')
        })
      },
    },
    {
      name: 'layer compression',
      seeds: [
        gzipSync(TAR),
        zstdCompressSync(TAR),
        Buffer.concat([gzipSync(TAR.subarray(0, 700)), gzipSync(TAR.subarray(700))]),
        Buffer.concat([
          zstdCompressSync(TAR.subarray(0, 700)),
          Buffer.from('502a4d1804000000abcdabcd', 'hex'),
          zstdCompressSync(TAR.subarray(700)),
        ]),
        TAR.subarray(0, 100),
      ],
      async run(input) {
        const said = [await inflatedTo(input, 101), await inflatedTo(input, 64 * 1024)]
        const [small, large] = said
        if (small !== large) throw new Error(`what comes out depends on how it was cut: ${small}, ${large}`)
      },
      unitInputs: 30,
    },
    {
      name: 'image configuration',
      seeds: [
        ...buildImage([TAR]).blobs.values(),
        Buffer.from(
          JSON.stringify({
            architecture: 'arm64',
            os: 'linux',
            variant: 'v8',
            created: '2026-01-01T00:00:00Z',
            author: 'a',
            rootfs: { type: 'layers', diff_ids: [sha256(TAR)] },
          }),
        ),
      ].filter(bytes => bytes[0] === 0x7b),
      async run(input) {
        const blob = {
          digest: sha256(input),
          mediaType: 'application/vnd.oci.image.config.v1+json',
          sizeBytes: input.length,
        }
        const source = {
          manifests: async () => ({ ok: true as const, value: [] }),
          openBlob: async () => ({ ok: true as const, value: inPieces(input, 4096) }),
          async close() {},
        }
        const read = await readImageConfig(source, blob, LIMITS.configBytes)
        if (!read.ok && describeImageError(read.error) === '') throw new Error('a failure without words')
      },
    },
  ]
}

/** What the reader says of the archive when it comes in pieces of this size. */
function entriesOf(bytes: Uint8Array, pieceBytes: number): string {
  const said: string[] = []
  const fault = onlyFaults(() => {
    const reader = new TarReader(
      {
        entry(entry: TarEntry) {
          if (!(entry.sizeBytes >= 0) || !Number.isSafeInteger(entry.sizeBytes))
            throw new Error('a size that cannot be')
          said.push(JSON.stringify(entry))
          return entry.sizeBytes <= bytes.length ? 'keep' : 'skip'
        },
        file(_entry, content) {
          said.push(sha256(content))
        },
      },
      tarLimitsOf(LIMITS),
      tarFault('it'),
    )
    for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.slice(at, at + pieceBytes))
    reader.end()
  })
  return [...said, fault].join('\n')
}

async function inflatedTo(bytes: Uint8Array, pieceBytes: number): Promise<string> {
  let outcome = ''
  const pieces: Uint8Array[] = []
  try {
    let total = 0
    for await (const chunk of decompress(inPieces(bytes, pieceBytes), LIMITS, 'it')) {
      total += chunk.length
      // A chunk is only valid until the next is asked for.
      pieces.push(chunk.slice())
    }
    if (total > LIMITS.uncompressedLayerBytes) throw new Error('more came out than may')
    outcome = sha256(Buffer.concat(pieces))
  } catch (thrown) {
    outcome = faultIn(thrown)
  }
  return outcome
}

/** The kind of fault that was thrown, or nothing. */
function onlyFaults(run: () => void): string {
  try {
    run()
    return ''
  } catch (thrown) {
    return faultIn(thrown)
  }
}

function faultIn(thrown: unknown): string {
  if (!(thrown instanceof ImageFault)) throw thrown
  if (describeImageError(thrown.error) === '') throw new Error('a failure without words')
  return thrown.error.is
}

/** Blocks that could be headers get the checksum that they would have: what lies behind it is to be tried. */
function withGoodChecksums(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes)
  for (let at = 0; at + BLOCK_BYTES <= copy.length; at += BLOCK_BYTES) {
    const block = copy.subarray(at, at + BLOCK_BYTES)
    if (block.toString('latin1', 257, 262) !== 'ustar') continue
    block.fill(0x20, 148, 156)
    const sum = block.reduce((total, byte) => total + byte, 0)
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  }
  return copy
}
