import type { Instant } from '../base/clock.ts'
import type { AccountId, Region } from '../domain/ids.ts'

/** String members of `CoverageFilterCriteria` that this version's resources can fill. (inspector-behaviour §7.2) */
export const COVERAGE_STRING_FIELDS = [
  'scanStatusCode',
  'scanStatusReason',
  'accountId',
  'resourceId',
  'resourceType',
  'scanType',
  'ecrRepositoryName',
  'ecrImageTags',
  'lambdaFunctionName',
  'lambdaFunctionRuntime',
  'scanMode',
  'codeRepositoryProjectName',
  'codeRepositoryProviderType',
  'codeRepositoryProviderTypeVisibility',
  'lastScannedCommitId',
  'cloudProvider',
  'cloudProviderAccountId',
  'cloudProviderRegion',
  'cloudProviderOrgId',
  'cloudContainerImageTags',
  'cloudContainerRepositoryName',
  'cloudContainerRegistryName',
  'cloudServerlessFunctionName',
  'cloudServerlessFunctionRuntime',
] as const
export const COVERAGE_DATE_FIELDS = ['lastScannedAt', 'imagePulledAt', 'ecrImageLastInUseAt'] as const

export type CoverageStringField = (typeof COVERAGE_STRING_FIELDS)[number]
export type CoverageDateField = (typeof COVERAGE_DATE_FIELDS)[number]

export interface CoverageCondition {
  readonly comparison: 'EQUALS' | 'NOT_EQUALS'
  readonly value: string
}

/** Combined as in `findings/finding-query.ts`. */
export interface CoverageFilter {
  readonly strings: Readonly<Partial<Record<CoverageStringField, readonly CoverageCondition[]>>>
  readonly dates: Readonly<
    Partial<Record<CoverageDateField, readonly { readonly from: Instant | null; readonly to: Instant | null }[]>>
  >
  readonly ec2InstanceTags: readonly { readonly key: string; readonly value: string | null }[]
  /** Number filters on counts that no resource of this version carries: any condition matches nothing. */
  readonly ecrImageInUseCount: readonly { readonly from: number | null; readonly to: number | null }[]
}

export interface CoverageQuery {
  readonly region: Region
  readonly accountIds: readonly AccountId[]
  readonly filter: CoverageFilter
  readonly limit: number
  readonly after: string | null
}
