import { sql } from 'kysely'
import { instant } from '../base/clock.ts'
import type {
  Detection,
  Finding,
  FindingArn,
  FindingChange,
  NetworkDetection,
  PackageDetection,
  VulnerablePackage,
} from '../domain/finding.ts'
import type { ResourceDetails } from '../domain/resource.ts'
import type { ExposureLevel } from '../domain/network/open-path.ts'
import { SEVERITY_RANK, type Severity } from '../domain/severity.ts'
import { exposureOfEdge } from '../findings/risk/risk-order.ts'
import { rememberedResource } from './resource-row.ts'
import { storable, storableKey, storableTags } from './storable.ts'

/** The columns of `findings`, with their types, as `json_to_recordset` is told them. */
export const FINDING_COLUMNS = [
  ['finding_id', 'uuid'],
  ['generation', 'integer'],
  ['arn', 'text'],
  ['finding_type', 'text'],
  ['status', 'text'],
  ['title', 'text'],
  ['fix_available', 'text'],
  ['vulnerability_id', 'text'],
  ['vulnerability_source', 'text'],
  ['vendor_severity', 'text'],
  ['related', 'text[]'],
  ['packages', 'jsonb'],
  ['network_key', 'text'],
  ['network_protocol', 'text'],
  ['port_begin', 'integer'],
  ['port_end', 'integer'],
  ['edge_type', 'text'],
  ['component_ids', 'text[]'],
  ['component_types', 'text[]'],
  ['resource_id', 'text'],
  ['resource_type', 'text'],
  ['image_architecture', 'text'],
  ['image_registry', 'text'],
  ['image_repository', 'text'],
  ['image_tags', 'text[]'],
  ['image_hash', 'text'],
  ['image_pushed_at', 'bigint'],
  ['instance_image_id', 'text'],
  ['instance_vpc_id', 'text'],
  ['instance_subnet_id', 'text'],
  ['resource_tags', 'jsonb'],
  ['first_observed_at', 'bigint'],
  ['closed_at', 'bigint'],
  ['close_reason', 'text'],
  ['document', 'text'],
] as const

/** The columns of `finding_scores` that a change writes: all but `in_use`, which is refreshed apart, and what follows from them. */
export const SCORE_COLUMNS = [
  ['finding_id', 'uuid'],
  ['vulnerability_id', 'text'],
  ['is_open', 'boolean'],
  ['severity', 'text'],
  ['severity_rank', 'smallint'],
  ['score', 'double precision'],
  ['scoring', 'text'],
  ['exploit_available', 'text'],
  ['epss_score', 'double precision'],
  ['known_exploited', 'boolean'],
  ['exposure', 'text'],
  ['last_observed_at', 'bigint'],
  ['updated_at', 'bigint'],
] as const

/** The last part of the ARN, which is unique in its account and Region, as the 16 bytes that it spells. */
export function findingId(arn: FindingArn): string {
  const hex = /:finding\/([0-9a-f]{32})$/.exec(arn)?.[1]
  if (hex === undefined) throw new Error(`not the ARN of a finding: ${JSON.stringify(arn)}`)
  return hex
}

/** What each change writes: a row of `finding_scores`, and the step for history and outbox. */
export function scoreRow({ is, finding }: FindingChange, ordinal: number): Record<string, unknown> {
  const { detection } = finding
  return {
    ordinal,
    change: is,
    finding_id: findingId(finding.arn),
    is_open: finding.status !== 'CLOSED',
    severity: detection.severity,
    severity_rank: SEVERITY_RANK[detection.severity],
    ...(detection.type === 'PACKAGE_VULNERABILITY' ? packageScores(detection) : networkScores(detection)),
    last_observed_at: finding.lastObservedAt,
    updated_at: finding.updatedAt,
    document: JSON.stringify(finding),
  }
}

