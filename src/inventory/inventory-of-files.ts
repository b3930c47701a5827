import { namedArchives } from '../ecosystems/archive-index.ts'
import { distroAmong } from '../ecosystems/distro-places.ts'
import type { Ecosystem, FileAnalysis, FoundPackage } from '../ecosystems/ecosystem.ts'
import type { Distro, InstalledPackage, Inventory, InventoryProblem, LayerRef } from '../domain/inventory.ts'
import { mergedUsrPath } from './analyzer-set.ts'

/** One analyzed file that is visible in the finished file system. */
export interface VisibleFile {
  readonly path: string
  readonly analysis: FileAnalysis
  /** The layer that brought this copy of the package; `null` outside images. */
  layerOf(pkg: FoundPackage): LayerRef | null
}

/** What a file system holds, from what its files say and from problems that belong to no file. */
export function inventoryOfFiles(
  files: readonly VisibleFile[],
  ecosystems: readonly Ecosystem[],
  otherProblems: readonly InventoryProblem[],
): Inventory {
  const distro = distroAmong(files.map(({ path, analysis }) => ({ path, distro: analysis.distro })))
  const packagesFrom = releaseOfPackages(files, distro)
  const byType = new Map(ecosystems.map(ecosystem => [ecosystem.purlType, ecosystem]))
  const owners = ownersOf(files)
  const channels = channelsOf(files)
  const publishedAs = ecosystems.find(ecosystem => ecosystem.publishedAs !== undefined)?.publishedAs
  const packages = new Map<string, InstalledPackage>()
  const problems = [...otherProblems]
  for (const file of files) {
    const owner = owners.get(mergedUsrPath(file.path)) ?? null
    const named = namedArchives(file.analysis, file.path, publishedAs)
    // What nobody names is known all the same where an operating system package brought it.
    const told = [...file.analysis.problems, ...named.problems]
    problems.push(...told.filter(({ reason }) => owner === null || reason !== 'unidentified-archive'))
    for (const found of [...file.analysis.packages, ...named.packages]) {
      const ecosystem = byType.get(found.type)
      const isOperatingSystem = ecosystem?.isOperatingSystem === true
      const filePath = found.inside === undefined ? file.path : `${file.path}:${found.inside}`
      const identity = JSON.stringify([found.type, found.name, found.version, found.arch, filePath])
      if (packages.has(identity)) continue
      packages.set(identity, {
        type: found.type,
        namespace: ecosystem?.namespaceOf(packagesFrom, found.name) ?? null,
        name: found.name,
        version: found.version,
        arch: found.arch,
        source: found.source,
        ...(found.vendor === undefined ? {} : { vendor: found.vendor }),
        ...(found.module === undefined ? {} : { module: found.module }),
        ...(isOperatingSystem && channels.length > 0 ? { channels } : {}),
        manager: found.manager,
        filePath,
        layer: file.layerOf(found),
        ownedBy: isOperatingSystem ? null : owner,
      })
    }
  }
  const distinct = ecosystems.reduce<readonly InstalledPackage[]>(
    (kept, ecosystem) => ecosystem.withoutCopies(kept),
    [...packages.values()],
  )
  return {
    distro,
    packages: distinct.toSorted(inStableOrder),
    problems: problems.sort(byPathAndReason),
  }
}

/**
 * The distribution in the release that its packages come from, which may be another than it says of itself; one that says
 * nothing of itself is known by that alone.
 */
function releaseOfPackages(files: readonly VisibleFile[], distro: Distro | null): Distro | null {
  for (const { analysis } of files) {
    const from = analysis.packageRelease
    if (from === undefined || (distro !== null && distro.id !== from.distroId)) continue
    const { distroId: id, versionId } = from
    return distro === null ? { id, versionId, codename: null, prettyName: null } : { ...distro, versionId }
  }
  return distro
}

/** Channels that any visible file names, sorted, each once. */
function channelsOf(files: readonly VisibleFile[]): readonly string[] {
  return [...new Set(files.flatMap(({ analysis }) => analysis.channels ?? []))].sort()
}

/** Operating system package by path, in the spelling of a merged `/usr`. */
function ownersOf(files: readonly VisibleFile[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const { analysis } of files) {
    if (analysis.owned === null) continue
    for (const { owner, paths } of analysis.owned) for (const path of paths) owners.set(mergedUsrPath(path), owner)
  }
  return owners
}

/** The order of `Inventory.packages`: by type, name, version, path. */
export function inStableOrder(a: InstalledPackage, b: InstalledPackage): number {
  return (
    compareText(a.type, b.type) ||
    compareText(a.name, b.name) ||
    compareText(a.version, b.version) ||
    compareText(a.filePath, b.filePath) ||
    compareText(a.arch ?? '', b.arch ?? '')
  )
}

/** The order of `Inventory.problems`. */
export function byPathAndReason(a: InventoryProblem, b: InventoryProblem): number {
  return compareText(a.path, b.path) || compareText(a.reason, b.reason)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
