import type { ContentAnalyzer } from '../ecosystems/content-analyzer.ts'
import type { Analyzer, FileAnalysis } from '../ecosystems/ecosystem.ts'
import type { Digest } from '../domain/ids.ts'
import type { InventoryProblem } from '../domain/inventory.ts'
import { analyzeFile, failedAnalysis, isTelling, tooLargeProblem } from './analyzer-set.ts'
import type { AnalyzerSet } from './analyzer-set.ts'
import { directoryOf, baseNameOf, normalizeEntryPath, resolveLinkTarget } from './entry-path.ts'
import { ImageFault } from './image-fault.ts'
import type { LayerRecord } from './layer-cache.ts'
import type { ImageLimits } from './limits.ts'
import type { TarEntry, TarVisitor } from '../base/tar-reader.ts'
import { WatchedFile } from './watched-file.ts'

const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'
/** Names that AUFS kept for itself (`.wh..wh.plnk`, `.wh..wh.aufs`); they delete nothing. (OCI image spec, layer.md) */
const AUFS_OWN = '.wh..wh.'

interface CollectedFile {
  readonly order: number
  readonly analyses: readonly { readonly analyzer: string; readonly analysis: FileAnalysis }[]
}

/** Gathers what one layer says, entry by entry, into a `LayerRecord`. Of two entries with one path the last counts. */
export class LayerCollector implements TarVisitor {
  readonly #analyzers: AnalyzerSet
  readonly #limits: ImageLimits
  readonly #what: string
  /** Names by directory; the entry's order, negative for a directory. */
  readonly #names = new Map<string, Map<string, number>>()
  readonly #files = new Map<string, CollectedFile>()
  readonly #links = new Map<string, { analyzer: string; target: string }>()
  readonly #retained = new Map<string, Uint8Array>()
  #watching: WatchedFile | null = null
  readonly #whiteouts = new Set<string>()
  readonly #opaque = new Set<string>()
  readonly #problems: InventoryProblem[] = []
  #unlistedProblems = 0
  #order = 0
  #pathCharacters = 0
  #analyzedBytes = 0
  #retainedBytes = 0

  constructor(analyzers: AnalyzerSet, limits: ImageLimits, what: string) {
    this.#analyzers = analyzers
    this.#limits = limits
    this.#what = what
  }

