import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../scripts/limit-facts.ts'

/** The test that reaches each limit: its file, and a part of its name. */
const REACHED: Readonly<Record<string, Readonly<Record<string, readonly [file: string, test: string]>>>> = {
  images: {
    ...each('configBytes layersPerImage compressedLayerBytes uncompressedLayerBytes entriesPerLayer pathCharactersPerLayer tarHeaderBytes analyzedBytesPerLayer', 'src/inventory/limits.test.ts', 'is refused by name when it passes %s'),
    ...each('pathCharacters pathParts retainedBytesPerLayer problemsPerLayer', 'src/inventory/limits.test.ts', 'costs what passes %s, and says so'),
    ...each('inflateRatio inflateRatioFloorBytes', 'src/inventory/limits.test.ts', 'may inflate without measure below inflateRatioFloorBytes'),
    ...each('layerTimeoutMs', 'src/inventory/limits.test.ts', 'takes longer than layerTimeoutMs'),
    ...each('manifestsPerIndex', 'src/inventory/limits.test.ts', 'more than manifestsPerIndex entries'),
    ...each('manifestBytes', 'src/inventory/registry-source.test.ts', 'refuses a huge manifest'),
    ...each('indexDepth', 'src/inventory/registry-source.test.ts', 'stops at indexes nested too deep'),
  },
  'image sources': {
    ...each('archiveEntries', 'src/inventory/limits.test.ts', 'with more than archiveEntries files'),
    ...each('archiveLinks', 'src/inventory/limits.test.ts', 'behind more than archiveLinks links'),
    ...each('storeListBytes', 'src/inventory/limits.test.ts', 'with a list of more than storeListBytes'),
    ...each('tarSplitLineCharacters', 'src/inventory/image-stores.test.ts', 'the record never ends a line'),
    ...each('tokenBytes', 'src/inventory/limits.test.ts', 'whose token has more than tokenBytes'),
    ...each('listPageBytes listPages listNames', 'src/inventory/limits.test.ts', 'that lists more than listPageBytes, listPages or listNames'),
    ...each('referrerPageBytes referrerPages referrers', 'src/inventory/limits.test.ts', 'with more than referrerPageBytes, referrerPages or referrers'),
  },
  'directories and hosts': each('problems', 'src/inventory/limits.test.ts', 'with more problems than are listed'),
  'executables and archives': {
    ...each('requestsPerFile', 'src/inventory/watched-file.test.ts', 'asks without end'),
    ...each('heldRanges readBytesPerFile', 'src/inventory/watched-file.test.ts', 'in no more parts than heldRanges, and gives no more bytes than readBytesPerFile'),
  },
  disks: {
    ...each('entriesPerDirectory entriesPerTree directoryDepth pathCharacters linkBytes', 'src/inventory/disk/disk-tree.test.ts', 'ends at each limit, and says so'),
    ...each('contentBytes', 'src/inventory/disk/disk-tree.test.ts', 'gives no more bytes of files than it may'),
    ...each('journalBlocks', 'src/inventory/disk/ext/journal/journal.test.ts', 'than journalBlocks is not replayed'),
    ...each('xfsLogBytes', 'src/inventory/disk/xfs/log/log.test.ts', "['logBytes', "),
    ...each('xfsOpenTransactions', 'src/inventory/disk/xfs/log/log.test.ts', "['openTransactions', "),
    ...each('xfsRegions', 'src/inventory/disk/xfs/log/log.test.ts', "['regions', "),
    ...each('xfsChangeBytes', 'src/inventory/disk/xfs/log/log.test.ts', "['bytes', "),
    ...each('directoriesAhead', 'src/inventory/disk/disk-tree.test.ts', 'lists no more than directoriesAhead at once'),
    ...each('rememberedEntries', 'src/inventory/disk/disk-tree.test.ts', 'forgets names that it need not remember'),
  },
  SBOMs: {
    ...each('bytes values components properties', 'src/inventory/sbom/read-sbom.test.ts', 'with more than is read are refused, or say what is left out'),
    ...each('depth', 'src/inventory/sbom/read-sbom.test.ts', 'with components nested very deeply are refused'),
    ...each('textCharacters', 'src/inventory/sbom/read-sbom.test.ts', 'keep no text of more than textCharacters'),
  },
  readers: {
    ...each('fileTimeoutMs', 'src/system/reader-pool/reader-pool.test.ts', "['loop/it', 'analyzer-timeout', QUICK]"),
    ...each('heapBytes', 'src/system/reader-pool/reader-pool.test.ts', "['fill/it', 'analyzer-out-of-memory', { heapBytes: "),
    ...each('memoryBytes', 'src/system/reader-pool/reader-pool.test.ts', "['fill/all', 'analyzer-out-of-memory', { memoryBytes: "),
    ...each('answerBytes', 'src/system/reader-pool/reader-pool.test.ts', "['lie/huge', "),
    ...each('messageBytes', 'src/system/reader-pool/reader-pool.test.ts', "['lie/rubbish', "),
    ...each('startTimeoutMs', 'src/system/reader-pool/reader-pool.test.ts', 'that takes longer to start than startTimeoutMs'),
    ...each('processes', 'src/system/reader-pool/reader-pool.test.ts', 'as many as processes says'),
    ...each('restartsPerLayer', 'src/system/reader-pool/reader-pool.test.ts', 'with more bad files than restartsPerLayer'),
    ...each('restartsPerTree', 'src/system/reader-pool/reader-pool.test.ts', 'with more bad files than restartsPerTree'),
  },
  'zip archives': {
    ...each('members', 'src/ecosystems/zip-archive.test.ts', 'with more than the members that are looked at'),
    ...each('directoryBytes', 'src/ecosystems/zip-archive.test.ts', 'whose directory has more than directoryBytes'),
    ...each('nameBytes', 'src/ecosystems/zip-archive.test.ts', 'whose names are longer than nameBytes'),
    ...each('ratio ratioFromBytes', 'src/ecosystems/zip-archive.test.ts', 'up to ratioFromBytes, and to ratio above'),
  },
  'Java archives': {
    ...each('nestedBytes archives descriptionBytes manifestBytes inflatedRatio inflatedFloorBytes inflatedBytes', 'src/ecosystems/maven/java-archive.test.ts', 'is refused or left out in part when it passes a limit'),
    ...each('depth', 'src/ecosystems/maven/java-archive.test.ts', 'goes six archives deep, and says so when there are more'),
    ...each('descriptions', 'src/inventory/archive-in-layers.test.ts', 'with more descriptions than are read says so'),
    ...each('fileBytes', 'src/inventory/watched-file.test.ts', 'that is a Java archive of more than its fileBytes'),
  },
  XML: {
    ...each('depth', 'src/base/xml.test.ts', 'elements without end'),
    ...each('tag', 'src/base/xml.test.ts', 'a tag without end'),
    ...each('attributes', 'src/base/xml.test.ts', 'too many attributes'),
  },
  agents: {
    ...each('reportBytes', 'src/api/agent/agent-door.test.ts', 'can send more than other callers, and not without end'),
    ...each('inflatedReportBytes', 'src/api/agent/agent-door.test.ts', 'a small body that inflates without end'),
    ...each('languagePackages', 'src/app/agent/agent.test.ts', 'crowds out nothing that it had before'),
    ...each('sockets packages filesPerPackage', 'src/inventory/runtime/runtime-facts.test.ts', 'no more sockets, packages and files of one package'),
    ...each('unownedFiles', 'src/inventory/runtime/runtime-facts.test.ts', 'stay within their limits and say so'),
    ...each('pathCharacters', 'src/api/agent/report-schema.test.ts', 'with a path of more than pathCharacters'),
  },
  'recorded networks': {
    ...each('files fileBytes totalBytes', 'src/aws/network/read-directory.test.ts', 'is read up to %s, and says so'),
    ...each('directoryDepth', 'src/aws/network/read-directory.test.ts', 'is entered no deeper than directoryDepth'),
    ...each('answers itemsPerList rules idCharacters reports', 'src/aws/network/limits.test.ts', 'is missing what lies beyond %s, by name'),
    ...each('keptCharacters', 'src/aws/network/kept-calls.test.ts', 'are cut off beyond keptCharacters'),
    ...each('textCharacters', 'src/aws/network/limits.test.ts', 'keeps no text of more than textCharacters'),
    ...each('warnings', 'src/aws/network/limits.test.ts', 'lists no more warnings than warnings'),
  },
} // prettier-ignore

