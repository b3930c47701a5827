/** In rising order of urgency; UNTRIAGED means that nobody has scored it yet. (inspector-behaviour §3.1) */
export const SEVERITIES = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL', 'UNTRIAGED'] as const

export type Severity = (typeof SEVERITIES)[number]

/** The label of a CVSS score from 0 to 10. (inspector-behaviour §3.1, documented) */
export function severityOfScore(score: number): Severity {
  if (score <= 0) return 'INFORMATIONAL'
  if (score < 4) return 'LOW'
  if (score < 7) return 'MEDIUM'
  return score < 9 ? 'HIGH' : 'CRITICAL'
}

/**
 * Rank for sorting and thresholds, higher is more urgent. UNTRIAGED ranks between LOW and MEDIUM, so that an unscored
 * vulnerability is neither lost at the bottom nor crowds out what is known to be severe. (inferred; the order is not published)
 */
export const SEVERITY_RANK: Readonly<Record<Severity, number>> = {
  INFORMATIONAL: 0,
  LOW: 1,
  UNTRIAGED: 2,
  MEDIUM: 3,
  HIGH: 4,
  CRITICAL: 5,
}
