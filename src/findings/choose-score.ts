import { severityOfScore, type Severity } from '../domain/severity.ts'
import type { CvssScore, Vulnerability } from '../domain/vulnerability.ts'

/** The score a finding rests on, and the label it wears. */
export interface ChosenScore {
  /** `null` when nobody gave a number that may stand for it. */
  readonly score: CvssScore | null
  readonly severity: Severity
}

/** What a severity is made of. */
export type RatedVulnerability = Pick<Vulnerability, 'cvss' | 'vendorSeverity' | 'bareScore'>

/**
 * CVSS 3.x in the order of the sources, else the vendor's word (severity without a number), else a number without a
 * vector (likewise: the API's scores have vectors), else CVSS 4.0, else 2.0, else UNTRIAGED. A 3.x number wins because it is the default version of the service. (matching-and-feeds §1.6, recommended)
 */
export function chooseScore(vulnerability: RatedVulnerability): ChosenScore {
  const newest = vulnerability.cvss.find(score => score.version.startsWith('3.'))
  if (newest !== undefined) return scored(newest)

  const word = vulnerability.vendorSeverity === null ? null : severityOfWord(vulnerability.vendorSeverity)
  if (word !== null) return { score: null, severity: word }

  if (vulnerability.bareScore !== undefined) {
    return { score: null, severity: severityOfScore(vulnerability.bareScore.score) }
  }

  const other =
    vulnerability.cvss.find(score => score.version === '4.0') ??
    vulnerability.cvss.find(score => score.version === '2.0')
  return other === undefined ? { score: null, severity: 'UNTRIAGED' } : scored(other)
}

function scored(score: CvssScore): ChosenScore {
  return { score, severity: severityOfScore(score.baseScore) }
}

/** Vendors' words on the API's scale; `not yet assigned` and the like are no rating. (matching-and-feeds §1.6) */
export function severityOfWord(word: string): Severity | null {
  switch (word.trim().toLowerCase()) {
    case 'critical':
      return 'CRITICAL'
    case 'high':
    case 'important':
      return 'HIGH'
    case 'medium':
    case 'moderate':
      return 'MEDIUM'
    case 'low':
      return 'LOW'
    case 'negligible':
    case 'unimportant':
    case 'informational':
    case 'none':
      return 'INFORMATIONAL'
    default:
      return null
  }
}
