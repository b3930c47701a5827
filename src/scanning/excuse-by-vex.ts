import type { PackageDetection } from '../domain/finding.ts'
import { detectionsOf } from '../findings/detections.ts'
import { PLATFORM_END_OF_LIFE } from '../findings/platform-end-of-life.ts'
import { applyVex, type VexSuppressed } from '../findings/vex/apply-vex.ts'
import type { VexArtefact } from '../findings/vex/vex-artefact.ts'
import type { VexDocument } from '../findings/vex/vex-statement.ts'
import type { AdvisoryIndex } from '../matching/advisory-index.ts'
import type { Assessment } from './assess-inventory.ts'

/** One match that a VEX statement suppresses, described as it would have been found. */
export interface SuppressedDetection {
  readonly detection: PackageDetection
  readonly by: Pick<VexSuppressed, 'document' | 'statement'>
}

/** The assessment without what VEX documents suppress, and that beside it. Its report keeps every match. */
export function excuseByVex(
  assessment: Assessment,
  documents: readonly VexDocument[],
  artefact: VexArtefact,
  index: AdvisoryIndex,
): { readonly assessment: Assessment; readonly suppressed: readonly SuppressedDetection[] } {
  if (documents.length === 0) return { assessment, suppressed: [] }
  const { matches, suppressed } = applyVex(assessment.report.matches, documents, artefact)
  if (suppressed.length === 0) return { assessment, suppressed: [] }
  const describe = (of: typeof matches): readonly PackageDetection[] =>
    detectionsOf(of, (id, matchedIds) => index.vulnerability(id, matchedIds))
  // The end of a platform is no flaw of a package, so no statement is about it.
  const ends = assessment.detections.filter(({ vulnerabilityId }) => vulnerabilityId === PLATFORM_END_OF_LIFE)
  const left = describe(matches).filter(({ vulnerabilityId }) => vulnerabilityId !== PLATFORM_END_OF_LIFE)
  const detections = [...left, ...ends].sort((a, b) => (a.vulnerabilityId < b.vulnerabilityId ? -1 : 1))
  return {
    assessment: { ...assessment, detections },
    suppressed: suppressed.flatMap(({ match, ...by }) => describe([match]).map(detection => ({ detection, by }))),
  }
}
