import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { compareSortKeys, numberKey, type SortKey, versionWithSortKey } from '../sort-key.ts'

/** Longest text that is read; the longest in Alpine's archive has under 60 characters. */
const LIMIT_CHARACTERS = 512

/**
 * What may follow, lowest first: where two versions part, the one with the higher mark is greater. A pre-release suffix
 * sorts before the end of the text. (apk-tools src/version.c, order of tokens)
 */
const PRE_SUFFIXES = ['alpha', 'beta', 'pre', 'rc'] as const
const AFTER_SUFFIXES = ['cvs', 'svn', 'git', 'hg', 'p'] as const
const PRE = 0x01
const END = '\u0005'
const REVISION = '\u0006'
const COMMIT = '\u0007'
const SUFFIX_NUMBER = '\u0008'
const AFTER = 0x09
const LETTER = '\u000e'
const PART = '\u000f'
/** Within a part: leading zeros make it a decimal fraction, below every other number; an empty one lies between. */
const FRACTION = '\u0001'
const EMPTY = '\u0002'
const WHOLE = '\u0003'
/** Below every digit and letter. */
const TEXT_END = '\u0000'

/**
 * The order of apk, `1.2.3a_rc1~0123abc-r4`. Spellings that apk takes for invalid but that exist (`1.7.4p6-r1`, empty
 * parts) are ordered as its comparison does; others are refused. (matching-and-feeds §3.1)
 */
export const apkScheme: VersionScheme<'apk'> = {
  id: 'apk',
  parse: parseApkVersion,
  compare: compareSortKeys,
}

function parseApkVersion(text: string): Result<Version<'apk'>, VersionParseError> {
  const key = keyOf(text)
  if (!key.ok) return err({ is: 'unreadable-version', scheme: 'apk', text: text.slice(0, 200), reason: key.error })
  return ok(versionWithSortKey('apk', text, key.value))
}

function keyOf(text: string): Result<SortKey, string> {
  if (text.length > LIMIT_CHARACTERS) return err(`longer than ${LIMIT_CHARACTERS} characters`)
  const [, numbers = '', rest = ''] = /^([0-9][0-9a-z.]*)(.*)$/s.exec(text) ?? []
  if (numbers === '') return err('does not begin with a digit')
  const [, suffixes = '', commit, revision, surplus] =
    /^((?:_[a-z]+[0-9]*)*)(?:~([0-9a-fA-F]+))?(?:-r([0-9]*))?(.*)$/s.exec(rest) ?? []
  if (surplus !== '') return err('holds something after numbers, suffixes and revision that apk does not know')
  const numbersKey = keyOfNumbers(numbers)
  if (!numbersKey.ok) return numbersKey
  const suffixesKey = keyOfSuffixes(suffixes)
  if (!suffixesKey.ok) return suffixesKey
  const commitKey = commit === undefined ? '' : COMMIT + commit + TEXT_END
  // An absent revision is revision 0. (matching-and-feeds §3.1)
  const revisionKey = revision === undefined || /^0*$/.test(revision) ? '' : REVISION + numberKey(revision)
  return ok(numbersKey.value + suffixesKey.value + commitKey + revisionKey + END)
}

/** `1.02.3a`: the first part is a number; a later one that begins with 0 is ordered as text. A letter may follow the last. */
function keyOfNumbers(text: string): Result<SortKey, string> {
  const [, first = '', dotted = '', letters = ''] = /^([0-9]+)((?:\.[0-9]*)*)([a-z].*)?$/.exec(text) ?? []
  if (first === '') return err('a letter stands before a dot')
  let key = numberKey(first)
  for (const part of dotted.split('.').slice(1)) {
    if (part === '') key += PART + EMPTY
    else if (part.startsWith('0')) key += PART + FRACTION + part + TEXT_END
    else key += PART + WHOLE + numberKey(part)
  }
  if (!/^(?:[a-z][0-9]+)*(?:[a-z][0-9]*)?$/.test(letters)) return err('more than one letter in a row')
  for (const [, letter = '', digits = ''] of letters.matchAll(/([a-z])([0-9]*)/g)) {
    key += LETTER + letter
    if (digits !== '') key += PART + WHOLE + numberKey(digits)
  }
  return ok(key)
}

function keyOfSuffixes(text: string): Result<SortKey, string> {
  let key = ''
  for (const [, name = '', digits = ''] of text.matchAll(/_([a-z]+)([0-9]*)/g)) {
    const before = PRE_SUFFIXES.findIndex(suffix => suffix === name)
    const after = AFTER_SUFFIXES.findIndex(suffix => suffix === name)
    if (before < 0 && after < 0) return err('has a suffix that apk does not know')
    key += String.fromCharCode(before < 0 ? AFTER + after : PRE + before)
    if (digits !== '') key += SUFFIX_NUMBER + numberKey(digits)
  }
  return ok(key)
}
