import { formatInstant } from '../../base/clock.ts'
import type { Distro } from '../../domain/inventory.ts'
import {
  type DescribedPackage,
  describedPackages,
  distroProperties,
  documentProperties,
  uuidOf,
} from './described-package.ts'
import type { SbomProperty } from './sbom-document.ts'
import type { SbomSubject, SbomToWrite } from './sbom-to-write.ts'

const DOCUMENT_ID = 'SPDXRef-DOCUMENT'
const SUBJECT_ID = 'SPDXRef-Subject'
const SYSTEM_ID = 'SPDXRef-OperatingSystem'
/** Nothing was downloaded, and no file of it read. (SPDX 2.3, §7.7, §7.8) */
const UNREAD = { downloadLocation: 'NOASSERTION', filesAnalyzed: false } as const

/**
 * SPDX 2.3 in JSON as Amazon Inspector writes it, with what SPDX has no field for in annotations. Amazon leaves out
 * `dataLicense`, which the schema of SPDX wants. (inspector-behaviour §12.2, matching-and-feeds §7)
 */
export function writeSpdx(sbom: SbomToWrite): string {
  const { subject, inventory, productVersion } = sbom
  // Seconds are all that SPDX takes. (§6.9)
  const created = formatInstant(sbom.createdAt).replace(/\.[0-9]+Z$/, 'Z')
  const tool = `Tool: OpenInspector-${productVersion}`
  const annotated = (properties: readonly SbomProperty[], date: string) =>
    properties.length === 0
      ? {}
      : {
          annotations: properties.map(({ name, value }) => ({
            annotationDate: date,
            annotationType: 'OTHER',
            annotator: tool,
            comment: `${name}=${value}`,
          })),
        }
  const described = describedPackages(sbom)
  const packagesAt = (date: string) => [
    subjectPackage(subject),
    ...(inventory.distro === null
      ? []
      : [{ ...systemPackage(inventory.distro), ...annotated(distroProperties(inventory.distro), date) }]),
    ...described.map(pkg => ({ ...packageOf(pkg), ...annotated(spdxProperties(pkg), date) })),
  ]
  const properties = documentProperties(sbom)
  const documentAt = (date: string) => ({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT_ID,
    name: subject.name,
    packages: packagesAt(date),
    relationships: relationshipsOf(described, inventory.distro !== null),
    ...annotated(
      properties.filter(({ name }) => name.startsWith('openinspector:')),
      date,
    ),
  })
  const { spdxVersion, dataLicense, SPDXID, name, ...rest } = documentAt(created)
  const document = {
    spdxVersion,
    dataLicense,
    SPDXID,
    name,
    documentNamespace: `urn:uuid:${uuidOf(JSON.stringify(documentAt('')))}`,
    creationInfo: {
      created,
      creators: [...(subject.accountId === null ? [] : [`Organization: ${subject.accountId}`]), tool],
    },
    ...rest,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function subjectPackage(subject: SbomSubject) {
  return {
    SPDXID: SUBJECT_ID,
    name: subject.name,
    ...(subject.digest === null ? {} : { versionInfo: subject.digest }),
    ...UNREAD,
    primaryPackagePurpose: subject.kind === 'image' ? 'CONTAINER' : subject.kind === 'host' ? 'DEVICE' : 'APPLICATION',
    ...(subject.purl === null ? {} : { externalRefs: [purlReference(subject.purl)] }),
  }
}

function systemPackage(distro: Distro) {
  return {
    SPDXID: SYSTEM_ID,
    name: distro.id,
    ...(distro.versionId === null ? {} : { versionInfo: distro.versionId }),
    ...UNREAD,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
  }
}

function packageOf(pkg: DescribedPackage) {
  return {
    SPDXID: idOf(pkg.ref),
    name: pkg.name,
    versionInfo: pkg.version,
    ...UNREAD,
    ...(pkg.path === null ? {} : { sourceInfo: pkg.path }),
    externalRefs: [
      purlReference(pkg.purl),
      ...pkg.vulnerabilityIds.map(id => ({
        referenceCategory: 'SECURITY',
        referenceType: 'vulnerability',
        referenceLocator: id,
      })),
    ],
  }
}

/** `sourceInfo` says the path already. */
function spdxProperties({ properties, path }: DescribedPackage): readonly SbomProperty[] {
  return properties.filter(({ value }) => value !== path)
}

function idOf(ref: string): string {
  return `SPDXRef-Package-${ref}`
}

function purlReference(purl: string) {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }
}

function relationshipsOf(packages: readonly DescribedPackage[], hasSystem: boolean) {
  const related = (spdxElementId: string, relationshipType: string, relatedSpdxElement: string) => ({
    spdxElementId,
    relationshipType,
    relatedSpdxElement,
  })
  return [
    related(DOCUMENT_ID, 'DESCRIBES', SUBJECT_ID),
    ...(hasSystem ? [related(SUBJECT_ID, 'CONTAINS', SYSTEM_ID)] : []),
    ...packages.map(({ ref, ownerRef }) =>
      related(ownerRef === null ? SUBJECT_ID : idOf(ownerRef), 'CONTAINS', idOf(ref)),
    ),
  ]
}
