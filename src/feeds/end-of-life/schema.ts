/** One release of a product (endoflife.date, API v1, `result[].releases[]`), only what we read. */
export interface EndOfLifeRelease {
  readonly name: string
  readonly label: string
  readonly isEol: boolean
  /** `YYYY-MM-DD` */
  readonly eolFrom: string | null
  /** As `eolFrom`, of support that must be bought or is given by others. */
  readonly eoesFrom: string | null
}

/** Why a release was left out: a constant to count. */
export type EndOfLifeRefusal = 'not-an-object' | 'bad-name' | 'no-word-on-its-end' | 'bad-day'

const NAME = /^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/
const LABEL_CHARACTERS = 120

export function readRelease(value: unknown): EndOfLifeRelease | EndOfLifeRefusal {
  const fields = fieldsOf(value)
  if (fields === null) return 'not-an-object'
  const { name, label, isEol, eolFrom = null, eoesFrom = null } = fields
  if (typeof name !== 'string' || !NAME.test(name)) return 'bad-name'
  if (typeof isEol !== 'boolean') return 'no-word-on-its-end'
  if (!isDayOrNull(eolFrom) || !isDayOrNull(eoesFrom)) return 'bad-day'
  const shown = typeof label === 'string' && label.trim() !== '' ? label.trim().slice(0, LABEL_CHARACTERS) : name
  return { name, label: shown, isEol, eolFrom, eoesFrom }
}

/** An object's own members; `null` for everything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return Object.fromEntries(Object.entries(value))
}

function isDayOrNull(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && DAY.test(value) && !Number.isNaN(Date.parse(value)))
}
