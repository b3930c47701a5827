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
import { SEVERITY_RANK } from '../domain/severity.ts'
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
  ['severity', 'text'],
  ['severity_rank', 'smallint'],
  ['score', 'double precision'],
  ['title', 'text'],
  ['fix_available', 'text'],
  ['exploit_available', 'text'],
  ['epss_score', 'double precision'],
  ['known_exploited', 'boolean'],
  ['exposure', 'text'],
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
  ['last_observed_at', 'bigint'],
  ['updated_at', 'bigint'],
  ['closed_at', 'bigint'],
  ['close_reason', 'text'],
  ['document', 'text'],
] as const

/** The last part of the ARN, which is unique in its account and Region, as the 16 bytes that it spells. */
export function findingId(arn: FindingArn): string {
  const hex = /:finding\/([0-9a-f]{32})$/.exec(arn)?.[1]
  if (hex === undefined) throw new Error(`not the ARN of a finding: ${JSON.stringify(arn)}`)
  return hex
}

/** What one change writes: a row of `findings`, and the step for history and outbox. */
export function findingRow({ is, finding }: FindingChange, ordinal: number): Record<string, unknown> {
  const { detection, resource } = finding
  return {
    ordinal,
    change: is,
    finding_id: findingId(finding.arn),
    generation: finding.generation,
    arn: finding.arn,
    finding_type: detection.type,
    status: finding.status,
    severity: detection.severity,
    severity_rank: SEVERITY_RANK[detection.severity],
    title: storable(detection.title),
    ...(detection.type === 'PACKAGE_VULNERABILITY' ? packageColumns(detection) : NO_PACKAGE),
    ...(detection.type === 'NETWORK_REACHABILITY' ? networkColumns(detection) : NO_NETWORK),
    resource_id: storable(resource.id),
    resource_type: resource.details.type,
    ...detailColumns(resource.details),
    resource_tags: storableTags(resource.tags),
    first_observed_at: finding.firstObservedAt,
    last_observed_at: finding.lastObservedAt,
    updated_at: finding.updatedAt,
    closed_at: finding.closedAt,
    close_reason: finding.closeReason,
    document: JSON.stringify(finding),
  }
}

/** Columns that all rows have, whatever the finding is about: `json_to_recordset` makes null of what is left out. */
const NO_PACKAGE = { related: [], packages: [], known_exploited: false }
const NO_NETWORK = { component_ids: [], component_types: [] }

function packageColumns(detection: PackageDetection): Record<string, unknown> {
  return {
    score: detection.score?.score ?? null,
    fix_available: detection.fixAvailable,
    exploit_available: exploitAvailable(detection),
    epss_score: detection.epssScore,
    known_exploited: detection.kev !== null,
    exposure: detection.exposure ?? null,
    vulnerability_id: storableKey(detection.vulnerabilityId),
    vulnerability_source: storableKey(detection.source),
    vendor_severity: detection.vendorSeverity === null ? null : storableKey(detection.vendorSeverity),
    related: detection.relatedVulnerabilities.map(storable),
    packages: detection.vulnerablePackages.map(packageAttributes),
  }
}

function networkColumns({ key, path }: NetworkDetection): Record<string, unknown> {
  return {
    network_key: key,
    exposure: exposureOfEdge(path.edge.kind),
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
  readonly epss_score: number | null
  readonly exploit_available: string | null
  readonly exposure: ExposureLevel | null
  readonly in_use: boolean | null
}

/** The columns of `FindingDocument`, of a table that is called so. */
export const DOCUMENT_COLUMNS = ['document', 'epss_score', 'exploit_available', 'exposure', 'in_use'] as const

/**
 * A row of `findings` as the finding that it holds. What is refreshed for all findings together is only in its columns:
 * they are newer than the document.
 */
export function findingOf(row: FindingDocument): Finding {
  const finding = rememberedFinding(row.document)
  const { detection } = finding
  if (detection.type !== 'PACKAGE_VULNERABILITY') return finding
  const { exploit, exposure: _exposure, isInUse: _use, ...rest } = detection
  const isKnownAbsent = exploit === null && row.exploit_available === 'NO'
  return {
    ...finding,
    detection: {
      ...rest,
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
