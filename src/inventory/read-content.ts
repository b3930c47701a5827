import { type CandidateFile, type ContentAnalyzer, HEAD_BYTES } from '../ecosystems/content-analyzer.ts'
import { failedAnalysis, tooLargeProblem } from './analyzer-set.ts'
import { ContentSteps } from './content-steps.ts'
import type { RandomAccess } from './file-tree.ts'
import { newSha1 } from './new-sha1.ts'
import type { ContentOutcome } from './watched-file.ts'

/** What those analyzers say that recognise an open file; only the bytes that they ask for are read. */
export async function readContent(
  access: RandomAccess,
  path: string,
  analyzers: readonly ContentAnalyzer[],
): Promise<readonly ContentOutcome[]> {
  const file: CandidateFile = { path, sizeBytes: access.sizeBytes, mode: access.mode ?? null }
  const candidates = analyzers.filter(analyzer => analyzer.isCandidate(file))
  if (candidates.length === 0) return []
  const head = await access.read(0, Math.min(HEAD_BYTES, access.sizeBytes))
  const outcomes: ContentOutcome[] = []
  for (const analyzer of candidates) {
    if (!analyzer.recognizes(head)) continue
    const analysis =
      file.sizeBytes > analyzer.limitBytes
        ? failedAnalysis(tooLargeProblem(path, file.sizeBytes, analyzer))
        : await readWith(analyzer, file, head, access)
    outcomes.push({ analyzer: analyzer.id, analysis })
  }
  return outcomes.toSorted((a, b) => (a.analyzer < b.analyzer ? -1 : 1))
}

async function readWith(analyzer: ContentAnalyzer, file: CandidateFile, head: Uint8Array, access: RandomAccess) {
  const steps = new ContentSteps(analyzer, { ...file, head, isStreamed: false, sha1: newSha1 })
  let answer: Uint8Array | null = null
  for (;;) {
    const step = steps.advance(answer)
    if (step.is === 'done') return step.analysis
    answer = step.is === 'hold' ? null : await access.read(step.range.offset, step.range.length)
  }
}
