import type { DateFilter, FilterCriteria, NumberFilter, PackageFilter, StringFilter } from '@aws-sdk/client-inspector2'
import { instant } from '../../../base/clock.ts'
import type { Instant } from '../../../base/clock.ts'
import { DATE_FIELDS, NUMBER_FIELDS, STRING_FIELDS } from '../../../findings/finding-query.ts'
import type { FindingFilter, Interval, PackageCondition, StringCondition } from '../../../findings/finding-query.ts'

/** The wire's `FilterCriteria` as the store understands it. All 65 members are read. */
export function findingFilter(criteria: FilterCriteria | undefined): FindingFilter {
  const given = criteria ?? {}
  return {
    strings: pick(STRING_FIELDS, field => given[field]?.map(stringCondition)),
    dates: pick(DATE_FIELDS, field => given[field]?.map(dateInterval)),
    numbers: pick(NUMBER_FIELDS, field => given[field]?.map(numberInterval)),
    resourceTags: given.resourceTags?.map(({ key = '', value }) => ({ key, value: value ?? null })) ?? [],
    portRange:
      given.portRange?.map(range => ({ from: range.beginInclusive ?? null, to: range.endInclusive ?? null })) ?? [],
    vulnerablePackages: given.vulnerablePackages?.map(packageCondition) ?? [],
  }
}

function pick<Field extends string, Condition>(
  fields: readonly Field[],
  conditionsOf: (field: Field) => readonly Condition[] | undefined,
): Readonly<Partial<Record<Field, readonly Condition[]>>> {
  const picked: Partial<Record<Field, readonly Condition[]>> = {}
  for (const field of fields) {
    const conditions = conditionsOf(field)
    if (conditions) picked[field] = conditions
  }
  return picked
}

function stringCondition({ comparison = 'EQUALS', value = '' }: StringFilter): StringCondition {
  return { comparison, value }
}

function dateInterval({ startInclusive, endInclusive }: DateFilter): Interval<Instant> {
  return {
    from: startInclusive ? instant(startInclusive.getTime()) : null,
    to: endInclusive ? instant(endInclusive.getTime()) : null,
  }
}

function numberInterval({ lowerInclusive, upperInclusive }: NumberFilter): Interval<number> {
  return { from: lowerInclusive ?? null, to: upperInclusive ?? null }
}

const PACKAGE_STRING_FIELDS = [
  'name', 'version', 'release', 'architecture', 'sourceLayerHash', 'sourceLambdaLayerArn', 'filePath',
] as const // prettier-ignore

function packageCondition(filter: PackageFilter): PackageCondition {
  const strings = Object.fromEntries(
    PACKAGE_STRING_FIELDS.flatMap(field => {
      const given = filter[field]
      return given ? [[field, stringCondition(given)]] : []
    }),
  )
  return { ...strings, ...(filter.epoch ? { epoch: numberInterval(filter.epoch) } : {}) }
}
