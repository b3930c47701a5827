import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import type { Inventory, InventoryProblem } from '../domain/inventory.ts'
import {
  analyzeFile,
  analyzerSet,
  type AnalyzerSet,
  failedAnalysis,
  isTelling,
  tooLargeProblem,
} from './analyzer-set.ts'
import type { FileError, FileTree } from './file-tree.ts'
import { inventoryOfFiles } from './inventory-of-files.ts'
import type { VisibleFile } from './inventory-of-files.ts'
import { ROOT_LIMITS } from './limits.ts'
import { readContent } from './read-content.ts'

export interface ReadRootOptions {
  readonly ecosystems: readonly Ecosystem[]
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What a directory or a running host holds. A file or folder that cannot be read is a problem, and the walk goes on. */
export async function readRoot(tree: FileTree, options: ReadRootOptions): Promise<Inventory> {
  const analyzers = analyzerSet(options.ecosystems)
  const files: VisibleFile[] = []
  const problems: InventoryProblem[] = []
  let unlisted = 0
  function keepProblem(problem: InventoryProblem): void {
    if (problems.length < ROOT_LIMITS.problems) problems.push(problem)
    else unlisted += 1
  }
  for await (const entry of tree.walk(error => keepProblem(problemOf(error)))) {
    options.signal?.throwIfAborted()
    if (entry.kind !== 'file' && entry.kind !== 'symlink') continue
    const wanting = analyzers
      .wanting(entry.path)
      // A linked package.json is found where it lies; a linked package database may lie where nobody looks.
      .filter(({ id }) => entry.kind === 'file' || analyzers.isOperatingSystem(id))
    if (wanting.length === 0) {
      if (entry.kind === 'file') await openCandidate(tree, entry.path, analyzers, files, keepProblem)
      continue
    }
    const limitBytes = Math.max(...wanting.map(analyzer => analyzer.limitBytes))
    const read = await tree.read(entry.path, limitBytes)
    if (!read.ok) {
      keepProblem(problemOf(read.error))
      continue
    }
    for (const analyzer of wanting) {
      const analysis =
        read.value.length > analyzer.limitBytes
          ? failedAnalysis(tooLargeProblem(entry.path, read.value.length, analyzer))
          : analyzeFile(analyzers, analyzer, entry.path, read.value)
      files.push({ path: entry.path, analysis, layerOf: () => null })
    }
  }
  if (unlisted > 0) {
    problems.push({ path: '', reason: 'problems-not-listed', detail: `${unlisted} more problems are not listed` })
  }
  return inventoryOfFiles(files, options.ecosystems, problems)
}

/** Opens a file that may be an executable or an archive; most are closed again after a look at their size and mode. */
async function openCandidate(
  tree: FileTree,
  path: string,
  analyzers: AnalyzerSet,
  files: VisibleFile[],
  keepProblem: (problem: InventoryProblem) => void,
): Promise<void> {
  const candidates = analyzers.mayOpen(path)
  if (candidates.length === 0) return
  const opened = await tree.open(path)
  if (!opened.ok) return keepProblem(problemOf(opened.error))
  try {
    const outcomes = await readContent(opened.value, path, candidates)
    for (const { analysis } of outcomes) if (isTelling(analysis)) files.push({ path, analysis, layerOf: () => null })
  } catch (thrown) {
    // Of an open file any read may fail: a disk breaks, a file goes away.
    keepProblem({ path, reason: 'unreadable', detail: thrown instanceof Error ? thrown.message : String(thrown) })
  } finally {
    await opened.value.close()
  }
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
