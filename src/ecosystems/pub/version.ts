import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { preReleaseKey, readNumbers } from '../semver.ts'
import { compareSortKeys, type SortKey, versionWithSortKey } from '../sort-key.ts'

/**
 * The order of pub: SemVer precedence, and builds count: `1.0.0 < 1.0.0+1 < 1.0.0+2`. (dart.dev/tools/pub/versioning;
 * pub_semver, Version.compareTo; matching-and-feeds §2.7)
 */
export const pubScheme: VersionScheme<'pub'> = {
  id: 'pub',
  parse(text: string): Result<Version<'pub'>, VersionParseError> {
    const key = pubKey(text)
    if (key.ok) return ok(versionWithSortKey('pub', text, key.value))
    return err({ is: 'unreadable-version', scheme: 'pub', text: text.slice(0, 200), reason: key.error })
  },
  compare: compareSortKeys,
}

function pubKey(text: string): Result<SortKey, string> {
  const core = readNumbers(text.trim(), 3)
  if (!core.ok) return core
  const { key, rest } = core.value
  const plus = rest.indexOf('+')
  const preRelease = preReleaseKey(plus < 0 ? rest : rest.slice(0, plus), false)
  if (!preRelease.ok || plus < 0) return preRelease.ok ? ok(key + preRelease.value) : preRelease
  // Parts of builds are compared as those of pre-releases are; nothing at all sorts before them.
  const build = preReleaseKey(`-${rest.slice(plus + 1)}`, false)
  return build.ok ? ok(key + preRelease.value + build.value) : err('malformed build')
}
