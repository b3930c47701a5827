import { err, ok, type Result } from '../base/result.ts'

/** Allowed values of each metric, parted by blanks: `base` must all be there, `other` groups may be. */
export interface MetricSet {
  readonly base: Readonly<Record<string, string>>
  readonly other: Readonly<Record<string, string>>
}

/** Metrics of a vector by name. */
export type Metrics = ReadonlyMap<string, string>

/**
 * Reads `AV:N/AC:L/…` in any order. An unknown metric, an unknown value, a metric given twice or a missing base metric
 * is an error: a vector that is only half understood must not give a number.
 */
export function readMetrics(text: string, set: MetricSet): Result<Metrics, string> {
  const metrics = new Map<string, string>()
  for (const part of text.split('/')) {
    const [name = '', value, ...rest] = part.split(':')
    const allowed = Object.hasOwn(set.base, name)
      ? set.base[name]
      : Object.hasOwn(set.other, name)
        ? set.other[name]
        : null
    if (allowed === null || allowed === undefined) return err(`unknown metric ${JSON.stringify(part.slice(0, 20))}`)
    if (value === undefined || rest.length > 0 || !allowed.split(' ').includes(value)) {
      return err(`unknown value of ${name}: ${JSON.stringify((value ?? '').slice(0, 20))}`)
    }
    if (metrics.has(name)) return err(`the metric ${name} twice`)
    metrics.set(name, value)
  }
  const missing = Object.keys(set.base).filter(name => !metrics.has(name))
  return missing.length === 0 ? ok(metrics) : err(`without ${missing.join(', ')}`)
}

/** The weight of a metric's value; a table that lacks it is a mistake of ours. */
export function weight(metrics: Metrics, name: string, weights: Readonly<Record<string, number>>): number {
  const found = weights[metrics.get(name) ?? '']
  if (found === undefined) throw new Error(`no weight for ${name}:${metrics.get(name) ?? ''}`)
  return found
}