  entry(entry: TarEntry): 'keep' | 'watch' | 'skip' {
    this.#order += 1
    const path = this.#pathOf(entry)
    if (path === null || path === '' || this.#isWhiteout(path)) return 'skip'
    this.#note(path, entry.kind === 'directory')
    this.#forget(path)
    if (entry.kind === 'directory') return 'skip'
    const wanting = this.#analyzers.wanting(path)
    if (wanting.length === 0) return this.#mayBeOpened(path, entry)
    if (entry.kind === 'symlink') this.#link(path, entry, wanting)
    else if (entry.kind === 'hard-link') this.#hardLink(path, entry, wanting)
    else if (entry.kind === 'file') return this.#isReadable(path, entry, wanting) ? 'keep' : 'skip'
    return 'skip'
  }

  file(entry: TarEntry, bytes: Uint8Array): void {
    const path = normalizeEntryPath(entry.rawPath)
    if (path === null) return
    this.#analyze(path, bytes)
    if (this.#retainedBytes + bytes.length <= this.#limits.retainedBytesPerLayer) {
      this.#retained.set(path, bytes)
      this.#retainedBytes += bytes.length
    }
  }

  piece(entry: TarEntry, bytes: Uint8Array): 'on' | 'stop' {
    const watching = this.#watching
    if (watching === null || watching.push(bytes) === 'on') return watching === null ? 'stop' : 'on'
    this.#finishWatching(entry, watching)
    return 'stop'
  }

  watched(entry: TarEntry): void {
    if (this.#watching !== null) this.#finishWatching(entry, this.#watching)
  }

  record(blob: Digest, revision: string): LayerRecord {
    const paths = [...this.#files.keys()].filter(path => !this.#isBuried(path)).sort()
    const links = [...this.#links].filter(([path]) => !this.#isBuried(path)).sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      blob,
      revision,
      files: paths.flatMap(path =>
        (this.#files.get(path)?.analyses ?? []).map(({ analyzer, analysis }) => ({ path, analyzer, analysis })),
      ),
      whiteouts: [...this.#whiteouts].sort(),
      opaqueDirectories: [...this.#opaque].sort(),
      nonDirectories: this.#nonDirectories(),
      directoriesWanted: this.#directoriesWanted(),
      links: links.map(([path, { analyzer, target }]) => ({ path, analyzer, target })),
      problems: this.#allProblems(),
    }
  }

  #pathOf(entry: TarEntry): string | null {
    const path = normalizeEntryPath(entry.rawPath)
    this.#pathCharacters += entry.rawPath.length
    if (this.#pathCharacters > this.#limits.pathCharactersPerLayer) {
      const detail = `more than ${this.#limits.pathCharactersPerLayer} characters in paths`
      throw new ImageFault({ is: 'limit-exceeded', what: this.#what, limit: 'pathCharactersPerLayer', detail })
    }
    if (path === null) {
      this.#problem(entry.rawPath, 'path-leaves-root', 'an entry whose path holds ".." was refused')
      return null
    }
    const { pathCharacters, pathParts } = this.#limits
    if (path.length > pathCharacters || path.split('/', pathParts + 1).length > pathParts) {
      const detail = `a path of ${path.length} characters or more than ${pathParts} parts was refused`
      this.#problem(path.slice(0, 200), 'path-too-long', detail)
      return null
    }
    return path
  }

  #isWhiteout(path: string): boolean {
    const name = baseNameOf(path)
    if (!name.startsWith(WHITEOUT)) return false
    const directory = directoryOf(path)
    if (name === OPAQUE) this.#opaque.add(directory)
    else if (!name.startsWith(AUFS_OWN)) {
      const hidden = name.slice(WHITEOUT.length)
      if (hidden === '' || hidden === '.' || hidden === '..') {
        this.#problem(path, 'malformed-whiteout', 'a whiteout that names no file was ignored')
      } else this.#whiteouts.add(directory === '' ? hidden : `${directory}/${hidden}`)
    }
    return true
  }

  /** Remembers what the path is; directories that are only implied by their content count as directories. */
  #note(path: string, isDirectory: boolean): void {
    const directory = directoryOf(path)
    let names = this.#names.get(directory)
    if (names === undefined) {
      names = new Map()
      this.#names.set(directory, names)
      this.#checkDirectoryCount()
      if (directory !== '') this.#note(directory, true)
    }
    names.set(baseNameOf(path), isDirectory ? -this.#order : this.#order)
    if (!isDirectory) this.#names.delete(path)
  }

  #checkDirectoryCount(): void {
    if (this.#names.size <= this.#limits.entriesPerLayer) return
    const detail = `more than ${this.#limits.entriesPerLayer} directories`
    throw new ImageFault({ is: 'limit-exceeded', what: this.#what, limit: 'entriesPerLayer', detail })
  }

  #forget(path: string): void {
    this.#files.delete(path)
    this.#links.delete(path)
    const retained = this.#retained.get(path)
    if (retained === undefined) return
    this.#retained.delete(path)
    this.#retainedBytes -= retained.length
  }

  /** A file that no name tells is opened as it streams by; a hard link to one says what its target says. */
  #mayBeOpened(path: string, entry: TarEntry): 'watch' | 'skip' {
    if (entry.kind !== 'file' && entry.kind !== 'hard-link') return 'skip'
    const named = this.#analyzers.mayOpen(path)
    if (named.length === 0) return 'skip'
    if (entry.kind === 'hard-link') {
      this.#repeat(path, normalizeEntryPath(entry.rawLinkTarget), named)
      return 'skip'
    }
    const file = { path, sizeBytes: entry.sizeBytes, mode: entry.mode }
    const candidates = named.filter(analyzer => analyzer.isCandidate(file))
    if (candidates.length === 0) return 'skip'
    if (entry.isSparse) {
      const problem = { path, reason: 'sparse-file', detail: 'a file stored with holes is not read' }
      this.#keepProblem(path, candidates, () => problem)
      return 'skip'
    }
    this.#watching = new WatchedFile(file, candidates)
    return 'watch'
  }

  #finishWatching(entry: TarEntry, watching: WatchedFile): void {
    this.#watching = null
    const path = normalizeEntryPath(entry.rawPath)
    if (path === null) return
    const outcomes = watching.finish()
    this.#countAnalyzed(watching.workedBytes)
    this.#keep(path, outcomes)
  }

  #repeat(path: string, target: string | null, named: readonly ContentAnalyzer[]): void {
    const said = target === null ? undefined : this.#files.get(target)
    const analyses = (said?.analyses ?? []).filter(({ analyzer }) => named.some(({ id }) => id === analyzer))
    this.#keep(
      path,
      analyses.map(({ analyzer, analysis }) => ({
        analyzer,
        analysis: { ...analysis, problems: analysis.problems.map(problem => ({ ...problem, path })) },
      })),
    )
  }

  #link(path: string, entry: TarEntry, wanting: readonly Analyzer[]): void {
    for (const { id } of wanting) {
      if (!this.#analyzers.isOperatingSystem(id)) continue
      this.#links.set(path, { analyzer: id, target: resolveLinkTarget(path, entry.rawLinkTarget) })
    }
  }

  /** A hard link has no content of its own: it names an earlier entry of this layer. */
  #hardLink(path: string, entry: TarEntry, wanting: readonly Analyzer[]): void {
    const target = normalizeEntryPath(entry.rawLinkTarget)
    const bytes = target === null ? undefined : this.#retained.get(target)
    if (bytes !== undefined) {
      this.#analyze(path, bytes)
      return
    }
    const detail = 'a hard link to a file that was not read'
    this.#keepProblem(path, wanting, () => ({ path, reason: 'unread-hard-link', detail }))
  }

  #isReadable(path: string, entry: TarEntry, wanting: readonly Analyzer[]): boolean {
    if (entry.isSparse) {
      const problem = { path, reason: 'sparse-file', detail: 'a file stored with holes is not read' }
      this.#keepProblem(path, wanting, () => problem)
      return false
    }
    if (wanting.every(({ limitBytes }) => entry.sizeBytes > limitBytes)) {
      this.#keepProblem(path, wanting, analyzer => tooLargeProblem(path, entry.sizeBytes, analyzer))
      return false
    }
    return true
  }

  #analyze(path: string, bytes: Uint8Array): void {
    this.#countAnalyzed(bytes.length)
    const analyses = this.#analyzers.wanting(path).map(analyzer => ({
      analyzer: analyzer.id,
      analysis:
        bytes.length > analyzer.limitBytes
          ? failedAnalysis(tooLargeProblem(path, bytes.length, analyzer))
          : analyzeFile(this.#analyzers, analyzer, path, bytes),
    }))
    this.#keep(path, analyses)
  }

  #countAnalyzed(bytes: number): void {
    this.#analyzedBytes += bytes
    if (this.#analyzedBytes <= this.#limits.analyzedBytesPerLayer) return
    const detail = `more than ${this.#limits.analyzedBytesPerLayer} bytes in package files`
    throw new ImageFault({ is: 'limit-exceeded', what: this.#what, limit: 'analyzedBytesPerLayer', detail })
  }

  #keepProblem<A extends { readonly id: string }>(
    path: string,
    wanting: readonly A[],
    problemFor: (analyzer: A) => InventoryProblem,
  ): void {
    this.#keep(
      path,
      wanting.map(analyzer => ({ analyzer: analyzer.id, analysis: failedAnalysis(problemFor(analyzer)) })),
    )
  }

  #keep(path: string, analyses: CollectedFile['analyses']): void {
    const telling = analyses.filter(({ analysis }) => isTelling(analysis))
    if (telling.length > 0) this.#files.set(path, { order: this.#order, analyses: telling })
  }

  /** Whether a later entry of this layer put something that is no directory in place of one of the path's directories. */
  #isBuried(path: string): boolean {
    const order = this.#files.get(path)?.order ?? this.#order
    for (let directory = directoryOf(path); directory !== ''; directory = directoryOf(directory)) {
      const above = this.#names.get(directoryOf(directory))?.get(baseNameOf(directory)) ?? 0
      if (above > order) return true
    }
    return false
  }

  #nonDirectories(): [string, string][] {
    const groups: [string, string][] = []
    for (const [directory, names] of this.#names) {
      let joined = ''
      for (const [name, order] of names) if (order > 0) joined += joined === '' ? name : `/${name}`
      if (joined !== '') groups.push([directory, joined])
    }
    return groups.sort(([a], [b]) => (a < b ? -1 : 1))
  }

  #directoriesWanted(): string[] {
    const wanted: string[] = []
    for (const [directory, names] of this.#names) {
      for (const [name, order] of names) {
        if (order > 0) continue
        const path = directory === '' ? name : `${directory}/${name}`
        // A directory with something in it shows by its content; what an empty one hides shows only here.
        const isEmpty = (this.#names.get(path)?.size ?? 0) === 0
        if (isEmpty || this.#analyzers.wanting(path).length > 0) wanted.push(path)
      }
    }
    return wanted.sort()
  }

  #problem(path: string, reason: string, detail: string): void {
    if (this.#problems.length < this.#limits.problemsPerLayer) this.#problems.push({ path, reason, detail })
    else this.#unlistedProblems += 1
  }

  #allProblems(): InventoryProblem[] {
    if (this.#unlistedProblems === 0) return this.#problems
    const detail = `${this.#unlistedProblems} more problems of this layer are not listed`
    return [...this.#problems, { path: this.#what, reason: 'problems-not-listed', detail }]
  }
}
