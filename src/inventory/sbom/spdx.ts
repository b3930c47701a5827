import { quoted } from '../../ecosystems/problem.ts'
import type { SbomCollector, SbomComponent, SbomProperty } from './sbom-document.ts'

const VERSIONS: ReadonlySet<string> = new Set(['SPDX-2.2', 'SPDX-2.3'])

/** Why a document of this `spdxVersion` is not read; `null` when it is. */
export function spdxRefusal(version: string | null): string | null {
  if (version === null) return 'an SPDX document without `spdxVersion`'
  return VERSIONS.has(version) ? null : `${quoted(version)} is not read; SPDX-2.2 and SPDX-2.3 are`
}

/** A package of SPDX as its JSON and its tag-value form say it. */
export interface SpdxPackage {
  readonly id: string | null
  readonly name: string
  readonly version: string | null
  readonly purpose: string | null
  readonly sourceInfo: string | null
  readonly purls: readonly string[]
  /** Texts of annotations and attributions. */
  readonly remarks: readonly string[]
}

/** A package with several purls is several packages: none of them may be passed over. */
export function addSpdxPackage(pkg: SpdxPackage, described: ReadonlySet<string>, collector: SbomCollector): void {
  const purls: readonly (string | null)[] = pkg.purls.length === 0 ? [null] : [...new Set(pkg.purls)]
  for (const purl of purls) {
    collector.add({
      ref: pkg.id,
      kind: kindOf(pkg),
      // Amazon Inspector says DESCRIBES of every package.
      isSubject: described.size === 1 && pkg.id !== null && described.has(pkg.id),
      name: pkg.name,
      version: pkg.version === 'NOASSERTION' || pkg.version === 'NONE' ? null : pkg.version,
      purl,
      properties: propertiesOfRemarks(pkg.remarks),
      locations: locationsOf(pkg.sourceInfo),
    })
  }
}

/**
 * By `primaryPackagePurpose`, which has a dash in tag-value and an underscore in JSON; before there was one (2.2), Trivy
 * said it in the id, where its lockfiles are applications still. (SPDX 2.3, §7.24 and JSON schema; observed)
 */
function kindOf({ id, purpose, purls }: SpdxPackage): SbomComponent['kind'] {
  const trivy = /^SPDXRef-(Application|ContainerImage|OperatingSystem)-[0-9a-f]{1,64}$/.exec(id ?? '')?.[1]
  if (trivy === 'Application' && purls.length === 0) return 'other'
  switch (purpose?.replace('-', '_') ?? trivy) {
    case undefined:
    case 'APPLICATION':
    case 'Application':
    case 'FRAMEWORK':
    case 'LIBRARY':
    case 'OTHER':
      return 'package'
    case 'OPERATING_SYSTEM':
    case 'OperatingSystem':
      return 'operating-system'
    case 'CONTAINER':
    case 'ContainerImage':
      return 'container'
    default:
      return 'other'
  }
}

/** SPDX has no properties: ours and Amazon's stand in annotations as `name=value`, Trivy's as `Name: value`. */
export function propertiesOfRemarks(remarks: readonly string[]): readonly SbomProperty[] {
  return remarks.flatMap(remark => {
    const [, own, ownValue] = /^((?:openinspector|amazon:inspector):[a-z0-9_:]{1,100})=(.*)$/s.exec(remark) ?? []
    if (own !== undefined && ownValue !== undefined) return [{ name: own, value: ownValue }]
    const [, trivy, value] = /^(PkgID|PkgType|LayerDiffID|LayerDigest|FilePath): (.*)$/.exec(remark) ?? []
    return trivy === undefined || value === undefined ? [] : [{ name: `aquasecurity:trivy:${trivy}`, value }]
  })
}

/**
 * A path (Amazon Inspector, ourselves), `package found in: path` (Trivy), or `acquired package info from DPKG DB: a, b`
 * (Syft); Trivy's `built package from: …` names the source package, which the purl names as well.
 */
function locationsOf(sourceInfo: string | null): readonly string[] {
  if (sourceInfo === null) return []
  const [, listed] = /^(?:acquired package info from [^:]{0,200}|package found in): (.+)$/s.exec(sourceInfo) ?? []
  if (listed !== undefined) return listed.split(', ').slice(0, 1)
  return sourceInfo.startsWith('/') ? [sourceInfo] : []
}
