import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { BEFORE_END, compareSortKeys, numberKey, type SortKey, versionWithSortKey } from '../sort-key.ts'

/** Longest text that is read; pseudo-versions have about 50 characters. */
const LIMIT_CHARACTERS = 512
/** Marks in front of pre-release identifiers: numbers sort before words. (SemVer 2.0.0, item 11.4) */
const NUMERIC = '\u0002'
const WORD = '\u0003'
/** In place of the list of a version that is no pre-release. (item 11.3) */
const RELEASE = '\uffff'

/**
 * The order of Go: SemVer 2.0.0 precedence with or without `v`, in which pseudo-versions are pre-releases and
 * `+incompatible` is build metadata; and the Go releases themselves (`go1.22rc1`, `1.21`), which the advisories about
 * `stdlib` and `toolchain` write as SemVer (`1.22.0-rc.1`). (go.dev/ref/mod, versions; go/version; matching-and-feeds §3.1)
 */
export const goScheme: VersionScheme<'go'> = {
  id: 'go',
  parse: parseGoVersion,
  compare: compareSortKeys,
}

const SEMVER =
  /^(?:v|go)?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/
const SHORT_MODULE = /^v(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?$/
const RELEASE_OF_GO =
  /^(?:go)?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?(?:(alpha|beta|rc)(0|[1-9][0-9]*))?$/
/** First release line whose bare number (`1.21`) names the language and not its first release. (go.dev/doc/toolchain) */
const FIRST_LANGUAGE_LINE = 21

function parseGoVersion(text: string): Result<Version<'go'>, VersionParseError> {
  const key = goKey(text)
  if (!key.ok) return err({ is: 'unreadable-version', scheme: 'go', text: text.slice(0, 200), reason: key.error })
  return ok(versionWithSortKey('go', text, key.value))
}

function goKey(text: string): Result<SortKey, string> {
  if (text.length > LIMIT_CHARACTERS) return err(`longer than ${LIMIT_CHARACTERS} characters`)
  const trimmed = withoutToolchainNote(text.trim())
  if (trimmed === '') return err('empty')
  if (trimmed === '(devel)') return err('a build without a version')

  const full = SEMVER.exec(trimmed)
  if (full !== null) {
    const [, major = '', minor = '', patch = '', preRelease] = full
    return preReleaseKey(preRelease, numbersKey(major, minor, patch))
  }
  const short = SHORT_MODULE.exec(trimmed)
  if (short !== null) return ok(numbersKey(short[1] ?? '', short[2] ?? '', '') + RELEASE)

  const release = RELEASE_OF_GO.exec(trimmed)
  if (release === null) return err('neither a module version nor a Go release')
  const [, major = '', minor = '', patch, kind, number = ''] = release
  const numbers = numbersKey(major, minor, patch ?? '')
  if (kind !== undefined) return ok(numbers + WORD + kind + BEFORE_END + NUMERIC + numberKey(number) + BEFORE_END)
  // `1.21` is the language, before all its release candidates: where advisories say `1.21.0-0`.
  const isLanguage = patch === undefined && major === '1' && isAtLeast(minor, FIRST_LANGUAGE_LINE)
  return isLanguage ? preReleaseKey('0', numbers) : ok(numbers + RELEASE)
}

/**
 * A toolchain's version without what a builder added: `go1.26.5 (Red Hat 1.26.5-1.el9)`, `go1.26.1 X:nodwarf5`,
 * `go1.26.1-X:nodwarf5`, `go1.24.4-custom`. (runtime.Version; matching-and-feeds §2.8)
 */
function withoutToolchainNote(text: string): string {
  return text.startsWith('go') ? text.replace(/(?: |-X:).*$/s, '') : text
}

function numbersKey(major: string, minor: string, patch: string): SortKey {
  return numberKey(major) + numberKey(minor) + numberKey(patch)
}

/** Appends the pre-release list. Words and numbers that are joined in Go releases (`rc1`) are two identifiers: `rc.1`. */
function preReleaseKey(list: string | undefined, numbers: SortKey): Result<SortKey, string> {
  if (list === undefined) return ok(numbers + RELEASE)
  let key = numbers
  for (const identifier of list.split('.')) {
    if (!/^[0-9]+$/.test(identifier)) key += WORD + identifier + BEFORE_END
    else if (identifier.length > 1 && identifier.startsWith('0')) return err('a number with leading zeros')
    else key += NUMERIC + numberKey(identifier)
  }
  return ok(key + BEFORE_END)
}

function isAtLeast(digits: string, bound: number): boolean {
  return digits.length > String(bound).length || Number(digits) >= bound
}
