import type { Result } from '../base/result.ts'
import type { AffectedPackage, AffectedRange, VendorState } from '../domain/advisory.ts'
import type { Verdict } from '../domain/match.ts'
import type { Version, VersionParseError, VersionScheme } from '../domain/version.ts'

/** A version as it was found, and as its scheme reads it. */
export interface Subject {
  readonly text: string
  readonly version: Result<Version, VersionParseError>
}

/**
 * One version held against one advisory entry: affected when it is listed or inside any range, else undetermined when
 * any part could not be compared, else not affected. (OSV schema, evaluation; matching-and-feeds §2.2)
 */
export function evaluateRanges(subject: Subject, affected: AffectedPackage, scheme: VersionScheme): Verdict {
  const isListed = affected.versions.includes(subject.text)
  const asListed: Verdict = { is: 'affected', by: { listedVersion: subject.text } }
  if (!subject.version.ok) return isListed ? asListed : { is: 'undetermined', because: subject.version.error }
  const version = subject.version.value

  let unreadable: VersionParseError | null = null
  let unfixed: AffectedRange | null = null
  for (const range of affected.ranges) {
    if ('unreadable' in range) unreadable ??= range.unreadable
    else if (range.scheme !== scheme.id) unreadable ??= otherScheme(scheme, range)
    else if (!isInside(version, range, scheme)) continue
    // A range knows what a list of the same versions does not: where the fix is.
    else if (fixedVersionOf(range) !== null) return { is: 'affected', by: range }
    else unfixed ??= range
  }
  if (unfixed !== null) return { is: 'affected', by: unfixed }
  if (isListed) return asListed
  for (const listedVersion of affected.versions) {
    const listed = scheme.parse(listedVersion)
    if (!listed.ok) unreadable ??= listed.error
    else if (scheme.compare(version, listed.value) === 0) return { is: 'affected', by: { listedVersion } }
  }
  if (affected.ranges.length === 0 && affected.versions.length === 0) unreadable = namesNothing(scheme, subject)
  return unreadable === null ? { is: 'not-affected' } : { is: 'undetermined', because: unreadable }
}

/** The version that ends what a verdict rests on; `null` when the source names no fix. */
export function fixedVersionOf(cause: Extract<Verdict, { is: 'affected' }>['by']): Version | null {
  return 'listedVersion' in cause || cause.end === 'no-fix-known' || !('fixed' in cause.end) ? null : cause.end.fixed
}

/**
 * The fix that the system could install: none where it is for subscribers of a channel that the system does not take
 * builds from. (Ubuntu Pro; matching-and-feeds §2.3)
 */
export function offeredFixOf(cause: Extract<Verdict, { is: 'affected' }>['by'], state?: VendorState): Version | null {
  return state === 'fixed-for-subscribers' ? null : fixedVersionOf(cause)
}

function isInside(version: Version, range: AffectedRange, scheme: VersionScheme): boolean {
  if (range.introduced !== 'beginning' && scheme.compare(version, range.introduced) < 0) return false
  if (range.end === 'no-fix-known') return true
  return 'fixed' in range.end
    ? scheme.compare(version, range.end.fixed) < 0
    : scheme.compare(version, range.end.lastAffected) <= 0
}

function otherScheme(scheme: VersionScheme, range: AffectedRange): VersionParseError {
  const reason = `the range is in the order of ${range.scheme}`
  return { is: 'unreadable-version', scheme: scheme.id, text: '', reason }
}

/** An entry without ranges and versions says that the package is concerned, but not which of its versions. */
function namesNothing(scheme: VersionScheme, subject: Subject): VersionParseError {
  const reason = 'the advisory names no versions'
  return { is: 'unreadable-version', scheme: scheme.id, text: subject.text, reason }
}
