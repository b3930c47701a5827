import type { InventoryProblem } from '../domain/inventory.ts'
import type { Ecosystem, FileAnalysis, FoundPackage } from './ecosystem.ts'
import { isVersionText } from './found-packages.ts'
import { isCoordinates } from './maven/coordinates.ts'
import { ProblemList, quoted } from './problem.ts'

/** What repositories of Maven published, by SHA-1. An installation may keep one; none is fetched. */
export interface ArchiveIndex {
  /** `null` for a checksum (hexadecimal) that it does not know. */
  artefactOf(sha1: string): { readonly group: string; readonly artifact: string; readonly version: string } | null
}

/** The ecosystems, with archives of Java named by the index where nothing in them does. */
export function withArchiveIndex(ecosystems: readonly Ecosystem[], index: ArchiveIndex | null): readonly Ecosystem[] {
  if (index === null) return ecosystems
  const publishedAs = (sha1: string): FoundPackage | null => {
    const artefact = index.artefactOf(sha1)
    if (artefact === null) return null
    const name = `${artefact.group}:${artefact.artifact}`
    const isBelieved = isCoordinates(name) && isVersionText(artefact.version)
    const found = { type: 'maven', name, version: artefact.version, arch: null, source: null, manager: 'JAR' } as const
    return isBelieved ? found : null
  }
  return ecosystems.map(each => (each.purlType === 'maven' ? { ...each, publishedAs } : each))
}

/**
 * What the unnamed archives of a file are: by the index, else as their manifests suggest, else a problem. Asked whenever
 * an inventory is put together, so that an index that comes later names what was read before.
 */
export function namedArchives(
  { unnamed = [] }: Pick<FileAnalysis, 'unnamed'>,
  path: string,
  publishedAs: Ecosystem['publishedAs'] | undefined,
): { readonly packages: readonly FoundPackage[]; readonly problems: readonly InventoryProblem[] } {
  const packages: FoundPackage[] = []
  const problems = new ProblemList(path)
  for (const { sha1, inside, suggested, missed } of unnamed) {
    const published = publishedAs?.(sha1) ?? null
    if (published !== null) packages.push(inside === undefined ? published : { ...published, inside })
    else if (suggested !== null) packages.push(suggested)
    else if (missed !== null) {
      problems.add('unidentified-archive', inside === undefined ? missed : `${quoted(inside)}: ${missed}`)
    }
  }
  return { packages, problems: problems.all() }
}
