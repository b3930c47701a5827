import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InstalledPackage, Inventory, InventoryProblem } from '../../domain/inventory.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { isJsonObject, type JsonObject, member } from '../../ecosystems/json-file.ts'
import { byPathAndReason, inStableOrder } from '../inventory-of-files.ts'
import { claimOf, type PackageClaim } from './component-package.ts'
import { readCycloneDxJson } from './cyclonedx-json.ts'
import { readCycloneDxXml } from './cyclonedx-xml.ts'
import { distroOfSbom, namespaceOfClaim } from './distro-of-sbom.ts'
import { namesMembersTwice, readJsonDocument } from './json-document.ts'
import { OWN } from './property-names.ts'
import { SBOM_LIMITS } from '../limits.ts'
import { type SbomComponent, type SbomDocument, type SbomProperty, UnreadComponents } from './sbom-document.ts'
import { readSpdxJson } from './spdx-json.ts'
import { readSpdxTagValue } from './spdx-tag-value.ts'

/** What an SBOM says that its resource holds. */
export interface SbomInventory {
  readonly inventory: Inventory
  /** `CycloneDX 1.5`, `SPDX-2.3`. */
  readonly format: string
  /** How kernels are judged: a container cannot run the files of one; of anything else that is not known. */
  readonly resourceKind: 'image' | 'host'
  /** The purl of what the document is about; `null` when it gives none. */
  readonly subjectPurl: string | null
  /** `bom-ref` or `SPDXID` of the components that each package was read from. */
  readonly refs: ReadonlyMap<InstalledPackage, readonly string[]>
}

/**
 * The inventory that an SBOM stands for: CycloneDX 1.2 to 1.7 in JSON or XML, SPDX 2.2 and 2.3 in JSON or tag-value, told
 * apart by what they hold. What of it is no package of ours is a problem, by kind, with its count. `path` is where the
 * document came from, for problems.
 */
export function readSbom(bytes: Uint8Array, path: string): Result<SbomInventory, InventoryProblem> {
  if (bytes.length > SBOM_LIMITS.bytes) {
    const detail = `${bytes.length} bytes are more than ${SBOM_LIMITS.bytes}`
    return err({ path, reason: 'limit-exceeded', detail })
  }
  const document = readDocument(bytes, path)
  return document.ok
    ? ok(sbomInventory(document.value, path))
    : err({ path, reason: 'malformed-sbom', detail: document.error })
}

