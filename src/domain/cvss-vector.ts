import { err, ok, type Result } from '../base/result.ts'

/** Allowed values of each metric, parted by blanks. */
export type MetricGroup = Readonly<Record<string, string>>

/** The metrics of one version: `base` must all be there, each of the others may be. */
export interface MetricSet {
  readonly base: MetricGroup
  /** Called threat metrics in 4.0. */
  readonly temporal: MetricGroup
  readonly environmental: MetricGroup
  /** For people: they never change a score. (4.0) */
  readonly supplemental: MetricGroup
  /** The value that says nothing, and that a metric has which is not there. */
  readonly undefinedValue: 'X' | 'ND'
}

/** Every metric of the version by name, those that the vector leaves out with the value that says nothing. */
export type Metrics = ReadonlyMap<string, string>

/** The value of a metric as one of the scores takes it. */
export type Values = (name: string) => string | undefined

/**
 * Reads `AV:N/AC:L/…` in any order. An unknown metric, an unknown value, a metric given twice or a missing base metric
 * is an error: a vector that is only half understood must not give a number.
 */
export function readMetrics(text: string, set: MetricSet): Result<Metrics, string> {
  const metrics = new Map<string, string>()
  const groups = [set.base, set.temporal, set.environmental, set.supplemental]
  for (const part of text.split('/')) {
    const [name = '', value, ...rest] = part.split(':')
    const allowed = groups.find(group => Object.hasOwn(group, name))?.[name]
    if (allowed === undefined) return err(`unknown metric ${JSON.stringify(part.slice(0, 20))}`)
    if (value === undefined || rest.length > 0 || !allowed.split(' ').includes(value)) {
      return err(`unknown value of ${name}: ${JSON.stringify((value ?? '').slice(0, 20))}`)
    }
    if (metrics.has(name)) return err(`the metric ${name} twice`)
    metrics.set(name, value)
  }
  const missing = Object.keys(set.base).filter(name => !metrics.has(name))
  if (missing.length > 0) return err(`without ${missing.join(', ')}`)
  for (const group of [set.temporal, set.environmental]) {
    for (const name of Object.keys(group)) if (!metrics.has(name)) metrics.set(name, set.undefinedValue)
  }
  return ok(metrics)
}

/** Whether the vector says anything with the metrics of a group. */
export function saysAny(metrics: Metrics, group: MetricGroup, set: MetricSet): boolean {
  return Object.keys(group).some(name => metrics.get(name) !== set.undefinedValue)
}

/** As the environment changes them: a modified metric (`MAV` for `AV`) where it says something, else the metric itself. */
export function modifiedValues(metrics: Metrics): Values {
  return name => {
    const modified = metrics.get(`M${name}`)
    return modified === undefined || modified === 'X' ? metrics.get(name) : modified
  }
}

/** The weight of a metric's value; a table that lacks it is a mistake of ours. */
export function weight(values: Values, name: string, weights: Readonly<Record<string, number>>): number {
  const found = weights[values(name) ?? '']
  if (found === undefined) throw new Error(`no weight for ${name}:${values(name) ?? ''}`)
  return found
}
