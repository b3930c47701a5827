import { deflateSync } from 'node:zlib'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import type { ContentAnalyzer } from '../../src/ecosystems/content-analyzer.ts'
import type { Ecosystem, FileAnalysis } from '../../src/ecosystems/ecosystem.ts'
import { type ContentOutcome, WatchedFile } from '../../src/inventory/watched-file.ts'
import { readContent } from '../../src/inventory/read-content.ts'
import { elfOf, type ExecutablePart, goBuildInfo, machOOf, peOf } from '../support/executable-of.ts'
import { zipOf } from '../support/zip-of.ts'
import { expectConstant } from './constants.ts'
import type { FuzzTarget } from './target.ts'

/** Readers of executables and archives, by random access and as a layer streams by. */
export function contentTargets(): readonly FuzzTarget[] {
  return ECOSYSTEMS.flatMap(ecosystem =>
    (ecosystem.contentAnalyzers ?? []).map(analyzer => ({
      name: `content ${analyzer.id}`,
      seeds: SEEDS.get(analyzer.id) ?? [],
      run: input => readBothWays(ecosystem, analyzer, input),
    })),
  )
}

async function readBothWays(ecosystem: Ecosystem, analyzer: ContentAnalyzer, bytes: Uint8Array): Promise<void> {
  const path = analyzer.id === 'generic/runtime-binary' ? 'usr/bin/redis-server' : 'app/a-1.0.jar'
  const anyName = { ...analyzer, isCandidate: () => true }
  const access = {
    sizeBytes: bytes.length,
    read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
    async *stream() {},
    async close() {},
  }
  const outcomes = await readContent(access, path, [anyName])
  const watched = new WatchedFile({ path, sizeBytes: bytes.length, mode: null }, [anyName])
  for (let at = 0; at < bytes.length; at += 10_007) {
    if (watched.push(bytes.subarray(at, at + 10_007)) === 'stop') break
  }
  const passed = watched.finish()
  expectSame(outcomes, passed)
  for (const { analysis } of [...outcomes, ...passed]) {
    for (const { reason } of analysis.problems) {
      expectConstant(reason)
      if (reason === 'analyzer-failed') throw new Error(JSON.stringify(analysis.problems))
    }
    const named = (analysis.unnamed ?? []).flatMap(({ suggested }) => suggested ?? [])
    for (const pkg of [...analysis.packages, ...named]) {
      if (pkg.name === '' || pkg.version === '') throw new Error('a package without name or version')
      ecosystem.scheme.parse(pkg.version)
      ecosystem.canonicalName(pkg.name)
    }
  }
}

/** Whoever reads what passes may see less than who can read anywhere, and says so; he never sees anything else. */
function expectSame(opened: readonly ContentOutcome[], passed: readonly ContentOutcome[]): void {
  for (const { analyzer, analysis } of passed) {
    if (analysis.problems.length > 0) continue
    const other = opened.find(one => one.analyzer === analyzer)?.analysis
    const found = ({ packages, unnamed }: FileAnalysis): string => JSON.stringify([packages, unnamed])
    if (other === undefined || found(other) !== found(analysis)) {
      throw new Error(`passed ${found(analysis)}, opened ${other === undefined ? 'nothing' : found(other)}`)
    }
  }
}

const MODULES = [
  'path\texample.com/app', 'mod\texample.com/app\t(devel)\t', 'dep\texample.com/a\tv1.0.0\th1:x=', '=>\t../a\t(devel)\t',
  'dep\texample.com/b\tv1.2.3\t', 'build\t-ldflags="-X main.version=1.2.3"', 'build\tvcs.revision=0123\n',
].join('\n') // prettier-ignore

function programParts(data: Uint8Array): readonly ExecutablePart[] {
  return [
    { name: '.text', address: 0x10000, content: Buffer.alloc(64, 0x90), isExecutable: true },
    { name: '.rodata', address: 0x20000, content: Buffer.from(`go1.17${'<'.repeat(16)}${MODULES}${'>'.repeat(16)}`) },
    { name: '.data', address: 0x30000, content: data, isWritable: true },
  ]
}

/** The form before Go 1.18: pointers to two string headers, which point to the strings. */
function pointers(): Buffer {
  const data = Buffer.alloc(64)
  data.write('\xff Go buildinf:\x08\x00', 'latin1')
  const words = [0x30020, 0x30030, 0x20000, 6, 0x20006, 32 + MODULES.length]
  for (const [at, word] of words.entries()) data.writeBigUInt64LE(BigInt(word), 16 + at * 8)
  return data
}

const CRATES = {
  packages: [
    { name: 'adler', version: '0.2.3', source: 'crates.io' },
    { name: 'a', version: '1', kind: 'build' },
  ],
}

function auditable(): readonly ExecutablePart[] {
  return [
    { name: '.dep-v0', address: 0x10000, content: deflateSync(JSON.stringify(CRATES)) },
    { name: '.data', address: 0x30000, content: Buffer.alloc(64), isWritable: true },
  ]
}

function archive(): Buffer {
  const properties = 'version=1.2\ngroupId=org.a\nartifactId=b\n'
  const inner = zipOf([
    { name: 'META-INF/MANIFEST.MF', content: 'Manifest-Version: 1.0\nBundle-SymbolicName: org.foo.bar\nImplementation-Vendor-Id: org.foo\nImplementation-Version: 1\n\n' },
  ]) // prettier-ignore
  return zipOf([
    { name: 'META-INF/maven/org.a/b/pom.properties', content: properties },
    { name: 'META-INF/maven/org.c/d/pom.xml', content: '<project><groupId>c</groupId><artifactId>d</artifactId><version>1</version></project>' },
    { name: 'BOOT-INF/lib/bar-1.jar', content: inner },
  ]) // prettier-ignore
}

/** As builders of applications and streaming tools write them. */
function passingArchive(): Buffer {
  const library = zipOf([
    { name: 'META-INF/maven/org.a/b/pom.properties', content: 'version=1.2\ngroupId=org.a\nartifactId=b\n', sizes: 'behind' },
    { name: 'a/A.class', content: 'x'.repeat(200), sizes: 'behind-unmarked' },
  ])
  return Buffer.concat([
    Buffer.from('#!/bin/sh\n'),
    zipOf([
      { name: 'lib/b-1.2.jar', content: library, isStored: true },
      { name: 'lib/c-1.jar', content: library, sizes: 'behind' },
      { name: 'META-INF/MANIFEST.MF', content: 'Implementation-Vendor-Id: org.m\nImplementation-Version: 2\n', gap: Buffer.alloc(9) },
    ]),
  ])
} // prettier-ignore

const INLINE = programParts(goBuildInfo('go1.22.4 X:a (Vendor)', MODULES))
const SEEDS: ReadonlyMap<string, readonly Uint8Array[]> = new Map([
  ['golang/binary', [elfOf(INLINE), peOf(INLINE), machOOf(INLINE), elfOf(programParts(pointers()))]],
  ['cargo/auditable', [elfOf(auditable()), peOf(auditable()), machOOf(auditable())]],
  [
    'generic/runtime-binary',
    [
      elfOf([
        {
          name: '.rodata',
          address: 0x1000,
          content: Buffer.from('\x007.0.15build-host-1702957741'.padEnd(9000, '\0')),
        },
      ]),
    ],
  ],
  ['maven/java-archive', [archive(), passingArchive()]],
  [
    'pypi/zipped-egg',
    [zipOf([{ name: 'EGG-INFO/PKG-INFO', content: 'Metadata-Version: 1.1\nName: Jinja2\nVersion: 2.7\n\n' }])],
  ],
])