function packageScores(detection: PackageDetection): Record<string, unknown> {
  return {
    vulnerability_id: storableKey(detection.vulnerabilityId),
    score: detection.score?.score ?? null,
    exploit_available: exploitAvailable(detection),
    epss_score: detection.epssScore,
    known_exploited: detection.kev !== null,
    exposure: detection.exposure ?? null,
  }
}

function networkScores({ path }: NetworkDetection): Record<string, unknown> {
  return { known_exploited: false, exposure: exposureOfEdge(path.edge.kind) }
}

/** The score as it stands in `scoring`, for a change that leaves the document as it is. */
export function scoringOf({ detection }: Finding): string | null {
  return detection.type === 'PACKAGE_VULNERABILITY' ? JSON.stringify(detection.score) : null
}

/** Whether `finding_scores` alone holds what differs between the two; members in another order count as a difference. */
export function differInScoresOnly(one: Finding, other: Finding): boolean {
  return withoutScores(one) === withoutScores(other)
}

function withoutScores(finding: Finding): string {
  const { detection } = finding
  if (detection.type !== 'PACKAGE_VULNERABILITY') {
    return JSON.stringify({ ...finding, detection: { ...detection, severity: null }, lastObservedAt: 0, updatedAt: 0 })
  }
  const { severity: _severity, score: _score, exposure: _exposure, ...rest } = detection
  return JSON.stringify({ ...finding, detection: rest, lastObservedAt: 0, updatedAt: 0 })
}

/** What a change of more than scores writes: what `scoreRow` does, and a row of `findings`. */
export function findingRow(change: FindingChange, ordinal: number): Record<string, unknown> {
  const { finding } = change
  const { detection, resource } = finding
  return {
    ...scoreRow(change, ordinal),
    generation: finding.generation,
    arn: finding.arn,
    finding_type: detection.type,
    status: finding.status,
    title: storable(detection.title),
    ...(detection.type === 'PACKAGE_VULNERABILITY' ? packageColumns(detection) : NO_PACKAGE),
    ...(detection.type === 'NETWORK_REACHABILITY' ? networkColumns(detection) : NO_NETWORK),
    resource_id: storable(resource.id),
    resource_type: resource.details.type,
    ...detailColumns(resource.details),
    resource_tags: storableTags(resource.tags),
    first_observed_at: finding.firstObservedAt,
    closed_at: finding.closedAt,
    close_reason: finding.closeReason,
  }
}

/** Columns that all rows have, whatever the finding is about: `json_to_recordset` makes null of what is left out. */
const NO_PACKAGE = { related: [], packages: [] }
const NO_NETWORK = { component_ids: [], component_types: [] }

function packageColumns(detection: PackageDetection): Record<string, unknown> {
  return {
    fix_available: detection.fixAvailable,
    vulnerability_source: storableKey(detection.source),
    vendor_severity: detection.vendorSeverity === null ? null : storableKey(detection.vendorSeverity),
    related: detection.relatedVulnerabilities.map(storable),
    packages: detection.vulnerablePackages.map(packageAttributes),
  }
}

function networkColumns({ key, path }: NetworkDetection): Record<string, unknown> {
  return {
    network_key: key,
    network_protocol: path.protocol,
    port_begin: path.ports.begin,
    port_end: path.ports.end,
    edge_type: path.steps[0] === undefined ? null : storableKey(path.steps[0].componentType),
    component_ids: path.steps.map(step => storable(step.componentId)),
    component_types: path.steps.map(step => storable(step.componentType)),
  }
}

function detailColumns(details: ResourceDetails): Record<string, unknown> {
  if (details.type === 'AWS_EC2_INSTANCE') {
    return {
      image_tags: [],
      instance_image_id: textOrNull(details.ec2?.imageId ?? null),
      instance_vpc_id: textOrNull(details.ec2?.vpcId ?? null),
      instance_subnet_id: textOrNull(details.ec2?.subnetId ?? null),
    }
  }
  return {
    image_architecture: textOrNull(details.architecture),
    image_registry: storableKey(details.registry),
    image_repository: storableKey(details.repositoryName),
    image_tags: details.imageTags.map(storable),
    image_hash: details.imageHash,
    image_pushed_at: details.pushedAt,
  }
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : storable(text)
}

