import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { isDigitCode, numberKey } from '../sort-key.ts'

/** Longest text that is read; the longest on Maven Central have about 100 characters. */
const LIMIT_CHARACTERS = 256

/**
 * One part of a version: a qualifier (its place, `0` to `6`, or `7-` and the word), a number (`8` and its sort key), or
 * a list. Qualifiers sort before lists and lists before numbers, so texts alone sort as their characters do.
 */
type Item = string | readonly Item[]
type MutableList = (string | MutableList)[]

const NUMBER = '8'
const ZERO = NUMBER + numberKey('')
/** In the order of Maven; the empty word is the release itself. */
const QUALIFIERS = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp']
const RELEASE = String(QUALIFIERS.indexOf(''))
const ALIASES = new Map([
  ['ga', ''],
  ['final', ''],
  ['release', ''],
  ['cr', 'rc'],
])
const SHORT_WORDS = new Map([
  ['a', 'alpha'],
  ['b', 'beta'],
  ['m', 'milestone'],
])

/**
 * The order of Maven 3.9 (3.1 and 4 order some forms differently). It is compared part by part and not by sort key:
 * where a part is missing its order depends on the other side, and for odd forms (a qualifier between dots, `1.sp.1`)
 * it is not even transitive, which advisories written with Maven's order must not notice.
 * (org.apache.maven.artifact.versioning.ComparableVersion 3.9.9; matching-and-feeds §3.1)
 */
export const mavenScheme: VersionScheme<'maven'> = {
  id: 'maven',
  parse: parseMavenVersion,
  compare: (a, b) => compareLists(itemsOf(a), itemsOf(b)),
}

function itemsOf(version: Version): readonly Item[] {
  return version.key as unknown as readonly Item[]
}

function parseMavenVersion(text: string): Result<Version<'maven'>, VersionParseError> {
  const reason = whyUnreadable(text)
  if (reason !== null) return err({ is: 'unreadable-version', scheme: 'maven', text: text.slice(0, 200), reason })
  // The brand says that only this file looks inside.
  return ok({ scheme: 'maven', text, key: parseItems(text.trim().toLowerCase()) as unknown as Version['key'] })
}

/**
 * Maven orders any text. Ranges, properties and words such as `LATEST` or `unspecified` would get a place that says
 * nothing about the code, so they are refused.
 */
function whyUnreadable(text: string): string | null {
  if (text.length > LIMIT_CHARACTERS) return `longer than ${LIMIT_CHARACTERS} characters`
  const trimmed = text.trim()
  if (trimmed === '') return 'empty'
  if (!/^[0-9A-Za-z._+~:@=-]+$/.test(trimmed)) return 'has characters that no released version has'
  return /[0-9]/.test(trimmed) ? null : 'has no number'
}

/** `ComparableVersion.parseVersion`: dots part items; hyphens and changes between digits and letters open a list. */
function parseItems(version: string): readonly Item[] {
  const root: MutableList = []
  const lists = [root]
  let list = root
  const openList = (): void => {
    const inner: MutableList = []
    list.push(inner)
    lists.push((list = inner))
  }
  let isDigit = false
  let start = 0
  for (let at = 0; at < version.length; at++) {
    const mark = version.charAt(at)
    if (mark === '.' || mark === '-') {
      list.push(at === start ? ZERO : itemOf(version.slice(start, at), isDigit))
      start = at + 1
      if (mark === '-') openList()
    } else if (isDigitCode(mark.charCodeAt(0))) {
      if (!isDigit && at > start) {
        // `.X` counts as `-X`, so that 1.0.0.X1 comes before 1.0.0-X2.
        if (list.length > 0) openList()
        list.push(qualifierOf(version.slice(start, at), true))
        start = at
        openList()
      }
      isDigit = true
    } else {
      if (isDigit && at > start) {
        list.push(itemOf(version.slice(start, at), true))
        start = at
        openList()
      }
      isDigit = false
    }
  }
  if (version.length > start) {
    if (!isDigit && list.length > 0) openList()
    list.push(itemOf(version.slice(start), isDigit))
  }
  for (const inner of lists.reverse()) trimNulls(inner)
  return root
}

function itemOf(text: string, isDigit: boolean): string {
  return isDigit ? NUMBER + numberKey(text) : qualifierOf(text, false)
}

/** A word's place among the qualifiers; a single letter is short for one only before a digit. */
function qualifierOf(word: string, isFollowedByDigit: boolean): string {
  const long = isFollowedByDigit ? (SHORT_WORDS.get(word) ?? word) : word
  const known = ALIASES.get(long) ?? long
  const place = QUALIFIERS.indexOf(known)
  return place < 0 ? `${QUALIFIERS.length}-${known}` : String(place)
}

/** Removes zeros, release words and empty lists from the end, and those that stand before lists at the end. */
function trimNulls(list: MutableList): void {
  for (let at = list.length - 1; at >= 0; at--) {
    const item = list[at]
    const isList = typeof item === 'object'
    if (isList ? item.length === 0 : item === ZERO || item === RELEASE) list.splice(at, 1)
    else if (!isList) break
  }
}

function compareLists(left: readonly Item[], right: readonly Item[]): number {
  const length = Math.max(left.length, right.length)
  for (let at = 0; at < length; at++) {
    const order = compareItems(left[at], right[at])
    if (order !== 0) return order
  }
  return 0
}

function compareItems(left: Item | undefined, right: Item | undefined): number {
  if (left === undefined) return right === undefined ? 0 : -compareWithNothing(right)
  if (right === undefined) return compareWithNothing(left)
  if (typeof left === 'object') {
    if (typeof right === 'object') return compareLists(left, right)
    return right >= NUMBER ? -1 : 1
  }
  if (typeof right === 'object') return left >= NUMBER ? 1 : -1
  return left === right ? 0 : left < right ? -1 : 1
}

/** A missing item is like zero to numbers and like the release to qualifiers; a list is what its first such item is. */
function compareWithNothing(item: Item): number {
  if (typeof item === 'object') {
    for (const inner of item) {
      const order = compareWithNothing(inner)
      if (order !== 0) return order
    }
    return 0
  }
  if (item >= NUMBER) return item === ZERO ? 0 : 1
  return item === RELEASE ? 0 : item < RELEASE ? -1 : 1
}
