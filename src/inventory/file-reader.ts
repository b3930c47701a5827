import type { Ecosystem, ScannedFile } from '../ecosystems/ecosystem.ts'
import { analyzeFile, analyzerSet, failedAnalysis, tooLargeProblem } from './analyzer-set.ts'
import { readContent } from './read-content.ts'
import type { TargetReader } from './readers.ts'
import type { ContentOutcome } from './watched-file.ts'

/** What reads the files of a tree, one by one. */
export type FileReader = Pick<TargetReader, 'readFile' | 'readContent'>

/** Reads files in this process. */
export function fileReaderHere(ecosystems: readonly Ecosystem[]): FileReader {
  const analyzers = analyzerSet(ecosystems)
  function outcomesOf({ path, bytes }: ScannedFile): readonly ContentOutcome[] {
    return analyzers.wanting(path).map(analyzer => ({
      analyzer: analyzer.id,
      analysis:
        bytes.length > analyzer.limitBytes
          ? failedAnalysis(tooLargeProblem(path, bytes.length, analyzer))
          : analyzeFile(analyzers, analyzer, path, bytes),
    }))
  }
  return {
    readFile: async file => outcomesOf(file),
    readContent: (access, path) => readContent(access, path, analyzers.mayOpen(path)),
  }
}
