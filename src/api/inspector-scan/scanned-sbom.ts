import type { Instant } from '../../base/clock.ts'
import type { PackageDetection } from '../../domain/finding.ts'
import type { InstalledPackage } from '../../domain/inventory.ts'
import type { Match } from '../../domain/match.ts'
import type { Severity } from '../../domain/severity.ts'
import { isJsonList, isJsonObject, type JsonObject, member } from '../../ecosystems/json-file.ts'
import type { Assessment } from '../../scanning/assess-inventory.ts'

/** A document with what was found in it, before it is put into words. */
export interface ScannedSbom {
  /** Numbered: each has a `bom-ref` of its own. */
  readonly components: readonly JsonObject[]
  readonly subject: JsonObject | null
  /** `bom-ref` of the components of each package. */
  readonly refs: ReadonlyMap<InstalledPackage, readonly string[]>
  readonly assessment: Assessment
  readonly scannedAt: Instant
}

/** The thing that a document is about is a component too, apart from the list. */
const SUBJECT_REF = 'comp-0'

/**
 * The document with its components side by side, numbered `comp-1`, `comp-2`, … as Amazon Inspector numbers them in its
 * answers: refs of the request may be missing, or name several. (observed)
 */
export function flatComponents(sbom: JsonObject): {
  readonly document: JsonObject
  readonly components: readonly JsonObject[]
  readonly subject: JsonObject | null
} {
  const listed = member(sbom, 'components')
  const metadata = member(sbom, 'metadata')
  const about = isJsonObject(metadata) ? member(metadata, 'component') : undefined
  const given = isJsonObject(about) ? about : null
  const found: JsonObject[] = []
  const open = [...childrenOf(listed), ...(given === null ? [] : childrenOf(member(given, 'components')))].reverse()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { components: nested, ...own } = next
    found.push({ ...own, 'bom-ref': `comp-${found.length + 1}` })
    for (const child of childrenOf(nested).toReversed()) open.push(child)
  }
  const subject = given === null ? null : { ...given, components: [], 'bom-ref': SUBJECT_REF }
  return {
    // What is no list of components is left for the reader to refuse.
    document: {
      ...sbom,
      components: listed === undefined || listed === null || isJsonList(listed) ? found : listed,
      ...(isJsonObject(metadata) && subject !== null ? { metadata: { ...metadata, component: subject } } : {}),
    },
    components: found,
    subject,
  }
}

function childrenOf(value: JsonObject[string] | undefined): readonly JsonObject[] {
  return isJsonList(value) ? value.filter((item): item is JsonObject => isJsonObject(item)) : []
}

export interface AffectedComponent {
  readonly ref: string
  readonly match: Match
}

/** The components that a detection is about, each once. */
export function affectedBy(
  detection: PackageDetection,
  { assessment, refs }: ScannedSbom,
): readonly AffectedComponent[] {
  const found = new Map<string, AffectedComponent>()
  for (const match of assessment.report.matches) {
    if (match.vulnerabilityId !== detection.vulnerabilityId) continue
    for (const ref of refs.get(match.package) ?? []) if (!found.has(ref)) found.set(ref, { ref, match })
  }
  return [...found.values()]
}

/** What is to be said of a component that no vulnerability was found in. */
export type ComponentNote = { readonly is: 'info' | 'warning'; readonly text: string }

/** By `bom-ref`; Amazon Inspector's sentences where it has one. (observed) */
export function notesOf(scanned: ScannedSbom): ReadonlyMap<string, ComponentNote> {
  const { assessment, components, refs } = scanned
  const undetermined = new Map(assessment.report.undetermined.map(({ package: pkg, reason }) => [pkg, reason]))
  const matched = new Set(assessment.report.matches.map(match => match.package))
  const notes = new Map<string, ComponentNote>()
  for (const component of components) {
    notes.set(refOf(component), { is: 'info', text: 'Component skipped: no supported rules found.' })
  }
  for (const [pkg, own] of refs) {
    const reason = undetermined.get(pkg)
    const isCovered = pkg.namespace !== null && !assessment.gaps.has(pkg.namespace)
    for (const ref of own) {
      if (matched.has(pkg)) notes.delete(ref)
      else if (reason !== undefined) {
        notes.set(ref, { is: 'warning', text: `Component skipped: nothing can be said of it (${reason}).` })
      } else if (isCovered) notes.set(ref, { is: 'info', text: 'Component scanned: no known vulnerabilities.' })
    }
  }
  return notes
}

export function refOf(component: JsonObject): string {
  const ref = member(component, 'bom-ref')
  return typeof ref === 'string' ? ref : ''
}

/** The words of CycloneDX; somebody has still to score what is untriaged. (CycloneDX 1.5, `severity`) */
export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  CRITICAL: 'critical',
  HIGH: 'high',
  MEDIUM: 'medium',
  LOW: 'low',
  INFORMATIONAL: 'info',
  UNTRIAGED: 'unknown',
}

export function countOf(severity: Severity, { assessment }: ScannedSbom): number {
  return assessment.detections.filter(detection => detection.severity === severity).length
}

/** As Amazon Inspector writes times: whole seconds. (observed) */
export function wireTime(time: Instant): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
