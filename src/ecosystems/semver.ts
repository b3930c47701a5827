import { err, ok, type Result } from '../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../domain/version.ts'
import { BEFORE_END, compareSortKeys, isDigitCode, numberKey, type SortKey, versionWithSortKey } from './sort-key.ts'

/** Longest text that is read; npm itself stops at 256 characters. (node-semver, MAX_LENGTH) */
const LIMIT_CHARACTERS = 1024
/** Marks in front of pre-release identifiers: numbers sort before words. (SemVer 2.0.0, item 11.4) */
const NUMERIC = '\u0002'
const WORD = '\u0003'
/** In place of the list of a version that is no pre-release: after every list. (item 11.3) */
const RELEASE = '\uffff'

/**
 * The order of npm, crates.io, Hex, Swift, GitHub Actions and Bitnami: SemVer 2.0.0 precedence, numbers of any length,
 * build metadata ignored. Read as loosely as npm reads an installed version (`v1.2.3`, `=1.2.3`, `1.2.3beta`,
 * `01.2.3`), and numbers that are missing at the end count as zero (`1.2`), as the OSV evaluation does.
 * (matching-and-feeds §2.7, §3.1; OSV schema, SEMVER)
 */
export const semverScheme: VersionScheme<'semver'> = {
  id: 'semver',
  parse: parseSemver,
  compare: compareSortKeys,
}

function parseSemver(text: string): Result<Version<'semver'>, VersionParseError> {
  const key = semverKey(text)
  if (!key.ok) return err({ is: 'unreadable-version', scheme: 'semver', text: text.slice(0, 200), reason: key.error })
  return ok(versionWithSortKey('semver', text, key.value))
}

function semverKey(text: string): Result<SortKey, string> {
  const core = readNumbers(withoutPrefix(text.trim()), 3)
  if (!core.ok) return core
  const { key, rest, count } = core.value
  const plus = rest.indexOf('+')
  if (plus >= 0 && !areIdentifiers(rest.slice(plus + 1).split('.'))) return err('malformed build metadata')
  const preRelease = preReleaseKey(plus < 0 ? rest : rest.slice(0, plus), count === 3)
  return preRelease.ok ? ok(key + preRelease.value) : preRelease
}

/** The numbers that begin a version, up to `most` of them with missing ones as zero, and what follows them. */
export function readNumbers(
  text: string,
  most: number,
): Result<{ readonly key: SortKey; readonly rest: string; readonly count: number }, string> {
  if (text.length > LIMIT_CHARACTERS) return err(`longer than ${LIMIT_CHARACTERS} characters`)
  let at = 0
  let key = ''
  let count = 0
  for (;;) {
    const start = at
    while (at < text.length && isDigitCode(text.charCodeAt(at))) at++
    if (at === start) return err(count === 0 ? 'does not begin with a number' : 'a dot without a number after it')
    key += numberKey(text.slice(start, at))
    count++
    if (count === most || text.charAt(at) !== '.') break
    at++
  }
  for (let missing = count; missing < most; missing++) key += numberKey('')
  return ok({ key, rest: text.slice(at), count })
}

/** `v`, `=` and blanks in front, in any number, as node-semver's loose mode allows. */
function withoutPrefix(text: string): string {
  let start = 0
  while (start < text.length && 'vV= \t'.includes(text.charAt(start))) start++
  return text.slice(start)
}

/**
 * Key of a pre-release part with its hyphen; an empty one is a release. Without the hyphen it is read only where
 * `mayOmitHyphen`.
 */
export function preReleaseKey(text: string, mayOmitHyphen: boolean): Result<SortKey, string> {
  if (text === '') return ok(RELEASE)
  const hasHyphen = text.startsWith('-')
  // `1.2.3beta` is a pre-release to npm; `1.2beta` could as well be a typing error, so it is not guessed at.
  if (!hasHyphen && !mayOmitHyphen) return err('text after an incomplete version')
  const identifiers = (hasHyphen ? text.slice(1) : text).split('.')
  if (!areIdentifiers(identifiers)) return err('malformed pre-release part')
  let key = ''
  for (const identifier of identifiers) {
    key += /^[0-9]+$/.test(identifier) ? NUMERIC + numberKey(identifier) : WORD + identifier + BEFORE_END
  }
  return ok(key + BEFORE_END)
}

/** Whether each is a SemVer identifier: not empty, of ASCII letters, digits and hyphens. */
export function areIdentifiers(parts: readonly string[]): boolean {
  return parts.every(part => /^[0-9A-Za-z-]+$/.test(part))
}
