import { createHash } from 'node:crypto'
import type { Distro, InstalledPackage, Inventory } from '../../domain/inventory.ts'
import { distroNamed, distroOfPurl, purlOf } from '../../domain/purl.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { claimOf } from './component-package.ts'
import { namespaceOfClaim } from './distro-of-sbom.ts'
import { AMAZON, OWN } from './property-names.ts'
import type { SbomComponent, SbomProperty } from './sbom-document.ts'
import type { SbomToWrite } from './sbom-to-write.ts'

/** A package as both formats write it. */
export interface DescribedPackage {
  /** 32 hexadecimal digits from its content, as Amazon Inspector's. */
  readonly ref: string
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly isOperatingSystem: boolean
  /** From the root, with a leading slash; `null` when not known. */
  readonly path: string | null
  readonly properties: readonly SbomProperty[]
  /** The package that brought it. */
  readonly ownerRef: string | null
  readonly vulnerabilityIds: readonly string[]
  readonly pkg: InstalledPackage
}

/** Every package of the inventory in its order, with what a reader cannot know from the purl alone. */
export function describedPackages({ inventory, vulnerabilities }: SbomToWrite): readonly DescribedPackage[] {
  const owners = new Map<string, InstalledPackage>()
  for (const pkg of inventory.packages) {
    if (ecosystemOf(pkg.type).isOperatingSystem && !owners.has(pkg.name)) owners.set(pkg.name, pkg)
  }
  const flaws = new Map<InstalledPackage, string[]>()
  for (const { id, packages } of vulnerabilities) {
    for (const pkg of packages) flaws.set(pkg, [...(flaws.get(pkg) ?? []), id])
  }
  return inventory.packages.map(pkg => {
    const owner = pkg.ownedBy === null ? null : (owners.get(pkg.ownedBy) ?? null)
    const component = componentOf(pkg, owner, inventory)
    return {
      ref: refOf(pkg),
      name: component.name,
      version: pkg.version,
      purl: component.purl,
      isOperatingSystem: ecosystemOf(pkg.type).isOperatingSystem,
      path: pkg.filePath === '' ? null : `/${pkg.filePath}`,
      properties: [...component.properties, ...corrections(component, pkg, inventory)],
      ownerRef: owner === null ? null : refOf(owner),
      vulnerabilityIds: flaws.get(pkg) ?? [],
      pkg,
    }
  })
}

function refOf({ type, name, version, arch, filePath }: InstalledPackage): string {
  const identity = JSON.stringify([type, name, version, arch, filePath])
  return createHash('sha256').update(identity).digest('hex').slice(0, 32)
}

/** In Amazon's words. */
function componentOf(
  pkg: InstalledPackage,
  owner: InstalledPackage | null,
  inventory: Inventory,
): SbomComponent & { readonly purl: string } {
  const kernels = ecosystemOf(pkg.type).kernelReleases?.(pkg) ?? []
  const isRunning = inventory.runningKernel !== undefined && kernels.includes(inventory.runningKernel)
  return {
    ref: null,
    kind: 'package',
    isSubject: false,
    // As Amazon Inspector names a Maven artefact.
    name: pkg.type === 'maven' ? pkg.name.replace(':', '/') : pkg.name,
    version: pkg.version,
    purl: purlOf(pkg, inventory.distro),
    properties: [
      ...(pkg.filePath === '' ? [] : [{ name: AMAZON.sourcePath, value: `/${pkg.filePath}` }]),
      ...(pkg.layer === null ? [] : [{ name: AMAZON.layerDiffId, value: pkg.layer.diffId }]),
      ...(owner === null
        ? []
        : [
            { name: AMAZON.isDuplicate, value: 'true' },
            { name: AMAZON.duplicatePurl, value: purlOf(owner, inventory.distro) },
          ]),
      ...(kernels.length === 0 ? [] : [{ name: AMAZON.kernelComponent, value: 'true' }]),
      ...(isRunning ? [{ name: AMAZON.runningKernel, value: 'true' }] : []),
    ],
    locations: [],
  }
}

/** What our own reader would get wrong from the rest, said outright: so that a re-import is exact. */
function corrections(component: SbomComponent, pkg: InstalledPackage, inventory: Inventory): readonly SbomProperty[] {
  const properties: SbomProperty[] = []
  const say = (name: string, value: string): number => properties.push({ name, value })
  let claim = claimOf(component)
  if (!claim.ok) {
    say(OWN.type, pkg.type)
    say(OWN.name, pkg.name)
    say(OWN.version, pkg.version)
    claim = claimOf({ ...component, properties: [...component.properties, ...properties] })
    // No reader takes such a package, and ours tells of it.
    if (!claim.ok) return properties
  }
  const { found } = claim.value
  if (found.name !== pkg.name) say(OWN.name, pkg.name)
  if (found.version !== pkg.version) say(OWN.version, pkg.version)
  if (pkg.arch !== null && found.arch !== pkg.arch) say(OWN.arch, pkg.arch)
  if (pkg.source !== null && (found.source?.name !== pkg.source.name || found.source.version !== pkg.source.version)) {
    say(OWN.sourceName, pkg.source.name)
    say(OWN.sourceVersion, pkg.source.version)
  }
  if (pkg.vendor !== undefined) say(OWN.vendor, pkg.vendor)
  if (pkg.module !== undefined && found.module !== pkg.module) say(OWN.module, pkg.module)
  for (const channel of pkg.channels ?? []) say(OWN.channel, channel)
  if (found.manager !== pkg.manager) say(OWN.manager, pkg.manager)
  if (found.filePath !== pkg.filePath) say(OWN.filePath, pkg.filePath)
  if (pkg.layer !== null && pkg.layer.digest !== null) say(OWN.layerDigest, pkg.layer.digest)
  if (found.ownedBy !== pkg.ownedBy) say(OWN.ownedBy, pkg.ownedBy ?? '')
  if (namespaceOfClaim(claim.value, inventory.distro) !== pkg.namespace) say(OWN.namespace, pkg.namespace ?? '')
  return properties
}

/** The operating system, in words that our own reader gives back as they were. */
export function distroProperties(distro: Distro): readonly SbomProperty[] {
  const named = distroNamed(distro.id, distro.versionId)
  const isRead = distroOfPurl(named)?.versionId === distro.versionId
  const said: readonly (readonly [string, string | null])[] = [
    [OWN.distroId, named.id === distro.id ? null : distro.id],
    [OWN.distroVersion, isRead ? null : distro.versionId],
    [OWN.distroCodename, distro.codename],
    [OWN.distroPrettyName, distro.prettyName],
  ]
  return said.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
}

/** What concerns the document as a whole. */
export function documentProperties({ subject, inventory }: SbomToWrite): readonly SbomProperty[] {
  const amazon: readonly (readonly [string, string | null])[] = [
    // (inspector-behaviour §12.2)
    ['imageId', subject.digest],
    ['architecture', subject.architecture],
    ['accountId', subject.accountId],
    ['resourceType', subject.resourceType],
    [OWN.resourceKind, subject.kind === 'host' ? 'host' : 'image'],
    [OWN.runningKernel, inventory.runningKernel ?? null],
  ]
  return [
    ...amazon.flatMap(([name, value]) => (value === null ? [] : [{ name, value }])),
    ...inventory.problems.map(({ path, reason, detail }) => ({
      name: OWN.problem,
      value: JSON.stringify([path, reason, detail]),
    })),
  ]
}

/** A UUID of version 8 from content, so that equal documents have equal names. (RFC 9562, §5.8) */
export function uuidOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
