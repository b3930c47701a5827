import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { BEFORE_END, compareSortKeys, isDigitCode, numberKey, type SortKey, versionWithSortKey } from '../sort-key.ts'

/** Longest text that is read; RubyGems.org takes up to 255 characters. */
const LIMIT_CHARACTERS = 512

/** Marks in front of segments, in their order. A version that has ended goes on as zeros without end. */
const WORD = '\u0002'
const ZERO_BEFORE_WORD = '\u0003'
const ENDED = '\u0004'
const ZERO_BEFORE_NUMBER = '\u0005'
const NUMBER = '\u0006'

/**
 * The order of RubyGems: segments of digits or letters, words before numbers, numbers of any length, zeros at the end
 * of the numeric part and of the whole left out. (Gem::Version#<=> of RubyGems 3.3; matching-and-feeds §3.1)
 */
export const gemScheme: VersionScheme<'gem'> = {
  id: 'gem',
  parse: parseGemVersion,
  compare: compareSortKeys,
}

function parseGemVersion(text: string): Result<Version<'gem'>, VersionParseError> {
  const reason = whyUnreadable(text)
  if (reason !== null) return err({ is: 'unreadable-version', scheme: 'gem', text: text.slice(0, 200), reason })
  return ok(versionWithSortKey('gem', text, gemKey(text.trim())))
}

/**
 * What `Gem::Version.correct?` refuses, but letters behind the first number (`1beta`), whose order is plain. An empty
 * text is `0` to RubyGems; to us it says that the version is unknown.
 */
function whyUnreadable(text: string): string | null {
  if (text.length > LIMIT_CHARACTERS) return `longer than ${LIMIT_CHARACTERS} characters`
  const trimmed = text.trim()
  if (trimmed === '') return 'empty'
  return /^[0-9][0-9a-zA-Z]*(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(trimmed)
    ? null
    : 'not digits and letters with dots between them, beginning with a number'
}

function gemKey(text: string): SortKey {
  const segments = canonicalSegments(text.replaceAll('-', '.pre.'))
  let key = ''
  for (let at = 0; at < segments.length; at++) {
    const segment = segments[at] ?? ''
    if (!isNumber(segment)) key += WORD + segment + BEFORE_END
    else if (isZero(segment)) {
      // Zeros compare with an ended version by what follows them: a word sorts below it, a number above.
      let next = at + 1
      while (isZero(segments[next] ?? '')) next++
      key += isNumber(segments[next] ?? '') ? ZERO_BEFORE_NUMBER : ZERO_BEFORE_WORD
    } else key += NUMBER + numberKey(segment)
  }
  return key + ENDED
}

/** Without zeros before the first word and at the end. (Gem::Version#canonical_segments) */
function canonicalSegments(text: string): readonly string[] {
  const segments = text.match(/[0-9]+|[A-Za-z]+/g) ?? []
  const firstWord = segments.findIndex(segment => !isNumber(segment))
  const numbers = firstWord < 0 ? segments : segments.slice(0, firstWord)
  const rest = firstWord < 0 ? [] : segments.slice(firstWord)
  return [...withoutTrailingZeros(numbers), ...withoutTrailingZeros(rest)]
}

function withoutTrailingZeros(segments: readonly string[]): readonly string[] {
  let end = segments.length
  while (end > 0 && isZero(segments[end - 1] ?? '')) end--
  return segments.slice(0, end)
}

function isNumber(segment: string): boolean {
  return isDigitCode(segment.charCodeAt(0))
}

function isZero(segment: string): boolean {
  return /^0+$/.test(segment)
}
