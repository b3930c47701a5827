import type { Finding, FindingArn, FindingChange } from '../domain/finding.ts'
import { SEVERITY_RANK } from '../domain/severity.ts'
import { storable, storableKey, storableTags } from './storable.ts'

/** The columns of `findings`, with their types, as `json_to_recordset` is told them. */
export const FINDING_COLUMNS = [
  ['finding_id', 'uuid'],
  ['generation', 'integer'],
  ['arn', 'text'],
  ['status', 'text'],
  ['severity', 'text'],
  ['severity_rank', 'smallint'],
  ['score', 'double precision'],
  ['title', 'text'],
  ['fix_available', 'text'],
  ['exploit_available', 'text'],
  ['epss_score', 'double precision'],
  ['vulnerability_id', 'text'],
  ['vulnerability_source', 'text'],
  ['vendor_severity', 'text'],
  ['related', 'text[]'],
  ['resource_id', 'text'],
  ['resource_type', 'text'],
  ['image_architecture', 'text'],
  ['image_registry', 'text'],
  ['image_repository', 'text'],
  ['image_tags', 'text[]'],
  ['image_hash', 'text'],
  ['image_pushed_at', 'bigint'],
  ['resource_tags', 'jsonb'],
  ['packages', 'jsonb'],
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
  const image = resource.details.type === 'AWS_ECR_CONTAINER_IMAGE' ? resource.details : null
  return {
    ordinal,
    change: is,
    finding_id: findingId(finding.arn),
    generation: finding.generation,
    arn: finding.arn,
    status: finding.status,
    severity: detection.severity,
    severity_rank: SEVERITY_RANK[detection.severity],
    score: detection.score?.score ?? null,
    title: storable(detection.title),
    fix_available: detection.fixAvailable,
    exploit_available: exploitAvailable(detection),
    epss_score: detection.epssScore,
    vulnerability_id: storableKey(detection.vulnerabilityId),
    vulnerability_source: storableKey(detection.source),
    vendor_severity: detection.vendorSeverity === null ? null : storableKey(detection.vendorSeverity),
    related: detection.relatedVulnerabilities.map(storable),
    resource_id: storable(resource.id),
    resource_type: resource.details.type,
    image_architecture: textOrNull(image?.architecture ?? null),
    image_registry: image === null ? null : storableKey(image.registry),
    image_repository: image === null ? null : storableKey(image.repositoryName),
    image_tags: image === null ? [] : image.imageTags.map(storable),
    image_hash: image?.imageHash ?? null,
    image_pushed_at: image?.pushedAt ?? null,
    resource_tags: storableTags(resource.tags),
    packages: detection.vulnerablePackages.map(packageAttributes),
    first_observed_at: finding.firstObservedAt,
    last_observed_at: finding.lastObservedAt,
    updated_at: finding.updatedAt,
    closed_at: finding.closedAt,
    close_reason: finding.closeReason,
    document: JSON.stringify(finding),
  }
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : storable(text)
}

/** What `vulnerablePackages` filters ask about; attributes that the package lacks are left out. */
function packageAttributes(pkg: Finding['detection']['vulnerablePackages'][number]): Record<string, unknown> {
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
function exploitAvailable({ exploit }: Finding['detection']): 'YES' | 'NO' | null {
  if (exploit === null) return null
  return exploit.isAvailable ? 'YES' : 'NO'
}

/** What a finding is read from. */
export interface FindingDocument {
  readonly document: string
  readonly epss_score: number | null
  readonly exploit_available: string | null
}

/** The columns of `FindingDocument`, of a table that is called so. */
export const DOCUMENT_COLUMNS = ['document', 'epss_score', 'exploit_available'] as const

/**
 * A row of `findings` as the finding that it holds. What is refreshed for all findings together is only in its columns:
 * they are newer than the document.
 */
export function findingOf(row: FindingDocument): Finding {
  const finding = rememberedFinding(row.document)
  const { exploit } = finding.detection
  const isKnownAbsent = exploit === null && row.exploit_available === 'NO'
  return {
    ...finding,
    detection: {
      ...finding.detection,
      epssScore: row.epss_score,
      exploit: isKnownAbsent ? { isAvailable: false, lastKnownAt: null } : exploit,
    },
  }
}

/** What documents of versions that knew no signals lack. */
const SIGNALS_OF_OLD = { epssScore: null, exploit: null, kev: null, isDisputed: false }

/** Reads a `document` back, as it was when it was written; it was written by `findingRow` and nothing else. */
export function rememberedFinding(document: string): Finding {
  const finding = JSON.parse(document) as Finding
  return { ...finding, detection: { ...SIGNALS_OF_OLD, ...finding.detection } }
}