describe('each limit of what is read', () => {
  it('has a test that reaches it, and no other is said to have one', () => {
    const namesOf = (tables: Readonly<Record<string, object>>): Record<string, string[]> =>
      Object.fromEntries(Object.entries(tables).map(([about, table]) => [about, Object.keys(table).sort()]))

    expect(namesOf(REACHED)).toEqual(namesOf(LIMITS))
  })

  const rows = Object.entries(REACHED).flatMap(([about, tests]) =>
    Object.entries(tests).map(([name, [file, test]]) => [about, name, file, test] as const),
  )
  it.each(rows)('%s, %s: %s, "%s"', async (_about, _name, file, test) => {
    expect(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')).toContain(test)
  })

  it.each(rows.filter(([, , , test]) => test.includes('%s')))('%s, %s is a row in %s', async (_about, name, file) => {
    expect(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')).toMatch(new RegExp(`\\[\\s*'${name}',`))
  })

  it('says what it bounds and why', () => {
    for (const { value, of, because } of Object.values(LIMITS).flatMap(table => Object.values(table))) {
      expect(value).toBeGreaterThan(0)
      expect([of.length > 0, because.endsWith('.')]).toEqual([true, true])
    }
  })
})

function each(names: string, file: string, test: string): Record<string, readonly [string, string]> {
  return Object.fromEntries(names.split(' ').map(name => [name, [file, test]]))
}
