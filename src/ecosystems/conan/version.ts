import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { preReleaseKey } from '../semver.ts'
import { compareSortKeys, numberKey, type SortKey, versionWithSortKey } from '../sort-key.ts'

const LIMIT_CHARACTERS = 1024
/** What may stand at one place, lowest first: `1.1 < 1.1.1 < 1.1a`, `1.1.1 < 1.1.1a < 1.1.1b < 1.1.2`. */
const END = '\u0001'
const DOT = '\u0002'
const NUMBER = '\u0003'
const LETTERS = '\u0004'
const LETTERS_END = '\u0000'

/**
 * The order of Conan: SemVer-like, with any count of numbers, letters after them (`1.1.1w`), zeros at the end without
 * meaning, and builds that count. What does not begin with a number (`cci.20200101`, `system`) has no place in it.
 * Where Conan compares a number with a word as text, which is no order (`2 < 10 < 1a < 2`), runs of digits are numbers
 * here. (docs.conan.io, version ranges; conan/internal/model/version.py)
 */
export const conanScheme: VersionScheme<'conan'> = {
  id: 'conan',
  parse(text: string): Result<Version<'conan'>, VersionParseError> {
    const key = conanKey(text)
    if (key.ok) return ok(versionWithSortKey('conan', text, key.value))
    return err({ is: 'unreadable-version', scheme: 'conan', text: text.slice(0, 200), reason: key.error })
  },
  compare: compareSortKeys,
}

function conanKey(text: string): Result<SortKey, string> {
  if (text.length > LIMIT_CHARACTERS) return err(`longer than ${LIMIT_CHARACTERS} characters`)
  const [, main = '', preRelease = '', build = ''] = /^([^-+]*)(-[^+]*)?(\+.*)?$/s.exec(text.trim().toLowerCase()) ?? []
  if (!/^[0-9][0-9a-z]*(?:\.[0-9a-z]+)*$/.test(main)) return err('not numbers and letters that begin with a number')
  const items = main.split('.')
  while (items.length > 1 && /^0+$/.test(items.at(-1) ?? '')) items.pop()
  const key = items.map(itemKey).join(DOT) + END
  const preReleaseOf = preReleaseKey(preRelease, false)
  if (!preReleaseOf.ok) return preReleaseOf
  if (build === '') return ok(key + preReleaseOf.value)
  const buildOf = preReleaseKey(`-${build.slice(1)}`, false)
  return buildOf.ok ? ok(key + preReleaseOf.value + buildOf.value) : err('malformed build')
}

function itemKey(item: string): SortKey {
  return (item.match(/[0-9]+|[a-z]+/g) ?? [])
    .map(run => (/^[0-9]/.test(run) ? NUMBER + numberKey(run) : LETTERS + run + LETTERS_END))
    .join('')
}
