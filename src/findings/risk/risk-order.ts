import type { Detection, PackageDetection } from '../../domain/finding.ts'
import type { ExposureLevel } from '../../domain/network/open-path.ts'
import type { Severity } from '../../domain/severity.ts'
import { COLUMN_OF_EDGE } from '../network/severity-table.ts'

/** What the order weighs of one finding. */
export interface RiskFactors {
  /** Inspector score, 0 to 10; `null` where nobody gave a number. */
  readonly score: number | null
  readonly severity: Severity
  readonly isKnownExploited: boolean
  /** `null`: no source that would know has been asked. */
  readonly isExploitAvailable: boolean | null
  readonly epssScore: number | null
  /** `null` where nobody evaluated it, and for what is no instance. */
  readonly exposure: ExposureLevel | null
  /** Whether a running process has files of a vulnerable package loaded; `null` where nobody looked. */
  readonly isInUse: boolean | null
}

/** One part of a finding's risk. */
export interface RiskPart {
  readonly factor: 'score' | 'severity' | 'known-exploited' | 'exploit' | 'epss' | 'exposure' | 'in-use'
  readonly points: number
  /** A few words for a person. */
  readonly because: string
}

/** Points where there is no score: about the middle of what the severity stands for. */
export const POINTS_OF_SEVERITY: Readonly<Record<Severity, number>> = {
  CRITICAL: 95,
  HIGH: 80,
  MEDIUM: 55,
  UNTRIAGED: 50,
  LOW: 20,
  INFORMATIONAL: 0,
}

/** What is not known weighs between the best and the worst: nothing is safe because nobody looked. */
export const POINTS = {
  perScore: 10,
  knownExploited: 60,
  exploit: 15,
  perEpss: 40,
  exposure: { internet: 20, 'connected-networks': 5, none: 0, unknown: 10 },
  inUse: { yes: 15, unknown: 5, no: 0 },
} as const

const EXPOSURE_WORDS: Readonly<Record<ExposureLevel, string>> = {
  internet: 'the internet reaches it',
  'connected-networks': 'connected networks reach it',
  none: 'no network path reaches it',
  unknown: 'not known how far it is open',
}

/**
 * The parts whose sum is the risk: higher is to be looked at first. An order beside the Inspector score, which it never
 * changes. Ours; docs/reference/score.md explains it. (store/migrations/2026-11-25-risk-of-findings.ts says it in SQL)
 */
export function riskParts(factors: RiskFactors): readonly RiskPart[] {
  return [basePart(factors), exploitPart(factors), epssPart(factors), exposurePart(factors), usePart(factors)].filter(
    part => part.points > 0,
  )
}

export function riskOf(factors: RiskFactors): number {
  return riskParts(factors).reduce((sum, { points }) => sum + points, 0)
}

export function riskFactorsOf(detection: Detection): RiskFactors {
  return detection.type === 'PACKAGE_VULNERABILITY'
    ? packageFactors(detection)
    : {
        score: null,
        severity: detection.severity,
        isKnownExploited: false,
        isExploitAvailable: null,
        epssScore: null,
        exposure: exposureOfEdge(detection.path.edge.kind),
        isInUse: null,
      }
}

/** How far an open path opens its instance. */
export function exposureOfEdge(kind: keyof typeof COLUMN_OF_EDGE): ExposureLevel {
  return COLUMN_OF_EDGE[kind] === 'internet' ? 'internet' : 'connected-networks'
}

function packageFactors(detection: PackageDetection): RiskFactors {
  const { score, severity, kev, exploit, epssScore, exposure, isInUse } = detection
  return {
    score: score?.score ?? null,
    severity,
    isKnownExploited: kev !== null,
    isExploitAvailable: exploit?.isAvailable ?? null,
    epssScore,
    exposure: exposure ?? null,
    isInUse: isInUse ?? null,
  }
}

function basePart({ score, severity }: RiskFactors): RiskPart {
  if (score === null) return { factor: 'severity', points: POINTS_OF_SEVERITY[severity], because: severity }
  const points = Math.round(score * POINTS.perScore)
  return { factor: 'score', points, because: `Inspector score ${score.toFixed(1)}` }
}

function exploitPart({ isKnownExploited, isExploitAvailable }: RiskFactors): RiskPart {
  if (isKnownExploited) {
    return { factor: 'known-exploited', points: POINTS.knownExploited, because: 'CISA knows it to be exploited' }
  }
  const points = isExploitAvailable === true ? POINTS.exploit : 0
  return { factor: 'exploit', points, because: 'an exploit is public' }
}

function epssPart({ epssScore }: RiskFactors): RiskPart {
  const points = Math.floor((epssScore ?? 0) * POINTS.perEpss)
  return { factor: 'epss', points, because: `EPSS ${((epssScore ?? 0) * 100).toFixed(1)} %` }
}

function exposurePart({ exposure }: RiskFactors): RiskPart {
  const level = exposure ?? 'unknown'
  return { factor: 'exposure', points: POINTS.exposure[level], because: EXPOSURE_WORDS[level] }
}

function usePart({ isInUse }: RiskFactors): RiskPart {
  if (isInUse === null) return { factor: 'in-use', points: POINTS.inUse.unknown, because: 'not known whether it runs' }
  return {
    factor: 'in-use',
    points: isInUse ? POINTS.inUse.yes : POINTS.inUse.no,
    because: 'a running process uses it',
  }
}
