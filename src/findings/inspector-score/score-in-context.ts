import { parseCvss } from '../../domain/cvss.ts'
import type { InspectorScore, PackageDetection } from '../../domain/finding.ts'
import type { ExposureLevel } from '../../domain/network/open-path.ts'
import { severityOfScore } from '../../domain/severity.ts'
import { SCORE_RULES, type ScoreRule } from './score-rules.ts'

/**
 * The detection as it is on an instance that is open so far; `undefined` where nobody evaluated that, and for resources that
 * are no instances. Starts from the base score whatever the detection was adjusted to before, so that it may be asked again
 * and again. The scores of `cvss` stay as they are.
 */
export function inContext(detection: PackageDetection, exposure: ExposureLevel | undefined): PackageDetection {
  const { exposure: _before, ...rest } = detection
  const told = exposure === undefined ? rest : { ...rest, exposure }
  if (detection.score === null) return told
  const base = baseOf(detection.score)
  const score = exposure === undefined ? base : adjusted(base, exposure)
  return { ...told, score, severity: severityOfScore(score.score) }
}

/** Whether no score differs between the two: most changes of what is known of a network change none. */
export function scoresAlike(one: ExposureLevel | undefined, other: ExposureLevel | undefined): boolean {
  return SCORE_RULES.every(rule => (rule.exposure === one) === (rule.exposure === other))
}

function baseOf({ context, ...score }: InspectorScore): InspectorScore {
  return context === undefined ? score : { ...score, ...context.base }
}

function adjusted(base: InspectorScore, exposure: ExposureLevel): InspectorScore {
  const rules = SCORE_RULES.filter(rule => rule.exposure === exposure && says(base.vector, rule))
  if (rules.length === 0 || !base.version.startsWith('3.')) return base
  const vector = rules.reduce((text, rule) => text.replace(metricOf(rule), `/${rule.metric}:${rule.to}`), base.vector)
  const parsed = parseCvss(vector)
  // A vector that cannot be read gives no other score than its source did.
  if (!parsed.ok) return base
  return {
    ...base,
    // Sources may round otherwise than the specification: a rule never raises.
    score: Math.min(base.score, parsed.value.baseScore),
    vector,
    context: {
      base: { score: base.score, vector: base.vector },
      adjustments: rules.map(({ metricName, reason }) => ({ metric: metricName, reason })),
    },
  }
}

function says(vector: string, rule: ScoreRule): boolean {
  return metricOf(rule).test(vector)
}

/** The base metric alone: `MAV:N` is another. */
function metricOf({ metric, from }: ScoreRule): RegExp {
  return new RegExp(`/${metric}:${from}(?=/|$)`)
}
