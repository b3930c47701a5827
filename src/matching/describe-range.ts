import type { AffectedRange } from '../domain/advisory.ts'
import type { Verdict } from '../domain/match.ts'

/** A range in words, e.g. `>= 1.0 and < 1.2-3 (dpkg)`, `<= 4.1.0 (semver)`, `every version (dpkg)`. */
export function describeRange(range: AffectedRange): string {
  const bounds: string[] = []
  if (range.introduced !== 'beginning') bounds.push(`>= ${range.introduced.text}`)
  if (range.end !== 'no-fix-known') {
    bounds.push('fixed' in range.end ? `< ${range.end.fixed.text}` : `<= ${range.end.lastAffected.text}`)
  }
  return `${bounds.length === 0 ? 'every version' : bounds.join(' and ')} (${range.scheme})`
}

/** Why a verdict says "affected", in words; a version that was listed by itself is `= 1.2.3 (listed)`. */
export function describeCause(cause: Extract<Verdict, { is: 'affected' }>['by']): string {
  return 'listedVersion' in cause ? `= ${cause.listedVersion} (listed)` : describeRange(cause)
}
