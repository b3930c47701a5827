import type { ExposureLevel } from '../../domain/network/open-path.ts'

/** Lowers one base metric of CVSS 3.x where the instance's network makes its value impossible. */
export interface ScoreRule {
  readonly exposure: ExposureLevel
  /** As vectors spell it. */
  readonly metric: 'AV'
  /** As `adjustedCvss.adjustments[].metric` spells it. */
  readonly metricName: string
  readonly from: string
  readonly to: string
  /** `adjustedCvss.adjustments[].reason` */
  readonly reason: string
}

/**
 * Every way in which an Inspector score differs from its base score. Amazon publishes no such table, and says no more than
 * that network reachability and exploit data are weighed: these are ours. A rule only ever lowers; what the internet reaches,
 * and what was never evaluated or could not be decided, keeps its base score. (inspector-behaviour §4, inferred)
 */
export const SCORE_RULES: readonly ScoreRule[] = [
  {
    exposure: 'connected-networks',
    metric: 'AV',
    metricName: 'Attack Vector',
    from: 'N',
    to: 'A',
    reason: 'Networks that are connected to its VPC reach this instance, the internet does not.',
  },
  {
    exposure: 'none',
    metric: 'AV',
    metricName: 'Attack Vector',
    from: 'N',
    to: 'L',
    reason: 'No open network path reaches this instance from beyond its VPC.',
  },
]
