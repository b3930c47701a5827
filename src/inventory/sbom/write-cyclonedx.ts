import { formatInstant } from '../../base/clock.ts'
import type { Distro } from '../../domain/inventory.ts'
import {
  type DescribedPackage,
  describedPackages,
  distroProperties,
  documentProperties,
  uuidOf,
} from './described-package.ts'
import { AMAZON } from './property-names.ts'
import type { SbomSubject, SbomToWrite } from './sbom-to-write.ts'

const SUBJECT_REF = 'subject'
const SYSTEM_REF = 'operating-system'

/**
 * CycloneDX in JSON as Amazon Inspector writes it: operating system packages as applications, language packages as
 * libraries, no licences. (inspector-behaviour §12.2, matching-and-feeds §7)
 */
export function writeCycloneDx(specVersion: '1.4' | '1.5', sbom: SbomToWrite): string {
  const { subject, inventory, createdAt, productVersion } = sbom
  const packages = describedPackages(sbom)
  const tool = { name: 'OpenInspector', version: productVersion }
  const content = {
    metadata: {
      tools: specVersion === '1.4' ? [tool] : { components: [{ type: 'application', ...tool }] },
      component: subjectComponent(subject),
      properties: documentProperties(sbom),
    },
    components: [
      ...(inventory.distro === null ? [] : [systemComponent(inventory.distro)]),
      ...packages.map(pkg => componentOf(pkg, specVersion)),
    ],
    dependencies: dependenciesOf(packages, inventory.distro !== null),
    // What the packages need among themselves is not read.
    compositions: [{ aggregate: 'unknown', dependencies: packages.map(({ ref }) => ref) }],
    ...vulnerabilitiesOf(packages),
  }
  const { metadata, ...rest } = content
  const document = {
    $schema: `http://cyclonedx.org/schema/bom-${specVersion}.schema.json`,
    bomFormat: 'CycloneDX',
    specVersion,
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([specVersion, content]))}`,
    version: 1,
    metadata: { timestamp: formatInstant(createdAt), ...metadata },
    ...rest,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function subjectComponent(subject: SbomSubject) {
  return {
    'bom-ref': SUBJECT_REF,
    type: subject.kind === 'image' ? 'container' : subject.kind === 'host' ? 'device' : 'application',
    name: subject.name,
    ...(subject.digest === null ? {} : { version: subject.digest }),
    ...(subject.purl === null ? {} : { purl: subject.purl }),
    ...(subject.digest === null ? {} : { properties: [{ name: AMAZON.imageId, value: subject.digest }] }),
  }
}

function systemComponent(distro: Distro) {
  return {
    'bom-ref': SYSTEM_REF,
    type: 'operating-system',
    name: distro.id,
    ...(distro.versionId === null ? {} : { version: distro.versionId }),
    properties: distroProperties(distro),
  }
}

function componentOf(pkg: DescribedPackage, specVersion: '1.4' | '1.5') {
  const hasEvidence = specVersion !== '1.4' && pkg.path !== null
  return {
    'bom-ref': pkg.ref,
    type: pkg.isOperatingSystem ? 'application' : 'library',
    name: pkg.name,
    version: pkg.version,
    purl: pkg.purl,
    properties: pkg.properties,
    ...(hasEvidence ? { evidence: { occurrences: [{ location: pkg.path }] } } : {}),
  }
}

/** The resource holds the system and every package that no other brought; packages of the system hold what they brought. */
function dependenciesOf(packages: readonly DescribedPackage[], hasSystem: boolean) {
  const ownedBy = new Map<string, string[]>()
  for (const { ownerRef, ref } of packages) {
    if (ownerRef === null) continue
    const owned = ownedBy.get(ownerRef)
    if (owned === undefined) ownedBy.set(ownerRef, [ref])
    else owned.push(ref)
  }
  const direct = packages.filter(({ ownerRef }) => ownerRef === null).map(({ ref }) => ref)
  return [
    { ref: SUBJECT_REF, dependsOn: [...(hasSystem ? [SYSTEM_REF] : []), ...direct] },
    ...[...ownedBy].map(([ref, dependsOn]) => ({ ref, dependsOn })),
  ]
}

function vulnerabilitiesOf(packages: readonly DescribedPackage[]) {
  const affects = new Map<string, { readonly ref: string }[]>()
  for (const { ref, vulnerabilityIds } of packages) {
    for (const id of vulnerabilityIds) {
      const refs = affects.get(id)
      if (refs === undefined) affects.set(id, [{ ref }])
      else refs.push({ ref })
    }
  }
  if (affects.size === 0) return {}
  const ids = [...affects.keys()].sort()
  return { vulnerabilities: ids.map(id => ({ id, affects: affects.get(id) })) }
}
