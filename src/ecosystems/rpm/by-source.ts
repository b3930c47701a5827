import type { AffectedPackage, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import type { Version } from '../../domain/version.ts'
import { isBySource } from './distributions.ts'
import { rpmScheme } from './version.ts'

type Ranges = AffectedPackage['ranges']

/**
 * Most vendors name what was built. Those who name what it was built from are met by the source package, whose file name
 * carries no epoch: so epochs count on neither side. (matching-and-feeds §2.4)
 */
export function rpmSubject({ namespace, name, version, source }: Package): { name: string; version: string } {
  if (namespace === null || !isBySource(namespace)) return { name, version }
  return { name: source?.name ?? name, version: withoutEpoch(source?.version ?? version) }
}

/**
 * What was built, where the vendor names that too: Photon's list has sources (`apache-tomcat`) and what is built of them
 * (`curl-libs` of `curl`). `null` where that is no second name.
 */
export function builtSubject({ namespace, name, version, source }: Package): { name: string; version: string } | null {
  const isNamed = namespace?.startsWith('photon:') === true && source !== null && source.name !== name
  return isNamed ? { name, version: withoutEpoch(version) } : null
}

/** Whether the advisories of its vendor speak about the package's source. */
export function isMatchedBySource({ namespace }: Package): boolean {
  return namespace !== null && isBySource(namespace)
}

/** The ranges as they meet versions of source packages. */
export function rangesWithoutEpoch(ranges: Ranges): Ranges {
  return ranges.map((range): AffectedRange | UnreadableRange => {
    if ('unreadable' in range) return range
    const introduced = range.introduced === 'beginning' ? range.introduced : bare(range.introduced)
    if (range.end === 'no-fix-known') return { ...range, introduced }
    const end = 'fixed' in range.end ? { fixed: bare(range.end.fixed) } : { lastAffected: bare(range.end.lastAffected) }
    return { ...range, introduced, end }
  })
}

function bare(version: Version): Version {
  const text = withoutEpoch(version.text)
  if (text === version.text) return version
  const parsed = rpmScheme.parse(text)
  return parsed.ok ? parsed.value : version
}

function withoutEpoch(text: string): string {
  return text.replace(/^[0-9]{1,20}:/, '')
}
