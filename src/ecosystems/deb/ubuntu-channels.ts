import type { AffectedPackage, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { dpkgScheme } from './version.ts'

type Range = AffectedPackage['ranges'][number]

/** Extended support, in the words of Ubuntu's records; `esm` where they do not say which half. */
const ESM: ReadonlySet<string> = new Set(['esm', 'esm-apps', 'esm-apps-legacy', 'esm-infra', 'esm-infra-legacy'])
/** Certified builds: each tier is built apart, and none says anything about another. (matching-and-feeds §2.3) */
const FIPS: ReadonlySet<string> = new Set(['fips', 'fips-preview', 'fips-updates'])
/** Channels whose source packages carry the channel in their name, so that the name alone tells whose builds they are. */
const NAMED_AFTER_CHANNEL: ReadonlySet<string> = new Set(['bluefield', 'realtime'])

const ESM_MARK = /[+~.]esm[0-9]/
const FIPS_MARK = /[+~.]fips[.0-9]/i

/** `+esm1`, `~esm1`: a build of Ubuntu Pro's extended support, whoever has it installed. */
export function isEsmBuild(version: string): boolean {
  return ESM_MARK.test(version)
}

/** `.fips.7.1`, `+Fips1` */
export function isFipsBuild(version: string): boolean {
  return FIPS_MARK.test(version)
}

/** Whether the channel is one of those that build such a package: `esm-apps` for `1.0-1ubuntu1+esm1`. */
export function isOwnChannel(version: string, channel: string): boolean {
  return (ESM.has(channel) && isEsmBuild(version)) || (FIPS.has(channel) && isFipsBuild(version))
}

/**
 * What an entry about a channel of Ubuntu means for a package of `version`; `null` when it is about other builds.
 *
 * A fix of extended support is one for who takes it, or has such a build; for all others the flaw is there and the fix is
 * not theirs. Versions are compared inside the channel alone: `1.0-1ubuntu1+esm1` sorts below the archive's later
 * `1.0-1ubuntu1.1`, which need not hold its fix. (matching-and-feeds §2.3, §3.2)
 */
export function entryOfUbuntuChannel(
  pkg: Package,
  version: string,
  entry: AffectedPackage,
  channel: string,
): AffectedPackage | null {
  if (ESM.has(channel)) return entryOfEsm(pkg, version, entry, channel)
  if (FIPS.has(channel)) return entryOfFips(pkg, version, entry, channel)
  const isOwnName = NAMED_AFTER_CHANNEL.has(channel) && entry.name.includes(channel)
  return isOwnName || pkg.channels?.includes(channel) === true ? entry : null
}

/**
 * A channel that builds the package, or that the system takes, knows better than the archive: "needed" in the archive
 * does not override a fix that is installed.
 */
export function rankOfUbuntuEntry(pkg: Package, version: string, { channel }: AffectedPackage): number {
  if (channel === undefined) return 0
  return isSubscriber(pkg, version, channel) || !ESM.has(channel) ? 1 : 0
}

function entryOfEsm(pkg: Package, version: string, entry: AffectedPackage, channel: string): AffectedPackage {
  const ranges = isEsmBuild(version) ? entry.ranges : entry.ranges.map(range => againstArchiveBuild(version, range))
  if (isSubscriber(pkg, version, channel) || !entry.ranges.some(hasFix)) return { ...entry, ranges }
  return { ...entry, ranges, state: 'fixed-for-subscribers' }
}

/** FIPS builds are compared with their own tier; where nothing says which that is, what it lists as unfixed is unknown. */
function entryOfFips(pkg: Package, version: string, entry: AffectedPackage, channel: string): AffectedPackage | null {
  if (!isFipsBuild(version)) return null
  if (pkg.channels?.includes(channel) === true) return entry
  if (pkg.channels?.some(taken => FIPS.has(taken)) === true) return null
  const ranges = entry.ranges.filter(range => !hasFix(range) || isBelowFix(version, range))
  if (ranges.length === 0) return null
  return { ...entry, ranges: [unknown(channel, 'which of the FIPS channels built the package is not known')] }
}

/** Whether the system takes builds from a channel of extended support; its legacy add-on comes on top of the channel. */
function isSubscriber(pkg: Package, version: string, channel: string): boolean {
  if (isEsmBuild(version)) return ESM.has(channel)
  const taken = pkg.channels ?? []
  if (channel === 'esm') return taken.some(one => ESM.has(one))
  return taken.includes(channel) || taken.includes(`${channel}-legacy`)
}

function againstArchiveBuild(version: string, range: Range): Range {
  if (!hasFix(range) || !isEsmBuild(fixOf(range)) || isBelowFix(version, range)) return range
  return unknown(fixOf(range), "whether the archive's own build has the fix of this ESM build cannot be told")
}

function hasFix(range: Range): range is AffectedRange {
  return !('unreadable' in range) && range.end !== 'no-fix-known' && 'fixed' in range.end
}

function fixOf(range: AffectedRange): string {
  return range.end !== 'no-fix-known' && 'fixed' in range.end ? range.end.fixed.text : ''
}

function isBelowFix(version: string, range: Range): boolean {
  if (!hasFix(range)) return false
  const [own, fix] = [dpkgScheme.parse(version), dpkgScheme.parse(fixOf(range))]
  return own.ok && fix.ok && dpkgScheme.compare(own.value, fix.value) < 0
}

function unknown(text: string, reason: string): UnreadableRange {
  return { unreadable: { is: 'unreadable-version', scheme: dpkgScheme.id, text, reason } }
}
