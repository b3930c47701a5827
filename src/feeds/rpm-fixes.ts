import type { AffectedPackage, AffectedRange, UnreadableRange } from '../domain/advisory.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { Version, VersionParseError } from '../domain/version.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'

/** What feeds of rpm distributions must know about rpm packages. */
export type RpmEcosystem = Pick<Ecosystem, 'scheme' | 'canonicalName'>

/** One built package that has the fix, as a notice lists it. */
export interface RpmFix {
  readonly name: string
  /** `epoch:version-release`, without an epoch of 0. */
  readonly version: string
  readonly arch: string
  /** As `AffectedPackage.channel`; `null` for the distribution's own line. */
  readonly channel: string | null
  /** As `AffectedPackage.module`; `null` where the notice does not say, or says so in a way not to be believed. */
  readonly module: string | null
}

/** What one architecture's builds of one name are fixed in. */
interface Fixes {
  readonly versions: Map<string, Version>
  unreadable: VersionParseError | null
}

type Line = Pick<RpmFix, 'name' | 'channel' | 'module'>

/** Sources are not installed. */
const SOURCE_ARCHES: ReadonlySet<string> = new Set(['src', 'nosrc'])

/**
 * Architectures that every distribution builds first: a notice that lists one of them speaks for all, because the lists
 * of others come later or never. One that lists none of them is about the listed ones only. (matching-and-feeds §1.1)
 */
const FIRST_ARCHES: ReadonlySet<string> = new Set(['noarch', 'x86_64', 'i686', 'i586', 'i386'])

/**
 * What a notice's list of built packages says about each name: entries are apart by architecture only where these were
 * fixed in different builds. Of several builds of one plain package the highest counts; those of modules are kept, as
 * they may be of several streams, or rebuilds for several minor releases.
 */
export function affectedByFixes(
  ecosystem: RpmEcosystem,
  namespace: Namespace,
  fixes: Iterable<RpmFix>,
): readonly AffectedPackage[] {
  const byName = new Map<string, Line & { readonly byArch: Map<string, Fixes> }>()
  for (const { name: text, version, arch, channel, module } of fixes) {
    if (SOURCE_ARCHES.has(arch)) continue
    const name = ecosystem.canonicalName(text)
    const key = `${name}\n${channel ?? ''}\n${module ?? ''}`
    let known = byName.get(key)
    if (known === undefined) byName.set(key, (known = { name, channel, module, byArch: new Map() }))
    let own = known.byArch.get(arch)
    if (own === undefined) known.byArch.set(arch, (own = { versions: new Map(), unreadable: null }))
    addVersion(own, version, ecosystem)
  }
  const affected: AffectedPackage[] = []
  for (const { name, channel, module, byArch } of byName.values()) {
    for (const { fixes: own, arches } of groupsOf(byArch)) {
      affected.push({
        namespace,
        name,
        ranges: rangesOf(own, ecosystem),
        versions: [],
        ...(channel !== null && { channel }),
        ...(module !== null && { module }),
        ...(arches !== null && { arches }),
      })
    }
  }
  return affected
}

function rangesOf({ versions, unreadable }: Fixes, { scheme }: RpmEcosystem): AffectedPackage['ranges'] {
  const ranges: (AffectedRange | UnreadableRange)[] = []
  for (const fixed of versions.values()) ranges.push({ scheme: scheme.id, introduced: 'beginning', end: { fixed } })
  if (unreadable !== null) ranges.push({ unreadable })
  return ranges
}

function addVersion(own: Fixes, text: string, { scheme }: RpmEcosystem): void {
  const version = scheme.parse(text)
  if (!version.ok) {
    own.unreadable ??= version.error
    return
  }
  for (const [other, known] of own.versions) {
    if (isOfModule(text) || isOfModule(other)) continue
    if (scheme.compare(known, version.value) >= 0) return
    own.versions.delete(other)
  }
  own.versions.set(text, version.value)
}

interface Group {
  readonly fixes: Fixes
  /** `null` for all. */
  readonly arches: readonly string[] | null
}

/** Architectures with equal fixes together; builds of modules are made anew for each, and their fixes count alike. */
function groupsOf(byArch: ReadonlyMap<string, Fixes>): readonly Group[] {
  const isModular = [...byArch.values()].some(({ versions }) => [...versions.keys()].some(isOfModule))
  return isModular ? [pooled(byArch)] : apartByArch(byArch)
}

function pooled(byArch: ReadonlyMap<string, Fixes>): Group {
  const versions = new Map<string, Version>()
  let unreadable: VersionParseError | null = null
  for (const fixes of byArch.values()) {
    for (const [text, version] of fixes.versions) versions.set(text, version)
    unreadable ??= fixes.unreadable
  }
  const arches = [...byArch.keys()].sort()
  return { fixes: { versions, unreadable }, arches: speaksForAll(arches) ? null : arches }
}

function apartByArch(byArch: ReadonlyMap<string, Fixes>): readonly Group[] {
  const byFixes = new Map<string, { readonly fixes: Fixes; readonly arches: string[] }>()
  for (const [arch, fixes] of byArch) {
    const key = JSON.stringify([[...fixes.versions.keys()].sort(), fixes.unreadable?.text ?? null])
    const known = byFixes.get(key)
    if (known === undefined) byFixes.set(key, { fixes, arches: [arch] })
    else known.arches.push(arch)
  }
  const groups = [...byFixes.values()]
  const isForAll = groups.length === 1 && groups.every(({ arches }) => speaksForAll(arches))
  return groups.map(({ fixes, arches }) => ({ fixes, arches: isForAll ? null : arches.sort() }))
}

function speaksForAll(arches: readonly string[]): boolean {
  return arches.some(arch => arch === '' || FIRST_ARCHES.has(arch))
}

/** `.module+el8…` in RHEL and Rocky, `.module_el8…` in AlmaLinux. (matching-and-feeds §2.4) */
function isOfModule(version: string): boolean {
  return /\.module[+_]/.test(version)
}

/**
 * The module streams that the title of a notice names (`Moderate: mariadb:10.3 security update`) are those it is about.
 * Labels of packages also name streams that happen to ship the same build (ALSA-2019:3708 has some of mariadb:10.5,
 * RLSA-2019:1972 on ruby:2.5 those of ruby:2.6): what the title does not confirm is left to the version.
 */
export function moduleInTitle(title: string | null): (label: string | null) => string | null {
  const named = new Set<string>()
  const modules = /(?<![\w.+-])[A-Za-z0-9_.+-]{1,100}:[A-Za-z0-9_.+-]{1,100}(?![\w.+:-])/g
  for (const [module] of (title ?? '').matchAll(modules)) named.add(module)
  return label => {
    // `mariadb-devel:10.3` holds what is built with `mariadb:10.3` for developers; its packages bear the latter's label.
    const main = label?.replace(/-devel:/, ':') ?? null
    return main !== null && named.has(main) ? main : null
  }
}
