import { sql } from 'kysely'
import type { CoverageFilter, CoverageStringField } from '../coverage/coverage-query.ts'
import type { CoverageScanType } from '../domain/coverage.ts'
import {
  all,
  ALWAYS,
  intervalConditions,
  NEVER,
  tagConditions,
  textConditions,
  type Attribute,
  type Condition,
} from './conditions.ts'

/** The condition on rows of `resources r`, for network coverage with its `instance_networks n`. */
export function coverageCondition(filter: CoverageFilter, scanType: CoverageScanType): Condition {
  const state = scanType === 'PACKAGE' ? 'r' : 'n'
  const attributes = { ...STRINGS, ...stateAttributes(scanType, state) }
  const { lastScannedAt = [], imagePulledAt = [], ...absentDates } = filter.dates
  return all([
    ...Object.entries(filter.strings).map(([field, conditions]) =>
      textConditions(attributes[field as CoverageStringField] ?? 'absent', conditions),
    ),
    intervalConditions(sql.ref(`${state}.last_scanned_at`), lastScannedAt),
    intervalConditions(scanType === 'PACKAGE' ? sql.ref('r.image_pulled_at') : null, imagePulledAt),
    ...Object.values(absentDates).map(intervals => intervalConditions(null, intervals)),
    filter.ec2InstanceTags.length === 0
      ? ALWAYS
      : all([sql<boolean>`r.resource_type = 'AWS_EC2_INSTANCE'`, tagConditions(sql`r.tags`, filter.ec2InstanceTags)]),
    filter.ecrImageInUseCount.length === 0 ? ALWAYS : NEVER,
  ])
}

/** The attributes that resources of this version have; every other field is a missing attribute. */
const STRINGS: Readonly<Partial<Record<CoverageStringField, Attribute>>> = {
  accountId: { text: sql`r.account_id` },
  resourceId: { text: sql`r.resource_id` },
  resourceType: { text: sql`r.resource_type` },
  ecrRepositoryName: { text: sql`r.repository` },
  ecrImageTags: { list: sql`r.image_tags` },
  // Resources carry the provider-neutral description beside the AWS one. (inspector-behaviour §7)
  cloudProvider: { text: sql`'AWS'::text` },
  cloudProviderAccountId: { text: sql`r.account_id` },
  cloudProviderRegion: { text: sql`r.region` },
  cloudContainerImageTags: { list: sql`r.image_tags` },
  cloudContainerRepositoryName: { text: sql`r.repository` },
  cloudContainerRegistryName: { text: sql`r.registry` },
}

function stateAttributes(
  scanType: CoverageScanType,
  state: 'r' | 'n',
): Readonly<Partial<Record<CoverageStringField, Attribute>>> {
  return {
    scanStatusCode: { text: sql.ref(`${state}.status_code`) },
    scanStatusReason: { text: sql.ref(`${state}.reason`) },
    scanType: { text: sql`${scanType}::text` },
  }
}
