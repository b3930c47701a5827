import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { areIdentifiers, preReleaseKey, readNumbers } from '../semver.ts'
import { compareSortKeys, type SortKey, versionWithSortKey } from '../sort-key.ts'

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
  const numbers = readNumbers(text.trim(), 4)
  if (!numbers.ok) return numbers
  const { key, rest } = numbers.value
  const plus = rest.indexOf('+')
  if (plus >= 0 && !areIdentifiers(rest.slice(plus + 1).split('.'))) return err('malformed build metadata')
  const preRelease = preReleaseKey((plus < 0 ? rest : rest.slice(0, plus)).toLowerCase(), false)
  return preRelease.ok ? ok(key + preRelease.value) : preRelease
}
