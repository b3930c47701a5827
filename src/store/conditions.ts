import { sql, type RawBuilder } from 'kysely'
import { storable } from './storable.ts'

/** SQL that is true or false, never null. */
export type Condition = RawBuilder<boolean>

export const ALWAYS: Condition = sql<boolean>`true`
export const NEVER: Condition = sql<boolean>`false`

export function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? ALWAYS : sql<boolean>`(${sql.join(conditions, sql` and `)})`
}

export function any(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? NEVER : sql<boolean>`(${sql.join(conditions, sql` or `)})`
}

/** Where an attribute is read from: one text, which may be null, a list of texts, or nowhere. */
export type Attribute =
  { readonly text: RawBuilder<string | null> } | { readonly list: RawBuilder<readonly string[]> } | 'absent'

export interface TextComparison {
  readonly comparison: 'EQUALS' | 'PREFIX' | 'NOT_EQUALS'
  readonly value: string
}

/**
 * One field's conditions: positive ones OR, NOT_EQUALS AND. A missing attribute fails the positive ones and passes
 * NOT_EQUALS; of a list, any element may satisfy a positive one and none may equal a negative one.
 * (inspector-behaviour §8.3)
 */
export function textConditions(attribute: Attribute, conditions: readonly TextComparison[]): Condition {
  const positive = conditions.filter(condition => condition.comparison !== 'NOT_EQUALS')
  const negative = conditions.filter(condition => condition.comparison === 'NOT_EQUALS')
  return all([
    ...(positive.length === 0 ? [] : [any(positive.map(condition => holds(attribute, condition)))]),
    ...negative.map(condition => not(holds(attribute, { comparison: 'EQUALS', value: condition.value }))),
  ])
}

function not(condition: Condition): Condition {
  return condition === NEVER ? ALWAYS : sql<boolean>`not ${condition}`
}

function holds(attribute: Attribute, { comparison, value }: TextComparison): Condition {
  if (attribute === 'absent') return NEVER
  const wanted = sql`${storable(value)}::text`
  if ('text' in attribute) {
    const { text } = attribute
    return comparison === 'PREFIX'
      ? sql<boolean>`coalesce(starts_with(${text}, ${wanted}), false)`
      : sql<boolean>`(${text} is not null and ${text} = ${wanted})`
  }
  return comparison === 'PREFIX'
    ? sql<boolean>`exists (select from unnest(${attribute.list}) as element(text) where starts_with(element.text, ${wanted}))`
    : sql<boolean>`(${wanted} = any(${attribute.list}))`
}

export interface Bounds {
  readonly from: number | null
  readonly to: number | null
}

/** Several closed intervals of one field OR. `null`: no row has the field, so that every condition fails. */
export function intervalConditions(column: RawBuilder<number | null> | null, intervals: readonly Bounds[]): Condition {
  if (intervals.length === 0) return ALWAYS
  if (column === null) return NEVER
  return any(intervals.map(interval => within(column, interval)))
}

/** Bounds are cast to what holds every number of JavaScript; a bound that is not a number holds for nothing. */
function within(column: RawBuilder<number | null>, { from, to }: Bounds): Condition {
  if (Number.isNaN(from) || Number.isNaN(to)) return NEVER
  return all([
    sql<boolean>`${column} is not null`,
    ...(from === null ? [] : [sql<boolean>`${column} >= ${String(from)}::text::double precision`]),
    ...(to === null ? [] : [sql<boolean>`${column} <= ${String(to)}::text::double precision`]),
  ])
}

/** Several tags OR; a tag without a value asks for its key alone. */
export function tagConditions(
  column: RawBuilder<unknown>,
  tags: readonly { readonly key: string; readonly value: string | null }[],
): Condition {
  if (tags.length === 0) return ALWAYS
  return any(
    tags.map(({ key, value }) =>
      value === null
        ? sql<boolean>`jsonb_exists(${column}, ${storable(key)}::text)`
        : sql<boolean>`coalesce(${column} ->> ${storable(key)}::text = ${storable(value)}::text, false)`,
    ),
  )
}
