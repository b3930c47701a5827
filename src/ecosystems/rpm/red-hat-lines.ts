import type { AffectedPackage } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { minorOfStream, takesFromRedHatChannel } from '../red-hat-channels.ts'
import { rangesAbout } from './build-lines.ts'

type Ranges = AffectedPackage['ranges']

/** Names of source packages in Red Hat's advisories end so; no binary package's does. */
export const SOURCE_SUFFIX = '.src'

/** Advisories that speak of one flaw in all products; the other kind (`RHSA-2024:6163`) of what one update fixed. */
const OF_A_FLAW = /^REDHAT-CVE-/

export function isRedHat(pkg: Pick<Package, 'namespace'>): boolean {
  return pkg.namespace?.startsWith('rhel:') === true
}

/**
 * The source package, as Red Hat's advisories name it where they do not name what is built from it: `kernel.src`. The
 * file name of a source package carries no epoch, and neither do the fixes that the feed keeps under such names.
 * (matching-and-feeds §2.4)
 */
export function redHatSourceSubject(pkg: Package): { readonly name: string; readonly version: string } | null {
  if (!isRedHat(pkg)) return null
  const { name, version } = pkg.source ?? pkg
  return { name: `${name}${SOURCE_SUFFIX}`, version: version.replace(/^[0-9]+:/, '') }
}

/**
 * An entry of a channel counts for systems that take builds from it; a build of a later minor release is none of a stream's.
 * Extended life support (`els:7`) goes on where the main stream has ended: what it says of a flaw holds for the builds of
 * all, its fixes are for subscribers.
 */
export function entryOfRedHatChannel(pkg: Package, entry: AffectedPackage, channel: string): AffectedPackage | null {
  if (!takesFromRedHatChannel(pkg.channels ?? [], channel)) {
    if (!isLifeSupport(channel)) return null
    const isFixed = entry.state === undefined && entry.ranges.some(range => boundOf(range) !== null)
    return isFixed ? { ...entry, state: 'fixed-for-subscribers' } : entry
  }
  const stream = minorOfStream(channel)
  const own = minorOf(pkg.version)
  return stream !== null && own !== null && own > stream.minor ? null : entry
}

/**
 * As `rangesAbout`; and among fixes of several minor releases those of the build's own decide where there are any: a
 * `3.0.7-25.el9_3` that has the fix of 9.3 is not held against the later `3.0.7-27.el9`. What has no bound (no fix yet)
 * is about modules or about plain builds, never both.
 */
export function redHatRangesAbout(pkg: Package, ranges: Ranges, module?: string): Ranges {
  const isModular = pkg.module !== undefined || MODULE_MARK.test(pkg.version)
  const ofKind = ranges.filter(range => boundOf(range) !== null || isModular === (module !== undefined))
  const about = rangesAbout(pkg, ofKind.length === ranges.length ? ranges : ofKind, module)
  const own = minorOf(pkg.version)
  if (own === null || about.length < 2) return about
  const ofOwnMinor = about.filter(range => minorOf(boundOf(range) ?? '') === own)
  return ofOwnMinor.length === 0 ? about : ofOwnMinor
}

/**
 * Which of several entries about one flaw decides, highest first: that of the stream which the system is kept on, or whose
 * fix is of the build's own minor release, before the main stream's; what is said of the flaw in all products before
 * what one update tells; the binary package by its name before all that is built from a source. (Red Hat asks scanners
 * to fall back to the main stream where a stream has nothing: security data guidelines, CPE matching logic)
 */
export function rankOfRedHatAdvisory(advisoryId: string, entry: AffectedPackage, pkg: Package): number {
  const isNearest = entry.channel !== undefined && isNearer(entry, entry.channel, pkg)
  const isOfBinary = !entry.name.endsWith(SOURCE_SUFFIX)
  return (isNearest ? 4 : 0) + (OF_A_FLAW.test(advisoryId) ? 2 : 0) + (isOfBinary ? 1 : 0)
}

/** A layered product says something nearer only of builds for the same minor release; else both count alike. */
function isNearer(entry: AffectedPackage, channel: string, pkg: Package): boolean {
  if (isLifeSupport(channel)) return takesFromRedHatChannel(pkg.channels ?? [], channel)
  if (minorOfStream(channel) !== null) return true
  const own = minorOf(pkg.version)
  return own !== null && entry.ranges.some(range => minorOf(boundOf(range) ?? '') === own)
}

function isLifeSupport(channel: string): boolean {
  return channel.startsWith('els:')
}

const MODULE_MARK = /\.module[+_]/

/** `4` of `5.14.0-427.13.1.el9_4` and of `…module+el9.4.0+…`; `null` where the release does not tell its minor one. */
function minorOf(version: string): number | null {
  const [, plain, modular] =
    /\.el[0-9]{1,3}_([0-9]{1,3})(?![0-9])|\.module[+_]el[0-9]{1,3}\.([0-9]{1,3})\./.exec(version) ?? []
  const minor = plain ?? modular
  return minor === undefined ? null : Number(minor)
}

function boundOf(range: Ranges[number]): string | null {
  if ('unreadable' in range || range.end === 'no-fix-known') return null
  return 'fixed' in range.end ? range.end.fixed.text : range.end.lastAffected.text
}
