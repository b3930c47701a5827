import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { createGzip } from 'node:zlib'

import { tarHeader } from '../test/support/tar-builder.ts'

/** Uncompressed MiB of each layer: a distribution, a runtime, an application's modules, data. Together about 2 GB. */
const LAYERS = [
  { kind: 'distribution', mebibytes: 420 },
  { kind: 'binaries', mebibytes: 560 },
  { kind: 'modules', mebibytes: 380 },
  { kind: 'binaries', mebibytes: 400 },
  { kind: 'modules', mebibytes: 240 },
] as const

interface Piece {
  readonly path: string
  readonly content: Buffer
  /** Permission bits; what nobody may run is not opened. */
  readonly mode?: number
}

/**
 * Writes an OCI layout of about 2 GB into `directory`. Content is cut from files of this machine (executables, scripts,
 * text), so that it compresses as images do; each file is cut elsewhere, so that no two are alike. Beside them lie whole
 * programs and Java archives of this machine, which are opened and read as they stream by.
 */
export async function buildLargeImage(directory: string): Promise<void> {
  const material = await gatherMaterial()
  await mkdir(join(directory, 'blobs/sha256'), { recursive: true })
  const layers: object[] = []
  const diffIds: string[] = []
  for (const [at, { kind, mebibytes }] of LAYERS.entries()) {
    const whole = kind === 'binaries' ? await wholeFiles(at, mebibytes / 2) : []
    const wholeMebibytes = whole.reduce((sum, { content }) => sum + content.length, 0) / (1 << 20)
    const cut = piecesOf(material, kind, mebibytes - Math.ceil(wholeMebibytes), at)
    const layer = await writeLayer(directory, [whole, cut])
    layers.push({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: layer.digest,
      size: layer.sizeBytes,
    })
    diffIds.push(layer.diffId)
  }
  const config = await writeBlob(directory, {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: diffIds },
  })
  const manifest = await writeBlob(directory, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers,
  })
  const entry = { ...manifest, mediaType: 'application/vnd.oci.image.manifest.v1+json' }
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }))
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

async function writeBlob(directory: string, value: object): Promise<{ digest: string; size: number }> {
  const bytes = Buffer.from(JSON.stringify(value))
  const hex = createHash('sha256').update(bytes).digest('hex')
  await writeFile(join(directory, 'blobs/sha256', hex), bytes)
  return { digest: `sha256:${hex}`, size: bytes.length }
}

async function writeLayer(directory: string, parts: readonly Iterable<Piece>[]) {
  const diffHash = createHash('sha256')
  const blobHash = createHash('sha256')
  const fresh = join(directory, 'layer.tmp')
  const file = await open(fresh, 'w')
  const gzip = createGzip({ level: 6, chunkSize: 1 << 20 })
  async function compress(): Promise<void> {
    for (const piece of inOrder(parts)) {
      const padding = Buffer.alloc((512 - (piece.content.length % 512)) % 512)
      const bytes = Buffer.concat([
        tarHeader({ path: piece.path, mode: piece.mode ?? 0o644 }, piece.content.length),
        piece.content,
        padding,
      ])
      diffHash.update(bytes)
      if (!gzip.write(bytes)) await new Promise(resolve => gzip.once('drain', resolve))
    }
    const end = Buffer.alloc(1024)
    diffHash.update(end)
    gzip.end(end)
  }
  const compressed = compress()
  for await (const chunk of gzip as AsyncIterable<Buffer>) {
    blobHash.update(chunk)
    await file.write(chunk)
  }
  await compressed
  const { size } = await file.stat()
  await file.close()
  const hex = blobHash.digest('hex')
  await rename(fresh, join(directory, 'blobs/sha256', hex))
  return { digest: `sha256:${hex}`, diffId: `sha256:${diffHash.digest('hex')}`, sizeBytes: size }
}

function* inOrder<T>(parts: readonly Iterable<T>[]): Generator<T> {
  for (const part of parts) yield* part
}

