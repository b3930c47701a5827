import { err, ok, type Result } from '../base/result.ts'
import { baseScoreV2, environmentalScoreV2, temporalScoreV2, V2_METRICS } from './cvss-v2.ts'
import { baseScoreV3, environmentalScoreV3, temporalScoreV3, V3_METRICS } from './cvss-v3.ts'
import { scoreV4, V4_METRICS } from './cvss-v4.ts'
import { readMetrics, saysAny, type Metrics, type MetricSet } from './cvss-vector.ts'

/** A vector and its scores, each from 0 to 10 with one decimal. */
export interface Cvss {
  readonly version: '2.0' | '3.0' | '3.1' | '4.0'
  /** Of the base metrics alone, whatever other groups the vector has: what is shown and compared as the score. */
  readonly baseScore: number
  /** With the temporal metrics, which 4.0 calls threat metrics (CVSS-BT); `null` where the vector says nothing by them. */
  readonly temporalScore: number | null
  /** With all metrics (4.0: CVSS-BE or CVSS-BTE); `null` where the vector says nothing by the environmental ones. */
  readonly environmentalScore: number | null
  /** The score of all that the vector says. */
  readonly overallScore: number
  /** As it was read. */
  readonly vector: string
}

export interface CvssError {
  readonly is: 'unreadable-cvss'
  readonly text: string
  readonly reason: string
}

/** The longest possible vector (4.0 with every metric) has under 250 characters. */
const LIMIT_CHARACTERS = 400

/**
 * Results kept by text: hundreds of thousands of records share few vectors (observed: 538 in 24,861 scores of NVD), and a
 * text has 400 characters at most. Emptied when full.
 */
const KEPT = 10_000
const kept = new Map<string, Result<Cvss, CvssError>>()

/** Reads a vector string of CVSS 2.0 (which has no prefix, but may have parentheses), 3.0, 3.1 or 4.0. */
export function parseCvss(text: string): Result<Cvss, CvssError> {
  const known = kept.get(text)
  if (known !== undefined) return known
  const parsed = parse(text)
  if (!parsed.ok) return parsed
  if (kept.size >= KEPT) kept.clear()
  kept.set(text, parsed)
  return parsed
}

function parse(text: string): Result<Cvss, CvssError> {
  const fail = (reason: string): Result<Cvss, CvssError> =>
    err({ is: 'unreadable-cvss', text: text.slice(0, 200), reason })
  // Before it is trimmed, so that nothing longer is ever kept.
  if (text.length > LIMIT_CHARACTERS) return fail(`longer than ${LIMIT_CHARACTERS} characters`)
  const vector = text.trim()

  const [, version, body = ''] = /^CVSS:([0-9.]+)\/(.*)$/s.exec(vector) ?? [
    null,
    '2.0',
    vector.replace(/^\((.*)\)$/s, '$1'),
  ]
  if (version !== '2.0' && version !== '3.0' && version !== '3.1' && version !== '4.0') {
    return fail(`unknown version ${JSON.stringify((version ?? '').slice(0, 20))}`)
  }
  const set = METRICS[version]
  const metrics = readMetrics(body, set)
  if (!metrics.ok) return fail(metrics.error)
  const scores = SCORES[version](metrics.value)
  const temporalScore = saysAny(metrics.value, set.temporal, set) ? scores.temporal() : null
  const environmentalScore = saysAny(metrics.value, set.environmental, set) ? scores.environmental() : null
  const baseScore = scores.base()
  const overallScore = environmentalScore ?? temporalScore ?? baseScore
  return ok({ version, baseScore, temporalScore, environmentalScore, overallScore, vector })
}

const METRICS: Readonly<Record<Cvss['version'], MetricSet>> = {
  '2.0': V2_METRICS,
  '3.0': V3_METRICS,
  '3.1': V3_METRICS,
  '4.0': V4_METRICS,
}

type Scores = Readonly<Record<'base' | 'temporal' | 'environmental', () => number>>

const SCORES = {
  '2.0': v2Scores,
  '3.0': (metrics: Metrics) => v3Scores(metrics, '3.0'),
  '3.1': (metrics: Metrics) => v3Scores(metrics, '3.1'),
  '4.0': v4Scores,
} satisfies Readonly<Record<Cvss['version'], (metrics: Metrics) => Scores>>

function v2Scores(metrics: Metrics): Scores {
  return {
    base: () => baseScoreV2(metrics),
    temporal: () => temporalScoreV2(metrics),
    environmental: () => environmentalScoreV2(metrics),
  }
}

function v3Scores(metrics: Metrics, version: '3.0' | '3.1'): Scores {
  return {
    base: () => baseScoreV3(metrics, version),
    temporal: () => temporalScoreV3(metrics, version),
    environmental: () => environmentalScoreV3(metrics, version),
  }
}

function v4Scores(metrics: Metrics): Scores {
  return {
    base: () => scoreV4(metrics, { threat: false, environment: false }),
    temporal: () => scoreV4(metrics, { threat: true, environment: false }),
    environmental: () => scoreV4(metrics, { threat: true, environment: true }),
  }
}
