import { err, ok, type Result } from '../base/result.ts'
import { baseScoreV2, V2_METRICS } from './cvss-v2.ts'
import { baseScoreV3, V3_METRICS } from './cvss-v3.ts'
import { baseScoreV4, V4_METRICS } from './cvss-v4.ts'
import { readMetrics } from './cvss-vector.ts'

export interface Cvss {
  readonly version: '2.0' | '3.0' | '3.1' | '4.0'
  /** From 0 to 10 with one decimal; of the base metrics alone, whatever other groups the vector has. */
  readonly baseScore: number
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

/** Reads a vector string of CVSS 2.0 (which has no prefix, but may have parentheses), 3.0, 3.1 or 4.0. */
export function parseCvss(text: string): Result<Cvss, CvssError> {
  const vector = text.trim()
  const fail = (reason: string): Result<Cvss, CvssError> =>
    err({ is: 'unreadable-cvss', text: text.slice(0, 200), reason })
  if (vector.length > LIMIT_CHARACTERS) return fail(`longer than ${LIMIT_CHARACTERS} characters`)

  const [, version, body] = /^CVSS:([0-9.]+)\/(.*)$/s.exec(vector) ?? [null, '2.0', vector.replace(/^\((.*)\)$/s, '$1')]
  switch (version) {
    case '2.0': {
      const metrics = readMetrics(body ?? '', V2_METRICS)
      return metrics.ok ? ok({ version, baseScore: baseScoreV2(metrics.value), vector }) : fail(metrics.error)
    }
    case '3.0':
    case '3.1': {
      const metrics = readMetrics(body ?? '', V3_METRICS)
      return metrics.ok ? ok({ version, baseScore: baseScoreV3(metrics.value), vector }) : fail(metrics.error)
    }
    case '4.0': {
      const metrics = readMetrics(body ?? '', V4_METRICS)
      return metrics.ok ? ok({ version, baseScore: baseScoreV4(metrics.value), vector }) : fail(metrics.error)
    }
    default:
      return fail(`unknown version ${JSON.stringify((version ?? '').slice(0, 20))}`)
  }
}