/** About 200 MB of this machine's own files: executables and libraries apart from text and scripts. */
async function gatherMaterial(): Promise<{ binary: Buffer; text: Buffer }> {
  const gather = async (directories: readonly string[], mebibytes: number): Promise<Buffer> => {
    const pieces: Buffer[] = []
    let left = mebibytes << 20
    for (const directory of directories) {
      for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])) {
        if (left <= 0) return Buffer.concat(pieces)
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        const { size } = await stat(path)
        if (size === 0 || size > 64 << 20) continue
        for await (const piece of createReadStream(path, { end: (8 << 20) - 1 }) as AsyncIterable<Buffer>) {
          pieces.push(piece)
          left -= piece.length
        }
      }
    }
    return Buffer.concat(pieces)
  }
  const binary = await gather(['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/bin', '/usr/lib'], 128)
  const text = await gather([join(import.meta.dirname, '../node_modules'), '/usr/share/perl5'], 64)
  return { binary, text }
}

/** Where programs and Java archives may lie; small ones are in one of the two layers of programs only. */
const WHOLE_FILE_DIRECTORIES = [
  dirname(process.execPath),
  join(import.meta.dirname, '../node_modules/@typescript'),
  join(import.meta.dirname, '../node_modules/@oxlint-tsgolint'),
  join(homedir(), '.m2/repository'),
  '/usr/share/java',
  '/usr/bin',
  '/usr/sbin',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
]
/** Node, the largest program of most machines that this runs on, has 120 MiB. */
const MOST_WHOLE_BYTES = 160 << 20

/** Programs, libraries and Java archives as they are, up to so many MiB together. */
async function wholeFiles(layer: number, mebibytes: number): Promise<readonly Piece[]> {
  const pieces: Piece[] = []
  let leftBytes = mebibytes << 20
  let seen = 0
  for (const directory of WHOLE_FILE_DIRECTORIES) {
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])) {
      const path = join(entry.parentPath, entry.name)
      if (!entry.isFile() || !/^[^.]+$|\.(?:jar|so)(?:\.|$)/.test(entry.name)) continue
      const { size, mode } = await stat(path)
      if (size < 4096 || size > Math.min(MOST_WHOLE_BYTES, leftBytes)) continue
      seen += 1
      if (seen % 2 !== (layer % 4) >> 1 && size < 16 << 20) continue
      const content = await readFile(path).catch(() => null)
      if (content === null) continue
      pieces.push({ path: `opt/whole-${layer}${path}`, content, mode: mode & 0o777 })
      leftBytes -= content.length
    }
  }
  return pieces
}

function* piecesOf(
  material: { binary: Buffer; text: Buffer },
  kind: (typeof LAYERS)[number]['kind'],
  mebibytes: number,
  layer: number,
): Generator<Piece> {
  let left = mebibytes << 20
  let cursor = 7919 * (layer + 1)
  const cut = (source: Buffer, length: number): Buffer => {
    cursor = (cursor * 48_271 + 11) % (source.length - length)
    return source.subarray(cursor, cursor + length)
  }
  if (kind === 'distribution') {
    yield { path: 'etc/os-release', content: Buffer.from('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n') }
    yield { path: 'var/lib/dpkg/status', content: Buffer.from(statusOf(450)) }
  }
  for (let at = 0; left > 0; at += 1) {
    const isSmall = kind === 'modules' || at % 3 !== 0
    const length = isSmall ? 1500 + ((at * 7919) % 14_000) : 150_000 + ((at * 104_729) % 1_800_000)
    const content = cut(isSmall ? material.text : material.binary, length)
    left -= length + 512
    if (kind === 'modules' && at % 12 === 0) {
      const manifest = JSON.stringify({ name: `package-${at}`, version: `1.${at}.${layer}`, license: 'MIT' })
      yield { path: `app${layer}/node_modules/package-${at}/package.json`, content: Buffer.from(manifest) }
    }
    const directory =
      kind === 'modules' ? `app${layer}/node_modules/package-${at - (at % 12)}/lib` : `usr/lib/part-${at % 90}`
    yield { path: `${directory}/file-${layer}-${at}`, content }
  }
}

function statusOf(packages: number): string {
  return Array.from({ length: packages }, (_, at) =>
    [
      `Package: library-${at}`,
      'Status: install ok installed',
      'Architecture: amd64',
      `Source: source-${at % 200} (${at}.2)`,
      `Version: 1:${at}.${at % 7}-1+deb12u1`,
      'Description: a package of the benchmark',
      '',
    ].join('\n'),
  ).join('\n')
}
