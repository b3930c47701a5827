import type { Inventory, Package } from '../domain/inventory.ts'
import type { Namespace } from '../domain/namespace.ts'
import { ecosystemOf } from '../ecosystems/index.ts'
import { platformNamespaceOf } from '../ecosystems/platform-namespace.ts'

/**
 * Raise when the same inventory and advisories would now yield other matches, or the same matches other findings: every
 * stored inventory is then matched again, once.
 */
export const MATCHING_REVISION = 4

/** Raise when `subjectsOf` would now yield other names for the same inventory: stored indexes are then made anew. */
export const SUBJECTS_REVISION = 3

/** What advisories speak about: a canonical name, and the version to hold against them. */
export interface Subject {
  readonly name: string
  readonly version: string
}

export function subjectOf(pkg: Package): Subject {
  const ecosystem = ecosystemOf(pkg.type)
  const { name, version } = ecosystem.advisorySubject(pkg)
  return { name: ecosystem.canonicalName(name), version }
}

/** Every name and version of a package that advisories may speak about: its subject, and its source's where they differ. */
export function subjectsOfPackage(pkg: Package): readonly Subject[] {
  const ecosystem = ecosystemOf(pkg.type)
  const source = ecosystem.sourceSubject?.(pkg) ?? null
  const own = subjectOf(pkg)
  return source === null ? [own] : [own, { name: ecosystem.canonicalName(source.name), version: source.version }]
}

/**
 * Every name of the inventory that an advisory could be about, each once, by namespace. The operating system's own
 * namespace is there also without packages: its end of life concerns the resource.
 */
export function subjectsOf(inventory: Inventory): ReadonlyMap<Namespace, ReadonlySet<string>> {
  const subjects = new Map<Namespace, Set<string>>()
  const platform = platformNamespaceOf(inventory)
  if (platform !== null) subjects.set(platform, new Set())
  for (const pkg of inventory.packages) {
    if (pkg.namespace === null) continue
    let names = subjects.get(pkg.namespace)
    if (names === undefined) subjects.set(pkg.namespace, (names = new Set()))
    for (const { name } of subjectsOfPackage(pkg)) names.add(name)
  }
  return subjects
}
