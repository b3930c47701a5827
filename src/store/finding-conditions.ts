import { sql } from 'kysely'
import type {
  DateField,
  FindingFilter,
  NumberField,
  PackageCondition,
  StringCondition,
  StringField,
} from '../findings/finding-query.ts'
import {
  all,
  ALWAYS,
  any,
  intervalConditions,
  tagConditions,
  textConditions,
  type Attribute,
  type Condition,
} from './conditions.ts'

/** The condition on rows of `FINDINGS`. */
export function findingCondition(filter: FindingFilter): Condition {
  return all([
    ...entriesOf(filter.strings).map(([field, conditions]) => textConditions(STRINGS[field] ?? 'absent', conditions)),
    ...entriesOf(filter.dates).map(([field, intervals]) => intervalConditions(DATES[field] ?? null, intervals)),
    ...entriesOf(filter.numbers).map(([field, intervals]) => intervalConditions(NUMBERS[field] ?? null, intervals)),
    tagConditions(sql`f.resource_tags`, filter.resourceTags),
    portConditions(filter.portRange),
    packageConditions(filter.vulnerablePackages),
  ])
}

/** The attributes that findings of this version have; every other field is a missing attribute. */
const STRINGS: Readonly<Partial<Record<StringField, Attribute>>> = {
  findingArn: { text: sql`f.arn` },
  awsAccountId: { text: sql`f.account_id` },
  findingType: { text: sql`f.finding_type` },
  severity: { text: sql`s.severity` },
  findingStatus: { text: sql`f.status` },
  title: { text: sql`f.title` },
  resourceType: { text: sql`f.resource_type` },
  resourceId: { text: sql`f.resource_id` },
  ec2InstanceImageId: { text: sql`f.instance_image_id` },
  ec2InstanceVpcId: { text: sql`f.instance_vpc_id` },
  ec2InstanceSubnetId: { text: sql`f.instance_subnet_id` },
  ecrImageArchitecture: { text: sql`f.image_architecture` },
  ecrImageRegistry: { text: sql`f.image_registry` },
  ecrImageRepositoryName: { text: sql`f.image_repository` },
  ecrImageTags: { list: sql`f.image_tags` },
  ecrImageHash: { text: sql`f.image_hash` },
  networkProtocol: { text: sql`f.network_protocol` },
  componentId: { list: sql`f.component_ids` },
  componentType: { list: sql`f.component_types` },
  vulnerabilityId: { text: sql`f.vulnerability_id` },
  vulnerabilitySource: { text: sql`f.vulnerability_source` },
  vendorSeverity: { text: sql`f.vendor_severity` },
  relatedVulnerabilities: { list: sql`f.related` },
  fixAvailable: { text: sql`f.fix_available` },
  exploitAvailable: { text: sql`s.exploit_available` },
  // Resources carry the provider-neutral description beside the AWS one. (inspector-behaviour §1.3)
  cloudProvider: { text: sql`'AWS'::text` },
  cloudProviderRegion: { text: sql`f.region` },
  cloudProviderAccountId: { text: sql`f.account_id` },
  cloudVmImageReference: { text: sql`f.instance_image_id` },
  cloudVmNetworkId: { text: sql`f.instance_vpc_id` },
  cloudVmSubnetIds: { text: sql`f.instance_subnet_id` },
  cloudImageRepositoryName: { text: sql`f.image_repository` },
  cloudImageRegistry: { text: sql`f.image_registry` },
  cloudImageDigest: { text: sql`f.image_hash` },
  cloudImageTags: { list: sql`f.image_tags` },
  cloudImageArchitecture: { text: sql`f.image_architecture` },
}

const DATES: Readonly<Partial<Record<DateField, ReturnType<typeof sql<number | null>>>>> = {
  firstObservedAt: sql`f.first_observed_at`,
  lastObservedAt: sql`s.last_observed_at`,
  updatedAt: sql`s.updated_at`,
  ecrImagePushedAt: sql`f.image_pushed_at`,
  cloudImagePushedAt: sql`f.image_pushed_at`,
}

const NUMBERS: Readonly<Partial<Record<NumberField, ReturnType<typeof sql<number | null>>>>> = {
  inspectorScore: sql`s.score`,
  epssScore: sql`s.epss_score`,
}

/** A finding's ports meet the asked range when the two overlap: nothing says whether Amazon means that or more. (§8.3) */
function portConditions(ranges: FindingFilter['portRange']): Condition {
  if (ranges.length === 0) return ALWAYS
  return any(
    ranges.map(({ from, to }) =>
      all([
        intervalConditions(sql`f.port_end`, [{ from, to: null }]),
        intervalConditions(sql`f.port_begin`, [{ from: null, to }]),
      ]),
    ),
  )
}

/** Several packages OR; the parts of one must hold on the same element of `packages`. */
function packageConditions(packages: readonly PackageCondition[]): Condition {
  if (packages.length === 0) return ALWAYS
  return sql<boolean>`exists (
    select from jsonb_array_elements(f.packages) as element(package)
    where ${any(packages.map(samePackage))})`
}

function samePackage({ epoch, sourceLambdaLayerArn, ...texts }: PackageCondition): Condition {
  return all([
    ...entriesOf(texts).map(([part, condition]) =>
      textConditions({ text: sql`(element.package ->> ${sql.lit(part)})` }, [condition]),
    ),
    sourceLambdaLayerArn === undefined
      ? ALWAYS
      : textConditions('absent', [sourceLambdaLayerArn satisfies StringCondition]),
    epoch === undefined ? ALWAYS : intervalConditions(sql`(element.package -> 'epoch')::double precision`, [epoch]),
  ])
}

/** `Object.entries` of a record whose keys are known: filters are made by parsers that add no other. */
function entriesOf<Key extends string, Value>(record: Readonly<Partial<Record<Key, Value>>>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][]
}
