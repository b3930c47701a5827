import { err, ok, type Result } from '../../base/result.ts'
import { isJsonList, isJsonObject, type Json, type JsonObject, member } from '../../ecosystems/json-file.ts'
import { objectsIn, textOf } from './json-document.ts'
import { SbomCollector, type SbomDocument } from './sbom-document.ts'
import { addSpdxPackage, propertiesOfRemarks, spdxRefusal } from './spdx.ts'

/** An SPDX document in JSON. (SPDX 2.2 and 2.3, JSON schemas) */
export function readSpdxJson(document: JsonObject, path: string): Result<SbomDocument, string> {
  const version = textOf(document, 'spdxVersion')
  const refusal = spdxRefusal(version)
  if (refusal !== null) return err(refusal)
  const packages = member(document, 'packages')
  if (packages !== undefined && !isJsonList(packages)) return err('`packages` is not a list')
  const collector = new SbomCollector(path)
  const unreadable = isJsonList(packages) ? packages.filter(item => !isJsonObject(item)).length : 0
  if (unreadable > 0)
    collector.problems.add(
      'malformed-sbom',
      `${unreadable} of the packages ${unreadable === 1 ? 'is no object' : 'are no objects'}`,
    )
  const described = describedBy(document)
  for (const pkg of objectsIn(packages)) {
    addSpdxPackage(
      {
        id: textOf(pkg, 'SPDXID'),
        name: textOf(pkg, 'name') ?? '',
        version: textOf(pkg, 'versionInfo'),
        purpose: textOf(pkg, 'primaryPackagePurpose'),
        sourceInfo: textOf(pkg, 'sourceInfo'),
        purls: purlsOf(pkg),
        remarks: remarksOf(pkg),
      },
      described,
      collector,
    )
  }
  const properties = propertiesOfRemarks(remarksOf(document))
  return ok(collector.document(version ?? '', properties, textOf(document, 'documentNamespace')))
}

/** Ids of what the document is about, said in either of the two ways. */
function describedBy(document: JsonObject): ReadonlySet<string> {
  const said = objectsIn(member(document, 'relationships')).filter(
    relationship => textOf(relationship, 'relationshipType') === 'DESCRIBES',
  )
  const related = said.map(relationship => textOf(relationship, 'relatedSpdxElement'))
  return new Set([...textsIn(member(document, 'documentDescribes')), ...related].filter(id => id !== null))
}

/** The category was written with an underscore at first. (SPDX 2.2, JSON schema) */
function purlsOf(pkg: JsonObject): readonly string[] {
  return objectsIn(member(pkg, 'externalRefs')).flatMap(reference => {
    const isPurl = textOf(reference, 'referenceType') === 'purl'
    const category = textOf(reference, 'referenceCategory')?.replace('_', '-')
    return isPurl && category === 'PACKAGE-MANAGER' ? (textOf(reference, 'referenceLocator') ?? []) : []
  })
}

function remarksOf(object: JsonObject): readonly string[] {
  const comments = objectsIn(member(object, 'annotations')).flatMap(annotation => textOf(annotation, 'comment') ?? [])
  return [...comments, ...textsIn(member(object, 'attributionTexts'))]
}

function textsIn(value: Json | undefined): readonly string[] {
  return isJsonList(value) ? value.filter(item => typeof item === 'string') : []
}
