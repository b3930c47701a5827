import type { Instant } from '../base/clock.ts'
import type { AccountId, Region } from '../domain/ids.ts'

/** Fields of `FilterCriteria`, by their wire names. (inspector-behaviour §8.2) */
export const STRING_FIELDS = [
  'findingArn',
  'awsAccountId',
  'findingType',
  'severity',
  'findingStatus',
  'title',
  'resourceType',
  'resourceId',
  'ec2InstanceImageId',
  'ec2InstanceVpcId',
  'ec2InstanceSubnetId',
  'ecrImageArchitecture',
  'ecrImageRegistry',
  'ecrImageRepositoryName',
  'ecrImageTags',
  'ecrImageHash',
  'networkProtocol',
  'componentId',
  'componentType',
  'vulnerabilityId',
  'vulnerabilitySource',
  'vendorSeverity',
  'relatedVulnerabilities',
  'fixAvailable',
  'exploitAvailable',
  'lambdaFunctionName',
  'lambdaFunctionLayers',
  'lambdaFunctionRuntime',
  'lambdaFunctionExecutionRoleArn',
  'codeVulnerabilityDetectorName',
  'codeVulnerabilityDetectorTags',
  'codeVulnerabilityFilePath',
  'codeRepositoryProjectName',
  'codeRepositoryProviderType',
  'cloudProvider',
  'cloudProviderRegion',
  'cloudProviderAccountId',
  'cloudProviderOrgId',
  'cloudVmImageReference',
  'cloudVmNetworkId',
  'cloudVmSubnetIds',
  'cloudImageRepositoryName',
  'cloudImageRegistry',
  'cloudImageDigest',
  'cloudImageTags',
  'cloudImageArchitecture',
  'cloudServerlessFunctionName',
  'cloudServerlessFunctionRuntime',
  'cloudServerlessFunctionExecutionRole',
] as const
export const DATE_FIELDS = [
  'firstObservedAt',
  'lastObservedAt',
  'updatedAt',
  'ecrImagePushedAt',
  'ecrImageLastInUseAt',
  'lambdaFunctionLastModifiedAt',
  'cloudImagePushedAt',
  'cloudImageLastInUseAt',
  'cloudServerlessFunctionLastModifiedAt',
] as const
export const NUMBER_FIELDS = ['inspectorScore', 'epssScore', 'ecrImageInUseCount', 'cloudImageInUseCount'] as const

export type StringField = (typeof STRING_FIELDS)[number]
export type DateField = (typeof DATE_FIELDS)[number]
export type NumberField = (typeof NUMBER_FIELDS)[number]

export interface StringCondition {
  readonly comparison: 'EQUALS' | 'PREFIX' | 'NOT_EQUALS'
  readonly value: string
}

/** Closed interval; a missing bound is open. */
export interface Interval<T> {
  readonly from: T | null
  readonly to: T | null
}

/** All given parts must hold on the same package. */
export interface PackageCondition {
  readonly name?: StringCondition
  readonly version?: StringCondition
  readonly release?: StringCondition
  readonly architecture?: StringCondition
  readonly sourceLayerHash?: StringCondition
  readonly sourceLambdaLayerArn?: StringCondition
  readonly filePath?: StringCondition
  readonly epoch?: Interval<number>
}

/**
 * Which findings. Different fields AND; in one string field the positive conditions OR, the NOT_EQUALS AND; several
 * intervals, tags or packages of one field OR. A missing attribute fails a positive condition and passes NOT_EQUALS.
 * (inspector-behaviour §8.3, inferred)
 */
export interface FindingFilter {
  readonly strings: Readonly<Partial<Record<StringField, readonly StringCondition[]>>>
  readonly dates: Readonly<Partial<Record<DateField, readonly Interval<Instant>[]>>>
  readonly numbers: Readonly<Partial<Record<NumberField, readonly Interval<number>[]>>>
  readonly resourceTags: readonly { readonly key: string; readonly value: string | null }[]
  readonly portRange: readonly Interval<number>[]
  readonly vulnerablePackages: readonly PackageCondition[]
}

/** The seventeen `SortField`s of the API. (inspector-behaviour §8.5) */
export type FindingSortField =
  | 'AWS_ACCOUNT_ID'
  | 'FINDING_TYPE'
  | 'SEVERITY'
  | 'FIRST_OBSERVED_AT'
  | 'LAST_OBSERVED_AT'
  | 'FINDING_STATUS'
  | 'RESOURCE_TYPE'
  | 'ECR_IMAGE_PUSHED_AT'
  | 'ECR_IMAGE_REPOSITORY_NAME'
  | 'ECR_IMAGE_REGISTRY'
  | 'NETWORK_PROTOCOL'
  | 'COMPONENT_TYPE'
  | 'VULNERABILITY_ID'
  | 'VULNERABILITY_SOURCE'
  | 'INSPECTOR_SCORE'
  | 'VENDOR_SEVERITY'
  | 'EPSS_SCORE'

export interface FindingSort {
  /** `RISK` is ours: the order of findings/risk/risk-order.ts. */
  readonly field: FindingSortField | 'RISK'
  readonly order: 'ASC' | 'DESC'
}

export interface FindingQuery {
  readonly region: Region
  /** Accounts whose findings the caller may see. */
  readonly accountIds: readonly AccountId[]
  readonly filter: FindingFilter
  /** `null`: most severe first (what the console opens with; the API's own default is undocumented). */
  readonly sort: FindingSort | null
  readonly limit: number
  /** Where the last page ended; only the store that gave it can read it. */
  readonly after: string | null
}