function readDocument(bytes: Uint8Array, path: string): Result<SbomDocument, string> {
  const head = decodeUtf8(bytes.subarray(0, 4096)).trimStart()
  if (head.startsWith('<')) return readCycloneDxXml(bytes, path)
  if (!head.startsWith('{')) {
    const isTagValue = /^(?:#[^\n]*\n|\s)*SPDXVersion:/.test(head)
    return isTagValue ? readSpdxTagValue(bytes, path) : err('neither CycloneDX nor SPDX')
  }
  const json = readJsonDocument(bytes)
  if (!json.ok) return json
  if (namesMembersTwice(bytes, json.value)) {
    return err('an object names a member twice, and readers differ in which one counts')
  }
  const document = unwrapped(json.value)
  if (member(document, 'bomFormat') === 'CycloneDX') return readCycloneDxJson(document, path)
  if (member(document, 'spdxVersion') !== undefined) return readSpdxJson(document, path)
  if (member(document, '@context') !== undefined) return err('SPDX 3 is not read; SPDX-2.2 and SPDX-2.3 are')
  return err('neither CycloneDX nor SPDX')
}

/** `{ "sbom": … }` of the Inspector Scan API and of GitHub, `{ "predicate": … }` of attestations. */
function unwrapped(json: JsonObject): JsonObject {
  for (const name of ['sbom', 'predicate']) {
    const inner = member(json, name)
    if (isJsonObject(inner)) return inner
  }
  return json
}

function sbomInventory(document: SbomDocument, path: string): SbomInventory {
  const unread = new UnreadComponents()
  const refOf = new Map<PackageClaim, string>()
  const claims = mergedByRef(document.components).flatMap((component): PackageClaim[] => {
    const claim = claimOf(component)
    if (claim.ok) {
      if (component.ref !== null) refOf.set(claim.value, component.ref)
      return [claim.value]
    }
    if (isExpectedToBePackage(component)) {
      unread.add(claim.error.reason, claim.error.words, component.purl ?? component.name)
    }
    return []
  })
  const distro = distroOfSbom(document, claims, unread)
  const packages = new Map<string, InstalledPackage>()
  const refs = new Map<InstalledPackage, string[]>()
  const addRef = (pkg: InstalledPackage, claim: PackageClaim): void => {
    const ref = refOf.get(claim)
    if (ref === undefined) return
    const known = refs.get(pkg)
    if (known === undefined) refs.set(pkg, [ref])
    else known.push(ref)
  }
  let kernel = documentProperty(document, OWN.runningKernel)
  for (const claim of claims) {
    const { type, name, version, arch, filePath, ...rest } = claim.found
    const identity = JSON.stringify([type, name, version, arch, filePath])
    const known = packages.get(identity)
    if (known !== undefined) {
      addRef(known, claim)
      continue
    }
    const namespace = claim.namespace === undefined ? namespaceOfClaim(claim, distro) : claim.namespace
    const pkg: InstalledPackage = { type, namespace, name, version, arch, filePath, ...rest }
    packages.set(identity, pkg)
    addRef(pkg, claim)
    if (claim.isRunningKernel) kernel ??= ecosystemOf(type).kernelReleases?.(pkg)[0] ?? null
  }
  const problems = [...document.problems, ...unread.problems(path), ...exportedProblems(document)]
  return {
    inventory: {
      distro,
      ...(kernel === null ? {} : { runningKernel: kernel }),
      packages: [...packages.values()].sort(inStableOrder),
      problems: problems.sort(byPathAndReason),
    },
    format: document.format,
    resourceKind: resourceKindOf(document),
    subjectPurl: document.components.find(({ isSubject, purl }) => isSubject && purl !== null)?.purl ?? null,
    refs,
  }
}

/** Components that share `bom-ref` and purl are one, with what all of them say. Refs that hold several packages stay so. */
function mergedByRef(components: readonly SbomComponent[]): readonly SbomComponent[] {
  const known = new Map<string, { properties: SbomProperty[]; locations: string[] }>()
  return components.flatMap(component => {
    if (component.ref === null || component.ref === '') return [component]
    const key = JSON.stringify([component.ref, component.purl])
    const first = known.get(key)
    if (first !== undefined) {
      // Twice is a mistake of a tool; a thousand times is an attempt to fill memory.
      if (first.properties.length < SBOM_LIMITS.properties) first.properties.push(...component.properties)
      if (first.locations.length < SBOM_LIMITS.properties) first.locations.push(...component.locations)
      return []
    }
    const merged = { ...component, properties: [...component.properties], locations: [...component.locations] }
    known.set(key, merged)
    return [merged]
  })
}

/** Whether one that is no package is worth a word: subjects, systems and files need no purl, nor do Trivy's lockfiles. */
function isExpectedToBePackage({ kind, isSubject, properties }: SbomComponent): boolean {
  return kind === 'package' && !isSubject && !properties.some(({ name }) => name === 'aquasecurity:trivy:Class')
}

function documentProperty(document: SbomDocument, name: string): string | null {
  const value = document.properties.find(property => property.name === name)?.value ?? null
  return value !== null && value.length <= 256 && /^[!-~]+$/.test(value) ? value : null
}

function resourceKindOf(document: SbomDocument): SbomInventory['resourceKind'] {
  const said = documentProperty(document, OWN.resourceKind)
  if (said === 'image' || said === 'host') return said
  return document.components.some(({ kind, isSubject }) => isSubject && kind === 'container') ? 'image' : 'host'
}

/** What the exporter could not read: still unknown to whoever reads the export. */
function exportedProblems(document: SbomDocument): readonly InventoryProblem[] {
  return document.properties.flatMap(({ name, value }) => {
    if (name !== OWN.problem) return []
    const fields = problemFields(value)
    return fields === null ? [] : [fields]
  })
}

function problemFields(text: string): InventoryProblem | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  if (!Array.isArray(json)) return null
  const [path, reason, detail] = json as readonly unknown[]
  if (typeof path !== 'string' || typeof reason !== 'string' || typeof detail !== 'string') return null
  return /^[a-z][a-z0-9-]{0,99}$/.test(reason) ? { path, reason, detail } : null
}
