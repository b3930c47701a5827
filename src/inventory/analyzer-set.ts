import { createHash } from 'node:crypto'

import type { CandidateFile, ContentAnalyzer } from '../ecosystems/content-analyzer.ts'
import type { Analyzer, Ecosystem, FileAnalysis } from '../ecosystems/ecosystem.ts'
import type { InventoryProblem } from '../domain/inventory.ts'

/** The analyzers of all ecosystems, as the readers of layers and roots ask them. */
export interface AnalyzerSet {
  /** Changes when any analyzer comes, goes or is revised, or when the record's own form is: stored layers are read anew. */
  readonly revision: string
  /** Analyzers that want the file; the same array for every path that none wants. */
  wanting(path: string): readonly Analyzer[]
  /** Readers of content that might open the file, by its name; the same array for every path that none wants. */
  mayOpen(path: string): readonly ContentAnalyzer[]
  /** Whether any of them opens a file of this name, size and mode. */
  isCandidate(file: CandidateFile): boolean
  /** Whether the analyzer speaks for an operating system's package database. */
  isOperatingSystem(analyzerId: string): boolean
}

/** Raise when `LayerRecord` changes its form or meaning. */
const RECORD_REVISION = 6
const NONE: readonly never[] = []

export function analyzerSet(ecosystems: readonly Ecosystem[]): AnalyzerSet {
  const analyzers = ecosystems.flatMap(ecosystem => ecosystem.analyzers)
  const ofOperatingSystem = new Set(
    ecosystems.filter(ecosystem => ecosystem.isOperatingSystem).flatMap(one => one.analyzers.map(({ id }) => id)),
  )
  const contentAnalyzers = ecosystems.flatMap(ecosystem => ecosystem.contentAnalyzers ?? [])
  const names = [...analyzers, ...contentAnalyzers]
    .map(({ id, revision, limitBytes }) => `${id}@${revision}/${limitBytes}`)
    .sort()
  const revision = createHash('sha256')
    .update(JSON.stringify([RECORD_REVISION, names]))
    .digest('hex')
    .slice(0, 24)
  return {
    revision,
    wanting(path) {
      let found: Analyzer[] | null = null
      for (const analyzer of analyzers) {
        if (!analyzer.wants(path)) continue
        if (found === null) found = [analyzer]
        else found.push(analyzer)
      }
      return found ?? NONE
    },
    mayOpen(path) {
      const found = contentAnalyzers.filter(analyzer => analyzer.wants(path))
      return found.length === 0 ? NONE : found
    },
    isCandidate: file => contentAnalyzers.some(analyzer => analyzer.wants(file.path) && analyzer.isCandidate(file)),
    isOperatingSystem: analyzerId => ofOperatingSystem.has(analyzerId),
  }
}

/**
 * What the analyzer says about the file. A refusal, or a thrown error of the analyzer, becomes a problem of that file.
 * Owned paths that no analyzer wants are left out: ownership is only ever asked for files that were analyzed, and a
 * distribution's lists hold hundreds of thousands of others.
 */
export function analyzeFile(set: AnalyzerSet, analyzer: Analyzer, path: string, bytes: Uint8Array): FileAnalysis {
  const outcome = analyzeSafely(analyzer, path, bytes)
  if ('reason' in outcome) return failedAnalysis(outcome)
  if (outcome.owned === null) return outcome
  const owned = outcome.owned
    .map(({ owner, paths }) => ({ owner, paths: paths.filter(path => isWantedSomewhere(set, path)) }))
    .filter(({ paths }) => paths.length > 0)
  return { ...outcome, owned: owned.length === 0 ? null : owned }
}

function analyzeSafely(analyzer: Analyzer, path: string, bytes: Uint8Array): FileAnalysis | InventoryProblem {
  try {
    const result = analyzer.analyze({ path, bytes })
    return result.ok ? result.value : result.error
  } catch (thrown) {
    // One file must not cost the image, not even through a mistake of ours; it stays visible as a problem.
    const detail = `${analyzer.id} failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`
    return { path, reason: 'analyzer-failed', detail }
  }
}

export function failedAnalysis(problem: InventoryProblem): FileAnalysis {
  return { packages: [], distro: null, owned: null, problems: [problem] }
}

export function tooLargeProblem(
  path: string,
  sizeBytes: number,
  analyzer: Pick<Analyzer, 'id' | 'limitBytes'>,
): InventoryProblem {
  const detail = `${sizeBytes} bytes are more than the ${analyzer.limitBytes} that ${analyzer.id} reads`
  return { path, reason: 'limit-exceeded', detail }
}

function isWantedSomewhere(set: AnalyzerSet, path: string): boolean {
  const merged = mergedUsrPath(path)
  return (
    set.wanting(path).length > 0 ||
    set.mayOpen(path).length > 0 ||
    (merged !== path && (set.wanting(merged).length > 0 || set.mayOpen(merged).length > 0))
  )
}

/** The path on a system whose `/lib`, `/bin` and `/sbin` are links into `/usr`, while dpkg's lists say `/lib`. (Debian UsrMerge) */
export function mergedUsrPath(path: string): string {
  return /^(?:bin|sbin|lib|lib32|lib64|libx32|libo32)\//.test(path) ? `usr/${path}` : path
}

/** Whether the analysis says anything that a record must keep. */
export function isTelling(analysis: FileAnalysis): boolean {
  const { packages, problems, distro, owned, unnamed, channels, packageRelease } = analysis
  return (
    packages.length > 0 ||
    unnamed !== undefined ||
    problems.length > 0 ||
    distro !== null ||
    owned !== null ||
    channels !== undefined ||
    packageRelease !== undefined
  )
}
