import { createHash, randomBytes } from 'node:crypto'
import { cpus } from 'node:os'

import { TarReader } from '../src/base/tar-reader.ts'
import type { Digest } from '../src/domain/ids.ts'
import { ECOSYSTEMS } from '../src/ecosystems/index.ts'
import { analyzerSet } from '../src/inventory/analyzer-set.ts'
import { LayerCollector } from '../src/inventory/layer-collector.ts'
import { DEFAULT_IMAGE_LIMITS } from '../src/inventory/limits.ts'
import { tarFault, tarLimitsOf } from '../src/inventory/tar-fault.ts'
import { tarHeader } from '../test/support/tar-builder.ts'
import { zipOf } from '../test/support/zip-of.ts'

const LIBRARIES = 300
const LIBRARY_BYTES = 1_000_000
const NAME = 'BOOT-INF/lib/library-000-1.0.jar'
const END_BYTES = 22
const ENTRY_BYTES = 46 + NAME.length
/** Where a member's own header and the directory's entry have its name, and the entry its place. (APPNOTE 4.3.7, 4.3.12) */
const [NAME_IN_HEADER, NAME_IN_ENTRY, OFFSET_IN_ENTRY] = [30, 46, 42]

/** An application of 300 MB in one jar, with 300 libraries in it, as it streams by in a layer: memory and time above passing it. */
export async function measureLargeArchive(): Promise<void> {
  console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`)
  const library = zipOf([
    { name: 'META-INF/maven/org.a/b/pom.properties', content: 'groupId=org.a\nartifactId=b\nversion=1.0\n' },
    { name: 'a/A.class', content: randomBytes(LIBRARY_BYTES), isStored: true },
  ])
  const alone = millisecondsOf(() => {
    const hash = createHash('sha256')
    for (const piece of archiveOf(library)) hash.update(piece)
  })
  const before = process.resourceUsage().maxRSS
  let packages = 0
  const reading = millisecondsOf(() => (packages = packagesIn(archiveOf(library))))
  const grown = (process.resourceUsage().maxRSS - before) / 1e3
  if (packages !== LIBRARIES) throw new Error(`${packages} packages instead of ${LIBRARIES}`)
  console.log(
    `a jar of ${((library.length * LIBRARIES) / 1e6).toFixed(0)} MB: read in ${reading.toFixed(0)} ms, hashed alone in ${alone.toFixed(0)} ms; peak RSS grew by ${grown.toFixed(1)} MB`,
  )
}

function millisecondsOf(act: () => void): number {
  const startedAt = performance.now()
  act()
  return performance.now() - startedAt
}

function packagesIn(pieces: Iterable<Uint8Array>): number {
  const analyzers = analyzerSet(ECOSYSTEMS)
  const collector = new LayerCollector(analyzers, DEFAULT_IMAGE_LIMITS, 'layer')
  const tar = new TarReader(collector, tarLimitsOf(DEFAULT_IMAGE_LIMITS), tarFault('layer'))
  for (const piece of pieces) tar.push(piece)
  tar.end()
  // The record is not kept, so any digest will do.
  const digest = `sha256:${'0'.repeat(64)}` as Digest
  return collector.record(digest, analyzers.revision).files.flatMap(({ analysis }) => analysis.packages).length
}

/** The tar of a layer with one jar, which is never in memory as a whole. */
function* archiveOf(library: Uint8Array): Generator<Uint8Array> {
  const template = zipOf([{ name: NAME, content: library, isStored: true }])
  const member = template.subarray(0, template.length - END_BYTES - ENTRY_BYTES)
  const entry = template.subarray(member.length, member.length + ENTRY_BYTES)
  const sizeBytes = LIBRARIES * (member.length + ENTRY_BYTES) + END_BYTES
  const nameOf = (at: number): string => NAME.replace('000', String(at).padStart(3, '0'))
  yield tarHeader({ path: 'app/application.jar' }, sizeBytes)
  for (let at = 0; at < LIBRARIES; at += 1) {
    member.write(nameOf(at), NAME_IN_HEADER)
    yield member
  }
  for (let at = 0; at < LIBRARIES; at += 1) {
    entry.write(nameOf(at), NAME_IN_ENTRY)
    entry.writeUInt32LE(at * member.length, OFFSET_IN_ENTRY)
    yield entry
  }
  const end = Buffer.from(template.subarray(template.length - END_BYTES))
  end.writeUInt32LE(LIBRARIES * ENTRY_BYTES, 12)
  end.writeUInt32LE(LIBRARIES * member.length, 16)
  yield end
  yield Buffer.alloc(1024 + ((512 - (sizeBytes % 512)) % 512))
}
