import type { AffectedPackage, AffectedRange } from '../domain/advisory.ts'
import type { Version, VersionScheme } from '../domain/version.ts'

/** Where a reference that moves (`2.x-dev`, `v4`) stays: some version from `lowest` on and before `above`. */
export interface MovingLine {
  readonly lowest: Version
  readonly above: Version
}

/**
 * The line of a major number, or of a major and minor one, as `numbers` names it (`2`, `2.1`). `suffix` makes the lowest
 * version of its numbers, so that pre-releases belong to the line. `null` for other texts.
 */
export function lineOf(numbers: string, suffix: string, scheme: VersionScheme): MovingLine | null {
  const [, major, minor] = /^([0-9]{1,9})(?:\.([0-9]{1,9}))?$/.exec(numbers) ?? []
  if (major === undefined) return null
  const next = minor === undefined ? `${Number(major) + 1}.0` : `${major}.${Number(minor) + 1}`
  const lowest = scheme.parse(`${major}.${minor ?? '0'}.0${suffix}`)
  const above = scheme.parse(`${next}.0${suffix}`)
  return lowest.ok && above.ok ? { lowest: lowest.value, above: above.value } : null
}

/** The ranges that hold any version of the line: the others say nothing about a reference that stays on it. */
export function rangesMeeting(
  line: MovingLine,
  ranges: AffectedPackage['ranges'],
  scheme: VersionScheme,
): AffectedPackage['ranges'] {
  return ranges.filter(range => 'unreadable' in range || meets(line, range, scheme))
}

function meets({ lowest, above }: MovingLine, { introduced, end }: AffectedRange, scheme: VersionScheme): boolean {
  if (introduced !== 'beginning' && scheme.compare(introduced, above) >= 0) return false
  if (end === 'no-fix-known') return true
  return 'fixed' in end ? scheme.compare(end.fixed, lowest) > 0 : scheme.compare(end.lastAffected, lowest) >= 0
}
