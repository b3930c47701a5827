import type { PackageDetection } from '../../domain/finding.ts'
import { severityOfScore } from '../../domain/severity.ts'
import type { CvssScore } from '../../domain/vulnerability.ts'
import { type JsonObject, member } from '../../ecosystems/json-file.ts'
import {
  type AffectedComponent,
  affectedBy,
  countOf,
  notesOf,
  refOf,
  type ScannedSbom,
  SEVERITY_WORDS,
  wireTime,
} from './scanned-sbom.ts'

/** Amazon Inspector's words for what CycloneDX has none for. (Amazon Inspector User Guide, `sbom_scanner` namespace) */
const SCANNER = 'amazon:inspector:sbom_scanner:'

/** The answer in CycloneDX 1.5. CWEs and priorities are not known here, and left out. */
export function cycloneDxReport(scanned: ScannedSbom, uuid: string): JsonObject {
  const notes = notesOf(scanned)
  const counts = (['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const).map(severity =>
    property(`${SEVERITY_WORDS[severity]}_vulnerabilities`, String(countOf(severity, scanned))),
  )
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: {
      properties: counts,
      tools: [{ vendor: 'OpenInspector', name: 'CycloneDX SBOM API' }],
      timestamp: new Date(scanned.scannedAt).toISOString(),
      ...(scanned.subject === null ? {} : { component: identityOf(scanned.subject, []) }),
    },
    components: scanned.components.map(component => {
      const note = notes.get(refOf(component))
      return identityOf(component, note === undefined ? [] : [property(note.is, note.text)])
    }),
    vulnerabilities: scanned.assessment.detections.map((detection, at) =>
      vulnerability(detection, `vuln-${at + 1}`, affectedBy(detection, scanned)),
    ),
  }
}

function property(name: string, value: string): JsonObject {
  return { name: `${SCANNER}${name}`, value }
}

/** Where Amazon's generator says that a component was found. */
const SOURCE_PATH = 'amazon:inspector:sbom_generator:source_path'

/** What tells the component apart; the rest of it is the caller's already. */
function identityOf(component: JsonObject, notes: readonly JsonObject[]): JsonObject {
  const own: Record<string, JsonObject[string]> = {}
  for (const name of ['bom-ref', 'type', 'group', 'name', 'version', 'purl']) {
    const value = member(component, name)
    if (typeof value === 'string') own[name] = value
  }
  const path = pathOf(component)
  const properties = [...(path === null ? [] : [property('path', path)]), ...notes]
  return properties.length === 0 ? own : { ...own, properties }
}

/** The path that a component of the request says it was found at; `null` when it says none. */
export function pathOf(component: JsonObject): string | null {
  const listed = member(component, 'properties')
  for (const item of Array.isArray(listed) ? (listed as readonly JsonObject[string][]) : []) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) continue
    const { name, value } = item as JsonObject
    if (name === SOURCE_PATH && typeof value === 'string') return value
  }
  return null
}

function vulnerability(detection: PackageDetection, ref: string, affected: readonly AffectedComponent[]): JsonObject {
  const { vulnerabilityId, source, sourceUrl, vendorCreatedAt, vendorUpdatedAt } = detection
  return {
    'bom-ref': ref,
    id: vulnerabilityId,
    source: { name: source, ...(sourceUrl === null ? {} : { url: sourceUrl }) },
    references: detection.relatedVulnerabilities.map(id => ({ id, source: sourceOf(id) })),
    ratings: ratingsOf(detection),
    description: detection.description,
    advisories: detection.referenceUrls.map(url => ({ url })),
    ...(vendorCreatedAt === null ? {} : { created: wireTime(vendorCreatedAt) }),
    ...(vendorUpdatedAt === null ? {} : { updated: wireTime(vendorUpdatedAt) }),
    analysis: { state: 'in_triage' },
    affects: affected.map(component => ({ ref: component.ref })),
    properties: propertiesOf(detection, affected),
  }
}

/** Who gives ids of this kind. */
function sourceOf(id: string): JsonObject {
  if (id.startsWith('CVE-')) return { name: 'NVD', url: `https://nvd.nist.gov/vuln/detail/${encodeURIComponent(id)}` }
  if (!id.startsWith('GHSA-')) return { name: id.split('-', 1)[0] ?? id }
  return { name: 'GITHUB', url: `https://github.com/advisories/${encodeURIComponent(id)}` }
}

/** (CycloneDX 1.5, `scoreMethod`) */
const METHODS: ReadonlyMap<string, string> = new Map([
  ['2.0', 'CVSSv2'],
  ['3.0', 'CVSSv3'],
  ['3.1', 'CVSSv31'],
  ['4.0', 'CVSSv4'],
])

/** Who scores decides the severity; a flaw that nobody scored still has the vendor's word. */
function ratingsOf(detection: PackageDetection): readonly JsonObject[] {
  const scored = detection.cvss.map(ratingOf)
  const bare = { source: { name: detection.source }, severity: SEVERITY_WORDS[detection.severity], method: 'other' }
  if (detection.epssScore === null) return scored.length === 0 ? [bare] : scored
  const epss = {
    source: { name: 'EPSS', url: 'https://www.first.org/epss/' },
    score: detection.epssScore,
    severity: 'none',
    method: 'other',
  }
  return [...(scored.length === 0 ? [bare] : scored), epss]
}

function ratingOf({ version, baseScore, vector, source }: CvssScore): JsonObject {
  const severity = SEVERITY_WORDS[severityOfScore(baseScore)]
  return { source: { name: source }, score: baseScore, severity, method: METHODS.get(version) ?? 'other', vector }
}

function propertiesOf(
  { exploit, kev }: PackageDetection,
  affected: readonly AffectedComponent[],
): readonly JsonObject[] {
  return [
    ...(exploit === null ? [] : [property('exploit_available', String(exploit.isAvailable))]),
    ...(exploit?.lastKnownAt ? [property('exploit_last_seen_in_public', wireTime(exploit.lastKnownAt))] : []),
    ...(kev === null ? [] : [property('cisa_kev_date_added', wireTime(kev.dateAdded))]),
    ...(kev?.dateDue ? [property('cisa_kev_date_due', wireTime(kev.dateDue))] : []),
    ...affected.flatMap(({ ref, match }) =>
      match.fixedVersion === null ? [] : [property(`fixed_version:${ref}`, match.fixedVersion)],
    ),
  ]
}
