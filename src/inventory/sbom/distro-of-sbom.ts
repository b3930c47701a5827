import type { Distro } from '../../domain/inventory.ts'
import type { Namespace } from '../../domain/namespace.ts'
import { distroNamed, distroOfPurl } from '../../domain/purl.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { quoted } from '../../ecosystems/problem.ts'
import type { PackageClaim } from './component-package.ts'
import { OTHERS, OWN } from './property-names.ts'
import type { SbomComponent, SbomDocument, UnreadComponents } from './sbom-document.ts'

/**
 * The operating system that an SBOM speaks for: its component of that type, else what most of its packages' purls say,
 * else the platform in the namespace of Amazon Inspector's SPDX exports.
 */
export function distroOfSbom(
  document: SbomDocument,
  claims: readonly PackageClaim[],
  unread: UnreadComponents,
): Distro | null {
  const [first, ...others] = document.components
    .filter(({ kind }) => kind === 'operating-system')
    .flatMap(component => distroOfComponent(component) ?? [])
  if (first !== undefined) {
    for (const { id, versionId } of others) {
      if (id === first.id && versionId === first.versionId) continue
      const words = `naming another operating system than ${quoted(`${first.id} ${first.versionId ?? ''}`)}`
      unread.add('conflicting-distributions', words, `${id} ${versionId ?? ''}`)
    }
    return first
  }
  return distroOfClaims(claims) ?? distroOfNamespace(document.namespace)
}

/** Names of Amazon's generator for a system that it did not recognize, or that is none. */
const NO_SYSTEM: ReadonlySet<string> = new Set(['', 'unknown', 'scratch', 'none'])

/** As in os-release, in lower case. (os-release(5), `ID`) */
const DISTRO_ID = /^[a-z0-9][a-z0-9._-]{0,99}$/

function distroOfComponent({ name, version, properties }: SbomComponent): Distro | null {
  const said = (names: readonly string[]): string | null =>
    properties.find(property => names.includes(property.name))?.value || null
  const named = distroNamed(said(OTHERS.distroId) ?? name, version)
  const id = said([OWN.distroId]) ?? named.id
  if (NO_SYSTEM.has(id) || !DISTRO_ID.test(id)) return null
  // Without a word about it, a version that is no number is a codename.
  const saidVersion = said(OTHERS.distroVersion)
  const read = saidVersion === null ? distroOfPurl(named) : null
  return {
    id,
    versionId: saidVersion ?? read?.versionId ?? null,
    codename: said(OTHERS.distroCodename) ?? read?.codename ?? null,
    prettyName: said(OTHERS.distroPrettyName),
  }
}

/** What most of the packages say that name a release. */
function distroOfClaims(claims: readonly PackageClaim[]): Distro | null {
  const counts = new Map<string, { readonly distro: PackageClaim['distro']; count: number }>()
  for (const { distro, found } of claims) {
    if (distro === null || distro.versionId === null || found.manager !== 'OS' || !DISTRO_ID.test(distro.id)) continue
    const key = `${distro.id} ${distro.versionId}`
    const known = counts.get(key) ?? { distro, count: 0 }
    known.count++
    counts.set(key, known)
  }
  const [most] = [...counts.values()].toSorted((a, b) => b.count - a.count)
  return distroOfPurl(most?.distro ?? null)
}

/** `EC2://i-0123456789abcdef0/UBUNTU_22_04/null/ARM64`. (inspector-behaviour §12.2) */
function distroOfNamespace(namespace: string | null): Distro | null {
  const platform = /^[A-Z0-9]{1,20}:\/\/[^/]{0,2000}\/([A-Z0-9_]{1,100})\//.exec(namespace ?? '')?.[1]
  const [, name, release] = /^([A-Z][A-Z_]*?)_([0-9][0-9_]*)$/.exec(platform ?? '') ?? []
  if (name === undefined || release === undefined) return null
  return distroOfPurl(distroNamed(name.toLowerCase().replaceAll('_', ' '), release.replaceAll('_', '.')))
}

/** Where a package is matched; what its purl says of the release may be too little, as a codename without number. */
export function namespaceOfClaim(claim: PackageClaim, whole: Distro | null): Namespace | null {
  const { type, name } = claim.found
  const ecosystem = ecosystemOf(type)
  const own = distroOfPackage(claim, whole)
  const found = ecosystem.namespaceOf(own, name)
  return found === null && own?.id === whole?.id ? ecosystem.namespaceOf(whole, name) : found
}

/** What its purl says where that names a release, or another system than the whole; else the distribution of the whole. */
function distroOfPackage({ distro }: PackageClaim, whole: Distro | null): Distro | null {
  const own = distroOfPurl(distro)
  if (own === null || whole === null) return own ?? whole
  const isOpen = own.versionId === null && own.codename === null
  return isOpen && (own.id === whole.id || whole.id.startsWith(`${own.id}-`)) ? whole : own
}
