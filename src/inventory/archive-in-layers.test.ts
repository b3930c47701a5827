import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zipOf, type ZipFile } from '../../test/support/zip-of.ts'
import type { ContentAnalyzer } from '../ecosystems/content-analyzer.ts'
import type { FileAnalysis } from '../ecosystems/ecosystem.ts'
import { javaArchive } from '../ecosystems/maven/java-archive.ts'
import { ARCHIVE_LIMITS } from '../ecosystems/maven/archive-limits.ts'
import { zippedEgg } from '../ecosystems/pypi/zipped-egg.ts'
import { ZIP_LIMITS } from '../ecosystems/zip-archive.ts'
import { readContent } from './read-content.ts'
import { WatchedFile } from './watched-file.ts'

const PATH = 'app/app-1.jar'

function streamed(bytes: Uint8Array, pieceBytes = 65_536, analyzer: ContentAnalyzer = javaArchive): FileAnalysis {
  const file = new WatchedFile({ path: PATH, sizeBytes: bytes.length, mode: 0o644 }, [analyzer])
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (file.push(bytes.slice(at, at + pieceBytes)) === 'stop') break
  }
  return onlyOf(file.finish())
}

async function opened(bytes: Uint8Array, analyzer: ContentAnalyzer = javaArchive): Promise<FileAnalysis> {
  const access = {
    sizeBytes: bytes.length,
    mode: 0o644,
    read: async (offset: number, length: number) => bytes.slice(offset, offset + length),
    async *stream() {},
    async close() {},
  }
  return onlyOf(await readContent(access, PATH, [analyzer]))
}

function onlyOf(outcomes: readonly { readonly analysis: FileAnalysis }[]): FileAnalysis {
  const [outcome] = outcomes
  if (outcome === undefined || outcomes.length > 1) throw new Error(`${outcomes.length} outcomes`)
  return outcome.analysis
}

const pom = (artifact: string, more: Partial<ZipFile> = {}): ZipFile => ({
  name: `META-INF/maven/org.a/${artifact}/pom.properties`,
  content: `version=1\ngroupId=org.a\nartifactId=${artifact}\n`,
  ...more,
})
const namesOf = ({ packages }: FileAnalysis): readonly string[] => packages.map(({ name }) => name)
const reasonsOf = ({ problems }: FileAnalysis): readonly string[] => problems.map(({ reason }) => reason)

/** How tools write members: sizes in front or behind, deflated or not, sometimes with a hole where one was deleted. */
const member = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c').map(artifact => pom(artifact)) },
  fc.uint8Array({ maxLength: 3000 }).map((content): ZipFile => ({ name: 'org/a/A.class', content })),
  // Marks of the format inside of contents, as stored archives have them.
  fc
    .array(fc.constantFrom('PK\x03\x04', 'PK\x07\x08', 'PK\x01\x02', 'PK\x05\x06', '\0\0\0\0', 'x'), { maxLength: 20 })
    .map((marks): ZipFile => ({ name: 'data.bin', content: Buffer.from(marks.join(''), 'latin1'), isStored: true })),
  fc.constant<ZipFile>({ name: 'META-INF/MANIFEST.MF', content: 'Implementation-Vendor-Id: org.m\nImplementation-Version: 2\n' }),
) // prettier-ignore

const written = fc
  .tuple(
    member,
    fc.constantFrom<Partial<ZipFile>>({}, { isStored: true }, { sizes: 'behind' }, { sizes: 'behind-unmarked' }),
  )
  .map(([file, how]): ZipFile => Object.assign({}, file, { isStored: false }, how))

const archiveOf = (members: readonly ZipFile[], prefix: string): Buffer =>
  Buffer.concat([Buffer.from(prefix, 'latin1'), zipOf(members)])

