import type { Brand } from '../base/brand.ts'
import type { Result } from '../base/result.ts'

/** One id per version order. */
export type SchemeId =
  | 'apk'
  | 'composer'
  | 'conan'
  | 'cran'
  | 'dpkg'
  | 'gem'
  | 'go'
  | 'maven'
  | 'nuget'
  | 'pep440'
  | 'pub'
  | 'rpm'
  | 'semver'

/** A version text that its scheme has read and can order. `text` is the spelling that was read. */
export interface Version<S extends SchemeId = SchemeId> {
  readonly scheme: S
  readonly text: string
  /** The scheme's own representation; only the scheme looks inside. */
  readonly key: Brand<unknown, 'VersionKey'>
}

export interface VersionParseError {
  readonly is: 'unreadable-version'
  readonly scheme: SchemeId
  readonly text: string
  readonly reason: string
}

/** The total order of one packaging system. A text that it cannot read is an error, never a guess. */
export interface VersionScheme<S extends SchemeId = SchemeId> {
  readonly id: S
  parse(text: string): Result<Version<S>, VersionParseError>
  /** Negative, zero or positive as `a` sorts before, with or after `b`. */
  compare(a: Version<S>, b: Version<S>): number
  /**
   * Whether a range that begins or ends at this version says something about others. Absent where that is so for
   * every version that can be read.
   */
  canBound?(version: Version<S>): boolean
}
