import type { Severity } from '../domain/severity.ts'
import type { BareScore, CvssScore } from '../domain/vulnerability.ts'
import { chooseScore, severityOfWord } from './choose-score.ts'
import type { RatedVulnerability } from './choose-score.ts'

/** Which step of the chain of `chooseScore` gave the severity. */
export type SeverityRule = 'cvss-3' | 'vendor-word' | 'bare-score' | 'cvss-4' | 'cvss-2' | 'nothing'

/** Why a vulnerability is as severe as its finding says. */
export interface SeverityExplanation {
  readonly severity: Severity
  readonly rule: SeverityRule
  /** The rule and what it was applied to, in a sentence. */
  readonly because: string
  readonly chosen: CvssScore | null
  /** Every score in the order of preference. */
  readonly scores: readonly (CvssScore & { readonly isChosen: boolean })[]
  /** A number that came without a vector; `null` when there is none. */
  readonly bareScore: BareScore | null
  readonly vendorWord: { readonly word: string; readonly severity: Severity | null } | null
}

/** Repeats the choice of `chooseScore` and says which of its rules made it. */
export function explainSeverity(vulnerability: RatedVulnerability): SeverityExplanation {
  const { score, severity } = chooseScore(vulnerability)
  const word = vulnerability.vendorSeverity
  const bareScore = vulnerability.bareScore ?? null
  const rule = ruleOf(score, severity, word)
  return {
    severity,
    rule,
    because: inWords(rule, score, word, bareScore),
    chosen: score,
    scores: vulnerability.cvss.map(each => ({ ...each, isChosen: each === score })),
    bareScore,
    vendorWord: word === null ? null : { word, severity: severityOfWord(word) },
  }
}

function ruleOf(score: CvssScore | null, severity: Severity, word: string | null): SeverityRule {
  if (score === null) {
    if (severity === 'UNTRIAGED') return 'nothing'
    return word !== null && severityOfWord(word) !== null ? 'vendor-word' : 'bare-score'
  }
  if (score.version.startsWith('3.')) return 'cvss-3'
  return score.version === '4.0' ? 'cvss-4' : 'cvss-2'
}

function inWords(
  rule: SeverityRule,
  score: CvssScore | null,
  word: string | null,
  bareScore: BareScore | null,
): string {
  const chosen = score === null ? '' : `${score.baseScore.toFixed(1)} (CVSS ${score.version}) of ${score.source}`
  switch (rule) {
    case 'cvss-3':
      return `${chosen}: a CVSS 3.x score goes before all else, the vendor's before NVD's before others'.`
    case 'vendor-word':
      return `The vendor's word "${word ?? ''}": there is no CVSS 3.x score, and the vendor goes before CVSS 4.0 and 2.0.`
    case 'bare-score':
      return `${bareScore?.score.toFixed(1) ?? 'A number'} of ${bareScore?.source ?? 'a source'}, given without a vector: there is neither a CVSS 3.x vector nor a vendor's word, and a number goes before CVSS 4.0 and 2.0.`
    case 'cvss-4':
      return `${chosen}: there is neither a CVSS 3.x score nor a vendor's word.`
    case 'cvss-2':
      return `${chosen}: there is neither a CVSS 3.x nor 4.0 score nor a vendor's word.`
    case 'nothing':
      return 'Nobody has given a score or a word that rates it.'
  }
}
