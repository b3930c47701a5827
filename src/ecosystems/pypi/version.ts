import { err, ok, type Result } from '../../base/result.ts'
import type { Version, VersionParseError, VersionScheme } from '../../domain/version.ts'
import { BEFORE_END, compareSortKeys, numberKey, type SortKey, versionWithSortKey } from '../sort-key.ts'

/** Longest text that is read; the longest on PyPI have about 100 characters. */
const LIMIT_CHARACTERS = 512
/** Before every number and word: what is not there, where its absence sorts first. */
const LOWEST = '\u0001'
/** After every number and word: what is not there, where its absence sorts last. */
const HIGHEST = '\uffff'
/** In front of a part that is there; of local segments, words sort before numbers. (PEP 440, local versions) */
const PRESENT = '\u0002'
const LOCAL_WORD = '\u0002'
const LOCAL_NUMBER = '\u0003'
/** Versions of before PEP 440 sort before all of PEP 440. (packaging 21, `LegacyVersion`: epoch -1) */
const LEGACY = '\u0001'
const CURRENT = '\u0002'

/**
 * The order of PyPI: PEP 440, and below it, in the order of the old setuptools, the texts of before PEP 440 that begin
 * with a number (`2004d`, `1.0-alpha-final`). (PEP 440; packaging 21.3; matching-and-feeds §3.1)
 */
export const pep440Scheme: VersionScheme<'pep440'> = {
  id: 'pep440',
  parse: parsePep440,
  compare: compareSortKeys,
  // Its place below all of PEP 440 is no claim about which of those came before it: a range up to `2.6.0-cu124` would
  // be empty, and everything safe.
  canBound: version => pep440Key(normalized(version.text)) !== null,
}

/** PEP 440, appendix B. Every alternative begins with another character or ends in a bounded word: no backtracking. */
const PATTERN =
  /^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*))?(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?(?:[-_.]?(dev)[-_.]?([0-9]*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/

function parsePep440(text: string): Result<Version<'pep440'>, VersionParseError> {
  const refuse = (reason: string): Result<Version<'pep440'>, VersionParseError> =>
    err({ is: 'unreadable-version', scheme: 'pep440', text: text.slice(0, 200), reason })
  if (text.length > LIMIT_CHARACTERS) return refuse(`longer than ${LIMIT_CHARACTERS} characters`)
  const lower = normalized(text)
  if (lower === '') return refuse('empty')
  const key = pep440Key(lower)
  if (key !== null) return ok(versionWithSortKey('pep440', text, CURRENT + key))
  if (!isLegacy(lower)) return refuse('neither PEP 440 nor a version of before it')
  return ok(versionWithSortKey('pep440', text, LEGACY + legacyKey(lower)))
}

/**
 * Lower case, and without the `-NA` of bounds that were made from NVD's: there it stands for "no update", so that
 * `2.6.0-NA` is 2.6.0. (seen in 14 PYSEC records of 2024 to 2026; CPE 2.3, update)
 */
function normalized(text: string): string {
  return text.trim().toLowerCase().replace(/-na$/, '')
}

/** Epoch, release, pre, post, dev, local, compared in turn; `null` for what is not PEP 440. (packaging, `_cmpkey`) */
function pep440Key(lower: string): SortKey | null {
  const match = PATTERN.exec(lower)
  if (match === null) return null
  const [, epoch = '', release = '', preWord, preNumber = '', implicitPost, postWord, postNumber = '', devWord] = match
  const devNumber = match[9] ?? ''
  const local = match[10]

  const hasPost = implicitPost !== undefined || postWord !== undefined
  const hasDev = devWord !== undefined
  const parts = release.split('.')
  while (parts.length > 0 && /^0+$/.test(parts.at(-1) ?? '')) parts.pop()

  let key = numberKey(epoch)
  for (const part of parts) key += numberKey(part)
  key += LOWEST
  if (preWord !== undefined) key += preMark(preWord) + numberKey(preNumber)
  // `1.0.dev1` comes before `1.0a1`, although it has no pre-release part.
  else key += hasDev && !hasPost ? LOWEST : HIGHEST
  key += hasPost ? PRESENT + numberKey(implicitPost ?? postNumber) : LOWEST
  key += hasDev ? PRESENT + numberKey(devNumber) : HIGHEST
  return local === undefined ? key : key + localKey(local)
}

/** `a`, `b` or `c`, in their order; `c`, `rc`, `pre` and `preview` are one. (PEP 440, pre-release spelling) */
function preMark(word: string): string {
  return word.startsWith('a') ? 'a' : word.startsWith('b') ? 'b' : 'c'
}

function localKey(local: string): SortKey {
  let key = ''
  for (const part of local.split(/[-_.]/)) {
    key += /^[0-9]+$/.test(part) ? LOCAL_NUMBER + numberKey(part) : LOCAL_WORD + part + BEFORE_END
  }
  return key
}

/**
 * A text that setuptools once ordered and that is a version to a reader. Names of branches, addresses, ranges and
 * hashes had a place in that order too, but one that says nothing: they are refused.
 */
function isLegacy(lower: string): boolean {
  return /^v?[0-9][a-z0-9._+!~-]*$/.test(lower) && !/^[0-9a-f]{40}$/.test(lower)
}

const LEGACY_WORDS = new Map([
  ['pre', 'c'],
  ['preview', 'c'],
  ['-', 'final-'],
  ['rc', 'c'],
  ['dev', '@'],
])

/** Numbers padded to eight digits and words with a star, compared as texts one by one. (packaging 21, `_legacy_cmpkey`) */
function legacyKey(lower: string): SortKey {
  const parts: string[] = []
  const pieces = lower.split(/([0-9]+|[a-z]+|\.|-)/).map(piece => LEGACY_WORDS.get(piece) ?? piece)
  for (const piece of [...pieces.filter(part => part !== '' && part !== '.'), 'final']) {
    if (/^[0-9]/.test(piece)) {
      parts.push(piece.padStart(8, '0'))
      continue
    }
    const word = `*${piece}`
    if (word < '*final') while (parts.at(-1) === '*final-') parts.pop()
    while (parts.at(-1) === '00000000') parts.pop()
    parts.push(word)
  }
  return parts.map(part => part + BEFORE_END).join('')
}
