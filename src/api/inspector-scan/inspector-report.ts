import type { PackageDetection } from '../../domain/finding.ts'
import { severityOfScore } from '../../domain/severity.ts'
import type { CvssScore } from '../../domain/vulnerability.ts'
import { type JsonObject, member } from '../../ecosystems/json-file.ts'
import { pathOf } from './cyclonedx-report.ts'
import {
  type AffectedComponent,
  affectedBy,
  type ComponentNote,
  countOf,
  notesOf,
  refOf,
  type ScannedSbom,
  SEVERITY_WORDS,
  wireTime,
} from './scanned-sbom.ts'

/** The answer in Amazon Inspector's own format. (Amazon Inspector User Guide, custom CI/CD integration, output formats) */
export function inspectorReport(scanned: ScannedSbom): JsonObject {
  const { components, subject, assessment } = scanned
  const byRef = new Map([...(subject === null ? [] : [subject]), ...components].map(own => [refOf(own), own]))
  return {
    messages: [...notesOf(scanned)].map(([ref, note]) => message(byRef.get(ref), note)),
    vulnerability_count: {
      critical: countOf('CRITICAL', scanned),
      high: countOf('HIGH', scanned),
      medium: countOf('MEDIUM', scanned),
      low: countOf('LOW', scanned),
    },
    vulnerabilities: assessment.detections.map(detection => vulnerability(detection, scanned, byRef)),
  }
}

function message(component: JsonObject | undefined, { is, text }: ComponentNote): JsonObject {
  const name = component === undefined ? undefined : member(component, 'name')
  const purl = purlOf(component)
  return { name: typeof name === 'string' ? name : '', ...(purl === null ? {} : { purl }), [is]: text }
}

function purlOf(component: JsonObject | undefined): string | null {
  const purl = component === undefined ? undefined : member(component, 'purl')
  return typeof purl === 'string' ? purl : null
}

function vulnerability(
  detection: PackageDetection,
  scanned: ScannedSbom,
  byRef: ReadonlyMap<string, JsonObject>,
): JsonObject {
  const { vendorCreatedAt, vendorUpdatedAt } = detection
  return {
    id: detection.vulnerabilityId,
    severity: SEVERITY_WORDS[detection.severity],
    source: detection.sourceUrl ?? detection.source,
    related: [...detection.relatedVulnerabilities],
    description: detection.description,
    references: [...detection.referenceUrls],
    ...(vendorCreatedAt === null ? {} : { created: wireTime(vendorCreatedAt) }),
    ...(vendorUpdatedAt === null ? {} : { updated: wireTime(vendorUpdatedAt) }),
    properties: propertiesOf(detection),
    affects: affectedBy(detection, scanned).map(component => affectedShape(component, byRef.get(component.ref))),
  }
}

function affectedShape({ match }: AffectedComponent, component: JsonObject | undefined): JsonObject {
  const path = component === undefined ? null : pathOf(component)
  return {
    installed_version: purlOf(component) ?? match.package.version,
    ...(match.fixedVersion === null ? {} : { fixed_version: match.fixedVersion }),
    ...(path === null ? {} : { path }),
  }
}

function propertiesOf({ cvss, epssScore, exploit, kev }: PackageDetection): JsonObject {
  return {
    ...(kev === null ? {} : { cisa_kev_date_added: wireTime(kev.dateAdded) }),
    ...(kev?.dateDue ? { cisa_kev_date_due: wireTime(kev.dateDue) } : {}),
    cvss: cvssBySource(cvss),
    ...(epssScore === null ? {} : { epss: epssScore }),
    ...(exploit === null ? {} : { exploit_available: exploit.isAvailable }),
    ...(exploit?.lastKnownAt ? { exploit_last_seen_in_public: wireTime(exploit.lastKnownAt) } : {}),
  }
}

/** One entry per source with its best score of each generation; the newest generation gives the severity. */
function cvssBySource(scores: readonly CvssScore[]): readonly JsonObject[] {
  const bySource = new Map<string, Record<string, JsonObject[string]>>()
  const newest = new Map<string, number>()
  for (const { source, version, baseScore, vector } of scores) {
    const generation = Number(version.split('.', 1)[0])
    const entry = bySource.get(source) ?? { source }
    bySource.set(source, entry)
    const name = `cvss${generation}_base_`
    if (Object.hasOwn(entry, `${name}score`)) continue
    entry[`${name}score`] = baseScore
    entry[`${name}vector`] = vector
    if (generation <= (newest.get(source) ?? 0)) continue
    newest.set(source, generation)
    entry['severity'] = SEVERITY_WORDS[severityOfScore(baseScore)]
  }
  return [...bySource.values()]
}
