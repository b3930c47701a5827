import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import type { Inventory, InventoryProblem } from '../domain/inventory.ts'
import { analyzerSet, type AnalyzerSet, isTelling } from './analyzer-set.ts'
import { type FileReader, fileReaderHere } from './file-reader.ts'
import type { FileError, FileTree } from './file-tree.ts'
import { inventoryOfFiles } from './inventory-of-files.ts'
import type { VisibleFile } from './inventory-of-files.ts'
import { ROOT_LIMITS } from './limits.ts'
import type { ContentOutcome } from './watched-file.ts'

export interface ReadRootOptions {
  readonly ecosystems: readonly Ecosystem[]
  /** What reads the files; this process when left out, which is for what is trusted and for tests. */
  readonly reader?: FileReader
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Files and their bytes that are being read while the walk goes on: enough to keep a reader busy, little to hold. */
const MOST_UNDER_WAY = 64
const MOST_BYTES_UNDER_WAY = 16 << 20

/** What a directory or a running host holds. A file or folder that cannot be read is a problem, and the walk goes on. */
export async function readRoot(tree: FileTree, options: ReadRootOptions): Promise<Inventory> {
  const root = new RootReading(tree, options)
  for await (const entry of tree.walk(error => root.keepProblem(problemOf(error)))) {
    options.signal?.throwIfAborted()
    if (entry.kind === 'file' || entry.kind === 'symlink') await root.visit(entry.path, entry.kind)
  }
  return root.inventory()
}

class RootReading {
  readonly #tree: FileTree
  readonly #ecosystems: readonly Ecosystem[]
  readonly #analyzers: AnalyzerSet
  readonly #reader: FileReader
  readonly #signal: AbortSignal | undefined
  /** By the order of the walk, whenever they were answered. */
  readonly #files: (readonly VisibleFile[])[] = []
  readonly #problems: InventoryProblem[] = []
  readonly #underWay = new Set<Promise<void>>()
  #bytesUnderWay = 0
  #unlisted = 0
  #failure: { readonly thrown: unknown } | null = null

  constructor(tree: FileTree, { ecosystems, reader, signal }: ReadRootOptions) {
    this.#tree = tree
    this.#ecosystems = ecosystems
    this.#analyzers = analyzerSet(ecosystems)
    this.#reader = reader ?? fileReaderHere(ecosystems)
    this.#signal = signal
  }

  keepProblem(problem: InventoryProblem): void {
    if (this.#problems.length < ROOT_LIMITS.problems) this.#problems.push(problem)
    else this.#unlisted += 1
  }

  /** Reads what an analyzer wants; resolves when the walk may go on. */
  async visit(path: string, kind: 'file' | 'symlink'): Promise<void> {
    const wanting = this.#analyzers
      .wanting(path)
      // A linked package.json is found where it lies; a linked package database may lie where nobody looks.
      .filter(({ id }) => kind === 'file' || this.#analyzers.isOperatingSystem(id))
    if (wanting.length > 0) {
      const names = new Set(wanting.map(({ id }) => id))
      return this.#readNamed(path, names, Math.max(...wanting.map(({ limitBytes }) => limitBytes)))
    }
    if (kind === 'file' && this.#analyzers.mayOpen(path).length > 0)
      await this.#begin(0, () => this.#openCandidate(path))
  }

  async inventory(): Promise<Inventory> {
    await this.#room(0, 0)
    const problems = this.#problems
    if (this.#unlisted > 0) {
      problems.push({
        path: '',
        reason: 'problems-not-listed',
        detail: `${this.#unlisted} more problems are not listed`,
      })
    }
    return inventoryOfFiles(this.#files.flat(), this.#ecosystems, problems)
  }

  async #readNamed(path: string, names: ReadonlySet<string>, limitBytes: number): Promise<void> {
    const read = await this.#tree.read(path, limitBytes)
    if (!read.ok) return this.keepProblem(problemOf(read.error))
    const bytes = read.value
    await this.#begin(bytes.length, async () =>
      (await this.#reader.readFile({ path, bytes }))
        .filter(({ analyzer }) => names.has(analyzer))
        .map(outcome => visible(path, outcome)),
    )
  }

  /** Opens a file that may be an executable or an archive; most are none after a look at their size and mode. */
  async #openCandidate(path: string): Promise<readonly VisibleFile[]> {
    const seen = (await this.#tree.look?.(path)) ?? null
    if (seen !== null && !this.#analyzers.isCandidate({ path, sizeBytes: seen.sizeBytes, mode: seen.mode ?? null }))
      return []
    const opened = await this.#tree.open(path)
    if (!opened.ok) {
      this.keepProblem(problemOf(opened.error))
      return []
    }
    try {
      const outcomes = await this.#reader.readContent(opened.value, path)
      return outcomes.filter(({ analysis }) => isTelling(analysis)).map(outcome => visible(path, outcome))
    } catch (thrown) {
      this.#signal?.throwIfAborted()
      // Of an open file any read may fail: a disk breaks, a file goes away.
      this.keepProblem({
        path,
        reason: 'unreadable',
        detail: thrown instanceof Error ? thrown.message : String(thrown),
      })
      return []
    } finally {
      await opened.value.close()
    }
  }

  async #begin(bytes: number, read: () => Promise<readonly VisibleFile[]>): Promise<void> {
    const place = this.#files.push([]) - 1
    this.#bytesUnderWay += bytes
    const reading = read()
      .then(
        files => {
          this.#files[place] = files
        },
        (thrown: unknown) => {
          this.#failure ??= { thrown }
        },
      )
      .finally(() => {
        this.#underWay.delete(reading)
        this.#bytesUnderWay -= bytes
      })
    this.#underWay.add(reading)
    await this.#room(MOST_UNDER_WAY, MOST_BYTES_UNDER_WAY)
  }

  /** Resolves when no more than so much is under way; throws what the reading of a file threw. */
  async #room(files: number, bytes: number): Promise<void> {
    while (this.#underWay.size > files || (this.#bytesUnderWay > bytes && this.#underWay.size > 0)) {
      await Promise.race(this.#underWay)
    }
    if (this.#failure !== null) throw this.#failure.thrown
  }
}

function visible(path: string, { analysis }: ContentOutcome): VisibleFile {
  return { path, analysis, layerOf: () => null }
}

function problemOf(error: FileError): InventoryProblem {
  const { path } = error
  switch (error.is) {
    case 'not-found':
      return { path, reason: 'not-found', detail: 'the file went away, or its link leads nowhere' }
    case 'unreadable':
      return { path, reason: 'unreadable', detail: error.detail }
    case 'too-large':
      return { path, reason: 'limit-exceeded', detail: `${error.sizeBytes} bytes are more than ${error.limitBytes}` }
    case 'outside-root':
      return { path, reason: 'outside-root', detail: 'the path leads out of the root' }
  }
}
