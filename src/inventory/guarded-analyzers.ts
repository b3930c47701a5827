import { err } from '../base/result.ts'
import type { InventoryProblem } from '../domain/inventory.ts'
import type { ContentAnalyzer, ContentReading } from '../ecosystems/content-analyzer.ts'
import type { Analyzer, Ecosystem } from '../ecosystems/ecosystem.ts'

/** A file and the analyzer that was reading it. */
export interface ReadingPlace {
  readonly path: string
  readonly analyzer: string
}

/** What stands between analyzers and the files they read. */
export interface AnalyzerGuard {
  /** Why this analyzer must not see the file again; `null` when it may. */
  leftOut(place: ReadingPlace): InventoryProblem | null
  /** Told before the analyzer runs on the file, and before it goes on after an answer; `null` when it has stopped. */
  reading(place: ReadingPlace | null): void
}

/** The same ecosystems, whose analyzers ask a guard before they read. Ids and revisions stay as they are. */
export function guardedEcosystems(ecosystems: readonly Ecosystem[], guard: AnalyzerGuard): readonly Ecosystem[] {
  return ecosystems.map(ecosystem => ({
    ...ecosystem,
    analyzers: ecosystem.analyzers.map(analyzer => guarded(analyzer, guard)),
    ...(ecosystem.contentAnalyzers === undefined
      ? {}
      : { contentAnalyzers: ecosystem.contentAnalyzers.map(analyzer => guardedContent(analyzer, guard)) }),
  }))
}

function guarded(analyzer: Analyzer, guard: AnalyzerGuard): Analyzer {
  return {
    ...analyzer,
    analyze(file) {
      const place = { path: file.path, analyzer: analyzer.id }
      const problem = guard.leftOut(place)
      if (problem !== null) return err(problem)
      guard.reading(place)
      const result = analyzer.analyze(file)
      guard.reading(null)
      return result
    },
  }
}

function guardedContent(analyzer: ContentAnalyzer, guard: AnalyzerGuard): ContentAnalyzer {
  return {
    ...analyzer,
    *read(file): ContentReading {
      const place = { path: file.path, analyzer: analyzer.id }
      const problem = guard.leftOut(place)
      if (problem !== null) return err(problem)
      guard.reading(place)
      const reading = analyzer.read(file)
      for (let step = reading.next(null); ;) {
        if (step.done === true) {
          guard.reading(null)
          return step.value
        }
        const answer: Uint8Array | null = yield step.value
        guard.reading(place)
        step = reading.next(answer)
      }
    },
  }
}