/** What `vulnerablePackages` filters ask about; attributes that the package lacks are left out. */
function packageAttributes(pkg: VulnerablePackage): Record<string, unknown> {
  const texts = {
    name: pkg.name,
    version: pkg.version,
    release: pkg.release,
    architecture: pkg.arch,
    sourceLayerHash: pkg.sourceLayerHash,
    filePath: pkg.filePath,
  }
  const present = Object.entries(texts).flatMap(([key, text]) =>
    text === null ? [] : [[key, storable(text)] as const],
  )
  return { ...Object.fromEntries(present), epoch: pkg.epoch }
}

/** As the API says it; `null` where nobody knows. */
function exploitAvailable({ exploit }: PackageDetection): 'YES' | 'NO' | null {
  if (exploit === null) return null
  return exploit.isAvailable ? 'YES' : 'NO'
}

/** What a finding is read from. */
export interface FindingDocument {
  readonly document: string
  readonly severity: Severity
  readonly scoring: string | null
  readonly epss_score: number | null
  readonly exploit_available: string | null
  readonly exposure: ExposureLevel | null
  readonly in_use: boolean | null
  readonly last_observed_at: number | string
  readonly updated_at: number | string
}

/** The columns of `FindingDocument`, of `FINDINGS`. */
export const DOCUMENT = sql.raw(
  'f.document, s.severity, s.scoring, s.epss_score, s.exploit_available, s.exposure, s.in_use, s.last_observed_at, s.updated_at',
)

/** Whole findings: the rows of `findings f` with those of `finding_scores s`. */
export const FINDINGS = sql.raw(
  'findings f join finding_scores s on s.region = f.region and s.account_id = f.account_id and s.finding_id = f.finding_id',
)

/** A row of `FINDINGS` as the finding that it holds. The scores are newer than the document. */
export function findingOf(row: FindingDocument): Finding {
  const remembered = rememberedFinding(row.document)
  const finding = {
    ...remembered,
    lastObservedAt: instant(Number(row.last_observed_at)),
    updatedAt: instant(Number(row.updated_at)),
  }
  const { detection } = finding
  if (detection.type !== 'PACKAGE_VULNERABILITY') return finding
  const { exploit, exposure: _exposure, isInUse: _use, ...rest } = detection
  const isKnownAbsent = exploit === null && row.exploit_available === 'NO'
  return {
    ...finding,
    detection: {
      ...rest,
      severity: row.severity,
      score: row.scoring === null ? rest.score : (JSON.parse(row.scoring) as PackageDetection['score']),
      ...(row.exposure === null ? {} : { exposure: row.exposure }),
      ...(row.in_use === null ? {} : { isInUse: row.in_use }),
      epssScore: row.epss_score,
      exploit: isKnownAbsent ? { isAvailable: false, lastKnownAt: null } : exploit,
    },
  }
}

/** What documents of versions that knew neither network findings nor signals lack. */
const PACKAGE_OF_OLD = { type: 'PACKAGE_VULNERABILITY', epssScore: null, exploit: null, kev: null, isDisputed: false }

/** Reads a `document` back, as it was when it was written; it was written by `findingRow` and nothing else. */
export function rememberedFinding(document: string): Finding {
  const finding = JSON.parse(document) as Finding
  const detection: Partial<Detection> = finding.detection
  return {
    ...finding,
    resource: rememberedResource(finding.resource),
    detection:
      detection.type === 'NETWORK_REACHABILITY'
        ? finding.detection
        : ({ ...PACKAGE_OF_OLD, ...detection } as PackageDetection),
  }
}
