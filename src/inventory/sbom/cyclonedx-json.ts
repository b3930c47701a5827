import { err, ok, type Result } from '../../base/result.ts'
import { isJsonList, isJsonObject, type JsonObject, member } from '../../ecosystems/json-file.ts'
import { quoted } from '../../ecosystems/problem.ts'
import { objectsIn, propertiesOf, textOf } from './json-document.ts'
import { SbomCollector, type SbomComponent, type SbomDocument } from './sbom-document.ts'

/** Versions whose components are read alike. 1.7 adds nothing that is read; what comes later may mean something else. */
const VERSIONS: ReadonlySet<string> = new Set(['1.2', '1.3', '1.4', '1.5', '1.6', '1.7'])

/** A CycloneDX document in JSON, nested components beside their parents. (CycloneDX 1.2 to 1.7, JSON schemas) */
export function readCycloneDxJson(document: JsonObject, path: string): Result<SbomDocument, string> {
  const version = textOf(document, 'specVersion')
  const refusal = cycloneDxRefusal(version)
  if (refusal !== null) return err(refusal)
  const collector = new SbomCollector(path)
  const metadata = member(document, 'metadata')
  const about = isJsonObject(metadata) ? metadata : {}
  const subject = member(about, 'component')
  if (isJsonObject(subject)) collectNested([{ component: subject, isSubject: true }], collector)

  const listed = member(document, 'components')
  if (listed !== undefined && listed !== null && !isJsonList(listed)) return err('`components` is not a list')
  const unreadable = isJsonList(listed) ? listed.filter(item => !isJsonObject(item)).length : 0
  if (unreadable > 0)
    collector.problems.add(
      'malformed-sbom',
      `${unreadable} of the components ${unreadable === 1 ? 'is no object' : 'are no objects'}`,
    )
  collectNested(
    objectsIn(listed).map(component => ({ component, isSubject: false })),
    collector,
  )
  // Amazon's words stand in `metadata.properties`, of others also in those of the document.
  const properties = [...propertiesOf(about), ...propertiesOf(document)]
  return ok(collector.document(`CycloneDX ${version}`, properties, null))
}

/** Why a document of this `specVersion` is not read; `null` when it is. */
export function cycloneDxRefusal(version: string | null): string | null {
  if (version === null) return 'a CycloneDX document without `specVersion`'
  return VERSIONS.has(version) ? null : `CycloneDX ${quoted(version)} is not read; 1.2 to 1.7 are`
}

/** Every component and what is nested in it, in the order of the document. */
function collectNested(
  roots: readonly { readonly component: JsonObject; readonly isSubject: boolean }[],
  collector: SbomCollector,
): void {
  const left = roots.toReversed()
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    collector.add(componentOf(next.component, next.isSubject))
    const nested = objectsIn(member(next.component, 'components'))
    for (const component of nested.toReversed()) left.push({ component, isSubject: false })
  }
}

function componentOf(component: JsonObject, isSubject: boolean): SbomComponent {
  const group = textOf(component, 'group')
  const name = textOf(component, 'name') ?? ''
  return {
    ref: textOf(component, 'bom-ref'),
    kind: cycloneDxKind(textOf(component, 'type')),
    isSubject,
    name: group === null || group === '' ? name : `${group}/${name}`,
    version: textOf(component, 'version'),
    purl: textOf(component, 'purl'),
    properties: propertiesOf(component),
    locations: occurrencesOf(component),
  }
}

/** What a `type` of CycloneDX is to us: only libraries, frameworks and applications are expected to have a purl. */
export function cycloneDxKind(type: string | null): SbomComponent['kind'] {
  switch (type) {
    case 'operating-system':
    case 'container':
      return type
    case 'application':
    case 'framework':
    case 'library':
    // No type is no reason to pass over a package.
    case null:
      return 'package'
    default:
      return 'other'
  }
}

/** `evidence.occurrences[].location` of CycloneDX 1.5 and later. */
function occurrencesOf(component: JsonObject): readonly string[] {
  const evidence = member(component, 'evidence')
  if (!isJsonObject(evidence)) return []
  return objectsIn(member(evidence, 'occurrences')).flatMap(occurrence => textOf(occurrence, 'location') ?? [])
}
