import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { preReleaseKey, areIdentifiers } from '../semver.ts'
import { compareSortKeys, isDigitCode, numberKey, type SortKey, versionWithSortKey } from '../sort-key.ts'

const LIMIT_CHARACTERS = 1024
const MOST_NUMBERS = 4

/**
 * The order of NuGet: up to four numbers of which missing ones are zero, then SemVer precedence with pre-release words
 * compared without regard to case; build metadata does not count. (matching-and-feeds §3.1; NuGet docs, package versioning)
 */
export const nugetScheme: VersionScheme<'nuget'> = {
  id: 'nuget',
  parse(text: string): Result<Version<'nuget'>, VersionParseError> {
    const key = nugetKey(text)
    if (!key.ok) return err({ is: 'unreadable-version', scheme: 'nuget', text: text.slice(0, 200), reason: key.error })
    return ok(versionWithSortKey('nuget', text, key.value))
  },
  compare: compareSortKeys,
}

function nugetKey(text: string): Result<SortKey, string> {
  if (text.length > LIMIT_CHARACTERS) return err(`longer than ${LIMIT_CHARACTERS} characters`)
  const trimmed = text.trim()
  let at = 0
  let key = ''
  let numbers = 0
  for (;;) {
    const start = at
    while (at < trimmed.length && isDigitCode(trimmed.charCodeAt(at))) at++
    if (at === start) return err(numbers === 0 ? 'does not begin with a number' : 'a dot without a number after it')
    key += numberKey(trimmed.slice(start, at))
    numbers++
    if (trimmed.charAt(at) !== '.') break
    if (numbers === MOST_NUMBERS) return err('more than four numbers')
    at++
  }
  for (; numbers < MOST_NUMBERS; numbers++) key += numberKey('')

  const rest = trimmed.slice(at)
  const plus = rest.indexOf('+')
  if (plus >= 0 && !areIdentifiers(rest.slice(plus + 1).split('.'))) return err('malformed build metadata')
  const preRelease = preReleaseKey((plus < 0 ? rest : rest.slice(0, plus)).toLowerCase(), false)
  return preRelease.ok ? ok(key + preRelease.value) : preRelease
}