describe('a Java archive that streams by', () => {
  it('says the same as one that can be read anywhere, however it was written', async () => {
    const nested = fc
      .tuple(fc.array(written, { maxLength: 5 }), fc.boolean())
      .map(([members, isStored]): ZipFile => ({ name: 'lib/n-1.jar', content: zipOf(members), isStored }))
    const outer = fc.array(fc.oneof(written, nested), { maxLength: 8 })
    const prefix = fc.constantFrom('', '', '#!/bin/sh\nexec java -jar "$0"\n', 'JM\x01\0')
    await fc.assert(
      fc.asyncProperty(outer, prefix, fc.constantFrom(100, 8192, 65_536), async (members, before, pieceBytes) => {
        // Names that the directory gives twice are another test's.
        const distinct = [...new Map(members.map(each => [each.name, each])).values()]
        const bytes = archiveOf(distinct, before)
        fc.pre(bytes.length > 30)

        expect(streamed(bytes, pieceBytes)).toEqual(await opened(bytes))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['has the same members in its directory, but another name for one', [pom('a'), pom('b', { listedAs: 'harmless.txt' })]],
    ['holds a description that its directory does not list', [pom('a'), pom('b', { listedAs: null })]],
    ['holds an archive that its directory does not list', [pom('a'), { name: 'b.jar', content: zipOf([pom('b')]), isStored: true, listedAs: null }]],
    ['gives a description only in its directory', [pom('a'), { name: 'x.txt', content: pom('b').content, listedAs: pom('b').name }]],
  ])('that %s is a problem, and what is in doubt no package', (_what, members) => {
    const analysis = streamed(zipOf(members))

    expect(namesOf(analysis)).toEqual(['org.a:a'])
    expect(reasonsOf(analysis)).toEqual(['contradictory-archive'])
  }) // prettier-ignore

  it('is not fooled by sizes behind a content that come too early', () => {
    const forged = Buffer.alloc(16)
    forged.write('PK\x07\x08', 'latin1')
    forged.writeUInt32LE(3, 8)
    const fake = zipOf([pom('forged')])
    const content = Buffer.concat([Buffer.from('abc'), forged, fake.subarray(0, fake.indexOf('PK\x01\x02', 'latin1'))])
    const bytes = zipOf([pom('a'), { name: 'data.bin', content, isStored: true, sizes: 'behind' }, pom('z')])

    const analysis = streamed(bytes)

    expect(namesOf(analysis)).not.toContain('org.a:forged')
    expect(reasonsOf(analysis)).toContain('contradictory-archive')
  })

  it('with a hole where a member was deleted is read from there on as it is held', () => {
    const gap = Buffer.alloc(5000, 'x')

    expect(streamed(zipOf([pom('a'), pom('b', { gap })]))).toMatchObject({
      packages: [{ name: 'org.a:a' }, { name: 'org.a:b' }],
      problems: [],
    })
  })

  it('with more behind its members than a directory may have is a problem', () => {
    const gap = Buffer.alloc(ZIP_LIMITS.directoryBytes, 'x')

    const analysis = streamed(zipOf([pom('a'), pom('b', { gap })]), 1 << 20)

    expect(namesOf(analysis)).toEqual([])
    expect(reasonsOf(analysis)).toEqual(['malformed-archive'])
  })

  it('with more descriptions than are read says so', () => {
    const half = zipOf(
      Array.from({ length: ARCHIVE_LIMITS.descriptions / 2 + 1 }, () => ({ ...pom('a'), isStored: true })),
    )
    const bytes = zipOf(['x.jar', 'y.jar'].map(name => ({ name, content: half, isStored: true })))

    expect(reasonsOf(streamed(bytes, 1 << 20))).toEqual(['limit-exceeded'])
  }, 20_000)

  it('that breaks off is a problem', () => {
    const bytes = zipOf([pom('a'), { name: 'data.bin', content: Buffer.alloc(20_000, 'x'), isStored: true }])
    const file = new WatchedFile({ path: PATH, sizeBytes: bytes.length, mode: null }, [javaArchive])
    file.push(bytes.subarray(0, bytes.length - 10))

    expect(reasonsOf(onlyOf(file.finish()))).toEqual(['malformed-archive'])
  })
})

describe('a zipped egg that streams by', () => {
  const metadata: ZipFile = {
    name: 'EGG-INFO/PKG-INFO',
    content: 'Metadata-Version: 1.1\nName: Jinja2\nVersion: 2.7\n\n',
  }
  const module: ZipFile = { name: 'jinja2/__init__.py', content: 'x'.repeat(20_000) }

  it('says the same as one that can be read anywhere', async () => {
    for (const more of [{}, { isStored: true }, { sizes: 'behind' }, { gap: Buffer.alloc(9) }] as const) {
      const bytes = zipOf([module, { ...metadata, ...more }, module])

      expect(streamed(bytes, 1000, zippedEgg)).toMatchObject({ packages: [{ name: 'Jinja2', version: '2.7' }] })
      expect(streamed(bytes, 1000, zippedEgg)).toEqual(await opened(bytes, zippedEgg))
    }
  })

  it('is a problem where its directory says something else', () => {
    const analysis = streamed(zipOf([{ ...metadata, listedAs: 'x' }, module]), 1000, zippedEgg)

    expect([namesOf(analysis), reasonsOf(analysis)]).toEqual([[], ['malformed-archive']])
  })
})

describe('the checksum of an unnamed archive', () => {
  const aClass: ZipFile = { name: 'a/A.class', content: 'x'.repeat(50_000) }
  const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

  it('is that of the whole file or of the archive within, stored or packed', async () => {
    const inner = zipOf([aClass])
    const packed: ZipFile = { name: 'lib/packed-1.jar', content: inner }
    const stored: ZipFile = { name: 'lib/stored-2.jar', content: inner, isStored: true }
    const bytes = zipOf([aClass, packed, stored])

    for (const analysis of [streamed(bytes, 1000), await opened(bytes)]) {
      expect(analysis.unnamed).toEqual([
        { sha1: sha1(bytes), suggested: null, missed: expect.stringContaining('app-1.jar') as string },
        expect.objectContaining({ sha1: sha1(inner), inside: 'lib/packed-1.jar' }),
        expect.objectContaining({ sha1: sha1(inner), inside: 'lib/stored-2.jar' }),
      ])
    }
  })

  it('is not taken of archives without content, all of which would share one', async () => {
    const bytes = zipOf([{ name: 'META-INF/MANIFEST.MF', content: 'Manifest-Version: 1.0\n' }])

    for (const analysis of [streamed(bytes), await opened(bytes)]) {
      expect(analysis.unnamed).toBeUndefined()
      expect(reasonsOf(analysis)).toEqual(['unidentified-archive'])
    }
  })

  it('is not taken of what its builder named', () => {
    expect(streamed(zipOf([aClass, pom('a')])).unnamed).toBeUndefined()
  })
})
