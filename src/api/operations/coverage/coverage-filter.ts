import type { CoverageFilterCriteria } from '@aws-sdk/client-inspector2'
import { instant } from '../../../base/clock.ts'
import { COVERAGE_DATE_FIELDS, COVERAGE_STRING_FIELDS } from '../../../coverage/coverage-query.ts'
import type { CoverageCondition, CoverageFilter } from '../../../coverage/coverage-query.ts'

/** Tags of resource types that this version does not scan: whoever asks for one asks for nothing we have. */
const FOREIGN_TAG_FIELDS = ['lambdaFunctionTags', 'cloudVmInstanceTags', 'cloudServerlessFunctionTags'] as const

/** The wire's `CoverageFilterCriteria` as the store understands it, or the knowledge that nothing can match. */
export function coverageFilter(criteria: CoverageFilterCriteria | undefined): CoverageFilter | 'matches-nothing' {
  const given = criteria ?? {}
  if (FOREIGN_TAG_FIELDS.some(field => given[field] !== undefined)) return 'matches-nothing'
  const strings: Partial<Record<(typeof COVERAGE_STRING_FIELDS)[number], readonly CoverageCondition[]>> = {}
  for (const field of COVERAGE_STRING_FIELDS) {
    const conditions = given[field]
    if (conditions) {
      strings[field] = conditions.map(({ comparison = 'EQUALS', value = '' }) => ({ comparison, value }))
    }
  }
  const dates: { -readonly [Field in keyof CoverageFilter['dates']]: CoverageFilter['dates'][Field] } = {}
  for (const field of COVERAGE_DATE_FIELDS) {
    const intervals = given[field]
    if (!intervals) continue
    dates[field] = intervals.map(({ startInclusive, endInclusive }) => ({
      from: startInclusive ? instant(startInclusive.getTime()) : null,
      to: endInclusive ? instant(endInclusive.getTime()) : null,
    }))
  }
  return {
    strings,
    dates,
    ec2InstanceTags: given.ec2InstanceTags?.map(({ key = '', value }) => ({ key, value: value ?? null })) ?? [],
    ecrImageInUseCount:
      given.ecrImageInUseCount?.map(({ lowerInclusive, upperInclusive }) => ({
        from: lowerInclusive ?? null,
        to: upperInclusive ?? null,
      })) ?? [],
  }
}
