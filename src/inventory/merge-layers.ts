import type { FileAnalysis, FoundPackage } from '../ecosystems/ecosystem.ts'
import type { InventoryProblem, LayerRef } from '../domain/inventory.ts'
import type { AnalyzerSet } from './analyzer-set.ts'
import { baseNameOf, directoryOf } from './entry-path.ts'
import type { VisibleFile } from './inventory-of-files.ts'
import type { LayerRecord } from './layer-cache.ts'

export interface MergedLayers {
  readonly files: readonly VisibleFile[]
  readonly problems: readonly InventoryProblem[]
}

interface MergedFile {
  readonly analyzer: string
  readonly analysis: FileAnalysis
  readonly layer: LayerRef
  /** For package databases: the layer since which each package has been in this file without a gap. */
  readonly since: ReadonlyMap<string, LayerRef> | null
}

interface Node {
  readonly children: Map<string, Node>
  files: readonly MergedFile[]
  links: readonly { readonly analyzer: string; readonly target: string }[]
}

/**
 * Stacks layers, lowest first, into the file system that a container would see. Whiteouts and opaque directories act on
 * lower layers only, wherever they stood in their tar. (OCI image spec, layer.md, "Whiteouts")
 */
export function mergeLayers(
  layers: readonly { readonly record: LayerRecord; readonly ref: LayerRef }[],
  analyzers: Pick<AnalyzerSet, 'isOperatingSystem'>,
): MergedLayers {
  const root = newNode()
  const problems: InventoryProblem[] = []
  for (const { record, ref } of layers) {
    const files = record.files.map(file => mergedFile(file, ref, root, analyzers))
    hideLower(root, record)
    for (const [at, file] of record.files.entries()) {
      const merged = files[at]
      if (merged === undefined) continue
      const node = nodeAt(root, file.path)
      node.files = [...node.files, merged]
    }
    for (const { path, analyzer, target } of record.links) {
      const node = nodeAt(root, path)
      node.links = [...node.links, { analyzer, target }]
    }
    problems.push(...record.problems)
  }
  return { files: visibleFiles(root), problems: [...problems, ...unreadTargets(root)] }
}

function mergedFile(
  file: LayerRecord['files'][number],
  ref: LayerRef,
  root: Node,
  analyzers: Pick<AnalyzerSet, 'isOperatingSystem'>,
): MergedFile {
  const { analyzer, analysis } = file
  if (!analyzers.isOperatingSystem(analyzer)) return { analyzer, analysis, layer: ref, since: null }
  const before = find(root, file.path)?.files.find(lower => lower.analyzer === analyzer)?.since
  const since = new Map(analysis.packages.map(pkg => [packageKey(pkg), before?.get(packageKey(pkg)) ?? ref]))
  return { analyzer, analysis, layer: ref, since }
}

function packageKey({ name, version, arch }: FoundPackage): string {
  return JSON.stringify([name, version, arch])
}

function hideLower(root: Node, record: LayerRecord): void {
  for (const directory of record.opaqueDirectories) find(root, directory)?.children.clear()
  for (const path of record.whiteouts) find(root, directoryOf(path))?.children.delete(baseNameOf(path))
  for (const [directory, names] of record.nonDirectories) {
    const children = directoryAt(root, directory)?.children
    if (children === undefined || children.size === 0) continue
    for (const name of names.split('/')) children.delete(name)
  }
  for (const path of record.directoriesWanted) directoryAt(root, path)
}

/** As `find`, where the path is a directory now: no part of it is a file or a link any more. */
function directoryAt(root: Node, path: string): Node | undefined {
  if (path === '') return root
  let node: Node | undefined = root
  for (const part of path.split('/')) {
    node = node.children.get(part)
    if (node === undefined) return undefined
    if (node.files.length > 0) node.files = []
    if (node.links.length > 0) node.links = []
  }
  return node
}

function newNode(): Node {
  return { children: new Map(), files: [], links: [] }
}

function find(root: Node, path: string): Node | undefined {
  if (path === '') return root
  let node: Node | undefined = root
  for (const part of path.split('/')) {
    node = node.children.get(part)
    if (node === undefined) return undefined
  }
  return node
}

function nodeAt(root: Node, path: string): Node {
  let node = root
  for (const part of path.split('/')) {
    let child = node.children.get(part)
    if (child === undefined) {
      child = newNode()
      node.children.set(part, child)
    }
    node = child
  }
  return node
}

function visibleFiles(root: Node): VisibleFile[] {
  return walk(root).flatMap(([path, node]) =>
    node.files.map(({ analysis, layer, since }) => ({
      path,
      analysis,
      layerOf: pkg => since?.get(packageKey(pkg)) ?? layer,
    })),
  )
}

/** A package database behind a symlink whose target was not read is not an empty one: say so. */
function unreadTargets(root: Node): InventoryProblem[] {
  return walk(root).flatMap(([path, node]) =>
    node.links
      .filter(link => find(root, link.target)?.files.some(file => file.analyzer === link.analyzer) !== true)
      .map(link => ({ path, reason: 'unread-link-target', detail: `leads to ${link.target}, which was not read` })),
  )
}

function walk(root: Node): [string, Node][] {
  const found: [string, Node][] = []
  const open: [string, Node][] = [['', root]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, node] = next
    if (node.files.length > 0 || node.links.length > 0) found.push(next)
    for (const [name, child] of node.children) open.push([path === '' ? name : `${path}/${name}`, child])
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1))
}
