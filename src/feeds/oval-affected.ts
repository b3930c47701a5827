import { parseInstant } from '../base/clock.ts'
import type { Instant } from '../base/clock.ts'
import type { AffectedPackage, AffectedRange, ReportedSeverity, UnreadableRange } from '../domain/advisory.ts'
import type { Namespace } from '../domain/namespace.ts'
import type { Version } from '../domain/version.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import type { OvalBuilds } from './oval-atoms.ts'

/** What the feeds must know about rpm packages. */
export type RpmEcosystem = Pick<Ecosystem, 'scheme' | 'canonicalName' | 'namespaceOf'>

/** A statement with its home. */
export interface HousedBuilds extends OvalBuilds {
  readonly namespace: Namespace
  readonly channel: string | null
  readonly module: string | null
}

interface OpenEntry {
  readonly builds: HousedBuilds
  /** `null`: all. */
  arches: Set<string> | null
}

/**
 * Entries of one advisory. The same builds for several architectures are one entry; `archesOfSystems` says for whose
 * packages an architecture stands, `null` for all that the vendor builds for.
 */
export function affectedPackages(
  statements: readonly HousedBuilds[],
  { scheme, canonicalName }: Pick<RpmEcosystem, 'scheme' | 'canonicalName'>,
  archesOfSystems: (arches: ReadonlySet<string>) => readonly string[] | null,
): AffectedPackage[] {
  const entries = new Map<string, OpenEntry>()
  for (const builds of statements) {
    const { namespace, name, channel, module, from, end, arches } = builds
    const key = JSON.stringify([namespace, canonicalName(name), channel, module, from, end])
    const known = entries.get(key)
    if (known === undefined) entries.set(key, { builds, arches: arches === null ? null : new Set(arches) })
    else if (arches === null) known.arches = null
    else for (const arch of arches) known.arches?.add(arch)
  }

  const affected = new Map<string, AffectedPackage & { readonly ranges: (AffectedRange | UnreadableRange)[] }>()
  for (const { builds, arches: named } of entries.values()) {
    const { namespace, channel, module } = builds
    const name = canonicalName(builds.name)
    const arches = named === null ? null : archesOfSystems(named)
    const key = JSON.stringify([namespace, name, channel, module, arches])
    const range = rangeOf(builds, scheme)
    const known = affected.get(key)
    if (known !== undefined) known.ranges.push(range)
    else {
      affected.set(key, {
        namespace,
        name,
        ranges: [range],
        versions: [],
        ...(channel !== null && { channel }),
        ...(arches !== null && { arches }),
        ...(module !== null && { module }),
      })
    }
  }
  return [...affected.values()]
}

function rangeOf({ from, end }: OvalBuilds, scheme: Ecosystem['scheme']): AffectedRange | UnreadableRange {
  let introduced: Version | 'beginning' = 'beginning'
  if (from !== null) {
    const parsed = scheme.parse(from)
    if (!parsed.ok) return { unreadable: parsed.error }
    introduced = parsed.value
  }
  if (end === null) return { scheme: scheme.id, introduced, end: 'no-fix-known' }
  const bound = scheme.parse(bare('fixed' in end ? end.fixed : end.lastAffected))
  if (!bound.ok) return { unreadable: bound.error }
  return {
    scheme: scheme.id,
    introduced,
    end: 'fixed' in end ? { fixed: bound.value } : { lastAffected: bound.value },
  }
}

/** Without an epoch of 0, as rpm shows versions. */
function bare(version: string): string {
  return version.startsWith('0:') ? version.slice(2) : version
}

/** `3.7/CVSS:3.1/AV:N/…` as written by Oracle and SUSE. */
export function scoreOf(written: string, source: string): ReportedSeverity | null {
  const vector = written.slice(written.indexOf('/') + 1)
  if (/^CVSS:3\.[01]\/[A-Z:/]{8,500}$/.test(vector)) return { system: 'CVSS_V3', vector, source }
  return /^CVSS:4\.0\/[A-Za-z:/]{8,500}$/.test(vector) ? { system: 'CVSS_V4', vector, source } : null
}

/** `2021-04-30`, or a time of RFC 3339. */
export function timeOf(text: string): Instant | null {
  if (text === '') return null
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
}
